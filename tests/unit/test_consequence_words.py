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
from shared.consequences_data import RULES, ProductRule
from shared.messages.consequence_words import (
    milestone_phrase,
    road_phrase,
    road_sentence,
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
    assert road_sentence(one, CHINESE) == "容器 服务：停服和数据释放的规则未知，请在控制台确认。"
    unknown = "容器 服务: when it stops and is released is unknown, please check in the console."
    assert road_sentence(one, ENGLISH) == unknown


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
    said: list[str] = []
    for grace in GRACES:
        ahead = road((rule, rule), NOON, Decimal(10), grace, NOON)
        said += [road_phrase(ahead, language), *(milestone_phrase(one, language) for one in milestones(ahead, (3, 1)))]
    for phrase in said:
        assert re.fullmatch(r"[0-9A-Za-z㐀-䶿一-鿿 -]{1,35}", phrase)
        assert ".." not in phrase


def test_an_earliest_release_that_has_passed_may_come_at_any_time() -> None:
    (one,) = road_of("rds", days=9).products
    now = NOON + 9 * DAY
    assert "数据自3月11日（周三）12时起随时可能释放。" in road_sentence(one, CHINESE, now)
    assert "data may be released at any time since Wed 11 Mar 12:00." in road_sentence(one, ENGLISH, now)
    assert road_sentence(one, CHINESE, NOON) == road_sentence(one, CHINESE)
