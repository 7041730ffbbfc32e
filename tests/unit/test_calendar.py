"""Working days of mainland China, against the notices of the State Council."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import FIRST_YEAR, LAST_YEAR, covers, is_workday, stretch, unknown_years, working_days_between
from shared.model import SHANGHAI

DAY = timedelta(days=1)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
hours = st.integers(0, 24 * 30)


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI).astimezone(UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 4), True),  # a Wednesday
        (date(2026, 3, 7), False),  # a Saturday
        (date(2026, 1, 1), False),  # New Year
        (date(2026, 1, 4), True),  # the Sunday worked for 2 January
        (date(2026, 2, 14), True),  # the Saturday worked for Spring Festival
        (date(2026, 2, 15), False),  # Spring Festival: 15 to 23 February
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # the other Saturday worked for it
        (date(2026, 10, 7), False),  # National Day: 1 to 7 October
        (date(2026, 10, 10), True),
        (date(2025, 10, 8), False),  # 2025, with Mid-Autumn Festival: to 8 October
    ],
)
def test_holidays_rest_and_adjusted_weekends_work(day: date, works: bool) -> None:  # noqa: FBT001
    assert is_workday(day) is works


def test_years_without_data_are_judged_by_their_weekdays() -> None:
    first = date(LAST_YEAR + 1, 1, 1)
    days = [first + n * DAY for n in range(365)]
    assert [is_workday(day) for day in days] == [day.weekday() < 5 for day in days]
    assert is_workday(date(FIRST_YEAR - 1, 5, 1)) is (date(FIRST_YEAR - 1, 5, 1).weekday() < 5)


def test_the_years_that_are_covered_are_named() -> None:
    assert covers(date(2026, 12, 31))
    assert covers(date(FIRST_YEAR, 1, 1))
    assert not covers(date(LAST_YEAR + 1, 1, 1))
    assert not covers(date(FIRST_YEAR - 1, 12, 31))


def test_unknown_years_are_those_of_shanghai() -> None:
    last_hour = datetime(LAST_YEAR, 12, 31, 15, 59, tzinfo=UTC)
    assert unknown_years(last_hour - 9 * DAY, last_hour) == ()
    assert unknown_years(last_hour, last_hour + timedelta(minutes=1)) == (LAST_YEAR + 1,)
    assert unknown_years(last_hour, last_hour + 400 * DAY) == (LAST_YEAR + 1, LAST_YEAR + 2)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ((2026, 3, 4, 9), "0", (2026, 3, 4, 9)),
        ((2026, 3, 4, 9), "1.5", (2026, 3, 5, 21)),
        ((2026, 3, 6, 18), "1", (2026, 3, 9, 18)),  # over a weekend
        ((2026, 3, 7, 12), "0.5", (2026, 3, 9, 12)),  # from a Saturday: from Monday on
        ((2026, 3, 7, 12), "0", (2026, 3, 7, 12)),
        ((2026, 3, 6, 0), "1", (2026, 3, 7, 0)),  # a whole Friday is over at its midnight
        ((2026, 2, 13, 18), "1", (2026, 2, 14, 18)),  # Saturday, 14 February 2026 is worked
        ((2026, 2, 13, 18), "2", (2026, 2, 24, 18)),  # and then Spring Festival
        ((2026, 9, 30, 18), "1", (2026, 10, 8, 18)),
    ],
)
def test_working_days_are_stretched_over_days_off(start: tuple[int, ...], days: str, end: tuple[int, ...]) -> None:
    assert shanghai(*start) + stretch(shanghai(*start), Decimal(days)) == shanghai(*end)
    assert working_days_between(shanghai(*start), shanghai(*end)) == float(days)


def test_a_negative_time_is_an_error() -> None:
    with pytest.raises(ValueError, match="negative: -1"):
        stretch(shanghai(2026, 3, 4), -1)


@given(moments, hours, hours)
def test_more_working_days_never_end_sooner_and_none_is_shorter_than_a_day(start: datetime, a: int, b: int) -> None:
    shorter, longer = sorted((a, b))
    assert stretch(start, shorter / 24) <= stretch(start, longer / 24)
    assert stretch(start, longer / 24) >= timedelta(days=longer / 24)


@given(moments, hours, hours)
def test_working_days_add_up(start: datetime, a: int, b: int) -> None:
    first, second = timedelta(hours=a) / DAY, timedelta(hours=b) / DAY
    middle = start + stretch(start, first)
    at_once = stretch(start, timedelta(hours=a + b) / DAY)
    assert abs(middle + stretch(middle, second) - start - at_once) <= timedelta(microseconds=2)


@given(moments, hours)
def test_measuring_is_the_inverse_of_stretching(start: datetime, n: int) -> None:
    assert working_days_between(start, start + stretch(start, n / 24)) == pytest.approx(n / 24, abs=1e-9)


@given(moments, st.timedeltas(timedelta(-5), timedelta(40)), st.timedeltas(timedelta(0), timedelta(40)))
def test_a_longer_time_never_holds_fewer_working_days(start: datetime, span: timedelta, more: timedelta) -> None:
    measured = working_days_between(start, start + span)
    assert 0 <= measured <= max(span, timedelta(0)) / DAY
    assert measured <= working_days_between(start, start + span + more)
