"""What the 3.0 API says of functions: ListFunctions, GetFunction, ListTriggers and GetAsyncInvokeConfig.

Names and meanings: the descriptions in the SDK (alibabacloud-fc20230330 4.8.3; models Function, Trigger, AsyncConfig).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from localcloud.fc.functions import Function
    from localcloud.fc.timers import Timer

MOST = 100
"""Functions, or triggers, of one page."""


def describe_function(function: Function, region: str, account_id: str, modified: datetime) -> dict[str, Any]:
    """One function, as ListFunctions and GetFunction answer it."""
    restriction = {"disable": True, "reason": function.disabled} if function.disabled else None
    return {
        "functionName": function.key,
        "functionArn": function_arn(function, region, account_id),
        "runtime": function.runtime,
        "handler": function.handler,
        "cpu": function.cpu,
        "memorySize": function.memory,
        "timeout": int(function.timeout),
        "role": f"acs:ram::{account_id}:role/{function.role}",
        "environmentVariables": function.environment,
        "logConfig": function.log_config,
        "internetAccess": function.internet_access,
        "invocationRestriction": restriction,
        "lastModifiedTime": f"{modified:%Y-%m-%dT%H:%M:%SZ}",
        "state": "Active",
        "lastUpdateStatus": "Successful",
    }


def function_arn(function: Function, region: str, account_id: str) -> str:
    """Its name in the whole cloud."""
    return f"acs:fc:{region}:{account_id}:functions/{function.key}"


def describe_timer(timer: Timer) -> dict[str, Any]:
    """One trigger; its configuration is JSON within JSON."""
    config = {"cronExpression": timer.cron, "enable": timer.enable, "payload": timer.payload}
    return {
        "triggerName": timer.name,
        "triggerType": "timer",
        "qualifier": "LATEST",
        "triggerConfig": json.dumps(config, ensure_ascii=False),
    }


def page(name: str, rows: Sequence[dict[str, Any]], query: dict[str, str], key: str) -> dict[str, Any]:
    """The rows that ``query`` asks for: ``prefix``, ``limit``, and ``nextToken``, which is the key to begin with."""
    prefix, start = query.get("prefix", ""), query.get("nextToken", "")
    limit = min(int(query.get("limit", MOST)), MOST)
    found = sorted((row for row in rows if row[key].startswith(prefix) and row[key] >= start), key=lambda row: row[key])
    answer: dict[str, Any] = {name: found[:limit]}
    if len(found) > limit:
        answer["nextToken"] = found[limit][key]
    return answer
