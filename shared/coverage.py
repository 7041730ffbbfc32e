"""Proof that nobody waits in vain: every account below a line has a message that arrived, or one with a next step.

Where every message of a level came to a bad end, a task for staff takes its place: they have a telephone.

The rules do not ask how a message came about. They compare where accounts stand with what became of messages, so that
a mistake anywhere between the two shows here.
"""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.decisions import WITHHELD
from shared.delivery import ENDS, RECEIPT_WITHIN
from shared.errors import InvalidInput
from shared.findings import Finding, Flaw
from shared.frozen import frozen
from shared.model import STANDING, DeliveryStatus, Level, Topic
from shared.notifications import channels_for, plan
from shared.silences import matching

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.config import Config, Policy
    from shared.model import Account, Message, Standing
    from shared.silences import Silence

SEEN_WITHIN = timedelta(hours=2, minutes=30)
"""Two hourly runs, and the time that they take."""
OVERDUE_AFTER = timedelta(minutes=30)
"""Delivery runs every five minutes: a step that is overdue for this long will not be taken by itself."""
_ON_ITS_WAY = frozenset({DeliveryStatus.SENT, DeliveryStatus.BUNDLED})
FARTHEST_STEP = timedelta(hours=72)
"""A next step farther away than this is none: providers' limits open within a day, quiet hours end in the morning."""


@frozen
class Watched:
    """One account with everything that the rules look at."""

    account: Account
    state: Standing | None
    """None: never looked at."""
    messages: Sequence[Message] = field(default=())
    """All of the account's; needed only where ``needs_messages``."""


@frozen
class Sweep:
    """How far the last hour's run has come: so many of so many accounts have a reading."""

    accounts: int = 0
    """All that are looked after; those that are paused are not among them."""
    read: int = 0
    unreadable: int = 0
    """Looked at, and not read: their situation is unknown."""

    @property
    def not_seen(self) -> int:
        """Nobody looked: a bucket failed for good, or the run was not over yet."""
        return self.accounts - self.read - self.unreadable

    def as_json(self) -> dict[str, int]:
        """Plain values, for reports."""
        return {
            "accounts": self.accounts,
            "read": self.read,
            "unreadable": self.unreadable,
            "not_seen": self.not_seen,
        }


A_RUN = timedelta(hours=1)
"""From one run to the next."""


def sweep_of(accounts: Iterable[Account], states: Mapping[str, Standing], now: datetime) -> Sweep:
    """What was seen within the hour before ``now``; paused accounts are passed over."""
    watched = [account.account_id for account in accounts if not account.paused]
    alerts = [states[account_id].alert for account_id in watched if account_id in states]
    seen = [alert for alert in alerts if alert.seen_at is not None and alert.seen_at > now - A_RUN]
    unreadable = sum(bool(alert.failure) for alert in seen)
    return Sweep(len(watched), len(seen) - unreadable, unreadable)


def needs_messages(state: Standing | None) -> bool:
    """Whether an account's messages have a part in the proof: it is below a line, or cannot be read."""
    return state is not None and (state.alert.level > Level.HEALTHY or bool(state.alert.failure))


def gaps(
    watched: Iterable[Watched],
    open_messages: Iterable[Message],
    config: Config,
    now: datetime,
    bad: frozenset[str] = frozenset(),
    silences: Sequence[Silence] = (),
) -> list[Finding]:
    """Everything that keeps a warning from its people as of ``now``; nothing if all is well.

    Args:
        watched: Every account that is looked after; paused ones are passed over.
        open_messages: Messages whose next step was due by ``now``.
        config: The policies.
        now: The moment of the proof.
        bad: The keys of addresses that providers will not take.
        silences: Those in force, and those that ended lately.
    """
    found = [
        finding for one in watched if not one.account.paused for finding in _of_account(one, config, now, bad, silences)
    ]
    return found + [_stuck(message) for message in open_messages if message.due < now - OVERDUE_AFTER]


def _of_account(
    one: Watched, config: Config, now: datetime, bad: frozenset[str], silences: Sequence[Silence]
) -> Iterator[Finding]:
    try:
        policy = config.policy_for(one.account.account_id, one.account.policy)
    except InvalidInput:
        yield Finding(Flaw.POLICY_MISSING, one.account.account_id, one.account.policy)
        return
    seen_at = None if one.state is None else one.state.alert.seen_at
    if seen_at is None or seen_at < now - SEEN_WITHIN:
        yield Finding(Flaw.NOT_SEEN, one.account.account_id, since=seen_at)
    if one.state is not None:
        if not _silenced(one.account, one.state, silences, now):
            yield from _untold(one.account, one.state, one.messages, policy, now, bad)
        yield from _unsaid(one.account, one.state, one.messages, policy, now)


def _silenced(account: Account, state: Standing, silences: Sequence[Silence], now: datetime) -> bool:
    """Whether staff want it so: now, or when the account was last read. After a silence only a reading tells people."""
    moments = {now} if state.read_at is None else {now, state.read_at}
    return any(matching(silences, account, state.alert.level, at) for at in moments)


def _untold(
    account: Account,
    state: Standing,
    messages: Sequence[Message],
    policy: Policy,
    now: datetime,
    bad: frozenset[str],
) -> Iterator[Finding]:
    """The account is below a line: somebody knows, or will."""
    alert = state.alert
    channels = channels_for(Topic.LEVEL, alert.level, policy)
    if alert.level is Level.HEALTHY or not channels or alert.reason in WITHHELD:
        return
    about = [m for m in messages if m.level >= alert.level and m.queued_at >= _told_from(state)]
    to_people = [m for m in about if m.topic in STANDING]
    if any(covers(message, now) for message in to_people):
        return
    nobody = not plan(account.contacts, channels, None, bad)
    if (to_people or nobody) and any(covers(m, now) for m in about if m.topic is Topic.TASK):
        return
    yield Finding(Flaw.NOBODY_TO_TELL if nobody else Flaw.NOT_TOLD, account.account_id, alert.level.label, alert.since)


def _told_from(state: Standing) -> datetime:
    """From when on a message counts: since the account came to its level, or came down to it from a worse one.

    Who was told of a worse level is not told again when it eases; what they were told last is what counts then.
    """
    alert = state.alert
    assert alert.since is not None, "an account at a level came to it at some time"
    if alert.told_at is None or alert.told_level < alert.level:
        return alert.since
    return min(alert.since, alert.told_at)


def covers(message: Message, now: datetime) -> bool:
    """Whether a message arrived, may still be said to have arrived, or has a next step in sight."""
    if message.status is DeliveryStatus.DELIVERED:
        return True
    if message.status in ENDS:
        return False
    if message.status in _ON_ITS_WAY and now - _handed_over_at(message, now) > RECEIPT_WITHIN:
        return False
    return now - OVERDUE_AFTER <= message.due <= now + FARTHEST_STEP


def _handed_over_at(message: Message, now: datetime) -> datetime:
    just_bundled = now if message.status is DeliveryStatus.BUNDLED else message.queued_at
    return message.first_sent_at or just_bundled


def _unsaid(
    account: Account, state: Standing, messages: Sequence[Message], policy: Policy, now: datetime
) -> Iterator[Finding]:
    """The account cannot be read: staff know, or will, once the policy's patience is over."""
    alert = state.alert
    if not alert.failure or alert.failed_runs < policy.unreadable_after:
        return
    last = state.read_at
    since_then = (m for m in messages if m.topic is Topic.UNREADABLE and (last is None or m.queued_at > last))
    if not any(covers(message, now) for message in since_then):
        yield Finding(Flaw.STAFF_NOT_TOLD, account.account_id, alert.failure, last)


def _stuck(message: Message) -> Finding:
    return Finding(Flaw.MESSAGE_STUCK, message.message_id, f"{message.account_id} {message.status}", message.due)
