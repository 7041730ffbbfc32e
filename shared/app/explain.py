"""Why an account is at its level: the readings, the spend, the projection and the lines, gathered."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.app.explain_ahead import lead_time_json, road_json, stakes_json
from shared.app.overview import last_balance, silence_line
from shared.consequences import before_zero, products_at_stake
from shared.figures import measure
from shared.frozen import frozen, replace
from shared.intraday import MEDIAN, Ahead, spend_ahead, spend_by_day
from shared.lead_time import lead_days
from shared.masking import mask_text
from shared.model import AccountState
from shared.policy import evaluate, road_ahead
from shared.projection_reasons import Explanation as Reasons
from shared.projection_reasons import explain_projection
from shared.runway import days_at, project_runway, projected_month_spend, suggest_top_up
from shared.scorecard import use_plain_lines
from shared.silences import matching
from shared.spend import spend_series, top_products

if TYPE_CHECKING:
    from datetime import datetime

    from shared.app.wiring import Stores
    from shared.config import Config, Policy
    from shared.consequences import Road, Stakes
    from shared.lead_time import LeadTime
    from shared.model import Account, Balance, Level, Runway, SpendSeries
    from shared.policy import Evaluation, Gauge
    from shared.silences import Silence
    from shared.snapshot import Figures

DAYS_SHOWN = 7
SHOWN = (0.10, 0.50, 0.90)
STALE = timedelta(minutes=90)
"""A reading this much older than the last run means that a run could not read the account."""


@frozen
class Projected:
    """What a runway rests on."""

    runway: Runway
    ahead: Ahead
    reasons: Reasons
    month: tuple[float, ...]
    """What the month will have cost, at the projection's quantiles."""


@frozen
class Explanation:
    """Everything that the level of an account rests on, as of its last reading."""

    account: Account
    state: AccountState
    policy: Policy
    last_run: datetime | None
    """When any account was last looked at."""
    balance: Balance | None = None
    series: SpendSeries | None = None
    projected: Projected | None = None
    figures: Figures | None = None
    evaluation: Evaluation | None = None
    silence: Silence | None = None
    """What mutes it now, at its level."""
    paying: bool = False
    """Whether money is said to be under way."""
    stakes: Stakes | None = None
    """What arrears would mean for its products."""
    road: Road | None = None
    """Below zero: what lies ahead of them."""

    @property
    def lead(self) -> LeadTime:
        """How long this customer needs to pay."""
        record = self.state.paid_after if self.policy.lead_time.measure else ()
        return lead_days(record, self.policy.lead_time.default_days)

    @property
    def held(self) -> tuple[tuple[Level, datetime, int], ...]:
        """Levels whose lines are crossed, but not yet for as long as the policy asks: since when, and for how long."""
        if self.evaluation is None:
            return ()
        hold, level = self.policy.hold_for, self.evaluation.level
        return tuple((one, since, hold.at(one)) for one, since in self.evaluation.entering if one > level)

    @property
    def unread_for(self) -> timedelta | None:
        """For how long the service has run without reading this account; None if its last run read it."""
        if self.balance is None or self.last_run is None or self.last_run - self.balance.at < STALE:
            return None
        return self.last_run - self.balance.at

    @property
    def left_by_now(self) -> Decimal | None:
        """What is likely left at the last run of a balance that was not read since."""
        if self.balance is None or self.projected is None or (since := self.unread_for) is None:
            return None
        spent = self.projected.runway.daily_spend[MEDIAN] * (since / timedelta(days=1))
        return self.balance.available_amount - Decimal(str(round(spent, 2)))


def explanation(account: Account, stores: Stores, config: Config, now: datetime) -> Explanation:
    """The reasoning, done again from what is stored; with what somebody said that holds ``now``."""
    states = {state.account_id: state for state in stores.states.load_states().values}
    state = states.get(account.account_id, AccountState(account.account_id))
    last_run = max((s.alert.seen_at for s in states.values() if s.alert.seen_at), default=None)
    until = state.alert.paying_until
    return replace(
        explain(account, state, config, last_run),
        silence=matching(stores.silences.load_silences(now).values, account, state.alert.level, now),
        paying=until is not None and now < until,
    )


def explain(account: Account, state: AccountState, config: Config, last_run: datetime | None) -> Explanation:
    """The reasoning from one account's memory."""
    policy = config.policy_for(account.account_id, account.policy)
    balance = last_balance(account, state)
    if balance is None:
        return Explanation(account, state, policy, last_run)
    series = spend_series(state.history, balance.currency, balance.at)
    figures = measure(
        balance, series, state.history, paid_after=state.paid_after, plain=use_plain_lines(state.scorecard)
    )
    evaluation = evaluate(state.alert, policy, figures)
    at_stake = products_at_stake(state.history.products)
    return Explanation(
        account=account,
        state=state,
        policy=policy,
        last_run=last_run,
        balance=balance,
        series=series,
        projected=_projected(state, series, balance),
        figures=figures,
        evaluation=evaluation,
        stakes=before_zero(at_stake),
        road=road_ahead(state.alert, policy, lambda: at_stake, figures),
    )


def _projected(state: AccountState, series: SpendSeries, balance: Balance) -> Projected | None:
    plain = use_plain_lines(state.scorecard)
    runway = project_runway(series, balance, plain=plain)
    ahead = spend_ahead(series, balance.at, plain=plain)
    month = projected_month_spend(series, balance.at, plain=plain)
    if runway is None or ahead is None or month is None:
        return None
    return Projected(runway, ahead, explain_projection(spend_by_day(series, balance.at), series.today), month)


def explanation_json(found: Explanation) -> dict[str, object]:
    """The reasoning as plain values."""
    alert = found.state.alert
    result: dict[str, object] = {
        "account_id": found.account.account_id,
        "policy": found.account.policy,
        "level": found.state.alert.level.label,
        "paused": found.account.paused,
        "read_at": None,
        "acknowledged_by": mask_text(alert.acknowledged_by) or None,
        "acknowledged_at": alert.acknowledged_at.isoformat() if alert.acknowledged_at else None,
        "failure": found.state.alert.failure or None,
        "reason": alert.reason or None,
        "because": {name: mask_text(value) for name, value in alert.because},
        "paying_by": mask_text(alert.paying_by) if found.paying else None,
        "silence": silence_line(found.silence),
        "paying_until": until.isoformat() if found.paying and (until := found.state.alert.paying_until) else None,
    }
    if found.balance is None or found.series is None or found.evaluation is None:
        return result
    runway = found.projected.runway if found.projected else None
    return result | {
        "available_amount": str(found.balance.available_amount),
        "currency": found.balance.currency,
        "former_currency": found.state.history.former_currency,
        "read_at": found.balance.at.isoformat(),
        "spend": [[d.day.isoformat(), str(d.amount), d.certainty] for d in found.series.days[-DAYS_SHOWN:]],
        "purchases": [[d.day.isoformat(), str(d.one_off)] for d in found.series.days[-DAYS_SHOWN:] if d.one_off],
        "spent_today": str(found.series.spent_today),
        "products": [
            [p.code, p.name, str(p.cost), None if p.before is None else str(p.before)]
            for p in top_products(found.state.history)
        ],
        "days_known": runway.days_known if runway else 0,
        "days_left": [_number(days_at(runway, q)) for q in SHOWN] if runway else None,
        "projection": _projection_json(found.projected),
        "gauges": [_gauge_json(gauge) for gauge in found.evaluation.gauges],
        "crossed": list(found.evaluation.crossed),
        "held": [[level.label, since.isoformat(), hours] for level, since, hours in found.held],
        "lead_time": lead_time_json(found),
        "stakes": None if found.stakes is None else stakes_json(found.stakes),
        "road": None if found.road is None else [road_json(one) for one in found.road.products],
        "top_up": str(suggest_top_up(found.balance, runway, found.policy.top_up_days)),
    }


def _projection_json(projected: Projected | None) -> dict[str, object] | None:
    if projected is None:
        return None
    reasons, ahead = projected.reasons, projected.ahead
    return {
        "plain_lines": projected.runway.plain,
        "reason": reasons.reason,
        "averages": [[days, round(amount, 2)] for days, amount in reasons.averages],
        "typical_day": round(reasons.typical_day, 2),
        "weekday_factors": [round(factor, 3) for factor in reasons.weekday_factors],
        "fee": round(reasons.fee, 2),
        "next_week": [round(amount, 2) for amount in (reasons.low_week, reasons.likely_week, reasons.high_week)],
        "today_against_usual": round(ahead.today, 3),
        "today_weight": round(ahead.weight, 3),
        "month": [round(projected.month[i], 2) for i in (1, 3, 5)],
    }


def _gauge_json(gauge: Gauge) -> dict[str, object]:
    return {
        "name": gauge.name,
        "value": None if gauge.value is None else str(gauge.value),
        "bands": [[level.label, str(band.enter), str(band.leave_at)] for level, band in gauge.bands],
    }


def _number(days: float) -> float | None:
    return None if math.isinf(days) else round(days, 2)
