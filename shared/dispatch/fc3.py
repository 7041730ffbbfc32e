"""Functions of Function Compute 3.0 (API 2023-03-30): one asynchronous invocation for each bucket.

A task id is taken once: a second submission is answered with HTTP 409 (alibabacloud.com/help/en/fc/task-deduplication).
That holds while the function's asynchronous tasks are enabled (``asyncInvokeConfig.asyncTask`` in s.yaml); without it
a bucket may be looked at twice, which costs time and changes nothing.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from shared.dispatch import Handover, HandOverLater
from shared.dispatch.answers import failure_of, is_taken
from shared.openapi import DEFAULT_TIMEOUTS, CallFailed, Rejected, call, client_config
from shared.vendor import sparing

with sparing():
    from alibabacloud_fc20230330.client import Client
    from alibabacloud_fc20230330.models import InvokeFunctionHeaders, InvokeFunctionRequest

if TYPE_CHECKING:
    from shared.buckets import BucketRun
    from shared.keys import Credentials
    from shared.openapi import Timeouts


class Fc3Dispatch:
    """The port ``Dispatch`` for a function of 3.0, which has a name and no service."""

    def __init__(
        self, credentials: Credentials, endpoint: str, function: str, timeouts: Timeouts = DEFAULT_TIMEOUTS
    ) -> None:
        """``endpoint`` is a host, or a URL where it is not https; ``function`` the name of the function to invoke."""
        self._client = Client(client_config(credentials, endpoint, timeouts))
        self._function = function

    def hand_over(self, run: BucketRun) -> Handover:
        """Queue an invocation for the bucket, under its task id."""
        request = InvokeFunctionRequest(body=BytesIO(run.as_event()))
        headers = InvokeFunctionHeaders(x_fc_invocation_type="Async", x_fc_async_task_id=run.task_id)
        try:
            call(self._client.invoke_function_with_options, self._function, request, headers)
        except Rejected as error:
            if is_taken(error.status, error.code):
                return Handover.BEFORE
            raise failure_of(error.status, str(error)) from error
        except CallFailed as error:
            raise HandOverLater(str(error)) from error
        return Handover.TAKEN
