from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import fc2
import pytest
from alibabacloud_fc20230330.models import GetAsyncTaskRequest
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.localcloud.fc.clients import Answer, call_v2, call_v3, client_v3
from tests.localcloud.fc.conftest import soon

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
    cloud.put(async_task=True)
    enqueue(cloud, {"do": "born"}, task_id="cust_1_20260101")
    with pytest.raises(ClientException) as caught:
        enqueue(cloud, {"do": "born"}, task_id="cust_1_20260101")
    assert (caught.value.status_code, caught.value.code) == (409, "AsyncTaskAlreadyExists")
    cloud.control("queue/drain")
    assert len(log(cloud)) == 1


def test_task_id_is_accepted_once_by_the_2_0_api(cloud: Cloud) -> None:
    cloud.put(service="alerts", async_task=True)
    headers = {"x-fc-invocation-type": "Async", "x-fc-stateful-async-invocation-id": "cust_1_20260101"}
    call_v2(cloud, "alerts", "worker", {"do": "born"}, headers=headers)
    with pytest.raises(fc2.FcError) as caught:
        call_v2(cloud, "alerts", "worker", {"do": "born"}, headers=headers)
    assert caught.value.err_code == "StatefulAsyncInvocationAlreadyExists"


def test_a_task_id_is_of_one_function(cloud: Cloud) -> None:
    cloud.put(async_task=True)
    cloud.put("other", async_task=True)
    enqueue(cloud, {"do": "born"}, task_id="cust_1")
    headers = {"x_fc_invocation_type": "Async", "x_fc_async_task_id": "cust_1"}
    assert call_v3(cloud, "other", {"do": "born"}, headers=headers).status == 202
    cloud.control("queue/drain")


def test_a_task_id_that_failed_for_good_stays_taken(cloud: Cloud) -> None:
    cloud.put(max_retries=0, async_task=True)
    enqueue(cloud, {"do": "fail"}, task_id="cust_1")
    cloud.control("queue/drain")
    with pytest.raises(ClientException):
        enqueue(cloud, {"do": "born"}, task_id="cust_1")


def test_without_asynchronous_tasks_ids_are_passed_over(cloud: Cloud) -> None:
    cloud.put()
    for _ in range(2):
        enqueue(cloud, {"do": "born"}, task_id="cust_1")
    cloud.control("queue/drain")
    assert len(log(cloud)) == 2


def test_what_is_queued_runs_side_by_side_in_processes_of_its_own(cloud: Cloud, tmp_path: Path) -> None:
    cloud.put(instances=3)
    for number in range(3):
        enqueue(cloud, {"do": "meet", "folder": str(tmp_path), "name": str(number), "count": 3})
    cloud.control("queue/drain")
    assert [row[1] for row in log(cloud)] == ["Succeeded"] * 3
    assert len({(tmp_path / f"met-{number}").read_text() for number in range(3)}) == 3


def test_one_instance_is_killed_by_its_key_and_the_others_go_on(cloud: Cloud, tmp_path: Path) -> None:
    cloud.put(instances=2, max_retries=0)
    for number in range(2):
        enqueue(cloud, {"do": "wait_for", "path": str(tmp_path / "go"), "key": str(tmp_path / f"key-{number}")})
    assert soon(lambda: all((tmp_path / f"key-{number}").exists() for number in range(2)), seconds=20)
    assert cloud.control("workers/kill", access_key=(tmp_path / "key-0").read_text()) == {"killed": 1}
    (tmp_path / "go").touch()
    cloud.control("queue/drain")
    assert sorted(row[1] for row in log(cloud)) == ["Failed", "Succeeded"]


def test_state_of_a_task(cloud: Cloud) -> None:
    cloud.put(max_retries=1, async_task=True)
    enqueue(cloud, {"do": "fail"}, task_id="cust_1")
    cloud.control("queue/drain")
    task = client_v3(cloud).get_async_task("worker", "cust_1", GetAsyncTaskRequest()).body
    assert (task.status, task.already_retried_times) == ("Failed", 1)
    assert json.loads(task.task_error_message)["errorType"] == "KeyError"
