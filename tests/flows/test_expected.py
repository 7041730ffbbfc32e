"""Stories of several days, each with everything that it must bring and when; anything more fails them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from shared.app.acknowledge import acknowledge
from shared.model import Contact
from tests.agency import DELIVER, Agency, write_config
from tests.collector import Collector, on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.model import Account
    from tests.cloud import RunningCloud

WANG = Contact("王丽", "13800000001", "wang@example.com")
LI = Contact("李强", "13800000002", "li@example.com")
STAFF = ("13800138000", "oncall@example.com")
LINES = {
    "warning": {"enter_below": 2000, "leave_at": 2500},
    "critical": {"enter_below": 500, "leave_at": 800},
}


@dataclass(slots=True)
class Story:
    """An agency whose lines are amounts: what is spent says at which hour each of them is crossed."""

    agency: Agency
    collector: Collector = field(default_factory=Collector)

    def begin(self) -> None:
        """The first look, on Monday at 08:07."""
        self._run()

    def pass_time(self, steps: int, *spent: tuple[Account, float]) -> None:
        """Steps of three hours; in each so much is spent, then both timers fire, and delivery once more."""
        for _ in range(steps):
            self.agency.wait(minutes=175)
            for account, amount in spent:
                self.agency.spend(account, amount)
            self._run()

    def expect(self, people: tuple[str | None, ...], about: str, day: int, after: str, before: str) -> None:
        """Each of these addresses is told, on that day, between two times."""
        for address in people:
            assert address is not None
            self.collector.expect(address, about, on(day, after), on(day, before))

    def end(self) -> None:
        """All of it, and nothing else."""
        self.collector.verify(self.agency)

    def _run(self) -> None:
        self.agency.check()
        self.agency.fire(DELIVER)
        self.agency.wait(minutes=5)
        self.agency.fire(DELIVER)


@pytest.fixture
def story(cloud: RunningCloud, tmp_path: Path) -> Callable[..., Story]:
    """A story under the project's own policy, but for its lines and what the test says."""

    def told(**changes: Any) -> Story:
        lines = {"available_amount": LINES, "runway": None, "risk": None, "worst_day": None, "quiet": None}
        return Story(Agency(cloud, write_config(tmp_path, **(lines | changes))))

    return told


def test_a_fall_a_payment_and_a_second_fall(story: Callable[..., Story]) -> None:
    one = story()
    account = one.agency.watch(1, 3000, contacts=(WANG,))
    one.begin()
    one.pass_time(13, (account, 200))
    one.agency.top_up(account, 5000)
    one.pass_time(1, (account, 200))
    one.pass_time(7, (account, 600))
    one.expect((WANG.phone, WANG.mail), "warning", 2, "02:07", "02:12")
    one.expect((WANG.phone, WANG.mail), "critical", 2, "23:07", "23:12")
    one.expect((WANG.mail,), "recovered", 3, "02:07", "02:12")
    one.expect((WANG.phone, WANG.mail), "warning", 3, "20:07", "20:12")
    one.end()


QUIET = {"start": "22:00", "end": "08:00", "timezone": "Asia/Shanghai", "let_through": "critical"}


def test_a_warning_of_the_night_waits_for_the_morning_and_a_critical_one_does_not(story: Callable[..., Story]) -> None:
    one = story(quiet=QUIET)
    slow = one.agency.watch(1, 2600, contacts=(WANG,))
    fast = one.agency.watch(2, 2600, contacts=(LI,))
    one.begin()
    one.pass_time(5, (slow, 100), (fast, 100))
    one.pass_time(1, (slow, 300), (fast, 1700))
    one.pass_time(4, (slow, 50), (fast, 10))
    one.expect((WANG.phone, WANG.mail), "warning", 2, "08:00", "08:12")
    one.expect((LI.phone, LI.mail), "critical", 2, "02:07", "02:12")
    one.expect(STAFF, "task", 2, "08:07", "08:12")
    one.end()


def test_who_pays_in_the_night_hears_nothing_of_it_in_the_morning(story: Callable[..., Story]) -> None:
    one = story(quiet=QUIET)
    account = one.agency.watch(1, 2600, contacts=(WANG,))
    one.begin()
    one.pass_time(6, (account, 110))
    one.agency.top_up(account, 5000)
    one.pass_time(4, (account, 10))
    one.end()


def test_a_second_contact_stands_in_for_a_phone_that_is_off(story: Callable[..., Story]) -> None:
    reach = {"at_once": {"warning": 1, "critical": None}, "receipt_minutes": 30}
    one = story(reach=reach)
    one.agency.cloud.control.sms_fate(WANG.phone or "", error="MOBILE_NOT_ON_SERVICE")
    account = one.agency.watch(1, 2300, contacts=(WANG, LI))
    one.begin()
    one.pass_time(6, (account, 100))
    one.expect((WANG.phone, WANG.mail), "warning", 1, "20:07", "20:12")
    one.expect((LI.phone,), "warning", 1, "20:12", "23:12")
    one.end()


def test_who_is_below_zero_is_told_every_day_and_staff_once(story: Callable[..., Story]) -> None:
    one = story()
    account = one.agency.watch(1, 100, contacts=(WANG,))
    one.begin()
    one.pass_time(18, (account, 150))
    one.expect((WANG.phone, WANG.mail), "critical", 1, "08:07", "08:12")
    for day in (1, 2, 3):
        one.expect((WANG.phone, WANG.mail), "overdue", day, "11:07", "11:12")
    one.expect(STAFF[1:], "task", 1, "11:07", "11:12")
    one.expect(STAFF, "task", 1, "23:07", "23:12")
    one.end()


def test_staff_step_in_where_nobody_reacts_and_not_where_somebody_did(story: Callable[..., Story]) -> None:
    one = story()
    silent = one.agency.watch(1, 450, contacts=(WANG,))
    aware = one.agency.watch(2, 450, contacts=(LI,))
    one.begin()
    acknowledge(one.agency.stores.states, aware.account_id, "李强", one.agency.now)
    one.pass_time(9, (silent, 1), (aware, 1))
    one.expect((WANG.phone, WANG.mail), "critical", 1, "08:07", "08:12")
    one.expect((LI.phone, LI.mail), "critical", 1, "08:07", "08:12")
    one.expect(STAFF, "task", 1, "14:07", "14:12")
    one.expect((WANG.phone, WANG.mail), "critical", 2, "08:07", "08:12")
    one.end()
