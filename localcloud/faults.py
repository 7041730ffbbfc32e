"""Faults on purpose: which call of which operation goes wrong, and how.

A rule waits for its n-th matching call and then strikes ``times`` calls in a row. Every call that reaches a service
is counted and logged whether a rule strikes or not, so that a test can first run undisturbed, count N requests, and
then break request 1, 2, ... N in turn (rule for service ``*``, operation ``*``, ``nth`` k, kind ``hang``).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOG_LENGTH = 200_000
"""Calls that the log keeps; older ones are dropped."""


class Kind(StrEnum):
    """What a rule does to a call; *after* means after the service has applied it."""

    ERROR = "error"
    """The service's own error reply; nothing was applied."""
    ERROR_AFTER = "error_after"
    """The service's own error reply, although the call was applied."""
    RESET_BEFORE = "reset_before"
    """The connection is reset (RST); nothing was applied."""
    RESET_AFTER = "reset_after"
    """The call is applied, then the connection is reset (RST)."""
    HANG = "hang"
    """No reply until the client goes away; nothing was applied."""
    HANG_AFTER = "hang_after"
    """The call is applied, then no reply until the client goes away."""
    TRUNCATED = "truncated"
    """The call is applied; the connection ends in the middle of the reply's body."""
    HTML = "html"
    """A proxy's HTML page in place of the service; nothing was applied."""
    BAD_CHECKSUM = "bad_checksum"
    """The call is applied; the reply's ``x-ots-contentmd5`` does not fit its body."""
    BUSINESS = "business"
    """HTTP 200 with an error code in the body; nothing was applied."""
    DUPLICATE = "duplicate"
    """The call is applied twice, as when a network delivers it again; the second reply is sent."""
    KILL = "kill"
    """Every function instance that runs something is killed, as when its machine fails; nothing was applied."""
    KILL_AFTER = "kill_after"
    """The call is applied, then every function instance that runs something is killed."""
    KILL_CALLER = "kill_caller"
    """The one function instance that makes the call is killed; nothing was applied."""
    EXPIRE = "expire"
    """The clock jumps to the time limit of whatever functions run, and they are killed; nothing was applied."""
    EXPIRE_AFTER = "expire_after"
    """The call is applied, then the time limit of whatever functions run is over."""
    HOLD = "hold"
    """The call waits until its rule is dropped; then it is served as if it had come only now."""


@dataclass(slots=True)
class Rule:
    """One planned fault, and how far it has got."""

    service: str
    """As the service names itself (bss, sts, dysms, dm, tablestore, fc), or ``*``."""
    operation: str
    """As the service documents it, for example SendSms, or ``*``."""
    kind: Kind
    nth: int = 1
    """The first matching call that is struck, counted from when the rule was added."""
    times: int = 1
    """How many matching calls in a row are struck; -1 for all that follow."""
    code: str = "ServiceUnavailable"
    status: int = 503
    message: str = "The request has failed due to a temporary failure of the server."
    accounts: frozenset[str] = frozenset()
    """Only calls that act on one of these accounts are counted; all if it is empty."""
    retry_after_ms: int | None = None
    """Sent with an error as ``x-acs-retry-after``; the OpenAPI SDK then raises its ThrottlingException."""
    seen: int = 0
    """Matching calls so far."""
    hits: int = 0
    """Calls struck so far."""

    def matches(self, service: str, operation: str, account: Callable[[], str]) -> bool:
        """Whether a call is one that this rule counts; whom it acts on is found out only if it matters."""
        named = self.service in {"*", service} and self.operation in {"*", operation}
        return named and (not self.accounts or account() in self.accounts)

    def due(self) -> bool:
        """Whether the call just counted is to be struck."""
        return self.seen >= self.nth and (self.times < 0 or self.seen < self.nth + self.times)


@dataclass(slots=True)
class Faults:
    """The table of rules, and the log of every call."""

    rules: dict[int, Rule] = field(default_factory=dict)
    """By number, in the order they were added."""
    requests: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Calls by service and operation."""
    log: deque[tuple[int, str, str]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    """Number (from 1), service, operation."""
    _added: int = 0
    _struck: asyncio.Event = field(default_factory=asyncio.Event)
    _cleared: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, rule: Rule) -> int:
        """Put ``rule`` in force; returns its number."""
        self._added += 1
        self.rules[self._added] = rule
        return self._added

    def clear(self) -> None:
        """Drop all rules."""
        self.rules.clear()
        self._cleared.set()

    def drop(self, number: int) -> None:
        """Drop one rule; one that is gone is no error."""
        self.rules.pop(number, None)
        self._cleared.set()

    def reset(self) -> None:
        """Drop all rules, counts and the log."""
        self.clear()
        self.counts.clear()
        self.log.clear()
        self.requests = 0

    def strike(self, service: str, operation: str, account: Callable[[], str] = str) -> Rule | None:
        """Count a call; the rule that strikes it, the oldest one if there are several."""
        self.requests += 1
        self.counts[service, operation] += 1
        self.log.append((self.requests, service, operation))
        if not self.rules:
            return None
        struck: Rule | None = None
        for rule in self.rules.values():
            if rule.matches(service, operation, account):
                rule.seen += 1
                if struck is None and rule.due():
                    struck = rule
        if struck is not None:
            struck.hits += 1
            self._struck.set()
        return struck

    async def dropped(self, rule: Rule) -> None:
        """Wait until ``rule`` is no longer in force."""
        while any(one is rule for one in self.rules.values()):
            self._cleared.clear()
            await self._cleared.wait()

    async def wait(self, number: int, hits: int, seconds: float) -> int:
        """Wait until rule ``number`` has struck ``hits`` calls, at most ``seconds``; returns its hits.

        Raises:
            KeyError: There is no such rule.
        """
        rule = self.rules[number]
        try:
            async with asyncio.timeout(seconds):
                while rule.hits < hits:
                    self._struck.clear()
                    await self._struck.wait()
        except TimeoutError:
            pass
        return rule.hits
