from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from string import Template
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.consequences import Grace, Milestone
from shared.messages.sms import (
    FiledTemplate,
    account_name,
    can_text,
    filed_templates,
    render_sms,
    sms_pieces,
    template_key,
)
from shared.messages.sms_texts import VARIABLE_KINDS
from shared.model import Contact, Language, Level, SmsContent, Topic
from tests.unit.message_cases import (
    ACCOUNT,
    CONTACT,
    ENGLISH_CONTACT,
    KEYS,
    NEAR,
    OPTIONAL,
    READ_AT,
    ROAD,
    RULES_BY_KEY,
    SETTINGS,
    a_notice,
    a_road,
    message_settings,
    named,
    without,
)

FILED = {(filed.language, filed.key): filed for filed in filed_templates(SETTINGS.hotline)}
CONTACTS = st.sampled_from((CONTACT, ENGLISH_CONTACT))
NAMES = st.text(max_size=300) | st.sampled_from(
    (
        "",
        "🚀🚀",
        "<b>A&B</b>",
        "https://www.evil.example.com/a?b=1",
        "公司www.taobao.com",
        "张三13800138000",
        "（）",
        "字" * 300,
    )
)

CHINESE_TEXTS = {
    "notice": "【云帆科技】账号星河网络科技可用额度1,234.56元，预计11月25日18时前后用完，请留意。咨询400-800-1234",
    "warning": "【云帆科技】账号星河网络科技可用额度1,234.56元，预计11月25日18时前后用完，请安排充值。咨询400-800-1234",
    "critical": "【云帆科技】账号星河网络科技可用额度1,234.56元，预计11月25日18时前后用完，请尽快充值以免停服。"
    "咨询400-800-1234",
    "overdue": "【云帆科技】账号星河网络科技可用额度已用完，超出312.40元，服务可能随时暂停，请尽快充值。"
    "咨询400-800-1234",
    "suspended": "【云帆科技】账号星河网络科技额度不足，超出2,312.40元，服务可能已暂停，"
    "数据保留期有限，请尽快充值。咨询400-800-1234",
    "recovered": "【云帆科技】账号星河网络科技可用额度已恢复为12,000元，此前的提醒已解除。咨询400-800-1234",
    "unreadable": "【云帆科技】账号星河网络科技的额度已连续6次无法读取，原因是访问授权失效，"
    "监测已中断，处理办法见邮件。",
    "receipt": "【云帆科技】账号星河网络科技收到充值5,000元，额度现为6,234.56元，可用到11月25日18时前后。"
    "咨询400-800-1234",
    "release": "【云帆科技】账号星河网络科技超额2,312.40元，云数据库RDS数据于11月25日14时释放，请尽快充值。"
    "咨询400-800-1234",
    "released": "【云帆科技】账号星河网络科技额度超出2,312.40元，云数据库RDS数据应已释放，其余数据请来电核实。"
    "咨询400-800-1234",
    "drill": "【云帆科技】这是一次预警演练，由星河网络科技于2026年11月22日 14:05发起。"
    "收到即表示短信渠道正常，无需处理。",
}
ENGLISH_TEXTS = {
    "notice": "【云帆科技】Account Galaxy: CNY 1,234.56 left, expected to last until 25 Nov 18:00. Call 400-800-1234",
    "warning": "【云帆科技】Account Galaxy: CNY 1,234.56 left, expected to last until 25 Nov 18:00. Please top up. "
    "Call 400-800-1234",
    "critical": "【云帆科技】Account Galaxy: CNY 1,234.56 left, expected to last until 25 Nov 18:00. "
    "Please top up now to avoid a stop. Call 400-800-1234",
    "overdue": "【云帆科技】Account Galaxy: balance used up, CNY 312.40 over. Services may stop at any time, "
    "please top up. Call 400-800-1234",
    "suspended": "【云帆科技】Account Galaxy: CNY 2,312.40 over, services may have stopped. "
    "Data is not kept for long, please top up. Call 400-800-1234",
    "recovered": "【云帆科技】Account Galaxy: balance is back at CNY 12,000, the earlier alert is over. "
    "Call 400-800-1234",
    "unreadable": "【云帆科技】Account Galaxy: balance not readable 6 times in a row (access revoked). "
    "See mail for what to do.",
    "receipt": "【云帆科技】Account Galaxy: CNY 5,000 received, balance is now CNY 6,234.56, enough until "
    "25 Nov 18:00. Call 400-800-1234",
    "release": "【云帆科技】Account Galaxy: CNY 2,312.40 over. RDS kept until 25 Nov, please top up in full. "
    "Call 400-800-1234",
    "released": "【云帆科技】Account Galaxy: CNY 2,312.40 over. RDS gone, please call about the rest. "
    "Call 400-800-1234",
    "drill": "【云帆科技】This is a drill, started by Galaxy on 22 Nov 2026 14:05. As you can read this, SMS work; "
    "nothing to do.",
}


def _render(key: str, contact: Contact = CONTACT, **changes: object) -> SmsContent:
    return render_sms(a_notice(key, **changes), contact, SETTINGS)


@pytest.mark.parametrize("key", KEYS)
def test_the_chinese_text_fits_one_piece(key: str) -> None:
    sms = _render(key)
    assert sms.text == CHINESE_TEXTS[key]
    assert sms.template_code == SETTINGS.sms.templates[key]
    assert sms_pieces(sms.text) == 1


@pytest.mark.parametrize("key", KEYS)
def test_the_english_text_takes_two_pieces(key: str) -> None:
    sms = _render(key, ENGLISH_CONTACT, account=named("Galaxy"))
    assert sms.text == ENGLISH_TEXTS[key]
    assert sms.template_code == (SETTINGS.sms.templates_en or {})[key]
    assert sms_pieces(sms.text) == 2


def test_without_english_codes_the_chinese_template_is_used() -> None:
    settings = message_settings(templates_en=None)
    sms = render_sms(a_notice("warning"), ENGLISH_CONTACT, settings)
    assert (sms.template_code, sms.text) == (settings.sms.templates["warning"], CHINESE_TEXTS["warning"])


@given(key=st.sampled_from(KEYS), name=NAMES, contact=CONTACTS)
def test_the_text_is_the_filed_template_with_its_parameters(key: str, name: str, contact: Contact) -> None:
    sms = _render(key, contact, account=named(name))
    filed = FILED[contact.language, key]
    assert [name for name, _ in sms.parameters] == [name for name, _ in filed.kinds]
    assert sms.text == f"【{sms.sign_name}】" + Template(filed.content).substitute(dict(sms.parameters))


@given(key=st.sampled_from(KEYS), name=NAMES, contact=CONTACTS)
def test_any_name_makes_parameters_that_are_taken(key: str, name: str, contact: Contact) -> None:
    for parameter, value in _render(key, contact, account=named(name)).parameters:
        assert isinstance(value, str)
        assert 1 <= len(value) <= 35
        allowed = "[0-9A-Za-z]+" if VARIABLE_KINDS[parameter] == "other_number2" else r"[0-9A-Za-z㐀-鿿 ,.:()-]+"
        assert re.fullmatch(allowed, value)
        assert not re.search(r"://|[a-z0-9-]\.[a-z]|\d{7}", value, re.IGNORECASE)


@given(key=st.sampled_from(KEYS), name=NAMES)
def test_no_name_makes_a_chinese_text_longer_than_one_piece(key: str, name: str) -> None:
    assert sms_pieces(_render(key, account=named(name)).text) == 1


@pytest.mark.parametrize(
    ("key", "chinese", "english"),
    [
        ("notice", 1, 2),
        ("warning", 1, 2),
        ("critical", 2, 3),
        ("overdue", 2, 2),
        ("suspended", 2, 2),
        ("receipt", 2, 2),
        ("release", 2, 2),
        ("released", 2, 2),
    ],
)
def test_the_longest_figures_take_a_known_number_of_pieces(key: str, chinese: int, english: int) -> None:
    assert _longest(key, CONTACT) == chinese
    assert _longest(key, ENGLISH_CONTACT) == english


def _longest(key: str, contact: Contact) -> int:
    polardb = RULES_BY_KEY["polardb_x"]
    sms = _render(
        key,
        contact,
        account=named("字" * 35),
        available_amount=Decimal("-123456789.99" if key in {"overdue", "suspended", "release", "released"} else "1e8"),
        topped_up=Decimal("123456789.99"),
        road=a_road("polardb_x", grace=Grace()),
        milestone=Milestone(READ_AT, NEAR.kind, (polardb, polardb), 15, earliest=True),
        ends=(None, READ_AT.replace(month=12, day=31, hour=15), None),
    )
    assert all(len(value) <= 35 for _, value in sms.parameters)
    return sms_pieces(sms.text)


@pytest.mark.parametrize("grace", [Grace(), Grace(hours=24)])
def test_a_release_within_eight_characters_of_a_name_takes_one_or_two_pieces(grace: Grace) -> None:
    sms = _render("release", account=named("星河网络科技股份"), road=a_road("rds", grace=grace))
    assert sms_pieces(sms.text) == (2 if grace.hours is None else 1)


def test_services_that_stopped_are_told_of_with_the_next_release() -> None:
    sms = _render("suspended", road=ROAD)
    assert sms.template_code == SETTINGS.sms.templates["release"]
    assert "云数据库RDS数据于11月25日14时释放" in sms.text
    assert _render("suspended", road=a_road("sms")).template_code == SETTINGS.sms.templates["suspended"]


@pytest.mark.parametrize("contact", [CONTACT, ENGLISH_CONTACT], ids=lambda contact: contact.language)
@pytest.mark.parametrize("key", ["release", "released", "suspended"])
def test_without_codes_for_releases_the_text_for_suspended_is_used(key: str, contact: Contact) -> None:
    settings = without("release", "released")
    sms = render_sms(a_notice(key, road=ROAD), contact, settings)
    assert sms.text == render_sms(a_notice("suspended", road=None), contact, settings).text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("topic", [topic for topic in Topic if topic not in {Topic.TASK, Topic.BUNDLE}])
def test_only_a_receipt_without_a_code_cannot_be_texted(topic: Topic, language: Language) -> None:
    assert can_text(topic, language, SETTINGS)
    assert can_text(topic, language, without(*OPTIONAL)) is (topic is not Topic.RECEIPT)


@pytest.mark.parametrize(
    ("changes", "outlook"),
    [
        ({}, "可用到11月25日18时前后。"),
        ({"ends": (None, None, None)}, "近期不会用完。"),
        ({"available_amount": Decimal("-12.5")}, "额度现为-12.50元，还差12.50元。"),
        ({"ends": (READ_AT + timedelta(days=2), None, None)}, "可用到11月24日14时以后。"),
    ],
)
def test_a_receipt_says_how_far_the_money_goes(changes: dict[str, Any], outlook: str) -> None:
    assert outlook in _render("receipt", **changes).text


@pytest.mark.parametrize(
    ("language", "filed"), [(Language.CHINESE, "数据保留期未知"), (Language.ENGLISH, "data kept for an unknown time")]
)
def test_a_release_without_a_known_date_says_so(language: Language, filed: str) -> None:
    contact = replace(CONTACT, language=language)
    assert filed in _render("release", contact, road=None).text
    assert filed in _render("released", contact, road=None, milestone=None).text


def test_a_name_that_would_be_cut_beyond_recognition_takes_a_second_piece() -> None:
    settings = message_settings(sign_name="云帆科技信息服务平台")
    sms = render_sms(a_notice("critical", account=named("上海星河网络科技有限公司")), CONTACT, settings)
    assert "上海星河网络科技有限公司" in sms.text
    assert sms_pieces(sms.text) == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("星河网络科技", "星河网络科技"),
        ("  A&B™  公司 ", "A BTM 公司"),
        ("星河（上海）", "星河(上海)"),
        ("www.Taobao.com网店", "Taobao com网店"),
        ("张三13800138000", "张三8000"),
        ("58同城", "58同城"),
        ("🚀", "尾号3456"),
        ("", "尾号3456"),
        ("ＡＢＣ１２３", "ABC123"),
    ],
)
def test_an_account_name_as_a_variable_holds_it(name: str, shown: str) -> None:
    assert account_name(named(name), Language.CHINESE) == shown


@pytest.mark.parametrize(("limit", "shown"), [(19, "上海星河网络科技股份有限公司北京分公司"), (9, "上海星河网..公司")])
def test_the_middle_of_a_long_name_gives_way(limit: int, shown: str) -> None:
    account = named("上海星河网络科技股份有限公司北京分公司")
    assert account_name(account, Language.CHINESE, limit) == shown


@pytest.mark.parametrize(
    ("ends", "phrase"),
    [
        (a_notice().ends, "预计11月25日18时前后用完"),
        ((a_notice().ends[0], None, None), "预计11月24日14时以后用完"),
        ((None, None, None), "预计较长时间后用完"),
    ],
)
def test_the_end_as_far_as_it_is_in_sight(ends: tuple[None, None, None], phrase: str) -> None:
    assert phrase in _render("warning", ends=ends).text


@pytest.mark.parametrize(
    ("currency", "amount"), [("USD", "1,234.56美元"), ("THB", "1,234.56 THB"), ("JPY", "1,235日元")]
)
def test_the_amount_names_its_currency(currency: str, amount: str) -> None:
    assert f"可用额度{amount}，" in _render("notice", currency=currency).text


def test_an_unknown_cause_is_said_to_be_unknown() -> None:
    assert "原因是未知，" in _render("unreadable", failure="gremlins").text


@pytest.mark.parametrize(
    ("length", "pieces"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3), (160, 3), (201, 3), (202, 4)]
)
def test_pieces_by_length(length: int, pieces: int) -> None:
    assert sms_pieces("字" * length) == pieces


@pytest.mark.parametrize("filed", FILED.values(), ids=lambda filed: f"{filed.language}-{filed.key}")
def test_what_is_filed_keeps_the_rules_of_the_review(filed: FiledTemplate) -> None:
    assert len(filed.content) <= 500
    assert len(filed.name) <= 30
    assert not re.search(r"[【】\[\]#『』²•★※→¥￥&^_]", filed.content), "symbols"
    assert not re.search(r"https?:|www|1[3-9]\d{9}|QQ|微信", filed.content), "links and personal numbers"
    assert not re.search("催|欠|债|还款|贷|逾期|法律|测试", filed.content), "words of banned businesses"
    assert "}${" not in filed.content, "variables side by side"


def test_there_is_a_filed_template_for_every_key_and_language() -> None:
    assert set(FILED) == {(language, key) for language in Language for key in (*KEYS, "task", "bundle")}


def test_what_is_filed_names_kinds_and_an_example() -> None:
    filed = FILED[Language.CHINESE, "unreadable"]
    assert filed.kinds == (("name", "others"), ("runs", "other_number2"), ("cause", "others"))
    assert filed.example == "账号星河网络科技的额度已连续6次无法读取，原因是访问授权失效，监测已中断，处理办法见邮件。"


@pytest.mark.parametrize("key", KEYS)
def test_the_key_of_a_notice(key: str) -> None:
    assert template_key(a_notice(key)) == key


def test_a_recovery_from_any_level_has_one_template() -> None:
    assert template_key(replace(a_notice("recovered"), level=Level.NOTICE)) == "recovered"
    assert ACCOUNT.name in _render("recovered", level=Level.NOTICE).text
