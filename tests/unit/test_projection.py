"""The projection as a customer's finance person would test it, and the properties that its users rely on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import exp, log, prod

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.projection import KNOTS, QUANTILES, measure_habits, project_spend, traits
from shared.projection_reasons import Explanation, Reason, explain_projection
from shared.projection_weights import LAYERS

MONDAY = date(2026, 3, 16)
GOLDEN = [165.5055, 226.2897, 368.2924, 730.5711, 974.457, 1593.4007, 1625.546, 2319.7423, 4081.1074]
"""Of the weights in `shared.projection_weights`; trained anew, they change."""
LOW, MEDIAN, HIGH = (QUANTILES.index(q) for q in (0.10, 0.50, 0.90))

History = Sequence[float | None]

days = st.one_of(st.none(), st.just(0.0), st.floats(0, 1e6))
histories = st.lists(days, max_size=100)
dates = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def wavy(count: int, daily: float = 100.0) -> list[float]:
    """Spend that differs from day to day by up to 6 %, without chance."""
    return [daily * (1 + 0.02 * ((at * 5) % 7 - 3)) for at in range(count)]


def week(history: History, next_day: date = MONDAY) -> tuple[float, float, float]:
    """Low, median and high of the next seven days."""
    row = project_spend(history, next_day, 7)[-1]
    return row[LOW], row[MEDIAN], row[HIGH]


# ---------------------------------------------------------------- properties


@given(histories, dates, st.integers(1, 45))
@example([0.0] * 8 + [0.1], date(2026, 3, 1), 14)  # one dear day at the end: the multiples fall faster than days pass
def test_no_row_and_no_column_falls(history: History, next_day: date, horizon: int) -> None:
    rows = project_spend(history, next_day, horizon)
    assert len(rows) == horizon
    assert all(len(row) == len(QUANTILES) for row in rows)
    assert all(a <= b for row in rows for a, b in pairwise(row))
    assert all(a <= b for before, after in pairwise(rows) for a, b in zip(before, after, strict=True))
    assert rows[0][0] >= 0.0


@given(st.lists(st.one_of(st.none(), st.just(0.0), st.floats(1, 1e4)), max_size=95), dates)
def test_ten_times_the_history_gives_ten_times_the_amounts(history: History, next_day: date) -> None:
    tenfold = [None if day is None else 10 * day for day in history]
    once, more = project_spend(history, next_day), project_spend(tenfold, next_day)
    assert [10 * v for row in once for v in row] == pytest.approx([v for row in more for v in row], rel=1e-4)


def test_only_the_last_90_days_count() -> None:
    history = wavy(90)
    assert project_spend([9999.0] * 30 + history, MONDAY) == project_spend(history, MONDAY)


def test_figures_do_not_depend_on_the_machine() -> None:
    history: History = [*wavy(40), None, 260.0, 255.0, 90.5]
    rows = project_spend(history, date(2026, 2, 27))
    assert [round(rows[h - 1][q], 4) for h in (1, 6, 14) for q in (LOW, MEDIAN, HIGH)] == GOLDEN


def test_the_net_fits_what_it_is_shown() -> None:
    seen = traits(measure_habits(wavy(30), MONDAY))
    assert [len(layer[0]) for layer in LAYERS] == [len(seen) + 1, *(len(layer) + 1 for layer in LAYERS[:-1])]
    assert len(LAYERS[-1]) == len(KNOTS) * len(QUANTILES)


def test_the_bundle_needs_no_numpy() -> None:
    code = "import sys, shared.projection, shared.projection_reasons; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---------------------------------------------------------------- what accounts do


def test_a_steady_account_goes_on_as_it_is() -> None:
    low, median, high = week(wavy(60))
    assert median == pytest.approx(700, rel=0.06)
    assert low > 0.80 * 700
    assert high < 1.25 * 700


def test_weekends_cost_what_weekends_cost() -> None:
    saturday = date(2026, 3, 21)
    history = [40.0 if (saturday - timedelta(days=back)).weekday() >= 5 else 100.0 for back in range(70, 0, -1)]
    on_saturday, on_monday = (
        project_spend(history, saturday),
        project_spend([*history, 40.0, 40.0], MONDAY + timedelta(7)),
    )
    assert on_saturday[0][MEDIAN] < 0.6 * on_monday[0][MEDIAN]


def test_a_monthly_fee_is_expected_on_the_first() -> None:
    next_day = date(2026, 3, 28)
    history = [100.0 + 900.0 * ((next_day - timedelta(days=back)).day == 1) for back in range(80, 0, -1)]
    rows = project_spend(history, next_day)
    steps = [after[MEDIAN] - before[MEDIAN] for before, after in pairwise(rows)]
    assert steps.index(max(steps)) == 3  # from 31 March to 1 April
    assert max(steps) > 600
    assert steps[0] < 150


def test_a_single_dear_day_is_not_taken_for_the_rule() -> None:
    _, median, _ = week([*wavy(40), 1000.0, *wavy(3)])
    assert median < 1.6 * 700


def test_the_first_dear_days_leave_open_whether_they_stay() -> None:
    low, _, high = week([*wavy(40), 290.0, 300.0])
    calm_low, _, calm_high = week(wavy(42))
    assert high / low > 1.5 * calm_high / calm_low
    assert high > 1500


def test_a_new_level_is_believed_after_ten_days() -> None:
    low, median, _ = week([*wavy(40), *wavy(10, 300.0)])
    assert median > 0.85 * 2100
    assert low > 0.6 * 2100


def test_a_ramp_is_not_underrated() -> None:
    history = [*wavy(30), *[100 * 1.03**at for at in range(25)]]
    assert week(history)[1] > 7 * history[-1] * 0.92


def test_an_incomplete_last_day_changes_little() -> None:
    history = wavy(60)
    assert week([*history[:-1], history[-1] * 0.35])[1] == pytest.approx(week(history)[1], rel=0.12)


def test_missing_days_change_little() -> None:
    history = wavy(60)
    holes = [None if at % 5 == 2 else day for at, day in enumerate(history)]
    assert week(holes)[1] == pytest.approx(week(list(history))[1], rel=0.1)


def test_few_days_give_a_wide_range() -> None:
    few_low, few_median, few_high = week(wavy(3))
    low, _, high = week(wavy(60))
    assert few_high / few_low > 1.3 * high / low
    assert few_median == pytest.approx(700, rel=0.3)


def test_one_day_is_enough_for_a_guess() -> None:
    low, median, high = week([100.0])
    assert low < 600
    assert high > 1000
    assert median == pytest.approx(700, rel=0.4)


@pytest.mark.parametrize("history", [[], [None, None], [0.0] * 30, [-5.0, 0.0]])
def test_where_nothing_was_spent_nothing_is_projected(history: History) -> None:
    assert project_spend(history, MONDAY) == ((0.0,) * 7,) * 14


def test_an_unknown_account_is_projected_like_its_fellows_and_widely() -> None:
    row = project_spend([], MONDAY, 7, typical_day=50.0)[-1]
    assert row[MEDIAN] == pytest.approx(350, rel=0.4)
    assert row[HIGH] / row[LOW] > 2
    assert project_spend(wavy(30), MONDAY, typical_day=1e6) == project_spend(wavy(30), MONDAY)


# ---------------------------------------------------------------- reasons


def explain(history: History, next_day: date = MONDAY) -> Explanation:
    return explain_projection(history, next_day)


def test_the_figures_can_be_redone_on_paper() -> None:
    found = explain([*wavy(40), 150.0, 160.0])
    averages = [mean for _, mean in found.averages]
    assert found.typical_day == pytest.approx(prod(averages) ** (1 / 6), rel=1e-6)
    assert found.plain_week == pytest.approx(found.typical_day * sum(found.weekday_factors), rel=1e-6)
    assert found.experience == found.likely_week / found.plain_week
    assert (found.low_week, found.likely_week, found.high_week) == week([*wavy(40), 150.0, 160.0])
    assert found.days_known == 42


def test_averages_without_weekdays_are_plain_means() -> None:
    history = [100.0, 120.0, 90.0, 110.0, 105.0]
    assert explain(history).averages == ((2, 107.5), (4, 106.25), *((days, 105.0) for days in (7, 14, 28, 90)))
    assert explain(history).typical_day == pytest.approx(exp((log(107.5) + log(106.25) + 4 * log(105)) / 6))


def test_weekday_factors_begin_on_monday() -> None:
    history = [40.0 if (MONDAY - timedelta(days=back)).weekday() == 6 else 100.0 for back in range(60, 0, -1)]
    factors = explain(history).weekday_factors
    assert factors.index(min(factors)) == 6
    assert explain(history[:-2], MONDAY - timedelta(days=2)).weekday_factors == pytest.approx(factors, rel=0.02)


def bursts(count: int) -> list[float]:
    return [900.0 * (at % 5 == 0) + 2000.0 * (at % 11 == 3) for at in range(count)]


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        ([], Reason.NOTHING_KNOWN),
        ([0.0] * 20, Reason.NO_SPEND),
        (wavy(4), Reason.FEW_DAYS),
        ([*wavy(40), 290.0, 300.0], Reason.JUMP),
        ([*wavy(40), 10.0, 10.0, 10.0], Reason.DROP),
        (bursts(60), Reason.IRREGULAR),
        ([100 * 1.03**at for at in range(40)], Reason.RISING),
        ([100 * 0.97**at for at in range(40)], Reason.FALLING),
        ([30.0 if at % 7 == 3 else 100.0 for at in range(56)], Reason.WEEKDAYS),
        (wavy(60), Reason.STEADY),
    ],
)
def test_the_reason_that_says_most_is_named(history: History, reason: Reason) -> None:
    assert explain(history).reason is reason


def test_a_fee_that_is_due_is_named() -> None:
    next_day = date(2026, 3, 28)
    history = [100.0 + 900.0 * ((next_day - timedelta(days=back)).day == 1) for back in range(80, 0, -1)]
    found = explain(history, next_day)
    assert (found.reason, found.fee, found.fees_seen, found.days_to_first) == (Reason.MONTHLY_FEE, 900.0, 2, 5)
    assert explain(history[:-20], next_day - timedelta(days=20)).reason is Reason.STEADY


def test_a_jump_is_dated_and_measured() -> None:
    found = explain([*[100.0] * 40, 250.0, 250.0, 250.0])
    assert found.jump_days == 3
    assert found.jump == pytest.approx(2.5, rel=0.05)
    assert explain(wavy(40)).jump_days == 0
