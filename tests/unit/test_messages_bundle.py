"""What a person with many accounts reads: one SMS, one mail."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from string import Template
from typing import TYPE_CHECKING
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.bundle import render_bundle_sms, summarise
from shared.messages.digest import render_digest
from shared.messages.sms import filed_templates, sms_pieces
from shared.messages.sms_texts import VARIABLE_KINDS
from shared.model import ChannelName, Contact, Language, Message, Summary
from tests.builders import message
from tests.unit.message_cases import CONTACT, ENGLISH_CONTACT, READ_AT, a_notice, codes, message_settings, named

if TYPE_CHECKING:
    from shared.notice import Notice

SETTINGS = message_settings(templates=codes(1) | {"bundle": "SMS_21"}, templates_en=codes(11) | {"bundle": "SMS_22"})
SMS, MAIL = ChannelName.SMS, ChannelName.MAIL
REFERENCE = "B23456789ABCDEFG"
FILED = {(filed.language, filed.key): filed for filed in filed_templates(SETTINGS.hotline)}
DAY = timedelta(days=1)


def member(notice: Notice, channel: ChannelName, contact: Contact = CONTACT) -> tuple[Message, Summary]:
    summary = summarise(notice, contact, channel, SETTINGS, digest=channel is MAIL)
    known = replace(message(), account_id=notice.account.account_id, contact=contact.name, channel=channel)
    return replace(known, topic=notice.topic, level=notice.level, summary=summary), summary


def three(channel: ChannelName, contact: Contact = CONTACT) -> list[tuple[Message, Summary]]:
    """The most urgent first; the account of the last one ends first."""
    sooner = (READ_AT, READ_AT + DAY, READ_AT + 2 * DAY)
    notices = (
        a_notice("critical", account=named("星河网络科技")),
        a_notice("warning", account=named("云海制造")),
        a_notice("notice", account=named("蓝鲸教育"), ends=sooner),
    )
    return [member(notice, channel, contact) for notice in notices]


def test_one_sms_names_how_many_which_is_urgent_and_the_first_end() -> None:
    sms = render_bundle_sms(three(SMS), SETTINGS)
    assert sms.text == (
        "【云帆科技】您有3个账号额度不足，最紧急的是星河网络科技，最早一个11月23日14时前后用完，详情见邮件。"
        "咨询400-800-1234"
    )
    assert sms.template_code == "SMS_21"
    assert sms_pieces(sms.text) == 1


def test_the_english_sms() -> None:
    members = [member(a_notice("critical", account=named("Galaxy")), SMS, ENGLISH_CONTACT)] * 4
    sms = render_bundle_sms(members, SETTINGS)
    assert sms.text == (
        "【云帆科技】4 accounts are low on balance, most urgent: Galaxy. First to run out: 25 Nov 18:00. See mail. "
        "Call 400-800-1234"
    )
    assert sms.template_code == "SMS_22"
    assert sms_pieces(sms.text) == 2


def test_without_english_codes_all_of_it_is_chinese() -> None:
    settings = message_settings(templates=codes(1) | {"bundle": "SMS_21"}, templates_en=None)
    notice = a_notice("warning")
    summary = summarise(notice, ENGLISH_CONTACT, SMS, settings, digest=False)
    sms = render_bundle_sms([(message(), summary)] * 3, settings)
    assert "最早一个11月25日18时前后用完" in sms.text


@pytest.mark.parametrize("key", ["overdue", "suspended"])
def test_a_balance_below_zero_has_ended_before_all_others(key: str) -> None:
    text = render_bundle_sms([member(a_notice(key), SMS), *three(SMS)], SETTINGS).text
    assert "最早一个已经用完" in text


@given(
    st.lists(st.text(max_size=60), min_size=2, max_size=6),
    st.sampled_from((CONTACT, ENGLISH_CONTACT)),
    st.sampled_from(("notice", "warning", "critical", "overdue", "suspended")),
)
def test_the_text_is_the_filed_one_and_its_variables_are_taken(names: list[str], contact: Contact, key: str) -> None:
    members = [member(a_notice(key, account=named(name)), SMS, contact) for name in names]
    sms = render_bundle_sms(members, SETTINGS)
    filed = FILED[contact.language, "bundle"]
    assert sms.text == f"【{sms.sign_name}】" + Template(filed.content).substitute(dict(sms.parameters))
    for name, value in sms.parameters:
        assert 1 <= len(value) <= 35
        allowed = "[0-9A-Za-z]+" if VARIABLE_KINDS[name] == "other_number2" else r"[0-9A-Za-z㐀-鿿 ,.:()-]+"
        assert re.fullmatch(allowed, value)


CHINESE_DIGEST = """\
2个账号的额度情况

王敏，您好：

您负责的2个账号有新的额度情况，最需要留意的排在最前。目前无需紧急处理，请预先安排充值。

请这样做
1. 按下表的建议金额，为需要充值的账号充值。
2. 如果付款由其他同事负责，请把这封邮件转给他。
3. 如果您刚刚充值，无需再做处理；下次读取到新的额度后，提醒会自动解除。

前往充值
https://pay.example.com/top-up?from=alert&lang=zh

[提醒] 星河网络科技 (1234567890123456)
  可用额度: 1,234.56元
  预计用完: 11月25日（周三）18时
  建议充值: 12,000元

[已恢复] 云海制造 (1234567890123456)
  可用额度: 12,000元
  预计用完: 11月25日（周三）18时

额度最早读取于2026年11月22日 14:05（北京时间），此后的消费和充值尚未计入。
代金券未计入；预计时间按近期用量推算，用量变化时会提前或推后。

有疑问请致电云帆科技：400-800-1234

编号：B23456789ABCDEFG
"""


def test_the_digest_lists_every_account_with_its_figures() -> None:
    members = [member(a_notice("notice"), MAIL), member(a_notice("recovered", account=named("云海制造")), MAIL)]
    mail = render_digest(members, SETTINGS, REFERENCE)
    assert mail.text == CHINESE_DIGEST
    assert mail.subject == f"2个账号的额度情况 [{REFERENCE}]"


def test_a_digest_of_all_clears_asks_for_nothing() -> None:
    mail = render_digest([member(a_notice("recovered"), MAIL)] * 2, SETTINGS, REFERENCE)
    assert mail.subject == f"2个账号的可用额度已恢复，无需处理 [{REFERENCE}]"
    assert SETTINGS.pay_url not in mail.text
    assert "请这样做" not in mail.text


def test_the_english_digest() -> None:
    members = [member(a_notice("notice", account=named(name)), MAIL, ENGLISH_CONTACT) for name in ("Galaxy", "Ocean")]
    mail = render_digest(members, SETTINGS, REFERENCE)
    assert mail.subject == f"2 accounts: where their balances stand [{REFERENCE}]"
    assert "[Notice] Galaxy (1234567890123456)\n  Balance: CNY 1,234.56\n  Runs out: Wed 25 Nov 18:00" in mail.text
    assert not re.search(r"[㐀-鿿]", mail.text.replace(SETTINGS.agency_name, ""))


@given(st.lists(st.text(max_size=80), min_size=2, max_size=5), st.sampled_from((CONTACT, ENGLISH_CONTACT)))
def test_any_names_leave_the_html_well_formed_and_every_account_in_it(names: list[str], contact: Contact) -> None:
    members = [member(a_notice("notice", account=named(name)), MAIL, contact) for name in names]
    mail = render_digest(members, SETTINGS, REFERENCE)
    expat.ParserCreate().Parse(mail.html.encode(), True)  # noqa: FBT003 - the signature is expat's
    assert mail.html.count("1,234.56") == mail.text.count("1,234.56") == len(names)
    assert mail.subject.endswith(f" [{REFERENCE}]")


def test_the_largest_digest_stays_below_what_direct_mail_takes() -> None:
    members = [member(a_notice("notice", account=named("字" * 40)), MAIL)] * 50
    assert len(render_digest(members, SETTINGS, REFERENCE).html.encode()) < 80_000


def test_a_summary_speaks_the_contacts_language() -> None:
    assert summarise(a_notice(), ENGLISH_CONTACT, MAIL, SETTINGS, digest=True).language is Language.ENGLISH
