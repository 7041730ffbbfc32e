"""What an explanation says of spend: what was spent, what will be, and how long the balance lasts."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.app.explain import DAYS_SHOWN, SHOWN
from shared.intraday import MEDIAN
from shared.messages.mail_sections import product_line
from shared.messages.words import minute, money
from shared.model import Certainty, Language, shanghai_day
from shared.projection import QUANTILES
from shared.projection_reasons import Reason
from shared.runway import days_at, ends_at, likely_daily_spend, probability_empty_within
from shared.scorecard import ENOUGH, against_naive, coverage
from shared.spend import top_products

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.app.explain import Explanation, Projected
    from shared.model import Balance, SpendSeries

_WEEKDAYS = (
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
)
_CERTAINTIES = {
    Certainty.MEASURED: ("实测", "measured"),
    Certainty.ESTIMATED: ("估算", "estimated"),
    Certainty.MISSING: ("不全，不作依据", "incomplete, not used"),
}
_REASONS = {
    Reason.NOTHING_KNOWN: ("还没有完整的一天", "no whole day is known yet"),
    Reason.NO_SPEND: ("有记录的日子都没有消费", "nothing was spent on any known day"),
    Reason.FEW_DAYS: ("记录不足 7 天，范围放得很宽", "fewer than 7 days are known, so the range is wide"),
    Reason.JUMP: (
        "最近 {jump_days} 天是之前的 {jump:.1f} 倍：可能是一时，也可能从此如此，所以范围宽",
        "the last {jump_days} day(s) cost {jump:.1f} times what was usual: for good or not, so the range is wide",
    ),
    Reason.DROP: (
        "最近 {jump_days} 天只有之前的 {percent:.0f}%：可能是一时，也可能从此如此，所以范围宽",
        "the last {jump_days} day(s) cost {percent:.0f}% of what was usual: for good or not, so the range is wide",
    ),
    Reason.MONTHLY_FEE: ("两周之内有一笔月初费用", "a fee on the first of a month falls into the next two weeks"),
    Reason.IRREGULAR: ("消费时多时少，范围宽", "spend comes in bursts, so the range is wide"),
    Reason.RISING: (
        "最近一周是前三周的 {trend:.2f} 倍，在上升",
        "rising: the last week is {trend:.2f} times the three before",
    ),
    Reason.FALLING: (
        "最近一周是前三周的 {trend:.2f} 倍，在下降",
        "falling: the last week is {trend:.2f} times the three before",
    ),
    Reason.WEEKDAYS: ("平日与周末差别明显，已分别计算", "weekdays differ much, and are told apart"),
    Reason.STEADY: ("消费平稳", "spend is steady"),
}
_SHOWN = tuple(QUANTILES.index(q) for q in SHOWN)
_DAYS_SUMMED = 7
_DIFFERENT = 0.05
"""Weekday factors within this of 1 are not worth a line."""


# ---------------------------------------------------------------- spend


def spend_lines(found: Explanation, series: SpendSeries, *, zh: bool, language: Language) -> Iterator[str]:
    """What was spent of late, day by day, and on what."""
    yield (
        "近几日消费（当天可用额度的减少，充值和退款已扣除）："
        if zh
        else "Spend of the last days (the fall of the available amount, top-ups and refunds taken out):"
    )
    for day in series.days[-DAYS_SHOWN:]:
        weekday, certainty = _WEEKDAYS[day.day.weekday()][not zh], _CERTAINTIES[day.certainty][not zh]
        line = f"  {day.day:%m-%d} {weekday}  {money(day.amount, series.currency, language):>14}  {certainty}"
        if day.one_off:
            bought = money(day.one_off, series.currency, language)
            line += f"；另有一次性购买 {bought}，不算日常消费" if zh else f"; bought once besides: {bought}, not burn"
        yield line
    today = money(series.spent_today, series.currency, language)
    yield f"  今天至今  {today}" if zh else f"  today so far  {today}"
    if products := top_products(found.state.history):
        parts = [product_line(product, series.currency, language) for product in products]
        yield f"费用最高的产品（最近一份日账单）：{'，'.join(parts)}" if zh else f"Dearest products: {'; '.join(parts)}"


# ---------------------------------------------------------------- projection


def reason_lines(
    found: Explanation, projected: Projected, series: SpendSeries, *, zh: bool, language: Language
) -> Iterator[str]:
    """How the projection comes about, in figures to redo, and how good it was."""
    if projected.runway.plain:
        yield (
            "怎么估的：这个账号的预测近来不准，改用简单估算：最近 7 天的日均，早晚各放宽到两倍和一半"
            if zh
            else "How it is projected: the projection did badly here of late, so plain lines are used: the mean of the"
            " last 7 days, and twice and half of it as early and late"
        )
    elif all(day.certainty is Certainty.MISSING for day in series.days):
        yield (
            "怎么估的：还没有完整的一天，把至今的消费折算成一天，范围放得很宽"
            if zh
            else "How it is projected: no whole day is known, so the spend so far stands for a day, with a wide range"
        )
    else:
        yield from _paper_lines(projected, series, zh=zh, language=language)
    if projected.ahead.weight > 0.0:
        yield _today_line(projected, series, zh=zh, language=language)
    if found.state.scorecard.week.days >= ENOUGH and projected.reasons.typical_day > 0.0:
        yield _score_line(found, zh=zh)


def _paper_lines(projected: Projected, series: SpendSeries, *, zh: bool, language: Language) -> Iterator[str]:
    reasons = projected.reasons

    def said(amount: float) -> str:
        return _about(amount, series.currency, language)

    words = _REASONS[reasons.reason][not zh].format(
        jump_days=reasons.jump_days, jump=reasons.jump, percent=100 * reasons.jump, trend=reasons.trend or 1.0
    )
    if reasons.typical_day <= 0.0:
        yield f"怎么估的：{words}" if zh else f"How it is projected: {words}"
        return
    yield f"怎么估的（{words}）：" if zh else f"How it is projected ({words}):"
    windows = [(days, amount) for days, amount in reasons.averages if days <= len(series.days)]
    if len(windows) < len(reasons.averages):
        windows.append((min(len(series.days), reasons.averages[-1][0]), reasons.averages[-1][1]))
    typical = said(reasons.typical_day)
    if zh:
        yield f"  日均：{'、'.join(f'近 {days} 天 {said(amount)}' for days, amount in windows)}"
        yield f"  平常的一天：近 2、4、7、14、28、90 天（不足的取全部）六个日均的几何平均 = {typical}"
    else:
        yield f"  mean day of the last {', '.join(f'{days} days {said(amount)}' for days, amount in windows)}"
        yield f"  a typical day: the geometric mean of the six of 2, 4, 7, 14, 28, 90 days (or of all) = {typical}"
    if any(abs(factor - 1.0) > _DIFFERENT for factor in reasons.weekday_factors):
        factors = " ".join(
            f"{names[not zh]} ×{f:.2f}" for names, f in zip(_WEEKDAYS, reasons.weekday_factors, strict=True)
        )
        yield (
            f"  各天是平常的几倍：{factors}（以上日均已除去这一差别）"
            if zh
            else f"  weekdays: {factors} (taken out of the means above)"
        )
    if reasons.fee > 0.0:
        first = series.today + timedelta(days=reasons.days_to_first - 1)
        yield (
            f"  每月 1 日另有约 {said(reasons.fee)}（见过 {reasons.fees_seen} 次），下次 {first:%m-%d}"
            if zh
            else f"  on the first of a month about {said(reasons.fee)} more (seen {reasons.fees_seen} times),"
            f" next {first:%m-%d}"
        )
    low, plain, likely, high = map(said, (reasons.low_week, reasons.plain_week, reasons.likely_week, reasons.high_week))
    if zh:
        yield f"  照此 7 天共 {plain}；走势相像的账号，后来多是照此算的 {reasons.experience:.2f} 倍"
        yield f"  所以 7 天估 {likely}（10 次有 8 次在 {low} 到 {high} 之间）"
    else:
        yield f"  by this 7 days cost {plain}; accounts with such a past cost {reasons.experience:.2f} times that"
        yield f"  hence 7 days are put at {likely} (8 times in 10 between {low} and {high})"


def _today_line(projected: Projected, series: SpendSeries, *, zh: bool, language: Language) -> str:
    spent, weight = money(series.spent_today, series.currency, language), 100 * projected.ahead.weight
    times = projected.ahead.today
    return (
        f"  今天至今 {spent}，是此刻应有的 {times:.1f} 倍：以下按 {weight:.0f}% 的分量把今天也算了进去"
        if zh
        else f"  today's {spent} so far are {times:.1f} times what was expected by now:"
        f" today counts with {weight:.0f}% of its weight in what follows"
    )


def _score_line(found: Explanation, *, zh: bool) -> str:
    week = found.state.scorecard.week
    low, _, high = coverage(week)
    inside, ratio = 100 * (high - low), against_naive(week)
    told = "—" if ratio is None else f"{ratio:.2f}"
    return (
        f"  过去的成绩：{week.days} 次 7 天预测，{inside:.0f}% 落在范围内（应为 80%）；误差是照搬上周的 {told} 倍"
        if zh
        else f"  how it did so far: of {week.days} forecasts of 7 days {inside:.0f}% came out in their range"
        f" (80% should); its loss is {told} times that of taking the last week again"
    )


def runway_lines(
    projected: Projected, series: SpendSeries, balance: Balance, *, zh: bool, language: Language
) -> Iterator[str]:
    """What lies ahead: spend, the end, and the month."""
    runway, currency = projected.runway, balance.currency
    daily = likely_daily_spend(runway)
    low, likely, high = (_about(runway.daily_spend[i], currency, language) for i in _SHOWN)
    if daily > 0:
        known = f" {runway.days_known} 天" if runway.days_known else "不到一天"
        yield (
            f"今后两周平均每天约 {likely}（10 次有 8 次在 {low} 到 {high} 之间），依据{known}的记录"
            if zh
            else f"The next two weeks cost about {likely} a day (8 times in 10 between {low} and {high});"
            f" whole days known: {runway.days_known}"
        )
    if balance.available_amount > 0:
        yield from _end_lines(projected, series, balance, zh=zh, language=language)
    else:
        yield "余额已经用完。" if zh else "Nothing is left."
    month = [_about(projected.month[i], currency, language) for i in _SHOWN]
    begun = series.since is not None and shanghai_day(series.since) > series.today.replace(day=1)
    since = "" if not begun else "，从开始看护算起" if zh else ", since it is watched"
    yield (
        f"全月预计共 {month[1]}（{month[0]} 到 {month[2]}，含一次性购买{since}）"
        if zh
        else f"The whole month: about {month[1]} ({month[0]} to {month[2]}, purchases included{since})"
    )


def _end_lines(
    projected: Projected, series: SpendSeries, balance: Balance, *, zh: bool, language: Language
) -> Iterator[str]:
    runway = projected.runway
    yield from _sum_line(projected, series, balance, zh=zh, language=language)
    shown = " / ".join(_days(days_at(runway, q), zh=zh) for q in SHOWN)
    yield f"预计还能用（早 / 可能 / 晚）：{shown}" if zh else f"Expected to last (early / likely / late): {shown}"
    moments = [ends_at(runway, q) for q in SHOWN]
    if moments[1] is not None:
        words = " / ".join(minute(at, language) if at else "—" for at in moments)
        yield f"用完时刻（早 / 可能 / 晚）：{words}" if zh else f"Ends (early / likely / late): {words}"
    share = 100 * probability_empty_within(runway, 3)
    yield f"3 天内用完的概率：{share:.0f}%" if zh else f"Probability of being empty within 3 days: {share:.0f}%"


def _sum_line(
    projected: Projected, series: SpendSeries, balance: Balance, *, zh: bool, language: Language
) -> Iterator[str]:
    """What the balance is set against: the likely sums to the end of each day up to the last, or a plain division."""
    left, currency = float(balance.available_amount), balance.currency
    path = projected.ahead.paths[MEDIAN]
    last = next((n for n, amount in enumerate(path) if amount >= left), None)
    if last is not None and last <= _DAYS_SUMMED:
        sums = [
            f"{series.today + timedelta(days=n):%m-%d} {_about(amount, currency, language)}"
            for n, amount in enumerate(path[: last + 1])
        ]
        said = "、".join(sums) if zh else ", ".join(sums)
        yield f"  从现在起累计到各日 24 时：{said}" if zh else f"  summed from now to the end of each day: {said}"
    elif (daily := likely_daily_spend(projected.runway)) > 0:
        amount, a_day = money(balance.available_amount, currency, language), money(daily, currency, language)
        days = balance.available_amount / daily
        yield (
            f"  验算：{amount} ÷ {a_day} ≈ {days:.1f} 天"
            if zh
            else f"  by division: {amount} / {a_day} = {days:.1f} days"
        )


def _days(days: float, *, zh: bool) -> str:
    if math.isinf(days):
        return "看不到头" if zh else "not in sight"
    return f"{days:.1f} 天" if zh else f"{days:.1f} days"


def _about(amount: float, currency: str, language: Language) -> str:
    """A projected amount: from 100 on without cents, which nobody can foresee."""
    return money(Decimal(str(round(amount, 0 if amount >= 100 else 2))), currency, language)  # noqa: PLR2004
