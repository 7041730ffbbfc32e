"""What staff read in `arrears status`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.app.overview import Line, messages_table, overview_table
from shared.model import AccountState, AlertState, Language, Level, Topic
from tests import builders

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
    table = overview_table([shown], Language.ENGLISH, everyone=False)
    assert [str(cell) for cell in table.columns[LEVEL].cells] == [level]


def test_an_account_that_was_read_and_is_healthy_is_only_counted() -> None:
    table = overview_table([line()], Language.ENGLISH, everyone=False)
    assert (table.row_count, table.caption) == (0, "1 more are healthy")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("topic", Topic)
def test_a_message_of_any_topic_can_be_listed(topic: Topic, language: Language) -> None:
    table = messages_table([replace(builders.message(), topic=topic)], language, reveal=False)
    (about,) = table.columns[ABOUT].cells
    assert str(about)
