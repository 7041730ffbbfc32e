"""What was promised of the hour, held against what is stored, what the providers accepted, and what the runs said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.model import Level
from tests.agency import reference
from tests.load.scene import OWN, READABLE, Lot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.model import AccountState
    from tests.agency import Agency
    from tests.load.scene import Scene

CHANNELS = 2
"""A warning goes by SMS and by mail."""
SHOWN = 5
"""Of accounts that are not as they should be, so many are named."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is left of the hour."""

    agency: Agency
    scene: Scene
    at: datetime
    """The time that the timer was set for."""
    ended: datetime
    """By the cloud's clock, when the last bucket was done."""
    buckets: list[dict[str, Any]]
    """The last report of each bucket."""
    whole: dict[str, Any] | None
    """The report of the timer's own invocation; None if it left none."""
    audit: dict[str, Any]


def broken_promises(found: Evidence) -> list[str]:
    """Every promise that was not kept, in words; empty if all were."""
    return [*_read(found), *_said(found), *_told(found)]


def _read(found: Evidence) -> Iterator[str]:
    """Every readable account was read, once, within the hour; of the others it is known that they were not."""
    states = {state.account_id: state for state in found.agency.stores.states.load_states().values}
    lots = found.scene.lots | {OWN: Lot.WELL}
    missing = [account_id for account_id in lots if account_id not in states]
    yield from _some("never looked at", missing)
    seen = [(states[account_id], lot) for account_id, lot in lots.items() if account_id in states]
    yield from _some("not read", [s.account_id for s, lot in seen if lot in READABLE and not _was_read(s, found.at)])
    yield from _some("not known as unreadable", [s.account_id for s, lot in seen if not _is_known(s, lot, found.at)])
    doubled = [s.account_id for s, lot in seen if lot in READABLE and (s.version, len(s.history.readings)) != (1, 1)]
    yield from _some("stored more than once", doubled)
    if (found.ended - found.at).total_seconds() >= 3600:
        yield f"the sweep took longer than an hour: until {found.ended:%H:%M:%S}"


def _was_read(state: AccountState, at: datetime) -> bool:
    return state.alert.seen_at == at and not state.alert.failure


def _is_known(state: AccountState, lot: Lot, at: datetime) -> bool:
    expected = ("", 0) if lot in READABLE else (lot.value, 1)
    return state.alert.seen_at == at and (state.alert.failure, state.alert.failed_runs) == expected


def _said(found: Evidence) -> Iterator[str]:
    """The reports say exactly what could not be read, and the auditor how far the run has come."""
    counts = found.scene.counts
    causes = {lot.value: count for lot, count in counts.items() if lot not in READABLE}
    said: Counter[str] = Counter()
    for report in found.buckets:
        said.update(report["unreadable"])
    if said != causes:
        yield f"the buckets' reports say {dict(said)}; unreadable were {causes}"
    yield from _handed_over(found)
    everyone = counts.total() + 1
    unreadable = sum(causes.values())
    hour = {"accounts": everyone, "read": everyone - unreadable, "unreadable": unreadable, "not_seen": 0}
    if found.audit["last_hour"] != hour:
        yield f"the auditor says {found.audit['last_hour']}; it was {hour}"


def _handed_over(found: Evidence) -> Iterator[str]:
    """Every bucket was taken by an invocation of its own, and reported."""
    if found.whole is None:
        yield "the timer's own invocation left no report"
        return
    shared_out = found.whole["shared_out"]
    if len(found.buckets) != shared_out["buckets"] or shared_out["left"] or shared_out["inline"]:
        yield f"{len(found.buckets)} buckets reported; {shared_out}"


def _told(found: Evidence) -> Iterator[str]:
    """Who is low is told once on each channel, and nobody else is told anything."""
    control = found.agency.cloud.control
    accepted = Counter([row["out_id"] for row in control.sms()] + [reference(row["subject"]) for row in control.mail()])
    yield from _some("accepted twice", [key for key, count in accepted.items() if count > 1])
    low = found.scene.ids(Lot.LOW)
    messages = {account_id: found.agency.stores.outbox.load_messages(account_id).values for account_id in low}
    yield from _some("not told", [one for one in low if sum(accepted[m.message_id] for m in messages[one]) < CHANNELS])
    known = {message.message_id for of_one in messages.values() for message in of_one}
    yield from _some("told for nothing", [key for key in accepted if key not in known])
    levels = {state.account_id: state.alert.level for state in found.agency.stores.states.load_states().values}
    yield from _some("not at its level", [one for one in low if levels.get(one) is not Level.WARNING])


def _some(what: str, names: list[str]) -> Iterator[str]:
    if names:
        yield f"{what}: {len(names)} ({', '.join(names[:SHOWN])}{', ...' if len(names) > SHOWN else ''})"
