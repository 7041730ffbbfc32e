"""The deployment for Function Compute 2.0 says the same of each function as s.yaml; its server runs the handlers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deployment import preview
from deployment.fc2.component import problems, render
from localcloud.serverless import read_functions
from tests.container import NAMES, invoke, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deployment" / "fc2"
ROLE = "acs:ram::1000000000000009:role/arrears-alert-function"
SET = {"ARREARS_ROLE": ROLE, "ARREARS_IMAGE": "registry.cn-hangzhou.aliyuncs.com/agency/arrears-alert:1"}
OLD: list[dict[str, Any]] = [one["props"] for one in render(FOLDER / "s.yaml", SET)["services"].values()]
NEW = list(read_functions(ROOT / "s.yaml", {}))
PAIRS = list(zip(OLD, NEW, strict=True))
OWN_SETTINGS = {"ARREARS_FC_SERVICE", "ARREARS_TIMEOUT"}
"""Of 2.0 alone: what 3.0 knows by itself."""
HANDLER = """
import os

def handler(event, context):
    if event == b"fail": raise KeyError("balance")
    keys = context.credentials
    return f"{event.decode()} {context.request_id} {context.function.name} {context.function.timeout:g} " + (
        f"{context.region} {context.account_id} {keys.access_key_id} {keys.access_key_secret} {keys.security_token}")
"""


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[one["function"]["name"] for one in OLD])
def test_a_function_is_as_in_s_yaml(old: dict[str, Any], new: dict[str, Any]) -> None:
    function, (trigger,), (timer,) = old["function"], old["triggers"], new["triggers"]
    assert (function["name"], function["timeout"], function["memorySize"]) == (
        new["functionName"],
        new["timeout"],
        new["memorySize"],
    )
    assert json.loads(function["customContainerConfig"]["args"]) == [new["handler"]]
    retries = function["asyncConfiguration"]
    assert (retries["maxAsyncRetryAttempts"], retries["maxAsyncEventAgeInSeconds"]) == (
        new["asyncInvokeConfig"]["maxAsyncRetryAttempts"],
        new["asyncInvokeConfig"]["maxAsyncEventAgeInSeconds"],
    )
    assert retries["destination"] == {
        name: target["destination"] for name, target in new["asyncInvokeConfig"]["destinationConfig"].items()
    }
    assert retries.get("statefulInvocation", False) is new["asyncInvokeConfig"].get("asyncTask", False)
    assert (trigger["name"], trigger["type"], trigger["config"]) == (
        timer["triggerName"],
        timer["triggerType"],
        timer["triggerConfig"],
    )


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[one["function"]["name"] for one in OLD])
def test_a_function_has_the_settings_of_s_yaml_and_knows_its_own_time(old: dict[str, Any], new: dict[str, Any]) -> None:
    settings = old["function"]["environmentVariables"]
    here = {name for name in new["environmentVariables"] if name.startswith("ARREARS_")}
    assert settings.keys() - OWN_SETTINGS == here
    assert settings["ARREARS_TIMEOUT"] == str(old["function"]["timeout"])


def test_the_function_that_hands_over_knows_its_service() -> None:
    check = OLD[0]["function"]["environmentVariables"]
    assert check["ARREARS_FC_SERVICE"] == OLD[0]["service"]["name"]


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[one["function"]["name"] for one in OLD])
def test_the_service_has_role_and_logs_of_s_yaml(old: dict[str, Any], new: dict[str, Any]) -> None:
    service = old["service"]
    assert service["role"].rpartition("/")[2] == new["role"]
    assert service["logConfig"] == new["logConfig"]
    assert (old["region"], service["internetAccess"]) == (new["region"], new["internetAccess"])
    settings = old["function"]["environmentVariables"]
    assert {name: settings[name] for name in new["environmentVariables"] if name.startswith("ARREARS_")} == {
        name: value for name, value in new["environmentVariables"].items() if name.startswith("ARREARS_")
    }


# ---------------------------------------------------------------- the checker


@pytest.fixture
def rendered() -> dict[str, Any]:
    """The file with every variable filled in, to be spoiled."""
    return render(FOLDER / "s.yaml", SET)


def test_the_file_is_in_order(rendered: dict[str, Any]) -> None:
    assert problems(rendered) == []


def test_what_is_not_set_is_named() -> None:
    said = problems(render(FOLDER / "s.yaml", {"ARREARS_ROLE": ROLE}))
    assert said == ["deployment/fc2/s.yaml: env(ARREARS_IMAGE) was not filled in: set it"]


def test_a_default_is_a_form_of_the_newer_release_that_this_one_passes_on_as_it_is(tmp_path: Path) -> None:
    text = (FOLDER / "s.yaml").read_text(encoding="utf-8")
    (tmp_path / "s.yaml").write_text(text.replace("${env(ARREARS_IMAGE)}", "${env('ARREARS_IMAGE', 'x')}"), "utf-8")
    assert problems(render(tmp_path / "s.yaml", SET)) == [
        "deployment/fc2/s.yaml: env('ARREARS_IMAGE', 'x') was not filled in: set it"
    ]


def test_check_preview_reads_the_file_also_where_there_is_no_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert preview.main() == 0
    text = (FOLDER / "s.yaml").read_text(encoding="utf-8")
    (tmp_path / "s.yaml").write_text(text.replace("caPort", "capPort", 1), encoding="utf-8")
    monkeypatch.setattr(preview, "OLD_FILE", tmp_path / "s.yaml")
    assert preview.main() == 1
    assert "capPort: is not known: write caPort" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("function.asyncConfiguration", {"maxAsyncRetryAttempts": 3}, "maxAsyncEventAgeInSeconds: is missing"),
        ("function.asyncConfiguration.destination", {}, "destination.onFailure: is missing"),
        ("function.asyncConfiguration.destination.onFail", "x", "onFail: is not known: write onFailure"),
        ("function.asyncConfiguration.destination.onFailure", {"destination": "x"}, "is no text"),
        ("function.asyncConfiguration.destination.onFailure", "acs:mns:cn-hangzhou", "write acs:mns:REGION::/topics/"),
        ("function.asyncConfiguration.maxAsyncRetryAttempts", 9, "write 8 or less"),
        ("function.asyncConfiguration.asyncTask", True, "asyncTask: is not known"),
        ("function.environmentVariables.ARREARS_TIMEOUT", 600, "write it in quotes"),
        ("function.customContainerConfig.args", '{"a": 1}', "write a list"),
        ("function.customContainerConfig.args", ["check_balances.handler"], "is no text"),
        ("function.customContainerConfig.args", "check_balances.handler", "write a list"),
        ("function.instanceConcurrency", 10, "1"),
        ("function.memorySize", 640, "512"),
        ("function.runtime", "python3.10", "custom-container"),
        ("function.name", "arrears-deliver-notifications", "same name"),
        ("service.role", "arrears-alert-function", "write the role in full"),
        ("service.description", "another", "not the same everywhere"),
        ("service.logConfig", "auto", "logConfig: holds no keys"),
        ("triggers", [], "write at least 1"),
        ("triggers", [{"name": "t", "type": "timer", "config": {"cron": "x"}}], "cron: is not known"),
        (
            "triggers",
            [{"name": "t", "type": "timer", "config": {"cronExpression": "0 7 * * * *", "enable": True}}],
            "write CRON_TZ",
        ),
        ("region", "ap-southeast-1", "is no region of the mainland"),
    ],
)
def test_a_mistake_is_named(rendered: dict[str, Any], path: str, value: object, said: str) -> None:
    *above, last = path.split(".")
    place = rendered["services"]["check_balances"]["props"]
    for name in above:
        place = place[name]
    place[last] = value
    assert said in "\n".join(problems(rendered))


# ---------------------------------------------------------------- the server in the container


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "index.py").write_text(HANDLER)
    with serving(str(tmp_path), "index.handler", {"ARREARS_TIMEOUT": "600"}) as port:
        yield port


def ask(port: int, event: bytes) -> tuple[int, str | None, str]:
    """An event, with headers that say which is which."""
    return invoke(port, event, {name: f"the-{name}" for name in NAMES})


def test_a_handler_gets_its_event_and_its_context(port: int) -> None:
    status, said, body = ask(port, b"hello")
    assert (status, said) == (200, "200")
    assert body == (
        "hello the-request-id the-function-name 600 the-region the-account-id the-access-key-id "
        "the-access-key-secret the-security-token"
    )


def test_a_failure_is_one_for_function_compute_too_and_the_next_event_is_served(port: int) -> None:
    status, said, body = ask(port, b"fail")
    assert (status, said) == (404, "404")
    assert json.loads(body) == {"errorMessage": "'balance'", "errorType": "KeyError"}
    assert ask(port, b"hello")[0] == 200
