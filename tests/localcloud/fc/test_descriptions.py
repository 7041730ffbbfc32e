"""What the SDK's client for 3.0 reads of functions, their timers, and what becomes of their failures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_fc20230330.models import (
    GetAsyncInvokeConfigRequest,
    GetFunctionRequest,
    ListFunctionsRequest,
    ListTriggersRequest,
)
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.localcloud.fc.clients import client_v3
from tests.localcloud.fc.conftest import CALLER, STRANGER

if TYPE_CHECKING:
    from localcloud.identities import Identity
    from tests.localcloud.fc.conftest import Cloud

ASYNC = {
    "maxAsyncRetryAttempts": 2,
    "maxAsyncEventAgeInSeconds": 3600,
    "destinationConfig": {"onFailure": {"destination": "acs:mns:cn-hangzhou::/topics/dead/messages"}},
}


def names(cloud: Cloud, identity: Identity = CALLER, **query: Any) -> tuple[list[str], str | None]:
    body = client_v3(cloud, identity).list_functions(ListFunctionsRequest(**query)).body
    return [function.function_name for function in body.functions], body.next_token


def test_a_function_is_described_as_it_was_put(cloud: Cloud) -> None:
    cloud.put(timeout=42, memory=256, cpu=0.2, role="our-role", environment={"A": "1"})
    body = client_v3(cloud).get_function("worker", GetFunctionRequest()).body
    assert (body.function_name, body.timeout, body.memory_size, body.cpu) == ("worker", 42, 256, 0.2)
    assert body.role.endswith(":role/our-role")
    assert (body.environment_variables, body.state, body.last_update_status) == ({"A": "1"}, "Active", "Successful")


def test_functions_come_in_pages_and_by_prefix(cloud: Cloud) -> None:
    for name in ("b-two", "a-one", "b-one"):
        cloud.put(name=name)
    assert names(cloud) == (["a-one", "b-one", "b-two"], None)
    assert names(cloud, prefix="b-", limit=1) == (["b-one"], "b-two")
    assert names(cloud, prefix="b-", limit=1, next_token="b-two") == (["b-two"], None)


def test_a_timer_is_described_with_its_configuration_as_json(cloud: Cloud) -> None:
    cloud.put()
    cloud.control("timers/put", function="worker", name="hourly", cron="0 7 * * * *", enable=False)
    (trigger,) = client_v3(cloud).list_triggers("worker", ListTriggersRequest()).body.triggers
    assert (trigger.trigger_name, trigger.trigger_type) == ("hourly", "timer")
    assert json.loads(trigger.trigger_config) == {"cronExpression": "0 7 * * * *", "enable": False, "payload": ""}


def test_the_destination_of_failures_is_told(cloud: Cloud) -> None:
    cloud.put(async_config=ASYNC)
    body = client_v3(cloud).get_async_invoke_config("worker", GetAsyncInvokeConfigRequest()).body
    assert (body.max_async_retry_attempts, body.max_async_event_age_in_seconds) == (2, 3600)
    assert body.destination_config.on_failure.destination.endswith("/dead/messages")


@pytest.mark.parametrize(
    ("identity", "name", "code"),
    [(CALLER, "other", "FunctionNotFound"), (STRANGER, "worker", "AccessDenied")],
)
def test_what_is_not_there_and_who_may_not_ask(cloud: Cloud, identity: Identity, name: str, code: str) -> None:
    cloud.put()
    with pytest.raises(ClientException) as caught:
        client_v3(cloud, identity).get_function(name, GetFunctionRequest())
    assert caught.value.code == code


def test_a_function_without_such_a_configuration_has_none(cloud: Cloud) -> None:
    cloud.put()
    with pytest.raises(ClientException) as caught:
        client_v3(cloud).get_async_invoke_config("worker", GetAsyncInvokeConfigRequest())
    assert caught.value.status_code == 404
