"""What stops and what is released, in words."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from shared.consequences import (
    Grace,
    Milestone,
    ProductRoad,
    Road,
    Stakes,
    before_zero,
    milestones,
    road,
    rule_of,
)
from shared.consequences_data import RULES, ProductRule, SourceKind
from shared.messages.consequence_words import (
    milestone_phrase,
    product_name,
    road_phrase,
    road_sentence,
    rule_sentence,
    stakes_phrase,
    stakes_sentence,
)
from shared.model import Language, ProductCost
from tests.builders import DAY, HOUR, NOON

CHINESE, ENGLISH = Language.CHINESE, Language.ENGLISH
BY_KEY = {rule.key: rule for rule in RULES}
UNLISTED = rule_of(ProductCost(date(2026, 3, 3), "csk", "容器\n服务", Decimal(5), prepaid=False))
GRACES = [Grace(), Grace(hours=0), Grace(hours=24), Grace(amount=Decimal(100))]


def rules(*keys: str) -> tuple[ProductRule, ...]:
    return tuple(BY_KEY[key] for key in keys)


def road_of(*keys: str, grace: Grace = GRACES[0], days: int = 0, debt: int = 10) -> Road:
    return road(rules(*keys), NOON, Decimal(debt), grace, NOON + days * DAY + HOUR)


def product(key: str, grace: Grace, days: int = 0) -> ProductRoad:
    (one,) = road_of(key, grace=grace, days=days).products
    return one


@pytest.mark.parametrize(
    ("rule", "chinese", "english"),
    [
        (
            BY_KEY["rds"],
            (
                "云数据库RDS：延停权益用完后停止服务，期间不计费；停服后 7 天释放，释放后充值也无法恢复"
                "（据官方文档，https://help.aliyun.com/document_detail/57177.html）。"
            ),
            (
                "RDS: once the grace is used up it stops and is not billed; released 7 days after the stop, which "
                "no payment undoes (official page, https://help.aliyun.com/document_detail/57177.html)."
            ),
        ),
        (
            BY_KEY["eip"],
            (
                "弹性公网IP：延停权益用完后带宽限制到 1 Kbps；停服后 7 天释放，释放后充值也无法恢复"
                "（据官方文档，2023-11-07，https://help.aliyun.com/document_detail/27770.html）。"
            ),
            (
                "EIP: once the grace is used up its bandwidth is cut to 1 Kbps; released 7 days after the stop, which "
                "no payment undoes (official page, 2023-11-07, https://help.aliyun.com/document_detail/27770.html)."
            ),
        ),
        (
            BY_KEY["sms"],
            (
                "短信服务：没有延停，欠费即拒绝调用；数据或配置保留多久未知"
                "（据官方文档的转载，https://help.aliyun.com/zh/sms/product-overview/overdue-payments）。"
            ),
            (
                "SMS: there is no grace: in arrears calls to it are refused at once; how long its data or "
                "configuration is kept is unknown (copy of an official page, "
                "https://help.aliyun.com/zh/sms/product-overview/overdue-payments)."
            ),
        ),
        (
            BY_KEY["oss"],
            (
                "对象存储OSS：延停权益用完后无法读写，期间继续计费；停服后 15 天释放，释放后充值也无法恢复"
                "（据第三方资料，未经官方证实，https://tongchenyun.com/19964.html）。"
            ),
            (
                "OSS: once the grace is used up it can be neither read nor written and is still billed; released 15 "
                "days after the stop, which no payment undoes (second-hand, not confirmed, "
                "https://tongchenyun.com/19964.html)."
            ),
        ),
        (
            UNLISTED,
            "容器 服务：停服和数据释放的规则未知，请在控制台确认。",
            "容器 服务: when it stops and is released is unknown, please check in the console.",
        ),
    ],
)
def test_a_rule_is_told_with_its_source(rule: ProductRule, chinese: str, english: str) -> None:
    assert rule_sentence(rule, CHINESE) == chinese
    assert rule_sentence(rule, ENGLISH) == english


@pytest.mark.parametrize(
    ("one", "chinese", "english"),
    [
        (
            product("rds", Grace(hours=24)),
            "云数据库RDS：运行中，将于3月5日（周四）12时停服，数据于3月12日（周四）12时释放。",
            "RDS: running, stops on Thu 5 Mar 12:00, data released on Thu 12 Mar 12:00.",
        ),
        (
            product("rds", Grace(hours=24), days=2),
            "云数据库RDS：已于3月5日（周四）12时停服，数据于3月12日（周四）12时释放。",
            "RDS: stopped since Thu 5 Mar 12:00, data released on Thu 12 Mar 12:00.",
        ),
        (
            product("rds", Grace(hours=24), days=9),
            "云数据库RDS：已于3月5日（周四）12时停服，按规则已于3月12日（周四）12时释放。",
            "RDS: stopped since Thu 5 Mar 12:00, by the rule released on Thu 12 Mar 12:00.",
        ),
        (
            product("rds", Grace()),
            "云数据库RDS：延停未知，随时可能停服，数据最早于3月11日（周三）12时释放。",
            "RDS: grace unknown, may stop at any time, data released on Wed 11 Mar 12:00 at the earliest.",
        ),
        (
            product("rds", Grace(amount=Decimal(100))),
            "云数据库RDS：运行中，欠费超出延停额度即停服，停服后 7 天释放。",
            "RDS: running, stops once the debt is above the grace, released 7 days after the stop.",
        ),
        (
            product("sms", Grace(hours=24)),
            "短信服务：已于3月4日（周三）12时停服，数据保留多久未知。",
            "SMS: stopped since Wed 4 Mar 12:00, how long its data is kept is unknown.",
        ),
    ],
)
def test_a_road_is_told_with_its_dates(one: ProductRoad, chinese: str, english: str) -> None:
    assert road_sentence(one, CHINESE) == chinese
    assert road_sentence(one, ENGLISH) == english


def test_an_unknown_product_has_a_sentence_of_its_own() -> None:
    (one,) = road((UNLISTED,), NOON, Decimal(1), Grace(hours=1), NOON).products
    assert road_sentence(one, CHINESE) == rule_sentence(UNLISTED, CHINESE)
    assert road_sentence(one, ENGLISH) == rule_sentence(UNLISTED, ENGLISH)


@pytest.mark.parametrize(
    ("stakes", "chinese", "english"),
    [
        (
            before_zero(rules("oss", "rds", "sms")),
            "短信服务没有延停，欠费即停；云数据库RDS停服后 7 天释放数据。",
            "SMS has no grace and stops at once; RDS: released 7 days after the stop.",
        ),
        (before_zero(rules("ecs")), "云服务器ECS欠费后 15 天释放数据。", "ECS: released 15 days after arrears begin."),
        (before_zero(rules("cdn")), "", ""),
    ],
)
def test_a_warning_above_zero_says_what_is_at_stake(stakes: Stakes, chinese: str, english: str) -> None:
    assert stakes_sentence(stakes, CHINESE) == chinese
    assert stakes_sentence(stakes, ENGLISH) == english


@pytest.mark.parametrize(
    ("keys", "chinese", "english"),
    [
        (("oss", "rds", "sms"), "云数据库RDS停服后7天释放数据", "RDS data kept 7 days"),
        (("sms",), "短信服务欠费即停", "SMS stops at once"),
        (("cdn",), "数据保留期未知", "data kept for an unknown time"),
    ],
)
def test_what_is_at_stake_fits_a_variable(keys: tuple[str, ...], chinese: str, english: str) -> None:
    assert stakes_phrase(before_zero(rules(*keys)), CHINESE) == chinese
    assert stakes_phrase(before_zero(rules(*keys)), ENGLISH) == english


def test_the_next_release_fits_a_variable() -> None:
    assert road_phrase(road_of("ecs", "rds"), CHINESE) == "云数据库RDS数据最早于3月11日12时释放"
    assert road_phrase(road_of("ecs", "rds"), ENGLISH) == "RDS kept at least to 11 Mar"
    assert road_phrase(road_of("rds", grace=Grace(hours=24)), ENGLISH) == "RDS kept until 12 Mar"
    assert road_phrase(road_of("sms"), CHINESE) == "数据保留期未知"


def phrases(grace: Grace, language: Language) -> list[str]:
    found: tuple[Milestone, ...] = milestones(road_of("ecs", "disk", "rds", grace=grace), (3, 1))
    return [milestone_phrase(one, language) for one in found]


def test_milestones_are_put_into_a_phrase() -> None:
    assert phrases(Grace(hours=24), CHINESE) == [
        "云服务器ECS等3项停服",
        "云数据库RDS数据3天后释放",
        "云数据库RDS数据1天后释放",
        "云数据库RDS数据应已释放",
        "云服务器ECS等2项数据3天后释放",
        "云服务器ECS等2项数据1天后释放",
        "云服务器ECS等2项数据应已释放",
    ]
    assert phrases(Grace(), CHINESE)[:3] == [
        "云数据库RDS数据可能3天后释放",
        "云数据库RDS数据可能1天后释放",
        "云数据库RDS数据可能已释放",
    ]
    assert phrases(Grace(hours=24), ENGLISH)[:5] == [
        "ECS etc stop",
        "RDS gone in 3 days",
        "RDS gone in 1 day",
        "RDS gone",
        "ECS etc gone in 3 days",
    ]
    assert phrases(Grace(), ENGLISH)[1:3] == ["RDS may go in 1 day", "RDS may be gone"]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("rule", [*RULES, UNLISTED], ids=lambda rule: rule.key)
def test_every_phrase_is_short_plain_and_whole(rule: ProductRule, language: Language) -> None:
    said = [stakes_phrase(before_zero((rule,)), language)]
    for grace in GRACES:
        ahead = road((rule, rule), NOON, Decimal(10), grace, NOON)
        said += [road_phrase(ahead, language), *(milestone_phrase(one, language) for one in milestones(ahead, (3, 1)))]
    for phrase in said:
        assert re.fullmatch(r"[0-9A-Za-z㐀-䶿一-鿿 -]{1,35}", phrase)
        assert ".." not in phrase


@pytest.mark.parametrize("rule", [*RULES, UNLISTED], ids=lambda rule: rule.key)
def test_every_sentence_says_how_it_is_known(rule: ProductRule) -> None:
    chinese, english = rule_sentence(rule, CHINESE), rule_sentence(rule, ENGLISH)
    assert chinese.startswith(product_name(rule, CHINESE))
    assert english.startswith(product_name(rule, ENGLISH))
    assert ("据" in chinese.removeprefix(product_name(rule, CHINESE)).replace("数据", "")) is rule.known
    assert (rule.source in english) is True
    if rule.source_kind is SourceKind.UNKNOWN:
        assert "未知" in chinese
        assert "unknown" in english


def test_an_earliest_release_that_has_passed_may_come_at_any_time() -> None:
    (one,) = road_of("rds", days=9).products
    now = NOON + 9 * DAY
    assert "数据自3月11日（周三）12时起随时可能释放。" in road_sentence(one, CHINESE, now)
    assert "data may be released at any time since Wed 11 Mar 12:00." in road_sentence(one, ENGLISH, now)
    assert road_sentence(one, CHINESE, NOON) == road_sentence(one, CHINESE)
