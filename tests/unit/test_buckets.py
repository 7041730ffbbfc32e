"""Accounts shared out over invocations, and the event that hands a bucket over."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.app.event import InvalidEvent, TimerEvent, parse_check_event
from shared.buckets import (
    EVERYONE,
    HASHES,
    MOST_BUCKETS,
    Bucket,
    BucketRun,
    bucket_of,
    hash_of,
    share_out,
    side_by_side,
)

AT = datetime(2026, 3, 2, 0, 7, tzinfo=UTC)
TASK_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
"""As InvokeFunction documents x-fc-async-task-id."""
LAST_HASH = f"{HASHES - 1:04x}"
counts = st.integers(0, 60_000)
sizes = st.integers(1, 20_000)


def holds(bucket: Bucket, hashed: str) -> bool:
    return bucket.lower <= hashed < bucket.upper


@pytest.mark.parametrize(
    ("accounts", "most", "buckets"),
    [(0, 1500, 1), (1500, 1500, 1), (1501, 1500, 2), (3001, 1500, 4), (20_000, 1500, 16), (30, 10, 4), (11, 1, 16)],
)
def test_as_few_buckets_as_hold_so_many(accounts: int, most: int, buckets: int) -> None:
    assert len(share_out(accounts, most)) == buckets


def test_few_accounts_are_one_bucket_with_everyone() -> None:
    assert share_out(1500, 1500) == (EVERYONE,)


@given(counts, sizes)
def test_every_hash_is_in_exactly_one_bucket(accounts: int, most: int) -> None:
    buckets = share_out(accounts, most)
    assert buckets[0].lower == EVERYONE.lower
    assert buckets[-1].upper == EVERYONE.upper > LAST_HASH
    assert all(one.upper == following.lower for one, following in pairwise(buckets))
    assert all(bucket.lower < bucket.upper for bucket in buckets)


@given(counts, sizes)
def test_buckets_are_equally_wide(accounts: int, most: int) -> None:
    buckets = share_out(accounts, most)
    lowers = [int(bucket.lower, 16) for bucket in buckets] + [HASHES]
    assert {after - before for before, after in pairwise(lowers)} == {HASHES // len(buckets)}


@given(counts, sizes)
def test_a_bucket_holds_no_more_on_average_unless_there_would_be_too_many(accounts: int, most: int) -> None:
    buckets = share_out(accounts, most)
    assert accounts / len(buckets) <= most or len(buckets) == MOST_BUCKETS


@given(st.integers(1, 40_000), sizes)
def test_a_few_accounts_more_leave_the_bounds_or_halve_the_buckets(accounts: int, most: int) -> None:
    before, after = share_out(accounts, most), share_out(accounts + 1, most)
    assert {bucket.lower for bucket in before} <= {bucket.lower for bucket in after}


@given(counts, sizes)
def test_each_bucket_knows_how_many_run_beside_it(accounts: int, most: int) -> None:
    buckets = share_out(accounts, most)
    assert {side_by_side(bucket) for bucket in buckets} == {len(buckets)}


def test_real_account_ids_spread_evenly() -> None:
    hashes = [hash_of(f"{2000000000000000 + number}") for number in range(20_000)]
    held = [sum(holds(bucket, hashed) for hashed in hashes) for bucket in share_out(20_000, 1500)]
    assert max(held) < 1500
    assert min(held) > 1000


def test_the_smallest_share_of_an_account_holds_it() -> None:
    assert holds(bucket_of("2000000000000001"), hash_of("2000000000000001"))


# ---------------------------------------------------------------- the event


@given(counts, sizes, st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_bucket_is_read_back_as_it_was_handed_over(accounts: int, most: int, at: datetime) -> None:
    for bucket in share_out(accounts, most)[:3]:
        run = BucketRun(at, bucket)
        assert parse_check_event(run.as_event()) == run
        assert TASK_ID.fullmatch(run.task_id)


def test_task_ids_of_a_run_are_all_different_and_those_of_two_runs_too() -> None:
    runs = [BucketRun(at, b) for at in (AT, AT.replace(hour=1), AT.replace(minute=37)) for b in share_out(20_000, 100)]
    assert len({run.task_id for run in runs}) == len(runs) == 3 * 256


def test_a_task_id_says_what_it_is_of() -> None:
    assert BucketRun(AT, Bucket("f000", "g")).task_id == "check-20260302T000700Z-f000-g"


def test_a_timers_event_is_for_everyone() -> None:
    event = json.dumps({"triggerTime": "2026-03-02T00:07:00Z", "triggerName": "hourly", "payload": ""}).encode()
    assert parse_check_event(event) == TimerEvent(AT, "hourly", "")


@pytest.mark.parametrize(
    "bounds",
    [
        None,
        [],
        ["4000"],
        ["4000", "8000", "c000"],
        ["8000", "4000"],
        ["4000", "4000"],
        ["400", "8000"],
        ["4000", "G"],
        ["4000", 8000],
        ["", "g"],
        ["g", "g"],
        ["F000", "g"],
        "4000-8000",
        {"lower": "4000", "upper": "8000"},
    ],
)
def test_bounds_that_are_none_are_refused_with_a_mend(bounds: object) -> None:
    event = json.dumps({"triggerTime": "2026-03-02T00:07:00Z", "bucket": bounds}).encode()
    with pytest.raises(InvalidEvent, match=r"桶的界限不对 / these are no bounds.*triggerTime alone"):
        parse_check_event(event)


def test_a_key_that_is_not_known_is_refused_with_a_mend() -> None:
    fields = {"triggerTime": "2026-03-02T00:07:00Z", "bucket": ["4000", "8000"], "buckets": 4, "triggerName": "x"}
    with pytest.raises(InvalidEvent, match=r"unknown keys: buckets, triggerName.*triggerTime alone"):
        parse_check_event(json.dumps(fields).encode())


@pytest.mark.parametrize("event", [b"", b"[]", b"{}", b'{"bucket": ["4000", "8000"]}', b'"bucket"', b"\xff"])
def test_what_is_no_event_at_all_is_refused(event: bytes) -> None:
    with pytest.raises(InvalidEvent, match="not a timer event"):
        parse_check_event(event)
