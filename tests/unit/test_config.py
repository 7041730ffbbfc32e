from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError, fields
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.config import (
    AmountLines,
    Band,
    BudgetLines,
    Config,
    Policy,
    RisingBand,
    RiskLines,
    RunwayLines,
    parse_config,
)
from shared.config.schema import config_schema, schema_text
from shared.errors import InvalidInput
from shared.model import ChannelName, Language, Level

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
MESSAGES = """
messages:
  agency_name: 云桥科技
  hotline: 4000000000
  pay_url: https://pay.example.com/
  sms:
    sign_name: 云桥科技
    templates: {notice: SMS_1, warning: SMS_2, critical: SMS_3, overdue: SMS_4, suspended: SMS_5, recovered: SMS_6,
                unreadable: SMS_7, task: SMS_8, drill: SMS_9}
  mail: {sender: service@notice.example.com, alias: 云桥科技}
"""


def config(policies: str = "") -> Config:
    return parse_config(MESSAGES + policies)


# ---------------------------------------------------------------- the file at the root


def agency_yaml() -> str:
    return (ROOT / "agency.yaml").read_text(encoding="utf-8")


def test_agency_yaml_states_the_defaults() -> None:
    assert parse_config(agency_yaml()).policies["default"] == Policy()


def test_agency_yaml_satisfies_its_json_schema() -> None:
    jsonschema.Draft202012Validator(config_schema()).validate(yaml.safe_load(agency_yaml()))


def test_the_json_schema_is_up_to_date() -> None:
    written = (ROOT / "agency.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), (
        'run: python -c "from shared.config.schema import schema_text as t; print(t(), end=str())" > agency.schema.json'
    )


def test_every_key_of_the_schema_stands_in_agency_yaml() -> None:
    parts = [config_schema(), *config_schema()["$defs"].values()]
    keys = {key for part in parts for key in part.get("properties", {})}
    assert {key for key in keys if not re.search(rf"\b{key}:", agency_yaml())} == set()


def test_every_key_is_described_in_chinese_and_english() -> None:
    parts = [config_schema(), *config_schema()["$defs"].values()]
    described = {
        key: value.get("description", "") for part in parts for key, value in part.get("properties", {}).items()
    }
    assert [key for key, text in described.items() if not re.search("[\u4e00-\u9fff].* / .*[a-z]", text)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"polices": {}},
        {"policies": {"default": {"runway": {"quantile": 0.3}}}},
        {"policies": {"default": {"runway": {"notice": {"enter_bellow": 3}}}}},
        {"overrides": {"Qinghe": {}}},
        {"overrides": {"1234567890123401": {"quiet": {"start": "25:00"}}}},
    ],
)
def test_the_json_schema_refuses_what_editors_should_underline(wrong: dict[str, object]) -> None:
    whole = yaml.safe_load(MESSAGES) | wrong
    assert not jsonschema.Draft202012Validator(config_schema()).is_valid(whole)


# ---------------------------------------------------------------- values


def test_messages_alone_are_enough() -> None:
    assert config().policy_for("1234567890123401", "default") == Policy()


def test_texts_that_came_later_may_have_no_codes_yet() -> None:
    found = parse_config(MESSAGES.replace("drill: SMS_9", "drill: SMS_9, release: SMS_10"))
    assert found.messages.sms.templates["release"] == "SMS_10"
    assert not {"receipt", "released"} & set(found.messages.sms.templates)
    with pytest.raises(InvalidInput, match="did you mean release"):
        parse_config(MESSAGES.replace("drill: SMS_9", "drill: SMS_9, relase: SMS_10"))


@pytest.mark.parametrize("section", ["staff", "policies", "overrides"])
def test_a_section_with_nothing_below_it_is_as_good_as_none(section: str) -> None:
    assert config(f"{section}:\n") == config()


def test_a_policy_with_nothing_below_it_is_as_the_default() -> None:
    assert config("policies: {vip: }").policies["vip"] == Policy()


def test_digits_without_quotes_are_text_where_text_is_asked_for() -> None:
    assert config().messages.hotline == "4000000000"


def test_fractions_keep_their_digits() -> None:
    policy = config("policies: {default: {available_amount: {warning: {enter_below: 0.1, leave_at: 100.30}}}}")
    assert policy.policies["default"].available_amount == AmountLines(
        warning=Band(enter_below=Decimal("0.1"), leave_at=Decimal("100.30"))
    )


def test_a_time_needs_no_quotes() -> None:
    quiet = config("policies: {default: {quiet: {start: 21:30, let_through: warning}}}").policies["default"].quiet
    assert quiet is not None
    assert (quiet.start, quiet.end, quiet.let_through) == (time(21, 30), time(8), Level.WARNING)


def test_staff_are_read() -> None:
    (person,) = config("staff: [{name: Ann, phone: 0086 138-0013-8000, language: en}]").staff
    assert (person.phone, person.mail, person.language) == ("13800138000", None, Language.ENGLISH)


def test_channels_and_hours_are_asked_for_by_level() -> None:
    policy = Policy()
    assert policy.tell.at(Level.WARNING) == (ChannelName.SMS, ChannelName.MAIL)
    assert policy.tell.at(Level.HEALTHY) == ()
    assert (policy.repeat_after.at(Level.CRITICAL), policy.repeat_after.at(Level.NOTICE)) == (24, None)
    assert policy.repeat_after.at(Level.HEALTHY) is None


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Policy().top_up_days = 3  # type: ignore[misc]  # that is the point


# ---------------------------------------------------------------- the own account


OWN = "own_account: {account_id: 1234567890123499}\nstaff: [{name: Ann, mail: ann@example.com}]\n"


def test_the_own_account_is_read_with_our_own_key_and_told_to_staff() -> None:
    own = config(OWN + "policies: {own: {runway: null}}").watched_own()
    assert own is not None
    assert (own.account_id, own.role_arn, own.policy, own.own) == ("1234567890123499", None, "own", True)
    assert [person.mail for person in own.contacts] == ["ann@example.com"]


def test_nobody_has_to_watch_an_own_account() -> None:
    assert config().watched_own() is None


def test_the_own_account_needs_a_policy_that_is_there() -> None:
    with pytest.raises(InvalidInput, match="own_account: no policy own"):
        config(OWN)


def test_the_own_policy_of_agency_yaml_warns_earlier_than_the_default() -> None:
    policies = parse_config(agency_yaml()).policies
    own, default = policies["own"].runway, policies["default"].runway
    assert own is not None
    assert default is not None
    assert [line.enter_below for line in (own.notice, own.warning, own.critical) if line] == [45, 30, 14]
    assert own.quantile < default.quantile
    assert policies["own"].quiet is None


@pytest.mark.parametrize("url", ["https://hb.example.com/a", "http://10.0.0.8:8080/b"])
def test_a_heartbeat_may_go_to_any_web_address(url: str) -> None:
    assert config(f"heartbeat_url: {url}").heartbeat_url == url


def test_a_heartbeat_goes_to_a_web_address_only() -> None:
    with pytest.raises(InvalidInput, match="no web address"):
        config("heartbeat_url: file:///etc/passwd")


# ---------------------------------------------------------------- layers

LAYERS = """
policies:
  default:
    top_up_days: 20
    runway: {critical: {enter_below: 3}, notice: null}
  vip:
    runway: {critical: {leave_at: 5}}
overrides:
  1234567890123401:
    runway: null
    tell: {warning: [mail]}
"""


def test_what_is_not_written_stays_and_null_turns_off() -> None:
    with pytest.raises(InvalidInput, match="leave_at 3 must be larger"):
        config(LAYERS)
    layered = config(LAYERS.replace("{enter_below: 3}", "{enter_below: 3, leave_at: 4}"))
    assert layered.policies["vip"].top_up_days == 20
    assert layered.policies["vip"].runway == RunwayLines(critical=Band(enter_below=Decimal(3), leave_at=Decimal(5)))
    overridden = layered.policy_for("1234567890123401", "vip")
    assert overridden.runway is None
    assert overridden.tell.warning == (ChannelName.MAIL,)
    assert overridden.tell.critical == (ChannelName.SMS, ChannelName.MAIL)
    assert overridden.risk == Policy().risk


def test_an_unknown_policy_is_refused_with_the_one_that_looks_like_it() -> None:
    with pytest.raises(InvalidInput, match="did you mean vip") as refusal:
        config("policies: {vip: {}}").policy_for("1234567890123401", "vpi")
    assert refusal.value.problems[0].line is None


# ---------------------------------------------------------------- the order of lines

numbers = st.decimals(min_value=Decimal("0.01"), max_value=100, places=2)
levels = st.lists(st.sampled_from(["notice", "warning", "critical"]), min_size=1, unique=True)


def _text(kind: str, bands: dict[str, dict[str, Decimal]]) -> str:
    lines = {level: {end: float(at) for end, at in band.items()} for level, band in bands.items()}
    cleared = {"notice": None, "warning": None, "critical": None}
    return json.dumps({"policies": {"default": {kind: cleared | lines}}})[1:-1]


@given(st.lists(numbers, min_size=6, max_size=6, unique=True), levels)
def test_falling_lines_in_order_are_taken_over(ends: list[Decimal], chosen: list[str]) -> None:
    *enters, first, second, third = sorted(ends)
    by_level = zip(["critical", "warning", "notice"], enters, [first, second, third], strict=True)
    bands = {level: {"enter_below": enter, "leave_at": leave} for level, enter, leave in by_level if level in chosen}

    policy = parse_config(json.dumps(yaml.safe_load(MESSAGES))[:-1] + "," + _text("runway", bands) + "}")

    runway = policy.policies["default"].runway
    assert runway is not None
    assert [(level.label, band.enter, band.leave_at) for level, band in runway.bands()] == [
        (level, bands[level]["enter_below"], bands[level]["leave_at"])
        for level in ("notice", "warning", "critical")
        if level in bands
    ]


def _holds(kind: type[AmountLines | BudgetLines], lines: Mapping[str, object]) -> bool:
    try:
        kind.validate(lines)
    except ValidationError:
        return False
    return True


@given(numbers, numbers, numbers, numbers)
def test_falling_lines_hold_only_in_order(a: Decimal, b: Decimal, c: Decimal, d: Decimal) -> None:
    lines = {"warning": {"enter_below": a, "leave_at": b}, "critical": {"enter_below": c, "leave_at": d}}
    assert _holds(AmountLines, lines) is (c < a < b and c < d <= b)


@given(numbers, numbers, numbers, numbers)
def test_rising_lines_hold_only_in_order(a: Decimal, b: Decimal, c: Decimal, d: Decimal) -> None:
    lines = {"warning": {"enter_above": a, "leave_at": b}, "critical": {"enter_above": c, "leave_at": d}}
    assert _holds(BudgetLines, {"amount": Decimal(100), **lines}) is (b < a < c and b <= d < c)


def test_bands_come_mildest_first() -> None:
    worse = RisingBand(enter_above=Decimal(90), leave_at=Decimal(80))
    mild = RisingBand(enter_above=Decimal(50), leave_at=Decimal(40))
    assert RiskLines(critical=worse, notice=mild).bands() == ((Level.NOTICE, mild), (Level.CRITICAL, worse))


# ---------------------------------------------------------------- whatever staff type


def _taken_or_refused(text: str) -> None:
    """Anything but ``InvalidInput`` would leave staff with a traceback."""
    try:
        parse_config(text)
    except InvalidInput as refusal:
        assert refusal.problems  # noqa: PT017 - both ends are right; what is wrong is any other exception


@given(
    st.integers(0, len(MESSAGES)),
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(":-{}[]&*!?|>#\n \t：“"), max_size=8),
)
def test_slips_of_the_keyboard_are_told(at: int, typed: str) -> None:
    _taken_or_refused(MESSAGES[:at] + typed + MESSAGES[at:])


@given(
    st.sampled_from(sorted(one.name for one in fields(Policy))),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["notice", "warning", "enter_below", "leave_at", "start", "quantile"]), inner
            )
        ),
        max_leaves=6,
    ),
)
def test_any_value_of_any_key_is_told(key: str, value: object) -> None:
    whole = yaml.safe_load(MESSAGES)
    _taken_or_refused(
        json.dumps(whole | {"policies": {"default": {key: value}}, "overrides": {"1234567": {key: value}}})
    )


@pytest.mark.parametrize(
    "text", ["!!int x", "!!python/object:os.system x", "1" * 5000, "1.0e99999999999999999999", "{}", "? [a]\n: 1"]
)
def test_odd_yaml_is_told(text: str) -> None:
    with pytest.raises(InvalidInput):
        config(f"staff: {text}" if "?" not in text else text)


def test_a_file_of_brackets_is_told() -> None:
    with pytest.raises(InvalidInput):
        parse_config("[" * 5000)
