"""Staff silence an account: its people are left alone, nothing is lost, and its end is told to whom it concerns."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from shared.app.auditor import coverage, load_scene
from shared.app.cli import main
from shared.app.explain import explanation, explanation_json
from shared.app.explain_words import explanation_text
from shared.app.in_force import config_in_force
from shared.app.overview import overview, overview_json, overview_table
from shared.app.proof import gather
from shared.app.proof_json import proof_json
from shared.app.proof_page import proof_page
from shared.audit import Word, WordEntry
from shared.model import AGENCY, Contact, Language, Level
from tests.agency import AUDIT, START, Agency, write_config
from tests.builders import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from shared.app.overview import Line
    from shared.model import Account
    from tests.cloud import RunningCloud

LINES = {
    "warning": {"enter_below": 2000, "leave_at": 2500},
    "critical": {"enter_below": 500, "leave_at": 800},
}
WANG = ("wang1@example.com", "13800000001")
STAFF = ("oncall@example.com", "13800138000")


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    """An agency whose lines are amounts, and in which nobody steps in but for the reason of a test."""
    lines = {"available_amount": LINES, "runway": None, "risk": None, "quiet": None}
    nobody = {"staff_after": {"notice": None, "warning": None, "critical": None, "overdue": None, "suspended": None}}
    return Agency(cloud, write_config(tmp_path, **lines, reach=nobody, grace_hours=None))


def arrears(agency: Agency, *arguments: str) -> tuple[int, str]:
    """A command of the staff's, now: its exit code, and what it said."""
    at = ("--at", agency.now.strftime("%Y-%m-%dT%H:%M:%S%z"))
    done = CliRunner().invoke(main, [*arguments, *at], env=agency.environment | agency.keys)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output


def silence(agency: Agency, selector: str, *options: str) -> str:
    """A silence of the staff's, set now; its id."""
    code, text = arrears(
        agency, "silence", "add", selector, "--by", "李雷 13900000000", "--reason", "机房搬迁", *options
    )
    assert code == 0, text
    return text.split()[1]


def hours(agency: Agency, count: int) -> None:
    """Hours pass; in each both timers fire, and the watcher finds nothing wanting, then and half an hour later."""
    for _ in range(count):
        agency.wait(hours=1)
        agency.check()
        agency.deliver()
        for minutes in (25, -30):
            assert gaps(agency) == []
            agency.wait(minutes=minutes)


def gaps(agency: Agency) -> list[tuple[str, str]]:
    config = config_in_force(agency.settings, agency.stores).config
    found = coverage(agency.stores, load_scene(agency.stores, config), config, agency.now)
    return [(finding.flaw.value, finding.subject) for finding in found]


def heard(agency: Agency, people: tuple[str, str]) -> list[str]:
    """What these addresses got, mail and SMS; the same on both."""
    by_address = [[about for _, address, about in agency.received() if address == one] for one in people]
    assert by_address[0] == by_address[1]
    return by_address[0]


def words(agency: Agency, account_id: str) -> list[WordEntry]:
    filed = agency.stores.audit.load(account_id, START - DAY, agency.now + DAY)
    assert filed.malformed == ()
    return [entry for entry in filed.values if isinstance(entry, WordEntry)]


# ---------------------------------------------------------------- what is told


def test_nothing_is_told_in_a_silence_and_everything_when_it_ends(agency: Agency) -> None:
    account = agency.watch(1, 3000)
    agency.check()
    silence(agency, f"account={account.account_id}", "--for", "4h")
    agency.spend(account, 1500)
    hours(agency, 3)
    assert agency.level(account) is Level.WARNING
    assert agency.received() == []
    hours(agency, 1)
    assert heard(agency, WANG) == ["warning"]
    assert heard(agency, STAFF) == ["task"]
    hours(agency, 3)
    assert (heard(agency, WANG), heard(agency, STAFF)) == (["warning"], ["task"])
    (task,) = (m for m in agency.cloud.control.mail() if m["to"] == STAFF[0])
    assert task["subject"].startswith("静默结束，余额仍然偏低：示例客户1")
    assert f"arrears silence add account={account.account_id}" in task["text"]


def test_a_silence_that_is_ended_early_is_over_for_the_next_check(agency: Agency) -> None:
    account = agency.watch(1, 3000)
    other = agency.watch(2, 3000, contacts=(Contact("李明", "13800000002", "li@example.com"),))
    name = silence(agency, f"account={account.account_id}", "--for", "30d")
    for one in (account, other):
        agency.spend(one, 1500)
    hours(agency, 2)
    assert (heard(agency, WANG), heard(agency, ("li@example.com", "13800000002"))) == ([], ["warning"])
    assert arrears(agency, "silence", "end", name.lower(), "--by", "韩梅")[0] == 0
    hours(agency, 3)
    assert (heard(agency, WANG), heard(agency, STAFF)) == (["warning"], ["task"])


def test_overdue_passes_a_silence_and_suspended_only_one_that_says_so(agency: Agency) -> None:
    loud = agency.watch(1, 3000)
    quiet = agency.watch(2, 3000, contacts=(Contact("李明", "13800000002", "li@example.com"),))
    silence(agency, f"account={loud.account_id}", "--for", "1d")
    silence(agency, f"account={quiet.account_id}", "--for", "1d", "--up-to", "suspended")
    for account in (loud, quiet):
        agency.spend(account, 2900)
    hours(agency, 1)
    assert agency.received() == []
    for account in (loud, quiet):
        agency.spend(account, 200)
    hours(agency, 1)
    assert {agency.level(loud), agency.level(quiet)} == {Level.OVERDUE}
    assert heard(agency, WANG) == ["overdue"]
    assert heard(agency, ("li@example.com", "13800000002")) == []
    agency.top_up(loud, 9000)
    hours(agency, 1)
    assert ("mail", WANG[0], "recovered") in agency.received(), "the all-clear of what passed passes, too"


def test_the_end_of_a_silence_over_a_well_account_is_no_news(agency: Agency) -> None:
    agency.watch(1, 3000)
    agency.check()
    silence(agency, "all", "--for", "2h")
    hours(agency, 4)
    assert agency.received() == []


def test_an_account_that_cannot_be_read_when_its_silence_ends_is_told_of_once_it_can(agency: Agency) -> None:
    account = agency.watch(1, 3000)
    agency.check()
    silence(agency, "name=示例*", "--for", "2h")
    agency.spend(account, 1500)
    hours(agency, 1)
    agency.cloud.control.add_fault("bss", "error", times=-1, operation="QueryAccountBalance")
    hours(agency, 2)
    assert agency.state(account).alert.failure
    assert agency.received() == []
    agency.cloud.control.clear_faults()
    hours(agency, 2)
    assert (heard(agency, WANG), heard(agency, STAFF)) == (["warning"], ["task"])


def test_a_task_of_a_silence_is_nobody_who_was_reached(agency: Agency) -> None:
    account = agency.watch(1, 3000)
    agency.check()
    silence(agency, "all", "--for", "2h")
    agency.spend(account, 1500)
    agency.cloud.control.sms_fate(WANG[1], error="MOBILE_NOT_ON_SERVICE")
    agency.cloud.control.mail_fate(WANG[0], status=4, message="550 no such user")
    hours(agency, 2)
    agency.deliver(rounds=8)
    titles = [m["subject"].partition("：")[0] for m in agency.cloud.control.mail() if m["to"] == STAFF[0]]
    assert titles == ["静默结束，余额仍然偏低", "预警没有送到任何人"]


def test_a_silence_that_cannot_be_read_back_mutes_nobody_and_fails_the_audit(agency: Agency) -> None:
    from shared.app.wiring import open_gateway  # noqa: PLC0415 - only here
    from shared.state.tables import SILENCES, Put  # noqa: PLC0415 - only here

    agency.watch(1, 1500)
    open_gateway(agency.settings).write(SILENCES, [Put(("BAD",), {"selector": "all"})])
    agency.check()
    assert "BAD" in agency.reports()[-1]["unusable"][0]
    agency.deliver()
    assert heard(agency, WANG) == ["warning"]
    assert {run["outcome"] for run in agency.fire(AUDIT)} == {"Failed"}
    assert ("row_malformed", "BAD") in gaps(agency)


# ---------------------------------------------------------------- the commands, and what they leave


def test_who_silenced_what_and_who_ended_it_is_on_file(agency: Agency) -> None:
    one, other, third = agency.watch(1, 3000), agency.watch(2, 3000), agency.watch(3, 3000)
    name = silence(agency, f"account={one.account_id},account={other.account_id}", "--for", "2d", "--up-to", "warning")
    agency.wait(hours=1)
    arrears(agency, "silence", "end", name, "--by", "韩梅")
    for account in (one, other):
        made, ended = words(agency, account.account_id)
        assert (made.word, made.who, made.reason) == (Word.SILENCED, "李雷 139****0000", "机房搬迁")
        assert (made.at, made.until, made.level) == (START, START + 2 * DAY, Level.WARNING)
        assert (ended.word, ended.who, ended.at) == (Word.SILENCE_ENDED, "韩梅", START + HOUR)
        assert made.silence.split()[0] == ended.silence.split()[0] == name
    assert words(agency, third.account_id) == []


def test_a_silence_that_no_account_fits_is_set_only_by_force(agency: Agency) -> None:
    agency.watch(1, 3000)
    code, text = arrears(agency, "silence", "add", "policy=vip", "--for", "2d", "--by", "李雷", "--reason", "搬迁")
    assert (code, "--force" in text) == (2, True)
    assert agency.stores.silences.load_silences().values == ()
    silence(agency, "policy=vip", "--for", "2d", "--force")
    assert [word.word for word in words(agency, AGENCY)] == [Word.SILENCED]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("all",), "--for"),
        (("all", "--for", "2d", "--until", "2026-03-04"), "--for 和 --until 都写了"),
        (("all", "--for", "91d"), "90"),
        (("all", "--until", "2026-03-01"), "写将来的时间"),
        (("常州*", "--for", "2d"), "name=常州*"),
        (("all", "--for", "2d", "--up-to", "healthy"), "healthy"),
    ],
)
def test_a_silence_that_is_wrong_is_wrong_usage_with_its_mend(
    agency: Agency, arguments: tuple[str, ...], said: str
) -> None:
    code, text = arrears(agency, "silence", "add", *arguments, "--by", "李雷", "--reason", "搬迁")
    assert code == 2
    assert said in text
    assert agency.stores.silences.load_silences().values == ()


def test_a_second_silence_of_the_same_accounts_is_set_only_when_it_is_meant(agency: Agency) -> None:
    account = agency.watch(1, 3000)
    name = silence(agency, "policy=default", "--for", "2d")
    assert silence(agency, "policy=default", "--for", "2d") == name, "the same word again is the same silence"
    agency.wait(hours=1)
    add = ("silence", "add", "policy=default", "--by", "韩梅梅", "--reason", "改期", "--for", "3d")
    code, said = arrears(agency, *add)
    assert code == 2
    assert f"已有静默 {name}：policy=default，至 2026年3月4日 08:07" in said
    assert "until 4 Mar 2026 08:07: to extend it add --again" in said
    assert len(agency.stores.silences.load_silences().values) == 1
    assert arrears(agency, *add, "--again")[0] == 0
    silence(agency, f"account={account.account_id}", "--for", "2d")
    agency.wait(days=9)
    silence(agency, "policy=default", "--for", "2d")


def test_setting_a_silence_names_the_accounts_that_it_means(agency: Agency) -> None:
    accounts = [agency.watch(n, 3000) for n in range(1, 23)]
    agency.stores.accounts.save_accounts([replace(accounts[0], paused=True)])
    arguments = ("silence", "add", "name=示例*", "--until", "2026-03-04", "--by", "李雷", "--reason", "搬迁")
    code, text = arrears(agency, *arguments)
    first, second, *named, last = text.splitlines()
    assert code == 0
    assert "：name=示例*，至 2026年3月5日 00:00，级别不高于“紧急”。" in first
    assert second == "现在符合的账号 21 个："
    assert len(named) == 20
    assert named[0].split() in [[a.account_id, a.name] for a in accounts[1:]]
    assert last.strip() == "…另有 1 个"
    _, english = arrears(agency, "--lang", "en", *arguments[:-4], "--by", "Li Lei", "--reason", "move", "--again")
    assert "is set: name=示例*, until 5 Mar 2026 00:00, up to Critical." in english


def test_the_list_has_those_in_force_and_on_request_all(agency: Agency) -> None:
    agency.watch(1, 3000)
    over, ended, holds = (silence(agency, f"name=*{n}*", "--for", f"{n}d", "--force") for n in (1, 2, 3))
    arrears(agency, "silence", "end", ended, "--by", "韩梅")
    agency.wait(days=1)
    code, text = arrears(agency, "silence", "list")
    assert code == 0
    assert holds in text
    assert over not in text
    _, every = arrears(agency, "silence", "list", "--all")
    assert "韩梅 提前结束" in every
    assert "139****0000" in every
    assert "13900000000" not in every
    facts: list[dict[str, Any]] = json.loads(arrears(agency, "silence", "list", "--all", "--json")[1])
    assert {fact["silence_id"]: fact["active"] for fact in facts} == {over: False, ended: False, holds: True}


def test_a_silence_is_ended_once_and_one_that_is_not_there_never(agency: Agency) -> None:
    agency.watch(1, 3000)
    name = silence(agency, "all", "--for", "2d")
    assert arrears(agency, "silence", "end", name, "--by", "韩梅")[0] == 0
    agency.wait(minutes=1)
    assert arrears(agency, "silence", "end", name, "--by", "韩梅")[0] == 2
    assert arrears(agency, "silence", "end", "AAAAAAAA", "--by", "韩梅")[0] == 2


def facts(lines: Sequence[Line], now: datetime) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(json.dumps(overview_json(lines, now)["accounts"]))
    return found


def test_status_and_explain_say_by_whom_and_until_when(agency: Agency) -> None:
    account = agency.watch(1, 1500)
    agency.check()
    silence(agency, "all", "--for", "2d")
    arrears(agency, "paying", account.account_id, "--by", "王丽")
    lines = overview(agency.stores, agency.now)
    (fact,) = facts(lines, agency.now)
    assert fact["silence"] == {
        "silence_id": agency.stores.silences.load_silences().values[0].silence_id,
        "author": "李雷 139****0000",
        "reason": "机房搬迁",
        "until": (START + 2 * DAY).isoformat(),
        "up_to": "critical",
    }
    assert fact["paying_until"] == (START + DAY).isoformat()
    (cell,) = overview_table(lines, Language.ENGLISH, agency.now, everyone=False).columns[4].cells
    assert str(cell) == (
        "Warning (silenced by 李雷 139****0000 until 4 Mar 2026 08:07) (王丽: money under way, until 3 Mar 2026 08:07)"
    )
    found = explanation(account, agency.stores, config_in_force(agency.settings, agency.stores).config, agency.now)
    text = explanation_text(found, Language.CHINESE)
    assert "李雷 139****0000，至 2026年3月4日 08:07，级别不高于“紧急”；原因：机房搬迁" in text
    assert "付款在途：王丽 说的，等到 2026年3月3日 08:07" in text
    assert explanation_json(found)["silence"] == fact["silence"]
    (later,) = facts(overview(agency.stores, START + 2 * DAY), START + 2 * DAY)
    assert (later["silence"], later["paying_until"]) == (None, None)


def test_a_proof_says_who_had_nothing_told(agency: Agency) -> None:
    account = agency.watch(1, 3000)
    agency.check()
    silence(agency, "all", "--for", "9d")
    agency.wait(days=3)
    agency.spend(account, 1500)
    agency.check()
    proof = gather(account, agency.stores, agency.now, "v1")
    assert (proof.since, [word.word for word in proof.words]) == (agency.now, [Word.SILENCED])
    facts = json.loads(proof_json(proof, reveal=False)[0])["content"]["words"]
    assert [(fact["word"], fact["until"][:10]) for fact in facts] == [("silenced", "2026-03-11")]
    page, _ = proof_page(proof, reveal=False)
    assert (
        "李雷 139****0000：静默，级别不高于 silenced up to 紧急 critical，至 until 2026-03-11 08:07；机房搬迁" in page
    )
    assert "已静默 silenced" in page


# ---------------------------------------------------------------- money under way


def test_money_under_way_is_remembered_and_on_file_until_it_comes(agency: Agency) -> None:
    account = agency.watch(1, 1500)
    hours(agency, 1)
    said = agency.now
    assert arrears(agency, "paying", account.account_id, "--by", "王丽 13800000001", "--hours", "48")[0] == 0
    hours(agency, 1)
    alert = agency.state(account).alert
    assert (alert.paying_until, alert.paying_by) == (said + 2 * DAY, "王丽 13800000001")
    (word,) = words(agency, account.account_id)
    assert (word.word, word.who, word.until, word.level) == (
        Word.PAYING, "王丽 138****0001", said + 2 * DAY, Level.WARNING,
    )  # fmt: skip
    agency.top_up(account, 100)
    hours(agency, 1)
    alert = agency.state(account).alert
    assert (alert.level, alert.paying_until, alert.paying_by) == (Level.WARNING, None, "")


def test_money_that_does_not_come_is_forgotten_when_its_time_is_over(agency: Agency) -> None:
    account = agency.watch(1, 1500)
    hours(agency, 1)
    arrears(agency, "paying", account.account_id, "--by", "王丽", "--hours", "2")
    hours(agency, 1)
    assert agency.state(account).alert.paying_until is not None
    hours(agency, 1)
    assert agency.state(account).alert.paying_until is None


@pytest.mark.parametrize(("balance", "hours_", "code"), [(1500, "73", 2), (1500, "0", 2), (9000, "24", 2)])
def test_a_promise_that_is_out_of_bounds_or_not_needed_is_refused(
    agency: Agency, balance: int, hours_: str, code: int
) -> None:
    account = agency.watch(1, balance)
    agency.check()
    assert arrears(agency, "paying", account.account_id, "--by", "王丽", "--hours", hours_)[0] == code
    assert agency.state(account).alert.paying_until is None


def test_an_acknowledgement_by_the_command_is_on_file(agency: Agency) -> None:
    account = one_warned(agency)
    assert arrears(agency, "ack", account.account_id, "--by", "王丽")[0] == 0
    assert agency.state(account).alert.acknowledged_by == "王丽"
    assert [(word.word, word.level) for word in words(agency, account.account_id)] == [(Word.KNOWN, Level.WARNING)]


@pytest.mark.parametrize("command", ["ack", "paying"])
def test_who_gave_their_word_is_named_and_their_phone_is_masked(agency: Agency, command: str) -> None:
    account = one_warned(agency)
    assert arrears(agency, command, account.account_id, "--by", "  ")[0] == 2
    assert words(agency, account.account_id) == []
    code, said = arrears(agency, command, account.account_id, "--by", "王丽 13900000000")
    assert (code, "王丽 139****0000" in said) == (0, True)


def one_warned(agency: Agency) -> Account:
    account = agency.watch(1, 1500)
    agency.check()
    return account
