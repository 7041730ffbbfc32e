"""The moments at which something goes wrong: which timer fires, what has happened before, what must arrive in the end.

A new handler is one more row of ``MOMENTS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from shared.model import BUNDLES, Contact, DeliveryStatus, Message, Topic
from tests.agency import CHECK, DELIVER, Agency, write_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cloud import RunningCloud

HORIZON = timedelta(hours=4)
"""A message that has not reached its end so long after the accident never will."""
CHECKS_AFTER = 2
"""Hourly checks that follow the accident at the least."""
SENDS = (("dysms", "SendSms"), ("dm", "SingleSendMail"))
OPEN = frozenset(
    {
        DeliveryStatus.PENDING,
        DeliveryStatus.SENDING,
        DeliveryStatus.SENT,
        DeliveryStatus.DEFERRED,
        DeliveryStatus.UNKNOWN,
        DeliveryStatus.RESERVED,
        DeliveryStatus.BUNDLED,
    }
)
BUNDLE_IS_QUEUED = 14
"""The request to the store with which a delivery begins to queue a bundle of three members: all of them are marked."""
WANG = Contact("王丽", "13800000001", "wang@example.com")
LI = Contact("李强", "13800000002")
ZHAO = Contact("赵敏", None, "zhao@example.com")
ZHOU = Contact("周杰", "13800000004", "zhou@example.com")


class Told(NamedTuple):
    """What reaches a person of an account, by itself or within a bundle."""

    address: str
    channel: str
    about: str
    """A level, or ``recovered``."""
    account: int
    """The number that it was opened with."""


FIRST = frozenset(
    {
        Told("13800000001", "sms", "warning", 1),
        Told("wang@example.com", "mail", "warning", 1),
        Told("13800000002", "sms", "critical", 2),
        Told("zhao@example.com", "mail", "critical", 2),
    }
)
"""What the first check leads to."""
SECOND = FIRST | {
    Told("wang@example.com", "mail", "recovered", 1),
    Told("13800000003", "sms", "critical", 3),
    Told("chen@example.com", "mail", "critical", 3),
}
"""What is added once the first customer paid and the third ran low."""
SHARED = frozenset(
    told
    for number in (4, 5, 6)
    for told in (
        Told("13800000004", "sms", "warning", number),
        Told("zhou@example.com", "mail", "warning", number),
    )
)
"""What somebody with three accounts is told, in however many messages."""


class World:
    """Three customers of an agency: one must be warned, one urgently, and one is well."""

    def __init__(self, cloud: RunningCloud, directory: Path) -> None:
        lines = {
            "warning": {"enter_below": 2000, "leave_at": 2500},
            "critical": {"enter_below": 100, "leave_at": 200},
        }
        config = write_config(
            directory, available_amount=lines, runway=None, risk=None, quiet=None, bundle={"sms_from": 3}
        )
        self.agency = Agency(cloud, config)
        self.control = cloud.control
        self.outbox = self.agency.stores.outbox

    def start_over(self) -> None:
        """The same three customers, never looked at."""
        self.agency.start_over()
        self.outbox = self.agency.stores.outbox
        self.agency.watch(1, 1500, contacts=(WANG,))
        self.agency.watch(2, 50, contacts=(LI, ZHAO))
        self.agency.watch(3, 5000, contacts=(Contact("陈静", "13800000003", "chen@example.com"),))

    def share(self) -> None:
        """In place of these customers one with three accounts, all of which must be warned."""
        self.agency.stores.accounts.remove_accounts([account.account_id for account in self.agency.accounts])
        self.agency.accounts.clear()
        for number in (4, 5, 6):
            self.agency.watch(number, 1500, contacts=(ZHOU,))

    def check(self) -> None:
        """The next hourly check, undisturbed."""
        self.wait_for(CHECK)
        self.agency.fire(CHECK)

    def deliver(self) -> None:
        """The next delivery run, undisturbed but for the faults in force."""
        self.wait_for(DELIVER)
        self.agency.fire(DELIVER)

    def deliver_in_vain(self, kind: str) -> None:
        """A delivery run in which every sending ends in the same fault."""
        for service, operation in SENDS:
            self.control.add_fault(service, kind, operation=operation, times=-1)
        self.deliver()
        self.control.clear_faults()

    def money_moves(self) -> None:
        """The first customer pays, the third is spent nearly empty."""
        paid, _, spent = self.agency.accounts
        self.agency.top_up(paid, 5000)
        self.agency.spend(spent, 4950)

    def wait_for(self, timer: tuple[str, str]) -> None:
        """Until the timer's next time: hourly at minute 7, or every five minutes, 30 seconds past."""
        due = next_time(timer, self.agency.now)
        self.agency.wait(seconds=(due - self.agency.now).total_seconds())

    def read_clock(self) -> None:
        """Take over the cloud's time, which a fault may have moved."""
        self.agency.now = datetime.fromisoformat(self.control.now()).astimezone(UTC)

    def messages(self) -> list[Message]:
        """All messages, as they are stored."""
        ids = [account.account_id for account in self.agency.accounts]
        return [message for key in (*ids, BUNDLES) for message in self.outbox.load_messages(key).values]

    def settle(self) -> None:
        """Let the next timers fire until every message has its end; those with nothing to do are left out."""
        self.read_clock()
        end, checks = self.agency.now + HORIZON, 0
        due = self._next_due()
        while self.agency.now < end and (due is not None or checks < CHECKS_AFTER):
            self.agency.wait(seconds=1)
            check, deliver = next_time(CHECK, self.agency.now), next_time(DELIVER, self.agency.now)
            if due is not None:
                deliver = max(deliver, next_time(DELIVER, due))
            if due is None or check < deliver:
                self.check()
                checks += 1
            else:
                self.agency.wait(seconds=(deliver - self.agency.now).total_seconds())
                self.deliver()
            due = self._next_due()

    def _next_due(self) -> datetime | None:
        return min((message.due for message in self.messages() if message.status in OPEN), default=None)


def next_time(timer: tuple[str, str], now: datetime) -> datetime:
    """The first time at or after ``now`` that the timer is set for."""
    offset, period = (timedelta(minutes=7), 3600) if timer == CHECK else (timedelta(minutes=2, seconds=30), 300)
    passed = (now - offset).timestamp() % period
    return now if passed == 0 else now + timedelta(seconds=period - passed)


def about(message: Message) -> str:
    """The level that a message speaks of, or its topic."""
    return message.level.label if message.topic is Topic.LEVEL else message.topic.value


@dataclass(frozen=True, slots=True)
class Moment:
    """A run to be disturbed."""

    name: str
    handler: str
    """The file in functions/."""
    timer: tuple[str, str]
    prepare: Callable[[World], None]
    """Everything that happens before, undisturbed unless that is the point."""
    expected: frozenset[Told]
    """What people are told in the end, each of it once."""


def _queued(world: World) -> None:
    world.check()


def _sent(world: World) -> None:
    world.check()
    world.deliver()
    world.agency.wait(seconds=1)


def _replies_lost(world: World) -> None:
    world.check()
    world.deliver_in_vain("reset_after")
    world.agency.wait(seconds=1)


def _never_taken(world: World) -> None:
    world.check()
    world.deliver_in_vain("reset_before")
    world.agency.wait(minutes=21)


def _an_hour_later(world: World) -> None:
    world.check()
    for _ in range(2):
        world.deliver()
        world.agency.wait(minutes=5)
    world.money_moves()


def _shared(prepare: Callable[[World], None]) -> Callable[[World], None]:
    """The same with one customer of three accounts."""

    def begin(world: World) -> None:
        world.share()
        prepare(world)

    return begin


def _dead_before_it_is_queued(world: World) -> None:
    """A run died when it had marked the members of a bundle, and its lease is over."""
    world.check()
    world.wait_for(DELIVER)
    world.control.add_fault("tablestore", "kill", nth=BUNDLE_IS_QUEUED)
    world.agency.fire(DELIVER)
    assert {m.status for m in world.messages() if m.channel == "sms"} == {DeliveryStatus.BUNDLED}, "killed elsewhere"
    world.control.clear_faults()
    world.agency.wait(minutes=7)


MOMENTS = (
    Moment("check", "check_balances", CHECK, lambda _: None, FIRST),
    Moment("recheck", "check_balances", CHECK, _an_hour_later, SECOND),
    Moment("deliver", "deliver_notifications", DELIVER, _queued, FIRST),
    Moment("receipts", "deliver_notifications", DELIVER, _sent, FIRST),
    Moment("doubt", "deliver_notifications", DELIVER, _replies_lost, FIRST),
    Moment("absence", "deliver_notifications", DELIVER, _never_taken, FIRST),
    Moment("gather", "deliver_notifications", DELIVER, _shared(_queued), SHARED),
    Moment("orphans", "deliver_notifications", DELIVER, _shared(_dead_before_it_is_queued), SHARED),
    Moment("bundle_receipts", "deliver_notifications", DELIVER, _shared(_sent), SHARED),
    Moment("dissolve", "deliver_notifications", DELIVER, _shared(_never_taken), SHARED),
)
