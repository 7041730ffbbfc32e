"""The picture in a mail: what was spent day by day; beside it the balance, and where it is heading.

There is no writing in it: what stands around it is text, which a mail shows with its pictures off as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Final, TypeAlias

from shared.frozen import frozen
from shared.messages.raster import Canvas, Ground, Ink, inked
from shared.model import shanghai_day, start_of_day
from shared.spend import LONG_GAP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from shared.outlook import Fan

Day: TypeAlias = "tuple[date, Decimal | None]"
"""A day and its spend; None if it is not known."""

WIDTH, HEIGHT = 520, 190
"""As a mail shows it, in CSS pixels; it is drawn with twice as many each way."""
DAYS_WIDTH, BALANCE_LEFT = 168, 186
"""Where the days end and the balance begins; without days the balance has the whole width."""
DAYS = 14
"""What is shown at most of the past, and of what is ahead."""

_FINE: Final = 2
_EDGE: Final = 5 * _FINE
"""Room above and below, and at the right for the ring."""
_MOST: Final = 1e300
"""Beyond it all amounts are alike."""


def balance_picture(
    past: Sequence[tuple[datetime, Decimal]], ahead: Sequence[Fan], now: datetime, *, days: Sequence[Day] = ()
) -> bytes | None:
    """A palette PNG of twice `WIDTH` by twice `HEIGHT` pixels; None if nothing is known of the balance.

    Args:
        past: The balance, oldest first; what is older than `DAYS` is left out.
        ahead: What is likely left, the first at ``now``; drawn down to zero.
        now: The moment that is marked.
        days: Consecutive days, oldest first; the last `DAYS` are drawn as bars.
    """
    days = days[-DAYS:] if has_days(days) else ()
    past = [(at, amount) for at, amount in past if at >= now - timedelta(days=DAYS)]
    if not past and not ahead:
        return None
    canvas = Canvas(WIDTH * _FINE, HEIGHT * _FINE)
    if days:
        _draw_days(canvas, [None if spend is None else _float(spend) for _, spend in days])
    _draw_balance(canvas, past, ahead, now, BALANCE_LEFT if days else 0)
    return canvas.png()


def has_days(days: Sequence[Day]) -> bool:
    """Whether any of the days that would be drawn is known."""
    return any(spend is not None for _, spend in days[-DAYS:])


def has_gap(past: Sequence[tuple[datetime, Decimal]]) -> bool:
    """Whether readings are missing for so long that the line is broken."""
    return any(after - before > LONG_GAP for (before, _), (after, _) in pairwise(past))


def time_axis(
    past: Sequence[tuple[datetime, Decimal]], ahead: Sequence[Fan], now: datetime
) -> tuple[datetime, datetime]:
    """From when to when the balance is drawn, at least half a day."""
    start = max(past[0][0], now - timedelta(days=DAYS)) if past else now
    end = min(ahead[-1][0], now + timedelta(days=DAYS)) if ahead else now
    return min(start, now - timedelta(hours=12)), max(end, now)


def zero_crossing(ahead: Sequence[Fan]) -> datetime | None:
    """When what is likely left comes to zero; None if it does not, or was there from the start."""
    for (before, _, more, _), (after, _, less, _) in pairwise(ahead):
        if more > 0 >= less:
            return before + (after - before) * float(more / (more - less))
    return None


# ---------------------------------------------------------------- days


def _draw_days(canvas: Canvas, spends: Sequence[float | None]) -> None:
    """A bar a day, the last one at the right; a day that is not known as a grey strip."""
    floor, slot = canvas.height - _EDGE, DAYS_WIDTH * _FINE / DAYS
    highest = max((spend for spend in spends if spend is not None), default=0.0)
    for place, spend in enumerate(spends, DAYS - len(spends)):
        left, right = place * slot + 2, (place + 1) * slot - 2
        if spend is None:
            canvas.area(left, _EDGE, right, floor, Ground.UNSEEN)
        elif spend > 0.0:
            canvas.area(left, floor - (floor - _EDGE) * (spend / highest), right, floor, inked(Ink.BAR))
    canvas.area(0, floor, DAYS_WIDTH * _FINE, floor + 2, inked(Ink.NOW))


# ---------------------------------------------------------------- balance


@frozen
class _Scale:
    """From moments and amounts to pixels."""

    left: float
    right: float
    start: datetime
    end: datetime
    low: float
    high: float
    top: float
    bottom: float

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return self.left + (self.right - self.left) * min(max(share, 0.0), 1.0)

    def y(self, amount: float) -> float:
        share = (amount - self.low) / (self.high - self.low)
        return self.bottom - (self.bottom - self.top) * min(max(share, 0.0), 1.0)


def _draw_balance(
    canvas: Canvas, past: Sequence[tuple[datetime, Decimal]], ahead: Sequence[Fan], now: datetime, left: int
) -> None:
    scale = _scale(canvas, past, ahead, now, left)
    zero = scale.y(0.0)
    canvas.area(scale.left, zero, scale.right, canvas.height, Ground.BELOW_ZERO)
    for (before, _), (after, _) in pairwise(past):
        if after - before > LONG_GAP:
            canvas.area(scale.x(before), 0, scale.x(after), canvas.height, Ground.UNSEEN)
    fan = [(scale.x(at), *(_float(amount) for amount in amounts)) for at, *amounts in ahead]
    _draw_fan(canvas, scale, fan)
    for midnight in _midnights(scale.start, scale.end):
        canvas.upright(scale.x(midnight), Ink.TICK)
    canvas.upright(scale.x(now), Ink.NOW, dash=6)
    canvas.area(scale.left, zero - 2, scale.right, zero + 1, inked(Ink.ZERO))
    _draw_likely(canvas, scale, fan)
    _draw_past(canvas, scale, past)
    if crossing := zero_crossing(ahead):
        canvas.ring(scale.x(crossing), zero, 4.5 * _FINE, 2.0 * _FINE, Ink.END)


def _scale(
    canvas: Canvas, past: Sequence[tuple[datetime, Decimal]], ahead: Sequence[Fan], now: datetime, left: int
) -> _Scale:
    amounts = [_float(amount) for _, amount in past] + [_float(most) for *_, most in ahead[:1]]
    low, high = min([*amounts, 0.0]), max([*amounts, 0.0])
    start, end = time_axis(past, ahead, now)
    return _Scale(
        left * _FINE,
        canvas.width - _EDGE,
        start,
        end,
        low,
        high if high > low else low + 1.0,
        _EDGE,
        canvas.height - _EDGE,
    )


def _float(amount: Decimal) -> float:
    return min(max(float(amount), -_MOST), _MOST)


def _draw_fan(canvas: Canvas, scale: _Scale, fan: Sequence[tuple[float, ...]]) -> None:
    """What is left between high and low spend, cut off at zero."""
    for (x0, least0, _, most0), (x1, least1, _, most1) in pairwise(fan):
        for x in range(ceil(x0 - 0.5), ceil(x1 - 0.5)):
            share = (x + 0.5 - x0) / (x1 - x0)
            ends = (least0 + (least1 - least0) * share, most0 + (most1 - most0) * share)
            canvas.column(x, scale.y(max(*ends, 0.0)), scale.y(max(min(ends), 0.0)))


def _draw_likely(canvas: Canvas, scale: _Scale, fan: Sequence[tuple[float, ...]]) -> None:
    """What is likely left, down to zero."""
    points: list[tuple[float, float]] = []
    for (x0, _, more, _), (x1, _, less, _) in pairwise(fan):
        if more <= 0.0:
            break
        share = more / (more - less) if less < 0.0 else 1.0
        points += [(x0, scale.y(more)), (x0 + (x1 - x0) * share, scale.y(max(less, 0.0)))]
    canvas.line(points, 2 * _FINE, Ink.LIKELY)


def _draw_past(canvas: Canvas, scale: _Scale, past: Sequence[tuple[datetime, Decimal]]) -> None:
    """The balance as it was read; a reading that stands alone is a dot."""
    run: list[tuple[float, float]] = []
    for n, (at, amount) in enumerate(past):
        if n and at - past[n - 1][0] > LONG_GAP:
            _draw_run(canvas, run)
            run = []
        run.append((scale.x(at), scale.y(_float(amount))))
    _draw_run(canvas, run)


def _draw_run(canvas: Canvas, run: Sequence[tuple[float, float]]) -> None:
    if len(run) == 1:
        canvas.disc(*run[0], 2.5 * _FINE, Ink.BALANCE)
    canvas.line(run, 2 * _FINE, Ink.BALANCE)


def _midnights(start: datetime, end: datetime) -> Iterator[datetime]:
    day = shanghai_day(start) + timedelta(days=1)
    while (midnight := start_of_day(day)) < end:
        yield midnight
        day += timedelta(days=1)
