"""Where an account stands on the ladder, by every kind of line."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import HoldFor, Policy
from shared.config.lines import AmountLines, Band, BudgetLines, RisingBand, RiskLines, RunwayLines
from shared.model import AlertState, Level
from shared.policy import advance, evaluate, fail
from tests.builders import DAY, HOUR, NOON, evaluation, figures, runway

RUNWAY = RunwayLines(
    notice=Band(enter_below=Decimal(14), leave_at=Decimal(17)),
    warning=Band(enter_below=Decimal(7), leave_at=Decimal(9)),
    critical=Band(enter_below=Decimal(3), leave_at=Decimal(4)),
)
BY_RUNWAY = Policy(runway=RUNWAY, risk=None)


def at(level: Level, overdue_since: datetime | None = None) -> AlertState:
    return AlertState(level=level, overdue_since=overdue_since)


def level_at(days: float, before: Level = Level.HEALTHY) -> Level:
    return evaluate(at(before), BY_RUNWAY, figures(500, lasts=runway(days))).level


@pytest.mark.parametrize(
    ("days", "before", "level"),
    [
        (20, Level.HEALTHY, Level.HEALTHY),
        (13.9, Level.HEALTHY, Level.NOTICE),
        (14, Level.HEALTHY, Level.HEALTHY),
        (2, Level.HEALTHY, Level.CRITICAL),
        (3.5, Level.CRITICAL, Level.CRITICAL),  # inside the band nothing changes
        (4, Level.CRITICAL, Level.WARNING),  # left at 4
        (8, Level.WARNING, Level.WARNING),
        (9, Level.WARNING, Level.NOTICE),
        (17, Level.NOTICE, Level.HEALTHY),
        (8, Level.CRITICAL, Level.WARNING),  # eased by as many levels as the leave bounds let go
        (30, Level.CRITICAL, Level.HEALTHY),
    ],
)
def test_bands_of_runway(days: float, before: Level, level: Level) -> None:
    assert level_at(days, before) is level


@given(
    st.floats(0, 40), st.floats(0, 40), st.sampled_from([Level.HEALTHY, Level.NOTICE, Level.WARNING, Level.CRITICAL])
)
def test_more_runway_is_never_worse(a: float, b: float, before: Level) -> None:
    low, high = sorted((a, b))
    assert level_at(high, before) <= level_at(low, before)


@given(st.floats(0, 40), st.sampled_from([Level.HEALTHY, Level.NOTICE, Level.WARNING, Level.CRITICAL]))
def test_one_step_settles(days: float, before: Level) -> None:
    once = level_at(days, before)
    assert level_at(days, once) is once


def test_a_runway_that_is_not_known_resolves_nothing_and_raises_nothing() -> None:
    for before in (Level.HEALTHY, Level.WARNING, Level.CRITICAL):
        assert evaluate(at(before), BY_RUNWAY, figures(500)).level is before


def test_below_zero_is_a_fact_that_no_line_is_asked_about() -> None:
    nothing = Policy(runway=None, risk=None)
    assert evaluate(at(Level.HEALTHY), nothing, figures("-0.01")).level is Level.OVERDUE
    assert evaluate(at(Level.OVERDUE), nothing, figures(0)).level is Level.HEALTHY


def test_overdue_for_longer_than_the_known_grace_is_suspended() -> None:
    day_of_grace = Policy(runway=None, risk=None, grace_hours=24)
    state = at(Level.OVERDUE, overdue_since=NOON - timedelta(hours=23))
    assert evaluate(state, day_of_grace, figures(-5)).level is Level.OVERDUE
    later = at(Level.OVERDUE, overdue_since=NOON - timedelta(hours=24))
    assert evaluate(later, day_of_grace, figures(-5)).level is Level.SUSPENDED


def test_an_unknown_grace_never_claims_a_stop() -> None:
    state = at(Level.OVERDUE, overdue_since=NOON - 300 * DAY)
    assert evaluate(state, BY_RUNWAY, figures(-5, lasts=runway(0))).level is Level.OVERDUE


def test_amounts_and_budget_have_lines_too() -> None:
    policy = Policy(
        runway=None,
        risk=None,
        available_amount=AmountLines(critical=Band(enter_below=Decimal(100), leave_at=Decimal(200))),
        month_budget=BudgetLines(
            amount=Decimal(1000), notice=RisingBand(enter_above=Decimal(80), leave_at=Decimal(75))
        ),
    )
    assert evaluate(at(Level.HEALTHY), policy, figures(500, spent_this_month=Decimal(900))).crossed == (
        "month_budget.notice",
    )
    assert evaluate(at(Level.HEALTHY), policy, figures(99)).level is Level.CRITICAL


def test_the_probability_of_running_out_raises_the_level() -> None:
    policy = Policy(
        runway=None,
        risk=RiskLines(within_days=Decimal(6), warning=RisingBand(enter_above=Decimal(90), leave_at=Decimal(70))),
    )
    soon, later = runway(7, 6.5, 5.9, 5, 4, 3, 2), runway(20, 17, 13, 10, 8, 7, 5)
    assert evaluate(at(Level.HEALTHY), policy, figures(500, lasts=later)).level is Level.HEALTHY
    assert evaluate(at(Level.HEALTHY), policy, figures(500, lasts=runway(5.5))).level is Level.WARNING
    assert evaluate(at(Level.WARNING), policy, figures(500, lasts=soon)).level is Level.WARNING


def test_the_most_serious_line_counts_and_all_crossed_ones_are_named() -> None:
    policy = Policy(
        runway=RUNWAY,
        risk=None,
        available_amount=AmountLines(warning=Band(enter_below=Decimal(600), leave_at=Decimal(700))),
    )
    found = evaluate(at(Level.HEALTHY), policy, figures(500, lasts=runway(2)))
    assert (found.level, found.crossed) == (Level.CRITICAL, ("runway.critical", "available_amount.warning"))


def test_a_warning_that_has_to_hold_is_no_notice_meanwhile_where_no_notice_is_drawn() -> None:
    amounts = AmountLines(warning=Band(enter_below=Decimal(600), leave_at=Decimal(700)))
    held = Policy(runway=RUNWAY, risk=None, available_amount=amounts, hold_for=HoldFor(warning=3))
    found = evaluate(AlertState(), held, figures(500, lasts=runway(90)))
    assert (found.level, found.entering, found.held) == (Level.HEALTHY, ((Level.WARNING, NOON),), True)
    later = AlertState(entering=found.entering)
    assert evaluate(later, held, figures(500, NOON + 3 * HOUR, lasts=runway(90))).level is Level.WARNING


def test_a_level_that_only_lasts_names_the_lines_that_keep_it() -> None:
    budget = BudgetLines(amount=Decimal(1000), warning=RisingBand(enter_above=Decimal(90), leave_at=Decimal(75)))
    policy = Policy(runway=RUNWAY, risk=None, month_budget=budget, worst_day=None)

    def found(spent: int, days: float, before: Level) -> tuple[str, ...]:
        return evaluate(at(before), policy, figures(500, lasts=runway(days), spent_this_month=Decimal(spent))).kept

    assert found(800, 30, Level.WARNING) == ("month_budget.warning",)
    assert found(800, 8, Level.WARNING) == ("runway.warning", "month_budget.warning")
    assert found(950, 30, Level.WARNING) == (), "the line is crossed"
    assert found(800, 30, Level.HEALTHY) == ()


def test_a_level_and_a_debt_remember_since_when() -> None:
    first = advance(AlertState(), evaluation(Level.OVERDUE), figures(-5))
    second = advance(first, evaluation(Level.OVERDUE), figures(-9, NOON + HOUR))
    assert (second.since, second.overdue_since) == (NOON, NOON)
    assert advance(second, evaluation(Level.HEALTHY), figures(50, NOON + DAY)).overdue_since is None


def test_a_failure_changes_no_level_and_is_counted_once_a_run() -> None:
    failed = fail(at(Level.WARNING), "throttled", NOON)
    again = fail(failed, "throttled", NOON)
    assert (again.level, again.failed_runs, again.failure) == (Level.WARNING, 1, "throttled")
    assert fail(again, "unreachable", NOON + HOUR).failed_runs == 2
    assert advance(again, evaluation(Level.WARNING), figures(5, NOON + HOUR)).failed_runs == 0
