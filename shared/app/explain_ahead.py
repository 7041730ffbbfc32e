"""What an explanation says besides the balance: why people were told or not, how soon they pay, what is at stake."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.app.policy_words import figure_words, reason_text
from shared.calendar import unknown_years
from shared.decisions import Reason
from shared.lead_time import ENOUGH
from shared.messages.consequence_words import stakes_sentence
from shared.messages.mail_sections import by_release, road_line
from shared.messages.words import level_name, minute
from shared.model import Language
from shared.policy import risk_horizon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.app.explain import Explanation
    from shared.consequences import ProductRoad, Stakes
    from shared.snapshot import Figures

ROAD_SHOWN = 4
"""Products whose road fits on the screen with all the rest."""


def reason_line(found: Explanation, language: Language) -> str | None:
    """Why people were told something in the last run, or nothing, with the figures; None before the first."""
    alert, zh = found.state.alert, language is Language.CHINESE
    if not alert.reason:
        return None
    known = alert.reason in set(Reason)
    reason = reason_text(Reason(alert.reason), language) if known else alert.reason
    figures = [figure_words(name, value, language, found.account.currency) for name, value in alert.because]
    if zh:
        return f"上次运行：{reason}" + (f"（{'，'.join(figures)}）" if figures else "")
    return f"Last run: {reason}" + (f" ({', '.join(figures)})" if figures else "")


def lead_line(found: Explanation, figures: Figures, language: Language) -> str | None:
    """The horizon of the risk and what it is made of; None where the policy looks at no risk."""
    risk, lead, zh = found.policy.risk, found.lead, language is Language.CHINESE
    if risk is None:
        return None
    days = risk_horizon(risk, found.policy, figures)
    if risk.within_days is not None:
        return f"风险看今后 {days:g} 天（固定）" if zh else f"Risk: within the next {days:g} days (fixed)"
    years = unknown_years(figures.at, figures.at + timedelta(days=days))
    said, source = ", ".join(map(str, years)), _lead_source(found, zh=zh)
    if zh:
        plain = f"；{said} 年的节假日未知，只避开周末" if years else ""
        return (
            f"付款需要 {lead.days:f} 个工作日（{source}）；风险看 {risk.within_lead_times:f} 倍，"
            f"即今后 {days:.1f} 天{plain}"
        )
    plain = f"; holidays of {said} are not known, weekends only" if years else ""
    return (
        f"Paying takes {lead.days:f} working days ({source}); risk: {risk.within_lead_times:f} times that,"
        f" the next {days:.1f} days{plain}"
    )


def _lead_source(found: Explanation, *, zh: bool) -> str:
    """What the lead time rests on: until there are enough payments the default counts, unless one was slower."""
    lead, many = found.lead, found.lead.measured
    if not found.policy.lead_time.measure:
        return "默认，策略不看付款记录" if zh else "the default, as the policy does not measure"
    if lead.by_default:
        if zh:
            return f"默认，记录 {many} 次；满 {ENOUGH} 次付款前仍按默认"
        return f"the default until {ENOUGH} payments are known, {many} so far"
    if many < ENOUGH:
        if zh:
            return f"按这个客户的 {many} 次付款，比默认慢"
        return f"from {many} {'payment' if many == 1 else 'payments'} of this customer's, slower than the default"
    return f"按这个客户的 {many} 次付款" if zh else f"from {many} payments of this customer's"


def held_lines(found: Explanation, language: Language) -> Iterator[str]:
    """Lines that are crossed, but not yet for long enough."""
    for level, since, hours in found.held:
        name, at = level_name(level, language), minute(since, language)
        if language is Language.CHINESE:
            yield f"  “{name}”已越线（自 {at}），持续满 {hours} 小时才算"
        else:
            yield f"  the line of {name} is crossed since {at}, and counts after {hours} hours"


def stakes_lines(found: Explanation, language: Language) -> Iterator[str]:
    """What stops and is released: below zero product by product, above it in one line."""
    zh = language is Language.CHINESE
    if found.road is not None and found.road.products:
        yield "欠费后的进程：" if zh else "The road below zero:"
        shown = by_release(found.road)[:ROAD_SHOWN]
        for one in shown:
            yield "  " + road_line(one, found.road.as_of, language)
        if more := len(found.road.products) - len(shown):
            yield f"  另有 {more} 项产品，--json 列出全部" if zh else f"  {more} more products; --json has them all"
    elif found.road is None and found.stakes is not None and (said := stakes_sentence(found.stakes, language)):
        yield f"如果欠费：{said}" if zh else f"In arrears: {said}"


# ---------------------------------------------------------------- as plain values


def lead_time_json(found: Explanation) -> dict[str, object] | None:
    """The lead time and the horizon of the risk."""
    risk, figures, lead = found.policy.risk, found.figures, found.lead
    if risk is None or figures is None:
        return None
    days = risk_horizon(risk, found.policy, figures)
    return {
        "working_days": str(lead.days),
        "payments": lead.measured,
        "by_default": lead.by_default,
        "fixed": risk.within_days is not None,
        "horizon_days": round(days, 2),
        "unknown_years": list(unknown_years(figures.at, figures.at + timedelta(days=days))),
    }


def road_json(one: ProductRoad) -> dict[str, object]:
    """What lies ahead of one product."""
    return {
        "product": one.rule.key,
        "state": one.state.value,
        "stops_at": None if one.stops_at is None else one.stops_at.isoformat(),
        "release_at": None if one.release_at is None else one.release_at.isoformat(),
        "earliest": one.earliest,
        "source": one.rule.source or None,
        "source_kind": one.rule.source_kind.value,
    }


def stakes_json(stakes: Stakes) -> dict[str, object]:
    """What arrears would mean."""
    return {
        "at_once": [rule.key for rule in stakes.at_once],
        "retention_days": None if stakes.shortest_retention is None else stakes.shortest_retention.days,
        "released_first": [rule.key for rule in stakes.released_first],
        "unknown": [rule.key for rule in stakes.unknown],
    }
