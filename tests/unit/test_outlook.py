"""What is drawn of an account's past and future, from what is kept of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from shared.app.compose import Rules
from shared.app.look import think
from shared.config import parse_config
from shared.model import AccountState, Level, MailContent, SpendHistory, SpendSeries, shanghai_day
from shared.outlook import balance_ahead, balance_past, spend_past
from shared.runway import ends_at, project_runway
from shared.spend import spend_series, with_reading
from tests.agency import ROOT
from tests.builders import DAY, NOON, account, balance, history

SPENT_AN_HOUR = 2


def steady(amount: float, days: int = 20) -> SpendHistory:
    """An account that comes to ``amount`` at noon, evenly."""
    return history([amount + SPENT_AN_HOUR * hour for hour in range(24 * days, -1, -1)])


def series(past: SpendHistory) -> SpendSeries:
    return spend_series(past, "CNY", NOON)


def test_the_balance_is_shown_as_far_back_as_readings_are_kept() -> None:
    past = balance_past(steady(240))
    assert past[-1] == (NOON, Decimal(240))
    assert timedelta(days=2) < past[-1][0] - past[0][0] < timedelta(days=3)


def test_across_a_long_silence_no_balance_is_made_up() -> None:
    past = with_reading(history([50, 49], end=NOON - 20 * DAY), balance(9))
    assert past.readings[0].at < NOON, "the cut at midnight, which nobody read"
    assert balance_past(past) == ((NOON, Decimal(9)),)


def test_readings_of_more_than_two_weeks_ago_are_not_shown() -> None:
    past = with_reading(history([50, 49], end=NOON - 20 * DAY), balance(90))  # a rise that no movement explains yet
    assert past.readings[0].at < NOON - 14 * DAY
    assert balance_past(past) == ((NOON, Decimal(90)),)


def test_of_an_account_never_read_nothing_is_shown() -> None:
    assert balance_past(SpendHistory()) == ()


def test_spend_is_shown_for_two_weeks_of_closed_days() -> None:
    days = spend_past(series(steady(240)))
    assert [day for day, _ in days] == [shanghai_day(NOON) - n * DAY for n in range(14, 0, -1)]
    assert {spend for _, spend in days} == {Decimal(24 * SPENT_AN_HOUR)}


def test_a_day_that_is_not_known_is_none_and_not_zero() -> None:
    days = dict(spend_past(series(with_reading(history([99, 98], end=NOON - 4 * DAY), balance(10)))))
    assert days[shanghai_day(NOON) - 4 * DAY] is None


def test_what_is_ahead_starts_at_the_reading_and_ends_where_low_spend_has_used_it_up() -> None:
    ahead = balance_ahead(series(steady(240)), balance(240))
    assert ahead[0] == (NOON, Decimal(240), Decimal(240), Decimal(240))
    assert [low <= 0 for *_, low in ahead] == [False] * (len(ahead) - 1) + [True]
    assert all(high <= likely <= low for _, high, likely, low in ahead)
    assert ahead[1][0] - NOON == timedelta(hours=12)
    assert {after[0] - before[0] for before, after in pairwise(ahead[1:])} == {DAY}


@pytest.mark.parametrize("plain", [False, True])
def test_the_way_down_meets_zero_when_the_runway_says(plain: bool) -> None:  # noqa: FBT001 - both ways of projecting
    past, there = series(steady(240)), balance(240)
    ahead, runway = balance_ahead(past, there, plain=plain), project_runway(past, there, plain=plain)
    assert runway is not None
    moments, *ways = zip(*ahead, strict=True)
    for way, quantile in zip(ways, (0.10, 0.50, 0.90), strict=True):
        end, used_up = ends_at(runway, quantile), next(n for n, left in enumerate(way) if left <= 0)
        assert end is not None
        assert moments[used_up - 1] <= end <= moments[used_up]


def test_a_balance_that_lasts_is_shown_two_weeks_ahead() -> None:
    ahead = balance_ahead(series(steady(90_000)), balance(90_000))
    assert len(ahead) == 15
    assert ahead[-1][0] <= NOON + 14 * DAY


@pytest.mark.parametrize("amount", [0, -40])
def test_nothing_is_ahead_of_a_balance_that_is_used_up(amount: float) -> None:
    assert balance_ahead(series(steady(amount)), balance(amount)) == ()


def test_nothing_is_ahead_where_spend_is_not_known() -> None:
    past = with_reading(SpendHistory(), balance(240))
    assert balance_ahead(series(past), balance(240)) == ()


def test_the_mail_of_a_warning_has_its_picture() -> None:
    rules = Rules(parse_config((ROOT / "agency.yaml").read_text(encoding="utf-8")))
    one = account()
    outcome = think(one, AccountState(one.account_id, 1, history=steady(70)), rules, balance(70))
    assert outcome.state.alert.level in {Level.WARNING, Level.CRITICAL}
    mails = [m.content for m in outcome.messages if isinstance(m.content, MailContent)]
    assert mails
    assert all("data:image/png;base64," in mail.html for mail in mails)
    assert all("可用额度3月2日0时为190元，3月4日12时为70元。" in mail.text for mail in mails)
    assert all("此前14天，每日消费最高48元（3月3日）。" in mail.text for mail in mails)
    assert all("浅蓝" in mail.html for mail in mails)
    assert all(len(mail.html.encode()) < 30_000 for mail in mails)
