from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import fc2
import pytest
from alibabacloud_fc20230330.models import GetAsyncTaskRequest
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.localcloud.fc.clients import Answer, call_v2, call_v3, client_v3

if TYPE_CHECKING:
    from pathlib import Path

    from tests.localcloud.fc.conftest import Cloud


def enqueue(cloud: Cloud, event: dict[str, Any], task_id: str | None = None) -> Answer:
    headers = {"x_fc_invocation_type": "Async"} | ({"x_fc_async_task_id": task_id} if task_id else {})
    return call_v3(cloud, "worker", event, headers=headers)


def log(cloud: Cloud) -> list[tuple[int, str, str | None]]:
    rows = cloud.control("invocations", function="worker")["invocations"]
    return [(row["attempt"], row["outcome"], row["error_type"]) for row in rows]


def test_accepted_at_once_and_run_later(cloud: Cloud, tmp_path: Path) -> None:
    cloud.put()
    runs = tmp_path / "runs"
    answer = enqueue(cloud, {"do": "flaky", "path": str(runs), "failures": 0})
    assert (answer.status, answer.body) == (202, b"")
    cloud.control("queue/drain")
    assert runs.read_text().split() == [answer.request_id]


def test_2_0_client(cloud: Cloud, tmp_path: Path) -> None:
    cloud.put(service="alerts")
    runs = tmp_path / "runs"
    event = {"do": "flaky", "path": str(runs), "failures": 0}
    answer = call_v2(cloud, "alerts", "worker", event, headers={"x-fc-invocation-type": "Async"})
    cloud.control("queue/drain")
    assert runs.read_text().split() == [answer.request_id]


def test_retried_under_the_same_request_id_until_it_succeeds(cloud: Cloud, tmp_path: Path) -> None:
    cloud.put()
    runs = tmp_path / "runs"
    answer = enqueue(cloud, {"do": "flaky", "path": str(runs), "failures": 2})
    cloud.control("queue/drain")
    assert runs.read_text().split() == [answer.request_id] * 3
    assert [row[1] for row in log(cloud)] == ["Failed", "Failed", "Succeeded"]
    assert cloud.control("dead-letters") == {"dead_letters": []}


def test_given_up_after_four_executions(cloud: Cloud, tmp_path: Path) -> None:
    cloud.put()
    runs = tmp_path / "runs"
    answer = enqueue(cloud, {"do": "flaky", "path": str(runs), "failures": 9})
    cloud.control("queue/drain")
    assert runs.read_text().split() == [answer.request_id] * 4
    assert log(cloud) == [(attempt, "Failed", "RuntimeError") for attempt in (1, 2, 3, 4)]
    [letter] = cloud.control("dead-letters")["dead_letters"]
    assert (letter["request_id"], letter["attempts"]) == (answer.request_id, 4)
    assert json.loads(letter["event"])["failures"] == 9


def test_retries_are_a_setting(cloud: Cloud) -> None:
    cloud.put(max_retries=0)
    enqueue(cloud, {"do": "fail"})
    cloud.control("queue/drain")
    assert log(cloud) == [(1, "Failed", "KeyError")]


def test_exits_and_timeouts_are_retried_too(cloud: Cloud) -> None:
    cloud.put(timeout=0.3, max_retries=1)
    enqueue(cloud, {"do": "leave"})
    cloud.control("queue/drain")
    enqueue(cloud, {"do": "sleep", "seconds": 9})
    cloud.control("queue/drain")
    assert [row[2] for row in log(cloud)] == ["UnexpectedExit"] * 2 + ["FunctionTimeout"] * 2


def test_synchronous_call_is_never_retried(cloud: Cloud) -> None:
    cloud.put()
    call_v3(cloud, "worker", {"do": "fail"})
    assert log(cloud) == [(1, "Failed", "KeyError")]


def test_task_id_is_accepted_once(cloud: Cloud) -> None:
    cloud.put()
    enqueue(cloud, {"do": "born"}, task_id="cust_1_20260101")
    with pytest.raises(ClientException) as caught:
        enqueue(cloud, {"do": "born"}, task_id="cust_1_20260101")
    assert (caught.value.status_code, caught.value.code) == (409, "AsyncTaskAlreadyExists")
    cloud.control("queue/drain")
    assert len(log(cloud)) == 1


def test_task_id_is_accepted_once_by_the_2_0_api(cloud: Cloud) -> None:
    cloud.put(service="alerts")
    headers = {"x-fc-invocation-type": "Async", "x-fc-stateful-async-invocation-id": "cust_1_20260101"}
    call_v2(cloud, "alerts", "worker", {"do": "born"}, headers=headers)
    with pytest.raises(fc2.FcError) as caught:
        call_v2(cloud, "alerts", "worker", {"do": "born"}, headers=headers)
    assert caught.value.err_code == "StatefulAsyncInvocationAlreadyExists"


def test_state_of_a_task(cloud: Cloud) -> None:
    cloud.put(max_retries=1)
    enqueue(cloud, {"do": "fail"}, task_id="cust_1")
    cloud.control("queue/drain")
    task = client_v3(cloud).get_async_task("worker", "cust_1", GetAsyncTaskRequest()).body
    assert (task.status, task.already_retried_times) == ("Failed", 1)
    assert json.loads(task.task_error_message)["errorType"] == "KeyError"
