"""What will still be deducted: daily spend in, quantiles of the cumulative amount ahead out.

Two steps, so that people can follow the first and check the second:

1. *Habits*, figures that can be redone on paper: a typical day (the geometric mean of six averages, from the last two
   days to the last ninety), how much each weekday costs of it, and what the first of a month costs on top. Laid over
   the days ahead they are the *plain path*.
2. *Experience*: how spend went on after histories of that shape, as multiples of the plain path. A small net learnt
   them from many accounts, real and invented (`benchmarks/train_projection.py`); it sees no amounts, only proportions.
   Whether three dear days are a spike or a step, it answers with a wide range; after a calm quarter, with a narrow one.

`shared.projection_reasons` says both in figures that a finance person knows.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from itertools import accumulate, pairwise
from math import exp, hypot, log
from operator import mul, sub
from typing import TYPE_CHECKING, NamedTuple

from shared.projection_weights import LAYERS

if sys.version_info >= (3, 12):  # as in the cloud: a third of the time
    from math import sumprod
else:

    def sumprod(p: Sequence[float], q: Sequence[float], /) -> float:
        """The sum of the products; `math.sumprod` from Python 3.12 on."""
        return float(sum(map(mul, p, q)))


if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
KNOTS = (1, 3, 6, 10, 14)
"""The days ahead for which the net answers; between them its multiples go straight, beyond them they stay."""
AVERAGES = (2, 4, 7, 14, 28, 90)
"""Days over which the six averages of a typical day are taken."""

_BESIDE = [
    (at, at + 1, (day - left) / (right - left))
    for at, (left, right) in enumerate(pairwise(KNOTS))
    for day in range(left, right + (right == KNOTS[-1]))
]
"""For each day up to the last knot: the knots beside it, and how far it is from the first to the second."""
_BEYOND = _BESIDE[-1:]
_MEMORY = 90
_WEEK = 7
_NORMAL_SCORES = (-1.645, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.645)
_MEDIAN = QUANTILES.index(0.50)
_DOUBT = 0.10
"""However calm a history, spend may ease by a tenth: somebody switches a machine off. Warnings rest on the low
quantiles; without this doubt, calm accounts would use up the false alarms that restless ones need to be warned."""
_DOUBTS = [_DOUBT * score for score in _NORMAL_SCORES[:_MEDIAN]]
_NEXT_TO_NOTHING = 0.02
"""Spend below this share of a typical day counts as this share, so that logarithms stay finite."""
_LOG_NOTHING = log(_NEXT_TO_NOTHING)
_WINDOWS = (2, 3, 4, 5, 7, 10, 14, 21, 28, 45, 90)
_LATELY = 8
_FEE_FACTOR = 2.0
"""A first of the month that costs more than twice the dearest of the days around it carries a fee."""
_WEEKDAYS_FROM = 10
"""Days of history from which weekdays are told apart."""
_DEAREST_SHARE = 2.5
"""What one day's share of its week counts at most: a single spike makes no weekday."""


class Habits(NamedTuple):
    """What a history of daily spend says, in its currency. Days ahead count from 1, the next day."""

    # A named tuple: importing dataclasses costs a cold start ten milliseconds.

    next_day: date
    known: int
    """Days of the history that are known."""
    last_missing: bool
    typical_day: float
    """A day's spend without fee, on a weekday of factor 1; 0 if nothing was ever spent."""
    averages: tuple[float, ...]
    """The six averages (`AVERAGES`) whose geometric mean it is."""
    factors: tuple[float, ...]
    """What a day costs of a typical one, for the next day and the six days after it; their mean is 1."""
    level: tuple[float, ...]
    """The days, newest first, without fee and divided by their weekday's factor."""
    fee: float
    """What the first of the month costs beyond a usual day, as last seen; 0 if it was not seen."""
    fees_seen: int
    days_to_first: int
    """Which day ahead is the next first of a month."""


def project_spend(
    history: Sequence[float | None], next_day: date, horizon: int = 14, *, typical_day: float = 0.0
) -> tuple[tuple[float, ...], ...]:
    """Return, for each of the next ``horizon`` days, the quantiles of the cumulative amount still to be deducted.

    The same history gives the same amounts on every machine. Ten times the history gives ten times the amounts.

    Args:
        history: daily spend in one currency, oldest first; at most the last 90 days count; None is a missing day; the
            last entry may be incomplete because its bill is late, and the rest of it is part of the amount ahead.
        next_day: the first day ahead; the last entry of ``history`` is the day before it.
        horizon: how many days ahead, at least 1. Beyond 14 the proportions of the 14th day are kept.
        typical_day: a day's spend of accounts like this one, for a history in which no day is known.

    Returns:
        ``horizon`` rows of seven amounts (`QUANTILES`), in the currency of the history. No row and no column falls.
        All are 0 if nothing was ever spent, or nothing is known and there is no ``typical_day``.
    """
    return tuple(zip(*project_paths(history, next_day, horizon, typical_day=typical_day), strict=True))


def project_paths(
    history: Sequence[float | None], next_day: date, horizon: int = 14, *, typical_day: float = 0.0
) -> tuple[tuple[float, ...], ...]:
    """As `project_spend`, the other way round: seven paths, each with the amounts of ``horizon`` days."""
    habits = measure_habits(history, next_day, typical_day)
    if habits.typical_day <= 0.0:
        return ((0.0,) * horizon,) * len(QUANTILES)
    knots = _widened(_answers(traits(habits)))
    places, plain = _BESIDE + _BEYOND * (horizon - KNOTS[-1]), plain_path(habits, horizon)
    paths = []
    for at in zip(*knots, strict=True):
        multiples = [at[left] + share * (at[right] - at[left]) for left, right, share in places]
        paths.append(_never_falling(list(map(mul, plain, multiples))))
    return tuple(paths)


def _never_falling(path: list[float]) -> tuple[float, ...]:
    return tuple(path if path == sorted(path) else accumulate(path, max))


# ---------------------------------------------------------------- habits: what can be redone on paper


def measure_habits(history: Sequence[float | None], next_day: date, typical_day: float = 0.0) -> Habits:
    """Read the habits off the last 90 days of ``history``; arguments as for `project_spend`."""
    recent = list(history[-_MEMORY:])
    known = len(recent) - recent.count(None)
    days = _filled(recent, known, typical_day)
    fee, fees_seen = _take_out_fees(days, next_day)
    factors = _weekday_factors(days)
    level = _without_weekdays(days, factors)
    sums = [0.0, *accumulate(level)]
    averages = tuple([sums[min(window, len(level))] / min(window, len(level)) for window in AVERAGES])
    return Habits(
        next_day=next_day,
        known=known,
        last_missing=not recent or recent[-1] is None,
        typical_day=_typical(averages),
        averages=averages,
        factors=factors,
        level=tuple(level),
        fee=fee,
        fees_seen=fees_seen,
        days_to_first=1 if next_day.day == 1 else _month_length(next_day) - next_day.day + 2,
    )


def plain_path(habits: Habits, horizon: int) -> list[float]:
    """Return the cumulative amounts if every day ahead were typical for its weekday and the fee came when due."""
    ahead = [habits.typical_day * factor for factor in (habits.factors * (horizon // _WEEK + 1))[:horizon]]
    first = habits.days_to_first
    while first <= horizon:
        ahead[first - 1] += habits.fee
        first += _month_length(habits.next_day + timedelta(days=first - 1))
    return list(accumulate(ahead))


def _filled(recent: Sequence[float | None], known: int, typical_day: float) -> list[float]:
    """Give a missing day the spend of the same day a week before, or else the mean of the known days."""
    if not known:
        return [typical_day] * max(len(recent), 1)
    spent = [day for day in recent if day is not None]
    if min(spent) < 0.0:
        spent = [max(day, 0.0) for day in spent]
    if known == len(recent):
        return spent
    mean, left = sum(spent) / known, iter(spent)
    days = [mean if day is None else next(left) for day in recent]
    for at, day in enumerate(recent):
        if day is None and at >= _WEEK:
            days[at] = days[at - _WEEK]
    return days


def _take_out_fees(days: list[float], next_day: date) -> tuple[float, int]:
    """Replace each first of a month that carries a fee by a usual day, in place -> the last such fee, how many."""
    fee, seen = 0.0, 0
    first = next_day - timedelta(days=1)
    first = first.replace(day=1)
    back = (next_day - first).days
    while back <= len(days):
        at = len(days) - back
        around = sorted(days[max(at - 3, 0) : at] + days[at + 1 : at + 4])
        if around and days[at] > _FEE_FACTOR * around[-1]:
            usual = around[len(around) // 2]
            fee, seen = fee or days[at] - usual, seen + 1
            days[at] = usual
        first = (first - timedelta(days=1)).replace(day=1)
        back = (next_day - first).days
    return fee, seen


def _weekday_factors(days: list[float]) -> tuple[float, ...]:
    """Return what each weekday costs of a mean day, the next day's weekday first.

    Each day is compared with the week around it, so that steps, ramps and spikes do not pass for weekdays; two
    imagined ordinary days are averaged in, so that few weeks do not say much.
    """
    count = len(days)
    if count < _WEEKDAYS_FROM:
        return (1.0,) * _WEEK
    sums = [0.0, *accumulate(days)]
    tiny = sums[-1] / count * 0.01 + 1e-12
    weeks = map(sub, sums[_WEEK:], sums)
    shares = [_WEEK * day / (week + tiny) for day, week in zip(days[3:-3], weeks, strict=True)]
    if max(shares) > _DEAREST_SHARE:
        shares = [min(share, _DEAREST_SHARE) for share in shares]
    # Share i is of day i + 3, the next day would be day `count`.
    weekdays = [shares[(count - 3 + ahead) % _WEEK :: _WEEK] for ahead in range(_WEEK)]
    raw = [(sum(same) + 2.0) / (len(same) + 2.0) for same in weekdays]
    scale = _WEEK / sum(raw)
    return tuple([_to_millionths(value * scale) for value in raw])


def _without_weekdays(days: list[float], factors: tuple[float, ...]) -> list[float]:
    """Return the days, newest first, each divided by its weekday's factor."""
    newest_first = factors[::-1] * (len(days) // _WEEK + 1)
    return [day / factor for day, factor in zip(reversed(days), newest_first, strict=False)]


def _typical(averages: tuple[float, ...]) -> float:
    """Return the geometric mean of the averages, each counted as at least a twentieth of the greatest."""
    least = 0.05 * max(averages)
    if least <= 0.0:
        return 0.0
    return float(f"{exp(sum([log(max(a, least)) for a in averages]) / len(averages)):.9g}")


def _month_length(day: date) -> int:
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


# ---------------------------------------------------------------- experience: how such histories went on


def traits(habits: Habits) -> list[float]:
    """Return what the net sees of the habits: proportions to a typical day, mostly as logarithms, and no amounts."""
    level, typical = habits.level, habits.typical_day
    count = len(level)
    sums = [0.0, *accumulate(level)]
    mean = sums[count] / count
    lately = [*level[:_LATELY], *[mean] * (_LATELY - count)]
    windows = [sums[window] / window if window <= count else mean for window in _WINDOWS]
    logs = _logs([*lately, *windows, *_order(level)], typical)
    month = _logs(level[:29], typical)
    turns = [abs(a - b) for a, b in pairwise(month)]
    weekly = [abs(a - b) for a, b in zip(month, month[_WEEK:], strict=False)]
    fee, first = log(1.0 + habits.fee / typical), habits.days_to_first
    factors = habits.factors
    weekdays = [0.0] * _WEEK
    weekdays[habits.next_day.weekday()] = 1.0
    return [
        *logs,
        sum(turns) / len(turns) if turns else 0.3,
        sum(weekly) / len(weekly) if weekly else 0.5,
        month.count(_LOG_NOTHING) / len(month),
        log(count),
        1.0 if habits.last_missing else 0.0,
        fee,
        float(habits.fees_seen),
        1.0 if habits.next_day.day == 2 else 0.0,  # noqa: PLR2004 (yesterday was a first)
        *[fee if first <= knot else 0.0 for knot in KNOTS[1:]],
        max(factors) - min(factors),
        sum(factors[:3]) / 3.0,
        sum(factors[:6]) / 6.0,
        *weekdays,
    ]


def _order(level: Sequence[float]) -> list[float]:
    """Return least, greatest and middle days of the last 7, 14 and 28, and of the fortnight before the last week."""
    week, fortnight, month = sorted(level[:7]), sorted(level[:14]), sorted(level[:28])
    before = sorted(level[7:21]) or week
    few, many = len(month) // 4, len(month) // 2
    return [
        *(week[0], week[len(week) // 2], week[-1]),
        *(fortnight[0], fortnight[len(fortnight) // 2], fortnight[-1]),
        *(month[0], month[few], month[many], month[-1 - few], month[-1]),
        *(before[0], before[len(before) // 2], before[-1]),
    ]


def _logs(amounts: Sequence[float], typical: float) -> list[float]:
    low = _NEXT_TO_NOTHING * typical
    return [log(amount / typical) if amount > low else _LOG_NOTHING for amount in amounts]


def _answers(seen: list[float]) -> list[float]:
    """Run the net: ReLU layers, then for each knot the logarithms of the multiples at the seven quantiles."""
    values = seen
    for layer in LAYERS[:-1]:
        values = [1.0, *values]
        values = [v if (v := sumprod(unit, values)) > 0.0 else 0.0 for unit in layer]
    values = [1.0, *values]
    return [sumprod(unit, values) for unit in LAYERS[-1]]


def _widened(answers: list[float]) -> list[list[float]]:
    """Return the multiples of each knot, in order, the lower ones with the share of doubt added (root of squares)."""
    size, rows = len(QUANTILES), []
    for start in range(0, len(answers), size):
        row = sorted(answers[start : start + size])
        middle = row[_MEDIAN]
        lower = [middle - hypot(middle - answer, doubt) for answer, doubt in zip(row, _DOUBTS, strict=False)]
        rows.append([_to_millionths(exp(answer)) for answer in (*lower, *row[_MEDIAN:])])
    return rows


def _to_millionths(value: float) -> float:
    """``round(value, 6)``, but for the last digit of a tie, in a third of its time."""
    return round(value * 1e6) / 1e6
