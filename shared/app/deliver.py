"""The delivery run: take every message that is due one step further. It never decides what customers are told.

In most runs nothing is due: then neither the configuration nor a channel is opened, nor imported what needs them.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from shared.errors import ArrearsError, MalformedRow, StoreRefused
from shared.model import DeliveryStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.app.courier import Courier
    from shared.app.wiring import Stores
    from shared.channels import Channel
    from shared.config import Config
    from shared.model import ChannelName, Message

log = logging.getLogger(__name__)
V = TypeVar("V")
W = TypeVar("W")

STOP_BEFORE_END = timedelta(seconds=30)
"""Nothing new is begun this close to the end of the invocation."""


@dataclass(slots=True)
class DeliverReport:
    """What a run did, in numbers; its JSON is the function's result."""

    due: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    """Messages by the status that this run took them to."""
    tasks: Counter[str] = field(default_factory=Counter)
    """New messages to staff, by kind of task."""
    overtaken: int = 0
    """Another run took the step first."""
    waiting: int = 0
    """Not tried: their channel is down."""
    left: int = 0
    """Not begun, for want of time."""
    broken: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Plain values, for the log and the function's result."""
        return {
            "due": self.due,
            "steps": dict(self.steps),
            "tasks": dict(self.tasks),
            "overtaken": self.overtaken,
            "waiting": self.waiting,
            "left": self.left,
            "broken": self.broken,
        }


def deliver(
    stores: Stores,
    open_means: Callable[[], tuple[Mapping[ChannelName, Channel], Config]],
    clock: Callable[[], datetime],
    deadline: datetime,
) -> DeliverReport:
    """Take every message that is due one step further, the most serious first, until shortly before ``deadline``.

    Args:
        stores: What is stored.
        open_means: The ways of sending, and the configuration in force; asked for only if something is due.
        clock: Real time.
        deadline: When Function Compute ends this invocation.

    Raises:
        StoreUnavailable: The store failed; the claims that stand are looked into by a later run.
    """
    report = DeliverReport()
    rows = stores.outbox.load_open(clock())
    report.broken += [str(row) for row in rows.malformed]
    report.due = len(rows.values)
    if not rows.values:
        return report
    from shared import bundles
    from shared.app.courier import Courier

    channels, config = open_means()
    courier = Courier(stores.outbox, stores.states, stores.limits, channels, config, clock, deadline, report)
    taken: set[str] = set()
    group_of = {m.message_id: group for group in bundles.groups(rows.values, config.messages.bundle) for m in group}
    for message in sorted(rows.values, key=_order):
        if message.message_id in taken or message.message_id in courier.settled:
            continue
        group = group_of.get(message.message_id, (message,))
        taken.update(one.message_id for one in group)
        if clock() >= deadline - STOP_BEFORE_END:
            report.left += len(group)
            continue
        _take(courier, group)
    return report


def _order(message: Message) -> tuple[bool, int, datetime, str]:
    """The most serious first; a bundle before its members, which it tells its end."""
    return (message.status is DeliveryStatus.BUNDLED, -message.level, message.due, message.message_id)


def _take(courier: Courier, group: Sequence[Message]) -> None:
    """Messages that may go out as one, or one message."""
    from shared.app.gather import gather

    singles = group if len(group) == 1 else _try(courier, f"bundle of {group[0].message_id}", gather, group)
    for message in singles or ():
        _try(courier, f"message {message.message_id}", type(courier).advance, message)


def _try(courier: Courier, name: str, step: Callable[[Courier, V], W], value: V) -> W | None:
    """One message, or bundle, is the unit of failure, unless the store is gone: then the run ends."""
    try:
        return step(courier, value)
    except MalformedRow as error:
        courier.report.broken.append(str(error))
    except Exception as error:
        if isinstance(error, ArrearsError) and not isinstance(error, StoreRefused):
            raise
        log.exception("%s: delivery broke", name)
        courier.report.broken.append(f"{name}: {type(error).__name__}: {error}")
    return None
