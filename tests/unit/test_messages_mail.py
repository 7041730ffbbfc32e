from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from xml.parsers import expat

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.consequences import Grace
from shared.messages.line_words import GAUGES
from shared.messages.mail import render_mail
from shared.model import Contact, Language, Level, MailContent, ProductChange, Topic
from tests.unit.message_cases import (
    CONTACT,
    ENGLISH_CONTACT,
    GONE,
    KEYS,
    NEAR,
    OUTLOOK,
    PRODUCTS,
    READ_AT,
    ROAD,
    SETTINGS,
    STAKES,
    a_notice,
    a_road,
    named,
)

REFERENCE = "1234567890123456-17"
CONTACTS = st.sampled_from((CONTACT, ENGLISH_CONTACT))
NAMES = st.text(max_size=300) | st.sampled_from(
    (
        "",
        "<b>A&B</b>",
        "</td><script>alert(1)</script>",
        '" onload="x',
        "$end ${name}",
        "🚀公司",
        "字" * 300,
        "a\r\nBcc: b",
    )
)
TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "body",
    "table",
    "tr",
    "td",
    "div",
    "span",
    "h1",
    "p",
    "ol",
    "ul",
    "li",
    "a",
    "b",
    "br",
    "img",
}

CHINESE_WARNING = """\
可用额度预计11月25日18时前后用完，请安排充值

王敏，您好：

按近期用量，账号「星河网络科技」的可用额度预计在11月25日（周三）18时前后用完。请在此之前安排充值，以免影响云服务。

请这样做
1. 充值12,000元，充后按近期用量共够用30天左右。
2. 如果付款由其他同事负责，请把这封邮件转给他。
3. 如果您刚刚充值，无需再做处理；下次读取到新的额度后，提醒会自动解除。

前往充值
https://pay.example.com/top-up?from=alert&lang=zh

账号: 星河网络科技 (1234567890123456)
可用额度: 1,234.56元
近期日均消费: 约380.50元
预计用完: 11月25日（周三）18时前后（读取后约3天）
可能范围: 最早11月24日（周二）14时，最晚11月27日（周五）14时
建议充值: 12,000元

额度用完以后，按量付费的云服务可能会暂停；暂停数日后仍未充值，数据可能被释放，释放后充值也无法找回。

额度读取于2026年11月22日 14:05（北京时间），此后的消费和充值尚未计入。
代金券未计入；预计时间按近期用量推算，用量变化时会提前或推后。

有疑问请致电云帆科技：400-800-1234

编号：1234567890123456-17
"""

ENGLISH_WARNING = """\
Balance runs out around 25 Nov 18:00: please plan a top-up

Dear Wang Min,

At the recent rate of use, the balance of account “Galaxy” will be used up around Wed 25 Nov 18:00. \
Please top up before then, so that your cloud services keep running.

What to do
1. Top up CNY 12,000: at the recent rate of use that is enough for about 30 days in all.
2. If a colleague takes care of payments, please forward this mail.
3. If you have just paid, there is nothing more to do: the alert ends once the new balance is read.

Top up
https://pay.example.com/top-up?from=alert&lang=zh

Account: Galaxy (1234567890123456)
Balance: CNY 1,234.56
Recent spend a day: about CNY 380.50
Runs out: around Wed 25 Nov 18:00 (about 3 days after the reading)
Possible range: Tue 24 Nov 14:00 at the earliest, Fri 27 Nov 14:00 at the latest
Suggested top-up: CNY 12,000

Once the balance is used up, pay-as-you-go services may be stopped. Some days after the stop, data may be released; \
what is released cannot be brought back by paying.

Balance read at 22 Nov 2026 14:05 (China Standard Time). Later spend and payments are not in it.
Vouchers are not counted. Dates follow the recent rate of use and move with it.

Questions? Call 云帆科技: 400-800-1234

Reference: 1234567890123456-17
"""


def _render(key: str, contact: Contact = CONTACT, **changes: object) -> MailContent:
    return render_mail(a_notice(key, **changes), contact, SETTINGS, REFERENCE)


class _Page(HTMLParser):
    """What a reader sees of a page, and the tags and links that make it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_warning_in_chinese() -> None:
    mail = _render("warning")
    assert mail.subject == "可用额度预计11月25日18时前后用完，请安排充值（星河网络科技） [1234567890123456-17]"
    assert mail.text == CHINESE_WARNING


def test_a_warning_in_english() -> None:
    mail = _render("warning", ENGLISH_CONTACT, account=named("Galaxy"))
    assert mail.subject == ("Balance runs out around 25 Nov 18:00: please plan a top-up (Galaxy) [1234567890123456-17]")
    assert mail.text == ENGLISH_WARNING


@pytest.mark.parametrize("contact", [CONTACT, ENGLISH_CONTACT], ids=lambda contact: contact.language)
@pytest.mark.parametrize("key", KEYS)
def test_html_and_plain_text_say_the_same(key: str, contact: Contact) -> None:
    mail = _render(key, contact, **OUTLOOK)
    seen = _Page(mail.html)
    shown = "\n".join([*seen.text, *(alt or "" for alt in seen.attributes.get("alt", ()))])
    links = {link for link in seen.attributes.get("href", ()) if link}
    for line in mail.text.splitlines():
        for part in re.sub(r"^(\d\.|-) ", "", line).split(": ", 1):
            assert part in shown or part in links
    assert "$" not in mail.text + mail.subject


@given(key=st.sampled_from(KEYS), name=NAMES, contact=CONTACTS)
def test_any_name_leaves_the_html_well_formed(key: str, name: str, contact: Contact) -> None:
    mail = _render(key, replace(contact, name=name), account=named(name), **OUTLOOK)
    expat.ParserCreate().Parse(mail.html.encode(), True)  # noqa: FBT003 - the signature is expat's
    page = _Page(mail.html)
    assert page.tags <= TAGS
    assert set(page.attributes) <= {
        *("lang", "charset", "name", "content", "style", "role", "width", "cellpadding", "cellspacing", "border"),
        *("align", "href", "colspan", "src", "alt", "height"),
    }


@given(key=st.sampled_from(KEYS), name=NAMES, contact=CONTACTS)
def test_any_name_leaves_the_subject_one_line_with_the_reference(key: str, name: str, contact: Contact) -> None:
    subject = _render(key, contact, account=named(name)).subject
    assert subject.endswith(f" [{REFERENCE}]")
    assert len(subject) <= 256
    assert subject.isprintable()


def test_a_long_reference_is_never_cut() -> None:
    reference = "r" * 200
    subject = render_mail(a_notice(account=named("字" * 300)), CONTACT, SETTINGS, reference).subject
    assert subject.endswith(f"[{reference}]")
    assert len(subject) <= 256


def test_the_name_is_escaped_and_whole_among_the_facts() -> None:
    html = _render("warning", account=named("<b>A&B</b>" + "字" * 100)).html
    assert "<b>" not in html
    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" + "字" * 100 in html


def test_only_the_pay_page_is_linked_and_nothing_is_loaded() -> None:
    html = _render("critical", **OUTLOOK).html
    assert _Page(html).attributes["href"] == {SETTINGS.pay_url}
    assert not re.search(r"<(link|script|style)|url\(", html)
    assert all(str(source).startswith("data:image/png;base64,") for source in _Page(html).attributes["src"])


@pytest.mark.parametrize(
    ("ends", "in_sight"),
    [
        ((READ_AT, READ_AT, READ_AT), "预计用完: 11月22日（周日）14时前后（读取后不到1小时）"),
        ((READ_AT + timedelta(days=2), None, None), "可能范围: 最早11月24日（周二）14时，也可能晚得多"),
        ((None, READ_AT + timedelta(days=2), None), "预计用完: 11月24日（周二）14时前后（读取后约2天）"),
        ((None, None, None), "额度暂时不会用完"),
    ],
)
@pytest.mark.parametrize("key", ["notice", "warning", "critical"])
def test_the_end_as_far_as_it_is_in_sight(key: str, ends: tuple[None, None, None], in_sight: str) -> None:
    assert in_sight in _render(key, ends=ends).text


def test_below_zero_it_tells_the_debt_and_since_when() -> None:
    text = _render("overdue").text
    assert "目前超出312.40元" in text
    assert "低于零始于: 11月22日（周日）5时" in text
    assert "预计用完" not in text


def test_below_zero_without_a_known_start_it_tells_none() -> None:
    assert "低于零" not in _render("overdue", overdue_since=None).text


@pytest.mark.parametrize(
    ("top_up", "days", "step"),
    [
        ("12000", 30, "1. 充值12,000元，充后按近期用量共够用30天左右。"),
        ("12000", 0, "1. 充值12,000元。"),
        ("0", 0, "1. 登录费用中心充值，金额请按近期日均消费估算。"),
    ],
)
def test_the_first_step_is_the_top_up(top_up: str, days: int, step: str) -> None:
    assert step in _render("warning", top_up=Decimal(top_up), top_up_days=days).text.splitlines()


def test_a_recovery_asks_for_nothing() -> None:
    mail = _render("recovered")
    assert "请这样做" not in mail.text
    assert SETTINGS.pay_url not in mail.text
    assert "预计可以用到11月25日（周三）18时前后" in mail.text


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        ("access_revoked", "请客户在访问控制（RAM）中检查授权给我们的角色"),
        ("throttled", "先等下一次读取"),
        ("unreachable", "健康状态页"),
        ("unexpected_answer", "请把编号交给维护人员"),
        ("gremlins", "请维护人员查看日志"),
    ],
)
@pytest.mark.parametrize("failed_runs", [3, 48])
def test_staff_are_told_the_cause_for_how_long_and_what_to_do(failure: str, remedy: str, failed_runs: int) -> None:
    mail = _render("unreadable", failure=failure, failed_runs=failed_runs)
    assert f"连续{failed_runs}次" in mail.text
    assert remedy in mail.text
    assert SETTINGS.pay_url not in mail.html
    assert "1,234.56" not in mail.text, "an account that cannot be read has no balance to tell"


OWN = replace(a_notice().account, own=True)


@pytest.mark.parametrize("key", ["notice", "warning", "critical", "overdue", "suspended", "unreadable"])
def test_a_mail_about_the_own_account_tells_staff_what_stops_for_everybody(key: str) -> None:
    mail = _render(key, account=OWN)
    assert "短信没有延停，立即发不出去；表格存储立即停用" in mail.text
    assert "所有客户的预警都会无声中断" in mail.text
    assert "本邮件只发给云帆科技的员工。" in mail.text
    assert SETTINGS.hotline not in mail.text


def test_an_own_account_that_may_not_be_read_is_no_customers_business() -> None:
    mail = _render("unreadable", account=OWN)
    assert "在访问控制（RAM）中检查函数的角色" in mail.text
    assert "请客户" not in mail.text


def test_a_drill_asks_for_nothing() -> None:
    mail = _render("drill")
    assert mail.text.startswith("预警演练，无需处理")
    assert "请这样做" not in mail.text
    assert SETTINGS.pay_url not in mail.html


def test_the_page_names_its_language() -> None:
    assert '<html lang="zh-CN">' in _render("warning").html
    assert '<html lang="en">' in _render("warning", replace(CONTACT, language=Language.ENGLISH)).html


# ---------------------------------------------------------------- whatever the figures

AMOUNTS = st.decimals(-(10**9), 10**9, places=2)
MOMENTS = st.none() | st.datetimes(READ_AT.replace(tzinfo=None), READ_AT.replace(year=2029, tzinfo=None)).map(
    lambda at: at.replace(tzinfo=READ_AT.tzinfo)
)
LINES = st.lists(
    st.tuples(st.sampled_from(sorted(GAUGES)), st.sampled_from(("notice", "warning", "critical"))).map(".".join),
    max_size=8,
).map(tuple)
CHANGES = st.builds(
    ProductChange,
    st.sampled_from(("ecs", "")),
    st.sampled_from(("云服务器 ECS", "", "a\nb", "<b>", "$end", "字" * 300)),
    st.decimals("0.01", 10**7, places=2),
    st.none() | st.decimals(0, 10**7, places=2),
)
ROADS = st.builds(
    lambda keys, hours, days: a_road(*keys, grace=Grace(hours), since=READ_AT - timedelta(days=days)),
    st.lists(st.sampled_from(("ecs", "disk", "rds", "eip", "clb", "oss", "cdn", "sms")), unique=True),
    st.none() | st.integers(0, 400),
    st.integers(0, 40),
)


@given(
    topic=st.sampled_from([topic for topic in Topic if topic not in {Topic.TASK, Topic.BUNDLE}]),
    level=st.sampled_from(Level),
    contact=CONTACTS,
    amount=AMOUNTS,
    ends=st.tuples(MOMENTS, MOMENTS, MOMENTS),
    lines=LINES,
    products=st.lists(CHANGES, max_size=3).map(tuple),
    road=st.none() | ROADS,
    stakes=st.sampled_from((None, STAKES)),
    milestone=st.sampled_from((NEAR, GONE, replace(NEAR, earliest=True), replace(GONE, earliest=True))),
    paid=AMOUNTS,
    top_up=st.sampled_from((Decimal(0), Decimal(10**9))),
    own=st.booleans(),
)
def test_every_topic_at_every_level_can_be_said(
    topic: Topic, level: Level, contact: Contact, amount: Decimal, paid: Decimal, *, own: bool, **figures: Any
) -> None:
    assume(topic is not Topic.LEVEL or level is not Level.HEALTHY)
    account = replace(a_notice().account, own=own)
    notice = a_notice(
        topic=topic, level=level, available_amount=amount, topped_up=paid, account=account, **OUTLOOK | figures
    )
    mail = render_mail(notice, contact, SETTINGS, REFERENCE)
    said = mail.text.replace("$end", "") if any(one.name == "$end" for one in notice.products) else mail.text
    assert "$" not in said + mail.subject
    assert not re.search("None|Decimal|inf|nan", mail.text)
    assert mail.text.count("\n") < 60
    expat.ParserCreate().Parse(mail.html.encode(), True)  # noqa: FBT003 - the signature is expat's


# ---------------------------------------------------------------- what is the case

USE = ("spike.warning", "month_budget.warning", "month_projection.warning")


@pytest.mark.parametrize(
    ("line", "headline", "sentence"),
    [
        ("spike", "消费明显高出平常，请查看", "今天或昨天的消费明显高出平常"),
        ("month_budget", "当月预算已用到提醒线", "当月的消费已用到约定的预算提醒线"),
        ("month_projection", "全月消费预计到达预算提醒线", "全月的消费预计会到达约定的预算提醒线"),
        ("share", "可用额度剩余比例偏低", "可用额度为1,234.56元，剩余比例已低于约定的提醒线"),
        ("worst_day", "可用额度难以应付用量高峰", "余下的额度撑不到约定的天数"),
    ],
)
@pytest.mark.parametrize("level", ["notice", "warning", "critical"])
def test_a_level_by_another_line_says_what_is_the_case(line: str, headline: str, sentence: str, level: str) -> None:
    mail = _render(level, lines=(f"{line}.{level}",))
    assert mail.subject.startswith(headline)
    assert sentence in mail.text
    assert "预计可以用到11月25日（周三）18时前后" in mail.text
    assert "前后用完，请" not in mail.text, "nobody is told that the end is near"


@pytest.mark.parametrize("line", USE)
def test_where_only_use_is_beyond_a_line_nobody_is_asked_to_pay(line: str) -> None:
    mail = _render("warning", lines=(line,), stakes=STAKES)
    assert "费用与成本" in mail.text
    assert SETTINGS.pay_url not in mail.text
    assert not re.search("充值|停服", mail.text.replace("此后的消费和充值尚未计入", ""))


@pytest.mark.parametrize(
    "lines", [("runway.warning", *USE), ("risk.warning", "spike.critical"), ("runway.notice", "risk.warning"), ()]
)
def test_as_soon_as_a_line_speaks_of_the_end_the_mail_does(lines: tuple[str, ...]) -> None:
    assert _render("warning", lines=lines).subject.startswith("可用额度预计11月25日18时前后用完")


def test_a_milder_line_that_speaks_of_the_end_is_not_what_the_mail_is_about() -> None:
    mail = _render("warning", lines=("runway.notice", "spike.warning"))
    assert mail.subject.startswith("消费明显高出平常")


def test_both_are_asked_for_where_use_and_balance_are_beyond_their_lines() -> None:
    text = _render("warning", lines=("spike.warning", "share.warning")).text
    assert text.index("1. 登录控制台的“费用与成本”") < text.index("2. 充值12,000元")


def test_several_lines_are_listed_and_a_single_one_is_not() -> None:
    mail = _render("warning", lines=("runway.notice", "risk.warning", "month_budget.notice"))
    assert "已到的提醒线\n- 可用天数（提醒）\n- 用完概率（警告）\n- 当月预算已用（提醒）\n" in mail.text
    assert "已到的提醒线" not in _render("warning", lines=("risk.warning",)).text
    english = _render("warning", ENGLISH_CONTACT, lines=("risk.warning", "share.critical"))
    assert "- probability of running out (warning)\n- share left (critical)" in english.text


# ---------------------------------------------------------------- what costs most, what stops


def test_what_costs_most_is_told_with_its_change() -> None:
    text = _render("warning", products=PRODUCTS).text
    assert "云服务器 ECS：210.50元（此前日均100.25元，是其2.1倍）" in text
    assert "对象存储 OSS：90元（此前日均75元，多20%）" in text
    assert "CDN：40元（与此前持平）" in text
    english = _render("warning", ENGLISH_CONTACT, products=PRODUCTS).text
    assert "云服务器 ECS: CNY 210.50 (2.1 times the CNY 100.25 a day of before)" in english
    assert "对象存储 OSS: CNY 90 (CNY 75 a day before, 20% more)" in english


@pytest.mark.parametrize(
    ("cost", "before", "change"),
    [(10, None, "：10元\n"), (10, 0, "（此前没有消费）"), (5, 10, "（此前日均10元，少50%）"), (30, 10, "是其3倍")],
)
def test_a_change_in_words(cost: int, before: int | None, change: str) -> None:
    one = ProductChange("x", "甲", Decimal(cost), None if before is None else Decimal(before))
    assert change in _render("warning", products=(one,)).text


def test_a_warning_names_what_stops_for_these_products() -> None:
    text = _render("warning", stakes=STAKES).text
    assert "额度用完以后，按量付费的云服务会暂停：短信服务没有延停，欠费即停；云数据库RDS停服后 7 天释放数据。" in text


@pytest.mark.parametrize("key", ["overdue", "suspended", "release", "released"])
def test_below_zero_each_product_has_its_road_the_soonest_first(key: str) -> None:
    text = _render(key, road=ROAD).text
    lines = text[text.index("接下来会怎样") :].splitlines()
    assert lines[1].startswith("- 云数据库RDS：已于11月18日（周三）14时停服，数据于11月25日（周三）14时释放")
    assert [line[:7] for line in lines[2:5]] == ["- 云服务器E", "- 短信服务：", "- 以上按公开"]


def test_a_long_road_is_cut_and_doubtful_rules_are_said_to_be() -> None:
    text = _render("overdue", road=a_road("oss", "ecs", "rds", "eip", "clb", "cdn", since=READ_AT - timedelta(1))).text
    assert "- 另有2项产品：请在控制台查看。" in text
    assert "（规则未经官方证实）" in _render("overdue", road=a_road("oss")).text


@pytest.mark.parametrize("contact", [CONTACT, ENGLISH_CONTACT], ids=lambda contact: contact.language)
@pytest.mark.parametrize("key", KEYS)
def test_amounts_in_yen_have_no_decimals(key: str, contact: Contact) -> None:
    mail = _render(key, contact, currency="JPY")
    assert re.search(r"[0-9]\.[0-9]", mail.text + mail.subject) is None
    assert "JPY" in mail.text or "日元" in mail.text or key in {"unreadable", "drill"}


def test_below_zero_the_top_up_covers_all_of_the_debt() -> None:
    text = _render("overdue").text
    assert "1. 充值12,000元：先补足超出的312.40元，余下的按近期用量共够用30天左右。" in text
    assert "只补一部分，停下的服务不会恢复。" in text


# ---------------------------------------------------------------- receipts and releases


def test_a_receipt_that_is_enough_asks_for_nothing() -> None:
    mail = _render("receipt")
    assert mail.subject.startswith("已收到充值5,000元，无需处理")
    assert "充值5,000元已到账，可用额度现为6,234.56元" in mail.text
    assert "预计可以用到11月25日（周三）18时前后" in mail.text
    assert "请这样做" not in mail.text
    assert SETTINGS.pay_url not in mail.text


def test_a_receipt_that_leaves_a_level_says_what_is_still_to_pay() -> None:
    mail = _render("receipt", level=Level.WARNING)
    assert mail.subject.startswith("已收到充值5,000元，额度仍然偏低")
    assert "1. 充值12,000元，充后按近期用量共够用30天左右。" in mail.text
    assert SETTINGS.pay_url in mail.text


def test_a_receipt_below_zero_says_what_is_missing() -> None:
    mail = _render("receipt", level=Level.OVERDUE, available_amount=Decimal(-80), road=ROAD)
    assert mail.subject.startswith("已收到充值5,000元，还差80元")
    assert "先补足超出的80元" in mail.text
    assert "接下来会怎样" in mail.text
    assert "可以用到" not in mail.text


@pytest.mark.parametrize(
    ("key", "earliest", "headline", "opening"),
    [
        ("release", False, "云数据库RDS的数据将于11月25日14时释放", "将于11月25日（周三）14时释放（还有约3天）"),
        ("release", True, "云数据库RDS的数据最早于11月25日14时释放", "最早于11月25日（周三）14时释放（还有约3天）"),
        ("released", False, "云数据库RDS的数据保留期已过，请立即来电", "保留期已于11月22日（周日）14时结束"),
        ("released", True, "云数据库RDS的数据可能已被释放，请立即来电", "从11月22日（周日）14时起"),
    ],
)
def test_a_release_says_what_goes_when_and_how_sure_that_is(
    key: str, headline: str, opening: str, *, earliest: bool
) -> None:
    milestone = replace(NEAR if key == "release" else GONE, earliest=earliest)
    mail = _render(key, milestone=milestone)
    assert mail.subject.startswith(headline)
    assert opening in mail.text
    assert "先补足超出的2,312.40元" in mail.text


def test_where_data_may_be_gone_the_first_step_is_to_call() -> None:
    assert "1. 请立即致电云帆科技：400-800-1234，一起核实哪些数据还在。" in _render("released").text
    assert "致电云帆科技：400-800-1234，一起" not in _render("released", account=OWN).text


def test_many_products_are_counted() -> None:
    rules = tuple(one.rule for one in a_road("rds", "eip", "clb", "oss", "cdn").products)
    subject = _render("release", milestone=replace(NEAR, products=rules)).subject
    assert subject.startswith("云数据库RDS、弹性公网IP、负载均衡CLB等5项产品的数据将于")
