"""What the product promises of every message, told by the providers' own records and by what is stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.app.courier import WAITED
from shared.audit import DecisionEntry, MessageEntry, transitions
from shared.delivery import ENDS
from shared.model import AGENCY, BUNDLES, STANDING, DeliveryStatus, Level, SmsContent, Topic
from tests.agency import DELIVER, START, reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.model import Account, AlertState, Message
    from tests.agency import Agency

LAST_WORDS = timedelta(hours=30)
"""In this time after the last trouble everything finds its end: a day's limit, a night, and what follows from them."""
ROUNDS = 60
"""Deliveries that settling takes at the most."""
LATE = timedelta(minutes=10)
"""Two deliveries: no message is due for longer than that."""
_HANDED_OVER = {DeliveryStatus.SENDING, DeliveryStatus.BUNDLED}
NOBODY_REACHED = "预警没有送到任何人"
"""The title of the task that staff get then."""


@dataclass(slots=True)
class Watch:
    """An onlooker, who writes down when accounts crossed a line, paid, and were seen to be well."""

    agency: Agency
    levels: dict[str, Level] = field(default_factory=dict)
    crossed_at: dict[str, datetime] = field(default_factory=dict)
    """When an account last came to a worse level, by the run that found it."""
    paid_at: dict[str, datetime] = field(default_factory=dict)
    well_since: dict[str, datetime] = field(default_factory=dict)
    """When a look first found the account healthy, since it was not."""

    def top_up(self, account: Account, amount: float) -> None:
        """A payment, now."""
        self.agency.top_up(account, amount)
        self.paid_at[account.account_id] = self.agency.now

    def look(self) -> None:
        """After a check: who crossed a line."""
        for state in self.agency.stores.states.load_states().values:
            before = self.levels.get(state.account_id, Level.HEALTHY)
            self.levels[state.account_id] = state.alert.level
            if state.alert.level > before:
                self.crossed_at[state.account_id] = state.alert.since or self.agency.now
            if state.alert.level > Level.HEALTHY:
                self.well_since.pop(state.account_id, None)
            else:
                self.well_since.setdefault(state.account_id, self.agency.now)

    def settle(self) -> None:
        """Two checks, then deliveries whenever something is due, and a check each time hours have passed."""
        for _ in range(2):
            self.agency.wait(hours=1)
            self.agency.check()
            self.look()
        end, checked = self.agency.now + LAST_WORDS, self.agency.now
        for _ in range(ROUNDS):
            due = min((m.due for m in self.messages() if m.status not in ENDS), default=end)
            if due >= end:
                self.agency.fire(DELIVER)
                return
            self.agency.wait(seconds=max((due - self.agency.now).total_seconds(), 60))
            if self.agency.now - checked >= timedelta(hours=6):
                self.agency.check()
                self.look()
                checked = self.agency.now
            self.agency.fire(DELIVER)

    def messages(self) -> list[Message]:
        """Every message that is stored."""
        return self.agency.all_messages()


def broken_promises(watch: Watch) -> list[str]:
    """Every promise that was not kept, in words; empty if all were."""
    alerts = {state.account_id: state.alert for state in watch.agency.stores.states.load_states().values}
    messages = watch.messages()
    broken = [*_doubled(watch), *_stuck(messages, watch.agency.now)]
    ids = [account.account_id for account in watch.agency.accounts]
    for account_id in (*ids, AGENCY, BUNDLES):
        broken += _unexplained(account_id, [m for m in messages if m.account_id == account_id], watch)
    for account in watch.agency.accounts:
        own = [message for message in messages if message.account_id == account.account_id]
        broken += _untold(account, alerts[account.account_id], own, watch)
        broken += _told_for_nothing(account, alerts[account.account_id], own, watch)
    return broken


def _doubled(watch: Watch) -> Iterator[str]:
    """No message was accepted twice, by itself or within bundles."""
    control = watch.agency.cloud.control
    accepted = Counter([row["out_id"] for row in control.sms()] + [reference(m["subject"]) for m in control.mail()])
    messages = watch.messages()
    ids = Counter(message.message_id for message in messages)
    yield from (f"an id of {count} messages: {key}" for key, count in ids.items() if count > 1)
    within = Counter(key for m in messages for _, key in m.members for _ in range(accepted[m.message_id]))
    for message in messages:
        count = accepted.pop(message.message_id, 0) + within[message.message_id]
        if count > 1:
            yield f"accepted {count} times: {_text(message)}"
        if count == 0 and message.status in {DeliveryStatus.DELIVERED, DeliveryStatus.SENT}:
            yield f"never accepted, and yet: {_text(message)}"
    yield from (f"accepted, and not stored: {key}" for key in accepted)


def _unexplained(account_id: str, own: list[Message], watch: Watch) -> Iterator[str]:
    """A message's history leads to where it stands, and the audit has every step of it, and why it was queued."""
    filed = watch.agency.stores.audit.load(account_id, START, watch.agency.now + LAST_WORDS).values
    decided = {key for entry in filed if isinstance(entry, DecisionEntry) for key in entry.message_ids}
    steps = {entry.entry_id for entry in filed if isinstance(entry, MessageEntry)}
    for message in own:
        times = [at for at, _, _ in message.history]
        if times != sorted(times):
            yield f"history out of order: {_text(message)}"
        last = message.history[-1][1] if message.history else None
        begun = last is None and message.status in {DeliveryStatus.PENDING, DeliveryStatus.RESERVED}
        if last is not message.status and not begun:
            yield f"history ends in {last}: {_text(message)}"
        if not {entry.entry_id for entry in transitions(message)} <= steps:
            yield f"steps that the audit does not have: {_text(message)}"
        if message.topic not in {Topic.TASK, Topic.BUNDLE} and message.message_id not in decided:
            yield f"no decision in the audit: {_text(message)}"


def _stuck(messages: list[Message], now: datetime) -> Iterator[str]:
    """Every message has its end, or a next step that is not overdue."""
    for message in messages:
        if message.status not in ENDS and message.due < now - LATE:
            yield f"stuck since {message.due:%d %H:%M}: {_text(message)}"


def _untold(account: Account, alert: AlertState, own: list[Message], watch: Watch) -> Iterator[str]:
    """Who is below a line knows of it since the last crossing; or staff know that nobody could be told."""
    crossed = watch.crossed_at.get(account.account_id)
    if alert.level is Level.HEALTHY or crossed is None:
        return
    since = [m for m in own if m.queued_at >= crossed and m.status is DeliveryStatus.DELIVERED]
    told = any(m.topic in STANDING for m in since)
    staff = any(m.topic is Topic.TASK and _says_nobody(m) for m in since)
    if not told and not staff:
        known = "; ".join(_text(m) for m in own)
        yield f"{account.account_id} is {alert.level.label} since {crossed:%d %H:%M} and nobody knows: {known}"


def _told_for_nothing(account: Account, alert: AlertState, own: list[Message], watch: Watch) -> Iterator[str]:
    """Nobody hears of a level once a look found the account well, unless its message is younger than an hourly look."""
    well = watch.well_since.get(account.account_id)
    if alert.level is not Level.HEALTHY or well is None:
        return
    for message in own:
        claimed = [at for at, status, _ in message.history if status in _HANDED_OVER]
        fresh = bool(claimed) and claimed[-1] - message.queued_at < WAITED
        if message.topic is Topic.LEVEL and claimed and claimed[-1] > well and not fresh:
            yield f"{account.account_id} is well since {well:%d %H:%M}, and then: {_text(message)}"


def _says_nobody(message: Message) -> bool:
    content = message.content
    return NOBODY_REACHED in (content.text if isinstance(content, SmsContent) else content.subject)


def _text(message: Message) -> str:
    steps = ", ".join(f"{at:%d %H:%M} {status} {reason}" for at, status, reason in message.history)
    name = f"{message.message_id} {message.contact} {message.channel} {message.topic} {message.level.label}"
    return f"{name} queued {message.queued_at:%d %H:%M} {message.status} due {message.due:%d %H:%M} [{steps}]"
