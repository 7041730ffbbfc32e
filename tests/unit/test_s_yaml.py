"""s.yaml, and how its checker answers to mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deployment.s_yaml import problems
from localcloud.serverless import read_document, read_functions

ROOT = Path(__file__).parents[2]
S_YAML = ROOT / "s.yaml"


def render(file: Path) -> dict[str, Any]:
    """A file with every variable filled in."""
    document = read_document(file)
    for resource, props in zip(document["resources"].values(), read_functions(file, {}), strict=True):
        resource["props"] = props
    document["vars"] = {}
    return document


@pytest.fixture
def rendered() -> dict[str, Any]:
    """s.yaml with every variable filled in."""
    return render(S_YAML)


@pytest.fixture
def props(rendered: dict[str, Any]) -> dict[str, Any]:
    """The properties of its first function, to be spoiled."""
    found: dict[str, Any] = rendered["resources"]["check_balances"]["props"]
    return found


def test_s_yaml_is_in_order(rendered: dict[str, Any]) -> None:
    assert problems(rendered) == []


def test_the_second_environment_is_in_order_and_shares_nothing_with_the_first() -> None:
    second = render(ROOT / "s.test.yaml")
    assert problems(second) == []
    first = list(read_functions(S_YAML, {}))
    for ours, theirs in zip(first, read_functions(ROOT / "s.test.yaml", {}), strict=True):
        alike = {key for key in ours if ours[key] == theirs[key]} - {"asyncInvokeConfig"}
        assert alike == {
            "region", "description", "runtime", "handler", "code", "cpu", "memorySize", "diskSize", "timeout",
            "internetAccess",
        }  # fmt: skip
    assert "ARREARS_HEARTBEAT" not in first[2]["environmentVariables"], "the first one's sign of life is given"
    assert second["resources"]["audit_warnings"]["props"]["environmentVariables"]["ARREARS_HEARTBEAT"] == "off"
    names = {props["functionName"] for props in first}
    assert not names & {each["props"]["functionName"] for each in second["resources"].values()}


def test_no_timer_fires_on_the_full_hour(rendered: dict[str, Any]) -> None:
    """When everybody else's do."""
    for document in (rendered, render(ROOT / "s.test.yaml")):
        for resource in document["resources"].values():
            for trigger in resource["props"]["triggers"]:
                assert trigger["triggerConfig"]["cronExpression"].split()[2] not in {"0", "*", "0/5", "*/5"}


def test_every_handler_is_a_file_with_that_function(rendered: dict[str, Any]) -> None:
    for resource in rendered["resources"].values():
        module, _, name = resource["props"]["handler"].partition(".")
        assert f"def {name}(event" in (ROOT / "functions" / f"{module}.py").read_text(encoding="utf-8")


def test_every_function_file_is_deployed(rendered: dict[str, Any]) -> None:
    deployed = {resource["props"]["handler"].partition(".")[0] for resource in rendered["resources"].values()}
    assert deployed == {path.stem for path in (ROOT / "functions").glob("[!_]*.py")}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("envVariables", {}, "Extra inputs are not permitted"),
        ("timeout", "600", "valid integer"),
        ("timeout", 86_401, "less than or equal to 86400"),
        ("cpu", 0.33, "no multiple of 0.05"),
        ("cpu", 0.05, "not between 1 and 4 GB"),
        ("cpu", 1, "not between 1 and 4 GB"),
        ("memorySize", 500, "multiple of 64"),
        ("diskSize", 1024, "512 or 10240"),
        ("region", "ap-southeast-1", "should match"),
        ("region", "cn-hongkong", "not in the mainland"),
        ("region", "${vars.region}", "was not filled in"),
        ("role", "ArrearsAlert", "should match"),
        ("runtime", "python3.13", "python3.12"),
        ("handler", "check_balances", "should match"),
        ("logConfig", "none", "auto"),
        ("environmentVariables", {"ARREARS_LIMIT": 5}, "valid string"),
        ("environmentVariables", {"ARREARS_DEBUG": True}, "valid string"),
        ("logConfig", {"project": "P", "logstore": "function-logstore"}, "should match"),
        ("logConfig", {"project": "arrears-logs", "logStore": "function-logstore"}, "Field required"),
        ("tracingConfig", "Enable", "known to fc3, but not wanted here"),
        ("provisionConfig", {"defaultTarget": 1}, "known to fc3, but not wanted here"),
        ("instanceConcurrency", 20, "1"),
        ("layers", ["l"] * 6, "at most 5 items"),
        ("tags", [{"Key": "team", "value": "finops"}], "Field required"),
        ("vpcConfig", {"vpcId": "vpc-1", "vSwitchIds": [], "securityGroupId": "sg-1"}, "at least 1 item"),
        ("code", {"source": "./.package"}, "Extra inputs are not permitted"),
        ("instanceLifecycleConfig", {"initializer": {"handler": "x", "timeout": 10}}, "should match"),
        ("asyncInvokeConfig", {"maxAsyncRetryAttempts": 3}, "Field required"),
        ("asyncInvokeConfig", {"destinationConfig": {"onFailure": {"destination": "acs:mns:x"}}}, "should match"),
        ("asyncInvokeConfig", {"destinationConfig": {"onFail": {}}}, "Extra inputs are not permitted"),
        ("asyncInvokeConfig", {"maxAsyncRetryAttempts": 9, "maxAsyncEventAgeInSeconds": 60}, "less than or equal to 8"),
        ("functionName", "arrears-deliver-notifications", "same functionName"),
        ("triggers", [], "at least 1 item"),
    ],
)
def test_a_mistake_in_a_property_is_named(
    rendered: dict[str, Any], props: dict[str, Any], key: str, value: object, said: str
) -> None:
    props[key] = value
    assert said in "\n".join(problems(rendered))


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 7 * * * *", "write CRON_TZ"),
        ("CRON_TZ=UTC 0 7 * * * *", "write CRON_TZ"),
        ("CRON_TZ=Asia/Shanghai 7 * * * *", "six fields"),
        ("CRON_TZ=Asia/Shanghai 0 60 * * * *", "60 is no minute"),
        ("CRON_TZ=Asia/Shanghai 0 7 * * MONDAY *", "MONDAY is no month"),
        ("CRON_TZ=Asia/Shanghai 0 */0 * * * *", "*/0 is no minute"),
        ("CRON_TZ=Asia/Shanghai 0 7 9 1-32 * *", "1-32 is no day"),
    ],
)
def test_a_cron_expression_that_would_fire_at_other_times_is_refused(
    rendered: dict[str, Any], props: dict[str, Any], cron: str, said: str
) -> None:
    props["triggers"][0]["triggerConfig"]["cronExpression"] = cron
    (found,) = problems(rendered)
    assert said in found
    assert "triggerConfig.cronExpression" in found


@pytest.mark.parametrize("cron", ["0 7 * * * *", "30 2/5 * * * *", "0 0,30 9-17 1-31/2 * ?", "0 0 9 * * 1"])
def test_a_cron_expression_that_the_platform_takes_is_taken(
    rendered: dict[str, Any], props: dict[str, Any], cron: str
) -> None:
    props["triggers"][0]["triggerConfig"]["cronExpression"] = f"CRON_TZ=Asia/Shanghai {cron}"
    assert problems(rendered) == []


def test_a_timer_with_a_misspelt_key_is_refused(rendered: dict[str, Any], props: dict[str, Any]) -> None:
    props["triggers"][0]["triggerConfig"] = {"cron": "x"}
    assert len(problems(rendered)) == 3


def test_a_misspelt_key_beside_the_properties_is_refused(rendered: dict[str, Any]) -> None:
    rendered["resources"]["check_balances"]["action"] = {}
    assert problems(rendered) == ["s.yaml: resources.check_balances.action: Extra inputs are not permitted"]
