"""The benchmark of what-if: the same accounts every time, and the same words with and without the shortcut."""

from __future__ import annotations

from benchmarks.replay import configs, measure, past_of, without_shortcut
from shared.config.difference import difference


def test_a_number_is_the_same_account_every_time_with_a_reading_an_hour() -> None:
    past = past_of(7, 10)
    assert past == past_of(7, 10)
    assert len(past.snapshots) == 240


def test_the_two_configurations_differ_in_lines_and_repeats() -> None:
    paths = {change.path for change in difference(*configs()) if change.path.startswith("policies.default.")}
    assert {path.removeprefix("policies.default.") for path in paths} == {
        "runway.notice.enter_below",
        "runway.notice.leave_at",
        "risk.warning.enter_above",
        "risk.warning.leave_at",
        "repeat_after.warning",
    }


def test_the_shortcut_tells_the_same_and_hours_and_seconds_are_measured() -> None:
    assert without_shortcut(2, 30)["same"]
    found = measure(3, 30, 1)
    assert found["account_hours"] == 2 * 3 * 30 * 24
    assert found["seconds"] > 0
    assert found["policy_asked_percent"] < 100
