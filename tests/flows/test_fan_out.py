"""Many accounts: the timer's invocation hands buckets over to others, and people are told the same as by one."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.app.deadline import NEVER, Deadline
from shared.app.fan_out import check_everyone
from shared.app.in_force import config_in_force
from shared.app.wiring import open_billing
from shared.buckets import EVERYONE, hash_of, share_out
from shared.dispatch import Handover, HandOverLater, HandOverRefused
from shared.model import Level
from tests.agency import AUDIT, CHECK, DELIVER, ROOT, Agency, write_config
from tests.flows.test_one_or_eight import LINES, doubled, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from shared.app.fan_out import SweepReport
    from shared.billing import Billing
    from shared.buckets import Bucket, BucketRun
    from shared.dispatch import Dispatch
    from shared.model import Account
    from tests.cloud import RunningCloud

CUSTOMERS = 30
FEW, MANY = 1500, 10
"""Accounts that one invocation looks at: all of them, or a third."""
BUCKETS = share_out(CUSTOMERS, MANY)
OWN = "1000000000000009"


@pytest.fixture
def site(cloud: RunningCloud, tmp_path: Path) -> Callable[[int], Agency]:
    """An agency with thirty customers whose lines are amounts, of which one invocation looks at so many."""

    def opened(per_invocation: int) -> Agency:
        own = {"account_id": OWN, "policy": "own"}
        top = {"sweep": {"accounts_per_invocation": per_invocation}, "own_account": own}
        agency = Agency(cloud, write_config(tmp_path, top, available_amount=LINES, runway=None, risk=None))
        cloud.control.open_accounts({"id": OWN, "balance": "100000"}, {"id": cloud.account_id, "balance": "100000"})
        for number in range(1, CUSTOMERS + 1):
            agency.watch(number, 300 * number)
        return agency

    return opened


@pytest.fixture
def agency(site: Callable[[int], Agency]) -> Agency:
    return site(MANY)


def sweep(agency: Agency, times: int = 1) -> list[str]:
    """The hourly timer fires; when all buckets are done: how each execution of the timer's invocation ended."""
    ended = agency.fire(CHECK, times=times, overlap=times > 1)
    agency.cloud.control.functions("queue/drain")
    return [one["outcome"] for one in ended]


def checked(
    agency: Agency, elsewhere: Callable[[], Dispatch] | None = None, deadline: Deadline = NEVER
) -> tuple[SweepReport, list[Bucket]]:
    """What a run reports that is made here, and of which buckets it opened the customers' accounts."""
    settings, stores = agency.settings, agency.stores
    opened: list[Bucket] = []

    def billing_for(bucket: Bucket) -> Billing:
        opened.append(bucket)
        return open_billing(settings, NEVER, bucket)

    def open_elsewhere() -> Dispatch:
        assert elsewhere is not None, "few accounts need nobody else"
        return elsewhere()

    in_force = config_in_force(settings, stores)
    run = check_everyone(stores, in_force, billing_for, open_elsewhere, agency.now, deadline, lambda _: None)
    return run, opened


class Nobody:
    """The port ``Dispatch`` where no bucket is ever taken."""

    def hand_over(self, run: BucketRun) -> Handover:
        """Refuse."""
        raise HandOverRefused(run.task_id)


class OnlyTheFirst(Nobody):
    """The port ``Dispatch`` where one bucket is taken, and looked at by nobody."""

    def hand_over(self, run: BucketRun) -> Handover:
        """Refuse all others."""
        return Handover.TAKEN if run.bucket == BUCKETS[0] else super().hand_over(run)


class Silent:
    """The port ``Dispatch`` where every bucket may have been taken: each answer is waited for in vain, ten seconds."""

    def __init__(self, start: datetime) -> None:
        self.now, self.tries = start, 0
        self._guard = threading.Lock()

    def hand_over(self, run: BucketRun) -> Handover:
        """Let the time pass, as if one were handed over after the other."""
        with self._guard:
            self.now += timedelta(seconds=10)
            self.tries += 1
        raise HandOverLater(run.task_id)


def buckets(agency: Agency) -> list[dict[str, Any]]:
    """Every execution of a bucket so far."""
    listed = agency.cloud.control.functions("invocations", {"function": CHECK[0]})["invocations"]
    return [one for one in listed if one["kind"] == "async"]


def balances(agency: Agency) -> int:
    """How often a balance was read so far."""
    return agency.cloud.control.counts().get("bss", {}).get("QueryAccountBalance", 0)


def whole(agency: Agency) -> dict[str, Any]:
    """The first report of the timer's own invocation: buckets may be done before it."""
    return next(report for report in agency.reports() if "shared_out" in report)


def parts(agency: Agency) -> list[dict[str, Any]]:
    """The reports of buckets."""
    return [report for report in agency.reports() if "bucket" in report]


def seen_now(agency: Agency) -> set[str]:
    """The accounts with a reading of this hour."""
    return {
        s.account_id
        for s in agency.stores.states.load_states().values
        if s.alert.seen_at == agency.now and not s.alert.failure
    }


def everyone(agency: Agency) -> set[str]:
    return {account.account_id for account in agency.accounts} | {OWN}


def in_one_bucket(agency: Agency) -> list[Account]:
    """The customers of the first bucket, in the order in which they are looked at the first time."""
    first = [a for a in agency.accounts if hash_of(a.account_id) < BUCKETS[0].upper]
    return sorted(first, key=lambda account: hash_of(account.account_id))


# ---------------------------------------------------------------- the same as by one


def story(agency: Agency) -> tuple[set[tuple[str, ...]], list[str]]:
    """A day in which customers spend, one pays, and everybody's hour comes; what people were told, and what twice."""
    for step in range(3):
        agency.wait(hours=8)
        for number, account in enumerate(agency.accounts, 1):
            agency.spend(account, 100 + 10 * number)
        if step:
            agency.top_up(agency.accounts[2], 4000)
        assert sweep(agency) == ["Succeeded"]
        agency.fire(DELIVER)
        agency.wait(minutes=5)
        agency.fire(DELIVER)
    return told(agency), doubled(agency)


def test_one_invocation_or_many_tell_the_same(site: Callable[[int], Agency]) -> None:
    by_one, _ = story(site(FEW))
    site(FEW).start_over()
    by_many, twice = story(site(MANY))
    assert by_many == by_one
    assert twice == []
    assert {row[3] for row in by_one} >= {"warning", "critical", "overdue", "recovered"}


def test_every_account_is_read_once_in_at_least_three_buckets(agency: Agency) -> None:
    assert sweep(agency) == ["Succeeded"]
    runs = buckets(agency)
    assert len(runs) == len(BUCKETS) >= 3
    assert {run["outcome"] for run in runs} == {"Succeeded"}
    assert balances(agency) == CUSTOMERS + 1
    assert seen_now(agency) == everyone(agency)


def test_few_accounts_cost_no_further_invocation(site: Callable[[int], Agency]) -> None:
    agency = site(FEW)
    assert sweep(agency) == ["Succeeded"]
    assert buckets(agency) == []
    assert balances(agency) == CUSTOMERS + 1
    assert "shared_out" not in agency.reports()[-1]


def test_few_accounts_do_not_even_open_the_way_to_other_invocations(site: Callable[[int], Agency]) -> None:
    report, paces = checked(site(FEW))
    assert (paces, report.here.read) == ([EVERYONE], CUSTOMERS + 1)


def test_each_bucket_keeps_to_its_part_of_the_pace_here_as_elsewhere(agency: Agency) -> None:
    _, paces = checked(agency, OnlyTheFirst)
    assert paces[0] == EVERYONE, "the own account comes first, and alone"
    assert set(paces[1:]) == set(BUCKETS[1:])


def test_where_nobody_takes_anything_there_is_one_run_at_the_whole_pace(agency: Agency) -> None:
    report, paces = checked(agency, Nobody)
    assert paces == [EVERYONE, EVERYONE]
    assert report.here.read == CUSTOMERS + 1


def test_the_own_account_is_read_before_anything_is_handed_over(agency: Agency) -> None:
    before = len(agency.cloud.control.log())
    sweep(agency)
    calls = [(service, operation) for _, service, operation in agency.cloud.control.log(before)]
    assert calls.index(("bss", "QueryAccountBalance")) < calls.index(("fc", "InvokeFunction"))
    assert whole(agency)["read"] == 1


def test_the_own_account_is_the_dispatching_runs_alone_even_where_it_cannot_be_read(agency: Agency) -> None:
    agency.cloud.control.add_fault("bss", "error", times=-1, accounts=[agency.cloud.account_id])
    sweep(agency)
    assert balances(agency) == CUSTOMERS + 3  # it is patient: one run asks three times
    assert seen_now(agency) == everyone(agency) - {OWN}
    assert sum(sum(part["unreadable"].values()) for part in parts(agency)) == 0


def test_the_report_says_what_was_handed_over_and_each_bucket_which_it_is(agency: Agency) -> None:
    sweep(agency)
    assert whole(agency)["shared_out"] == {
        "accounts": CUSTOMERS,
        "buckets": len(BUCKETS),
        "handed_over": {"taken": len(BUCKETS), "before": 0},
        "inline": [],
        "left": {},
    }
    assert {part["bucket"] for part in parts(agency)} == {
        f"check-{agency.now:%Y%m%dT%H%M%SZ}-{bucket.lower}-{bucket.upper}" for bucket in BUCKETS
    }
    assert sum(part["read"] for part in parts(agency)) == CUSTOMERS


# ---------------------------------------------------------------- what goes wrong


def test_a_timer_that_fires_twice_starts_each_bucket_once(agency: Agency) -> None:
    assert sweep(agency, times=2) == ["Succeeded"] * 2
    assert len(buckets(agency)) == len(BUCKETS)
    assert balances(agency) in {CUSTOMERS + 1, CUSTOMERS + 2}, "the own account is looked at by both"
    handed_over = Counter[str]()
    for report in agency.reports():
        handed_over.update(report.get("shared_out", {}).get("handed_over", {}))
    assert handed_over == {"taken": len(BUCKETS), "before": len(BUCKETS)}


def test_a_bucket_that_is_killed_twice_is_finished_by_its_second_retry(agency: Agency) -> None:
    victim = in_one_bucket(agency)[-1]
    agency.cloud.control.add_fault("sts", "kill_caller", operation="AssumeRole", times=2, accounts=[victim.account_id])
    assert sweep(agency) == ["Succeeded"]
    assert Counter(run["error_type"] for run in buckets(agency)) == {None: len(BUCKETS), "UnexpectedExit": 2}
    assert seen_now(agency) == everyone(agency)
    for _ in range(2):
        agency.fire(DELIVER)
        agency.wait(minutes=5)
    assert doubled(agency) == []


def test_a_bucket_that_dies_for_good_is_named_and_found_by_the_next_run(agency: Agency) -> None:
    lost = {account.account_id for account in in_one_bucket(agency)}
    agency.cloud.control.add_fault("sts", "kill_caller", operation="AssumeRole", times=-1, accounts=list(lost))
    sweep(agency)
    assert seen_now(agency) == everyone(agency) - lost
    (letter,) = agency.cloud.control.functions("dead-letters")["dead_letters"]
    assert json.loads(letter["event"])["bucket"] == [BUCKETS[0].lower, BUCKETS[0].upper]
    agency.wait(minutes=20)
    agency.fire(AUDIT)
    assert agency.reports(AUDIT)[-1]["last_hour"] == {
        "accounts": CUSTOMERS + 1,
        "read": CUSTOMERS + 1 - len(lost),
        "unreadable": 0,
        "not_seen": len(lost),
    }
    agency.cloud.control.clear_faults()
    agency.wait(minutes=40)
    assert sweep(agency) == ["Succeeded"]
    assert seen_now(agency) == everyone(agency)


def test_a_dispatch_that_is_throttled_for_a_moment_is_made_good(agency: Agency) -> None:
    agency.cloud.control.add_fault("fc", "error", times=len(BUCKETS) - 1, code="ResourceThrottled", status=429)
    assert sweep(agency) == ["Succeeded"]
    assert whole(agency)["shared_out"]["handed_over"] == {"taken": len(BUCKETS), "before": 0}
    assert balances(agency) == CUSTOMERS + 1


@pytest.mark.parametrize("kind", ["hang_after", "reset_after"])
def test_a_bucket_whose_answer_was_lost_is_looked_at_once(agency: Agency, kind: str) -> None:
    agency.cloud.control.add_fault("fc", kind)
    assert sweep(agency) == ["Succeeded"]
    assert balances(agency) == CUSTOMERS + 1
    assert whole(agency)["shared_out"]["handed_over"] == {"taken": len(BUCKETS) - 1, "before": 1}


def test_where_nothing_can_be_handed_over_all_is_done_here_and_the_run_ends_failed(agency: Agency) -> None:
    agency.cloud.control.add_fault("fc", "error", times=-1, code="AccessDenied", status=403)
    assert set(sweep(agency)) == {"Failed"}
    assert buckets(agency) == []
    assert balances(agency) == CUSTOMERS + 1
    assert seen_now(agency) == everyone(agency)
    first = whole(agency)
    assert first["shared_out"]["inline"] == [f"check-{agency.now:%Y%m%dT%H%M%SZ}-0000-g"]
    assert (first["read"], first["shared_out"]["left"]) == (CUSTOMERS + 1, {})
    assert "AccessDenied" in first["broken"][0]


def test_buckets_that_nobody_takes_begin_with_another_one_each_hour(agency: Agency) -> None:
    others = set(BUCKETS[1:])
    first = []
    for _ in others:
        _, paces = checked(agency, OnlyTheFirst)
        assert set(paces[1:]) == others
        first.append(paces[1])
        agency.wait(hours=1)
    assert set(first) == others


def test_answers_that_do_not_come_leave_time_to_look_at_everyone_here(site: Callable[[int], Agency]) -> None:
    agency = site(1)
    silent = Silent(agency.now)
    end = agency.now + timedelta(minutes=10)
    report, _ = checked(agency, lambda: silent, Deadline(lambda: silent.now, end))
    assert silent.tries < report.buckets, "not even once for each"
    assert end - silent.now > timedelta(minutes=7)
    assert seen_now(agency) == everyone(agency)
    assert report.here.left == []


def test_buckets_that_there_is_no_time_for_are_named(agency: Agency) -> None:
    class Late(OnlyTheFirst):
        def hand_over(self, run: BucketRun) -> Handover:
            clock.now = end
            return super().hand_over(run)

    clock = Silent(agency.now)
    end = agency.now + timedelta(minutes=10)
    report, _ = checked(agency, Late, Deadline(lambda: clock.now, end))
    assert len(report.left) == len(report.broken) == len(BUCKETS) - 1
    assert seen_now(agency) == {OWN}


def test_the_level_of_each_account_is_right_whoever_looked(agency: Agency) -> None:
    sweep(agency)
    levels = [agency.level(account) for account in agency.accounts]
    assert levels[0] is Level.CRITICAL
    assert levels[4] is Level.WARNING
    assert levels[-1] is Level.HEALTHY


# ---------------------------------------------------------------- Function Compute 2.0


def test_functions_of_2_0_hand_over_to_each_other(agency: Agency) -> None:
    control, service = agency.cloud.control, "arrears-alert"
    settings = agency.environment | {"PYTHONPATH": str(ROOT), "ARREARS_FC_SERVICE": service}
    function = {"name": CHECK[0], "service": service, "code": str(ROOT / "functions"), "timeout": 600}
    function |= {"handler": "check_balances.handler", "runtime": "python3.10", "async_task": True}
    control.functions("functions/put", function | {"environment": settings})
    key = f"{service}${CHECK[0]}"
    control.functions("timers/put", {"function": key, "name": CHECK[1], "cron": "0 7 * * * *"})
    ended = agency.fire((key, CHECK[1]), times=2)
    control.functions("queue/drain")
    assert [one["outcome"] for one in ended] == ["Succeeded"] * 2
    runs = control.functions("invocations", {"function": key})["invocations"]
    assert len([one for one in runs if one["kind"] == "async"]) == len(BUCKETS)
    assert balances(agency) == CUSTOMERS + 1
    assert seen_now(agency) == everyone(agency)
