"""Hourly timer: prove that nobody waits for a warning in vain, and only then give the sign of life."""

from __future__ import annotations

import os
from typing import Any

from shared.app.auditor import audit
from shared.app.event import parse_timer_event
from shared.app.in_force import config_in_force
from shared.app.runs import finish, settle, start
from shared.app.wiring import open_health, open_heartbeat, open_stores, settings_from


def handler(event: bytes, context: Any) -> str:  # noqa: ANN401 -- the runtime's class
    """Audit as of the event's ``triggerTime``; the result is the run's report as JSON."""
    start("audit_warnings", context)
    timer = parse_timer_event(event)
    settings = settings_from(os.environ, context)
    stores = open_stores(settings)
    in_force = config_in_force(settings, stores)
    config = in_force.config
    settle()
    report = audit(stores, in_force, open_health(settings, config), open_heartbeat(settings, config), timer.at)
    return finish(report.as_json(), report.broken)
