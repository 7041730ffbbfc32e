"""Takes one message one step further: claim (stored) -> send -> record; or look at the provider; or stand in.

What follows from an outcome (a task for staff, a stand-in that may go out) is queued before the outcome is recorded,
with ids that make a second time harmless: so a crash in between repeats it, and loses nothing.
"""

from __future__ import annotations

import logging
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared import bundles, delivery
from shared.app.compose import compose_task
from shared.app.followup import task_for, task_for_budget
from shared.budget import hold, with_sending
from shared.delivery import Step
from shared.errors import Deferred, MalformedRow, Refused, Remedy, SendError, Unknown
from shared.frozen import frozen, replace
from shared.masking import address_key, mask_address
from shared.model import (
    BUNDLES,
    STANDING,
    AlertState,
    BadAddress,
    ChannelName,
    DeliveryStatus,
    Level,
    Message,
    StaffTask,
    TaskKind,
    Usage,
)
from shared.state import bucket_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.app.deliver import DeliverReport
    from shared.channels import Channel
    from shared.config import Config
    from shared.state import AccountStates, Limits, Outbox

log = logging.getLogger(__name__)

LEASE_MARGIN = timedelta(seconds=60)
"""A claim outlives its invocation by this much, so that no two invocations ever hold it."""
WAITED = timedelta(minutes=50)
"""A message older than this may have been overtaken by the next check."""
_TRIES = 3
"""How often the day's usage is read anew when another run has written it meanwhile."""


@frozen
class Courier:
    """Delivers within one invocation."""

    outbox: Outbox
    states: AccountStates
    limits: Limits
    channels: Mapping[ChannelName, Channel]
    config: Config
    clock: Callable[[], datetime]
    deadline: datetime
    """When Function Compute ends this invocation."""
    report: DeliverReport
    down: set[ChannelName] = field(default_factory=set)
    """Channels that turned out to be down in this run: nothing more is tried on them."""
    settled: set[str] = field(default_factory=set)
    """Messages that were told the end of their bundle in this run."""

    @property
    def lease_ends(self) -> datetime:
        """Until when what this run claims or marks is its own."""
        return self.deadline + LEASE_MARGIN

    def advance(self, message: Message) -> None:
        """Take the next step of a message that is due."""
        step = delivery.next_step(message)
        if step is Step.SEND:
            self._send(message)
        elif step is Step.ASK:
            self._ask(message)
        elif step is Step.STAND_IN:
            self._stand_in(message)
        elif step is Step.FOLLOW:
            self._follow(message)
        elif step is Step.DISSOLVE:
            self._record(bundles.dissolved(message, self.clock()))
        else:
            self.outbox.close_message(message)

    # ------------------------------------------------------------ sending

    def _send(self, message: Message) -> None:
        if message.channel in self.down:
            self.report.waiting += 1
            return
        if not self.drop_outdated(message) and not self.over_budget(message):
            self.hand_over(message)

    def hand_over(self, message: Message) -> None:
        """Claim it, send it, record what came of it."""
        now = self.clock()
        claim = self.save(delivery.claimed(message, now, self.lease_ends - now))
        if claim is None:
            return
        try:
            provider_id = self.channels[claim.channel].send(claim, now)
        except SendError as error:
            self._fail(claim, error)
        else:
            self._record(delivery.accepted(claim, provider_id, self.clock()))

    def _fail(self, claim: Message, error: SendError) -> None:
        """First what follows, then the outcome itself."""
        now = self.clock()
        if error.remedy is Remedy.CHANNEL_DOWN:
            self.down.add(claim.channel)
        if error.remedy is Remedy.CONTACT_BAD:
            self.limits.mark_bad(BadAddress(address_key(claim.address), claim.channel, now, error.code))
        if task := task_for(claim, error, now):
            self._hand_to_staff(task, now, without=claim.channel if error.remedy is Remedy.CHANNEL_DOWN else None)
        self._record(_outcome(claim, error, now))

    def drop_outdated(self, message: Message) -> bool:
        """Drop a message that waited, if something newer was queued meanwhile."""
        now = self.clock()
        waited = now - message.queued_at >= WAITED
        if not (delivery.says_all_is_well(message) or (message.topic in STANDING and waited)):
            return False
        others = self.outbox.load_messages(message.account_id).values
        reason = delivery.outdated(message, others, well=self._is_well(message))
        if reason is None:
            return False
        self._record(delivery.dropped(message, reason, now))
        return True

    def _is_well(self, message: Message) -> bool:
        """Whether a look at the account after ``message`` was queued found it healthy; False if that is not known."""
        rows = self.states.load_states(bucket_of(message.account_id))
        alert = next((s.alert for s in rows.values if s.account_id == message.account_id), AlertState())
        looked_again = alert.seen_at is not None and alert.seen_at > message.queued_at
        return looked_again and not alert.failure and alert.level is Level.HEALTHY

    def over_budget(self, message: Message, members: Sequence[Message] = ()) -> bool:
        """Count the message towards the day's limits; if one is used up put it off, or its ``members``."""
        for _ in range(_TRIES):
            now, usage = self.clock(), self._usage()
            if usage is None:
                return False
            held = hold(usage, message, self.config.limits, now)
            if held is not None:
                self._hand_to_staff(task_for_budget(message, held, now), now)
                for one in members or (message,):
                    self._record(delivery.held(one, held.until, f"{held.limit} used up", now))
                return True
            if self.limits.save_usage(with_sending(usage, message, self.config.limits, now)):
                return False
        self.report.overtaken += 1
        return True

    def _usage(self) -> Usage | None:
        """The day's usage; None if its row cannot be read back: a count that is lost must not stop warnings."""
        try:
            return self.limits.load_usage()
        except MalformedRow as error:
            problem = f"{error}; messages go out uncounted until this row is deleted"
            if problem not in self.report.broken:
                self.report.broken.append(problem)
            return None

    # ------------------------------------------------------------ asking

    def _ask(self, message: Message) -> None:
        now = self.clock()
        try:
            receipt = self.channels[message.channel].find(message, now)
        except Unknown as error:
            self._record(delivery.unasked(message, error, now))
            return
        stored = self._record(
            delivery.not_found(message, now) if receipt is None else delivery.found(message, receipt, now)
        )
        if stored is not None and stored.status is DeliveryStatus.PENDING:
            self.advance(stored)

    # ------------------------------------------------------------ standing in

    def _stand_in(self, message: Message) -> None:
        """See what became of the message that this one stands in for; one that has not gone out gives way."""
        now = self.clock()
        first_id = message.stands_in_for
        first = None if first_id is None else self.outbox.load_message(message.account_id, first_id)
        after = delivery.standing_in(message, first, now)
        if after.status is DeliveryStatus.PENDING and first is not None and self._gives_way(first):
            replaced = self.save(delivery.replaced(first, now))
            if replaced is None:
                return  # it has just gone out after all: this one looks again in the next run
            self.outbox.close_message(replaced)
        self._record(after)

    def _gives_way(self, first: Message) -> bool:
        """Whether a message was not handed over, nor the bundle that it is in."""
        bundle = self._bundle_of(first) if first.status is DeliveryStatus.BUNDLED else None
        return delivery.gives_way(bundle or first)

    # ------------------------------------------------------------ bundles

    def _follow(self, member: Message) -> None:
        self._record(bundles.following(member, self._bundle_of(member), self.clock()))

    def _bundle_of(self, member: Message) -> Message | None:
        return None if member.bundled_in is None else self.outbox.load_message(BUNDLES, member.bundled_in)

    def _settle(self, bundle: Message) -> None:
        """Tell the members of a bundle its end at once; one that this does not reach looks for itself."""
        for account_id, message_id in bundle.members:
            member = self.outbox.load_message(account_id, message_id)
            if member is not None and (member.status, member.bundled_in) == (DeliveryStatus.BUNDLED, bundle.message_id):
                self._record(bundles.following(member, bundle, self.clock()))
                self.settled.add(message_id)

    # ------------------------------------------------------------ what follows

    def _hasten_fallback(self, message: Message) -> None:
        """A message came to a bad end: its stand-in need not wait; and where there is none, staff are told."""
        if message.fallback is not None:
            fallback = self.outbox.load_message(message.account_id, message.fallback)
            if fallback is not None and fallback.status is DeliveryStatus.RESERVED:
                self.outbox.save_message(replace(fallback, due=self.clock()))
        elif message.topic in STANDING and not self._somebody_else(message):
            key = f"{message.account_id}:{message.queued_at.isoformat()}:{message.level.label}"
            about = mask_address(message.address)
            task = StaffTask(TaskKind.NOBODY_REACHED, key, message.account_id, message.level, about, message.reason)
            self._hand_to_staff(task, self.clock())

    def _somebody_else(self, message: Message) -> bool:
        """Whether another message of the same notice arrived, or still may."""
        others = self.outbox.load_messages(message.account_id).values
        return any(
            other.status not in delivery.BAD_ENDS
            for other in others
            if (other.queued_at, other.topic) == (message.queued_at, message.topic)
            and other.message_id != message.message_id
        )

    # ------------------------------------------------------------ writing

    def _hand_to_staff(self, task: StaffTask, now: datetime, without: ChannelName | None = None) -> None:
        self.report.tasks[task.kind] += self.outbox.enqueue(compose_task(task, self.config, now, without))

    def _record(self, message: Message) -> Message | None:
        """Store an outcome, after what follows from it; None if another run was faster."""
        if message.status in delivery.BAD_ENDS:
            self._hasten_fallback(message)
        stored = self.save(message)
        if stored is None:
            return None
        self.report.steps[stored.status] += 1
        log.info("%s to %s: %s (%s)", stored.message_id, mask_address(stored.address), stored.status, stored.reason)
        if stored.status in delivery.ENDS:
            self.outbox.close_message(stored)
            self._settle(stored)
        return stored

    def save(self, message: Message) -> Message | None:
        """The message as it now stands in the store, one version on; None if another run was faster."""
        if self.outbox.save_message(message):
            return replace(message, version=message.version + 1)
        self.report.overtaken += 1
        return None


def _outcome(claim: Message, error: SendError, now: datetime) -> Message:
    if isinstance(error, Refused):
        return delivery.refused(claim, error, now)
    if isinstance(error, Deferred):
        return delivery.deferred(claim, error, now)
    return delivery.doubtful(claim, error, now)
