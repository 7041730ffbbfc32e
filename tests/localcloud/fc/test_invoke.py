from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.localcloud.fc.clients import Answer, call_v2, call_v3
from tests.localcloud.fc.conftest import running, soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.fc.conftest import Cloud


@pytest.fixture(params=["2016-08-15", "2023-03-30"])
def call(request: pytest.FixtureRequest, cloud: Cloud) -> Callable[..., Answer]:
    if request.param == "2023-03-30":
        cloud.put()
        return lambda **event: call_v3(cloud, "worker", event)
    cloud.put(service="alerts")
    return lambda **event: call_v2(cloud, "alerts", "worker", event)


def test_json_result(call: Callable[..., Answer]) -> None:
    answer = call(do="echo", value={"余额": "1,000.00"})
    assert json.loads(answer.body) == {"余额": "1,000.00"}
    assert answer.error is None
    assert answer.request_id


def test_bytes_and_text_are_returned_as_they_are(call: Callable[..., Answer]) -> None:
    assert call(do="raw").body == b"\x00\xff"
    assert call(do="echo", value="好").body.decode() == "好"
    assert call(do="echo", value=None).body == b"null"


def test_handler_error(call: Callable[..., Answer]) -> None:
    answer = call(do="fail")
    error = json.loads(answer.body)
    assert answer.error == "UnhandledInvocationError"
    assert error["errorType"] == "KeyError"
    assert error["errorMessage"] == "'balance'"
    assert ["index.py" in line for line in error["stackTrace"]] == [True, True]


def test_request_id_is_the_callers(cloud: Cloud) -> None:
    cloud.put()
    answer = call_v3(cloud, "worker", {"do": "request_id"})
    assert answer.body.decode() == answer.request_id


def test_instance_is_reused_also_after_an_error(cloud: Cloud) -> None:
    cloud.put()
    born = call_v3(cloud, "worker", {"do": "born"}).body
    call_v3(cloud, "worker", {"do": "fail"})
    assert call_v3(cloud, "worker", {"do": "born"}).body == born


def test_cold_start_after_a_kill(cloud: Cloud) -> None:
    cloud.put()
    born = call_v3(cloud, "worker", {"do": "born"}).body
    assert cloud.control("workers/kill") == {"killed": 1}
    assert call_v3(cloud, "worker", {"do": "born"}).body != born


def test_new_code_is_loaded_when_a_function_is_put_again(cloud: Cloud) -> None:
    cloud.put()
    call_v3(cloud, "worker", {"do": "born"})
    (cloud.code / "renewed.py").write_text("def handler(event, context): return 'renewed'")
    cloud.put(handler="renewed.handler")
    assert call_v3(cloud, "worker", {}).body == b"renewed"


def test_timeout_kills_the_instance(cloud: Cloud) -> None:
    cloud.put(timeout=0.4)
    pid = int(call_v3(cloud, "worker", {"do": "pid"}).body)
    answer = call_v3(cloud, "worker", {"do": "sleep", "seconds": 30})
    assert answer.error == "FunctionTimeout"
    assert json.loads(answer.body)["errorMessage"] == "Function timed out after 0.4 seconds"
    assert not running(pid)


def test_process_exit_is_an_error_of_its_own(cloud: Cloud) -> None:
    cloud.put()
    answer = call_v3(cloud, "worker", {"do": "leave"})
    assert answer.error == "UnhandledInvocationError"
    assert "exited unexpectedly" in json.loads(answer.body)["errorMessage"]
    assert cloud.control("invocations")["invocations"][0]["error_type"] == "UnexpectedExit"
    assert call_v3(cloud, "worker", {"do": "echo", "value": "alive"}).body == b"alive"


@pytest.mark.parametrize("exit_", ["leave", "leave_soon"])
def test_what_a_process_started_ends_with_it(cloud: Cloud, exit_: str) -> None:
    cloud.put()
    child = int(call_v3(cloud, "worker", {"do": "spawn"}).body)
    call_v3(cloud, "worker", {"do": exit_})
    assert soon(lambda: not running(child))


def test_module_that_cannot_be_imported(cloud: Cloud) -> None:
    (cloud.code / "broken.py").write_text("import no_such_module")
    cloud.put(handler="broken.handler")
    answer = call_v3(cloud, "worker", {})
    assert answer.error == "UnhandledInvocationError"
    assert json.loads(answer.body)["errorType"] == "ModuleNotFoundError"


def test_code_that_is_gone(cloud: Cloud) -> None:
    cloud.put()
    cloud.code.rename(cloud.code.with_name("elsewhere"))
    answer = call_v3(cloud, "worker", {"do": "born"})
    assert answer.error == "UnhandledInvocationError"
    assert "No such file or directory" in json.loads(answer.body)["errorMessage"]


def test_simultaneous_invocations_get_an_instance_each(cloud: Cloud) -> None:
    cloud.put(instances=2)
    with ThreadPoolExecutor(3) as threads:
        runs = [threads.submit(call_v3, cloud, "worker", {"do": "sleep", "seconds": 0.5}) for _ in range(3)]
        assert len({run.result().body for run in runs}) == 2


def test_nothing_is_left_running(cloud: Cloud) -> None:
    cloud.put()
    child = int(call_v3(cloud, "worker", {"do": "spawn"}).body)
    worker = int(call_v3(cloud, "worker", {"do": "pid"}).body)
    assert (running(child), running(worker)) == (True, True)
    cloud.close()
    assert not running(worker)
    assert soon(lambda: not running(child))
    assert "exited unexpectedly" in json.loads(call_v3(cloud, "worker", {"do": "born"}).body)["errorMessage"]
