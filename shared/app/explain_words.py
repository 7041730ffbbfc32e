"""An explanation in words that a finance person can follow, and redo on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.app.explain_ahead import held_lines, lead_line, reason_line, stakes_lines
from shared.app.explain_spend import reason_lines, runway_lines, spend_lines
from shared.decisions import Reason as Decided
from shared.masking import mask_text
from shared.messages.line_words import gauge_name
from shared.messages.words import cause_words, duration, level_name, minute, money
from shared.model import Language, Level
from shared.runway import suggest_top_up
from shared.spend import last_top_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from shared.app.explain import Explanation
    from shared.config.lines import Band, RisingBand
    from shared.model import Balance, Runway
    from shared.policy import Evaluation, Gauge

_AMOUNT = "available_amount"
"""The one kind of line that is drawn on money; the others are days and percent."""


def explanation_text(found: Explanation, language: Language) -> str:
    """The reasoning in words."""
    return "\n".join(_sentences(found, language))


def _sentences(found: Explanation, language: Language) -> Iterator[str]:
    zh = language is Language.CHINESE
    yield from _level_lines(found, zh=zh, language=language)
    if found.balance is None or found.series is None or found.evaluation is None:
        yield "还没有读到过这个账号。" if zh else "The account was never read."
        return
    yield from _balance_lines(found, found.balance, zh=zh, language=language)
    yield from spend_lines(found, found.series, zh=zh, language=language)
    if found.projected is None:
        yield "刚开始看护，还说不出能用几天。" if zh else "Watched too short a time to say how long it lasts."
    else:
        yield from reason_lines(found, found.projected, found.series, zh=zh, language=language)
        yield from runway_lines(found.projected, found.series, found.balance, zh=zh, language=language)
    yield "判断：" if zh else "Lines:"
    for gauge in found.evaluation.gauges:
        yield "  " + _gauge_line(gauge, found.evaluation, found.balance.currency, zh=zh, language=language)
    yield from held_lines(found, language)
    if found.figures is not None and (lead := lead_line(found, found.figures, language)):
        yield lead
    yield from stakes_lines(found, language)
    runway = found.projected.runway if found.projected else None
    yield from _conclusion(found, found.balance, runway, zh=zh, language=language)


def _level_lines(found: Explanation, *, zh: bool, language: Language) -> Iterator[str]:
    alert, account = found.state.alert, found.account
    yield f"{account.name}（{account.account_id}）" if zh else f"{account.name} ({account.account_id})"
    level = level_name(alert.level, language) if found.balance else ("未知" if zh else "Unknown")
    since = ("，自 " if zh else ", since ") + minute(alert.since, language) if alert.since else ""
    yield f"级别：{level}{since}" if zh else f"Level: {level}{since}"
    if account.paused:
        yield "已暂停看护：不读取，也不通知。" if zh else "Paused: it is neither read nor spoken of."
    if reason := reason_line(found, language):
        yield reason
    yield from _said_lines(found, zh=zh, language=language)
    if alert.failure:
        cause = cause_words(alert.failure, language)
        yield (
            f"已连续 {alert.failed_runs} 次读取失败（{cause}）；以下是最后读到的情况，读不到不等于没问题。"
            if zh
            else f"The last {alert.failed_runs} runs could not read it ({cause}); below is what was last seen."
        )


def _said_lines(found: Explanation, *, zh: bool, language: Language) -> Iterator[str]:
    """With which word of somebody's less is told now."""
    alert, silence = found.state.alert, found.silence
    if alert.acknowledged_at is not None and alert.reason != Decided.ACKNOWLEDGED:
        who, since = mask_text(alert.acknowledged_by), minute(alert.acknowledged_at, language)
        yield (
            f"已知悉：{who}，{since}；本级别不再重复"
            if zh
            else f"Acknowledged by {who}, {since}: no repeats at this level"
        )
    if silence is not None:
        who, why, until = mask_text(silence.author), mask_text(silence.reason), minute(silence.until, language)
        level = level_name(silence.up_to, language)
        yield (
            f"静默 {silence.silence_id}：{who}，至 {until}，级别不高于“{level}”；原因：{why}"
            if zh
            else f"Silence {silence.silence_id}: by {who}, until {until}, up to {level}; because: {why}"
        )
    if found.paying and alert.paying_until is not None:
        who, until = mask_text(alert.paying_by), minute(alert.paying_until, language)
        yield f"付款在途：{who} 说的，等到 {until}" if zh else f"Money is under way, says {who}; waiting until {until}"


def _balance_lines(found: Explanation, balance: Balance, *, zh: bool, language: Language) -> Iterator[str]:
    amount = money(balance.available_amount, balance.currency, language)
    at = minute(balance.at, language)
    yield (
        f"可用额度：{amount}（{at} 读取；不含代金券）"
        if zh
        else f"Available: {amount} (read {at}; vouchers not counted)"
    )
    if balance.credit_amount:
        line = money(balance.credit_amount, balance.currency, language)
        yield f"  其中信用额度 {line}" if zh else f"  of which credit line: {line}"
    if (unread := found.unread_for) and (left := found.left_by_now) is not None:
        now, ago = money(left, balance.currency, language), duration(unread, language)
        yield (
            f"  这是{ago}前的数，此后没有读到；按预计消费，现在大约剩 {now}"
            if zh
            else f"  That was {ago} ago and was not read since; at the expected spend about {now} is left by now"
        )
    if former := found.state.history.former_currency:
        yield (
            f"  币种由 {former} 改为 {balance.currency}：此前的记录不计入"
            if zh
            else f"  The currency was {former} before: what was spent in it is not counted"
        )
    if paid := last_top_up(found.state.history):
        sum_, when = money(paid.amount, balance.currency, language), minute(paid.at, language)
        yield f"最近一次充值：{sum_}，{when}" if zh else f"Last top-up: {sum_}, {when}"


# ---------------------------------------------------------------- lines and conclusion


def _gauge_line(gauge: Gauge, evaluation: Evaluation, currency: str, *, zh: bool, language: Language) -> str:
    def said(value: Decimal) -> str:
        return money(value, currency, language) if gauge.name == _AMOUNT else _plain(value)

    name = gauge_name(gauge.name, language)
    shown = gauge.value if gauge.value is None or gauge.name == _AMOUNT else _one_place(gauge.value)
    value = ("未知" if zh else "unknown") if shown is None else said(shown)
    lines = ("；" if zh else "; ").join(
        _band_words(level, band, said, zh=zh, language=language) for level, band in gauge.bands
    )
    hit = next((c for c in evaluation.crossed if c.startswith(f"{gauge.name}.")), None)
    reached = level_name(Level.of(hit.partition(".")[2]), language) if hit else ("未越线" if zh else "not crossed")
    return f"{name} {value} → {reached}（{lines}）" if zh else f"{name} {value} -> {reached} ({lines})"


def _band_words(
    level: Level, band: Band | RisingBand, said: Callable[[Decimal], str], *, zh: bool, language: Language
) -> str:
    falling = hasattr(band, "enter_below")
    sign = ("低于" if falling else "高于") if zh else ("below" if falling else "above")
    leave = "，回到 {} 解除" if zh else ", left at {}"
    return f"{level_name(level, language)} {sign} {said(band.enter)}" + leave.format(said(band.leave_at))


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
        yield (
            f"建议充值 {amount}，充后共够用约 {days} 天"
            if zh
            else f"Suggested top-up: {amount}, enough for about {days} days in all"
        )


def _one_place(value: Decimal) -> Decimal:
    return value if value.is_infinite() else round(value, 1)


def _plain(value: Decimal) -> str:
    if value.is_infinite():
        return "∞"
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
