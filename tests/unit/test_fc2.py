"""The deployment for Function Compute 2.0 says the same of each function as s.yaml; its server runs the handlers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from localcloud.serverless import read_functions
from tests.cloud import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deployment" / "fc2"
TEXT = (FOLDER / "s.yaml").read_text(encoding="utf-8")
OLD: list[dict[str, Any]] = [one["props"] for one in yaml.safe_load(TEXT)["services"].values()]
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
NAMES = ("request-id", "function-name", "region", "account-id", "access-key-id", "access-key-secret", "security-token")


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
    whole = yaml.safe_load(TEXT)
    check = whole["services"]["check_balances"]["props"]["function"]["environmentVariables"]
    assert check["ARREARS_FC_SERVICE"] == whole["vars"]["service"]["name"]


# ---------------------------------------------------------------- the server in the container


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "index.py").write_text(HANDLER)
    with serving(tmp_path, "index.handler") as port:
        yield port


@contextmanager
def serving(folder: Path, handler: str) -> Iterator[int]:
    """The port of a server with one handler."""
    port = free_port()
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "FC_SERVER_PORT": str(port)}
    command = [sys.executable, str(FOLDER / "server.py"), handler]
    environment = settings | {"ARREARS_TIMEOUT": "600"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield port
        finally:
            process.terminate()


def invoke(port: int, event: bytes) -> tuple[int, str | None, str]:
    """Status, ``x-fc-status`` and body, as Function Compute would see them."""
    headers = {f"x-fc-{name}": f"the-{name}" for name in NAMES}
    while True:  # until the server listens; the time limit of the suite ends what never does
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", "/invoke", event, headers)
            reply = connection.getresponse()
            return reply.status, reply.headers["x-fc-status"], reply.read().decode()
        except ConnectionRefusedError:
            continue
        finally:
            connection.close()


def test_a_handler_gets_its_event_and_its_context(port: int) -> None:
    status, said, body = invoke(port, b"hello")
    assert (status, said) == (200, "200")
    assert body == (
        "hello the-request-id the-function-name 600 the-region the-account-id the-access-key-id "
        "the-access-key-secret the-security-token"
    )


def test_a_failure_is_one_for_function_compute_too_and_the_next_event_is_served(port: int) -> None:
    status, said, body = invoke(port, b"fail")
    assert (status, said) == (404, "404")
    assert json.loads(body) == {"errorMessage": "'balance'", "errorType": "KeyError"}
    assert invoke(port, b"hello")[0] == 200
