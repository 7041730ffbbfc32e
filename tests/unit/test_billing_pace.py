from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.billing.pace import LIMITS, REMEMBERED, Pace


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("operation", LIMITS)
def test_no_second_has_more_calls_than_are_allowed(operation: str) -> None:
    time, calls = Time(), []
    pace = Pace(time.clock, time.sleep)
    for _ in range(500):
        pace.wait(operation, "1")
        calls.append(time.now)
    assert max(sum(start <= at < start + 1 for at in calls) for start in calls) <= LIMITS[operation]
    assert 500 / calls[-1] > 0.85 * LIMITS[operation], "and not many fewer"


def test_accounts_are_counted_apart_and_what_has_no_limit_is_not_counted() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep)
    for account in range(3 * REMEMBERED):
        pace.wait("QueryAccountBill", str(account))
        pace.wait("QueryAccountBalance", "1")
    assert time.now == 0


def test_a_rest_is_not_saved_up() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep, {"A": 10.0})
    pace.wait("A", "")
    time.now = 1000.0
    for _ in range(11):
        pace.wait("A", "")
    assert time.now > 1001


def test_threads_take_turns() -> None:
    waits: list[float] = []
    pace = Pace(lambda: 0.0, waits.append, {"A": 10.0})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pace.wait("A", ""), range(40)))
    assert sorted(waits) == pytest.approx([n / 9 for n in range(1, 40)])
