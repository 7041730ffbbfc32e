"""How figures are put into words: names, amounts, moments and durations in Chinese and English.

Moments are written in Asia/Shanghai time, amounts with their currency. Everything returned is plain text on one line.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from shared.model import SHANGHAI, Language, Level

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

LEVEL_NAMES: Final[dict[Language, dict[Level, str]]] = {
    Language.CHINESE: {
        Level.HEALTHY: "正常",
        Level.NOTICE: "提醒",
        Level.WARNING: "警告",
        Level.CRITICAL: "紧急",
        Level.OVERDUE: "欠费",
        Level.SUSPENDED: "停服",
    },
    Language.ENGLISH: {
        Level.HEALTHY: "Healthy",
        Level.NOTICE: "Notice",
        Level.WARNING: "Warning",
        Level.CRITICAL: "Critical",
        Level.OVERDUE: "Overdue",
        Level.SUSPENDED: "Suspended",
    },
}

_UNITS: Final = {"CNY": "元", "USD": "美元", "EUR": "欧元", "HKD": "港元", "SGD": "新加坡元", "JPY": "日元"}
_WITHOUT_CENTS: Final = frozenset({"JPY"})
"""Currencies whose smallest coin is one."""
_TWO_DAYS: Final = 48
_WEEKDAYS: Final = "一二三四五六日"
_ENGLISH_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_CAUSES: Final = {
    Language.CHINESE: {
        "access_revoked": "访问授权失效",
        "throttled": "读取被限流",
        "unreachable": "云端接口无响应",
        "unexpected_answer": "返回内容无法识别",
    },
    Language.ENGLISH: {
        "access_revoked": "access revoked",
        "throttled": "throttled",
        "unreachable": "no answer",
        "unexpected_answer": "answer not understood",
    },
}
_OTHER_CAUSE: Final = {Language.CHINESE: "未知", Language.ENGLISH: "cause unknown"}


def level_name(level: Level, language: Language) -> str:
    """What people call a level."""
    return LEVEL_NAMES[language][level]


def cause_words(cause: str, language: Language) -> str:
    """Why an account could not be read, by the ``cause`` of an ``Unreadable``, in a few words."""
    return _CAUSES[language].get(cause, _OTHER_CAUSE[language])


def money(amount: Decimal, currency: str, language: Language) -> str:
    """An amount with thousands separators and its currency, for example ``1,234.56元`` or ``CNY 1,234.56``.

    Whole amounts are written without cents, and so are all where the currency has none; what rounds to nothing has no
    sign.
    """
    digits = f"{amount:,.0f}" if currency in _WITHOUT_CENTS else f"{amount:,.2f}".removesuffix(".00")
    if digits in {"-0", "-0.00"}:
        digits = "0"
    if language is Language.ENGLISH:
        return f"{currency} {digits}"
    return digits + _UNITS.get(currency, f" {currency}")


def shortfall(available_amount: Decimal) -> Decimal:
    """How far below zero a balance is; 0 if it is not."""
    return max(-available_amount, Decimal(0))


def day(day: date, language: Language) -> str:
    """A day without its year: ``11月25日``, ``25 Nov``."""
    if language is Language.ENGLISH:
        return f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{day.month}月{day.day}日"


def hour(at: datetime, language: Language) -> str:
    """A coming hour without its year: ``11月25日18时``, ``25 Nov 18:00``; the part of an hour is dropped."""
    local = at.astimezone(SHANGHAI)
    if language is Language.ENGLISH:
        return f"{local.day} {_MONTHS[local.month - 1]} {local.hour:02}:00"
    return f"{local.month}月{local.day}日{local.hour}时"


def weekday_hour(at: datetime, language: Language) -> str:
    """As ``hour``, with the day of the week, which people plan by: ``11月25日（周三）18时``, ``Wed 25 Nov 18:00``."""
    local = at.astimezone(SHANGHAI)
    if language is Language.ENGLISH:
        return f"{_ENGLISH_WEEKDAYS[local.weekday()]} {hour(at, language)}"
    return f"{local.month}月{local.day}日（周{_WEEKDAYS[local.weekday()]}）{local.hour}时"


def minute(at: datetime, language: Language) -> str:
    """A past moment in full: ``2026年11月22日 14:05``, ``22 Nov 2026 14:05``."""
    local = at.astimezone(SHANGHAI)
    clock = f"{local.hour:02}:{local.minute:02}"
    if language is Language.ENGLISH:
        return f"{local.day} {_MONTHS[local.month - 1]} {local.year} {clock}"
    return f"{local.year}年{local.month}月{local.day}日 {clock}"


def duration(span: timedelta, language: Language) -> str:
    """A time to go, in whole days, or in hours below two days: ``约3天``, ``about 20 hours``, ``不到1小时``."""
    hours = int(span.total_seconds() // 3600)
    english = language is Language.ENGLISH
    if hours < 1:
        return "less than an hour" if english else "不到1小时"
    count, unit, word = (hours, "小时", "hour") if hours < _TWO_DAYS else (hours // 24, "天", "day")
    return f"about {count} {word}{'' if count == 1 else 's'}" if english else f"约{count}{unit}"


def one_line(text: str) -> str:
    """Somebody's text as one line that can be shown anywhere: no control or format characters, single spaces."""
    visible = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or not unicodedata.category(c).startswith("C")
    )
    return " ".join(visible.split())


def shorten(text: str, limit: int, gap: str = "…") -> str:
    """``text`` in at most ``limit`` characters: the middle gives way, since names differ at both ends."""
    if len(text) <= limit:
        return text
    tail = (limit - len(gap)) // 3
    head = limit - len(gap) - tail
    return text[:head].rstrip() + gap + text[len(text) - tail :].lstrip()
