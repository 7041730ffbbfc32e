"""Hourly timer: look at every account, queue what people should be told; many accounts bucket by bucket."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.app.check import check
from shared.app.deadline import Deadline
from shared.app.event import parse_check_event
from shared.app.fan_out import check_everyone
from shared.app.in_force import config_in_force
from shared.app.runs import finish, settle, start
from shared.app.wiring import open_billing, open_dispatch, open_stores, settings_from
from shared.buckets import BucketRun

if TYPE_CHECKING:
    from shared.billing import Billing
    from shared.buckets import Bucket


def handler(event: bytes, context: Any) -> str:  # noqa: ANN401 -- the runtime's class
    """Check as of the event's ``triggerTime``, everyone or one bucket; the result is the run's report as JSON."""
    start("check_balances", context)
    asked = parse_check_event(event)
    settings = settings_from(os.environ, context)
    deadline = Deadline(_now, _now() + timedelta(seconds=float(context.function.timeout)))
    stores = open_stores(settings, patient_until=deadline)
    in_force = config_in_force(settings, stores)
    settle()
    if isinstance(asked, BucketRun):
        billing = open_billing(settings, deadline, asked.bucket)
        report = check(stores, in_force, billing, asked.at, asked.bucket, deadline, own_first=False)
        return finish({"bucket": asked.task_id} | report.as_json(), report.broken)

    def billing_for(bucket: Bucket) -> Billing:
        return open_billing(settings, deadline, bucket)

    whole = check_everyone(stores, in_force, billing_for, lambda: open_dispatch(settings), asked.at, deadline)
    return finish(whole.as_json(), whole.broken)


def _now() -> datetime:
    return datetime.now(UTC)
