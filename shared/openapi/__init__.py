"""What the edges share of the vendor's OpenAPI SDK: keys, the client's settings, one call, and how a call fails.

Every call is made once: the SDK repeats nothing unless it is told to, and nobody tells it to here. Its failures carry
the whole URL, parameters included, so that none of its texts leaves this folder.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeAlias

from shared.frozen import frozen
from shared.masking import mask_text
from shared.vendor import sparing

with sparing():
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ThrottlingException
    from alibabacloud_tea_openapi.utils_models import Config
    from darabonba.runtime import RuntimeOptions
    from Tea.exceptions import TeaException
from shared.openapi.transport import send_by_ourselves

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.keys import Credentials

Untyped: TypeAlias = Any
"""Something of the SDK's, which has no types; its fields are None where the answer lacked them."""

SERVER_ERROR = 500
_MESSAGE_LENGTH = 200
_TIMED_OUT = "timed out"


@frozen
class Timeouts:
    """How long a call may take, in milliseconds, as the SDK counts."""

    connect_ms: int = 3_000
    read_ms: int = 10_000


DEFAULT_TIMEOUTS = Timeouts()


def client_config(credentials: Credentials, endpoint: str, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> Config:
    """The settings of a client of any product; ``endpoint`` is a host, or a URL where it is not https.

    Raises:
        ValueError: The URL is of another kind: nothing that is signed is sent in clear by mistake.
    """
    scheme, separator, host = endpoint.strip().partition("://")
    if separator and scheme not in {"http", "https"}:
        raise ValueError(f"endpoint {endpoint}: neither https:// nor http://")
    return Config(
        access_key_id=credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        security_token=credentials.security_token,
        endpoint=(host if separator else scheme).rstrip("/"),
        protocol=scheme if separator else "https",
        connect_timeout=timeouts.connect_ms,
        read_timeout=timeouts.read_ms,
    )


class CallFailed(Exception):
    """A call that brought no result; which of the three kinds says what may have happened."""


class Unanswered(CallFailed):
    """No answer that can be read: not connected, broken off, timed out, or something that is not JSON.

    The request may have been carried out.
    """


class TimedOut(Unanswered):
    """No answer in the time that there was for it."""


class Garbled(CallFailed):
    """A success whose body has not the form of the operation's answer."""


class Rejected(CallFailed):
    """An error answer of the gateway or the service."""

    def __init__(self, code: str, message: str, *, status: int, request_id: str, throttled: bool = False) -> None:
        super().__init__(f"{code} ({status}): {message}" + (f" [{request_id}]" if request_id else ""))
        self.code = code
        self.message = message
        self.status = status
        """The HTTP status; 0 if there is none."""
        self.request_id = request_id
        self.throttled = throttled
        """Whether the gateway said how long to wait."""


def call(operation: Callable[..., Untyped], *arguments: object) -> Untyped:
    """Make one call with a client's ``..._with_options`` method; returns the body of the answer.

    Raises:
        Unanswered: As a timeout.
        Garbled: As a body that is a list.
        Rejected: As ``Throttling.User``.
    """
    failure: CallFailed
    try:
        body = operation(*arguments, RuntimeOptions()).body
    except AlibabaCloudException as error:
        failure = _rejected(error)
    except TeaException as error:
        what = _what_happened(error)
        failure = TimedOut(what) if what == _TIMED_OUT else Unanswered(what)
    else:
        if body is not None:
            return body
        failure = Garbled("the answer has not the form of this operation's")
    # Outside the handlers: the SDK's error shows the URL, and with it numbers and texts, and may not hang on to ours.
    raise failure


def _rejected(error: AlibabaCloudException) -> Rejected:
    data = error.data if isinstance(error.data, dict) else {}
    return Rejected(
        str(data.get("Code") or data.get("code") or error.code or ""),
        mask_text(str(data.get("Message") or data.get("message") or ""))[:_MESSAGE_LENGTH],
        status=int(error.status_code or 0),
        request_id=str(data.get("RequestId") or data.get("requestId") or ""),
        throttled=isinstance(error, ThrottlingException),
    )


def _what_happened(error: TeaException) -> str:
    """One of a few words for a failed transport, since the SDK's own text may not be shown."""
    text = str(getattr(error, "inner_exception", None) or error).lower()
    for trace, meaning in ((_TIMED_OUT, _TIMED_OUT), ("refused", "connection refused"), ("json", "not JSON")):
        if trace in text:
            return meaning
    return "connection failed"


def _quiet_the_sdk() -> None:
    """Undo what importing the SDK does to logging: handlers of its own, at DEBUG, that can print keys."""
    for name in ("darabonba-core", "alibabacloud-tea", "credentials"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        for handler in tuple(logger.handlers):
            logger.removeHandler(handler)


_quiet_the_sdk()
send_by_ourselves()
