"""Accounts with a past, as an agency has them after three months: on the cloud's books, and in our tables.

A few pasts are lived through hour by hour, by the very code that is measured, and shared out among all accounts. Each
account stands just before its next look: of every 24 one is due to be asked for movements and a bill, and of every 200
one has run low since the last look, so that its people are told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.app.compose import Rules
from shared.app.look import hour_of, think
from shared.model import SHANGHAI, Account, AccountState, Balance, Contact, ProductCost, shanghai_day
from shared.spend import with_bill, with_movements, with_reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.config import Config

PASTS = 8
DAYS, BY_HOUR = 90, 4
"""How much past there is, and how much of it was read hourly; the rest every six hours, which leaves the same rows."""
LOW = 200
"""One account in so many has run low."""
HOUR = timedelta(hours=1)
PRODUCTS = ("ecs", "rds", "oss", "cdn", "slb", "eip")


@dataclass(frozen=True, slots=True)
class Past:
    """A state, and what the account spends in an hour."""

    state: AccountState
    hourly: Decimal
    left: Decimal


def account(number: int) -> Account:
    """An account of a customer's, by its number."""
    uid = f"{3_000_000_000_000_000 + number}"
    people = (Contact("王丽", f"138{number:08}", f"wang{number}@example.com"),)
    role = f"acs:ram::{uid}:role/agency-balance-reader"
    return Account(uid, f"示例客户{number}", people, role_arn=role, external_id=f"agency-{number}")


def pasts(config: Config, now: datetime) -> list[Past]:
    """Live through some pasts that end an hour before ``now``."""
    rules = Rules(config, frozenset(), ())
    return [_live(number, rules, now - HOUR) for number in range(PASTS)]


def _live(number: int, rules: Rules, end: datetime) -> Past:
    daily = 20.0 * 3**number**0.5
    state, left, one = AccountState("0"), Decimal(round(daily * 150)), account(0)
    hourly = Decimal(0)
    for at, hours in _looks(end):
        swing = 1 + 0.3 * math.sin(at.timestamp() / 86_400 * math.tau / (3 + number % 5))
        hourly = Decimal(str(round(daily / 24 * swing, 2)))
        left -= hourly * hours
        balance = Balance(at, "CNY", left)
        history = with_movements(state.history, (), at)
        day = shanghai_day(at) - timedelta(days=2)
        costs = [ProductCost(day, code, code, hourly * 4, prepaid=False) for code in PRODUCTS]
        history = with_reading(with_bill(history, costs, day), balance)
        state = think(one, replace(state, history=history, version=1), rules, balance).state
    return Past(state, hourly, left)


def _looks(end: datetime) -> Iterator[tuple[datetime, int]]:
    """When the past was looked at, and how many hours after the look before."""
    at, last = end - timedelta(days=DAYS), end - timedelta(days=BY_HOUR)
    while at <= end:
        step = 6 if at < last else 1
        yield at, step
        at += HOUR * step


def state_of(past: Past, one: Account, now: datetime) -> AccountState:
    """A past as that of ``one``, which was last asked for movements and a bill in its own hour of the day."""
    hour = hour_of(one.account_id)
    asked = now - HOUR * ((now.astimezone(SHANGHAI).hour - hour) % 24 or 24)
    day = shanghai_day(asked - HOUR * hour) - timedelta(days=2)
    history = replace(past.state.history, movements_until=asked, bills_until=day)
    return replace(past.state, account_id=one.account_id, version=0, history=history)


def left_now(past: Past, number: int) -> Decimal:
    """What the cloud says of the account."""
    return Decimal("3.20") if number % LOW == LOW - 1 else past.left - past.hourly
