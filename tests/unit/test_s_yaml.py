"""s.yaml, and how its checker answers to mistakes."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_fc20230330.client import Client
from alibabacloud_tea_openapi.models import Config as OpenApiConfig

from deployment.environment import Environment
from deployment.fc3 import MAINLAND
from deployment.s_yaml import problems
from localcloud.serverless import read_document, read_functions
from shared.app.wiring import settings_from

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
S_YAML = ROOT / "s.yaml"
KIND = "region of the mainland with Function Compute"
TRACING = "another paid service; the log has what is needed"
NOON = "CRON_TZ=Asia/Shanghai 0 3 12 * * *"


class Recorder(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)


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


SPOILED: list[tuple[str, object, list[str]]] = [
    ("envVariables", {}, ["envVariables: is not known: write environmentVariables"]),
    ("timeout", "600", ["timeout: is no whole number: write one, without quotes"]),
    ("timeout", 86_401, ["timeout: is too large: write 86400 or less"]),
    ("cpu", 0.33, ["cpu 0.33 is no multiple of 0.05: write one"]),
    ("cpu", 0.05, ["memorySize 512 does not go with cpu 0.05: write 64 to 192"]),
    ("cpu", 1, ["memorySize 512 does not go with cpu 1.0: write 1024 to 4096"]),
    ("memorySize", 500, ["memorySize: is no multiple of 64: write one"]),
    ("diskSize", 1024, ["diskSize: is not what can stand here: write 512 or 10240"]),
    ("region", "cn-hongkong", [f"region: 'cn-hongkong' is no {KIND}: write one of {', '.join(MAINLAND)}"]),
    ("region", "cn-shanghia", [f"region: 'cn-shanghia' is no {KIND}: write cn-shanghai"]),
    ("region", "${vars.region}", ["region: ${vars.region} was not filled in: set it, or give it a default"]),
    (
        "role",
        "ArrearsAlert",
        ["role: 'ArrearsAlert' cannot stand here: write the role's name: small letters, digits, - and ., at most 64"],
    ),
    ("runtime", "python3.10", ["runtime: is not what can stand here: write 'python3.12'"]),
    (
        "handler",
        "check_balances",
        ["handler: 'check_balances' cannot stand here: write FILE.FUNCTION, as check_balances.handler"],
    ),
    ("tracingConfig", "Enable", [f"tracingConfig: is known there, but not wanted here ({TRACING}): leave it out"]),
    ("instanceConcurrency", 20, ["instanceConcurrency: is not what can stand here: write 1"]),
    ("layers", ["l"] * 6, ["layers: is too long: write at most 5"]),
    ("tags", [{"Key": "a", "value": "b"}], ["tags.0.key: is missing: write it", "tags.0.Key: is not known: write key"]),
    ("vpcConfig", "none", ["vpcConfig: is not what can stand here: write 'auto'"]),
    (
        "vpcConfig",
        {"vpcId": "vpc-1", "vSwitchIds": [], "securityGroupId": "sg-1"},
        ["vpcConfig.vSwitchIds: is too short: write at least 1"],
    ),
    ("code", "./functions", ["code: is not what can stand here: write './.package'"]),
    ("code", {"ossBucketName": "b"}, ["code.ossObjectName: is missing: write it"]),
    (
        "code",
        {"src": "./.package"},
        [
            "code.ossBucketName: is missing: write it",
            "code.ossObjectName: is missing: write it",
            "code.src: is not known: write one of ossBucketName, ossObjectName",
        ],
    ),
    (
        "instanceLifecycleConfig",
        {"initializer": {"handler": "x", "timeout": 10}},
        [
            (
                "instanceLifecycleConfig.initializer.handler: 'x' cannot stand here: "
                "write FILE.FUNCTION, as check_balances.handler"
            )
        ],
    ),
    ("logConfig", "none", ["logConfig: is not what can stand here: write 'auto'"]),
    (
        "logConfig.project",
        "P",
        [
            (
                "logConfig.project: 'P' cannot stand here: "
                "write 3 to 63 small letters, digits, - and _, a letter or digit first and last"
            )
        ],
    ),
    (
        "logConfig",
        {"project": "arrears-logs", "logStore": "function-logstore"},
        ["logConfig.logstore: is missing: write it", "logConfig.logStore: is not known: write logstore"],
    ),
    (
        "environmentVariables.ARREARS_HARTBEAT",
        "off",
        ["environmentVariables.ARREARS_HARTBEAT: is not known: write ARREARS_HEARTBEAT"],
    ),
    (
        "environmentVariables.ARREARS_HEARTBEAT",
        False,
        ["environmentVariables.ARREARS_HEARTBEAT: is not what can stand here: write 'on' or 'off'"],
    ),
    (
        "environmentVariables.ARREARS_ASSUME_ROLES_PER_SECOND",
        50,
        ["environmentVariables.ARREARS_ASSUME_ROLES_PER_SECOND: is no text: write it in quotes"],
    ),
    (
        "environmentVariables.ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "x",
        [
            (
                "environmentVariables.ALIBABA_CLOUD_ACCESS_KEY_SECRET: is known there, but not wanted here "
                "(the functions' role gives them; a key in this file would be read by all who read it): leave it out"
            )
        ],
    ),
    (
        "environmentVariables.ARREARS_TABLESTORE_INSTANCE",
        "another",
        [
            (
                "environmentVariables: ARREARS_TABLESTORE_ENDPOINT is that of another instance: "
                "write https://another.REGION.ots.aliyuncs.com"
            )
        ],
    ),
    (
        "environmentVariables.ARREARS_TABLESTORE_ENDPOINT",
        "https://arrears-alert.cn-beijing.ots.aliyuncs.com",
        [
            (
                "ARREARS_TABLESTORE_ENDPOINT https://arrears-alert.cn-beijing.ots.aliyuncs.com is not in cn-hangzhou: "
                "write the same region everywhere"
            )
        ],
    ),
    (
        "asyncInvokeConfig",
        {"maxAsyncRetryAttempts": 3},
        [
            "asyncInvokeConfig.maxAsyncEventAgeInSeconds: is missing: write it",
            "asyncInvokeConfig.destinationConfig: is missing: write it",
        ],
    ),
    (
        "asyncInvokeConfig.destinationConfig",
        {},
        ["asyncInvokeConfig.destinationConfig.onFailure: is missing: write it"],
    ),
    (
        "asyncInvokeConfig.destinationConfig.onFailure.destination",
        "acs:mns:x",
        [
            (
                "asyncInvokeConfig.destinationConfig.onFailure.destination: 'acs:mns:x' cannot stand here: "
                "write acs:mns:REGION::/topics/TOPIC/messages, or acs:fc:REGION::functions/FUNCTION"
            )
        ],
    ),
    (
        "asyncInvokeConfig.destinationConfig.onFailure.destination",
        "acs:mns:cn-beijing::/topics/dead/messages",
        ["onFailure acs:mns:cn-beijing::/topics/dead/messages is not in cn-hangzhou: write the same region everywhere"],
    ),
    (
        "asyncInvokeConfig.maxAsyncRetryAttempts",
        9,
        ["asyncInvokeConfig.maxAsyncRetryAttempts: is too large: write 8 or less"],
    ),
    ("triggers", [], ["triggers: is too short: write at least 1"]),
    ("triggers.0.triggerType", "http", ["triggers.0.triggerType: is not what can stand here: write 'timer'"]),
    ("triggers.0.qualifier", "", ["triggers.0.qualifier: is empty: write it, or leave the key out"]),
    (
        "triggers.0.triggerConfig.enable",
        "true",
        ["triggers.0.triggerConfig.enable: is neither true nor false: write one of them, without quotes"],
    ),
    (
        "triggers.0.triggerConfig",
        {"cron": "x"},
        [
            "triggers.0.triggerConfig.cronExpression: is missing: write it",
            "triggers.0.triggerConfig.enable: is missing: write it",
            "triggers.0.triggerConfig.cron: is not known: write one of cronExpression, enable, payload",
        ],
    ),
]
"""A property of the first function, what stands there, and what is said of it, each below that function's own place."""


def put(props: Any, path: str, value: object) -> None:
    *steps, last = path.split(".")
    for step in steps:
        props = props[int(step) if isinstance(props, list) else step]
    props[last] = value


@pytest.mark.parametrize(("path", "value", "said"), SPOILED)
def test_a_mistake_in_a_property_is_named_with_its_place_and_mend(
    rendered: dict[str, Any], props: dict[str, Any], path: str, value: object, said: list[str]
) -> None:
    put(props, path, value)
    found = [line.removeprefix("s.yaml: resources.check_balances.props") for line in problems(rendered)]
    assert [line.removeprefix(".").removeprefix(": ") for line in found] == said


def test_two_functions_of_one_name_are_refused(rendered: dict[str, Any], props: dict[str, Any]) -> None:
    props["functionName"] = "arrears-deliver-notifications"
    assert problems(rendered) == ["s.yaml: two functions have the same functionName: give each its own"]


@pytest.mark.parametrize(("key", "what"), [("triggerName", "name"), ("triggerConfig", "time")])
def test_a_timer_that_is_there_twice_is_refused(
    rendered: dict[str, Any], props: dict[str, Any], key: str, what: str
) -> None:
    (timer,) = props["triggers"]
    other = timer | {"triggerName": "another", "triggerConfig": timer["triggerConfig"] | {"cronExpression": NOON}}
    props["triggers"] = [timer, other | {key: timer[key]}]
    place = "s.yaml: resources.check_balances.props"
    assert problems(rendered) == [f"{place}: two triggers have the same {what}: leave one of them out"]
    props["triggers"] = [timer, other]
    assert problems(rendered) == []


def test_every_part_of_a_property_that_is_missing_or_misspelt_is_found(rendered: dict[str, Any]) -> None:
    """Each key of s.yaml in turn: without it, or with a letter more, the file is not as it was meant."""
    optional = {
        "description",
        "qualifier",
        "payload",
        "tags",
        "asyncTask",
        "PYDANTIC_DISABLE_PLUGINS",
        "actions",
        "path",
    }
    for path, key in keys(rendered["resources"]):
        spoiled = deepcopy(rendered)
        holder = spoiled["resources"]
        for step in path:
            holder = holder[step]
        value = holder.pop(key)
        missing = bool(problems(spoiled))
        holder[f"{key}x"] = value
        assert problems(spoiled), (path, key)
        assert missing or key in optional | {"enableRequestMetrics", "enableInstanceMetrics", "logBeginRule"}, (
            path,
            key,
        )


def keys(value: Any, *path: int | str) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Every key below the names of the resources, with the steps to the mapping that holds it."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        if isinstance(step, str) and path and path[-1] != "actions":
            yield path, step
        yield from keys(inner, *path, step)


def test_the_settings_that_a_file_may_give_are_those_that_the_program_reads() -> None:
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "k", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}
    function = {"FC_FUNCTION_NAME": "f", "FC_REGION": "cn-hangzhou", "FC_ACCOUNT_ID": "1"}
    read = Recorder(keys | function | {"ARREARS_TABLESTORE_ENDPOINT": "https://i", "ARREARS_TABLESTORE_INSTANCE": "i"})
    settings_from(read)
    ours = {name for name in read.asked if name.startswith("ARREARS_")}
    assert ours == set(Environment.model_fields)


def test_the_regions_are_those_of_the_vendors_package() -> None:
    client = Client(OpenApiConfig(access_key_id="k", access_key_secret="s", region_id="cn-hangzhou"))
    there = {region for region in client._endpoint_map if region.startswith("cn-")}
    assert set(MAINLAND) == there - {"cn-hongkong"}


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 7 * * * *", "write CRON_TZ"),
        ("CRON_TZ=UTC 0 7 * * * *", "write CRON_TZ"),
        ("CRON_TZ=Asia/Shanghai 7 * * * *", "six fields"),
        ("CRON_TZ=Asia/Shanghai 0 60 * * * *", "60 is no minute"),
        ("CRON_TZ=Asia/Shanghai 0 7 * * MONDAY *", "MONDAY is no month"),
        ("CRON_TZ=Asia/Shanghai 0 */0 * * * *", "*/0 never comes round"),
        ("CRON_TZ=Asia/Shanghai 0 */60 * * * *", "*/60 never comes round"),
        ("CRON_TZ=Asia/Shanghai 0 7 9-18/20 * * *", "9-18/20 never comes round"),
        ("CRON_TZ=Asia/Shanghai 0 7 18-9 * * *", "18-9 ends before it begins"),
        ("CRON_TZ=Asia/Shanghai 0 7 ? * * *", "? is no hour"),
        ("CRON_TZ=Asia/Shanghai 0 7 9,,10 * * *", " is no hour"),
        ("CRON_TZ=Asia/Shanghai 0 ٧ * * * *", "٧ is no minute"),
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


@pytest.mark.parametrize(
    "cron", ["0 7 * * * *", "30 2/5 * * * *", "0 59/1 * * * *", "0 0,30 9-17 1-31/2 * ?", "0 0 9 * * 1"]
)
def test_a_cron_expression_that_the_platform_takes_is_taken(
    rendered: dict[str, Any], props: dict[str, Any], cron: str
) -> None:
    props["triggers"][0]["triggerConfig"]["cronExpression"] = f"CRON_TZ=Asia/Shanghai {cron}"
    assert problems(rendered) == []


def test_a_misspelt_key_beside_the_properties_is_refused(rendered: dict[str, Any]) -> None:
    rendered["resources"]["check_balances"]["action"] = {}
    assert problems(rendered) == ["s.yaml: resources.check_balances.action: is not known: write actions"]
