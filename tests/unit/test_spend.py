"""What an account spent is told from its balance readings and the movements of money."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import Certainty, SpendHistory, TransactionKind
from shared.spend import (
    bill_due,
    last_top_up,
    movements_due,
    spend_series,
    with_bill,
    with_movements,
    with_reading,
)
from tests.builders import DAY, HOUR, NOON, balance, history, payment


def total(past: SpendHistory, now: datetime) -> Decimal:
    series = spend_series(past, "CNY", now)
    return sum((d.amount for d in series.days), series.spent_today)


def test_what_the_balance_fell_was_spent() -> None:
    past = history([1000, 990, 975])
    assert spend_series(past, "CNY", NOON).spent_today == 25


def test_a_top_up_is_not_negative_spend() -> None:
    past = history([100, 90, 580], paid=(payment(500, NOON - HOUR / 2),))
    assert spend_series(past, "CNY", NOON).spent_today == 20


def test_a_refund_and_a_transfer_out_are_not_spend() -> None:
    out = payment(-30, NOON - HOUR / 2, TransactionKind.TRANSFER)
    back = payment(12, NOON - HOUR / 3, TransactionKind.REFUND)
    past = history([100, 80], paid=(out, back))
    assert spend_series(past, "CNY", NOON).spent_today == 2


def test_the_settlement_of_last_month_is_not_spend() -> None:
    settled = payment(-700, NOON - HOUR / 2, TransactionKind.CONSUMPTION)
    past = history([100, 98], paid=(settled,))
    assert spend_series(past, "CNY", NOON).spent_today == 2


def test_a_rise_without_a_known_movement_is_estimated_at_the_rate_of_the_other_hours() -> None:
    past = history([100, 90, 80, 900])
    assert spend_series(past, "CNY", NOON).spent_today == 30


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(seconds=20), timedelta(minutes=-10)])
def test_a_top_up_at_the_time_of_a_reading_belongs_where_the_balance_rose(offset: timedelta) -> None:
    paid = payment(500, NOON - HOUR + offset)
    for shown_at_once in (True, False):
        readings = [100, 590 if shown_at_once else 90, 580]
        assert spend_series(history(readings, paid=(paid,)), "CNY", NOON).spent_today == 20


def test_a_movement_that_becomes_known_late_corrects_the_estimate() -> None:
    past = history([100, 90, 80, 900])
    known = with_movements(past, [payment(825, NOON - HOUR / 2)], NOON)
    assert spend_series(known, "CNY", NOON).spent_today == 25


def test_an_interval_over_midnight_is_shared_by_time() -> None:
    half_past_midnight = datetime(2026, 3, 3, 16, 30, tzinfo=UTC)
    past = history([100, 90], end=half_past_midnight)
    series = spend_series(past, "CNY", half_past_midnight)
    assert (series.days[-1].day, series.days[-1].amount, series.spent_today) == (
        date(2026, 3, 3),
        Decimal(5),
        Decimal(5),
    )


def test_a_day_is_a_shanghai_day() -> None:
    assert spend_series(history([10, 9]), "CNY", datetime(2026, 3, 4, 16, 0, tzinfo=UTC)).today == date(2026, 3, 5)


def test_a_day_without_readings_is_missing_and_the_sum_stays_right() -> None:
    past = history([1000, 700], end=NOON, every=3 * DAY)
    series = spend_series(past, "CNY", NOON)
    assert [d.certainty for d in series.days] == [Certainty.MISSING, Certainty.ESTIMATED, Certainty.ESTIMATED]
    assert total(past, NOON) == 300


def test_hourly_readings_make_a_measured_day() -> None:
    past = history([1000 - n for n in range(49)])
    assert spend_series(past, "CNY", NOON).days[-1].certainty is Certainty.MEASURED


def test_the_first_part_of_a_day_is_no_whole_day() -> None:
    assert spend_series(history([100, 90], every=DAY), "CNY", NOON).days[0].certainty is Certainty.MISSING


def test_a_reading_that_is_not_newer_changes_nothing() -> None:
    past = history([100, 90])
    assert with_reading(past, balance(5, NOON)) is past


def test_old_readings_are_folded_into_days() -> None:
    past = history([10_000 - n for n in range(24 * 30)])
    assert len(past.readings) <= 24 * 3 + 1
    assert len(past.days) >= 26


def test_spend_of_the_month_starts_on_the_first() -> None:
    past = history([1000 - n for n in range(24 * 6)])
    assert spend_series(past, "CNY", NOON).spent_this_month == 3 * 24 + 12


def test_transactions_are_asked_for_at_first_after_a_rise_and_once_a_day() -> None:
    assert movements_due(SpendHistory(), balance(5)) == NOON - 30 * DAY
    past = history([100, 90])
    assert movements_due(past, balance(80, NOON + HOUR)) is None
    assert movements_due(past, balance(95, NOON + HOUR)) == NOON - HOUR
    assert movements_due(past, balance(80, NOON + DAY)) == NOON - HOUR


def test_a_bill_is_asked_for_once_and_when_it_is_complete() -> None:
    assert bill_due(SpendHistory(), NOON) == date(2026, 3, 2)
    assert bill_due(with_bill(SpendHistory(), [], date(2026, 3, 2)), NOON) is None


def test_the_last_top_up_is_remembered_after_its_readings_are_folded() -> None:
    paid = payment(500, NOON - 20 * DAY)
    past = history([10_000 - n for n in range(24 * 21)], paid=(paid,))
    assert last_top_up(past) == paid


steps = st.lists(
    st.tuples(
        st.integers(1, 40),  # hours to the next reading
        st.integers(0, 50_000),  # cents spent meanwhile
        st.one_of(st.none(), st.integers(1, 2_000_000)),  # cents topped up meanwhile
    ),
    min_size=1,
    max_size=60,
)


@given(steps)
def test_the_series_adds_up_to_what_was_spent(moves: list[tuple[int, int, int | None]]) -> None:
    at, cents, spent = NOON, 1_000_000, 0
    past = with_reading(SpendHistory(), balance(Decimal(cents) / 100, at))
    for hours, out, paid in moves:
        at += timedelta(hours=hours)
        cents += (paid or 0) - out
        spent += out
        movements = [payment(Decimal(paid) / 100, at - timedelta(minutes=10))] if paid else []
        past = with_reading(with_movements(past, movements, at), balance(Decimal(cents) / 100, at))
    if at - NOON < 90 * DAY:
        assert total(past, at) == Decimal(spent) / 100
