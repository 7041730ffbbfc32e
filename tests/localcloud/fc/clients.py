"""Both SDK clients behind one shape of answer, so that a fact can be stated once for both."""

from __future__ import annotations

import http.client
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import fc2
from alibabacloud_fc20230330.client import Client
from alibabacloud_fc20230330.models import InvokeFunctionHeaders, InvokeFunctionRequest
from alibabacloud_tea_openapi.models import Config
from darabonba.runtime import RuntimeOptions

from tests.localcloud.fc.conftest import CALLER

if TYPE_CHECKING:
    from localcloud.identities import Identity
    from tests.localcloud.fc.conftest import Cloud


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    error: str | None
    """X-Fc-Error-Type."""
    request_id: str


def client_v3(cloud: Cloud, identity: Identity = CALLER) -> Client:
    settings = Config(
        access_key_id=identity.access_key_id,
        access_key_secret=identity.access_key_secret,
        security_token=identity.security_token,
        endpoint=f"127.0.0.1:{cloud.port}",
        protocol="HTTP",
    )
    return Client(settings)


def client_v2(cloud: Cloud, identity: Identity = CALLER) -> fc2.Client:
    return fc2.Client(
        endpoint=f"http://127.0.0.1:{cloud.port}",
        accessKeyID=identity.access_key_id,
        accessKeySecret=identity.access_key_secret,
        securityToken=identity.security_token or "",
    )


def call_v3(
    cloud: Cloud,
    function: str,
    event: dict[str, Any],
    *,
    identity: Identity = CALLER,
    qualifier: str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    request = InvokeFunctionRequest(body=io.BytesIO(json.dumps(event).encode()), qualifier=qualifier)
    reply = client_v3(cloud, identity).invoke_function_with_options(
        function, request, InvokeFunctionHeaders(**headers or {}), RuntimeOptions(read_timeout=20_000)
    )
    body = reply.body.read() if reply.body is not None else b""
    return Answer(reply.status_code, body, reply.headers.get("x-fc-error-type"), reply.headers["x-fc-request-id"])


def call_v2(
    cloud: Cloud,
    service: str,
    function: str,
    event: dict[str, Any],
    *,
    identity: Identity = CALLER,
    headers: dict[str, str] | None = None,
) -> Answer:
    """As ``call_v3``; this client raises on a function's error, too."""
    try:
        reply = client_v2(cloud, identity).invoke_function(service, function, json.dumps(event).encode(), headers or {})
    except fc2.FcError as error:
        if error.status_code != 200:
            raise
        found = json.loads(error.message)
        return Answer(200, error.message.encode(), "UnhandledInvocationError", found["RequestId"])
    return Answer(202 if headers else 200, reply.data, None, reply.headers["x-fc-request-id"])


def sign_v2(cloud: Cloud, path: str, **headers: str) -> dict[str, str]:
    """The headers that the 2.0 client would send for an invocation at ``path``."""
    signed: dict[str, str] = client_v2(cloud)._build_common_headers("POST", path, headers)
    return signed


def post(cloud: Cloud, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, dict[str, Any]]:
    """A request as given, whatever its signature says: status, and the error if there is one."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
    try:
        connection.request("POST", path, body, {**headers, "content-length": str(len(body))})
        reply = connection.getresponse()
        text = reply.read()
        return reply.status, json.loads(text) if reply.status >= 400 else {}
    finally:
        connection.close()
