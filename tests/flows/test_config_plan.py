"""A configuration is tried on what was stored, before it is switched on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from click.testing import CliRunner

from shared.app.cli import main
from shared.app.in_force import config_in_force
from shared.app.whatif import watched_accounts, what_if
from shared.app.wiring import open_gateway, read_config
from shared.audit import DecisionEntry
from shared.errors import StoreUnavailable
from shared.model import DeliveryStatus
from shared.state.rows import snapshot_key
from shared.state.tables import SNAPSHOTS, Put
from tests.agency import START, Agency, write_config

if TYPE_CHECKING:
    from shared.model import Account
    from tests.cloud import RunningCloud

LINES = {"warning": {"enter_below": 600, "leave_at": 900}, "critical": {"enter_below": 200, "leave_at": 300}}
"""Lines of the available amount: what is told does not hang on a projection."""


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    """An agency that warns below 600 and is critical below 200."""
    lines = {"available_amount": LINES, "runway": None, "risk": None, "worst_day": None, "quiet": None}
    return Agency(cloud, write_config(tmp_path, **lines, reach={"staff_after": {"critical": None}}))


def some_days(agency: Agency) -> tuple[Account, Account]:
    """Three days: one account falls from 1000 by 300 a day and is topped up, another has enough."""
    falling, calm = agency.watch(1, 1000), agency.watch(2, 90000)
    agency.days(2.9, falling, 300)
    agency.top_up(falling, 2000)
    agency.days(0.2, falling, 300)
    return falling, calm


def plan(agency: Agency, *arguments: str, code: int = 0, language: str = "zh-CN") -> str:
    """What the command said, on either stream, at the agency's moment."""
    asked = ["--lang", language, "config", "plan", *arguments]
    with time_machine.travel(agency.now, tick=False):
        done = CliRunner().invoke(main, asked, env=agency.environment | agency.keys)
    assert done.exit_code == code, done.output
    return done.output


def planned(agency: Agency, *arguments: str) -> dict[str, Any]:
    """As JSON."""
    said = plan(agency, *arguments, "--json")
    found: dict[str, Any] = json.loads(said[said.index("{") :])
    return found


def changed(agency: Agency, before: str, after: str) -> str:
    """The path of the agency's file with one thing changed."""
    path = agency.config_file.parent / "changed.yaml"
    text = agency.config_file.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    return str(path)


def stored(agency: Agency) -> object:
    """Everything that the stores hold."""
    stores, span = agency.stores, (START - timedelta(days=1), agency.now + timedelta(days=1))
    accounts = stores.accounts.load_accounts().values
    return (
        accounts,
        stores.states.load_states(),
        [stores.states.load_snapshots(one.account_id, *span) for one in accounts],
        [stores.outbox.load_messages(one.account_id) for one in accounts],
        [stores.audit.load(one.account_id, *span) for one in accounts],
        stores.configs.load_history(),
    )


def test_what_was_told_comes_out_again_and_another_line_shows_what_it_changes(agency: Agency) -> None:
    falling, calm = some_days(agency)
    before = stored(agency)

    # The configuration in force, replayed, tells what really was told: the same hours, the same number of messages.
    same = planned(agency)
    told = {one["account_id"]: one["after"] for one in same["accounts"]}
    filed = agency.stores.audit.load(falling.account_id, START, agency.now + timedelta(hours=1)).values
    really = [(e.at, e.topic, e.level.label, e.reason) for e in filed if isinstance(e, DecisionEntry) and e.topic]
    replayed = [
        (datetime.fromisoformat(one["at"]).astimezone(UTC), one["topic"], one["level"], one["reason"])
        for one in told[falling.account_id]
    ]
    assert replayed == really
    assert [topic for _, topic, _, _ in really] == ["level", "level", "recovered"]
    assert told[calm.account_id] == []
    sent = [m for m in agency.messages(falling) if m.status is not DeliveryStatus.SPARED and not m.stands_in_for]
    assert same["after"]["sms"] == sum(m.channel == "sms" for m in sent)
    assert same["after"]["mails"] == sum(m.channel == "mail" for m in sent)
    assert same["really_sent"] == {"sms": same["before"]["sms"], "mail": same["before"]["mails"]}
    assert same["changes"] == []
    assert same["most_changed"] == []
    assert same["before"] == same["after"]

    # Another line: told earlier, and everything else as it was.
    found = planned(agency, changed(agency, "enter_below: 600", "enter_below: 650"))
    assert found["changes"] == [
        {"path": f"policies.{name}.available_amount.warning.enter_below", "before": "600", "after": "650"}
        for name in ("default", "own", "vip")
    ]
    assert found["most_changed"] == [falling.account_id]
    (first, *_), _ = (one["shifts"] for one in found["accounts"])
    assert (first["level"], first["turn"]) == ("warning", "earlier")
    assert datetime.fromisoformat(first["before"]) - datetime.fromisoformat(first["after"]) == timedelta(hours=4)

    # The same for people, and for one account with all that it is told.
    path = changed(agency, "enter_below: 600", "enter_below: 650")
    table = plan(agency, path)
    assert "policies.default.available_amount.warning.enter_below: 600 → 650" in table
    assert "警告: 提前 4 h" in table
    assert calm.account_id not in table
    assert "worse than told" in plan(agency, path, "--account", falling.account_id, language="en")
    assert "13800000001" not in table
    assert stored(agency) == before


def test_processes_side_by_side_find_what_one_finds(agency: Agency) -> None:
    """In the same order, with a row that none can read, and messages that were sent."""
    for number in range(1, 46):
        agency.watch(number, 150 * number)
    agency.check()
    agency.deliver()
    agency.wait(hours=1)
    agency.check()
    stores, span = agency.stores, (START, START + timedelta(days=1))
    broken = agency.accounts[30].account_id
    open_gateway(agency.settings).write(SNAPSHOTS, [Put(snapshot_key(broken, agency.now), {"at": "soon"})])
    before = config_in_force(agency.settings, stores).config
    after = read_config(Path(changed(agency, "enter_below: 600", "enter_below: 899")))
    accounts = watched_accounts(stores, before, after)
    done: dict[int, list[int]] = {1: [], 2: []}
    one, two = (
        what_if(before, after, accounts, agency.settings, span, done[processes].append, processes)
        for processes in (1, 2)
    )
    assert one.pairs == two.pairs
    assert [pair.account for pair in two.pairs] == list(accounts)
    assert sum(pair.changed for pair in two.pairs) > 0
    assert (one.before, one.after, one.sent) == (two.before, two.after, two.sent)
    assert sum(two.sent.values()) > 0
    assert [str(row) for row in two.malformed] == [str(row) for row in one.malformed]
    assert [row.table for row in two.malformed] == [SNAPSHOTS.name]
    assert done[1][-1] == done[2][-1] == len(accounts)
    assert len(done[2]) > len(done[1]), "two processes take turns"


def test_a_store_that_fails_another_process_fails_the_command(agency: Agency) -> None:
    for number in range(1, 46):
        agency.watch(number, 1000)
    agency.cloud.control.add_fault("tablestore", "error", operation="GetRange", nth=9, code="OTSAuthFailed", status=403)
    config = config_in_force(agency.settings, agency.stores).config
    with pytest.raises(StoreUnavailable, match="GetRange"):
        what_if(config, config, agency.accounts, agency.settings, (START, START + timedelta(days=1)), print, 2)


def arrears(agency: Agency, *arguments: str) -> None:
    done = CliRunner().invoke(main, [*arguments, "--at", agency.now.isoformat()], env=agency.environment | agency.keys)
    assert done.exit_code == 0, done.output


def test_what_people_said_and_staff_silenced_holds_in_the_replay_as_it_did(agency: Agency) -> None:
    known, paying, muted = agency.watch(1, 500), agency.watch(2, 500), agency.watch(3, 500)
    agency.check()
    agency.wait(minutes=1)
    arrears(agency, "ack", known.account_id, "--by", "王丽")
    arrears(agency, "paying", paying.account_id, "--by", "王丽", "--hours", "72")
    arrears(agency, "silence", "add", f"account={muted.account_id}", "--for", "9d", "--by", "李雷", "--reason", "搬迁")
    for account in (known, paying, muted):
        agency.days(1.5, account, 0)
    found = planned(agency)
    # A repeat is due after 72 hours: only where the promise of a payment has run out meanwhile.
    assert found["really_sent"] == {"sms": 4, "mail": 4}
    assert (found["before"]["sms"], found["before"]["mails"]) == (4, 4)
    assert "真实发出：短信 4 条、邮件 4 封" in plan(agency)
    assert "Really sent in that time: 1 SMS, 1 mails." in plan(agency, "--account", known.account_id, language="en")


def test_days_that_are_not_asked_for_are_not_read(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.check()
    agency.wait(days=3)
    agency.check()
    assert planned(agency, "--days", "2")["hours"]["judged"] == 1
    assert planned(agency, "--days", "4", "--account", account.account_id)["hours"]["judged"] == 2


def test_a_bad_file_is_refused_with_every_problem_and_an_unknown_account_named(agency: Agency) -> None:
    bad = changed(agency, "enter_below: 600", "enter_below: 六百")
    said = plan(agency, bad, code=1)
    assert said.startswith("changed.yaml:")
    assert " — " in said
    assert "没有账号 7" in plan(agency, "--account", "7", code=2)


def test_phones_in_the_difference_are_masked(agency: Agency) -> None:
    path = changed(agency, "13800138000", "13900139000")
    assert "138****8000 → 139****9000" in plan(agency, path)
    assert "13900139000" not in plan(agency, path, "--json")
