"""Hourly timer: look at every account, queue what people should be told."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.app.check import check
from shared.app.deadline import Deadline
from shared.app.event import parse_timer_event
from shared.app.in_force import config_in_force
from shared.app.runs import finish, start
from shared.app.wiring import open_billing, open_stores, settings_from


def handler(event: bytes, context: Any) -> str:  # noqa: ANN401 -- the runtime's class
    """Check as of the event's ``triggerTime``; the result is the run's report as JSON."""
    start("check_balances", context)
    timer = parse_timer_event(event)
    settings = settings_from(os.environ, context)
    stores = open_stores(settings)
    deadline = Deadline(_now, _now() + timedelta(seconds=float(context.function.timeout)))
    report = check(
        stores, config_in_force(settings, stores), open_billing(settings, deadline), timer.at, deadline=deadline
    )
    return finish(report.as_json(), report.broken)


def _now() -> datetime:
    return datetime.now(UTC)
