"""The picture of a notice with the words around it and in its place, in Chinese and English."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from string import Template
from typing import TYPE_CHECKING, Final

from shared.frozen import frozen
from shared.messages import words
from shared.messages.letter import Panel, Picture
from shared.messages.picture import (
    BALANCE_LEFT,
    DAYS,
    HEIGHT,
    WIDTH,
    balance_picture,
    has_days,
    has_gap,
    time_axis,
    zero_crossing,
)
from shared.model import Language, shanghai_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from decimal import Decimal

    from shared.notice import Notice


@frozen
class _Texts:
    """One language's words; ``$name`` is filled in."""

    days_title: str
    balance_title: str
    highest: str
    lowest: str
    legend: str
    legend_ahead: str
    legend_end: str
    legend_gap: str
    stands: str
    went: str
    ends: str
    ends_early: str
    earliest: str
    latest: str
    lasts: str
    dearest: str
    nothing_spent: str
    full_stop: str
    between: str
    """What stands between two sentences."""


_CHINESE: Final = _Texts(
    days_title="每日消费",
    balance_title="可用额度",
    highest="最高$amount",
    lowest="最低$amount",
    legend="深蓝线：可用额度。红线：零。竖虚线：读取时刻。",
    legend_ahead="浅蓝：按近期用量推算的可能范围，其中的线最为可能。",
    legend_end="圆圈：预计$end前后用完。",
    legend_gap="灰色：没有读数。",
    stands="可用额度$read为$balance。",
    went="可用额度$first为$before，$read为$balance。",
    ends="按近期用量，预计$end前后用完",
    ends_early="按近期用量，最早可能在$early用完，也可能晚得多",
    earliest="，最早$early",
    latest="，最晚$late",
    lasts="按近期用量，额度暂时不会用完",
    dearest="此前$days天，每日消费最高$amount（$day）。",
    nothing_spent="此前$days天没有消费。",
    full_stop="。",
    between="",
)
_ENGLISH: Final = _Texts(
    days_title="Spend a day",
    balance_title="Balance",
    highest="up to $amount",
    lowest="down to $amount",
    legend="Dark blue: the balance. Red: zero. Broken line: the reading.",
    legend_ahead="Light blue: the possible range at the recent rate of use, with the likely way in it.",
    legend_end="Ring: it likely runs out, around $end.",
    legend_gap="Grey: no readings.",
    stands="The balance was $balance on $read.",
    went="The balance was $before on $first and $balance on $read.",
    ends="At the recent rate of use it runs out around $end",
    ends_early="At the recent rate of use it runs out on $early at the earliest, possibly much later",
    earliest=", on $early at the earliest",
    latest=", on $late at the latest",
    lasts="At the recent rate of use it will not be used up soon",
    dearest="The dearest of the $days days before was $day with $amount.",
    nothing_spent="Nothing was spent in the $days days before.",
    full_stop=".",
    between=" ",
)
_TEXTS: Final[Mapping[Language, _Texts]] = {Language.CHINESE: _CHINESE, Language.ENGLISH: _ENGLISH}

_drawn = lru_cache(maxsize=16)(balance_picture)
"""The mails of one notice, to every contact, have the same picture."""


def picture_of(notice: Notice, language: Language) -> Picture | None:
    """The picture of a notice; None if nothing is known of its balance."""
    png = _drawn(notice.past, notice.ahead, notice.as_of, days=notice.daily)
    if png is None:
        return None
    texts = _TEXTS[language]
    return Picture(
        png=png,
        width=WIDTH,
        height=HEIGHT,
        alt=texts.between.join(_sentences(notice, texts, language)),
        panels=tuple(_panels(notice, texts, language)),
        legend=texts.between.join(_legend(notice, texts, language)),
    )


def _panels(notice: Notice, texts: _Texts, language: Language) -> Iterator[Panel]:
    share = 0.0
    if has_days(notice.daily):
        share = BALANCE_LEFT / WIDTH
        last = notice.daily[-1][0]
        first = last - timedelta(days=DAYS - 1)
        top = _fill(texts.highest, amount=_money(_dearest(notice)[1], notice, language))
        yield Panel(share, texts.days_title, top, words.day(first, language), words.day(last, language))
    start, end = (words.day(shanghai_day(at), language) for at in time_axis(notice.past, notice.ahead, notice.as_of))
    yield Panel(1.0 - share, texts.balance_title, _extreme(notice, texts, language), start, end)


def _extreme(notice: Notice, texts: _Texts, language: Language) -> str:
    """The highest balance, or the lowest where all are below zero: the upper or the lower edge."""
    amounts = [amount for _, amount in notice.past] + [most for *_, most in notice.ahead[:1]]
    highest = max(amounts)
    text, amount = (texts.highest, highest) if highest > 0 else (texts.lowest, min(amounts))
    return _fill(text, amount=_money(amount, notice, language))


def _legend(notice: Notice, texts: _Texts, language: Language) -> Iterator[str]:
    yield texts.legend
    if notice.ahead:
        yield texts.legend_ahead
    likely = notice.ends[1]
    if likely is not None and zero_crossing(notice.ahead):
        yield _fill(texts.legend_end, end=words.hour(likely, language))
    if has_gap(notice.past) or any(spend is None for _, spend in notice.daily[-DAYS:]):
        yield texts.legend_gap


def _sentences(notice: Notice, texts: _Texts, language: Language) -> Iterator[str]:
    """What the picture shows, in the order of its importance."""
    known = {"read": words.hour(notice.as_of, language), "balance": _money(notice.available_amount, notice, language)}
    if len(notice.past) > 1:
        at, before = notice.past[0]
        known |= {"first": words.hour(at, language), "before": _money(before, notice, language)}
    yield _fill(texts.went if len(notice.past) > 1 else texts.stands, **known)
    if notice.ahead:
        yield _end(notice, texts, language) + texts.full_stop
    if has_days(notice.daily):
        day, spend = _dearest(notice)
        text = texts.dearest if spend > 0 else texts.nothing_spent
        values = {"amount": _money(spend, notice, language), "day": words.day(day, language)}
        yield _fill(text, days=str(len(notice.daily[-DAYS:])), **values)


def _end(notice: Notice, texts: _Texts, language: Language) -> str:
    early, likely, late = (None if at is None else words.weekday_hour(at, language) for at in notice.ends)
    if likely is None:
        return _fill(texts.ends_early, early=early) if early else texts.lasts
    said = _fill(texts.ends, end=likely)
    if early:
        said += _fill(texts.earliest, early=early)
    return said + (_fill(texts.latest, late=late) if late else "")


def _dearest(notice: Notice) -> tuple[date, Decimal]:
    """The last of the days with the highest spend."""
    spend, day = max((spend, day) for day, spend in notice.daily[-DAYS:] if spend is not None)
    return day, spend


def _money(amount: Decimal, notice: Notice, language: Language) -> str:
    return words.money(amount, notice.currency, language)


def _fill(text: str, **values: str) -> str:
    """Strict, as ``mail.py`` is."""
    return Template(text).substitute(values)
