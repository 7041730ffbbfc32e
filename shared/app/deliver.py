"""The delivery run: take every message that is due one step further. It never decides what to say.

claim (stored) -> send -> record. What ended in doubt is looked for at the provider before anything else.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared import delivery
from shared.delivery import Step
from shared.errors import ArrearsError, Deferred, Refused, Unknown
from shared.masking import mask_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.channels import Channel
    from shared.model import ChannelName, Message
    from shared.state import Outbox

log = logging.getLogger(__name__)

LEASE_MARGIN = timedelta(seconds=60)
"""A claim outlives its invocation by this much, so that no two invocations ever hold it."""
STOP_BEFORE_END = timedelta(seconds=30)
"""Nothing new is begun this close to the end of the invocation."""


@dataclass(slots=True)
class DeliverReport:
    """What a run did, in numbers; its JSON is the function's result."""

    due: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    """Messages by the status that this run took them to."""
    overtaken: int = 0
    """Another run took the step first."""
    left: int = 0
    """Not begun, for want of time."""
    broken: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Plain values, for the log and the function's result."""
        return {
            "due": self.due,
            "steps": dict(self.steps),
            "overtaken": self.overtaken,
            "left": self.left,
            "broken": self.broken,
        }


@dataclass(frozen=True, slots=True)
class Courier:
    """Takes one message one step further, within one invocation."""

    outbox: Outbox
    channels: Mapping[ChannelName, Channel]
    clock: Callable[[], datetime]
    deadline: datetime
    """When Function Compute ends this invocation."""

    def advance(self, message: Message, report: DeliverReport) -> None:
        """Take the next step of a message that is due."""
        step = delivery.next_step(message)
        if step is Step.SEND:
            self._send(message, report)
        elif step is Step.ASK:
            self._ask(message, report)
        else:
            self.outbox.close_message(message)

    def _send(self, message: Message, report: DeliverReport) -> None:
        now = self.clock()
        claim = delivery.claimed(message, now, self.deadline - now + LEASE_MARGIN)
        if not self.outbox.save_message(claim):
            report.overtaken += 1
            return
        claim = _stored(claim)
        try:
            provider_id = self.channels[message.channel].send(claim, now)
            after = delivery.accepted(claim, provider_id, self.clock())
        except Refused as error:
            after = delivery.refused(claim, error, self.clock())
        except Deferred as error:
            after = delivery.deferred(claim, error, self.clock())
        except Unknown as error:
            after = delivery.doubtful(claim, error, self.clock())
        self._record(after, report)

    def _ask(self, message: Message, report: DeliverReport) -> None:
        now = self.clock()
        try:
            receipt = self.channels[message.channel].find(message, now)
        except Unknown as error:
            self._record(delivery.unasked(message, error, now), report)
            return
        after = delivery.not_found(message, now) if receipt is None else delivery.found(message, receipt, now)
        if self._record(after, report) and delivery.next_step(after) is Step.SEND:
            self._send(_stored(after), report)

    def _record(self, message: Message, report: DeliverReport) -> bool:
        """Store a transition; False if another run was first."""
        if not self.outbox.save_message(message):
            report.overtaken += 1
            return False
        report.steps[message.status] += 1
        log.info("%s to %s: %s (%s)", message.message_id, mask_address(message.address), message.status, message.reason)
        if message.status in delivery.ENDS:
            self.outbox.close_message(_stored(message))
        return True


def deliver(
    outbox: Outbox, channels: Mapping[ChannelName, Channel], clock: Callable[[], datetime], deadline: datetime
) -> DeliverReport:
    """Take every message that is due one step further, the most serious first, until shortly before ``deadline``.

    Raises:
        StoreUnavailable: The store failed; the claims that stand are looked into by a later run.
    """
    report = DeliverReport()
    rows = outbox.load_open(clock())
    report.broken += [str(row) for row in rows.malformed]
    report.due = len(rows.values)
    courier = Courier(outbox, channels, clock, deadline)
    for message in sorted(rows.values, key=lambda m: (-m.level, m.due, m.message_id)):
        if clock() >= deadline - STOP_BEFORE_END:
            report.left += 1
            continue
        _try_advance(courier, message, report)
    return report


def _try_advance(courier: Courier, message: Message, report: DeliverReport) -> None:
    """One message is the unit of failure, unless the store is gone: then the run ends."""
    try:
        courier.advance(message, report)
    except ArrearsError:
        raise
    except Exception as error:
        log.exception("message %s: delivery broke", message.message_id)
        report.broken.append(f"message {message.message_id}: {type(error).__name__}: {error}")


def _stored(message: Message) -> Message:
    """The message as it now stands in the store, one version on."""
    return replace(message, version=message.version + 1)
