"""What staff and customers are told of an account's reasons, in both languages."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.app.explain import Explanation, explain, explanation_json
from shared.app.explain_words import explanation_text
from shared.calendar import LAST_YEAR
from shared.config import HoldFor, LeadTime, RiskLines, parse_config
from shared.config.lines import AmountLines, Band
from shared.model import (
    AccountState,
    AlertState,
    HorizonScore,
    Language,
    Level,
    PaidAfter,
    ProductCost,
    Scorecard,
    SpendHistory,
    shanghai_day,
)
from shared.spend import with_bill, with_movements, with_reading
from tests.builders import DAY, HOUR, NOON, account, balance, payment

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.config import Config

CONFIG = parse_config(Path("agency.yaml").read_text(encoding="utf-8"), "agency.yaml")
RISK = CONFIG.policies["default"].risk or RiskLines()


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


def explained(
    past: SpendHistory,
    card: Scorecard | None = None,
    last_run: datetime = NOON,
    alert: AlertState | None = None,
    paid_after: tuple[PaidAfter, ...] = (),
    config: Config = CONFIG,
) -> Explanation:
    someone = account()
    state = AccountState(
        someone.account_id,
        1,
        alert=alert or AlertState(),
        history=past,
        scorecard=card or Scorecard(),
        paid_after=paid_after,
    )
    return explain(someone, state, config, last_run)


def with_policy(**changes: Any) -> Config:
    policies = {"default": replace(CONFIG.policies["default"], **changes)}
    return replace(CONFIG, policies=policies)


HOLDING = with_policy(hold_for=HoldFor(notice=3), lead_time=LeadTime(default_days=Decimal(2)))
UNMEASURED = with_policy(lead_time=LeadTime(measure=False))
ON_AMOUNTS = with_policy(
    available_amount=AmountLines(warning=Band(enter_below=Decimal(12000), leave_at=Decimal("15000.50")))
)
FIXED = with_policy(risk=RiskLines(within_days=Decimal(6), warning=RISK.warning))
PAID = tuple(PaidAfter(NOON - n * 7 * DAY, NOON - n * 7 * DAY + 5 * DAY) for n in (1, 2, 3))
NEW_YEAR = NOON.replace(year=LAST_YEAR, month=12, day=30)


def products(past: SpendHistory, *codes: str) -> SpendHistory:
    costs = [
        ProductCost(date(2026, 3, 3), code, f"产品 {code}", Decimal(90), prepaid=False) for code in codes or ("rds",)
    ]
    return with_bill(past, costs, date(2026, 3, 3))


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
    "a warning": lambda: explained(
        products(spent(20, steady)),
        alert=AlertState(
            Level.WARNING,
            reason="told_already",
            because=(
                ("told_at", "2026-03-04T02:07:00+00:00"),
                ("repeat_after", "72 h"),
                ("repeats", "1 of 5"),
            ),
        ),
    ),
    "little spend": lambda: explained(
        spent(20, steady),
        alert=AlertState(reason="small_spend", because=(("daily_spend", "1.2300"), ("min_daily_spend", "5"))),
    ),
    "a reason of a newer program": lambda: explained(
        spent(20, steady), alert=AlertState(reason="moonrise", because=(("tide", "high"),))
    ),
    "acknowledged": lambda: explained(
        spent(20, steady),
        alert=AlertState(Level.NOTICE, reason="acknowledged", because=(("by", "王丽 13800138000"),)),
    ),
    "held": lambda: explained(
        spent(20, steady),
        alert=AlertState(entering=((Level.NOTICE, NOON - HOUR),)),
        config=HOLDING,
    ),
    "slow payers": lambda: explained(spent(20, steady), paid_after=PAID),
    "one slow payment": lambda: explained(spent(20, steady), paid_after=PAID[:1]),
    "payments that do not count": lambda: explained(spent(20, steady), paid_after=PAID, config=UNMEASURED),
    "lines on amounts": lambda: explained(spent(20, steady), config=ON_AMOUNTS),
    "into a year not known": lambda: explained(spent(20, steady, end=NEW_YEAR), last_run=NEW_YEAR),
    "a fixed horizon": lambda: explained(spent(20, steady), config=FIXED),
    "months below zero": lambda: explained(
        products(spent(20, steady, left=-35), "ecs", "rds", "oss", "cdn", "slb", "eip"),
        alert=AlertState(Level.OVERDUE, overdue_since=NOON - 40 * DAY),
    ),
    "in arrears": lambda: explained(spent(20, steady, left=-35)),
    "not read": lambda: explained(
        spent(20, steady),
        alert=AlertState(
            failure="access_revoked", failed_runs=3, reason="not_read", because=(("failure", "throttled"),)
        ),
    ),
    "never read": lambda: explained(SpendHistory()),
    "paused": lambda: replace(explained(spent(20, steady)), account=replace(account(), paused=True)),
    "known since the last run": lambda: explained(
        spent(20, steady),
        alert=AlertState(Level.NOTICE, reason="told_already", acknowledged_by="王丽 13800138000", acknowledged_at=NOON),
    ),
    "idle, with a record": lambda: explained(spent(20, lambda _: 0.0), Scorecard("CNY", (), HELD, HELD)),
}


def text(case: str, language: Language = Language.CHINESE) -> str:
    return explanation_text(CASES[case](), language)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("language", Language)
def test_every_case_can_be_said_in_lines_that_fit(case: str, language: Language) -> None:
    lines = text(case, language).split("\n")
    assert max(map(len, lines)) < 180
    assert len(lines) <= 45
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
        ("a purchase", "对象存储 OSS：180元，CDN：60元", "CDN: CNY 60"),
        ("a new currency", "币种由 CNY 改为 USD", "currency was CNY before"),
        ("a top-up", "最近一次充值：5,000元", "Last top-up: CNY 5,000"),
        ("plain lines", "改用简单估算", "plain lines are used"),
        ("idle", "看不到头", "not in sight"),
        ("in arrears", "按最贵一天够用天数 0 ", "days like the dearest one 0 "),
        ("not read", "已连续 3 次读取失败（访问授权失效）", "The last 3 runs could not read it (access revoked)"),
        ("not read", "原因 读取被限流", "cause throttled"),
        ("never read", "级别：未知", "Level: Unknown"),
        ("paused", "已暂停看护", "Paused"),
        (
            "known since the last run",
            "已知悉：王丽 138****8000，2026年3月4日 12:00；本级别不再重复",
            "Acknowledged by 王丽 138****8000, 4 Mar 2026 12:00: no repeats at this level",
        ),
        ("in arrears", "余额已经用完", "Nothing is left"),
        (
            "a warning",
            "上次运行：已告知过，不重复（上次告知 2026年3月4日 10:07，重复间隔 72小时，已重复 1/5）",
            "Last run: told already (last told 4 Mar 2026 10:07, repeated after 72 h, repeats 1/5)",
        ),
        ("a warning", "如果欠费：云数据库RDS停服后 7 天释放数据。", "In arrears: RDS: released 7 days after the stop."),
        (
            "little spend",
            "消费太少，不打扰（日均消费 1.23元，不打扰线 5元）",
            "(spend a day CNY 1.23, bothered from CNY 5)",
        ),
        ("a reason of a newer program", "上次运行：moonrise（tide high）", "Last run: moonrise (tide high)"),
        ("acknowledged", "谁 王丽 138****8000", "by 王丽 138****8000"),
        (
            "held",
            "“提醒”已越线（自 2026年3月4日 11:00），持续满 3 小时才算",
            "the line of Notice is crossed since 4 Mar 2026 11:00, and counts after 3 hours",
        ),
        (
            "steady",
            "付款需要 2.5 个工作日（默认，记录 0 次；满 3 次付款前仍按默认）；风险看 2 倍，即今后 7.0 天",
            "(the default until 3 payments are known, 0 so far); risk: 2 times that, the next 7.0 days",
        ),
        ("slow payers", "按这个客户的 3 次付款", "from 3 payments of this customer's"),
        ("one slow payment", "按这个客户的 1 次付款，比默认慢", "from 1 payment of this customer's, slower than"),
        ("payments that do not count", "默认，策略不看付款记录", "the default, as the policy does not measure"),
        (
            "lines on amounts",
            "可用额度 1,500元 → 警告（警告 低于 12,000元，回到 15,000.50元 解除）",
            "available amount CNY 1,500 -> Warning (Warning below CNY 12,000, left at CNY 15,000.50)",
        ),
        ("a warning", "充后共够用约 30 天", "enough for about 30 days in all"),
        ("into a year not known", "年的节假日未知，只避开周末", "are not known, weekends only"),
        ("a fixed horizon", "风险看今后 6 天（固定）", "Risk: within the next 6 days (fixed)"),
        ("months below zero", "欠费后的进程：", "The road below zero:"),
        ("months below zero", "另有 2 项产品，--json 列出全部", "2 more products; --json has them all"),
    ],
)
def test_what_an_account_is_like_is_said(case: str, chinese: str, english: str) -> None:
    assert chinese in text(case)
    assert english in text(case, Language.ENGLISH)


def test_where_nothing_is_spent_there_is_no_record_to_boast_or_complain_of() -> None:
    assert "次 7 天预测" not in text("idle, with a record")


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


def test_the_json_tells_the_lead_time_what_is_held_and_what_lies_ahead() -> None:
    found = explanation_json(CASES["held"]())
    assert found["held"] == [["notice", "2026-03-04T03:00:00+00:00", 3]]
    assert found["lead_time"] == {
        "working_days": "2",
        "payments": 0,
        "by_default": True,
        "fixed": False,
        "horizon_days": 6.0,
        "unknown_years": [],
    }
    road = explanation_json(CASES["months below zero"]())["road"]
    assert isinstance(road, list)
    assert {one["product"] for one in road} == {"ecs", "rds", "oss", "cdn", "clb", "eip"}
    rds = next(one for one in road if one["product"] == "rds")
    assert (rds["state"], rds["stops_at"], rds["earliest"]) == ("unsure", None, True)
    assert explanation_json(CASES["a warning"]())["because"] == {
        "told_at": "2026-03-04T02:07:00+00:00",
        "repeat_after": "72 h",
        "repeats": "1 of 5",
    }
