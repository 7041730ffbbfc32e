"""What lets a replay pass over hours: certain where it says so, and else the policy is asked."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.config import Policy, RepeatAfter, RunwayLines
from shared.model import AlertState, Level, Runway
from shared.policy import advance, evaluate
from shared.runway import probability_empty_within
from shared.steady import Steady, certainly_within, steady
from tests.builders import HOUR, NOON, figures, runway
from tests.unit.replay_cases import falling

if TYPE_CHECKING:
    from shared.snapshot import Figures

LINES = Policy(
    runway=RunwayLines(warning=falling(7, 9), critical=falling(2, 3)),
    risk=None,
    worst_day=None,
    repeat_after=RepeatAfter(warning=5),
)
DAYS = st.one_of(st.floats(0, 60), st.sampled_from([0.0, 1e-4, 1.0, 5.0, 5.0, math.inf]))
RUNWAYS = st.lists(DAYS, min_size=7, max_size=7).map(lambda days: tuple(sorted(days, reverse=True)))


@given(RUNWAYS, st.floats(1e-5, 60), st.floats(-10, 120), st.floats(-10, 120))
@example((1.0, 1.0, 1.0, 1e-4, 1e-4, 0.0, 0.0), 1e-5, -1.0, 26.0)
def test_a_probability_that_is_certainly_between_two_is_between_them(
    left: tuple[float, ...], within: float, a: float, b: float
) -> None:
    least, most = sorted((a, b))
    if certainly_within(left, within, least, most):
        percent = 100 * probability_empty_within(Runway(NOON, left, (1.0,) * 7, 30), within)
        assert least - 0.01 < percent < most + 0.01


@pytest.mark.parametrize(
    ("within", "least", "most", "certain"),
    [
        (1, -1, 60, True),
        (9, -1, 60, True),  # half of all spends leave 10 days
        (10.1, -1, 60, False),  # between the quantiles only the probability itself can tell
        (30, -1, 60, False),
        (30, 80, 101, True),
        (10, 40, 101, False),
        (9, 20, 60, True),
    ],
)
def test_quantiles_tell_a_probability(within: float, least: float, most: float, *, certain: bool) -> None:
    left = (20.0, 18.0, 14.0, 10.0, 8.0, 6.0, 5.0)
    assert certainly_within(left, within, least, most) is certain


def at_warning(at: Figures) -> tuple[AlertState, Steady | None]:
    """The second hour of a warning that was told in the first."""
    told = AlertState(
        level=Level.WARNING, since=NOON - HOUR, told_level=Level.WARNING, worst_told=Level.WARNING, told_at=NOON - HOUR
    )
    told = replace(told, entering=((Level.NOTICE, NOON - HOUR), (Level.WARNING, NOON - HOUR)))
    evaluation = evaluate(told, LINES, at)
    alert = advance(told, evaluation, at)
    return alert, steady(alert, LINES, evaluation, at)


def test_an_hour_like_the_one_before_is_passed_over() -> None:
    _, sure = at_warning(figures(600, lasts=runway(6)))
    assert sure is not None
    assert sure.holds(figures(590, NOON + HOUR, lasts=runway(5.9)))


@pytest.mark.parametrize(
    "next_hour",
    [
        figures(190, NOON + HOUR, lasts=runway(1.9)),  # beyond a line
        figures(900, NOON + HOUR, lasts=runway(9.1)),  # beyond the end at which it is left
        figures(700, NOON + HOUR, lasts=runway(7)),  # on a line
        figures(-1, NOON + HOUR, lasts=runway(6)),
        figures(590, NOON + HOUR, lasts=runway(5.9), topped_up=1),
        figures(590, NOON + HOUR),
        figures(590, NOON + 4 * HOUR, lasts=runway(5.9)),  # time to say it again
    ],
)
def test_an_hour_that_may_change_something_is_not(next_hour: Figures) -> None:
    _, sure = at_warning(figures(600, lasts=runway(6)))
    assert sure is not None
    assert not sure.holds(next_hour)


def test_nothing_is_passed_over_below_zero_or_where_a_figure_is_not_known() -> None:
    assert at_warning(figures(-1, lasts=runway(0)))[1] is None
    assert at_warning(figures(600))[1] is None
    assert at_warning(figures(600, lasts=runway(7)))[1] is None


def test_who_is_too_small_to_be_bothered_is_so_until_they_spend_more() -> None:
    policy = replace(LINES, min_daily_spend=Decimal(50))
    small, large = runway(20, daily=40), runway(20, daily=60)
    evaluation = evaluate(AlertState(), policy, figures(600, lasts=small))
    sure = steady(AlertState(), policy, evaluation, figures(600, lasts=small))
    assert sure is not None
    assert sure.holds(figures(600, NOON + HOUR, lasts=small))
    assert not sure.holds(figures(600, NOON + HOUR, lasts=large))
