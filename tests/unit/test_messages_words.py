from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages import words
from shared.model import Language, Level

CHINESE, ENGLISH = Language.CHINESE, Language.ENGLISH


@pytest.mark.parametrize(
    ("amount", "currency", "chinese", "english"),
    [
        ("1234.56", "CNY", "1,234.56元", "CNY 1,234.56"),
        ("12000", "CNY", "12,000元", "CNY 12,000"),
        ("12000.00", "CNY", "12,000元", "CNY 12,000"),
        ("0.1", "CNY", "0.10元", "CNY 0.10"),
        ("-312.4", "CNY", "-312.40元", "CNY -312.40"),
        ("-0.001", "CNY", "0元", "CNY 0"),
        ("1E+3", "USD", "1,000美元", "USD 1,000"),
        ("123456.78", "JPY", "123,457日元", "JPY 123,457"),
        ("-0.4", "JPY", "0日元", "JPY 0"),
        ("5", "THB", "5 THB", "THB 5"),
    ],
)
def test_money(amount: str, currency: str, chinese: str, english: str) -> None:
    assert words.money(Decimal(amount), currency, CHINESE) == chinese
    assert words.money(Decimal(amount), currency, ENGLISH) == english


@pytest.mark.parametrize(("available", "shortfall"), [("-3.5", "3.5"), ("0", "0"), ("7", "0")])
def test_shortfall(available: str, shortfall: str) -> None:
    assert words.shortfall(Decimal(available)) == Decimal(shortfall)


@pytest.mark.parametrize(
    ("utc", "chinese", "english"),
    [
        (datetime(2026, 11, 25, 10, 59, tzinfo=UTC), "11月25日（周三）18时", "Wed 25 Nov 18:00"),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "1月1日（周五）0时", "Fri 1 Jan 00:00"),
        (datetime(2028, 2, 28, 16, 30, tzinfo=UTC), "2月29日（周二）0时", "Tue 29 Feb 00:00"),
    ],
)
def test_hours_are_those_of_shanghai(utc: datetime, chinese: str, english: str) -> None:
    assert words.weekday_hour(utc, CHINESE) == chinese
    assert words.weekday_hour(utc, ENGLISH) == english
    assert words.hour(utc, ENGLISH) in english


def test_a_day_is_without_its_year() -> None:
    assert words.day(date(2026, 11, 8), CHINESE) == "11月8日"
    assert words.day(date(2026, 11, 8), ENGLISH) == "8 Nov"


def test_a_past_moment_has_its_year_and_minute() -> None:
    at = datetime(2025, 12, 31, 16, 5, tzinfo=UTC)
    assert words.minute(at, CHINESE) == "2026年1月1日 00:05"
    assert words.minute(at, ENGLISH) == "1 Jan 2026 00:05"


@pytest.mark.parametrize(
    ("span", "chinese", "english"),
    [
        (timedelta(0), "不到1小时", "less than an hour"),
        (timedelta(hours=-5), "不到1小时", "less than an hour"),
        (timedelta(hours=1), "约1小时", "about 1 hour"),
        (timedelta(hours=47, minutes=59), "约47小时", "about 47 hours"),
        (timedelta(days=2), "约2天", "about 2 days"),
        (timedelta(days=3, hours=4), "约3天", "about 3 days"),
    ],
)
def test_duration(span: timedelta, chinese: str, english: str) -> None:
    assert words.duration(span, CHINESE) == chinese
    assert words.duration(span, ENGLISH) == english


@given(text=st.text(max_size=80), limit=st.integers(4, 40))
def test_a_shortened_text_keeps_its_limit_and_its_beginning(text: str, limit: int) -> None:
    short = words.shorten(text, limit)
    assert len(short) <= limit
    assert short == text or (len(text) > limit and "…" in short and text.startswith(short.split("…")[0]))


def test_one_line_drops_what_cannot_be_seen() -> None:
    assert words.one_line("  星河\r\nSubject: x\u202e\x00\ud800\u3000公司 ") == "星河 Subject: x 公司"


@pytest.mark.parametrize("language", Language)
def test_every_level_has_a_name(language: Language) -> None:
    assert len({words.level_name(level, language) for level in Level}) == len(Level)
