"""The texts to file, with made-up figures and with an account's own."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from shared.app.cli import main
from shared.app.template_samples import Sample, examples, samples, samples_json
from shared.config import parse_config
from shared.messages.sms import sms_pieces
from shared.model import AccountState, Language, ProductCost
from shared.spend import with_bill
from tests.builders import DAY, HOUR, NOON, account, balance, history

CONFIG = parse_config(Path("agency.yaml").read_text(encoding="utf-8"), "agency.yaml")


def of_an_account(left: float) -> dict[str, Sample]:
    """An account that spends 240 a day on RDS, by the Chinese texts."""
    past = history([left + 10 * n for n in range(20 * 24, -1, -1)], end=NOON, every=HOUR)
    bill = [ProductCost(date(2026, 3, 3), "rds", "云数据库 RDS", Decimal(240), prepaid=False)]
    past = with_bill(past, bill, date(2026, 3, 3))
    someone = account()
    found = samples(someone, AccountState(someone.account_id, 3, history=past), balance(left), CONFIG)
    return {one.filed.key: one for one in found if one.filed.language is Language.CHINESE}


def test_every_text_is_shown_with_what_it_is_filed_with_and_what_it_costs() -> None:
    for one in examples(CONFIG.messages):
        assert one.text == f"【云桥科技】{one.filed.example}"
        assert one.pieces == sms_pieces(one.text)
        assert "$" not in one.text
        assert one.optional is (one.filed.key in {"receipt", "release", "released", "bundle"})


MADE_UP = {"receipt", "released", "unreadable", "task", "drill", "bundle"}
"""Texts about what has not happened to the account, or is of no account."""


def test_an_account_above_zero_is_shown_as_it_is_and_its_arrears_are_supposed() -> None:
    found = of_an_account(1500)
    assert "可用额度1,500元，预计3月10日" in found["warning"].text
    assert "超出239.17元" in found["overdue"].text
    assert "云数据库RDS数据最早于3月11日12时释放" in found["release"].text
    assert "云数据库RDS数据可能已释放" in found["released"].text
    assert {key for key, one in found.items() if one.supposed} == MADE_UP | {"overdue", "suspended", "release"}


def test_an_account_in_arrears_is_shown_as_it_is_and_a_top_up_is_supposed() -> None:
    found = of_an_account(-35)
    assert "超出35元" in found["overdue"].text
    assert "可用额度已恢复为7,365元" in found["recovered"].text
    assert {key for key, one in found.items() if one.supposed} == MADE_UP | {
        "notice",
        "warning",
        "critical",
        "recovered",
    }


def test_an_account_without_bills_has_no_date_of_release() -> None:
    someone = account()
    state = AccountState(someone.account_id, 1, history=history([500], end=NOON - DAY))
    found = {one.filed.key: one for one in samples(someone, state, balance(500), CONFIG)}
    assert "data kept for an unknown time" in found["released"].text


def test_the_texts_are_plain_json() -> None:
    found = samples_json(examples(CONFIG.messages))
    assert json.loads(json.dumps(found, ensure_ascii=False)) == found
    receipt = next(one for one in found if one["key"] == "receipt")
    assert (receipt["optional"], receipt["pieces"]) == (True, 1)


@pytest.mark.parametrize("command", [["templates"], ["config", "templates"]])
def test_the_command_prints_what_to_file(command: list[str]) -> None:
    said = CliRunner().invoke(main, command, env={"ARREARS_CONFIG": "agency.yaml"}).output
    assert "release (zh-CN) 数据保留提醒  通知短信  [可以先不报备]" in said
    assert "name = others, amount = others, release = others" in said
    assert "申请说明: 账号星河网络科技超额1,234.56元，云数据库RDS数据于12月1日18时释放" in said
    assert "字，计费 1 条" in said
