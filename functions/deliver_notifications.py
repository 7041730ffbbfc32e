"""Timer every few minutes: send what is queued, keep the receipts."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.app.deliver import deliver
from shared.app.event import parse_timer_event
from shared.app.runs import finish, start
from shared.app.wiring import open_channels, open_stores, settings_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.channels import Channel
    from shared.config import Config
    from shared.model import ChannelName


def handler(event: bytes, context: Any) -> str:  # noqa: ANN401 -- the runtime's class
    """Deliver what is due now; the result is the run's report as JSON.

    Leases need real time: a claim of a run that was started late must not seem to have ended.
    """
    start("deliver_notifications", context)
    parse_timer_event(event)
    settings = settings_from(os.environ, context)
    stores = open_stores(settings)
    deadline = _now() + timedelta(seconds=float(context.function.timeout))

    def open_means() -> tuple[Mapping[ChannelName, Channel], Config]:
        from shared.app.in_force import config_in_force

        config = config_in_force(settings, stores).config
        return open_channels(settings, config), config

    report = deliver(stores, open_means, _now, deadline)
    return finish(report.as_json(), report.broken)


def _now() -> datetime:
    return datetime.now(UTC)
