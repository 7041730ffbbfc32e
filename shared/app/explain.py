"""Why an account is at its level: the readings, the spend, the projection and the lines, on one screen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.app.overview import last_balance
from shared.messages.words import level_name, minute, money
from shared.model import AccountState, Certainty, Language, Level
from shared.policy import evaluate
from shared.runway import days_at, ends_at, likely_daily_spend, probability_empty_within, project_runway, suggest_top_up
from shared.spend import last_top_up, spend_series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.app.wiring import Stores
    from shared.config import Config, Policy
    from shared.config.lines import Band, RisingBand
    from shared.model import Account, Balance, Runway, SpendSeries
    from shared.policy import Evaluation, Gauge

DAYS_SHOWN = 7
_QUANTILES = (0.10, 0.50, 0.90)
_GAUGES = {
    "runway": ("可用天数", "days of runway"),
    "risk": ("用完概率 %", "probability of running out, %"),
    "available_amount": ("可用额度", "available amount"),
    "month_budget": ("当月预算已用 %", "month's budget used, %"),
}
_CERTAINTIES = {
    Certainty.MEASURED: ("实测", "measured"),
    Certainty.ESTIMATED: ("估算", "estimated"),
    Certainty.MISSING: ("不全", "incomplete"),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that the level of an account rests on, as of its last reading."""

    account: Account
    state: AccountState
    policy: Policy
    balance: Balance | None
    series: SpendSeries | None = None
    runway: Runway | None = None
    evaluation: Evaluation | None = None


def explanation(account: Account, stores: Stores, config: Config) -> Explanation:
    """The reasoning, done again from what is stored."""
    states = {state.account_id: state for state in stores.states.load_states().values}
    state = states.get(account.account_id, AccountState(account.account_id))
    policy = config.policy_for(account.account_id, account.policy)
    balance = last_balance(account, state)
    if balance is None:
        return Explanation(account, state, policy, None)
    series = spend_series(state.history, balance.currency, balance.at)
    runway = project_runway(series, balance)
    return Explanation(
        account, state, policy, balance, series, runway, evaluate(state.alert, policy, balance, series, runway)
    )


def explanation_json(found: Explanation) -> dict[str, object]:
    """The reasoning as plain values."""
    result: dict[str, object] = {
        "account_id": found.account.account_id,
        "policy": found.account.policy,
        "level": found.state.alert.level.label,
        "failure": found.state.alert.failure or None,
    }
    if found.balance is None or found.series is None or found.evaluation is None:
        return result
    runway = found.runway
    return result | {
        "available_amount": str(found.balance.available_amount),
        "currency": found.balance.currency,
        "read_at": found.balance.at.isoformat(),
        "spend": [[d.day.isoformat(), str(d.amount), d.certainty] for d in found.series.days[-DAYS_SHOWN:]],
        "spent_today": str(found.series.spent_today),
        "days_known": runway.days_known if runway else 0,
        "days_left": [_number(days_at(runway, q)) for q in _QUANTILES] if runway else None,
        "gauges": [_gauge_json(gauge) for gauge in found.evaluation.gauges],
        "crossed": list(found.evaluation.crossed),
        "top_up": str(suggest_top_up(found.balance, found.runway, found.policy.top_up_days)),
    }


def explanation_text(found: Explanation, language: Language) -> str:
    """The reasoning in words."""
    return "\n".join(_sentences(found, language))


def _sentences(found: Explanation, language: Language) -> Iterator[str]:
    zh = language is Language.CHINESE
    alert = found.state.alert
    level = level_name(alert.level, language)
    yield (
        f"{found.account.name}（{found.account.account_id}）"
        if zh
        else f"{found.account.name} ({found.account.account_id})"
    )
    since = minute(alert.since, language) if alert.since else "—"
    if found.balance is not None:
        yield f"级别：{level}，自 {since}" if zh else f"Level: {level}, since {since}"
    if alert.failure:
        yield (
            f"已连续 {alert.failed_runs} 次读取失败（{alert.failure}）；以下是最后读到的情况，读不到不等于没问题。"
            if zh
            else f"Failed to read it {alert.failed_runs} times in a row ({alert.failure}); below is what was last seen."
        )
    if found.balance is None or found.series is None or found.evaluation is None:
        yield "还没有读到过这个账号。" if zh else "The account was never read."
        return
    yield from _balance_lines(found, found.balance, zh=zh, language=language)
    yield from _spend_lines(found.series, zh=zh, language=language)
    if found.runway is None:
        yield "刚开始看护，还说不出能用几天。" if zh else "Watched too short a time to say how long it lasts."
    else:
        yield from _runway_lines(found.runway, found.series.currency, zh=zh, language=language)
    yield "判断：" if zh else "Lines:"
    for gauge in found.evaluation.gauges:
        yield "  " + _gauge_line(gauge, found.evaluation, zh=zh, language=language)
    yield from _conclusion(found, found.balance, found.runway, zh=zh, language=language)


def _balance_lines(found: Explanation, balance: Balance, *, zh: bool, language: Language) -> Iterator[str]:
    amount = money(balance.available_amount, balance.currency, language)
    at = minute(balance.at, language)
    yield (
        f"可用额度：{amount}（{at} 读取；不含代金券）"
        if zh
        else f"Available: {amount} (read {at}; vouchers not counted)"
    )
    if paid := last_top_up(found.state.history):
        sum_, when = money(paid.amount, balance.currency, language), minute(paid.at, language)
        yield f"最近一次充值：{sum_}，{when}" if zh else f"Last top-up: {sum_}, {when}"


def _spend_lines(series: SpendSeries, *, zh: bool, language: Language) -> Iterator[str]:
    yield "近几日消费：" if zh else "Spend of the last days:"
    for day in series.days[-DAYS_SHOWN:]:
        words = _CERTAINTIES[day.certainty][0 if zh else 1]
        yield f"  {day.day:%m-%d}  {money(day.amount, series.currency, language):>14}  {words}"
    today = money(series.spent_today, series.currency, language)
    yield f"  今天   {today:>14}  到目前为止" if zh else f"  today  {today:>14}  so far"


def _runway_lines(runway: Runway, currency: str, *, zh: bool, language: Language) -> Iterator[str]:
    days = [days_at(runway, q) for q in _QUANTILES]
    shown = " / ".join("—" if math.isinf(d) else f"{d:.1f}" for d in days)
    daily = money(likely_daily_spend(runway), currency, language)
    low, high = (money(_two_places(runway.daily_spend[i]), currency, language) for i in (1, 5))
    if zh:
        yield f"预计每天消费 {daily}（十有八九在 {low} 到 {high} 之间），依据 {runway.days_known} 天的记录"
        yield f"预计还能用（早 / 可能 / 晚）：{shown} 天"
    else:
        yield f"Expected spend a day: {daily} (8 times in 10 between {low} and {high}), from {runway.days_known} days"
        yield f"Expected to last (early / likely / late): {shown} days"
    moments = [ends_at(runway, q) for q in _QUANTILES]
    if moments[1] is not None:
        words = " / ".join(minute(at, language) if at else "—" for at in moments)
        yield f"用完时刻（早 / 可能 / 晚）：{words}" if zh else f"Ends (early / likely / late): {words}"
    share = 100 * probability_empty_within(runway, 3)
    yield f"3 天内用完的概率：{share:.0f}%" if zh else f"Probability of being empty within 3 days: {share:.0f}%"


def _gauge_line(gauge: Gauge, evaluation: Evaluation, *, zh: bool, language: Language) -> str:
    name = _GAUGES[gauge.name][0 if zh else 1]
    value = ("未知" if zh else "unknown") if gauge.value is None else _plain(gauge.value)
    lines = ("；" if zh else "; ").join(
        _band_words(level, band, zh=zh, language=language) for level, band in gauge.bands
    )
    hit = next((c for c in evaluation.crossed if c.startswith(f"{gauge.name}.")), None)
    reached = level_name(Level.of(hit.partition(".")[2]), language) if hit else ("未越线" if zh else "not crossed")
    return f"{name} {value} → {reached}（{lines}）" if zh else f"{name} {value} -> {reached} ({lines})"


def _band_words(level: Level, band: Band | RisingBand, *, zh: bool, language: Language) -> str:
    falling = hasattr(band, "enter_below")
    sign = ("低于" if falling else "高于") if zh else ("below" if falling else "above")
    leave = "，回到 {} 解除" if zh else ", left at {}"
    return f"{level_name(level, language)} {sign} {_plain(band.enter)}" + leave.format(_plain(band.leave_at))


def _conclusion(
    found: Explanation, balance: Balance, runway: Runway | None, *, zh: bool, language: Language
) -> Iterator[str]:
    alert = found.state.alert
    told = minute(alert.told_at, language) if alert.told_at else None
    if told:
        yield (
            f"上次通知：{told}，本级别已重复 {alert.repeats} 次"
            if zh
            else f"Last told: {told}, repeated {alert.repeats} times"
        )
    else:
        yield "还没有通知过。" if zh else "Nobody was told yet."
    top_up = suggest_top_up(balance, runway, found.policy.top_up_days)
    if top_up:
        amount, days = money(top_up, balance.currency, language), found.policy.top_up_days
        yield f"建议充值 {amount}，可再用约 {days} 天" if zh else f"Suggested top-up: {amount}, for about {days} days"


def _gauge_json(gauge: Gauge) -> dict[str, object]:
    return {
        "name": gauge.name,
        "value": None if gauge.value is None else str(gauge.value),
        "bands": [[level.label, str(band.enter), str(band.leave_at)] for level, band in gauge.bands],
    }


def _number(days: float) -> float | None:
    return None if math.isinf(days) else round(days, 2)


def _two_places(amount: float) -> Decimal:
    return Decimal(str(round(amount, 2)))


def _plain(value: Decimal) -> str:
    if value.is_infinite():
        return "∞"
    digits = f"{value:.2f}"
    return digits.rstrip("0").rstrip(".")
