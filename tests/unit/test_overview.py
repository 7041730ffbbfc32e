"""What staff read in `arrears status`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from shared.app.outbox_list import messages_table
from shared.app.overview import Line, by_urgency, overview_json, overview_table
from shared.model import AccountState, AlertState, Language, Level, Topic
from tests import builders
from tests.builders import HOUR, NOON

LEVEL = 4
ABOUT = 5


def line(alert: AlertState | None = None, *, read: bool = True, paused: bool = False) -> Line:
    account = replace(builders.account(), paused=paused)
    state = AccountState(account.account_id, alert=alert or AlertState())
    return Line(account, state, builders.balance(500) if read else None, None)


@pytest.mark.parametrize(
    ("shown", "level"),
    [
        (line(read=False), "Unknown (not read yet)"),
        (line(AlertState(failure="access_revoked", failed_runs=3), read=False), "Unknown (not read: access revoked)"),
        (line(AlertState(level=Level.NOTICE, failure="throttled", failed_runs=1)), "Notice (not read: throttled)"),
        (line(paused=True), "Healthy (paused)"),
    ],
)
def test_what_is_not_known_is_shown_and_never_called_healthy(shown: Line, level: str) -> None:
    table = overview_table([shown], Language.ENGLISH, NOON, everyone=False)
    assert [str(cell) for cell in table.columns[LEVEL].cells] == [level]


def test_an_account_that_was_read_and_is_healthy_is_only_counted() -> None:
    table = overview_table([line()], Language.ENGLISH, NOON, everyone=False)
    assert table.row_count == 0
    assert str(table.caption).startswith("1 more are healthy\n")


def test_what_is_not_read_stands_after_what_is_critical_and_before_the_rest() -> None:
    shown = {
        "paused": line(paused=True, read=False),
        "warning": line(AlertState(level=Level.WARNING)),
        "never read": line(read=False),
        "not read": line(AlertState(level=Level.HEALTHY, failure="throttled", failed_runs=1)),
        "overdue and not read": line(AlertState(level=Level.OVERDUE, failure="throttled", failed_runs=1)),
        "critical": line(AlertState(level=Level.CRITICAL)),
        "not read, warning": line(AlertState(level=Level.WARNING, failure="throttled", failed_runs=1)),
    }
    named = [replace(one, account=replace(one.account, name=name)) for name, one in shown.items()]
    assert [one.account.name for one in by_urgency(named)] == [
        "overdue and not read",
        "critical",
        "not read, warning",
        "never read",
        "not read",
        "warning",
        "paused",
    ]


@pytest.mark.parametrize("language", Language)
def test_where_there_is_no_account_the_way_to_import_them_is_named(language: Language) -> None:
    assert "arrears import FILE" in str(overview_table([], language, NOON, everyone=False).caption)


@pytest.mark.parametrize("language", Language)
def test_no_heading_is_cut_however_long_a_cell_is(language: Language) -> None:
    long = line(AlertState(level=Level.NOTICE, failure="throttled", failed_runs=1, since=NOON, told_at=NOON))
    long = replace(long, account=replace(long.account, name="很长的名字" * 12))
    console = Console(width=120)
    with console.capture() as captured:
        console.print(overview_table([long], language, NOON, everyone=True))
    assert "…" not in captured.get()
    assert "很长的名字" in captured.get()


def test_the_json_says_how_far_the_last_run_has_come() -> None:
    found = overview_json([line(AlertState(seen_at=NOON))], NOON)
    assert found["last_hour"] == {"accounts": 1, "read": 1, "unreadable": 0, "not_seen": 0}


@pytest.mark.parametrize(
    ("language", "caption"),
    [
        (Language.CHINESE, "最近一小时读到 2/4，读不到 1，没看到 1"),
        (Language.ENGLISH, "read within the last hour: 2/4, not readable: 1, not looked at: 1"),
    ],
)
def test_how_far_the_last_run_has_come_is_said(language: Language, caption: str) -> None:
    seen, before = AlertState(seen_at=NOON), AlertState(seen_at=NOON - HOUR)
    alerts = [seen, seen, replace(seen, failure="throttled"), before]
    shown = [line(alert) for alert in alerts]
    lines = [
        replace(one, account=replace(one.account, account_id=f"{n}"), state=replace(one.state, account_id=f"{n}"))
        for n, one in enumerate(shown)
    ]
    assert overview_table(lines, language, NOON + HOUR / 3, everyone=True).caption == caption


def test_where_everyone_was_read_nothing_else_is_said() -> None:
    caption = overview_table([line(AlertState(seen_at=NOON))], Language.ENGLISH, NOON, everyone=True).caption
    assert caption == "read within the last hour: 1/1"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("topic", Topic)
def test_a_message_of_any_topic_can_be_listed(topic: Topic, language: Language) -> None:
    table = messages_table([replace(builders.message(), topic=topic)], language, reveal=False)
    (about,) = table.columns[ABOUT].cells
    assert str(about)
