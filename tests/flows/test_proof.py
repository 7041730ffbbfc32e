"""What was told, and what became of it, can be shown afterwards: whole, in order, and without anybody's address."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any

import pytest

from shared.audit import DecisionEntry, MessageEntry, transitions
from shared.config import config_version
from shared.model import Contact, DeliveryStatus, Level, SmsContent, Topic
from tests.agency import DELIVER

if TYPE_CHECKING:
    from shared.audit import Entry
    from shared.model import Account, Message
    from tests.agency import Agency

PHONE, MAIL = "13800000001", "wang1@example.com"


def filed(agency: Agency, account: Account) -> tuple[Entry, ...]:
    found = agency.stores.audit.load(
        account.account_id, agency.now - timedelta(days=99), agency.now + timedelta(days=1)
    )
    assert found.malformed == ()
    return found.values


def steps(agency: Agency, account: Account) -> dict[str, tuple[MessageEntry, ...]]:
    entries = [entry for entry in filed(agency, account) if isinstance(entry, MessageEntry)]
    return {m: tuple(e for e in entries if e.message_id == m) for m in {e.message_id for e in entries}}


def own_record(agency: Agency, account: Account) -> dict[str, tuple[MessageEntry, ...]]:
    return {message.message_id: transitions(message) for message in agency.messages(account)}


def current_version(agency: Agency) -> str:
    return config_version(agency.config_file.read_text(encoding="utf-8"))


def said(message: Message) -> str:
    content = message.content
    return content.text if isinstance(content, SmsContent) else content.subject


def proof(agency: Agency, account: Account, *options: str) -> str:
    program = "import shared.app.cli as cli; cli.main()"
    command = [sys.executable, "-c", program, *options, "proof", account.account_id]
    out = agency.config_file.parent / "proof.html"
    done = subprocess.run([*command, "--out", str(out)], env=agency.shell, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out.read_text(encoding="utf-8")


def as_json(agency: Agency, account: Account, *options: str) -> dict[str, Any]:
    program = "import shared.app.cli as cli; cli.main()"
    command = [sys.executable, "-c", program, "proof", account.account_id, "--json", *options]
    done = subprocess.run(command, env=agency.shell, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.fixture
def account(agency: Agency) -> Account:
    """Warned by SMS and mail, then topped up and told so."""
    account = agency.watch(1, 1000)
    agency.days(0.5, account, daily=240, deliver=False)
    agency.deliver(rounds=3)
    agency.top_up(account, 20_000)
    agency.days(0.125, account, daily=240)
    agency.deliver(rounds=3)
    return account


def test_the_audit_has_every_step_of_every_message(agency: Agency, account: Account) -> None:
    assert len(own_record(agency, account)) == 4  # one was held in reserve, and not needed
    assert steps(agency, account) == own_record(agency, account)


def test_every_message_has_the_decision_that_led_to_it(agency: Agency, account: Account) -> None:
    decisions = [entry for entry in filed(agency, account) if isinstance(entry, DecisionEntry)]
    explained = Counter(message_id for decision in decisions for message_id in decision.message_ids)
    assert explained == Counter(message.message_id for message in agency.messages(account))
    assert [(d.before, d.level, d.topic) for d in decisions] == [
        (Level.HEALTHY, Level.WARNING, Topic.LEVEL),
        (Level.WARNING, Level.HEALTHY, Topic.RECOVERED),
    ]
    assert {d.config_version for d in decisions} == {current_version(agency)}
    assert decisions[0].crossed == ("runway.warning",)


def test_a_proof_tells_the_whole_incident(agency: Agency, account: Account) -> None:
    page = proof(agency, account)
    for message in agency.messages(account):
        assert (message.provider_id or "备用，没有用上") in page
        assert message.message_id in page
        assert escape(said(message)) in page
    for words in ("警告 warning", "已解除 recovered", "2026-03-02 20:07", current_version(agency), "已送达 delivered"):
        assert words in page
    assert "今" in page or "余额" in page


def test_a_proof_shows_addresses_only_if_it_is_asked_to(agency: Agency, account: Account) -> None:
    masked, open_ = proof(agency, account), proof(agency, account, "--reveal")
    assert (PHONE in masked, MAIL in masked) == (False, False)
    assert (PHONE in open_, MAIL in open_) == (True, True)


def test_a_change_in_the_file_shows(agency: Agency, account: Account) -> None:
    page = proof(agency, account)
    lines = page.splitlines(keepends=True)
    content = "".join(lines[lines.index("<main>\n") : lines.index("</main>\n") + 1])
    assert hashlib.sha256(content.encode()).hexdigest() in page
    assert hashlib.sha256(content.replace("warning", "notice", 1).encode()).hexdigest() not in page


def test_the_command_in_the_file_checks_it(agency: Agency, account: Account) -> None:
    page = proof(agency, account)
    path = agency.config_file.parent / "proof.html"
    command = f"sed -n '/^<main>$/,/^<\\/main>$/p' {path} | sha256sum"
    digest = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True).stdout.split()[0]
    assert digest in page


def test_the_same_as_plain_values(agency: Agency, account: Account) -> None:
    found = as_json(agency, account)
    content = found["content"]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == found["sha256"]
    assert content["ended"] is True
    assert content["gaps"] == []
    assert [m["status"] for m in content["messages"]].count("delivered") == 3
    assert [d["level"] for d in content["decisions"]] == ["warning", "healthy"]


def test_gaps_are_said(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.days(0.5, account, daily=240, deliver=False)
    agency.cloud.control.add_fault("bss", "error", times=-1)
    agency.days(0.125, account, daily=240, deliver=False)
    agency.cloud.control.clear_faults()
    agency.wait(hours=5)
    agency.check()
    content = as_json(agency, account)["content"]
    words = "\n".join(gap["en"] for gap in content["gaps"])
    assert "3 readings in a row failed" in words
    assert "no check is on file" in words
    assert words.count("not sent yet") == 4  # two to the customer, two to staff
    assert content["ended"] is False


def test_an_account_that_was_never_in_trouble_has_no_incident(agency: Agency) -> None:
    account = agency.watch(1, 100_000)
    agency.check()
    program = "import shared.app.cli as cli; cli.main()"
    command = [sys.executable, "-c", program, "proof", account.account_id]
    done = subprocess.run(command, env=agency.shell, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--since" in done.stderr


def test_a_message_that_did_not_arrive_is_shown_as_such(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.cloud.control.sms_fate(PHONE, error="MOBILE_NOT_ON_SERVICE")
    agency.days(0.5, account, daily=240)
    agency.deliver(rounds=3)
    subprocess.run(
        [sys.executable, "-c", "import shared.app.cli as cli; cli.main()", "ack", account.account_id, "--by", "王丽"],
        env=agency.shell,
        check=True,
    )
    page = proof(agency, account)
    assert "未送达 undelivered" in page
    assert "MOBILE_NOT_ON_SERVICE" in page
    assert "the receipt says undelivered" in page
    assert steps(agency, account) == own_record(agency, account)


@pytest.mark.parametrize("nth", range(1, 9))
def test_a_crash_at_any_write_leaves_nothing_out_in_the_end(agency: Agency, nth: int) -> None:
    account = agency.watch(1, 1000, contacts=(Contact("王丽", None, MAIL),))
    agency.days(0.5, account, daily=240, deliver=False)
    agency.cloud.control.add_fault("tablestore", "kill_after", operation="BatchWriteRow", nth=nth)
    agency.fire(DELIVER)
    agency.cloud.control.clear_faults()
    agency.wait(minutes=12)
    agency.deliver(rounds=8)
    agency.deliver()
    assert {m.status for m in agency.messages(account)} == {DeliveryStatus.DELIVERED}
    assert steps(agency, account) == own_record(agency, account)
