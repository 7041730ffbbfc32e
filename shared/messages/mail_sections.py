"""The lists of a mail: what lies ahead of each product, what costs most, which lines were crossed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from shared.consequences import State
from shared.consequences_data import SourceKind
from shared.messages import words
from shared.messages.consequence_words import product_name, road_sentence
from shared.messages.line_words import line_name
from shared.model import STANDING, Language, Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from shared.consequences import ProductRoad, Road
    from shared.consequences_data import ProductRule
    from shared.model import ProductChange
    from shared.notice import Notice

    Section = tuple[str, tuple[str, ...]]

ROAD_SHOWN: Final = 4
"""Products whose road is told; a phone shows little more."""
LINES_SHOWN: Final = 4
NAME_SHOWN: Final = 24
"""Characters of a product's name as its bill has it."""
NAMES_SHOWN: Final = 3
_SAME: Final = Decimal("0.05")
"""Costs that differ by less than this share are called the same."""
_TWICE: Final = 2

_TITLES: Final = {
    Language.CHINESE: {"road": "接下来会怎样", "products": "花费最多的产品（最近一天的账单）", "lines": "已到的提醒线"},
    Language.ENGLISH: {
        "road": "What lies ahead",
        "products": "What costs most (the last daily bill)",
        "lines": "Lines that were reached",
    },
}


def sections(notice: Notice, language: Language) -> tuple[Section, ...]:
    """Title and items of each list that has something to say."""
    if notice.topic not in STANDING:
        return ()
    found = {
        "road": tuple(_road(notice, language)),
        "products": tuple(product_line(one, notice.currency, language) for one in notice.products),
        "lines": _lines(notice, language),
    }
    if notice.topic is Topic.RECEIPT:
        del found["products"], found["lines"]
    return tuple((_TITLES[language][key], items) for key, items in found.items() if items)


def product_line(one: ProductChange, currency: str, language: Language) -> str:
    """What a product cost on its last billed day, beside the days before."""
    name, cost = (
        words.shorten(words.one_line(one.name) or one.code, NAME_SHOWN),
        words.money(one.cost, currency, language),
    )
    if one.before is None:
        return f"{name}: {cost}" if language is Language.ENGLISH else f"{name}：{cost}"
    if language is Language.ENGLISH:
        return f"{name}: {cost} ({_change_en(one.cost, one.before, currency)})"
    return f"{name}：{cost}（{_change_zh(one.cost, one.before, currency)}）"


def by_release(road: Road) -> list[ProductRoad]:
    """Products with a rule: what can still be saved, the soonest first; then what is gone; last what has no date."""
    return sorted((one for one in road.products if one.rule.known), key=_order)


def road_line(one: ProductRoad, now: datetime, language: Language) -> str:
    """Where a product stands and what lies ahead of it, with a word where its rule is hearsay."""
    sentence = road_sentence(one, language, now)
    if one.rule.source_kind is not SourceKind.SECOND_HAND:
        return sentence
    if language is Language.ENGLISH:
        return sentence.removesuffix(".") + " (a rule that is not confirmed)."
    return sentence.removesuffix("。") + "（规则未经官方证实）。"


def names(rules: Sequence[ProductRule], language: Language) -> str:
    """Products in a sentence; of many the first few and how many there are."""
    said = [product_name(rule, language) for rule in rules[:NAMES_SHOWN]]
    more = len(rules) - len(said)
    if language is Language.ENGLISH:
        return ", ".join(said) + (f" and {more} more" if more else "")
    return "、".join(said) + (f"等{len(rules)}项产品" if more else "")


def release_at(notice: Notice) -> datetime | None:
    """When the products of a notice's milestone are released, at the earliest."""
    milestone = notice.milestone
    return None if milestone is None else milestone.at + timedelta(days=milestone.days_left)


def _change_zh(cost: Decimal, before: Decimal, currency: str) -> str:
    usual = words.money(before, currency, Language.CHINESE)
    if before <= 0:
        return "此前没有消费"
    if abs(cost - before) <= _SAME * before:
        return "与此前持平"
    if cost >= _TWICE * before:
        return f"此前日均{usual}，是其{_times(cost, before)}倍"
    return f"此前日均{usual}，{'多' if cost > before else '少'}{_percent(cost, before)}%"


def _change_en(cost: Decimal, before: Decimal, currency: str) -> str:
    usual = words.money(before, currency, Language.ENGLISH)
    if before <= 0:
        return "nothing before"
    if abs(cost - before) <= _SAME * before:
        return "as before"
    if cost >= _TWICE * before:
        return f"{_times(cost, before)} times the {usual} a day of before"
    return f"{usual} a day before, {_percent(cost, before)}% {'more' if cost > before else 'less'}"


def _times(cost: Decimal, before: Decimal) -> str:
    return f"{cost / before:,.1f}".removesuffix(".0")


def _percent(cost: Decimal, before: Decimal) -> str:
    return f"{100 * abs(cost - before) / before:.0f}"


def _lines(notice: Notice, language: Language) -> tuple[str, ...]:
    """The lines that were crossed, if there are several: a single one is what the whole mail is about."""
    if len(notice.lines) < 2 or notice.level >= Level.OVERDUE:  # noqa: PLR2004
        return ()
    return tuple(line_name(line, language) for line in notice.lines[:LINES_SHOWN])


def _road(notice: Notice, language: Language) -> Iterator[str]:
    """Product by product, what is lost first at the top; then how many there are besides, and how sure all this is."""
    if notice.road is None or notice.level < Level.OVERDUE:
        return
    english = language is Language.ENGLISH
    known = by_release(notice.road)
    for one in known[:ROAD_SHOWN]:
        yield road_line(one, notice.as_of, language)
    if more := len(notice.road.products) - len(known[:ROAD_SHOWN]):
        yield f"{more} more products: please look in the console." if english else f"另有{more}项产品：请在控制台查看。"
    if known:
        yield (
            "Worked out from public rules; what the Alibaba Cloud console shows is what counts."
            if english
            else "以上按公开规则推算，以阿里云控制台显示的为准。"
        )


def _order(one: ProductRoad) -> tuple[int, float]:
    if one.release_at is None:
        return 2, 0.0
    return int(one.state is State.RELEASED), one.release_at.timestamp()
