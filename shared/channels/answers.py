"""What a failed call means for a message that was being sent or looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.channels.codes import send_error
from shared.errors import SendError, Unknown
from shared.openapi import SERVER_ERROR, CallFailed, Rejected, call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from shared.channels.codes import Verdict
    from shared.openapi import Untyped

NO_ANSWER = "no-answer"
"""In place of a code, where the provider gave none."""


def not_sent(failure: CallFailed, table: Mapping[str, Verdict], now: datetime) -> SendError:
    """The error that a failed sending becomes.

    Only an error answer below 500 says for certain that the message was not taken: a server that fails may have
    taken it before.
    """
    if not isinstance(failure, Rejected):
        return Unknown(NO_ANSWER, str(failure))
    if failure.status >= SERVER_ERROR:
        return Unknown(failure.code, failure.message)
    return send_error(table, failure.code, failure.message, now)


def ask(operation: Callable[..., Untyped], request: object) -> Untyped:
    """One question about messages; whatever goes wrong leaves things as unknown as they were."""
    try:
        return call(operation, request)
    except Rejected as failure:
        raise Unknown(failure.code, failure.message) from failure
    except CallFailed as failure:
        raise Unknown(NO_ANSWER, str(failure)) from failure
