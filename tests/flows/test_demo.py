"""The demo's own replay, small: two customers, four days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.__main__ import write_report
from demo.customers import NEVER, Customer, prompt
from demo.findings import find
from demo.page import page
from demo.replay import ACCOUNTS, Replay
from demo.site import ROOT
from shared.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.findings import Findings, Story
    from demo.replay import Ledger
    from localcloud.running import RunningCloud

DAYS = 4
CARELESS = Customer(9, "nab-tweets-GOOG", 340, 2.9, NEVER)
CAREFUL = Customer(3, "gcp-mybinder-binder-staging", 36, 5, prompt(4))


@pytest.fixture(scope="module")
def replay(cloud_process: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    cloud_process.control.reset()
    header, *rows = ACCOUNTS.read_text(encoding="utf-8").splitlines()
    roster = tmp_path_factory.mktemp("roster") / "two.csv"
    chosen = [row for row in rows if row[:16] in {"2000000000000003", "2000000000000009"}]
    roster.write_text("\n".join([header, *chosen]), encoding="utf-8")
    replay = Replay(cloud_process, ROOT / "agency.yaml", (CARELESS, CAREFUL), roster)
    replay.set_up(say=print)
    replay.run(DAYS * 24, progress=lambda _: None)
    yield replay
    cloud_process.control.reset()


@pytest.fixture
def findings(replay: Replay) -> Findings:
    return find(replay)


@pytest.fixture
def ledger(replay: Replay) -> Iterator[Ledger]:
    """The replay's books, as they were after the test."""
    arrivals, failed = list(replay.ledger.arrivals), list(replay.ledger.failed_runs)
    yield replay.ledger
    replay.ledger.arrivals, replay.ledger.failed_runs = arrivals, failed


def story(findings: Findings, customer: Customer) -> Story:
    return next(one for one in findings.stories if one.customer == customer)


def test_everything_holds_that_must(findings: Findings) -> None:
    assert findings.broken == ()


def test_who_runs_dry_was_warned_before(findings: Findings) -> None:
    (dry,) = story(findings, CARELESS).dry_outs
    assert dry.hours_ahead is not None
    assert dry.hours_ahead > 24
    assert story(findings, CARELESS).last.level is Level.OVERDUE


def test_who_pays_in_good_time_never_runs_dry(findings: Findings) -> None:
    careful = story(findings, CAREFUL)
    assert len(careful.top_ups) == 1
    assert careful.dry_outs == ()


def test_every_hour_was_looked_at(findings: Findings) -> None:
    assert [len(one.snapshots) for one in findings.stories] == [DAYS * 24] * 2


def test_the_report_shows_each_account_and_no_address(findings: Findings, tmp_path: Path) -> None:
    text = write_report(findings, tmp_path / "report").read_text(encoding="utf-8")
    assert text.count("<svg") == 2
    assert "139****0011" in text
    people = [contact for one in findings.stories for contact in one.account.contacts]
    assert not [address for one in people for address in (one.phone, one.mail) if address and address in text]
    assert "http" not in page(findings).replace("https://usercenter2.aliyun.com", "")


def test_mails_are_kept_as_their_readers_see_them(findings: Findings, tmp_path: Path) -> None:
    write_report(findings, tmp_path / "report")
    mails = sum(bool(one.html) for one in findings.arrivals)
    assert len(list((tmp_path / "report" / "mails").glob("*.html"))) == mails > 0


def test_a_message_that_went_out_twice_is_named(replay: Replay, ledger: Ledger) -> None:
    ledger.arrivals.append(ledger.arrivals[0])
    assert find(replay).broken == (f"message {ledger.arrivals[0].message_id} was sent 2 times",)


def test_a_warning_that_reached_nobody_does_not_count(
    replay: Replay, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.findings.reached_at", lambda _: None)
    assert find(replay).broken == ("拾光检索（示例） (2000000000000009) ran dry without any warning before",)


def test_a_failed_run_is_named(replay: Replay, ledger: Ledger) -> None:
    ledger.failed_runs.append("deliver: RunFailed")
    assert find(replay).broken == ("a run failed: deliver: RunFailed",)
