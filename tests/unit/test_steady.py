"""What lets a replay pass over hours: certain where it says so, and else the policy is asked."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.config import Policy, RepeatAfter, RunwayLines
from shared.consequences_data import RULES, CountsFrom
from shared.model import AlertState, Level, Runway
from shared.policy import advance, evaluate, road_ahead
from shared.runway import probability_empty_within
from shared.steady import Steady, certainty, steady
from tests.builders import HOUR, NOON, figures, runway
from tests.unit.replay_cases import falling

if TYPE_CHECKING:
    from datetime import datetime

    from shared.consequences_data import ProductRule
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
    if certainty(least, most)(left, within):
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
    assert certainty(least, most)(left, within) is certain


def at_warning(at: Figures) -> tuple[AlertState, Steady | None]:
    """The second hour of a warning that was told in the first."""
    told = AlertState(
        level=Level.WARNING, since=NOON - HOUR, told_level=Level.WARNING, worst_told=Level.WARNING, told_at=NOON - HOUR
    )
    told = replace(told, entering=((Level.NOTICE, NOON - HOUR), (Level.WARNING, NOON - HOUR)))
    evaluation = evaluate(told, LINES, at)
    alert = advance(told, evaluation, at)
    return alert, steady(alert, LINES, evaluation, at, None)


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


def test_nothing_is_passed_over_where_a_figure_is_not_known_or_on_a_line() -> None:
    assert at_warning(figures(600))[1] is None
    assert at_warning(figures(600, lasts=runway(7)))[1] is None


# ---------------------------------------------------------------- below zero

GRACE = replace(LINES, grace_hours=8, grace_amount=Decimal(100), repeat_after=RepeatAfter(overdue=24))
DEBT = figures(-50, lasts=runway(0))


def overdue(since: datetime, products: tuple[ProductRule, ...] = ()) -> Steady:
    """The second hour of an account in arrears whose people were told in the first."""
    told = AlertState(
        level=Level.OVERDUE, since=since, told_level=Level.OVERDUE, worst_told=Level.OVERDUE, told_at=since
    )
    evaluation = evaluate(replace(told, overdue_since=since), GRACE, DEBT)
    alert = advance(replace(told, overdue_since=since), evaluation, DEBT)
    sure = steady(alert, GRACE, evaluation, DEBT, road_ahead(alert, GRACE, lambda: products, DEBT))
    assert sure is not None
    return sure


def test_an_hour_below_zero_like_the_one_before_is_passed_over() -> None:
    sure = overdue(NOON - HOUR)
    assert sure.holds(figures(-51, NOON + HOUR, lasts=runway(0)))
    assert sure.holds(figures(-100, NOON + 6 * HOUR, lasts=runway(0)))


@pytest.mark.parametrize(
    "next_hour",
    [
        figures(0, NOON + HOUR, lasts=runway(0)),
        figures(-51, NOON + 7 * HOUR, lasts=runway(0)),  # the grace is over
        figures(-100.01, NOON + HOUR, lasts=runway(0)),  # above the grace's amount
        figures(-51, NOON + HOUR, lasts=runway(0), topped_up=1),
    ],
)
def test_an_hour_below_zero_that_may_change_something_is_not(next_hour: Figures) -> None:
    assert not overdue(NOON - HOUR).holds(next_hour)


def test_a_milestone_below_zero_is_not_passed_over() -> None:
    rule = next(rule for rule in RULES if rule.grace and rule.release_after and rule.counts_from is CountsFrom.STOP)
    assert rule.release_after is not None
    stopped = NOON + HOUR + timedelta(days=1) - rule.release_after  # people hear a day before the release: in an hour
    sure = overdue(stopped - 8 * HOUR, (rule,))
    assert sure.holds(replace(DEBT, at=NOON + timedelta(minutes=59)))
    assert not sure.holds(replace(DEBT, at=NOON + HOUR))


# ---------------------------------------------------------------- small accounts


def test_who_is_too_small_to_be_bothered_is_so_until_they_spend_more() -> None:
    policy = replace(LINES, min_daily_spend=Decimal(50))
    small, large = runway(20, daily=40), runway(20, daily=60)
    evaluation = evaluate(AlertState(), policy, figures(600, lasts=small))
    sure = steady(AlertState(), policy, evaluation, figures(600, lasts=small), None)
    assert sure is not None
    assert sure.holds(figures(600, NOON + HOUR, lasts=small))
    assert not sure.holds(figures(600, NOON + HOUR, lasts=large))
