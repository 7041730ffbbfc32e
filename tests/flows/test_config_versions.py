"""Thresholds change without a deploy: what was applied is what the next run goes by, and a bad version stops nobody."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
import time_machine
from click.testing import CliRunner

from shared.app.apply import NotApplied, apply
from shared.app.cli import main
from shared.app.in_force import config_in_force
from shared.app.prepared import program
from shared.app.wiring import open_gateway, parse_text
from shared.audit import DecisionEntry
from shared.config import config_version, parse_config
from shared.config.prepared import prepare, restore
from shared.config.versions import ConfigVersion
from shared.model import AGENCY, Level
from shared.state.configs import TablestoreConfigs
from shared.state.rows import put_config_version
from shared.state.tables import CONFIG_VERSIONS, Put
from tests.agency import AUDIT, CHECK, DELIVER, Agency, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from shared.model import Account
    from tests.cloud import RunningCloud

LINES = {"warning": {"enter_below": 2000, "leave_at": 2500}, "critical": {"enter_below": 100, "leave_at": 200}}
BY = ("--by", "李雷")
WHY = (*BY, "--note", "试一试")
STAFF = {("mail", "oncall@example.com", "task"), ("sms", "13800138000", "task")}


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    """An agency whose lines are amounts: a warning below 2000."""
    return Agency(cloud, write_config(tmp_path, available_amount=LINES, runway=None, risk=None, quiet=None))


def text(agency: Agency, enter_below: int = 2000) -> str:
    """The agency's file with another line for warnings."""
    packaged = agency.config_file.read_text(encoding="utf-8")
    return packaged.replace("enter_below: 2000", f"enter_below: {enter_below}")


def file(agency: Agency, enter_below: int) -> str:
    """The path of a file with that line."""
    path = agency.config_file.parent / f"{enter_below}.yaml"
    path.write_text(text(agency, enter_below), encoding="utf-8")
    return str(path)


def arrears(agency: Agency, *arguments: str, code: int = 0) -> str:
    """A command of the staff's: what it said, on either stream."""
    done = CliRunner().invoke(main, [*arguments], env=agency.environment | agency.keys)
    assert done.exit_code == code, done.output
    return done.output


def applied(agency: Agency, *enter_below: int) -> None:
    for line in enter_below:
        arrears(agency, "config", "apply", file(agency, line), *WHY)


def versions(agency: Agency) -> list[tuple[int, str]]:
    """What is stored: number and note."""
    return [(one.number, one.note) for one in agency.stores.configs.load_history().values]


def damage(agency: Agency, number: int, **columns: str) -> None:
    """A version that no program of ours would have written."""
    sound = put_config_version(ConfigVersion(number, text(agency), "某人", "-", agency.now))
    open_gateway(agency.settings).write(CONFIG_VERSIONS, [Put((number,), {**sound.columns, **columns})])


def of_a_newer_program(agency: Agency, number: int) -> None:
    newer = text(agency) + "moon_phase: full\n"
    damage(agency, number, text=newer, config_version=config_version(newer))


def used(agency: Agency) -> tuple[int | None, str]:
    """The version that the function's handler goes by in a check, now, as its report says."""
    with time_machine.travel(agency.now, tick=False):
        said = arrears(agency, "run", "check")
    report = json.loads(said.splitlines()[-1])["config"]
    return report["number"], report["digest"]


def found_by_doctor(agency: Agency, flaw: str) -> list[tuple[str, str, bool]]:
    """What the doctor finds of one kind, now: subject, detail, and whether it is serious."""
    at = agency.now.strftime("%Y-%m-%dT%H:%M:%S%z")
    said = CliRunner().invoke(main, ["doctor", "--json", "--at", at], env=agency.environment | agency.keys).output
    findings = [one for one in json.loads(said[said.index("{") :])["findings"] if one["flaw"] == flaw]
    return [(one["subject"], one["detail"], one["serious"]) for one in findings]


@pytest.mark.parametrize(
    ("language", "package", "version"),
    [("zh-CN", "还没有应用过", "第 1 版"), ("en", "nothing was applied", "version 1")],
)
def test_the_doctor_says_what_the_functions_go_by(agency: Agency, language: str, package: str, version: str) -> None:
    def said() -> str:
        return CliRunner().invoke(main, ["--lang", language, "doctor"], env=agency.environment | agency.keys).output

    assert package in said()
    applied(agency, 2450)
    assert package not in said()
    assert version in said()


def decided_by(agency: Agency, account: Account) -> list[str]:
    entries = agency.stores.audit.load(account.account_id, agency.now.replace(day=1), agency.now.replace(day=28)).values
    return [entry.config_version for entry in entries if isinstance(entry, DecisionEntry)]


# ---------------------------------------------------------------- applied


def test_what_was_applied_is_what_the_next_check_goes_by(agency: Agency) -> None:
    account = agency.watch(1, 2400)
    assert used(agency) == (None, config_version(text(agency)))
    assert agency.level(account) is Level.HEALTHY
    said = arrears(agency, "--lang", "en", "config", "apply", file(agency, 2450), *WHY)
    digest = config_version(text(agency, 2450))
    assert said.strip() == f"Stored as version 1 ({digest}); the functions take it at their next run."
    agency.wait(hours=1)
    assert [run["outcome"] for run in agency.check()] == ["Succeeded"]
    assert used(agency) == (1, digest)
    assert agency.level(account) is Level.WARNING
    assert decided_by(agency, account)[-1] == digest


def test_the_newest_version_stands_over_a_newer_file_of_the_package(agency: Agency) -> None:
    agency.watch(1, 2400)
    applied(agency, 2450)
    agency.config_file.write_text(text(agency, 1000), encoding="utf-8")
    assert used(agency)[0] == 1
    assert found_by_doctor(agency, "config_differs") == [("agency.yaml", "1", False)]
    arrears(agency, "config", "apply", *WHY)
    assert used(agency)[0] == 2
    assert found_by_doctor(agency, "config_differs") == []


def test_the_text_in_force_is_not_stored_twice(agency: Agency) -> None:
    applied(agency, 2100)
    said = arrears(agency, "--lang", "en", "config", "apply", file(agency, 2100), *WHY)
    assert "Nothing was stored: this text is in force as version 1" in said
    assert len(versions(agency)) == 1
    applied(agency, 2200, 2100)
    assert len(versions(agency)) == 3


def test_a_bad_file_cannot_be_applied_and_every_problem_is_named(agency: Agency) -> None:
    bad = text(agency).replace("enter_below: 2000", "enter_below: 两千").replace("max_repeats: 5", "max_repeat: 5")
    path = agency.config_file.parent / "bad.yaml"
    path.write_text(bad, encoding="utf-8")
    lines = arrears(agency, "config", "apply", str(path), *WHY, code=1).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("bad.yaml:") and " — " in line for line in lines)
    assert versions(agency) == []


def test_a_file_that_lacks_a_policy_in_use_cannot_be_applied(agency: Agency) -> None:
    account = agency.watch(1, 5000)
    agency.stores.accounts.save_accounts([replace(account, policy="gold")])
    said = arrears(agency, "config", "apply", file(agency, 2100), *WHY, code=1)
    assert account.account_id in said
    assert "gold" in said
    assert versions(agency) == []


def test_a_file_above_a_megabyte_cannot_be_applied(agency: Agency) -> None:
    path = agency.config_file.parent / "large.yaml"
    path.write_text(text(agency) + "#" * 1_000_000, encoding="utf-8")
    assert "1000000 at most" in arrears(agency, "config", "apply", str(path), *WHY, code=1)


@pytest.mark.parametrize(("option", "value"), [("--by", " "), ("--note", "")])
def test_who_and_why_must_be_said(agency: Agency, option: str, value: str) -> None:
    asked = {"--by": "李雷", "--note": "试一试", option: value}
    arrears(agency, "config", "apply", *(word for pair in asked.items() for word in pair), code=2)
    assert versions(agency) == []


def test_a_run_puts_beside_a_version_how_it_is_understood_and_the_next_takes_it_from_there(agency: Agency) -> None:
    applied(agency, 1500)
    (before,) = agency.stores.configs.load_history().values
    agency.check()
    (after,) = agency.stores.configs.load_history().values
    assert (before.prepared, replace(after, prepared="")) == ("", before)
    assert restore(after.prepared, after.text, program()) == parse_text(before.text, before.file)


def test_what_another_program_understood_is_not_taken_and_is_made_anew(agency: Agency) -> None:
    applied(agency, 1500)
    (version,) = agency.stores.configs.load_history().values
    other = parse_text(text(agency, 1700), "other")
    agency.stores.configs.save_prepared(replace(version, prepared=prepare(other, version.text, "an older program")))
    found = config_in_force(agency.settings, agency.stores)
    assert found.config == parse_config(version.text)
    (after,) = agency.stores.configs.load_history().values
    assert restore(after.prepared, after.text, program()) == found.config


class Overtaken(TablestoreConfigs):
    """The store, in which somebody else applies a version of theirs between our look and our write."""

    def __init__(self, agency: Agency, theirs: str) -> None:
        super().__init__(open_gateway(agency.settings))
        self.theirs = theirs

    def save_version(self, version: ConfigVersion) -> bool:
        super().save_version(replace(version, text=self.theirs, author="韩梅梅"))
        return super().save_version(version)


def test_who_is_overtaken_is_told_by_whom_and_takes_nothing_away(agency: Agency) -> None:
    applied(agency, 2100)
    stores = replace(agency.stores, configs=Overtaken(agency, text(agency, 2300)))
    with pytest.raises(NotApplied, match="韩梅梅 has just applied version 2; see arrears config show 2"):
        apply(text(agency, 2200), "mine.yaml", "李雷", "-", stores, agency.now)
    assert [one.author for one in agency.stores.configs.load_history().values] == ["李雷", "韩梅梅"]
    assert apply(text(agency, 2200), "mine.yaml", "李雷", "-", agency.stores, agency.now).version.number == 3


def test_who_is_overtaken_with_the_same_text_has_what_they_wanted(agency: Agency) -> None:
    stores = replace(agency.stores, configs=Overtaken(agency, text(agency, 2200)))
    done = apply(text(agency, 2200), "mine.yaml", "李雷", "-", stores, agency.now)
    assert (done.new, done.version.author) == (False, "韩梅梅")
    assert len(versions(agency)) == 1


def test_of_many_who_apply_at_once_each_has_a_number_or_is_told(agency: Agency) -> None:
    begin = Barrier(6)

    def one(line: int) -> int | None:
        stores = agency.stores
        begin.wait()
        try:
            return apply(text(agency, line), "x.yaml", str(line), "-", stores, agency.now).version.number
        except NotApplied:
            return None

    with ThreadPoolExecutor(6) as pool:
        numbers = dict(zip(range(2100, 2106), pool.map(one, range(2100, 2106)), strict=True))
    stored = {int(kept.author): kept.number for kept in agency.stores.configs.load_history().values}
    assert stored == {line: number for line, number in numbers.items() if number is not None}
    assert sorted(stored.values()) == list(range(1, len(stored) + 1))


def test_who_expects_another_version_is_told_whose_is_in_force(agency: Agency) -> None:
    applied(agency, 2100)
    for expect in ("0", "2"):
        said = arrears(agency, "config", "apply", file(agency, 2200), *WHY, "--expect", expect, code=4)
        assert "version 1 (李雷) is in force" in said
    assert len(versions(agency)) == 1
    arrears(agency, "config", "apply", file(agency, 2200), *WHY, "--expect", "1")
    assert len(versions(agency)) == 2


def test_commands_of_the_staff_go_by_what_is_in_force(agency: Agency, tmp_path: Path) -> None:
    with_gold = tmp_path / "gold.yaml"
    with_gold.write_text(
        text(agency).replace("policies:\n", "policies:\n  gold: {top_up_days: 60}\n"), encoding="utf-8"
    )
    roster = tmp_path / "accounts.csv"
    roster.write_text(
        "账号UID,客户名称,策略,联系人,手机\n2000000000000001,甲,gold,王丽,13800000001\n", encoding="utf-8"
    )
    assert "gold" in arrears(agency, "import", str(roster), code=1)
    arrears(agency, "config", "apply", str(with_gold), *WHY)
    arrears(agency, "import", str(roster))
    assert [account.policy for account in agency.stores.accounts.load_accounts().values] == ["gold"]


# ---------------------------------------------------------------- looked at, and taken back


def test_history_tells_who_when_and_why_and_which_is_in_force(agency: Agency) -> None:
    assert "deployed with the code is in force" in arrears(agency, "--lang", "en", "config", "history")
    applied(agency, 2100, 2200)
    found = json.loads(arrears(agency, "config", "history", "--json"))
    assert found["in_force"] == 2
    first, second = found["versions"]
    assert (first["number"], first["by"], first["note"]) == (1, "李雷", "试一试")
    assert first["applied_at"].endswith("+08:00")
    assert second["digest"] == config_version(text(agency, 2200))
    table = arrears(agency, "--lang", "en", "config", "history")
    assert [line for line in table.splitlines() if "in force" in line] == [
        line for line in table.splitlines() if second["digest"] in line
    ]


def test_history_shows_a_note_as_it_was_written_but_for_phones(agency: Agency) -> None:
    note = "[/red] 见工单 [7]，问 13912345678"
    arrears(agency, "config", "apply", file(agency, 2100), *BY, "--note", note)
    assert "[/red] 见工单 [7]，问 139****5678" in arrears(agency, "config", "history")


def test_history_holds_no_text(agency: Agency) -> None:
    secret = "heartbeat_url: https://heartbeat.example.com/alive/7f3a"
    agency.config_file.write_text(text(agency).replace("heartbeat_url: null", secret), encoding="utf-8")
    arrears(agency, "config", "apply", *WHY)
    said = arrears(agency, "config", "history") + arrears(agency, "config", "history", "--json")
    assert "7f3a" not in said
    assert secret in arrears(agency, "config", "show")


def test_show_prints_a_version_to_the_letter(agency: Agency) -> None:
    assert arrears(agency, "--reveal", "config", "show") == text(agency)
    applied(agency, 2100, 2200)
    assert arrears(agency, "--reveal", "config", "show") == text(agency, 2200)
    assert arrears(agency, "--reveal", "config", "show", "1") == text(agency, 2100)
    assert "arrears config history" in arrears(agency, "config", "show", "7", code=2)


def test_show_masks_the_staff_s_phones_and_addresses_and_says_so(agency: Agency) -> None:
    said = arrears(agency, "config", "show")
    assert "13800138000" in text(agency)
    assert "13800138000" not in said
    assert "oncall@example.com" not in said
    assert "138****8000" in said
    assert said.rstrip().endswith("arrears --reveal config show")


def test_going_back_twice_is_two_versions_back(agency: Agency) -> None:
    applied(agency, 2100, 2200, 2300)
    assert "Back to version 2, stored as version 4" in arrears(agency, "--lang", "en", "config", "rollback", *BY)
    assert "已退回第 1 版的内容，存为第 5 版" in arrears(agency, "config", "rollback", *BY)
    assert versions(agency)[3:] == [(4, "back to 2"), (5, "back to 1")]
    assert "no earlier version" in arrears(agency, "config", "rollback", *BY, code=2)


def test_a_rollback_is_a_new_version_with_the_old_text(agency: Agency) -> None:
    applied(agency, 2100, 2200, 2300)
    arrears(agency, "config", "rollback", *BY)
    assert versions(agency)[3:] == [(4, "back to 2")]
    arrears(agency, "config", "rollback", "1", *BY)
    assert versions(agency)[4:] == [(5, "back to 1")]
    assert used(agency) == (5, config_version(text(agency, 2100)))


def test_there_is_nothing_to_go_back_to_before_the_first_version(agency: Agency) -> None:
    assert "no earlier version" in arrears(agency, "config", "rollback", *BY, code=2)
    applied(agency, 2100)
    assert "no earlier version" in arrears(agency, "config", "rollback", *BY, code=2)
    assert "no version 9" in arrears(agency, "config", "rollback", "9", *BY, code=2)


def test_a_rollback_to_what_accounts_no_longer_fit_is_refused(agency: Agency) -> None:
    applied(agency, 2100, 2200)
    agency.stores.accounts.save_accounts([replace(agency.watch(1, 5000), policy="gold")])
    said = arrears(agency, "config", "rollback", *BY, code=1)
    assert said.startswith("agency.yaml v1: ")
    assert len(versions(agency)) == 2


# ---------------------------------------------------------------- a version that cannot be used


@pytest.mark.parametrize("kind", ["damaged", "of a newer program"])
def test_the_last_good_version_is_used_and_staff_are_told_once(agency: Agency, kind: str) -> None:
    agency.watch(1, 2400)
    applied(agency, 2100, 2450)
    if kind == "damaged":
        damage(agency, 3, text="messages:\n")
    else:
        of_a_newer_program(agency, 3)
    for _ in range(3):
        assert [run["outcome"] for run in agency.check()] == ["Succeeded"]
        agency.deliver()
        agency.wait(minutes=55)
    assert used(agency) == (2, config_version(text(agency, 2450)))
    agency.deliver()
    received = [one for one in agency.received() if one[2] == "task"]
    assert set(received) == STAFF
    assert len(received) == len(STAFF)
    (mail,) = (mail for mail in agency.cloud.control.mail() if mail["to"] == "oncall@example.com")
    assert "配置第 3 版" in mail["subject"]
    assert "arrears config history" in mail["text"]
    assert {message.account_id for message in agency.all_messages() if message.topic == "task"} == {AGENCY}


def test_without_a_good_version_the_file_of_the_package_is_used(agency: Agency) -> None:
    agency.watch(1, 2400)
    damage(agency, 1, text="")
    of_a_newer_program(agency, 2)
    assert used(agency) == (None, config_version(text(agency)))
    assert len({m.message_id for m in agency.all_messages()}) == 4, "two versions, each by mail and SMS"


def test_delivery_goes_on_with_the_last_good_version(agency: Agency) -> None:
    agency.watch(1, 1000)
    agency.check()
    of_a_newer_program(agency, 1)
    assert [run["outcome"] for run in agency.fire(DELIVER)] == ["Succeeded"]
    assert {one[2] for one in agency.received()} == {"warning"}


def test_a_bad_version_is_found_by_doctor_and_auditor(agency: Agency) -> None:
    applied(agency, 2100)
    of_a_newer_program(agency, 2)
    agency.check()
    agency.deliver()
    ((subject, detail, serious),) = found_by_doctor(agency, "config_version_bad")
    assert (subject, serious) == ("2", True)
    assert "moon_phase" in detail
    (run, *_) = agency.fire(AUDIT)
    assert run["outcome"] == "Failed"
    assert "config_version_bad" in json.dumps(run)


def test_a_sound_version_after_a_bad_one_is_taken_and_heals(agency: Agency) -> None:
    applied(agency, 2100)
    damage(agency, 2, text="?")
    table = arrears(agency, "--lang", "en", "config", "history")
    assert [line.split()[1] for line in table.splitlines() if "cannot be used" in line] == ["2"]
    arrears(agency, "config", "apply", file(agency, 2100), *WHY)
    assert used(agency)[0] == 3
    assert found_by_doctor(agency, "config_version_bad") == []


def test_a_store_of_versions_that_does_not_answer_fails_the_run(agency: Agency) -> None:
    agency.watch(1, 1000)
    agency.cloud.control.add_fault("tablestore", "error", operation="GetRange", times=-1)
    for timer in (CHECK, DELIVER, AUDIT):
        assert {run["outcome"] for run in agency.fire(timer)} == {"Failed"}


def test_a_warm_instance_parses_a_version_once(agency: Agency) -> None:
    applied(agency, 2100)
    parse_text.cache_clear()
    for _ in range(3):
        arrears(agency, "config", "history")
    assert (parse_text.cache_info().misses, parse_text.cache_info().hits) == (1, 2)
