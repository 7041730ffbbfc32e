"""``arrears ack`` and ``arrears paying``: what somebody says of an account that is low."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from shared.app.acknowledge import LONGEST_WAIT, SHORTEST_WAIT, acknowledge, expect_payment
from shared.app.in_force import config_in_force
from shared.app.terminal import AT, Staff, failures, find_account, named, settings
from shared.app.wiring import Stores, open_stores
from shared.audit import acknowledgement, payment_promise
from shared.masking import mask_text
from shared.messages.words import level_name, minute

if TYPE_CHECKING:
    from shared.model import Account

HOUR = timedelta(hours=1)
BY = click.option("--by", "who", required=True, callback=named, help="您的姓名 / your name")


@click.command()
@click.argument("account_id")
@BY
@AT
@click.pass_obj
def ack(staff: Staff, account_id: str, who: str, at: datetime | None) -> None:
    """客户已知情：停止重复通知，变严重时仍会通知 / people know: no repeats, unless it gets worse."""
    with failures():
        stores, _ = _account(account_id)
        now = at or datetime.now(UTC)
        level = acknowledge(stores.states, account_id, who, now)
        stores.audit.append([acknowledgement(account_id, level, who, now)])
    name, who = level_name(level, staff.language), mask_text(who)
    staff.say(f"已记录：{who} 知悉“{name}”级别。", f"Noted: {who} knows of the level {name}.")


@click.command()
@click.argument("account_id")
@BY
@click.option(
    "--hours",
    type=click.IntRange(SHORTEST_WAIT // HOUR, LONGEST_WAIT // HOUR),
    default=24,
    show_default=True,
    help="等几小时 / how many hours to wait",
)
@AT
@click.pass_obj
def paying(staff: Staff, account_id: str, who: str, hours: int, at: datetime | None) -> None:
    """付款在途：到时限前不重复、不派待办 / money is under way: no repeats and no task until then."""
    with failures():
        stores, account = _account(account_id)
        now = at or datetime.now(UTC)
        until = now + timedelta(hours=hours)
        level = expect_payment(stores.states, account_id, who, until - now, now)
        stores.audit.append([payment_promise(account_id, level, who, now, until)])
    end, who = minute(until, staff.language), mask_text(who)
    staff.say(
        f"已记录：{who} 说 {account.name} 的款项在途，等到 {end}。欠费和停服仍会通知。",
        f"Noted: {who} says that money is under way to {account.name}; waiting until {end}."
        " Overdue and suspended are still told.",
    )


def _account(account_id: str) -> tuple[Stores, Account]:
    here = settings()
    stores = open_stores(here)
    return stores, find_account(stores, config_in_force(here, stores).config, account_id)
