"""The delivery run: take every message that is due one step further. It never decides what customers are told."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.app.courier import Courier, DeliverReport
from shared.errors import ArrearsError, MalformedRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.app.wiring import Stores
    from shared.channels import Channel
    from shared.config import Config
    from shared.model import ChannelName, Message

log = logging.getLogger(__name__)

STOP_BEFORE_END = timedelta(seconds=30)
"""Nothing new is begun this close to the end of the invocation."""


def deliver(
    stores: Stores,
    channels: Mapping[ChannelName, Channel],
    config: Config,
    clock: Callable[[], datetime],
    deadline: datetime,
) -> DeliverReport:
    """Take every message that is due one step further, the most serious first, until shortly before ``deadline``.

    Raises:
        StoreUnavailable: The store failed; the claims that stand are looked into by a later run.
    """
    report = DeliverReport()
    rows = stores.outbox.load_open(clock())
    report.broken += [str(row) for row in rows.malformed]
    report.due = len(rows.values)
    courier = Courier(stores.outbox, stores.states, stores.limits, channels, config, clock, deadline, report)
    for message in sorted(rows.values, key=lambda m: (-m.level, m.due, m.message_id)):
        if clock() >= deadline - STOP_BEFORE_END:
            report.left += 1
            continue
        _try_advance(courier, message)
    return report


def _try_advance(courier: Courier, message: Message) -> None:
    """One message is the unit of failure, unless the store is gone: then the run ends."""
    try:
        courier.advance(message)
    except MalformedRow as error:
        courier.report.broken.append(str(error))
    except ArrearsError:
        raise
    except Exception as error:
        log.exception("message %s: delivery broke", message.message_id)
        courier.report.broken.append(f"message {message.message_id}: {type(error).__name__}: {error}")
