"""The life of a message, as a state machine in one file. Values in, values out.

    pending ──claim──> sending ──accepted──> sent ──receipt──> delivered / undelivered
       ^                  │  └──refused────> refused                └─none in time─> unconfirmed
       │                  ├──no answer, or the claim outlived its lease──> unknown
       │                  └──deferred──────> deferred ──due──────────┐        │
       └── the provider does not show it, after long enough ─────────┴────────┤
                                            sent / delivered / undelivered <──┘ the provider shows it

    reserved ──the message it stands in for did not arrive in time, or ended badly──> pending
        └─────the message it stands in for arrived──> spared
    pending, deferred ──its stand-in goes out instead──> replaced

Messages to one person may go out within one (bundles.py):

    pending ──gathered──> bundled ──the bundle's end──> delivered / undelivered / refused / unconfirmed
       └──────the bundle was not sent, or never taken──────┘

SendSms is not idempotent (help.aliyun.com/en/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms), and
SingleSendMail has no token either. So a message is claimed before it is handed over, and nothing is sent a second time
without looking for it at the provider first: not even what the provider refused to take for now, since it is not
documented that a throttled request was never carried out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from shared.frozen import replace
from shared.model import STANDING, DeliveryStatus, Level, Message, Receipt, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.errors import Deferred, Refused, SendError, Unknown

ASK_AFTER = timedelta(minutes=3)
"""A provider shows a message only some time after it took it; asking sooner tells nothing."""
TRUST_ABSENCE_AFTER = timedelta(minutes=20)
"""A provider that does not show a message this long after it was handed over never took it."""
MAX_ATTEMPTS = 3
"""How often a message may be handed to the provider before it goes to people."""
FIRST_RECEIPT_AFTER = timedelta(minutes=3)
RECEIPT_WITHIN = timedelta(hours=72)
"""Receipts of SMS come within 72 hours or never."""


class Step(Enum):
    """What delivery does next with a message that is due."""

    SEND = "send"
    """Claim it, hand it over, record."""
    ASK = "ask"
    """Look for it at the provider."""
    STAND_IN = "stand_in"
    """See what became of the message that it stands in for."""
    FOLLOW = "follow"
    """See what became of the bundle that it is in."""
    DISSOLVE = "dissolve"
    """Give the messages of a bundle free."""
    CLOSE = "close"
    """Nothing: it has reached its end."""


BAD_ENDS = frozenset({DeliveryStatus.UNDELIVERED, DeliveryStatus.REFUSED, DeliveryStatus.UNCONFIRMED})
"""The person was not reached, or nobody can tell."""
ENDS = BAD_ENDS | {DeliveryStatus.DELIVERED, DeliveryStatus.SPARED, DeliveryStatus.REPLACED}
_STATEMENTS = STANDING | {Topic.RECOVERED}
"""Topics that say where an account stands: the latest one counts."""
_IN_RESERVE = frozenset({DeliveryStatus.RESERVED, DeliveryStatus.SPARED, DeliveryStatus.REPLACED})
_WAITING = frozenset({DeliveryStatus.PENDING, DeliveryStatus.DEFERRED})
_CLAIMS = frozenset({DeliveryStatus.SENDING, DeliveryStatus.BUNDLED})


def next_step(message: Message) -> Step:
    """What to do with a message whose ``due`` has come.

    A message still ``sending`` when its lease ended belongs to a run that died: nobody knows whether it went out.
    """
    if message.status in ENDS:
        return Step.CLOSE
    if message.status is DeliveryStatus.RESERVED:
        return Step.STAND_IN
    if message.status is DeliveryStatus.BUNDLED:
        return Step.FOLLOW
    handed_over = message.first_sent_at is not None
    if message.status is DeliveryStatus.PENDING or (message.status is DeliveryStatus.DEFERRED and not handed_over):
        # A bundle that did not go out in the run that made it may be out of date by now.
        return Step.DISSOLVE if message.topic is Topic.BUNDLE else Step.SEND
    return Step.ASK


def claimed(message: Message, now: datetime, lease: timedelta) -> Message:
    """Ours to send until the lease ends; stored before the provider is called."""
    first = message.first_sent_at or now
    counted = replace(message, attempts=message.attempts + 1, first_sent_at=first)
    return moved(counted, DeliveryStatus.SENDING, now, now + lease, "claimed")


def accepted(message: Message, provider_id: str, now: datetime) -> Message:
    """The provider took it; its receipt is asked for later."""
    taken = replace(message, provider_id=provider_id)
    return moved(taken, DeliveryStatus.SENT, now, now + FIRST_RECEIPT_AFTER, "accepted")


def refused(message: Message, error: Refused, now: datetime) -> Message:
    """The provider will never take it."""
    return moved(message, DeliveryStatus.REFUSED, now, now, str(error))


def deferred(message: Message, error: Deferred, now: datetime) -> Message:
    """Not taken, as the provider says: not an attempt, and due again when its window opens and it can be asked."""
    uncounted = replace(message, attempts=message.attempts - 1)
    return moved(uncounted, DeliveryStatus.DEFERRED, now, max(error.until, now + ASK_AFTER), str(error))


def doubtful(message: Message, error: SendError, now: datetime) -> Message:
    """Perhaps taken: ask the provider once it would show it."""
    return moved(message, DeliveryStatus.UNKNOWN, now, now + ASK_AFTER, str(error))


def found(message: Message, receipt: Receipt, now: datetime) -> Message:
    """The provider knows the message."""
    # A deferred message that is there all the same was an attempt.
    known = replace(message, provider_id=receipt.provider_id or message.provider_id, attempts=max(message.attempts, 1))
    if receipt.status is DeliveryStatus.SENT:
        return _waiting(known, now, "on its way")
    return moved(known, receipt.status, now, now, receipt.code or receipt.status)


def not_found(message: Message, now: datetime) -> Message:
    """The provider does not show the message: too soon to tell, never taken, or a receipt that never came.

    One that was deferred may be sent: its absence is what was expected.
    """
    if message.status is DeliveryStatus.SENT:
        return _waiting(message, now, "no receipt yet")
    if message.status is DeliveryStatus.DEFERRED:
        return moved(message, DeliveryStatus.PENDING, now, now, "due again")
    handed_over = _last_claim(message)
    if now - handed_over < TRUST_ABSENCE_AFTER:
        return moved(message, DeliveryStatus.UNKNOWN, now, handed_over + TRUST_ABSENCE_AFTER, "not shown yet")
    if message.attempts >= MAX_ATTEMPTS:
        return moved(message, DeliveryStatus.UNCONFIRMED, now, now, f"not shown after {message.attempts} attempts")
    return moved(message, DeliveryStatus.PENDING, now, now, "not shown by the provider: never taken")


def unasked(message: Message, error: Unknown, now: datetime) -> Message:
    """The provider could not be asked: nothing is decided."""
    kept = message.status in {DeliveryStatus.SENT, DeliveryStatus.DEFERRED}
    status = message.status if kept else DeliveryStatus.UNKNOWN
    return moved(message, status, now, now + ASK_AFTER, f"could not be asked: {error}")


def held(message: Message, until: datetime, reason: str, now: datetime) -> Message:
    """Not handed over for a reason of our own, such as a day's share that is used up."""
    return moved(message, DeliveryStatus.DEFERRED, now, until, reason)


def outdated(message: Message, others: Iterable[Message], *, well: bool = False) -> str | None:
    """Why a message that waited should not go out any more; None if it should.

    A warning that was not handed over is of no use once the account is well, or once a newer notice says it better to
    the same person on the same channel; a stand-in, once there is any newer notice, as that has stand-ins of its own.
    And nobody hears that all is well again whose last word from us was not that something is amiss.

    Args:
        message: One that was not handed over, or not taken.
        others: All messages of its account.
        well: Whether the account is known to be healthy now.
    """
    if message.topic not in _STATEMENTS:
        return None
    statements = [o for o in others if o.topic in _STATEMENTS]
    newer = [
        o
        for o in statements
        if o.queued_at > message.queued_at
        and o.status not in _IN_RESERVE
        and (message.stands_in_for or (o.contact, o.channel) == (message.contact, message.channel))
    ]
    if newer:
        return f"{newer[-1].message_id} says it better"
    if says_all_is_well(message):
        return None if _last_heard(message, statements) in STANDING else "the warning never went out"
    return "the account is well again" if well and message.topic is not Topic.RECEIPT else None


def says_all_is_well(message: Message) -> bool:
    """An all-clear, or the receipt of a payment after which no line is crossed."""
    return message.topic is Topic.RECOVERED or (message.topic is Topic.RECEIPT and message.level is Level.HEALTHY)


def _last_heard(message: Message, statements: Iterable[Message]) -> Topic | None:
    """The topic of what was last handed over for the same person, on any channel, before ``message`` was queued."""
    heard = [
        o for o in statements if o.contact == message.contact and o.queued_at < message.queued_at and _handed_over(o)
    ]
    return max(heard, key=lambda o: o.queued_at).topic if heard else None


def _handed_over(message: Message) -> bool:
    return message.first_sent_at is not None or message.status is DeliveryStatus.BUNDLED


def dropped(message: Message, reason: str, now: datetime) -> Message:
    """It is no longer true, or no longer needed."""
    return moved(message, DeliveryStatus.REPLACED, now, now, reason)


# ---------------------------------------------------------------- standing in for another message


def standing_in(message: Message, first: Message | None, now: datetime) -> Message:
    """A reserved message after a look at the one it stands in for: spared, let go, or waiting on.

    ``first`` has ``patience`` from the moment that it may go out, or was handed over, to be confirmed.
    """
    if first is None or first.status in BAD_ENDS or first.status is DeliveryStatus.REPLACED:
        return released(message, now)
    if first.status in ENDS:
        return moved(message, DeliveryStatus.SPARED, now, now, f"{first.message_id} is {first.status}")
    begin = first.due if first.status in {DeliveryStatus.PENDING, DeliveryStatus.RESERVED} else _last_claim(first)
    wait_until = begin + message.patience
    if wait_until > now:
        return moved(message, DeliveryStatus.RESERVED, now, wait_until, f"{first.message_id} still has time")
    return released(message, now)


def released(message: Message, now: datetime) -> Message:
    """Let a reserved message go out."""
    return moved(message, DeliveryStatus.PENDING, now, now, f"{message.stands_in_for} did not arrive")


def gives_way(first: Message) -> bool:
    """Whether a message, whose stand-in goes out now, must not go out any more itself: it has not been handed over."""
    return first.status in _WAITING


def replaced(first: Message, now: datetime) -> Message:
    """Its stand-in goes out instead."""
    return dropped(first, f"{first.fallback} goes out instead", now)


def _waiting(message: Message, now: datetime, reason: str) -> Message:
    """Taken and without a receipt: asked again at growing distances, until receipts no longer come."""
    age = now - (message.first_sent_at or now)
    if age >= RECEIPT_WITHIN:
        return moved(message, DeliveryStatus.UNCONFIRMED, now, now, "no receipt came")
    return moved(message, DeliveryStatus.SENT, now, now + max(age, FIRST_RECEIPT_AFTER), reason)


def _last_claim(message: Message) -> datetime:
    claims = [at for at, status, _ in message.history if status in _CLAIMS]
    return claims[-1] if claims else message.queued_at


def moved(message: Message, status: DeliveryStatus, now: datetime, due: datetime, reason: str) -> Message:
    """One transition; staying in a status is written to the history only if its reason is new."""
    told = bool(message.history) and message.history[-1][1:] == (status, reason)
    history = message.history if told else (*message.history, (now, status, reason))
    return replace(message, status=status, due=due, reason=reason, history=history)
