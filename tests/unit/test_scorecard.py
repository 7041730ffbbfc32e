"""How good the projection was is counted, and plain lines take its place only where they were clearly better."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from shared.intraday import plain_paths
from shared.model import Certainty, DayForecast, DaySpend, HorizonScore, Scorecard, SpendSeries, start_of_day
from shared.runway import project_runway
from shared.scorecard import (
    against_naive,
    coverage,
    end_error,
    has_failed,
    naive_spend,
    observe,
    use_plain_lines,
)
from tests.builders import DAY, HOUR, balance, runway

FIRST = date(2026, 3, 2)


def series(amounts: list[float | None], currency: str = "CNY") -> SpendSeries:
    """Closed days from ``FIRST`` on; None is a day that is not known."""
    days = tuple(
        DaySpend(FIRST + n * DAY, Decimal(0), Certainty.MISSING)
        if amount is None
        else DaySpend(FIRST + n * DAY, Decimal(str(amount)), Certainty.MEASURED)
        for n, amount in enumerate(amounts)
    )
    return SpendSeries(currency, days, FIRST + len(days) * DAY, Decimal(0), start_of_day(FIRST))


def observed(card: Scorecard, amounts: list[float | None], left: float = 1e6) -> Scorecard:
    so_far = series(amounts)
    now = balance(left, start_of_day(so_far.today))
    return observe(card, so_far, now, project_runway(so_far, now), None)


def replayed(amounts: list[float | None], warm: int = 10) -> Scorecard:
    card = Scorecard()
    for n in range(warm, len(amounts) + 1):
        card = observed(card, amounts[:n])
    return card


def test_a_forecast_is_kept_once_a_day() -> None:
    once = observed(Scorecard(), [100.0] * 12)
    again = observed(once, [100.0] * 12)
    assert again is once
    assert [f.day for f in once.pending] == [FIRST + 12 * DAY]
    assert len(observed(once, [100.0] * 13).pending) == 2


def test_a_forecast_is_scored_when_its_week_is_over() -> None:
    assert replayed([100.0] * 16).week.days == 0
    scored = replayed([100.0] * 17)
    assert (scored.week.days, scored.three_days.days, len(scored.pending)) == (1, 1, 7)


def test_a_week_with_an_unknown_day_is_not_scored() -> None:
    assert replayed([*[100.0] * 12, None, *[100.0] * 5]).week.days == 0


def test_spend_as_ever_is_between_the_quantiles() -> None:
    low, _, high = coverage(replayed([100.0 + n % 3 for n in range(60)]).week)
    assert low == 0.0
    assert high == pytest.approx(1.0)


def test_where_nothing_was_foreseen_and_nothing_spent_nothing_is_scored() -> None:
    card = replayed([0.0] * 40)
    assert (card.three_days, card.week) == (HorizonScore(), HorizonScore())
    assert not has_failed(card)


@pytest.mark.parametrize(
    ("spent", "shares"),
    [(0.0, (0.1, 1.0, 1.0)), (5.0, (0.0, 0.5, 1.0)), (7.0, (0.0, 0.0, 1.0)), (12.0, (0.0, 0.0, 0.0))],
)
def test_spend_that_is_just_at_a_line_counts_as_the_share_that_the_line_foretells(
    spent: float, shares: tuple[float, float, float]
) -> None:
    days: list[float | None] = [*[100.0] * 10, *[0.0] * 6, spent]
    made = DayForecast(FIRST + 10 * DAY, start_of_day(FIRST + 10 * DAY), (0.0, 1.0, 2.0), (0.0, 5.0, 10.0), None)
    assert coverage(observed(Scorecard("CNY", (made,)), days).week) == shares


def test_an_account_without_a_whole_day_has_nothing_to_score() -> None:
    assert observed(Scorecard(), [None]).pending == ()


def test_a_new_currency_starts_a_new_scorecard() -> None:
    card = replayed([100.0] * 30)
    now = balance(50, start_of_day(FIRST + 30 * DAY), "USD")
    fresh = observe(card, series([7.0] * 30, "USD"), now, None, None)
    assert (fresh.currency, fresh.week.days) == ("USD", 0)


def test_the_error_of_the_end_is_counted_once_by_the_forecast_of_three_days_before() -> None:
    card = replayed([100.0] * 15)
    now = start_of_day(FIRST + 18 * DAY) + 6 * HOUR
    ends = [now - 30 * HOUR, now + 8 * HOUR]
    made = [now - 6 * DAY, now - 3 * DAY]
    card = replace(
        card,
        pending=tuple(card.pending[-1]._replace(made_at=m, ends_at=e) for m, e in zip(made, ends, strict=True)),
    )
    ended = observe(card, series([100.0] * 18), balance(-1, now), runway(0), None)
    still = observe(ended, series([100.0] * 18), balance(-9, now + HOUR), runway(0), None)
    assert end_error(ended) == pytest.approx(8)
    assert still.ended == 1


def test_a_top_up_voids_the_end_that_was_foretold() -> None:
    card = observed(Scorecard(), [100.0] * 15, left=300)
    now = card.pending[0].made_at + 6 * DAY
    ended = observe(card, series([100.0] * 21), balance(-1, now), runway(0), now - DAY)
    assert end_error(ended) is None


def score(days: int, loss: float, naive: float, plain: float, below: tuple[float, float, float]) -> HorizonScore:
    return HorizonScore(days, 10.0, below, loss, naive, plain)


GOOD = (1.0, 5.0, 9.0)


@pytest.mark.parametrize(
    ("days", "loss", "naive", "plain", "below", "failed", "falls_back"),
    [
        (14, 50, 100, 90, GOOD, False, False),
        (14, 120, 100, 90, GOOD, True, True),
        (13, 120, 100, 90, GOOD, False, False),  # too few days to say
        (14, 120, 100, 115, GOOD, True, False),  # plain lines would be no better
        (14, 50, 100, 40, (8.0, 9.0, 10.0), True, True),  # spend was nearly always below what one in ten should be
        (14, 50, 100, 40, (0.0, 0.0, 2.0), True, True),
        (14, 105, 100, 50, GOOD, False, False),  # a little worse is no failure
    ],
)
def test_when_the_projection_has_failed_and_plain_lines_take_its_place(
    days: int,
    loss: float,
    naive: float,
    plain: float,
    below: tuple[float, float, float],
    *,
    failed: bool,
    falls_back: bool,
) -> None:
    one = score(days, loss, naive, plain, below)
    card = Scorecard("CNY", (), one, one)
    assert (has_failed(card), use_plain_lines(card)) == (failed, falls_back)


def test_the_loss_stands_beside_the_naive_one() -> None:
    assert against_naive(score(14, 60, 100, 80, GOOD)) == pytest.approx(0.6)
    assert against_naive(HorizonScore()) is None


def test_the_naive_forecast_is_the_last_week_again() -> None:
    week = [10.0, 20, 30, 40, 50, 60, 70]
    assert naive_spend(week * 3, 3) == pytest.approx((60, 60, 60))
    low, middle, high = naive_spend([100.0] * 4, 7)
    assert middle == 700
    assert low < 700 < high


def test_plain_lines_are_the_mean_of_the_last_seven_known_days_and_wide() -> None:
    paths = plain_paths([5.0, *[None] * 2, *[100.0] * 7], FIRST, 3)
    assert list(paths[3]) == [100, 200, 300]
    assert paths[5][0] == 4 * paths[1][0]


def test_an_account_on_plain_lines_says_so() -> None:
    now = balance(1000, start_of_day(FIRST + 10 * DAY))
    plain = project_runway(series([100.0] * 10), now, plain=True)
    assert plain is not None
    assert plain.plain
    assert plain.days_left[3] == pytest.approx(10, abs=0.5)
