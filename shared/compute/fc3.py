"""What is deployed, by the 3.0 API (2023-03-30). It reads; nothing is changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.deployed import FunctionSetting, TimerSetting
from shared.openapi import DEFAULT_TIMEOUTS, Garbled, Rejected, Timeouts, call, client_config
from shared.vendor import sparing

with sparing():
    from alibabacloud_fc20230330.client import Client
    from alibabacloud_fc20230330.models import GetAsyncInvokeConfigRequest, ListFunctionsRequest, ListTriggersRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.keys import Credentials
    from shared.openapi import Untyped

PAGE = 100
NOT_FOUND = 404
_WELL = {"Active", "Successful", "", None}
"""``state`` and ``lastUpdateStatus`` of a function that is as it should be; a new one may lack both."""


class FunctionCompute:
    """The port ``Compute``."""

    def __init__(self, credentials: Credentials, endpoint: str, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        """``endpoint`` is ``fcv3.REGION.aliyuncs.com``."""
        self._client = Client(client_config(credentials, endpoint, timeouts))

    def load_functions(self, prefix: str) -> tuple[FunctionSetting, ...]:
        """ListFunctions, and for each ListTriggers and GetAsyncInvokeConfig."""
        found = self._pages(
            lambda token: call(
                self._client.list_functions_with_options,
                ListFunctionsRequest(prefix=prefix, limit=PAGE, next_token=token, fc_version="v3"),
                {},
            ),
            "functions",
        )
        return tuple(self._setting(function) for function in found)

    def _setting(self, function: Untyped) -> FunctionSetting:
        config = self._async_config(function.function_name)
        destinations = config and config.destination_config
        failure = destinations and destinations.on_failure
        return FunctionSetting(
            name=function.function_name,
            runtime=function.runtime or "",
            handler=function.handler or "",
            cpu=float(function.cpu or 0),
            memory=int(function.memory_size or 0),
            timeout=int(function.timeout or 0),
            role=(function.role or "").rpartition("/")[2],
            environment=dict(function.environment_variables or {}),
            retries=config.max_async_retry_attempts if config else None,
            failures_to=(failure.destination or "") if failure else "",
            async_task=bool(config and config.async_task),
            event_age=config.max_async_event_age_in_seconds if config else None,
            logs_to=_logs_to(function.log_config),
            internet=function.internet_access is not False,
            timers=tuple(self._timers(function.function_name)),
            modified=_moment(function.last_modified_time),
            trouble=_trouble(function),
        )

    def _timers(self, name: str) -> Iterator[TimerSetting]:
        triggers = self._pages(
            lambda token: call(
                self._client.list_triggers_with_options, name, ListTriggersRequest(limit=PAGE, next_token=token), {}
            ),
            "triggers",
        )
        for trigger in triggers:
            if trigger.trigger_type == "timer":
                config = _json(trigger.trigger_config)
                cron, enabled = config.get("cronExpression", ""), bool(config.get("enable"))
                yield TimerSetting(trigger.trigger_name, cron, enabled, trigger.qualifier or "LATEST")

    def _async_config(self, name: str) -> Untyped:
        """None for a function that has none, which the API answers with 404."""
        try:
            return call(self._client.get_async_invoke_config_with_options, name, GetAsyncInvokeConfigRequest(), {})
        except Rejected as failure:
            if failure.status != NOT_FOUND:
                raise
            return None

    def _pages(self, read: Callable[[str | None], Untyped], name: str) -> Iterator[Untyped]:
        token: str | None = None
        while True:
            page = read(token)
            yield from getattr(page, name) or ()
            token = page.next_token
            if not token:
                return


def _trouble(function: Untyped) -> str:
    parts = (
        (function.state, function.state_reason),
        (function.last_update_status, function.last_update_status_reason),
    )
    said = [f"{state}: {reason or '-'}" for state, reason in parts if state not in _WELL]
    restriction = function.invocation_restriction
    if restriction and restriction.disable:
        said.append(f"Disabled: {restriction.reason or '-'}")
    return "; ".join(said)


def _logs_to(config: Untyped) -> str | None:
    return f"{config.project}/{config.logstore}" if config and config.project else None


def _moment(text: str | None) -> datetime | None:
    """None for a time that is missing, or in another form than the API's."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _json(text: str | None) -> dict[str, Untyped]:
    try:
        found: dict[str, Untyped] = json.loads(text or "{}")
    except ValueError:
        raise Garbled("a trigger's configuration is not JSON") from None
    return found
