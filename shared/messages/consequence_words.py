"""What stops and what is released, in words: sentences for a mail, one phrase for the variable of an SMS.

What is not known is said to be unknown. Phrases hold nothing but Chinese characters, letters, digits and spaces, 35
characters at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.consequences import MilestoneKind, State
from shared.consequences_data import CountsFrom
from shared.messages import words
from shared.messages.variables import VARIABLE_LIMIT, plain_variable
from shared.model import Language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from shared.consequences import Milestone, ProductRoad, Road, Stakes
    from shared.consequences_data import ProductRule

_UNKNOWN: Final = {
    Language.CHINESE: "$name：停服和数据释放的规则未知，请在控制台确认。",
    Language.ENGLISH: "$name: when it stops and is released is unknown, please check in the console.",
}


def product_name(rule: ProductRule, language: Language) -> str:
    """What a product is called; one that is not in the table as its bill says."""
    return words.one_line(rule.english if language is Language.ENGLISH else rule.chinese)


def road_sentence(one: ProductRoad, language: Language, now: datetime | None = None) -> str:
    """Where a product stands and what lies ahead of it: one line for a mail.

    With ``now``, of an earliest release that has passed it says that it may come at any time.
    """
    name = product_name(one.rule, language)
    if not one.rule.known:
        return _UNKNOWN[language].replace("$name", name)
    if language is Language.ENGLISH:
        return f"{name}: {', '.join([_standing_en(one), *_ahead_en(one, now)])}."
    return f"{name}：{'，'.join([_standing_zh(one), *_ahead_zh(one, now)])}。"


def stakes_sentence(stakes: Stakes, language: Language) -> str:
    """What arrears would mean, for a warning above zero: one line; empty if nothing is known."""
    english = language is Language.ENGLISH
    parts = []
    if stakes.at_once:
        names = _names(stakes.at_once, language)
        parts.append(f"{names} has no grace and stops at once" if english else f"{names}没有延停，欠费即停")
    if stakes.shortest_retention is not None:
        names, days = _names(stakes.released_first, language), stakes.shortest_retention.days
        since = _since(stakes.released_first, language)
        parts.append(f"{names}: released {days} days after {since}" if english else f"{names}{since} {days} 天释放数据")
    if not parts:
        return ""
    return ("; ".join(parts) + ".") if english else ("；".join(parts) + "。")


def road_phrase(road: Road, language: Language) -> str:
    """The next release for the variable of an SMS; never empty."""
    first = road.next_release
    english = language is Language.ENGLISH
    if first is None or first.release_at is None:
        return unknown_phrase(language)
    name, at = product_name(first.rule, language), words.hour(first.release_at, language)
    if english:  # the day without its hour: a colon is a symbol
        return _phrase(f"{name} kept {'at least to' if first.earliest else 'until'} {at.rpartition(' ')[0]}")
    return _phrase(f"{name}数据{'最早' if first.earliest else ''}于{at}释放")


def unknown_phrase(language: Language) -> str:
    """The same where no release is known."""
    return "data kept for an unknown time" if language is Language.ENGLISH else "数据保留期未知"


def milestone_phrase(milestone: Milestone, language: Language) -> str:
    """What happens at a milestone, for the variable of an SMS."""
    english = language is Language.ENGLISH
    name, more = product_name(milestone.products[0], language), len(milestone.products) - 1
    if english:
        return _phrase(f"{name}{' etc' if more else ''} {_happening_en(milestone)}")
    return _phrase(f"{name}{f'等{more + 1}项' if more else ''}{_happening_zh(milestone)}")


def _phrase(text: str) -> str:
    return plain_variable(text, VARIABLE_LIMIT)


def _names(rules: Sequence[ProductRule], language: Language) -> str:
    names = [product_name(rule, language) for rule in rules]
    return ", ".join(names) if language is Language.ENGLISH else "、".join(names)


def _since(rules: Sequence[ProductRule], language: Language) -> str:
    """What a retention is counted from; of several products the earlier: arrears come before the stop."""
    arrears = any(rule.counts_from is CountsFrom.ARREARS for rule in rules)
    if language is Language.ENGLISH:
        return "arrears begin" if arrears else "the stop"
    return "欠费后" if arrears else "停服后"


def _days(span: timedelta) -> int:
    return span.days


def _standing_zh(one: ProductRoad) -> str:
    at = None if one.stops_at is None else words.weekday_hour(one.stops_at, Language.CHINESE)
    if one.state is State.RUNNING:
        return "运行中，欠费超出延停额度即停服" if at is None else f"运行中，将于{at}停服"
    if one.state is State.UNSURE:
        return "延停未知，随时可能停服"
    return f"已于{at}停服"


def _standing_en(one: ProductRoad) -> str:
    at = None if one.stops_at is None else words.weekday_hour(one.stops_at, Language.ENGLISH)
    if one.state is State.RUNNING:
        return "running, stops once the debt is above the grace" if at is None else f"running, stops on {at}"
    if one.state is State.UNSURE:
        return "grace unknown, may stop at any time"
    return f"stopped since {at}"


def _ahead_zh(one: ProductRoad, now: datetime | None) -> list[str]:
    if one.rule.release_after is None:
        return ["数据保留多久未知"]
    if one.release_at is None:
        return [f"停服后 {_days(one.rule.release_after)} 天释放"]
    at = words.weekday_hour(one.release_at, Language.CHINESE)
    if one.state is State.RELEASED:
        return [f"按规则已于{at}释放"]
    if one.earliest and now is not None and one.release_at <= now:
        return [f"数据自{at}起随时可能释放"]
    return [f"数据{'最早' if one.earliest else ''}于{at}释放"]


def _ahead_en(one: ProductRoad, now: datetime | None) -> list[str]:
    if one.rule.release_after is None:
        return ["how long its data is kept is unknown"]
    if one.release_at is None:
        return [f"released {_days(one.rule.release_after)} days after the stop"]
    at = words.weekday_hour(one.release_at, Language.ENGLISH)
    if one.state is State.RELEASED:
        return [f"by the rule released on {at}"]
    if one.earliest and now is not None and one.release_at <= now:
        return [f"data may be released at any time since {at}"]
    return [f"data released on {at}{' at the earliest' if one.earliest else ''}"]


def _happening_zh(milestone: Milestone) -> str:
    perhaps = "可能" if milestone.earliest else ""
    if milestone.kind is MilestoneKind.STOP:
        return "停服"
    return f"数据{perhaps}{milestone.days_left}天后释放" if milestone.days_left else f"数据{perhaps or '应'}已释放"


def _happening_en(milestone: Milestone) -> str:
    if milestone.kind is MilestoneKind.STOP:
        return "stop"
    if not milestone.days_left:
        return "may be gone" if milestone.earliest else "gone"
    days = f"{milestone.days_left} day{'' if milestone.days_left == 1 else 's'}"
    return f"{'may go' if milestone.earliest else 'gone'} in {days}"
