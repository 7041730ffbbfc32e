"""What staff read when a command cannot do what they ask: the mend, and an exit code that says whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from demo.site import ROOT, Site
from shared.app.cli import main
from tests.agency import Agency, write_config
from tests.builders import message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cloud import RunningCloud


def arrears(site: Site, *arguments: str, **settings: str) -> tuple[int, str]:
    """A command of the staff's: its exit code, and what it said."""
    done = CliRunner().invoke(main, arguments, env=site.environment | site.keys | settings)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output


def test_before_the_tables_are_made_staff_are_told_to_make_them(cloud: RunningCloud) -> None:
    code, said = arrears(Site(cloud, ROOT / "agency.yaml"), "status")
    assert code == 3
    assert "先运行 arrears init" in said
    assert "run arrears init" in said


def test_a_setting_that_is_missing_is_named_in_both_languages(cloud: RunningCloud) -> None:
    code, said = arrears(Site(cloud, ROOT / "agency.yaml"), "status", ARREARS_TABLESTORE_INSTANCE="")
    assert code == 3
    assert "缺环境变量 ARREARS_TABLESTORE_INSTANCE" in said
    assert "set ARREARS_TABLESTORE_INSTANCE in the environment" in said


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    return Agency(cloud, write_config(tmp_path))


def test_messages_of_an_account_that_is_not_there_are_not_none_but_a_mistake(agency: Agency) -> None:
    code, said = arrears(agency, "outbox", "--account", "99")
    assert code == 2
    assert "没有账号 99" in said
    assert arrears(agency, "outbox", "--account", agency.watch(1, 100).account_id)[0] == 0
    assert arrears(agency, "outbox", "--account", "drill")[0] == 0


def test_messages_of_an_account_that_is_no_longer_watched_are_listed(agency: Agency) -> None:
    gone = message()
    agency.stores.outbox.enqueue([gone])
    code, said = arrears(agency, "outbox", "--account", gone.account_id, "--json")
    assert code == 0
    assert gone.account_id in said


def test_a_proof_that_ends_before_it_begins_is_wrong_usage(agency: Agency) -> None:
    watched = agency.watch(1, 100)
    code, said = arrears(agency, "proof", watched.account_id, "--since", "2026-03-05", "--until", "2026-03-01")
    assert code == 2
    assert "请改 --since 或 --until" in said


def test_an_account_that_was_never_read_has_no_level_to_acknowledge_and_is_not_called_healthy(agency: Agency) -> None:
    code, said = arrears(agency, "ack", agency.watch(1, 100).account_id, "--by", "王丽")
    assert code == 2
    assert "还没有读到过" in said


FUNCTIONS_ROLE = "acs:ram::1000000000000001:role/arrears-alert-function"


def test_a_check_with_a_key_that_no_customer_trusts_is_refused_and_marks_nobody(agency: Agency) -> None:
    for number in (1, 2):
        agency.watch(number, 100, trusted_principal=FUNCTIONS_ROLE)
    code, said = arrears(agency, "run", "check")
    assert code == 3
    assert "客户的角色只信任云上函数的角色" in said
    assert "customers trust the functions' role, and not this key" in said
    assert 's check_balances invoke -e \'{"triggerTime": "20' in said
    assert agency.stores.states.load_states().values == ()


def test_one_customer_who_withdrew_the_role_keeps_no_check_from_the_others(agency: Agency) -> None:
    agency.watch(1, 100, trusted_principal=FUNCTIONS_ROLE)
    agency.watch(2, 100)
    assert arrears(agency, "run", "check")[0] == 0
    assert len(agency.stores.states.load_states().values) == 2


def test_where_nobody_is_watched_there_is_nothing_to_refuse(agency: Agency) -> None:
    assert arrears(agency, "run", "check")[0] == 0
