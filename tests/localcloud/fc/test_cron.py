from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from localcloud.fc.cron import parse

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("0 0 * * * *", "2026-01-01T00:00:00", "2026-01-01T01:00:00"),
        ("0 0 * * * *", "2026-01-01T00:59:59.999", "2026-01-01T01:00:00"),
        ("0 */5 * * * *", "2026-01-01T00:05:00", "2026-01-01T00:10:00"),
        ("30 7/20 * * * *", "2026-01-01T00:07:30", "2026-01-01T00:27:30"),
        ("0 15,45 8-10 * * *", "2026-01-01T10:45:00", "2026-01-02T08:15:00"),
        ("0 0 4 1 * *", "2026-01-31T12:00:00", "2026-02-01T04:00:00"),
        ("0 0 4 31 * ?", "2026-01-31T12:00:00", "2026-03-31T04:00:00"),
        ("0 0 9 ? * MON-FRI", "2026-01-02T09:00:00", "2026-01-05T09:00:00"),
        ("0 0 9 ? * 7", "2026-01-01T00:00:00", "2026-01-04T09:00:00"),
        ("0 0 0 1 jan,JUL *", "2026-01-01T00:00:00", "2026-07-01T00:00:00"),
        ("0 0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 0 13 * FRI", "2026-01-01T00:00:00", "2026-01-02T00:00:00"),
        ("CRON_TZ=Asia/Shanghai 0 0 4 1 * *", "2026-01-01T00:00:00", "2026-01-31T20:00:00"),
        ("CRON_TZ=Asia/Shanghai 0 30 8 * * MON", "2026-01-01T00:00:00", "2026-01-05T00:30:00"),
        ("CRON_TZ=Europe/Berlin 0 30 2 * * *", "2026-10-25T00:30:00", "2026-10-26T01:30:00"),
    ],
)
def test_next_firing(expression: str, after: str, due: str) -> None:
    assert parse(expression, NEW_YEAR).next_after(at(after)) == at(due)


def test_interval_counts_from_where_the_timer_was_put() -> None:
    schedule = parse("@every 7m", at("2026-01-01T00:03:20"))
    assert schedule.next_after(at("2026-01-01T00:03:20")) == at("2026-01-01T00:10:20")
    assert schedule.next_after(at("2026-01-01T00:10:20")) == at("2026-01-01T00:17:20")


def test_interval_never_fires_before_the_timer_was_put() -> None:
    assert parse("@every 7m", NEW_YEAR).next_after(NEW_YEAR - timedelta(days=1)) == NEW_YEAR + timedelta(minutes=7)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 * * * *", "6 fields"),
        ("60 * * * * *", "seconds"),
        ("0 0 0 * * 0", "day of week"),
        ("0 0 0 0 * *", "day of month"),
        ("0 0 0 * FEBRUARY *", "month"),
        ("0 */0 * * * *", "minutes"),
        ("0 0 10-8 * * *", "backwards"),
        ("0 0 0 30 2 *", "no day"),
        ("CRON_TZ=Asia/Peking 0 0 0 * * *", "time zone"),
        ("@every 30s", "whole minutes"),
        ("@every 0m", "whole minutes"),
        ("@hourly", "whole minutes"),
        ("0 ? * * * *", "minutes"),
    ],
)
def test_refused(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(expression, NEW_YEAR)
