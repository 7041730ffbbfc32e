"""What stands around the picture of a mail, and in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import escape

import pytest

from shared.messages.mail import render_mail
from shared.messages.picture_words import picture_of
from shared.model import Contact, Language, Topic
from tests.unit.message_cases import CONTACT, ENGLISH_CONTACT, KEYS, OUTLOOK, READ_AT, SETTINGS, a_notice

CHINESE, ENGLISH = Language.CHINESE, Language.ENGLISH
WITH_PICTURE = set(KEYS) - {"unreadable", "drill"}


def words_of(language: Language, **changes: object) -> str:
    picture = picture_of(a_notice(**(OUTLOOK | changes)), language)
    assert picture is not None
    return picture.alt


def legend_of(**changes: object) -> str:
    picture = picture_of(a_notice(**(OUTLOOK | changes)), CHINESE)
    assert picture is not None
    return picture.legend


def test_the_words_name_the_figures_in_chinese() -> None:
    assert words_of(CHINESE) == (
        "可用额度11月20日0时为2,164.56元，11月22日14时为1,234.56元。"
        "按近期用量，预计11月25日（周三）18时前后用完，最早11月24日（周二）14时，最晚11月27日（周五）14时。"
        "此前14天，每日消费最高400元（11月18日）。"
    )


def test_the_words_name_the_figures_in_english() -> None:
    assert words_of(ENGLISH) == (
        "The balance was CNY 2,164.56 on 20 Nov 00:00 and CNY 1,234.56 on 22 Nov 14:00. "
        "At the recent rate of use it runs out around Wed 25 Nov 18:00, on Tue 24 Nov 14:00 at the earliest, "
        "on Fri 27 Nov 14:00 at the latest. "
        "The dearest of the 14 days before was 18 Nov with CNY 400."
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends": (None, None, None)}, "额度暂时不会用完"),
        ({"ends": (READ_AT, None, None)}, "最早可能在11月22日（周日）14时用完，也可能晚得多"),
        ({"ends": (None, READ_AT, None)}, "预计11月22日（周日）14时前后用完。"),
        ({"past": ((READ_AT, Decimal(5)),), "available_amount": Decimal(5)}, "可用额度11月22日14时为5元。"),
        ({"daily": ((READ_AT.date(), Decimal(0)),)}, "此前1天没有消费。"),
    ],
)
def test_the_words_say_what_is_known(changes: dict[str, object], said: str) -> None:
    assert said in words_of(CHINESE, **changes)


def test_the_words_leave_out_what_is_not_known() -> None:
    words = words_of(CHINESE, ahead=(), daily=((READ_AT.date(), None),))
    assert "用完" not in words
    assert "消费" not in words


def test_the_legend_explains_only_what_is_drawn() -> None:
    assert "圆圈：预计11月25日18时前后用完。" in legend_of()
    assert "灰色" in legend_of(), "one of the days is not known"
    known = tuple((day, spend or Decimal(1)) for day, spend in OUTLOOK["daily"])
    assert "灰色" not in legend_of(daily=known)
    assert "灰色" in legend_of(daily=known, past=((READ_AT - timedelta(days=1), Decimal(9)), (READ_AT, Decimal(8))))
    nothing_ahead = legend_of(ahead=())
    assert "浅蓝" not in nothing_ahead
    assert "圆圈" not in nothing_ahead


def test_each_part_names_its_edges() -> None:
    picture = picture_of(a_notice(**OUTLOOK), CHINESE)
    assert picture is not None
    days, balance = picture.panels
    assert (days.title, days.top, days.first, days.last) == ("每日消费", "最高400元", "11月8日", "11月21日")
    assert (balance.title, balance.top, balance.first) == ("可用额度", "最高2,164.56元", "11月20日")
    assert days.share + balance.share == 1


def test_below_zero_the_lower_edge_is_named() -> None:
    below = tuple((at, amount - 5000) for at, amount in OUTLOOK["past"])
    picture = picture_of(a_notice("overdue", past=below), CHINESE)
    assert picture is not None
    assert [(panel.top, panel.share) for panel in picture.panels] == [("最低-3,765.44元", 1.0)]


@pytest.mark.parametrize("contact", [CONTACT, ENGLISH_CONTACT], ids=lambda contact: contact.language)
@pytest.mark.parametrize("key", KEYS)
def test_customers_mails_have_a_picture_and_staffs_have_none(key: str, contact: Contact) -> None:
    mail = render_mail(a_notice(key, **OUTLOOK), contact, SETTINGS, "reference")
    assert ("<img" in mail.html) is (key in WITH_PICTURE)
    assert len(mail.html.encode()) < 30_000
    if key in WITH_PICTURE:
        picture = picture_of(a_notice(key, **OUTLOOK), contact.language)
        assert picture is not None
        assert f'alt="{escape(picture.alt)}" width="520" height="190"' in mail.html
        assert picture.alt in mail.text


def test_a_notice_without_readings_has_no_picture() -> None:
    assert picture_of(a_notice(), CHINESE) is None
    assert "<img" not in render_mail(replace(a_notice(), topic=Topic.RECOVERED), CONTACT, SETTINGS, "reference").html
