"""A client of the control side, for tests, the demo and benchmarks; the standard library is all it needs."""

from __future__ import annotations

import json
import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

Json = dict[str, Any]


class ControlError(Exception):
    """The control side refused a request; the message says why."""


class Control:
    """One method for each thing that the control side can do; see ``GET /_control/``."""

    def __init__(self, url: str, ca: Path | str | None = None) -> None:
        """``url`` as in the first line of output; ``ca`` as there, with --tls."""
        self._url = urlsplit(url)
        self._tls = ssl.create_default_context(cafile=ca) if self._url.scheme == "https" else None

    def request(self, method: str, path: str, body: object = None, *, patience: float = 30.0) -> Json:
        """Any request; ``path`` begins after ``/_control``, ``patience`` is in seconds.

        Raises:
            ControlError: It was refused.
            OSError: The local cloud cannot be reached.
        """
        host = self._url.netloc
        if self._tls is None:
            connection = HTTPConnection(host, timeout=patience)
        else:
            connection = HTTPSConnection(host, timeout=patience, context=self._tls)
        try:
            text = None if body is None else json.dumps(body, default=str)
            connection.request(method, f"/_control{path}", text, {"Content-Type": "application/json"})
            reply = connection.getresponse()
            answer: Json = json.loads(reply.read())
        finally:
            connection.close()
        if reply.status >= 400:  # noqa: PLR2004 - HTTP's own border
            raise ControlError(f"{method} {path}: {answer.get('error', answer)}")
        return answer

    def reset(self, *, functions: bool = True) -> None:
        """Forget everything, return to real time; functions stay deployed and warm if they are not to be forgotten."""
        self.request("POST", "/reset", {"functions": functions})

    def now(self) -> str:
        """The cloud's time, ISO 8601."""
        return str(self.request("GET", "/clock")["now"])

    def set_clock(self, at: datetime, *, frozen: bool = True) -> None:
        """Jump to ``at``."""
        self.request("POST", "/clock", {"at": at.isoformat(), "frozen": frozen})

    def advance(self, seconds: float, spend: Iterable[Json] = (), transactions: Iterable[Json] = ()) -> None:
        """Move forward; then book what was spent and moved."""
        body = {"seconds": seconds, "spend": list(spend), "transactions": list(transactions)}
        self.request("POST", "/clock/advance", body)

    def open_accounts(self, *accounts: Json) -> None:
        """Open accounts, or replace them; keys as in ``bodies.AccountBody``."""
        self.request("POST", "/accounts", accounts)

    def revoke_role(self, arn: str, *, revoked: bool = True) -> None:
        """Take back a role's trust, or give it again; keys that were given out live on until they expire."""
        self.request("POST", "/roles", [{"arn": arn, "revoked": revoked}])

    def accounts(self) -> dict[str, Json]:
        """All accounts by id: available, cash, credit, uncleared as decimal strings."""
        return {account["id"]: account for account in self.request("GET", "/accounts")["accounts"]}

    def spend(self, *charges: Json) -> None:
        """Book charges; keys as in ``bodies.SpendBody``."""
        self.request("POST", "/spend", charges)

    def move(self, *transactions: Json) -> None:
        """Book top-ups, refunds and transfers; keys as in ``bodies.TransactionBody``."""
        self.request("POST", "/transactions", transactions)

    def approve_sms(self, signatures: Sequence[str] = (), templates: Mapping[str, str] | None = None) -> None:
        """Approve signatures, and templates by code."""
        self.request("POST", "/sms", {"signatures": list(signatures), "templates": dict(templates or {})})

    def sms(self, since: int = 0) -> list[Json]:
        """Short messages that were accepted, oldest first, without the first ``since``."""
        return list(self.request("GET", "/sms", {"since": since})["sent"])

    def review_sms(self, **reviews: Mapping[str, Json]) -> None:
        """How ``signatures`` and ``templates`` stand, by name or code; keys as in ``bodies.ReviewBody``."""
        self.request("POST", "/sms/reviews", reviews)

    def mail_standing(self, **standing: object) -> None:
        """How the mail account stands; keys as in ``bodies.StandingBody``."""
        self.request("POST", "/mail/standing", standing)

    def sms_fate(self, phone: str, **fate: object) -> None:
        """What becomes of messages to ``phone`` (``*`` for all); keys as in ``bodies.SmsFateBody``."""
        self.request("POST", "/sms/fates", [{"phone": phone, **fate}])

    def approve_mail(self, senders: Sequence[str] = (), tags: Sequence[str] = ()) -> None:
        """Confirm sender addresses and tags."""
        self.request("POST", "/mail", {"senders": list(senders), "tags": list(tags)})

    def mail(self, since: int = 0) -> list[Json]:
        """Mails that were accepted, oldest first, without the first ``since``."""
        return list(self.request("GET", "/mail", {"since": since})["sent"])

    def mail_fate(self, address: str, **fate: object) -> None:
        """What becomes of mails to ``address`` (``*`` for all); keys as in ``bodies.MailFateBody``."""
        self.request("POST", "/mail/fates", [{"address": address, **fate}])

    def add_fault(self, service: str, kind: str, **rule: object) -> int:
        """Add a fault rule; keys as in ``bodies.FaultBody``. Returns its number."""
        return int(self.request("POST", "/faults", [{"service": service, "kind": kind, **rule}])["ids"][0])

    def wait_fault(self, number: int, hits: int = 1, seconds: float = 10.0) -> int:
        """Wait until a rule has struck ``hits`` calls; returns how many it has."""
        body = {"id": number, "hits": hits, "seconds": seconds}
        return int(self.request("POST", "/faults/wait", body, patience=seconds + 30)["hits"])

    def faults(self) -> list[Json]:
        """The rules in force, and how far they are."""
        return list(self.request("GET", "/faults")["faults"])

    def clear_faults(self, *numbers: int) -> None:
        """Drop these rules; all if none is named."""
        self.request("DELETE", "/faults", {"ids": list(numbers)} if numbers else None)

    def functions(self, path: str, body: Json | None = None, *, patience: float = 120.0) -> Json:
        """Anything of the functions' own control side; ``path`` begins after ``/_control/fc/``."""
        return self.request("POST", f"/fc/{path}", body or {}, patience=patience)

    def counts(self) -> dict[str, dict[str, int]]:
        """Calls by service and operation."""
        return dict(self.request("GET", "/requests")["counts"])

    def log(self, since: int = 0) -> list[tuple[int, str, str]]:
        """Calls after number ``since``: number, service, operation."""
        return [(number, service, operation) for number, service, operation in self._log(since)]

    def _log(self, since: int) -> list[list[Any]]:
        return list(self.request("POST", "/requests", {"since": since})["log"])
