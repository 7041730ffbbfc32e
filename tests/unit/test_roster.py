from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.addresses import parse_mail, parse_mobile
from shared.app.roster_file import read_rows
from shared.config import parse_config
from shared.errors import InvalidInput
from shared.model import Account, Contact, Language
from shared.roster import COLUMNS, parse_roster

ROOT = Path(__file__).parents[2]
UID = "1234567890123401"


def cells(**given: str) -> dict[str, str]:
    """One row with what it needs."""
    return {"account_id": UID, "name": "青禾电商", "contact": "王芳", "phone": "13800138001", **given}


def accounts(*rows: dict[str, str]) -> tuple[Account, ...]:
    return parse_roster(enumerate(rows, 2), "accounts.csv")


def test_the_example_is_taken_over_with_agency_yaml() -> None:
    config = parse_config((ROOT / "agency.yaml").read_text(encoding="utf-8"))
    first, second = parse_roster(read_rows(ROOT / "accounts.example.csv"), "accounts.example.csv", config)
    assert [contact.name for contact in first.contacts] == ["王芳", "李强"]
    assert (second.policy, second.contacts[0].language) == ("vip", Language.ENGLISH)
    assert config.policy_for(second.account_id, second.policy).grace_hours == 24


def test_what_is_left_out_has_its_default() -> None:
    assert accounts(cells()) == (
        Account(account_id=UID, name="青禾电商", contacts=(Contact("王芳", phone="13800138001"),)),
    )


def test_every_column_is_taken_over() -> None:
    arn = f"acs:ram::{UID}:role/balance-reader"
    row = cells(
        mail="w@example.com",
        language="英文",
        timezone="Asia/Tokyo",
        quiet="21:30－7:00",
        currency="usd",
        policy="vip",
        role_arn=arn,
        external_id="x-1",
        paused="是",
    )
    contact = Contact("王芳", "13800138001", "w@example.com", Language.ENGLISH, "Asia/Tokyo", (time(21, 30), time(7)))
    assert accounts(row) == (Account(UID, "青禾电商", (contact,), "USD", "vip", arn, "x-1", paused=True),)


def test_who_wants_no_quiet_hours_says_so() -> None:
    assert accounts(cells(quiet="无"))[0].contacts[0].quiet == (time(0), time(0))


def test_headers_may_be_chinese_or_english() -> None:
    chinese = {COLUMNS[column]: text for column, text in cells(paused="yes").items()}
    assert accounts(chinese) == accounts(cells(paused="yes"))


def test_an_account_has_the_contacts_of_all_its_rows_wherever_they_stand() -> None:
    other = cells(account_id="1234567890123402", name="蓝港")
    later = cells(name="", contact="李强", phone="13800138002", policy="vip")
    first, second = accounts(cells(), other, later)
    assert [contact.name for contact in first.contacts] == ["王芳", "李强"]
    assert (first.name, first.policy, second.policy) == ("青禾电商", "vip", "default")


def test_one_person_may_look_after_several_accounts() -> None:
    assert len(accounts(cells(), cells(account_id="1234567890123402"))) == 2


def test_rows_without_text_are_passed_over() -> None:
    assert len(accounts(dict.fromkeys(cells(), " "), cells())) == 1


def test_rows_with_damaged_uids_are_not_taken_for_one_account() -> None:
    damaged = "1.23457E+15"
    with pytest.raises(InvalidInput) as refusal:
        accounts(cells(account_id=damaged), cells(account_id=damaged, name="蓝港"))
    assert [problem.line for problem in refusal.value.problems] == [2, 3]


def test_nothing_is_half_taken_over() -> None:
    with pytest.raises(InvalidInput):
        accounts(cells(), cells(account_id="1234567890123402", currency="EUR"))


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "written",
    ["13800138000", "+86 138 0013 8000", "0086-13800138000", "8613800138000", "138-0013-8000", "\u00a013800138000 "],
)
def test_a_mobile_number_is_read_however_it_is_spaced(written: str) -> None:
    assert parse_mobile(written) == "13800138000"


@pytest.mark.parametrize("written", ["", "12800138000", "1380013800", "138001380000", "+8513800138000", "１３８00138"])
def test_other_numbers_are_none(written: str) -> None:
    assert parse_mobile(written) is None


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "86", "0086", "+86 "]))
def test_every_mobile_number_survives_its_prefix(number: str, prefix: str) -> None:
    assert parse_mobile(prefix + number) == number


@pytest.mark.parametrize("written", ["a@example.com", " ops.cn+1@mail.example.com.cn "])
def test_mail_addresses(written: str) -> None:
    assert parse_mail(written) == written.strip()


@pytest.mark.parametrize("written", ["", "a", "a@b", "a b@example.com", "a..b@example.com", "x" * 190 + "@example.com"])
def test_other_texts_are_no_mail_addresses(written: str) -> None:
    assert parse_mail(written) is None


@given(st.dictionaries(st.sampled_from([*COLUMNS, *COLUMNS.values()]), st.text(max_size=20)))
def test_any_row_is_taken_over_or_refused_with_problems(row: dict[str, str]) -> None:
    try:
        taken = accounts(row)
    except InvalidInput:
        return
    assert taken[0].contacts
