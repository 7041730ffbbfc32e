"""``arrears doctor --cloud`` after a deployment: what runs is what s.yaml asks for, or it is said what is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from localcloud.serverless import deploy, read_functions
from shared.app.cli import main
from tests.agency import AUDIT, CHECK, ROOT

if TYPE_CHECKING:
    from tests.agency import Agency


def put(agency: Agency, timer: dict[str, Any] | None = None, **changes: Any) -> None:
    """The three functions anew, exactly as s.yaml says, but for ``changes`` of all, and of the first one's timer."""
    agency.cloud.control.request("POST", "/fc/reset", {})
    deploy(agency.cloud.control, ROOT / "s.yaml", agency.environment, code=ROOT / "functions", **changes)
    if timer is not None:
        config = next(read_functions(ROOT / "s.yaml", {}))["triggers"][0]["triggerConfig"]
        row = {"function": CHECK[0], "name": CHECK[1], "cron": config["cronExpression"], "enable": True}
        agency.cloud.control.request("POST", "/fc/timers/put", row | timer)


def said(agency: Agency, *arguments: str) -> list[tuple[str, str, bool]]:
    """What the doctor finds of the deployment: flaw, subject, whether it is serious."""
    command = ["doctor", "--cloud", "--json", "-t", str(ROOT / "s.yaml"), "--at", agency.now.isoformat()[:19] + "+0000"]
    done = CliRunner().invoke(main, [*command, *arguments], env=agency.environment | agency.keys)
    findings = json.loads(done.output)["findings"]
    ours = [one for one in findings if one["flaw"].startswith(("function", "deployed", "timer", "compute"))]
    return [(one["flaw"], one["subject"], one["serious"]) for one in ours]


def test_a_deployment_as_s_yaml_says_is_not_mentioned(agency: Agency) -> None:
    put(agency)
    assert said(agency) == []


def test_a_deployment_that_was_never_made_is_told_for_each_function(agency: Agency) -> None:
    agency.cloud.control.request("POST", "/fc/reset", {})
    assert [flaw for flaw, _, _ in said(agency)] == ["function_missing"] * 3


def test_another_time_limit_is_worth_mending_and_stops_no_warning(agency: Agency) -> None:
    put(agency, timeout=7)
    assert said(agency) == [
        ("function_differs", props["functionName"], False) for props in read_functions(ROOT / "s.yaml", {})
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"log_config": {}},
        {"log_config": {"project": "another", "logstore": "function-logstore"}},
        {"internet_access": False},
        {"role": "another"},
        {"async_config": {"maxAsyncRetryAttempts": 3, "maxAsyncEventAgeInSeconds": 3600}},
    ],
    ids=["no logs", "other logs", "no internet", "role", "no dead letters"],
)
def test_where_logs_and_dead_letters_go_the_role_and_the_way_out_are_looked_at(
    agency: Agency, changes: dict[str, Any]
) -> None:
    put(agency, **changes)
    assert said(agency) == [
        ("function_differs", props["functionName"], False) for props in read_functions(ROOT / "s.yaml", {})
    ]


def test_a_function_that_was_switched_off_is_in_trouble(agency: Agency) -> None:
    put(agency, disabled="by hand")
    assert {(flaw, serious) for flaw, _, serious in said(agency)} == {("function_troubled", True)}


def test_a_deployment_that_ended_half_way_is_told(agency: Agency) -> None:
    put(agency)
    agency.wait(hours=2)
    rows = agency.cloud.control.functions("functions/list")["functions"]
    agency.cloud.control.functions("functions/put", next(row for row in rows if row["name"] == CHECK[0]))
    assert ("deployed_apart", AUDIT[0], False) in said(agency)


@pytest.mark.parametrize(
    ("timer", "flaw", "serious"),
    [
        ({"enable": False}, "timer_off", True),
        ({"cron": "0 0 0 * * *"}, "timer_differs", False),
    ],
)
def test_a_timer_that_was_changed_in_the_console_is_told(
    agency: Agency, timer: dict[str, Any], flaw: str, *, serious: bool
) -> None:
    put(agency, timer)
    assert said(agency) == [(flaw, f"{CHECK[0]}/{CHECK[1]}", serious)]


def test_a_platform_that_refuses_is_a_finding(agency: Agency) -> None:
    put(agency)
    agency.cloud.control.add_fault("fc", "error", operation="ListTriggers", code="AccessDenied", status=403)
    assert said(agency) == [("compute_silent", "Function Compute", True)]


def test_the_words_name_the_timer_and_what_to_do(agency: Agency) -> None:
    put(agency, {"enable": False})
    command = ["--lang", "en", "doctor", "--cloud", "-t", str(ROOT / "s.yaml")]
    output = CliRunner().invoke(main, command, env=agency.environment | agency.keys).output
    assert f"the timer {CHECK[0]}/{CHECK[1]} is switched off" in output
    assert AUDIT[0] not in output
