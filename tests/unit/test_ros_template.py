"""deployment/ros.yaml: whole in itself, and the same as the files beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from localcloud.serverless import read_functions

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deployment"
TEMPLATE: dict[str, Any] = yaml.safe_load((FOLDER / "ros.yaml").read_text(encoding="utf-8"))
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
DEFAULTS = {name: parameter.get("Default") for name, parameter in TEMPLATE["Parameters"].items()}
OF_ROS = {"ALIYUN::Region", "ALIYUN::TenantId"}
PROPERTIES = {
    "ALIYUN::RAM::Role": {"RoleName", "Description", "AssumeRolePolicyDocument"},
    "ALIYUN::RAM::ManagedPolicy": {"PolicyName", "Roles", "PolicyDocument"},
    "ALIYUN::SLS::Project": {"Name", "Description"},
    "ALIYUN::SLS::Index": {"ProjectName", "LogstoreName", "FullTextIndex"},
    "ALIYUN::SLS::Logstore": {"ProjectName", "LogstoreName", "TTL", "ShardCount"},
    "ALIYUN::MNS::Topic": {"TopicName"},
    "ALIYUN::MNS::Queue": {"QueueName", "MessageRetentionPeriod"},
    "ALIYUN::MNS::Subscription": {"TopicName", "SubscriptionName", "Endpoint", "NotifyContentFormat"},
    "ALIYUN::CMS::ResourceMetricRule": {
        "RuleName", "Namespace", "MetricName", "Resources", "Period", "NoDataPolicy", "SilenceTime", "ContactGroups",
        "EffectiveInterval", "Escalations",
    },
}  # fmt: skip
"""Those that are used, of those that the reference of each type names."""


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return document


def walk(value: object) -> Iterator[tuple[str, Any]]:
    """Every key of every mapping, with what it holds."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def filled(value: Any) -> Any:
    """With the parameters' defaults in place."""
    if isinstance(value, dict) and set(value) == {"Ref"}:
        return DEFAULTS[value["Ref"]]
    if isinstance(value, dict) and set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{(\w+)\}", lambda found: DEFAULTS[found[1]], value["Fn::Sub"])
    if isinstance(value, dict):
        return {key: filled(inner) for key, inner in value.items()}
    return [filled(inner) for inner in value] if isinstance(value, list) else value


def listed(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """Its statements, each single action and resource as a list of one, as ROS wants it."""
    return [
        {
            key: [inner] if key in {"Action", "Resource"} and isinstance(inner, str) else inner
            for key, inner in s.items()
        }
        for s in policy["Statement"]
    ]


def test_every_reference_leads_somewhere() -> None:
    refs = {value for key, value in walk(TEMPLATE) if key == "Ref"}
    subs = {name for key, value in walk(TEMPLATE) if key == "Fn::Sub" for name in re.findall(r"\$\{([^}]+)\}", value)}
    assert refs | subs <= set(DEFAULTS) | OF_ROS
    assert set(DEFAULTS) <= refs | subs, "no parameter is for nothing"
    assert {value[0] for key, value in walk(TEMPLATE) if key == "Fn::GetAtt"} <= set(RESOURCES)
    assert {name for key, value in walk(RESOURCES) if key == "DependsOn" for name in value} <= set(RESOURCES)


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_has_a_type_that_we_know_and_only_its_properties(name: str) -> None:
    resource = RESOURCES[name]
    assert set(resource) <= {"Type", "Properties", "DependsOn"}
    assert set(resource["Properties"]) <= PROPERTIES[resource["Type"]]


def test_the_policy_is_the_one_of_ram_policy() -> None:
    assert filled(RESOURCES["Policy"]["Properties"]["PolicyDocument"])["Statement"] == listed(load("ram-policy.json"))


def test_the_trust_is_the_one_of_ram_trust() -> None:
    trust = RESOURCES["Role"]["Properties"]["AssumeRolePolicyDocument"]
    assert trust["Statement"] == listed(load("ram-trust.json"))


def test_what_s_yaml_names_is_what_is_made() -> None:
    for props in read_functions(ROOT / "s.yaml", {}):
        assert props["role"] == filled(RESOURCES["Role"]["Properties"]["RoleName"])
        assert props["logConfig"]["project"] == filled(RESOURCES["Project"]["Properties"]["Name"])
        assert props["logConfig"]["logstore"] == RESOURCES["Logstore"]["Properties"]["LogstoreName"]
        topic = filled(RESOURCES["DeadLetterTopic"]["Properties"]["TopicName"])
        destination = props["asyncInvokeConfig"]["destinationConfig"]["onFailure"]["destination"]
        assert destination == f"acs:mns:cn-hangzhou::/topics/{topic}/messages"


def test_logs_can_be_searched_in_their_own_language() -> None:
    index = RESOURCES["LogIndex"]["Properties"]
    assert index["LogstoreName"] == {"Fn::GetAtt": ["Logstore", "LogstoreName"]}
    assert index["FullTextIndex"]["Enable"]
    assert index["FullTextIndex"]["IncludeChinese"]


def test_every_function_has_an_alarm_for_its_errors() -> None:
    alarms = [one["Properties"] for one in RESOURCES.values() if one["Type"] == "ALIYUN::CMS::ResourceMetricRule"]
    failing = {
        filled(each["functionName"])
        for one in alarms
        if one["MetricName"] == "FunctionFunctionErrors"
        for each in one["Resources"]
    }
    assert failing == {props["functionName"] for props in read_functions(ROOT / "s.yaml", {})}


def test_silence_of_the_audit_is_an_alarm() -> None:
    rule = RESOURCES["HeartbeatMissing"]["Properties"]
    assert (rule["MetricName"], rule["NoDataPolicy"]) == ("FunctionTotalInvocations", "INSUFFICIENT_DATA")


def test_silence_is_no_alarm_in_the_hours_in_which_the_second_environment_rests() -> None:
    """Two hours in a row are silent before it sounds: from two hours after the first timer until the last."""
    (_, _, audit) = read_functions(ROOT / "s.test.yaml", {})
    hours = audit["triggers"][0]["triggerConfig"]["cronExpression"].split()[3]
    first, last = (int(hour) for hour in hours.split("-"))
    rule = RESOURCES["HeartbeatMissing"]["Properties"]
    assert rule["EffectiveInterval"] == {"Ref": "AlarmHours"}
    assert DEFAULTS["AlarmHours"] == "00:00-23:59"
    assert rule["Escalations"]["Critical"]["Times"] == 2
    assert f"{first + 3:02}:00-{last:02}:59" in TEMPLATE["Parameters"]["AlarmHours"]["Description"]


def test_an_hour_with_one_run_is_told_from_one_with_none() -> None:
    rules = [one["Properties"] for one in RESOURCES.values() if one["Type"] == "ALIYUN::CMS::ResourceMetricRule"]
    assert {rule["Escalations"]["Critical"]["Statistics"] for rule in rules} == {"Maximum"}
