"""What a request to Function Compute asks for, who signed it, and how replies and errors are worded.

Two APIs: 2.0 (2016-08-15; services, ``FC key:signature``) and 3.0 (2023-03-30; no services, ACS3). Error codes and
texts: help.aliyun.com/document_detail/154973.html. A duplicate task id is refused with 409
(alibabacloud.com/help/en/fc/task-deduplication), which does not name the code; the one that clients look for is used.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import uuid
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from localcloud.identities import IdentityError
from localcloud.service import Reply

if TYPE_CHECKING:
    from localcloud.clock import Clock
    from localcloud.identities import Identities, Identity
    from localcloud.service import Received

OLD_API = "2016-08-15"
API = "2023-03-30"
TASK_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
SYNC_LIMIT = 32 * 1024 * 1024
ASYNC_LIMIT = 128 * 1024
"""Bytes of an event (limits of usage, help.aliyun.com/document_detail/51907.html)."""

_INVOKE_OLD = re.compile(r"/2016-08-15/services/(?P<service>[^/]+)/functions/(?P<function>[^/]+)/invocations")
_INVOKE = re.compile(r"/2023-03-30/functions/(?P<function>[^/]+)/invocations")
_READING = {
    r"/2023-03-30/functions": "ListFunctions",
    r"/2023-03-30/functions/(?P<function>[^/]+)": "GetFunction",
    r"/2023-03-30/functions/(?P<function>[^/]+)/triggers": "ListTriggers",
    r"/2023-03-30/functions/(?P<function>[^/]+)/async-invoke-config": "GetAsyncInvokeConfig",
}
_TASK = re.compile(r"/2023-03-30/functions/(?P<function>[^/]+)/async-tasks/(?P<task>[^/]+)")


class RefusedError(Exception):
    """A request that is answered with an error; the function did not run."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Request:
    """A request, taken apart."""

    operation: str
    """InvokeFunction, GetAsyncTask, or one of ``_READING``."""
    function: str
    """Empty for ListFunctions."""
    service: str | None = None
    """Only in the 2.0 API."""
    qualifier: str = "LATEST"
    task_id: str | None = None
    asynchronous: bool = False
    query: dict[str, str] = field(default_factory=dict)
    """Of the operations that read."""


def read_request(received: Received) -> Request:
    """What ``received`` asks for.

    Raises:
        RefusedError: The path, the invocation type or the task id is not one of the API's.
    """
    path = unquote(received.path)
    if received.method == "POST" and (found := _INVOKE_OLD.fullmatch(path)):
        service, _, qualifier = found["service"].partition(".")
        task_id = received.headers.get("x-fc-stateful-async-invocation-id")
        return _invocation(received, Request("InvokeFunction", found["function"], service, qualifier, task_id))
    if received.method == "POST" and (found := _INVOKE.fullmatch(path)):
        qualifier = parse_qs(received.query).get("qualifier", [""])[0]
        task_id = received.headers.get("x-fc-async-task-id")
        return _invocation(received, Request("InvokeFunction", found["function"], None, qualifier, task_id))
    if received.method == "GET" and (found := _TASK.fullmatch(path)):
        return Request("GetAsyncTask", found["function"], task_id=found["task"])
    for pattern, operation in _READING.items():
        if received.method == "GET" and (found := re.fullmatch(pattern, path)):
            query = {key: values[0] for key, values in parse_qs(received.query).items()}
            name = found.groupdict().get("function", "")
            return Request(operation, name, qualifier=query.get("qualifier", "LATEST"), query=query)
    raise RefusedError(400, "PathNotSupported", f"'{path}' against '{received.method}' is not supported")


def _invocation(received: Received, asked: Request) -> Request:
    kind = received.headers.get("x-fc-invocation-type", "Sync")
    if kind not in {"Sync", "Async"}:
        raise RefusedError(400, "InvalidArgument", f"invocation type '{kind}' is neither Sync nor Async")
    if asked.task_id is not None and not TASK_ID.fullmatch(asked.task_id):
        raise RefusedError(400, "InvalidArgument", f"async task id '{asked.task_id}' is invalid")
    limit = ASYNC_LIMIT if kind == "Async" else SYNC_LIMIT
    if len(received.body) > limit:
        raise RefusedError(400, "EntityTooLarge", f"payload size exceeds maximum allowed size ({limit} bytes)")
    return Request(
        asked.operation, asked.function, asked.service, asked.qualifier or "LATEST", asked.task_id, kind == "Async"
    )


def verify_old(received: Received, identities: Identities, clock: Clock) -> Identity:
    """Who signed a request of the 2.0 API: HMAC-SHA256 over method, md5, type, date, x-fc-* headers and path.

    Source: the signature of the 2.0 API (help.aliyun.com/document_detail/52877.html). The body is not covered, unless
    the client sends a content-md5.

    Raises:
        RefusedError: The signature, the key, its token or the date is not valid.
    """
    for name in ("authorization", "date"):
        if name not in received.headers:
            raise RefusedError(400, "MissingRequiredHeader", f"required HTTP header {name} was not specified")
    scheme, _, rest = received.headers["authorization"].partition(" ")
    key, _, signature = rest.partition(":")
    if scheme != "FC" or not signature:
        raise RefusedError(403, "AccessDenied", "the authorization header is not of the form 'FC key:signature'")
    try:
        identity = identities.find(key, received.headers.get("x-fc-security-token"))
    except IdentityError as error:
        raise refused_identity(error, key) from error
    digest = hmac.digest(identity.access_key_secret.encode(), _bytes(_string_to_sign(received)), "sha256")
    if not hmac.compare_digest(base64.b64encode(digest), _bytes(signature)):
        raise RefusedError(
            403,
            "SignatureNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your access key and signing method",
        )
    _check_date(received.headers["date"], clock)
    return identity


def refused_identity(error: IdentityError, key: str = "") -> RefusedError:
    """An unknown key, a wrong token or a wrong signature, as this service words it."""
    if error.code == "InvalidAccessKeyId.NotFound":
        return RefusedError(403, "InvalidAccessKeyID", f"invalid access key ID '{key}'")
    return RefusedError(403, error.code, error.message)


def _string_to_sign(received: Received) -> str:
    headers = received.headers
    signed = sorted((name, value) for name, value in headers.items() if name.startswith("x-fc-"))
    lines = [received.method, headers.get("content-md5", ""), headers.get("content-type", ""), headers["date"]]
    return "\n".join([*lines, *(f"{name}:{value}" for name, value in signed), unquote(received.path)])


def _bytes(text: str) -> bytes:
    """What ``text`` was on the wire; bytes that are no UTF-8 stand in it as surrogates."""
    return text.encode("utf-8", "surrogateescape")


def _check_date(date: str, clock: Clock) -> None:
    try:
        near = clock.near(parsedate_to_datetime(date).timestamp())
    except ValueError:
        near = False
    if not near:
        raise RefusedError(403, "AccessDenied", f"the date '{date}' is more than 15 minutes off")


def error_reply(received: Received, status: int, code: str, message: str) -> Reply:
    """An error in the words of the API that was called."""
    request_id = str(uuid.uuid4())
    if received.path.startswith(f"/{OLD_API}/"):
        fields = {"ErrorCode": code, "ErrorMessage": message}
    else:
        fields = {"RequestId": request_id, "Code": code, "Message": message}
    return json_reply(status, fields, {"x-fc-request-id": request_id})


def json_reply(status: int, fields: object, headers: dict[str, str]) -> Reply:
    """A reply whose body is JSON."""
    body = json.dumps(fields, ensure_ascii=False).encode()
    return Reply(status, body, {"content-type": "application/json", **headers})
