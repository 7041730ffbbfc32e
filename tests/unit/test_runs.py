"""How a run ends: its report fits into a line of the log, whatever went wrong with however many accounts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from shared.app.auditor import AuditReport
from shared.app.check import CheckReport
from shared.app.fan_out import SweepReport
from shared.app.runs import MOST_NAMED, RunFailed, finish
from shared.buckets import MOST_BUCKETS, BucketRun, share_out
from shared.findings import Finding, Flaw

LINE = 32 * 1024
"""Bytes of a line of the log."""
ACCOUNTS = 5_000
WHY = "读不出来：" + "余额查询没有返回可用的内容，" * 30
BROKEN = [f"account {2_000_000_000_000_000 + n}: {WHY}" for n in range(ACCOUNTS)]
AT = datetime(2026, 3, 2, 0, 7, tzinfo=UTC)


def swept() -> SweepReport:
    """A run whose own accounts broke, and of whose many buckets none was handed over."""
    names = [BucketRun(AT, bucket).task_id for bucket in share_out(MOST_BUCKETS * 10, 10)]
    return SweepReport(CheckReport(broken=BROKEN), ACCOUNTS, len(names), inline=names, left=dict.fromkeys(names, WHY))


def audited() -> AuditReport:
    findings = [Finding(Flaw.ROW_MALFORMED, line, WHY, AT) for line in BROKEN]
    return AuditReport(ACCOUNTS, findings=findings, broken=BROKEN)


@pytest.mark.parametrize("report", [CheckReport(broken=BROKEN), swept(), audited()], ids=["check", "sweep", "audit"])
def test_the_report_of_five_thousand_broken_accounts_fits_into_a_line(
    report: CheckReport | SweepReport | AuditReport,
) -> None:
    with pytest.raises(RunFailed) as failed:
        finish(report.as_json(), report.broken)
    assert len(str(failed.value).encode()) < LINE


def test_a_long_list_is_named_by_its_first_entries_and_counted() -> None:
    with pytest.raises(RunFailed) as failed:
        finish(CheckReport(broken=BROKEN).as_json(), BROKEN)
    said = json.loads(str(failed.value))
    assert (len(said["broken"]), said["broken_in_all"]) == (MOST_NAMED, ACCOUNTS)
    assert said["broken"][0].startswith("account 2000000000000000: 读不出来")


def test_what_nobody_looks_at_is_counted_within_its_part_of_the_report() -> None:
    with pytest.raises(RunFailed) as failed:
        finish(swept().as_json(), BROKEN)
    shared_out = json.loads(str(failed.value))["shared_out"]
    assert (shared_out["left_in_all"], shared_out["inline_in_all"]) == (MOST_BUCKETS, MOST_BUCKETS)
    assert len(shared_out["left"]) == len(shared_out["inline"]) == MOST_NAMED


def test_a_report_that_is_short_is_said_as_it_is() -> None:
    report = CheckReport(accounts=3, broken=BROKEN[:1]).as_json()
    whole = {f"figure_{n}": n for n in range(MOST_NAMED + 5)}
    assert json.loads(finish(whole, [])) == whole
    assert json.loads(finish(report | {"broken": ["account 1: KeyError"]}, [])) == report | {
        "broken": ["account 1: KeyError"]
    }
