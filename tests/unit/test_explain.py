"""What staff and customers are told of an account's reasons, in both languages."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.app.explain import Explanation, explain, explanation_json
from shared.app.explain_words import explanation_text
from shared.config import parse_config
from shared.model import AccountState, HorizonScore, Language, ProductCost, Scorecard, SpendHistory, shanghai_day
from shared.spend import with_bill, with_movements, with_reading
from tests.builders import DAY, HOUR, NOON, account, balance, payment

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = parse_config(Path("agency.yaml").read_text(encoding="utf-8"), "agency.yaml")


def spent(days: float, rate: Callable[[datetime], float], *, left: float = 1500, end: datetime = NOON) -> SpendHistory:
    """A history of hourly readings: ``rate`` a day at each hour, ``left`` at ``end``."""
    hours = [end - n * HOUR for n in range(int(days * 24))]
    amount, readings = left, []
    for at in hours:
        readings.append((at, round(amount, 2)))
        amount += rate(at) / 24
    past = SpendHistory()
    for at, value in reversed(readings):
        past = with_reading(past, balance(value, at))
    return past


def explained(past: SpendHistory, card: Scorecard | None = None, last_run: datetime = NOON) -> Explanation:
    someone = account()
    return explain(
        someone, AccountState(someone.account_id, 1, history=past, scorecard=card or Scorecard()), CONFIG, last_run
    )


def steady(_: datetime) -> float:
    return 240.0


def weekly(at: datetime) -> float:
    return 300.0 if shanghai_day(at - HOUR / 2).weekday() < 5 else 100.0


def spiked(at: datetime) -> float:
    return 1200.0 if shanghai_day(at - HOUR / 2) == date(2026, 3, 3) else 240.0


def hot(at: datetime) -> float:
    return 900.0 if shanghai_day(at - HOUR / 2) == date(2026, 3, 4) else 240.0


def with_fee(at: datetime) -> float:
    return 240.0 + (24 * 1500 if shanghai_day(at).day == 1 and at.hour == 20 - 16 else 0)


FAILED = HorizonScore(20, 12.0, (6.0, 9.0, 12.0), 130.0, 100.0, 90.0)
HELD = HorizonScore(20, 12.0, (1.0, 6.0, 10.6), 60.0, 100.0, 90.0)


def bought() -> SpendHistory:
    past = spent(20, lambda at: 240.0 + (24 * 3000 if at == NOON - 20 * HOUR else 0))
    costs = [
        ProductCost(date(2026, 3, 3), "ecs", "云服务器 ECS", Decimal(3000), prepaid=True),
        ProductCost(date(2026, 3, 3), "oss", "对象存储 OSS", Decimal(180), prepaid=False),
        ProductCost(date(2026, 3, 3), "cdn", "CDN", Decimal(60), prepaid=False),
    ]
    return with_bill(past, costs, date(2026, 3, 3))


def in_dollars() -> SpendHistory:
    past = spent(20, steady, end=NOON - 3 * DAY)
    for n in range(72, -1, -1):
        past = with_reading(past, balance(200 + n, NOON - n * HOUR, "USD"))
    return past


def topped_up() -> SpendHistory:
    past = spent(20, steady, left=500)
    past = with_movements(past, [payment(5000, NOON + HOUR / 2)], NOON + HOUR)
    return with_reading(past, balance(5490, NOON + HOUR))


CASES: dict[str, Callable[[], Explanation]] = {
    "steady": lambda: explained(spent(40, steady), Scorecard("CNY", (), HELD, HELD)),
    "one reading": lambda: explained(spent(1 / 24, steady)),
    "first hours": lambda: explained(spent(0.3, steady)),
    "three days": lambda: explained(spent(3.5, steady)),
    "weekdays": lambda: explained(spent(60, weekly)),
    "after a spike": lambda: explained(spent(40, spiked)),
    "a hot day": lambda: explained(spent(40, hot)),
    "monthly fee": lambda: explained(spent(60, with_fee)),
    "old reading": lambda: explained(spent(40, steady), last_run=NOON + 9 * HOUR),
    "a purchase": lambda: explained(bought()),
    "a new currency": lambda: explained(in_dollars()),
    "a top-up": lambda: explained(topped_up(), last_run=NOON + HOUR),
    "plain lines": lambda: explained(spent(40, steady), Scorecard("CNY", (), FAILED, FAILED)),
    "idle": lambda: explained(spent(20, lambda _: 0.0)),
    "in arrears": lambda: explained(spent(20, steady, left=-35)),
}


def text(case: str, language: Language = Language.CHINESE) -> str:
    return explanation_text(CASES[case](), language)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("language", Language)
def test_every_case_can_be_said_in_lines_that_fit(case: str, language: Language) -> None:
    lines = text(case, language).split("\n")
    assert max(map(len, lines)) < 180
    assert not any(word in line for line in lines for word in ("None", "nan", "inf", "Decimal"))


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_plain_json(case: str) -> None:
    assert json.loads(json.dumps(explanation_json(CASES[case]()), allow_nan=False))


@pytest.mark.parametrize(
    ("case", "chinese", "english"),
    [
        ("steady", "消费平稳", "spend is steady"),
        ("steady", "20 次 7 天预测，80% 落在范围内", "of 20 forecasts of 7 days 80% came out"),
        ("one reading", "刚开始看护", "Watched too short"),
        ("first hours", "还没有完整的一天", "no whole day is known"),
        ("three days", "不足 7 天", "fewer than 7 days"),
        ("weekdays", "周六 ×0.53", "Sat ×0.53"),
        ("after a spike", "最近 1 天是之前的 5.0 倍", "5.0 times what was usual"),
        ("a hot day", "今天至今 450元，是此刻应有的 3.7 倍", "3.7 times what was expected"),
        ("monthly fee", "每月 1 日另有约 1,500元（见过 2 次），下次 04-01", "about CNY 1,500 more (seen 2 times)"),
        ("old reading", "约9小时前的数", "about 9 hours ago"),
        ("a purchase", "一次性购买 3,000元，不算日常消费", "CNY 3,000, not burn"),
        ("a purchase", "对象存储 OSS 180元，CDN 60元", "CDN CNY 60"),
        ("a new currency", "币种由 CNY 改为 USD", "currency was CNY before"),
        ("a top-up", "最近一次充值：5,000元", "Last top-up: CNY 5,000"),
        ("plain lines", "改用简单估算", "plain lines are used"),
        ("idle", "看不到头", "not in sight"),
        ("in arrears", "余额已经用完", "Nothing is left"),
    ],
)
def test_what_an_account_is_like_is_said(case: str, chinese: str, english: str) -> None:
    assert chinese in text(case)
    assert english in text(case, Language.ENGLISH)


def test_the_geometric_mean_can_be_redone_from_what_is_shown() -> None:
    found = explanation_json(CASES["after a spike"]())["projection"]
    assert isinstance(found, dict)
    means = [amount for _, amount in found["averages"]]
    assert found["typical_day"] == pytest.approx(math.prod(means) ** (1 / 6), abs=0.02)


def test_what_is_left_by_now_is_the_balance_less_the_likely_spend() -> None:
    found = CASES["old reading"]()
    assert found.unread_for == timedelta(hours=9)
    assert found.left_by_now is not None
    assert float(found.left_by_now) == pytest.approx(1500 - 240 * 9 / 24, abs=2)


def test_a_fresh_reading_is_not_called_old() -> None:
    assert explained(spent(3, steady), last_run=NOON + HOUR).unread_for is None
