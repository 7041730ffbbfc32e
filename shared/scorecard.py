"""How good the projection is for one account: each day's forecast is kept, and scored when its week is over.

Three things are counted: how often spend stayed below the quantiles 0.10, 0.50 and 0.90 (10, 50 and 90 times in a
hundred, if they are right); the pinball loss, beside that of a seasonal naive forecast (the last week again) and of
plain lines (the mean of the last seven days, wide); and how far the end of a balance was from its forecast.

Spend that is just at a quantile is neither below nor above it: it counts as the quantile's own share. Where nothing was
foreseen and nothing was spent, nothing is scored.
"""

from __future__ import annotations

from datetime import timedelta
from math import sqrt
from typing import TYPE_CHECKING

from shared.frozen import replace
from shared.intraday import PLAIN_MULTIPLES, mean_of_last_week, spend_by_day
from shared.model import Certainty, DayForecast, HorizonScore, Scorecard
from shared.projection import QUANTILES, project_paths
from shared.runway import ends_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.model import Balance, Runway, SpendSeries

SCORED = (0.10, 0.50, 0.90)
"""The quantiles that are scored."""
THREE_DAYS, WEEK = 3, 7
FADING = 0.97
"""What a day counts of the day after it: half after three weeks, so that an account that changed is judged anew."""
ENOUGH = 14
"""Days that must be scored before the projection can fail."""
MUCH_WORSE = 1.1
"""It fails if it loses a tenth more than the seasonal naive, over three days and over seven."""
FAR_OFF = 0.35
"""It fails if the share of days below a quantile is this far from what it should be."""
CLEARLY_BETTER = 0.9
"""Plain lines take its place only where they lost a tenth less over the same days: on the open series an account
that failed did no better with plain lines, unless they had shown it."""
_INDEX = tuple(QUANTILES.index(q) for q in SCORED)
_PLAIN = tuple(PLAIN_MULTIPLES[i] for i in _INDEX)
_NORMAL_SCORES = (-1.2816, 0.0, 1.2816)
_BEFORE_THE_END = timedelta(days=3)
_WEEKLY_FROM = 9
"""Known days from which the seasonal naive looks a week back."""

Three = tuple[float, float, float]


def observe(
    card: Scorecard, series: SpendSeries, balance: Balance, runway: Runway | None, topped_up_at: datetime | None
) -> Scorecard:
    """The scorecard after one more reading: what is over is scored, and the first reading of a day adds a forecast."""
    if card.currency != series.currency:
        card = Scorecard(currency=series.currency)
    card = _end(card, balance, topped_up_at)
    if card.pending and card.pending[-1].day >= series.today:
        return card
    for forecast in card.pending:
        if forecast.day + timedelta(days=WEEK) <= series.today:
            card = _score(card, forecast, series)
    pending = tuple(f for f in card.pending if f.day + timedelta(days=WEEK) > series.today)
    return replace(card, pending=(*pending, *_forecasts(series, balance, runway)))


def has_failed(card: Scorecard) -> bool:
    """Whether the projection failed its backtest for this account, over at least ``ENOUGH`` scored days."""
    scores = (card.three_days, card.week)
    if min(score.days for score in scores) < ENOUGH:
        return False
    worse = all(score.loss > MUCH_WORSE * score.naive_loss for score in scores)
    return worse or any(abs(share - q) > FAR_OFF for share, q in zip(coverage(card.week), SCORED, strict=True))


def use_plain_lines(card: Scorecard) -> bool:
    """Whether the account falls back to plain lines: the projection failed, and they were clearly better."""
    scores = (card.three_days, card.week)
    return has_failed(card) and all(score.plain_loss < CLEARLY_BETTER * score.loss for score in scores)


def coverage(score: HorizonScore) -> Three:
    """The share of scored days below the quantiles 0.10, 0.50 and 0.90; zeros if nothing is scored."""
    low, middle, high = (below / score.weight if score.weight else 0.0 for below in score.below)
    return low, middle, high


def against_naive(score: HorizonScore) -> float | None:
    """The pinball loss over that of the seasonal naive, less than 1 if better; None if that has lost nothing."""
    return score.loss / score.naive_loss if score.naive_loss > 0.0 else None


def end_error(card: Scorecard) -> float | None:
    """The mean error of the end, in hours; None if no balance ended."""
    return card.end_error_hours / card.ended if card.ended else None


# ---------------------------------------------------------------- forecasts


def _forecasts(series: SpendSeries, balance: Balance, runway: Runway | None) -> tuple[DayForecast, ...]:
    """Today's forecast by the projection, whether it is in use or not, to the cent; none if no whole day is known."""
    if not series.any_day_known:
        return ()
    paths = project_paths(spend_by_day(series, balance.at), series.today, WEEK)
    ends = None if runway is None or balance.available_amount <= 0 else ends_at(runway, 0.50)
    three_days, week = (_three(round(paths[i][days - 1], 2) for i in _INDEX) for days in (THREE_DAYS, WEEK))
    return (DayForecast(series.today, balance.at, three_days, week, ends),)


def naive_spend(history: Sequence[float | None], horizon: int) -> Three:
    """The last week again, as wide as weeks differ; the mean and its spread where fewer than 9 days are known."""
    known = [day for day in history if day is not None]
    mean = sum(known) / len(known)
    if len(known) < _WEEKLY_FROM:
        middle, spread = mean * horizon, _spread([day - mean for day in known]) + 0.3 * mean
    else:
        filled = [mean if day is None else day for day in history]
        middle = sum(filled[-WEEK:][n % WEEK] for n in range(horizon))
        pairs = zip(history, history[WEEK:], strict=False)
        spread = _spread([b - a for a, b in pairs if a is not None and b is not None])
    return _three(max(0.0, middle + score * spread * sqrt(horizon)) for score in _NORMAL_SCORES)


def _three(values: Iterable[float]) -> Three:
    low, middle, high = values
    return low, middle, high


def _spread(values: Sequence[float]) -> float:
    if not values:
        return 0.0
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values))


# ---------------------------------------------------------------- scores


def _score(card: Scorecard, forecast: DayForecast, series: SpendSeries) -> Scorecard:
    """Score a forecast whose week is over; a week with a day that is not known says nothing."""
    history = [
        None if d.certainty is Certainty.MISSING else float(d.amount) for d in series.days if d.day < forecast.day
    ]
    over = forecast.day + timedelta(days=WEEK)
    week = [d for d in series.days if forecast.day <= d.day < over and d.certainty is not Certainty.MISSING]
    if len(week) < WEEK or all(day is None for day in history):
        return card
    amounts = [float(d.amount) for d in week]
    return replace(
        card,
        three_days=_scored(card.three_days, forecast.three_days, history, sum(amounts[:THREE_DAYS]), THREE_DAYS),
        week=_scored(card.week, forecast.week, history, sum(amounts), WEEK),
    )


def _scored(
    score: HorizonScore, projected: Three, history: Sequence[float | None], spent: float, horizon: int
) -> HorizonScore:
    if not spent and not any(projected):
        return score
    plain = mean_of_last_week(history) * horizon
    low, middle, high = (
        FADING * below + _below(spent, amount, q)
        for below, amount, q in zip(score.below, projected, SCORED, strict=True)
    )
    return HorizonScore(
        days=score.days + 1,
        weight=FADING * score.weight + 1.0,
        below=(low, middle, high),
        loss=FADING * score.loss + _pinball(projected, spent),
        naive_loss=FADING * score.naive_loss + _pinball(naive_spend(history, horizon), spent),
        plain_loss=FADING * score.plain_loss + _pinball(_three(plain * m for m in _PLAIN), spent),
    )


def _below(spent: float, amount: float, quantile: float) -> float:
    """What a day counts of those below a quantile: at the quantile itself, which zero often is, what it foretells."""
    return quantile if spent == amount else float(spent < amount)


def _pinball(projected: Three, spent: float) -> float:
    """The mean over the quantiles of q times what was spent above, or 1 - q times what was spent below."""
    losses = [max(q * (spent - p), (q - 1.0) * (spent - p)) for q, p in zip(SCORED, projected, strict=True)]
    return sum(losses) / len(losses)


def _end(card: Scorecard, balance: Balance, topped_up_at: datetime | None) -> Scorecard:
    """Score the end of a balance once, by the forecast nearest to three days before; a top-up voids what was said."""
    if balance.available_amount > 0 or all(f.ends_at is None for f in card.pending):
        return card
    valid = [f for f in card.pending if f.ends_at and (topped_up_at is None or f.made_at > topped_up_at)]
    card = replace(card, pending=tuple(f._replace(ends_at=None) for f in card.pending))
    if not valid:
        return card
    best = min(valid, key=lambda f: abs(balance.at - f.made_at - _BEFORE_THE_END))
    assert best.ends_at is not None
    error = abs(balance.at - best.ends_at) / timedelta(hours=1)
    return replace(card, ended=card.ended + 1, end_error_hours=card.end_error_hours + error)
