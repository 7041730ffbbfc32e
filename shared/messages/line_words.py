"""What the lines of a policy are called, and what is the case where one of them is crossed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.messages.words import level_name
from shared.model import Language, Level, Topic
from shared.policy import OF_USE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.notice import Notice

GAUGES: Final = {
    "runway": ("可用天数", "days of runway"),
    "risk": ("用完概率 %", "probability of running out, %"),
    "available_amount": ("可用额度", "available amount"),
    "share": ("剩余比例 %", "share left, %"),
    "worst_day": ("按最贵一天够用天数", "days like the dearest one"),
    "month_budget": ("当月预算已用 %", "month's budget used, %"),
    "month_projection": ("当月预算预计 %", "month's budget projected, %"),
    "spike": ("消费高出平常 %", "spend above usual, %"),
}

_CASES: Final[Mapping[Language, Mapping[str, tuple[str, str]]]] = {
    Language.CHINESE: {
        "spike": (
            "消费明显高出平常，请查看",
            "账号「$name」今天或昨天的消费明显高出平常，请确认这些用量是不是您需要的。",
        ),
        "month_budget": (
            "当月预算已用到提醒线",
            "账号「$name」当月的消费已用到约定的预算提醒线，请留意本月余下的用量。",
        ),
        "month_projection": (
            "全月消费预计到达预算提醒线",
            "按目前的用量，账号「$name」全月的消费预计会到达约定的预算提醒线，请留意。",
        ),
        "share": ("可用额度剩余比例偏低", "账号「$name」的可用额度为$balance，剩余比例已低于约定的提醒线。"),
        "worst_day": (
            "可用额度难以应付用量高峰",
            (
                "账号「$name」的可用额度为$balance。如果再遇到近两周里消费最高的那样的日子，"
                "余下的额度撑不到约定的天数；按日出账的产品会一次扣掉一整天的费用。"
            ),
        ),
    },
    Language.ENGLISH: {
        "spike": (
            "Spend is well above usual: please have a look",
            "What account “$name” spent today or yesterday is well above usual. Please make sure that you want it.",
        ),
        "month_budget": (
            "The month's budget is used up to an agreed line",
            (
                "What account “$name” spent this month has reached an agreed line of its budget. "
                "Please watch the rest of the month."
            ),
        ),
        "month_projection": (
            "The month is expected to reach a line of its budget",
            "At the present rate of use, account “$name” is expected to reach an agreed line of this month's budget.",
        ),
        "share": (
            "Little is left of the balance",
            "The balance of account “$name” is $balance; the share that is left is below an agreed line.",
        ),
        "worst_day": (
            "The balance is small beside your dearest days",
            (
                "The balance of account “$name” is $balance. With more days like the dearest of the last two weeks "
                "it does not last as long as agreed; products that are billed daily take a whole day's cost at once."
            ),
        ),
    },
}
"""Headline and sentence, where a level does not come from when the balance ends."""


def gauge_name(gauge: str, language: Language) -> str:
    """A kind of line; as the policy writes it if it is not known."""
    chinese, english = GAUGES.get(gauge, (gauge, gauge))
    return english if language is Language.ENGLISH else chinese


def line_name(line: str, language: Language) -> str:
    """A line for people: ``runway.warning`` is ``可用天数（警告）``."""
    gauge, _, label = line.partition(".")
    name, level = gauge_name(gauge, language).removesuffix("%").rstrip(" ,"), level_name(Level.of(label), language)
    return f"{name} ({level.lower()})" if language is Language.ENGLISH else f"{name}（{level}）"


def case_of(notice: Notice) -> str | None:
    """The line that a notice is about, if that does not speak of when the balance ends; else None.

    Of several lines those count that make the level; as soon as one of them speaks of the end, the notice does.
    """
    if notice.topic is not Topic.LEVEL or notice.level >= Level.OVERDUE:
        return None
    making = _making(notice.lines, notice.level)
    return making[0] if making and all(gauge in _CASES[Language.CHINESE] for gauge in making) else None


def asks_for_money(notice: Notice) -> bool:
    """Whether paying helps: not where only the use of services is beyond its lines."""
    return case_of(notice) is None or not OF_USE.issuperset(_making(notice.lines, notice.level))


def asks_for_a_look(notice: Notice) -> bool:
    """Whether somebody should see if the use of services is what they want."""
    return case_of(notice) is not None and not OF_USE.isdisjoint(_making(notice.lines, notice.level))


def case_headline(case: str, language: Language) -> str:
    """The headline of such a notice."""
    return _CASES[language][case][0]


def case_sentence(case: str, language: Language) -> str:
    """What is the case; ``$name`` and ``$balance`` are to be filled in."""
    return _CASES[language][case][1]


def _making(lines: Sequence[str], level: Level) -> list[str]:
    """The kinds of lines that are crossed at ``level`` or beyond."""
    split = [line.partition(".") for line in lines]
    return [gauge for gauge, _, label in split if Level.of(label) >= level]
