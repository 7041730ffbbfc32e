"""An agency on the local cloud: functions deployed as s.yaml says, accounts, people, and the hours that pass."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from demo.site import AUDIT, CHECK, DELIVER, ROOT, Site
from shared.app.wiring import open_gateway, read_config
from shared.model import AGENCY, BUNDLES, Account, AccountState, Contact, Level, Message, Topic
from shared.state.tables import create_tables

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["AUDIT", "CHECK", "DELIVER", "ROOT", "START", "Agency", "write_config"]

START = datetime(2026, 3, 2, 0, 7, tzinfo=UTC)
"""08:07 in Shanghai on Monday, 2 March 2026."""


class Arrival(NamedTuple):
    """A message that a provider accepted."""

    at: datetime
    channel: str
    address: str
    about: str
    """The level that it speaks of, or its topic."""


@dataclass(slots=True)
class Agency(Site):
    """One agency, its functions deployed and its tables made."""

    now: datetime = START
    accounts: list[Account] = field(default_factory=list)
    lives: int = 1
    """How often it began. Warm functions hold keys of the life before, and must not find them good for this one."""

    def __post_init__(self) -> None:
        self._begin()
        self.deploy()

    def start_over(self) -> None:
        """As on the first day, but with the functions deployed and warm."""
        self.cloud.control.reset(functions=False)
        self.now = START
        self.lives += 1
        self.accounts.clear()
        self._begin()

    def _begin(self) -> None:
        self.cloud.control.set_clock(self.now)
        self.approve()
        create_tables(open_gateway(self.settings))

    @property
    def own(self) -> Account:
        """The agency's own account, as its configuration names it."""
        own = read_config(self.config_file).watched_own()
        assert own is not None
        return own

    def watch(
        self, number: int, balance: float, *, contacts: tuple[Contact, ...] | None = None, **bank: Any
    ) -> Account:
        """An account of a customer's, with the role that lets us read it."""
        uid = f"{2000000000000000 + number}"
        role = f"acs:ram::{uid}:role/agency-balance-reader"
        people = contacts or (Contact("王丽", f"138{number:08}", f"wang{number}@example.com"),)
        account = Account(uid, f"示例客户{number}", people, role_arn=role, external_id=f"agency-{number}-{self.lives}")
        opened = {"id": uid, "balance": str(balance), "role_arn": role, "external_id": account.external_id} | bank
        self.cloud.control.open_accounts(opened)
        self.stores.accounts.save_accounts([account])
        self.accounts.append(account)
        return account

    def spend(self, account: Account, amount: float, product: str = "ecs") -> None:
        """A charge, now."""
        self.cloud.control.spend({"account": account.account_id, "amount": str(amount), "product": product})

    def top_up(self, account: Account, amount: float) -> None:
        """A payment, now."""
        self.cloud.control.move({"account": account.account_id, "amount": str(amount)})

    def wait(self, **span: float) -> None:
        """Let time pass; nothing runs meanwhile."""
        self.now += timedelta(**span)
        self.cloud.control.set_clock(self.now)

    def fire(
        self, timer: tuple[str, str], times: int = 1, *, overlap: bool = False, set_for: datetime | None = None
    ) -> list[dict[str, Any]]:
        """A timer fires now, as it was set for or late; returns the executions, retries included."""
        at = (set_for or self.now).isoformat()
        body = {"function": timer[0], "name": timer[1], "at": at, "times": times, "overlap": overlap}
        reply = self.cloud.control.request("POST", "/fc/timers/fire", body, patience=120)
        return list(reply["executions"])

    def fire_and_forget(self, timer: tuple[str, str]) -> None:
        """A timer fires, and nobody waits for the run; the cloud may be gone before it ends."""

        def fire() -> None:
            with contextlib.suppress(OSError, HTTPException):
                self.fire(timer)

        threading.Thread(target=fire, daemon=True).start()

    def check(self) -> list[dict[str, Any]]:
        """One hourly check."""
        return self.fire(CHECK)

    def reports(self, timer: tuple[str, str] = CHECK) -> list[dict[str, Any]]:
        """The reports in the log of a timer's function, oldest first."""
        lines = self.cloud.control.functions("logs", {"function": timer[0], "lines": 10_000})["lines"]
        return [json.loads(line.partition(" [INFO] ")[2]) for line in lines if " [INFO] {" in line]

    def deliver(self, rounds: int = 1) -> None:
        """Delivery runs, five minutes apart."""
        for _ in range(rounds):
            self.fire(DELIVER)
            self.wait(minutes=5)

    def days(self, count: float, account: Account, daily: float, *, deliver: bool = True) -> None:
        """Days pass: each hour a twenty-fourth of ``daily`` is spent, and both functions run."""
        for _ in range(round(count * 24)):
            self.wait(hours=1)
            self.spend(account, round(daily / 24, 2))
            self.check()
            if deliver:
                self.fire(DELIVER)

    def arrivals(self) -> list[Arrival]:
        """Everything that the providers accepted, oldest first."""
        known = {m.message_id: m for m in self.all_messages()}
        sms = [(row["sent_at"], known[row["out_id"]], row["phone"]) for row in self.cloud.control.sms()]
        mail = [(row["sent_at"], known[reference(row["subject"])], row["to"]) for row in self.cloud.control.mail()]
        ordered = sorted(sms + mail, key=lambda row: (row[0], row[1].channel, row[2]))
        return [Arrival(datetime.fromisoformat(at), m.channel, address, about(m)) for at, m, address in ordered]

    def received(self) -> list[tuple[str, str, str]]:
        """Everything that the providers accepted, oldest first: (channel, address, level, or topic if not a level)."""
        return [(one.channel, one.address, one.about) for one in self.arrivals()]

    def all_messages(self) -> list[Message]:
        """Every message that is stored, bundles and tasks of the agency's own included."""
        ids = [account.account_id for account in self.accounts]
        return [m for key in (*ids, AGENCY, BUNDLES) for m in self.stores.outbox.load_messages(key).values]

    def messages(self, account: Account) -> tuple[Message, ...]:
        """Every message of an account, as it is stored."""
        return self.stores.outbox.load_messages(account.account_id).values

    def level(self, account: Account) -> Level:
        """Where an account stands."""
        return self.state(account).alert.level

    def state(self, account: Account) -> AccountState:
        """What is remembered of an account."""
        return next(s for s in self.stores.states.load_states().values if s.account_id == account.account_id)


def about(message: Message) -> str:
    """The level that a message speaks of, or its topic."""
    return message.level.label if message.topic is Topic.LEVEL else message.topic.value


def reference(subject: str) -> str:
    """The message id at the end of a mail's subject."""
    return subject[subject.rindex("[") + 1 : -1]


def write_config(
    directory: Path, top: dict[str, Any] | None = None, /, *, bundle: dict[str, Any] | None = None, **changes: Any
) -> Path:
    """The project's own agency.yaml with keys changed: ``top`` at its root, the others in its default policy.

    Each message goes out by itself and at once, unless ``bundle`` or the policy's ``digest`` say otherwise.
    """
    config = yaml.safe_load((ROOT / "agency.yaml").read_text(encoding="utf-8")) | (top or {})
    config["messages"]["bundle"] = {"sms_from": None, "mail_from": None} | (bundle or {})
    config["policies"]["default"] |= {"digest": None} | changes
    path = directory / "agency.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path
