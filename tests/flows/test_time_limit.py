"""A check that has not time enough: what it leaves, and what comes of that; and the keys that outlive a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from shared.app.check import CheckReport, check
from shared.app.deadline import STOP_BEFORE_END, Deadline
from shared.app.in_force import config_in_force
from shared.app.wiring import open_billing
from shared.buckets import EVERYONE, Bucket, hash_of, share_out

if TYPE_CHECKING:
    from shared.model import Account
    from tests.agency import Agency

CUSTOMERS = 6
HALF_A_MINUTE = timedelta(seconds=30)


def checked(agency: Agency, looks: int, bucket: Bucket = EVERYONE) -> CheckReport:
    """A check whose time is over after so many customers.

    Each look at the clock takes half a minute; the first one is for the group, then there are two for each customer.
    """
    looks_at_it = count()
    start = datetime(2026, 3, 2, tzinfo=UTC)
    end = start + STOP_BEFORE_END + HALF_A_MINUTE * (1 + 2 * looks)
    deadline = Deadline(lambda: start + HALF_A_MINUTE * next(looks_at_it), end)
    stores = agency.stores
    billing = open_billing(agency.settings)
    return check(stores, config_in_force(agency.settings, stores), billing, agency.now, bucket, deadline)


def seen(agency: Agency, *accounts: Account) -> set[str]:
    """Who of them was looked at in this hour."""
    looks = agency.stores.states.load_seen()
    return {one.account_id for one in accounts if looks.get(one.account_id) == int(agency.now.timestamp())}


def test_what_was_not_reached_in_time_comes_first_in_the_next_run(agency: Agency) -> None:
    accounts = [agency.watch(number, 5000) for number in range(1, CUSTOMERS + 1)]
    report = checked(agency, looks=2)
    first = seen(agency, *accounts)
    assert (len(first), len(report.left)) == (2, 4)
    assert set(report.left) == {one.account_id for one in accounts} - first
    assert "4 accounts were not reached" in report.broken[0]

    agency.wait(hours=1)
    checked(agency, looks=4)
    assert seen(agency, *accounts) == set(report.left)

    agency.wait(hours=1)
    report = checked(agency, looks=CUSTOMERS)
    assert seen(agency, *accounts) == {one.account_id for one in accounts}
    assert (report.left, report.broken, report.as_json()["left"]) == ([], [], 0)


def test_a_bucket_too_begins_with_whom_it_left_and_looks_at_nobody_elses(agency: Agency) -> None:
    accounts = [agency.watch(number, 5000) for number in range(1, CUSTOMERS + 1)]
    bucket = share_out(CUSTOMERS, CUSTOMERS // 2)[0]
    ours = {one.account_id for one in accounts if hash_of(one.account_id) < bucket.upper}
    report = checked(agency, 1, bucket)
    first = seen(agency, *accounts)
    assert (len(first), set(report.left)) == (1, ours - first)
    assert report.left, "or nothing is shown"

    agency.wait(hours=1)
    checked(agency, len(report.left), bucket)
    assert seen(agency, *accounts) == set(report.left)


def test_the_same_hour_again_takes_only_what_was_left(agency: Agency) -> None:
    accounts = [agency.watch(number, 5000) for number in range(1, CUSTOMERS + 1)]
    checked(agency, looks=2)
    report = checked(agency, looks=CUSTOMERS)
    assert (report.read, report.seen_before) == (4, 2)
    assert seen(agency, *accounts) == {one.account_id for one in accounts}


def test_who_was_looked_at_before_is_not_left_however_short_the_time(agency: Agency) -> None:
    accounts = [agency.watch(number, 5000) for number in range(1, CUSTOMERS + 1)]
    assert len(checked(agency, looks=-1).left) == CUSTOMERS
    checked(agency, looks=2)
    assert set(checked(agency, looks=-1).left) == {one.account_id for one in accounts} - seen(agency, *accounts)
    checked(agency, looks=CUSTOMERS)
    assert checked(agency, looks=-1).broken == []


def test_a_role_is_assumed_once_an_hour_by_all_runs_of_a_warm_instance(agency: Agency) -> None:
    agency.cloud.control.set_clock(datetime.now(UTC), frozen=False)
    agency.now = datetime.now(UTC)
    agency.watch(1, 5000)
    for _ in range(3):
        checked(agency, looks=1)
        agency.now += 2 * HALF_A_MINUTE
    assert agency.cloud.control.counts()["sts"]["AssumeRole"] == 1
