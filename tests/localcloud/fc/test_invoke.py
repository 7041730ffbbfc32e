from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_fc20230330.client import Client
from alibabacloud_fc20230330.models import InvokeFunctionHeaders, InvokeFunctionRequest
from alibabacloud_tea_openapi.models import Config
from darabonba.runtime import RuntimeOptions

from tests.localcloud.fc.conftest import CALLER, Cloud

if TYPE_CHECKING:
    from localcloud.identities import Identity


def client3(cloud: Cloud, identity: Identity = CALLER) -> Client:
    return Client(
        Config(
            access_key_id=identity.access_key_id,
            access_key_secret=identity.access_key_secret,
            endpoint=f"127.0.0.1:{cloud.port}",
            protocol="HTTP",
        )
    )


def invoke(cloud: Cloud, name: str = "worker", *, headers: dict[str, str] | None = None, **event: Any) -> Any:
    request = InvokeFunctionRequest(body=io.BytesIO(json.dumps(event).encode()))
    return client3(cloud).invoke_function_with_options(
        name, request, InvokeFunctionHeaders(**headers or {}), RuntimeOptions(read_timeout=20_000)
    )


def test_sync(cloud: Cloud) -> None:
    cloud.put()
    reply = invoke(cloud, do="echo", value={"余额": "1,000.00"})
    assert json.loads(reply.body.read()) == {"余额": "1,000.00"}
    assert "x-fc-error-type" not in reply.headers
    assert reply.status_code == 200
