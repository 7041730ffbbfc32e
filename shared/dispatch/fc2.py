"""Functions of Function Compute 2.0 (API 2016-08-15, the unmaintained package ``aliyun-fc2``), which lie in services.

Three things of that package are put right here. It logs every header of a request that was refused, keys and token
among them, on the root logger. It tries a connection that is refused for half a minute. And what it raises is the HTTP
library's own, where there was no answer. Nothing of its files is changed: the first two are names in its modules.

Task ids are taken once if the function has ``statefulInvocation`` (deployment/fc2/s.yaml), see fc3.py.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from shared.dispatch import Handover, HandOverLater
from shared.dispatch.answers import failure_of, is_taken
from shared.masking import mask_text
from shared.openapi import DEFAULT_TIMEOUTS
from shared.vendor import sparing

with sparing():
    import fc2
    import fc2.auth
    import fc2.client
    from requests import RequestException

if TYPE_CHECKING:
    from shared.buckets import BucketRun
    from shared.keys import Credentials
    from shared.openapi import Timeouts

TASK_ID = "x-fc-stateful-async-invocation-id"


class Fc2Dispatch:
    """The port ``Dispatch`` for a function of 2.0, which is named by its service and its own name."""

    def __init__(
        self,
        credentials: Credentials,
        endpoint: str,
        service: str,
        function: str,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        """``endpoint`` is a host, or a URL where it is not https."""
        self._client = fc2.Client(
            endpoint=endpoint,
            accessKeyID=credentials.access_key_id,
            accessKeySecret=credentials.access_key_secret,
            securityToken=credentials.security_token or "",
            Timeout=(timeouts.connect_ms / 1000, timeouts.read_ms / 1000),
        )
        self._service = service
        self._function = function

    def hand_over(self, run: BucketRun) -> Handover:
        """Queue an invocation for the bucket, under its task id."""
        headers = {"x-fc-invocation-type": "Async", TASK_ID: run.task_id}
        try:
            self._client.invoke_function(self._service, self._function, run.as_event(), headers)
        except fc2.FcError as error:
            if is_taken(error.status_code, error.err_code):
                return Handover.BEFORE
            what = mask_text(f"{error.err_code} ({error.status_code}) [{error.request_id}]")
            raise failure_of(error.status_code, what) from None
        except RequestException as error:
            raise HandOverLater(type(error).__name__) from None
        return Handover.TAKEN


def _tame() -> None:
    """What it writes down goes nowhere, and a connection is tried once: whoever calls decides on a second time."""
    silent = logging.getLogger(fc2.__name__)
    silent.propagate = False
    silent.setLevel(logging.CRITICAL + 1)
    fc2.auth.logging = fc2.client.logging = silent
    fc2.client.retries = 0


_tame()
