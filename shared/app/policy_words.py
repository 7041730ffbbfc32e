"""What the reasons of decisions and their figures are called, in Chinese and English."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

from shared.decisions import Reason
from shared.masking import mask_text
from shared.messages.words import cause_words, level_name, minute, money
from shared.model import Language, Level

_REASONS: Final = {
    Reason.WORSENED: ("比已告知的更严重", "worse than told"),
    Reason.REPEATED: ("仍未解除，再次告知", "still so, told again"),
    Reason.RECOVERED: ("已解除", "recovered"),
    Reason.TOPPED_UP: ("收到充值，发回执", "topped up, a receipt"),
    Reason.RELEASE_NEAR: ("数据即将释放", "data is to be released"),
    Reason.RELEASED: ("已到数据释放时间", "the time of release has passed"),
    Reason.UNREADABLE: ("读不到账号，告知员工", "unreadable, staff told"),
    Reason.UNACKNOWLEDGED: ("无人回应，交给员工", "nobody reacts, handed to staff"),
    Reason.HEALTHY: ("正常，无需告知", "healthy, nothing to tell"),
    Reason.HELD: ("越线时间还不够长", "a line is crossed, not for long enough"),
    Reason.TOLD_ALREADY: ("已告知过，不重复", "told already"),
    Reason.REPEATED_ENOUGH: ("重复次数已到上限", "repeated often enough"),
    Reason.ACKNOWLEDGED: ("客户已知情，不重复", "acknowledged"),
    Reason.PAYING: ("正在付款，暂不催问", "a payment is under way"),
    Reason.NOT_READ: ("没有读到余额", "not read"),
    Reason.SMALL_SPEND: ("消费太少，不打扰", "spends too little to be bothered"),
    Reason.SILENCED: ("已静默", "silenced"),
    Reason.AGENCY_SHORT: ("代理商自己的账号不足，只告诉员工", "the agency's own account is short, staff told"),
}


def reason_text(reason: Reason, language: Language) -> str:
    """Why people were told something, or nothing."""
    chinese, english = _REASONS[reason]
    return english if language is Language.ENGLISH else chinese


_FIGURES: Final = {
    "told_level": ("已告知的级别", "told level"),
    "level": ("级别", "level"),
    "worst_told": ("告知过的最严重级别", "worst level told"),
    "topped_up": ("充值", "topped up"),
    "crossed": ("越过的线", "line crossed"),
    "since": ("自", "since"),
    "milestone": ("到达时刻", "reached at"),
    "days_left": ("离释放还有几天", "days until the release"),
    "told_at": ("上次告知", "last told"),
    "repeat_after": ("重复间隔", "repeated after"),
    "repeats": ("已重复", "repeats"),
    "by": ("谁", "by"),
    "until": ("至", "until"),
    "staff_after": ("等待回应", "waited for"),
    "failure": ("原因", "cause"),
    "failed_runs": ("连续失败次数", "failed runs in a row"),
    "daily_spend": ("日均消费", "spend a day"),
    "min_daily_spend": ("不打扰线", "bothered from"),
}


def figure_words(name: str, value: str, language: Language, currency: str) -> str:
    """One figure that a reason rests on; as it is stored if it is not known. ``currency``: of bare amounts."""
    chinese, english = _FIGURES.get(name, (name, name))
    label = english if language is Language.ENGLISH else chinese
    if name in _AMOUNTS:
        value = f"{value} {currency}"
    return f"{label} {cause_words(value, language) if name == 'failure' else _value(value, language)}"


_AMOUNTS: Final = {"daily_spend", "min_daily_spend"}
"""Figures that are stored without their currency."""


def _value(value: str, language: Language) -> str:
    """A level by its name, a moment in Shanghai time, an amount with its currency; else as ``_number``."""
    if value in {level.label for level in Level}:
        return level_name(Level.of(value), language)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.+", value):
        return minute(datetime.fromisoformat(value), language)
    if re.fullmatch(r"-?\d+(\.\d+)? [A-Z]{3}", value):
        amount, currency = value.split()
        return money(Decimal(amount), currency, language)
    return _number(value, language)


def _number(value: str, language: Language) -> str:
    """A figure without needless digits, a count or a time; else masked text."""
    if re.fullmatch(r"-?\d+\.\d+", value):
        return f"{round(Decimal(value), 2):f}".rstrip("0").rstrip(".")
    if re.fullmatch(r"\d+ of \d+", value):
        return value.replace(" of ", "/")
    if language is Language.CHINESE and re.fullmatch(r"\d+ h", value):
        return value.replace(" h", "小时")
    return mask_text(value)
