"""The main job end to end: timers fire, balances are read, people are told what they should be, and nothing more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from shared.app.cli import main
from shared.model import DeliveryStatus, Level
from tests.agency import CHECK

if TYPE_CHECKING:
    from tests.agency import Agency

SMS_1, MAIL_1 = "13800000001", "wang1@example.com"


def test_a_customer_is_told_of_each_worse_level_once(agency: Agency) -> None:
    account = agency.watch(1, 2600)
    agency.days(9.2, account, daily=240)
    assert [row for row in agency.received() if row[2] != "task"] == [
        ("mail", MAIL_1, "warning"),
        ("sms", SMS_1, "warning"),
        ("mail", MAIL_1, "warning"),  # repeated after three days
        ("sms", SMS_1, "warning"),
        ("mail", MAIL_1, "critical"),
        ("sms", SMS_1, "critical"),
    ]


def test_a_customer_with_enough_hears_nothing(agency: Agency) -> None:
    account = agency.watch(1, 100_000)
    agency.days(1, account, daily=240)
    agency.deliver()
    assert agency.level(account) is Level.HEALTHY
    assert agency.received() == []


def test_a_top_up_is_answered_with_all_clear_and_no_warning(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.days(0.5, account, daily=240)
    agency.deliver()
    agency.top_up(account, 50_000)
    agency.days(0.25, account, daily=240)
    agency.deliver()
    assert [level for _, _, level in agency.received()] == ["warning", "warning", "recovered"]


def test_a_run_that_comes_late_takes_no_top_up_for_spend(agency: Agency) -> None:
    account = agency.watch(1, 10_000)
    agency.days(5, account, daily=240)
    agency.wait(hours=1)
    timer = agency.now
    agency.wait(minutes=30)
    agency.top_up(account, 5000)
    agency.wait(minutes=10)
    agency.fire(CHECK, set_for=timer)
    agency.wait(minutes=20)
    agency.days(2, account, daily=240)
    assert agency.level(account) is Level.HEALTHY
    assert agency.received() == []


def test_a_second_fall_after_a_top_up_is_told_again(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.days(0.5, account, daily=240)
    agency.top_up(account, 2000)
    agency.days(0.125, account, daily=240)
    assert agency.level(account) is Level.HEALTHY
    agency.days(2, account, daily=480)
    agency.deliver()
    told = [level for channel, _, level in agency.received() if channel == "sms"]
    assert told.count("warning") == 2


def test_an_account_below_zero_is_followed(agency: Agency) -> None:
    account = agency.watch(1, 100)
    agency.days(0.5, account, daily=400)
    agency.deliver()
    assert agency.level(account) is Level.OVERDUE
    told = [level for channel, _, level in agency.received() if channel == "sms" and level != "task"]
    assert told[-1] == "overdue"


def test_receipts_close_the_messages(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.days(0.5, account, daily=240)
    agency.deliver(rounds=3)
    assert {m.status for m in agency.messages(account)} == {DeliveryStatus.DELIVERED}


def test_a_message_that_no_phone_got_is_known_as_undelivered(agency: Agency) -> None:
    agency.cloud.control.sms_fate(SMS_1, error="MOBILE_SEND_LIMIT")
    account = agency.watch(1, 1000)
    agency.days(0.5, account, daily=240)
    agency.deliver(rounds=3)
    sms = next(m for m in agency.messages(account) if m.channel == "sms")
    assert (sms.status, sms.reason) == (DeliveryStatus.UNDELIVERED, "MOBILE_SEND_LIMIT")


def test_the_texts_to_file_are_shown_with_an_accounts_last_figures(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.days(0.125, account, daily=240)
    command = ["templates", "--account", account.account_id, "--json"]
    done = CliRunner().invoke(main, command, env=agency.environment | agency.keys)
    assert done.exit_code == 0, done.output
    texts = {(one["key"], one["language"]): one for one in json.loads(done.output)}
    assert f"账号{account.name}可用额度970元，预计3月" in texts["warning", "zh-CN"]["text"]
    assert texts["warning", "zh-CN"]["supposed"] is False
    assert texts["overdue", "zh-CN"]["supposed"] is True


def test_an_account_that_was_never_read_has_no_figures_to_show(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    command = ["templates", "--account", account.account_id]
    done = CliRunner().invoke(main, command, env=agency.environment | agency.keys)
    assert done.exit_code == 2
    assert "还没有读到过" in done.output
