"""A balance and what is spent make a runway."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.intraday import share_passed, spend_ahead
from shared.model import shanghai_day
from shared.runway import (
    days_at,
    ends_at,
    probability_empty_within,
    project_runway,
    projected_month_spend,
    suggest_top_up,
)
from shared.spend import spend_series, with_reading
from tests.builders import HOUR, NOON, balance, history, runway

if TYPE_CHECKING:
    from shared.model import Runway, SpendHistory


def steady(amount: float, hours: int = 24 * 20) -> Runway:
    past = history([round(amount + 2 * (hours - 1 - n), 2) for n in range(hours)])
    return runway_of(past, amount)


def runway_of(past: SpendHistory, amount: float) -> Runway:
    found = project_runway(spend_series(past, "CNY", NOON), balance(amount))
    assert found is not None
    return found


def test_a_steady_account_lasts_as_long_as_division_says() -> None:
    assert days_at(steady(480), 0.50) == pytest.approx(10, rel=0.05)


def test_an_empty_balance_lasts_no_time() -> None:
    assert set(steady(0).days_left) == {0.0}
    assert probability_empty_within(steady(-5), 0) == 1.0


def test_without_spend_there_is_no_end_in_sight() -> None:
    idle = runway_of(history([50] * 72), 50)
    assert ends_at(idle, 0.50) is None
    assert probability_empty_within(idle, 30) == 0.0


def test_a_new_account_gets_a_wide_runway_from_its_first_hours() -> None:
    new = runway_of(history([100, 98, 96]), 96)
    assert days_at(new, 0.50) == pytest.approx(2, rel=0.2)
    assert days_at(new, 0.90) > 2 * days_at(new, 0.10)


def test_a_first_day_that_began_late_is_no_smaller_day() -> None:
    over_midnight = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
    past = history([110, 108, 106, 104], end=over_midnight)
    new = project_runway(spend_series(past, "CNY", over_midnight), balance(96, over_midnight))
    assert new is not None
    assert days_at(new, 0.50) == pytest.approx(2, rel=0.2)


def test_one_reading_says_nothing_of_spend() -> None:
    assert project_runway(spend_series(history([100]), "CNY", NOON), balance(100)) is None
    assert suggest_top_up(balance("-20"), None, 30) == 120


def test_early_likely_and_late_are_in_order() -> None:
    steady_ = steady(480)
    assert days_at(steady_, 0.10) <= days_at(steady_, 0.50) <= days_at(steady_, 0.90)


def test_the_probability_at_a_quantiles_own_days_is_that_quantile() -> None:
    some = runway(20, 17, 13, 10, 8, 7, 6)
    assert probability_empty_within(some, 10) == pytest.approx(0.50)
    assert probability_empty_within(some, 17) == pytest.approx(0.90, abs=1e-4)


@given(st.lists(st.floats(0.1, 500), min_size=7, max_size=7), st.floats(0.1, 100), st.floats(0.1, 100))
def test_more_time_is_never_less_likely_to_empty_it(days: list[float], a: float, b: float) -> None:
    some = runway(*sorted(days, reverse=True))
    low, high = sorted((a, b))
    assert probability_empty_within(some, low) <= probability_empty_within(some, high) + 1e-9


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_more_balance_never_ends_sooner(a: float, b: float) -> None:
    low, high = sorted((round(a, 2), round(b, 2)))
    assert days_at(steady(low, 72), 0.50) <= days_at(steady(high, 72), 0.50)


# ---------------------------------------------------------------- within the day


def hourly(last_day: float, *, days: int = 28, now: datetime = NOON) -> SpendHistory:
    """48 a day, evenly by the hour; on the last day ``last_day`` times that."""
    left, readings = 100_000.0, []
    hours = 24 * days
    for n in range(hours):
        at = now - (hours - 1 - n) * HOUR
        left -= 2 * (last_day if shanghai_day(at - HOUR / 2) == shanghai_day(now) else 1)
        readings.append(round(left, 2))
    return history(readings, end=now)


def days_of(past: SpendHistory, amount: float, now: datetime) -> float:
    found = project_runway(spend_series(past, "CNY", now), balance(amount, now))
    assert found is not None
    return days_at(found, 0.50)


def test_a_dear_day_shortens_the_runway_before_it_is_over() -> None:
    assert days_of(hourly(5), 480, NOON) < 0.9 * days_of(hourly(1), 480, NOON)


def test_a_day_that_goes_as_expected_changes_nothing() -> None:
    series = spend_series(hourly(1), "CNY", NOON)
    ahead = spend_ahead(series, NOON)
    assert ahead is not None
    assert ahead.weight == 0.0
    assert ahead.today == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("last_day", [1.0, 3.0, 0.2])
def test_the_end_does_not_jump_at_midnight(last_day: float) -> None:
    midnight = datetime(2026, 3, 4, 16, 0, tzinfo=UTC)
    minute = timedelta(minutes=1)
    past = hourly(last_day, now=midnight - minute)
    amount = 480.0
    before = days_of(past, amount, midnight - minute)
    after = days_of(with_reading(past, balance(past.readings[-1].available_amount, midnight)), amount, midnight)
    assert after == pytest.approx(before, rel=0.02)


def test_as_usual_hours_pass_the_end_stays_where_it_is() -> None:
    ends = []
    for n in range(48):
        now = NOON + n * HOUR
        ends.append(n / 24 + days_of(hourly(1, now=now), 480 - 2 * n, now))
    assert max(ends) - min(ends) < 0.35
    assert max(abs(b - a) for a, b in pairwise(ends)) < 0.12


@given(st.lists(st.floats(0, 60), min_size=49, max_size=200), st.floats(1, 1e5), st.floats(1, 1e5))
def test_at_any_hour_more_balance_never_ends_sooner(spent: list[float], a: float, b: float) -> None:
    left = 100_000.0
    past = history([round(left := left - hour, 2) for hour in spent])
    low, high = sorted((round(a, 2), round(b, 2)))
    found = [project_runway(spend_series(past, "CNY", NOON), balance(amount)) for amount in (low, high)]
    assert found[0] is not None
    assert found[1] is not None
    assert all(x <= y for x, y in zip(found[0].days_left, found[1].days_left, strict=True))


def test_the_clock_and_the_last_days_hours_tell_how_much_of_a_day_has_passed() -> None:
    assert share_passed(None, 0.25) == 0.25
    assert share_passed(1.0, 0.25) == pytest.approx(0.625)
    assert share_passed(0.4, 0.4) == pytest.approx(0.4)


# ---------------------------------------------------------------- the month


def test_a_month_costs_what_is_spent_and_what_is_still_to_come() -> None:
    past = hourly(1)
    month = projected_month_spend(spend_series(past, "CNY", NOON), NOON)
    assert month is not None
    assert month[3] == pytest.approx(31 * 48, rel=0.05)
    assert month[0] < month[3] < month[6]


def test_on_the_last_evening_a_month_is_nearly_told() -> None:
    late = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
    series = spend_series(hourly(1, now=late), "CNY", late)
    month = projected_month_spend(series, late)
    assert month is not None
    assert month[3] - float(series.spent_this_month) == pytest.approx(2, abs=0.5)


def test_a_purchase_counts_for_its_month_once() -> None:
    series = spend_series(hourly(1), "CNY", NOON)
    with_one = replace(series, days=(*series.days[:-1], series.days[-1]._replace(one_off=Decimal(900))))
    plain, more = projected_month_spend(series, NOON), projected_month_spend(with_one, NOON)
    assert plain is not None
    assert more is not None
    assert [b - a for a, b in zip(plain, more, strict=True)] == pytest.approx([900] * 7)


def test_without_spend_known_a_month_is_not_told() -> None:
    assert projected_month_spend(spend_series(history([100]), "CNY", NOON), NOON) is None


@pytest.mark.parametrize(
    ("amount", "daily", "days", "suggested"),
    [
        ("500", 100.0, 30, "2500"),
        ("500", 41.5, 30, "750"),
        ("5000", 100.0, 30, "0"),
        ("-230", 100.0, 30, "3400"),  # the debt of 230, 100 to start again, 30 days: 3,330
        ("0", 0.31, 30, "10"),
    ],
)
def test_the_suggested_top_up_is_rounded_up_for_people(amount: str, daily: float, days: int, suggested: str) -> None:
    assert suggest_top_up(balance(amount), runway(5, daily=daily), days) == Decimal(suggested)
