"""What differs between two configurations is told once, by its place, before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.config import Config, parse_config
from shared.config.difference import difference

AGENCY_YAML = (Path(__file__).parents[2] / "agency.yaml").read_text(encoding="utf-8")
BASE = parse_config(AGENCY_YAML)


def changed(**top: Any) -> Config:
    """The project's configuration with groups laid over it."""
    tree = yaml.safe_load(AGENCY_YAML)

    def lay(base: dict[str, Any], over: dict[str, Any]) -> None:
        for key, value in over.items():
            if isinstance(value, dict) and isinstance(base.get(key), dict):
                lay(base[key], value)
            else:
                base[key] = value

    lay(tree, top)
    return parse_config(yaml.safe_dump(tree, allow_unicode=True))


def told(after: Config, before: Config = BASE) -> list[str]:
    return [str(change) for change in difference(before, after)]


def test_the_same_differs_in_nothing() -> None:
    assert difference(BASE, parse_config(AGENCY_YAML)) == ()


def test_what_is_written_in_another_way_is_the_same() -> None:
    assert told(parse_config(AGENCY_YAML.replace("leave_at: 17 ", "leave_at: 17.0 ") + "# more\n")) == []


def test_a_line_of_default_is_told_of_every_policy_that_has_it_from_there() -> None:
    assert told(changed(policies={"default": {"max_repeats": 6}})) == [
        "policies.default.max_repeats: 5 → 6",
        "policies.vip.max_repeats: 5 → 6",
        "policies.own.max_repeats: 5 → 6",
    ]


def test_a_line_of_one_policy_is_told_of_it_alone() -> None:
    assert told(changed(policies={"vip": {"runway": {"notice": {"enter_below": 20}}}})) == [
        "policies.vip.runway.notice.enter_below: 21 → 20"
    ]


@pytest.mark.parametrize(
    ("top", "line"),
    [
        ({"heartbeat_url": "https://a.example/1"}, "heartbeat_url: null → https://a.example/1"),
        ({"limits": {"yuan_per_day": 2.5}}, "limits.yuan_per_day: null → 2.5"),
        ({"policies": {"own": {"tell": {"notice": []}}}}, "policies.own.tell.notice: [sms, mail] → []"),
        ({"policies": {"vip": {"quiet": {"end": "07:30"}}}}, "policies.vip.quiet.end: 08:00 → 07:30"),
        (
            {"policies": {"vip": {"quiet": {"let_through": "warning"}}}},
            "policies.vip.quiet.let_through: critical → warning",
        ),
        (
            {"policies": {"vip": {"quiet": None}}},
            "policies.vip.quiet: {start: 22:00, end: 08:00, timezone: Asia/Shanghai, let_through: critical} → null",
        ),
        (
            {"policies": {"vip": {"available_amount": {"warning": {"enter_below": 900, "leave_at": 1000}}}}},
            "policies.vip.available_amount: null → {warning: {enter_below: 900, leave_at: 1000}}",
        ),
        (
            {"policies": {"gold": {"top_up_days": 60, "quiet": None}}},
            "policies.gold: — → {quiet: null, top_up_days: 60}",
        ),
        ({"policies": {"gold": {}}}, "policies.gold: — → {}"),
        ({"overrides": {"12345": {"grace_hours": 24}}}, "overrides.12345: — → {grace_hours: 24}"),
        ({"overrides": {"12345": {"risk": {"warning": None}}}}, "overrides.12345: — → {risk: {warning: null}}"),
        (
            {"overrides": {"1234567890123402": {"risk": {"warning": None}}}},
            "overrides.1234567890123402.risk: — → {warning: null}",
        ),
        ({"overrides": {"1234567890123402": {"grace_hours": 48}}}, "overrides.1234567890123402.grace_hours: 24 → 48"),
        (
            {"own_account": {"account_id": "12345", "policy": "own"}},
            "own_account: null → {account_id: 12345, policy: own}",
        ),
        ({"messages": {"mail": {"alias": "云桥"}}}, "messages.mail.alias: 云桥科技 → 云桥"),
    ],
)
def test_each_kind_of_value_is_shown_as_it_is_written(top: dict[str, Any], line: str) -> None:
    assert told(changed(**top)) == [line]


def test_a_policy_that_is_gone_is_one_line() -> None:
    assert told(BASE, changed(policies={"gold": {"top_up_days": 60}})) == ["policies.gold: {top_up_days: 60} → —"]


def test_somebody_new_at_the_top_shifts_nobody() -> None:
    first = {"name": "李雷", "mail": "li@example.com"}
    assert told(changed(staff=[first, *yaml.safe_load(AGENCY_YAML)["staff"]])) == [
        "staff.李雷: — → {name: 李雷, mail: li@example.com, language: zh-CN}"
    ]


def test_two_of_one_name_are_told_apart() -> None:
    twins = [{"name": "值班", "mail": f"{n}@example.com"} for n in range(2)]
    other = [twins[0], {"name": "值班", "mail": "2@example.com"}]
    assert told(changed(staff=other), changed(staff=twins)) == ["staff.值班#2.mail: 1@example.com → 2@example.com"]


repeats = st.fixed_dictionaries(
    {},
    optional={
        "max_repeats": st.integers(0, 50),
        "top_up_days": st.integers(1, 366),
        "grace_hours": st.none() | st.integers(0, 2160),
        "risk": st.none() | st.just({"notice": None}),
    },
)


@given(repeats, repeats)
def test_both_ways_tell_the_same_places_with_the_sides_exchanged(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = changed(policies={"vip": one}), changed(policies={"vip": other})
    there = {(c.path, c.before, c.after) for c in difference(first, second)}
    assert there == {(c.path, c.after, c.before) for c in difference(second, first)}
    assert bool(there) is (first != second)
