"""What the replay showed: for each account what was told and how far ahead, and whether everything held that must."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.app.chart import reached_at
from shared.model import DeliveryStatus, Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from demo.customers import Customer
    from demo.replay import Arrival, Replay
    from shared.model import Account, Message
    from shared.snapshot import Snapshot

HOUR = timedelta(hours=1)
FALSE_DAYS = 10.0
"""A warning was false if, without a top-up, the balance would have lasted longer than this."""


@dataclass(frozen=True, slots=True)
class DryOut:
    """A balance that fell below zero, and what was said before."""

    at: datetime
    warned_at: datetime | None
    """When the first warning (or worse) since the last top-up was delivered; None if there was none."""

    @property
    def hours_ahead(self) -> float | None:
        """How many hours before the end the warning came."""
        return None if self.warned_at is None else (self.at - self.warned_at) / HOUR


@dataclass(frozen=True, slots=True)
class Alarm:
    """The first warning (or worse) after a top-up or from a better level, and how things would have gone on."""

    at: datetime
    level: Level
    lasted_days: float
    """Days that the balance would have lasted from then on without a top-up."""

    @property
    def false(self) -> bool:
        """Whether nobody had to hurry."""
        return self.lasted_days > FALSE_DAYS


@dataclass(frozen=True, slots=True)
class Story:
    """One account's month."""

    account: Account
    customer: Customer
    start: datetime
    balances: tuple[Decimal, ...]
    """The true balance at ``start``, and after every hour."""
    top_ups: tuple[tuple[datetime, Decimal], ...]
    snapshots: tuple[Snapshot, ...]
    """What the product saw, hour by hour."""
    messages: tuple[Message, ...]
    """To the customer's people, oldest first, as the product recorded them."""
    staff_messages: tuple[Message, ...]
    """About the account, to the agency's staff."""
    dry_outs: tuple[DryOut, ...]
    alarms: tuple[Alarm, ...]

    @property
    def last(self) -> Snapshot:
        """The last look at it."""
        return self.snapshots[-1]

    @property
    def balance(self) -> Decimal:
        """The true balance at the end."""
        return self.balances[-1]


@dataclass(frozen=True, slots=True)
class Findings:
    """The whole agency's month."""

    stories: tuple[Story, ...]
    arrivals: tuple[Arrival, ...]
    broken: tuple[str, ...]
    """What had to hold and did not, in words."""

    @property
    def dry_outs(self) -> list[DryOut]:
        """Of all accounts."""
        return [dry for story in self.stories for dry in story.dry_outs]

    @property
    def alarms(self) -> list[Alarm]:
        """Of all accounts."""
        return [alarm for story in self.stories for alarm in story.alarms]


def find(replay: Replay) -> Findings:
    """Look back over a replay that has ended."""
    stories = tuple(_story(replay, uid) for uid in replay.ledger.purses)
    ordered = sorted(stories, key=lambda story: (-story.last.level, _likely(story), story.account.account_id))
    return Findings(tuple(ordered), tuple(replay.ledger.arrivals), tuple(_broken(replay, stories)))


TO_STAFF = frozenset({Topic.UNREADABLE, Topic.TASK})
NOT_NEEDED = frozenset({DeliveryStatus.RESERVED, DeliveryStatus.SPARED})


def _story(replay: Replay, uid: str) -> Story:
    ledger = replay.ledger
    account, purse = ledger.accounts[uid], ledger.purses[uid]
    recorded = replay.messages(uid)
    people = [m for m in recorded if m.topic not in TO_STAFF and m.status not in NOT_NEEDED]
    paid = tuple(at for at, _ in purse.top_ups)
    warned = _warnings(people)
    return Story(
        account=account,
        customer=purse.customer,
        start=ledger.start,
        balances=tuple(ledger.balances[uid]),
        top_ups=tuple(purse.top_ups),
        snapshots=replay.site.stores.states.load_snapshots(uid, ledger.start, ledger.now).values,
        messages=tuple(people),
        staff_messages=tuple(m for m in recorded if m.topic in TO_STAFF),
        dry_outs=tuple(
            DryOut(dry.at, _first_between(warned, _before(paid, dry.at, ledger.start), dry.at))
            for dry in ledger.dry_outs
            if dry.account_id == uid
        ),
        alarms=tuple(_alarms(replay, uid, people, paid)),
    )


def _warnings(messages: Iterable[Message]) -> list[datetime]:
    """When warnings (or worse) reached someone."""
    serious = (m for m in messages if m.topic is Topic.LEVEL and m.level >= Level.WARNING)
    return sorted(at for m in serious if (at := reached_at(m)) is not None)


def _before(moments: Sequence[datetime], at: datetime, start: datetime) -> datetime:
    return max((moment for moment in moments if moment < at), default=start)


def _first_between(moments: Sequence[datetime], since: datetime, until: datetime) -> datetime | None:
    return next((moment for moment in moments if since <= moment < until), None)


def _alarms(replay: Replay, uid: str, messages: Iterable[Message], paid: Sequence[datetime]) -> Iterator[Alarm]:
    """The first warning of each spell between two top-ups."""
    spell: datetime | None = None
    for message in messages:
        since = _before(paid, message.queued_at, replay.ledger.start)
        if message.topic is Topic.LEVEL and message.level >= Level.WARNING and since != spell:
            spell = since
            yield Alarm(message.queued_at, message.level, replay.days_without_top_up(uid, message.queued_at))


def _broken(replay: Replay, stories: Iterable[Story]) -> Iterator[str]:
    ledger = replay.ledger
    for story in stories:
        for dry in story.dry_outs:
            if dry.warned_at is None:
                yield f"{story.account.name} ({story.account.account_id}) ran dry without any warning before"
    counted = Counter(one.message_id for one in ledger.arrivals)
    for message_id, times in counted.items():
        if times > 1:
            yield f"message {message_id} was sent {times} times"
    for failed in ledger.failed_runs:
        yield f"a run failed: {failed}"
    for uid, account in replay.site.cloud.control.accounts().items():
        if Decimal(account["available"]) != ledger.purses[uid].balance:
            yield f"the books of {uid} say {account['available']}, the replay {ledger.purses[uid].balance}"


def _likely(story: Story) -> float:
    return story.last.days_left[1] if story.last.days_left else float("inf")
