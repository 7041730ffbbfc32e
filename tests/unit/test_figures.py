"""What a policy looks at is told from the spend by day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from shared.figures import measure_spike
from shared.model import Certainty, DaySpend, SpendSeries

TODAY = date(2026, 3, 4)


def series(amounts: list[int | None], today: int = 0) -> SpendSeries:
    """These days up to yesterday, None for one that is not known, and what today has spent so far."""
    first = TODAY - timedelta(days=len(amounts))
    days = tuple(
        DaySpend(first + timedelta(days=n), Decimal(amount or 0), _certainty(amount))
        for n, amount in enumerate(amounts)
    )
    return SpendSeries("CNY", days, TODAY, Decimal(today))


def _certainty(amount: int | None) -> Certainty:
    return Certainty.MISSING if amount is None else Certainty.MEASURED


def test_yesterday_is_measured_against_the_days_before_it_and_not_itself() -> None:
    spike = measure_spike(series([1, 2, 3, 4, 5, 6, 7, 8, 9]))
    assert spike is not None
    assert [spike.usual_low, spike.usual_high, spike.above] == [Decimal(2), Decimal(7), Decimal(2)]


def test_today_counts_where_it_is_further_above_what_is_usual() -> None:
    spike = measure_spike(series([10, 10, 10, 10, None, 10, 10, 10, 10, 12], today=50))
    assert spike is not None
    assert [spike.usual_high, spike.above] == [Decimal(10), Decimal(40)]


def test_days_that_are_not_known_are_no_days_without_spend() -> None:
    assert measure_spike(series([10, 10, 10, None, None, None, 10, 10, 10], today=50)) is None
    spike = measure_spike(series([10, 10, 10, None, 10, 10, 10, 10, None], today=50))
    assert spike is not None
    assert [spike.usual_low, spike.above] == [Decimal(10), Decimal(40)]
