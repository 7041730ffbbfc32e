"""The auditor: proves that nobody waits for a warning in vain, and only then gives the sign of life.

It sends nothing to anybody. What it finds is in its log, its run ends failed, and the silence of the heartbeat is what
wakes people: an alarm of our own would have to take the very way that is in doubt.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.coverage import Sweep, Watched, gaps, needs_messages, sweep_of
from shared.findings import Finding, Flaw
from shared.frozen import frozen
from shared.heartbeat import HeartbeatUnheard
from shared.silences import RECENTLY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from shared.app.in_force import InForce
    from shared.app.wiring import Stores
    from shared.channels import ChannelHealth
    from shared.config import Config
    from shared.errors import MalformedRow
    from shared.heartbeat import Heartbeat
    from shared.model import Account, Standing

log = logging.getLogger(__name__)


@frozen
class Scene:
    """Everything that is looked after, as it is stored."""

    accounts: tuple[Account, ...]
    """The agency's own first; paused ones are not among them."""
    states: dict[str, Standing]
    malformed: tuple[MalformedRow, ...]


@dataclass(slots=True)
class AuditReport:
    """What a run did; its JSON is the function's result."""

    accounts: int = 0
    last_hour: Sweep = field(default=Sweep())
    """How many of them have a reading of the last hour."""
    below: int = 0
    """Accounts whose messages were looked at: below a line, or not readable."""
    findings: list[Finding] = field(default_factory=list)
    heartbeat: str = "not configured"
    broken: list[str] = field(default_factory=list)
    """What keeps warnings from people; then the run ends failed."""

    def as_json(self) -> dict[str, object]:
        """Plain values, for the log and the function's result."""
        return {
            "accounts": self.accounts,
            "last_hour": self.last_hour.as_json(),
            "below": self.below,
            "findings": [finding_json(finding) for finding in self.findings],
            "heartbeat": self.heartbeat,
        }


def finding_json(finding: Finding) -> dict[str, object]:
    """A finding as plain values."""
    return {
        "flaw": finding.flaw.value,
        "subject": finding.subject,
        "detail": finding.detail,
        "since": finding.since.isoformat() if finding.since else None,
        "serious": finding.serious,
    }


def audit(
    stores: Stores, in_force: InForce, health: Iterable[ChannelHealth], heartbeat: Heartbeat | None, now: datetime
) -> AuditReport:
    """Look everything over as of ``now``; give the sign of life if nothing serious is found.

    Raises:
        StoreUnavailable: The store failed: nothing is proven, and no sign is given.
    """
    config = in_force.config
    scene = load_scene(stores, config)
    report = AuditReport(
        accounts=len(scene.accounts),
        last_hour=sweep_of(scene.accounts, scene.states, now),
        below=sum(needs_messages(s) for s in scene.states.values()),
    )
    report.findings += [bad.finding() for bad in in_force.bad]
    report.findings += coverage(stores, scene, config, now)
    report.findings += [finding for channel in health for finding in channel.check()]
    report.broken += [f"{f.flaw} {f.subject} {f.detail}".rstrip() for f in report.findings if f.serious]
    if heartbeat is not None:
        _beat(heartbeat, report)
    return report


def load_scene(stores: Stores, config: Config) -> Scene:
    """What is looked after; a row for the own account in the roster counts for nothing, as in the check."""
    rows, states = stores.accounts.load_accounts(), stores.states.load_standings()
    own = config.watched_own()
    first = () if own is None else (own,)
    others = tuple(a for a in rows.values if not a.paused and (own is None or a.account_id != own.account_id))
    by_id = {state.account_id: state for state in states.values}
    return Scene(first + others, by_id, (*rows.malformed, *states.malformed))


def coverage(stores: Stores, scene: Scene, config: Config, now: datetime) -> list[Finding]:
    """What the rules of coverage find; messages are read of those accounts only whose state asks for it."""
    due = stores.outbox.load_open(now)
    silences = stores.silences.load_silences(now - RECENTLY)
    found = gaps(_watched(stores, scene), due.values, config, now, stores.limits.load_bad(), silences.values)
    malformed = (*scene.malformed, *due.malformed, *silences.malformed)
    return [*found, *(Finding(Flaw.ROW_MALFORMED, row.key, str(row)) for row in malformed)]


def _watched(stores: Stores, scene: Scene) -> Iterator[Watched]:
    for account in scene.accounts:
        state = scene.states.get(account.account_id)
        messages = stores.outbox.load_messages(account.account_id).values if needs_messages(state) else ()
        yield Watched(account, state, messages)


def _beat(heartbeat: Heartbeat, report: AuditReport) -> None:
    if report.broken:
        report.heartbeat = "withheld"
        return
    try:
        report.heartbeat = heartbeat.beat()
    except HeartbeatUnheard as error:
        report.heartbeat = f"unheard: {error}"
        report.broken.append(f"heartbeat {error}")
    log.info("heartbeat %s", report.heartbeat)
