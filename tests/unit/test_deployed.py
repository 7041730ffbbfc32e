"""What is deployed beside what s.yaml asks for, and how s.yaml is read for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.serverless import read_functions
from shared.app.s_yaml_file import read_wanted
from shared.app.wiring import s_yaml
from shared.deployed import FunctionSetting, TimerSetting, differences
from shared.errors import InvalidInput
from shared.findings import Flaw

ROOT = Path(__file__).parents[2]
TIMER = TimerSetting("hourly", "CRON_TZ=Asia/Shanghai 0 7 * * * *", enabled=True)
CHECK = FunctionSetting(
    name="arrears-check-balances",
    runtime="python3.12",
    handler="check_balances.handler",
    cpu=0.35,
    memory=512,
    timeout=600,
    role="arrears-alert-function",
    environment={"ARREARS_CONFIG": "/code/agency.yaml"},
    retries=3,
    failures_to="acs:mns:cn-hangzhou::/topics/arrears-dead-letters/messages",
    async_task=True,
    event_age=3600,
    logs_to="arrears-alert-logs/function-logstore",
    timers=(TIMER,),
)


def found(**changes: Any) -> list[tuple[Flaw, str, str]]:
    """What is said of a function that is deployed with ``changes``."""
    deployed = {CHECK.name: replace(CHECK, **changes)}
    return [(one.flaw, one.subject, one.detail) for one in differences([CHECK], deployed)]


def test_a_function_that_is_as_it_should_be_is_not_mentioned() -> None:
    assert found() == []
    assert found(environment=dict(CHECK.environment) | {"SET_BY_HAND": "1"}) == []


def test_a_function_that_is_not_there_is_named() -> None:
    assert [one.flaw for one in differences([CHECK], {})] == [Flaw.FUNCTION_MISSING]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"timeout": 60}, "timeout 60 (600)"),
        ({"role": "another"}, "role another (arrears-alert-function)"),
        ({"memory": 256, "cpu": 0.2}, "cpu 0.2 (0.35); memory 256 (512)"),
        ({"failures_to": ""}, "failures_to - (acs:mns:cn-hangzhou::/topics/arrears-dead-letters/messages)"),
        ({"retries": None}, "retries - (3)"),
        ({"async_task": False}, "async_task - (True)"),
        ({"event_age": 86400}, "event_age 86400 (3600)"),
        ({"logs_to": None}, "logs_to - (arrears-alert-logs/function-logstore)"),
        ({"internet": False}, "internet - (True)"),
        ({"environment": {"ARREARS_CONFIG": "/code/secret.yaml"}}, "ARREARS_CONFIG"),
    ],
)
def test_a_setting_that_differs_is_told_with_both_values(changes: dict[str, Any], detail: str) -> None:
    assert found(**changes) == [(Flaw.FUNCTION_DIFFERS, CHECK.name, detail)]


@pytest.mark.parametrize(
    ("timers", "flaw"),
    [
        ((), Flaw.TIMER_MISSING),
        ((replace(TIMER, enabled=False),), Flaw.TIMER_OFF),
        ((replace(TIMER, cron="0 7 * * * *"),), Flaw.TIMER_DIFFERS),
        ((replace(TIMER, version="3"),), Flaw.TIMER_DIFFERS),
        ((TIMER, replace(TIMER, name="by-hand")), Flaw.TIMER_EXTRA),
    ],
)
def test_a_timer_that_does_not_fire_as_it_should_is_named(timers: tuple[TimerSetting, ...], flaw: Flaw) -> None:
    assert [one for one, _, _ in found(timers=timers)] == [flaw]


@pytest.mark.parametrize(("minutes", "apart"), [(0, False), (60, False), (61, True), (-61, True)])
def test_functions_of_two_deployments_are_told(minutes: int, *, apart: bool) -> None:
    then = datetime(2026, 11, 25, 9, tzinfo=UTC)
    other = replace(CHECK, name="arrears-audit-warnings", modified=then + timedelta(minutes=minutes))
    both = {CHECK.name: replace(CHECK, modified=then), other.name: other}
    told = list(differences([CHECK, replace(other, modified=None)], both))
    assert [one.flaw for one in told] == [Flaw.DEPLOYED_APART] * apart
    assert all(one.subject == (CHECK.name if minutes > 0 else other.name) for one in told), "the oldest"


def test_what_the_platform_says_is_handed_on() -> None:
    assert found(trouble="Failed: ImageNotFound") == [
        (Flaw.FUNCTION_TROUBLED, CHECK.name, "Failed: ImageNotFound"),
    ]


@pytest.mark.parametrize("file", ["s.yaml", "s.test.yaml"])
def test_a_file_is_read_as_the_local_cloud_reads_it(file: str) -> None:
    environment = {"ARREARS_REGION": "cn-beijing"}
    wanted = read_wanted(ROOT / file, environment)
    props = list(read_functions(ROOT / file, environment))
    assert wanted.region == "cn-beijing"
    assert [one.name for one in wanted.functions] == [each["functionName"] for each in props]
    assert [one.environment for one in wanted.functions] == [each["environmentVariables"] for each in props]
    assert [one.timers[0].cron for one in wanted.functions] == [
        each["triggers"][0]["triggerConfig"]["cronExpression"] for each in props
    ]
    assert wanted.prefix == ("arrears-" if file == "s.yaml" else "arrears-test-")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it holds no keys"),
        ("- a", "it holds no keys"),
        ("[1", "not YAML"),
        ("extend: s.yaml", "extend leads back to the file itself"),
        ("name: a", "resources or props is missing"),
        ("resources: []", "resources is empty"),
        ("resources: {}", "resources is empty"),
        ("resources: {a: {prop: {}}}", "resources or props is missing"),
        ("resources: {a: {props: {}}}", "resources.a.props: region is missing"),
        ("resources: {a: {props: x}}", "something in resources.a.props is wrong"),
        ("resources: {a: {props: {region: '${vars.region}'}}}", "${vars.region} has no value"),
        ("vars: {a: '${env(1)}'}", "${env(1)} has no value"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_is_wrong_and_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_wanted(tmp_path / "s.yaml", {})
    (problem,) = caught.value.problems
    assert said in problem.what
    assert "make check-preview" in problem.mend


def test_a_function_of_s_yaml_without_a_key_is_named_with_the_key(tmp_path: Path) -> None:
    text = (ROOT / "s.yaml").read_text(encoding="utf-8")
    (tmp_path / "s.yaml").write_text(text.replace("timeout: 240", "timeouts: 240"), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"resources\.deliver_notifications\.props: timeout is missing"):
        read_wanted(tmp_path / "s.yaml", {})


def test_a_file_that_is_not_there_is_refused_with_the_option_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"name the s\.yaml after -t"):
        read_wanted(tmp_path / "s.yaml", {})


def test_the_file_where_we_are_goes_before_the_projects_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert s_yaml() == ROOT / "s.yaml"
    (tmp_path / "s.yaml").touch()
    assert s_yaml() == Path("s.yaml")
