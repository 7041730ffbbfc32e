"""The picture in a mail, by its pixels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.picture import BALANCE_LEFT, DAYS_WIDTH, HEIGHT, WIDTH, balance_picture, has_gap, zero_crossing
from tests.builders import DAY, HOUR, NOON
from tests.unit.message_cases import OUTLOOK, READ_AT
from tests.unit.pngs import Colour, Png, read_png

if TYPE_CHECKING:
    from shared.outlook import Fan

BALANCE, LIKELY, FAN = (0x1B, 0x3D, 0x66), (0x2F, 0x6B, 0xB8), (0xC9, 0xD9, 0xEE)
ZERO, END, BAR = (0xC2, 0x3B, 0x30), (0x9C, 0x1C, 0x12), (0x7F, 0xA6, 0xD6)
UNSEEN, BELOW_ZERO = (0xE6, 0xE9, 0xEE), (0xFB, 0xE5, 0xE2)
LEFT, RIGHT = 2, 2 * WIDTH - 12
"""Inside the part that shows the balance."""

Past = tuple[tuple[datetime, Decimal], ...]


def readings(*amounts: float, every: timedelta = HOUR) -> Past:
    """The last of them at noon."""
    return tuple((NOON - every * (len(amounts) - 1 - n), Decimal(str(a))) for n, a in enumerate(amounts))


def fan(amount: float, high: float, likely: float, low: float) -> tuple[Fan, ...]:
    """What is left after each of six days of these spends."""

    def left(day: int, spend: float) -> Decimal:
        return Decimal(str(amount - day * spend))

    return tuple((NOON + n * DAY, left(n, high), left(n, likely), left(n, low)) for n in range(7))


def drawn(past: Past, ahead: tuple[Fan, ...] = ()) -> Png:
    data = balance_picture(past, ahead, NOON)
    assert data is not None
    return read_png(data)


def rows_of(png: Png, x: int, *colours: Colour) -> list[int]:
    return [y for y, colour in enumerate(png.column(x)) if colour in colours]


def zero_row(png: Png) -> int:
    return rows_of(png, LEFT, ZERO)[-1]


def columns_of(png: Png, colour: Colour) -> set[int]:
    return {x for row in png.rows for x, found in enumerate(row) if found == colour}


def test_it_is_a_palette_png_of_twice_its_size_in_a_mail() -> None:
    png = drawn(readings(5, 4, 3))
    assert (png.width, png.height) == (2 * WIDTH, 2 * HEIGHT)


def test_the_zero_line_runs_through_the_whole_width() -> None:
    png = drawn(readings(*range(48, 20, -1)))
    y = zero_row(png)
    assert set(png.rows[y][LEFT:RIGHT]) == {ZERO}
    assert png.rows[y + 5][LEFT] == BELOW_ZERO


def test_a_balance_above_zero_is_drawn_above_the_zero_line() -> None:
    png = drawn(readings(*range(48, 20, -1)))
    assert all(max(rows_of(png, x, BALANCE)) < zero_row(png) for x in range(LEFT, RIGHT - 4, 7))


def test_a_balance_below_zero_is_drawn_below_the_zero_line() -> None:
    png = drawn(readings(*range(-10, -48, -1)))
    assert all(min(rows_of(png, x, BALANCE)) > zero_row(png) for x in range(LEFT + 4, RIGHT - 4, 7))


def test_a_balance_that_falls_through_zero_crosses_the_line() -> None:
    png = drawn(readings(*range(20, -21, -1)))
    assert rows_of(png, LEFT + 4, BALANCE)[0] < zero_row(png) < rows_of(png, RIGHT - 4, BALANCE)[-1]


def test_a_falling_balance_falls_from_column_to_column() -> None:
    png = drawn(readings(*range(48, 0, -1)))
    tops = [rows_of(png, x, BALANCE)[0] for x in range(LEFT + 4, RIGHT - 4, 9)]
    assert tops == sorted(tops)
    assert tops[0] < tops[-1]


def test_the_fan_widens_until_high_spend_meets_zero() -> None:
    png = drawn(readings(*range(648, 599, -1)), fan(600, 150, 110, 90))
    now = round(RIGHT * 2 / 8)
    widths = [len(rows_of(png, x, FAN, LIKELY)) for x in range(now + 40, now + 3 * 120, 20)]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1] / 3


@pytest.mark.parametrize("before", [605, -400])
def test_the_fan_ends_at_zero(before: float) -> None:
    png = drawn(readings(before, 602, 600), fan(600, 300, 200, 150))
    assert any(FAN in row for row in png.rows)
    assert not any(FAN in row for row in png.rows[zero_row(png) :])


def test_a_ring_marks_where_the_likely_way_meets_zero() -> None:
    png = drawn(readings(*range(648, 599, -1)), fan(600, 300, 200, 100))
    ring = columns_of(png, END)
    middle = (min(ring) + max(ring)) / 2
    assert middle == pytest.approx((2 * WIDTH - 10) * 5 / 8, abs=2)  # two days of the past, three of six ahead
    assert zero_crossing(fan(600, 300, 200, 100)) == NOON + 3 * DAY


@pytest.mark.parametrize("ahead", [(), fan(600, 100, 50, 20), fan(600, 0, 0, 0), fan(-5, 3, 2, 1)])
def test_without_an_end_in_sight_there_is_no_ring(ahead: tuple[Fan, ...]) -> None:
    assert not columns_of(drawn(readings(602, 601, 600), ahead), END)
    assert zero_crossing(ahead) is None


def test_hours_without_readings_are_a_grey_gap_in_the_line() -> None:
    past = tuple(reading for n, reading in enumerate(readings(*range(100, 51, -1))) if not 12 < n < 24)
    png = drawn(past)
    assert has_gap(past)
    width = 2 * WIDTH - 10
    for n in range(13, 24):
        x = round(width * n / 48)
        assert not rows_of(png, x, BALANCE)
        assert UNSEEN in png.column(x)
    assert rows_of(png, round(width * 11 / 48), BALANCE)
    assert rows_of(png, round(width * 25 / 48), BALANCE)


def test_one_hour_missed_is_no_gap() -> None:
    past = tuple(reading for n, reading in enumerate(readings(*range(100, 51, -1))) if n != 12)
    assert not has_gap(past)
    assert not columns_of(drawn(past), UNSEEN)


def test_a_reading_that_stands_alone_is_a_dot() -> None:
    dots = columns_of(drawn(((NOON - DAY, Decimal(9)), (NOON, Decimal(8)))), BALANCE)
    assert len(dots) > 2
    assert max(dots) - min(dots) > WIDTH


def test_days_are_bars_as_high_as_their_spend_and_unknown_ones_are_grey() -> None:
    days = [(READ_AT.date() - n * DAY, None if n == 9 else Decimal(n)) for n in range(14, 0, -1)]
    data = balance_picture(readings(5, 4), (), NOON, days=days)
    assert data is not None
    png = read_png(data)
    slot = 2 * DAYS_WIDTH / 14
    bars = {n: rows_of(png, round((14 - n + 0.5) * slot), BAR) for n in range(14, 0, -1)}
    assert not bars.pop(9)
    assert UNSEEN in png.column(round(5.5 * slot))
    assert [len(bars[n]) / len(bars[14]) for n in sorted(bars)] == pytest.approx(
        [n / 14 for n in sorted(bars)], abs=0.01
    )
    assert min(columns_of(png, ZERO)) == 2 * BALANCE_LEFT


@pytest.mark.parametrize("days", [(), ((READ_AT.date(), None),)])
def test_nothing_known_of_the_balance_is_no_picture(days: tuple[tuple[datetime, None], ...]) -> None:
    assert balance_picture((), (), NOON, days=days) is None
    assert balance_picture(((NOON - 15 * DAY, Decimal(3)),), (), NOON, days=days) is None


def test_the_same_figures_make_the_same_bytes_and_few_of_them() -> None:
    one, other = (balance_picture(OUTLOOK["past"], OUTLOOK["ahead"], READ_AT, days=OUTLOOK["daily"]) for _ in range(2))
    assert one == other
    assert one is not None
    assert len(one) < 12_000


AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False) | st.integers(-(10**30), 10**30).map(Decimal)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as asked for
NEAR = st.timedeltas(-20 * DAY, 20 * DAY)


@given(
    now=MOMENTS,
    past=st.lists(st.tuples(NEAR, AMOUNTS), max_size=30),
    ahead=st.lists(st.tuples(NEAR, AMOUNTS, AMOUNTS, AMOUNTS), max_size=15),
    spends=st.lists(st.none() | AMOUNTS, max_size=20),
)
def test_any_finite_figures_make_a_picture_or_none(
    now: datetime,
    past: list[tuple[timedelta, Decimal]],
    ahead: list[tuple[timedelta, Decimal, Decimal, Decimal]],
    spends: list[Decimal | None],
) -> None:
    data = balance_picture(
        sorted((now + min(ago, timedelta(0)), amount) for ago, amount in past),
        sorted((now + abs(after), high, likely, low) for after, high, likely, low in ahead),
        now,
        days=[((now + n * DAY).date(), spend) for n, spend in enumerate(spends)],
    )
    if data is not None:
        assert any(ZERO in row for row in read_png(data).rows)
