from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import fc2
import pytest
from alibabacloud_tea_openapi.exceptions import ClientException

from localcloud.identities import Identity
from tests.localcloud.fc.clients import call_v2, call_v3, post, sign_v2
from tests.localcloud.fc.conftest import ACCOUNT, CALLER, STRANGER

if TYPE_CHECKING:
    from tests.localcloud.fc.conftest import Cloud

PATH = "/2016-08-15/services/alerts/functions/worker/invocations"
FORGED = Identity(CALLER.access_key_id, "wrong", ACCOUNT, CALLER.arn)
UNKNOWN = Identity("LTAInobody", "secret", ACCOUNT, CALLER.arn)


def code_v2(
    cloud: Cloud, service: str = "alerts", function: str = "worker", identity: Identity = CALLER
) -> tuple[int, str]:
    with pytest.raises(fc2.FcError) as caught:
        call_v2(cloud, service, function, {}, identity=identity)
    return caught.value.status_code, caught.value.err_code


def code_v3(
    cloud: Cloud,
    function: str = "worker",
    *,
    event: object = None,
    identity: Identity = CALLER,
    qualifier: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    with pytest.raises(ClientException) as caught:
        call_v3(cloud, function, {"value": event}, identity=identity, qualifier=qualifier, headers=headers)
    return caught.value.status_code, caught.value.code


def test_unknown_names(cloud: Cloud) -> None:
    cloud.put()
    cloud.put(service="alerts")
    assert code_v3(cloud, "other") == (404, "FunctionNotFound")
    assert code_v2(cloud, function="other") == (404, "FunctionNotFound")
    assert code_v2(cloud, service="other") == (404, "ServiceNotFound")
    assert code_v3(cloud, qualifier="3") == (404, "VersionNotFound")
    assert code_v2(cloud, service="alerts.prod") == (404, "AliasNotFound")


def test_a_function_of_one_api_is_not_one_of_the_other(cloud: Cloud) -> None:
    assert cloud.put(service="alerts") == "alerts$worker"
    assert code_v3(cloud) == (404, "FunctionNotFound")
    assert call_v3(cloud, "alerts$worker", {"do": "echo", "value": "hello"}).body == b"hello"


@pytest.mark.parametrize(
    ("identity", "code"),
    [(FORGED, "SignatureDoesNotMatch"), (UNKNOWN, "InvalidAccessKeyID"), (STRANGER, "AccessDenied")],
)
def test_callers_of_the_3_0_api(cloud: Cloud, identity: Identity, code: str) -> None:
    cloud.put()
    assert code_v3(cloud, identity=identity) == (403, code)


@pytest.mark.parametrize(
    ("identity", "code"),
    [(FORGED, "SignatureNotMatch"), (UNKNOWN, "InvalidAccessKeyID"), (STRANGER, "AccessDenied")],
)
def test_callers_of_the_2_0_api(cloud: Cloud, identity: Identity, code: str) -> None:
    cloud.put(service="alerts")
    assert code_v2(cloud, identity=identity) == (403, code)


def test_temporary_key_of_the_2_0_api(cloud: Cloud) -> None:
    cloud.put(service="alerts")
    key = Identity("STS.x", "secret", ACCOUNT, CALLER.arn, "token", datetime(2099, 1, 1, tzinfo=UTC))
    cloud.identities.add(key)
    assert call_v2(cloud, "alerts", "worker", {"do": "echo", "value": 1}, identity=key).body == b"1"
    stolen = Identity(key.access_key_id, key.access_key_secret, ACCOUNT, key.arn, "another token")
    assert code_v2(cloud, identity=stolen) == (403, "InvalidSecurityToken.Malformed")


def test_tampered_request_of_the_2_0_api(cloud: Cloud) -> None:
    cloud.put(service="alerts")
    signed = sign_v2(cloud, PATH, **{"x-fc-invocation-type": "Sync"})
    assert post(cloud, PATH, signed) == (200, {})
    status, error = post(cloud, PATH, signed | {"x-fc-invocation-type": "Async"})
    assert (status, error["ErrorCode"]) == (403, "SignatureNotMatch")
    status, error = post(cloud, PATH.replace("worker", "other"), signed)
    assert (status, error["ErrorCode"]) == (403, "SignatureNotMatch")
    status, error = post(cloud, PATH, {name: text for name, text in signed.items() if name != "authorization"})
    assert (status, error["ErrorCode"]) == (400, "MissingRequiredHeader")


def test_request_dated_otherwise_than_now(cloud: Cloud) -> None:
    cloud.put(service="alerts")
    status, error = post(cloud, PATH, sign_v2(cloud, PATH, date="Tue, 01 Jan 2019 00:00:00 GMT"))
    assert (status, error["ErrorCode"]) == (403, "AccessDenied")


def test_function_dated_by_the_clouds_clock(cloud: Cloud) -> None:
    cloud.put(service="alerts")
    cloud.clock.set(datetime(2019, 1, 1, tzinfo=UTC))
    assert post(cloud, PATH, sign_v2(cloud, PATH, date="Tue, 01 Jan 2019 00:00:00 GMT"))[0] == 200


def test_event_larger_than_the_limit_of_asynchronous_calls(cloud: Cloud) -> None:
    cloud.put()
    assert code_v3(cloud, event="x" * 128 * 1024, headers={"x_fc_invocation_type": "Async"}) == (400, "EntityTooLarge")


def test_operation_that_is_not_there(cloud: Cloud) -> None:
    status, error = post(cloud, "/2023-03-30/functions", {})
    assert (status, error["Code"]) == (400, "PathNotSupported")


@pytest.mark.parametrize("task_id", ["1st", "a b", "x" * 129])
def test_task_id_out_of_form(cloud: Cloud, task_id: str) -> None:
    cloud.put()
    headers = {"x_fc_invocation_type": "Async", "x_fc_async_task_id": task_id}
    assert code_v3(cloud, headers=headers) == (400, "InvalidArgument")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"handler": "handler"}, r"handler\n.*pattern"),
        ({"runtime": "python3.13"}, "runtime"),
        ({"timeout": 0}, "timeout"),
        ({"max_retries": 9}, "max_retries"),
        ({"code": "/no/such/directory"}, "code"),
        ({"python": "/no/such/python"}, "no interpreter"),
        ({"environment": {"LIMIT": 3}}, "environment.LIMIT"),
        ({"env": {}}, r"env\n.*Unexpected"),
    ],
)
def test_function_settings(cloud: Cloud, settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        cloud.put(**settings)


def test_control_operation_that_is_not_there(cloud: Cloud) -> None:
    with pytest.raises(LookupError, match="functions/put"):
        cloud.control("functions/delete")
