"""What will be spent from this hour on: the projection of whole days, and what today has shown so far.

The projection knows days. Between two midnights two of them are true at once: the one made this morning, less the
part of today that has passed; and the one that will be made tomorrow, if today ends as it went so far. A day like any
other leaves the first as it is. The more of the day has passed and the further it is from what was expected, the more
the second one counts; at midnight it is the only one, so that nothing jumps when the day changes.
"""

from __future__ import annotations

from datetime import timedelta
from math import log
from typing import TYPE_CHECKING, TypeAlias

from shared.frozen import frozen
from shared.model import Certainty
from shared.projection import QUANTILES, project_paths
from shared.spend import day_elapsed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from shared.model import SpendSeries

Paths: TypeAlias = tuple[tuple[float, ...], ...]
"""One path a quantile, each with the cumulative amount at the end of every day ahead."""

HORIZON = 14
MEDIAN = QUANTILES.index(0.50)
SHORTEST_PART = 1 / 12
"""Of a first day: in less than two hours nothing is said of a day."""
PLAIN_MULTIPLES = (0.4, 0.5, 0.75, 1.0, 1.4, 2.0, 2.5)
"""What plain lines make of the mean day at each of `QUANTILES`: so wide that they promise little."""
_PRIOR = 0.15
"""Of a day's spend: an hour's noise after midnight weighs little against it."""
_USUAL = log(1.25)
"""A day up to a quarter dearer or cheaper than expected is a day like any other."""
_STRANGE = log(2.0)
"""At twice the expected spend the day speaks with its whole weight."""


@frozen
class Ahead:
    """The quantiles of the spend from one moment on."""

    first: float
    """How much of a day the first step lasts: to the end of today; the others last one day each."""
    paths: Paths
    """One path for each of `QUANTILES`: the cumulative amount at the end of today, of tomorrow, and so on."""
    days_known: int
    """Whole days of history that it rests on."""
    today: float = 1.0
    """Today's spend so far over what was expected by now."""
    weight: float = 0.0
    """How much today counts, 0 to 1."""


def spend_ahead(series: SpendSeries, now: datetime, horizon: int = HORIZON, *, plain: bool = False) -> Ahead | None:
    """The spend from ``now`` on, over today and the ``horizon`` - 1 days after; None if nothing is known of spend.

    ``plain`` takes plain lines in place of the projection.
    """
    project = plain_paths if plain else project_paths
    history = spend_by_day(series, now)
    if not history:
        return None
    elapsed = day_elapsed(now)
    known = len(history) - history.count(None)
    morning = project(history, series.today, horizon)
    if not series.any_day_known:  # today is all that the history is made of
        return Ahead(1.0 - elapsed, _paths(morning, elapsed), 0)
    passed = share_passed(series.usually_spent, elapsed)
    spent, usual = float(series.spent_today), morning[MEDIAN][0]
    weight = _weight(spent, usual, passed)
    paths = _paths(morning, passed)
    if weight > 0.0:
        today = spent + (1.0 - passed) * (spent + _PRIOR * usual) / (passed + _PRIOR)
        tomorrow = project([*history, today], series.today + timedelta(days=1), horizon)
        paths = _blended(paths, _paths_of_tomorrow(morning, tomorrow, 1.0 - passed, weight), weight)
    return Ahead(1.0 - elapsed, paths, known, spent / (usual * passed) if usual * passed > 0.0 else 1.0, weight)


def spend_by_day(series: SpendSeries, now: datetime) -> list[float | None]:
    """The closed days as the projection takes them, None where a day is not known; empty if nothing is known.

    An account that has no whole day yet is given one: its spend so far, stretched or shrunk to a day.
    """
    if series.any_day_known:
        missing = Certainty.MISSING
        return [None if day.certainty is missing else float(day.amount) for day in series.days]
    observed = 0.0 if series.since is None else (now - series.since) / timedelta(days=1)
    if observed < SHORTEST_PART:
        return []
    spent = series.spent_today + sum(d.amount for d in series.days)
    return [float(spent) / observed]


def plain_paths(history: Sequence[float | None], next_day: date, horizon: int = HORIZON) -> Paths:  # noqa: ARG001
    """The mean of the last seven known days, day after day, half and double of it as one in ten: as `project_paths`."""
    daily = mean_of_last_week(history)
    return tuple(tuple([daily * day * multiple for day in range(1, horizon + 1)]) for multiple in PLAIN_MULTIPLES)


def mean_of_last_week(history: Sequence[float | None]) -> float:
    """The mean of the last seven known days."""
    known = [day for day in history if day is not None][-7:]
    return sum(known) / len(known)


def share_passed(usually_spent: float | None, elapsed: float) -> float:
    """The share of a usual day's spend that falls into its first ``elapsed`` part, 0 to 1.

    Half of it goes by the clock, half by the hours of the last days: two days alone are too few to go by.
    """
    return elapsed if usually_spent is None else 0.5 * (elapsed + usually_spent)


def _weight(spent: float, usual: float, passed: float) -> float:
    """How much today counts: nothing as long as it goes as expected, all at its end if it is twice or half that."""
    if usual <= 0.0:
        return passed if spent > 0.0 else 0.0
    departure = abs(log((spent / usual + _PRIOR) / (passed + _PRIOR)))
    return float(passed ** (1 / 3)) * min(1.0, max(0.0, (departure - _USUAL) / (_STRANGE - _USUAL)))


def _paths(morning: Paths, passed: float) -> Paths:
    """This morning's projection, less the part of today that has passed."""
    return tuple([_less(path, path[0] * passed) for path in morning])


def _less(path: Sequence[float], amount: float) -> tuple[float, ...]:
    return tuple([step - amount for step in path])


def _paths_of_tomorrow(morning: Paths, tomorrow: Paths, rest: float, weight: float) -> Paths:
    """Tomorrow's projection, after the ``rest`` of today at a pace between this morning's and tomorrow's."""
    paths = []
    for expected, path in zip(morning, tomorrow, strict=True):
        today = rest * ((1.0 - weight) * expected[0] + weight * path[0])
        paths.append((today, *[today + step for step in path[:-1]]))
    return tuple(paths)


def _blended(a: Paths, b: Paths, weight: float) -> Paths:
    return tuple(
        tuple([(1.0 - weight) * x + weight * y for x, y in zip(one, other, strict=True)])
        for one, other in zip(a, b, strict=True)
    )
