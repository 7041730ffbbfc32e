"""Several accounts of one person's in one message: what is gathered, and how its members share its fate.

    pending ──gathered──> bundled ──the bundle's end──> delivered / undelivered / refused / unconfirmed
       └──────the bundle was not sent, or never taken──────┘

A member is marked before its bundle is queued, and the bundle holds exactly the members that were marked. So a run may
die between any two writes: a member whose bundle is not there when the lease is over goes on by itself. A bundle goes
out in the run that made it or not at all: it is dissolved instead of being sent late, since what it says of an account
may no longer hold, and its members go on by themselves, or in another bundle.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from shared import delivery
from shared.delivery import ASK_AFTER, ENDS, Step, moved
from shared.frozen import replace
from shared.model import ChannelName, DeliveryStatus, Message, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.config import BundleSettings

LARGEST = 50
"""Members of one bundle: a mail of so many stays far below what DirectMail takes (80 KB of HTML)."""
_FAR = datetime.max.replace(tzinfo=UTC)


def groups(due: Iterable[Message], settings: BundleSettings) -> list[tuple[Message, ...]]:
    """What may go out as one: messages to the same person at the same address, each account once.

    Args:
        due: Messages whose next step may be taken; their order does not matter.
        settings: From how many on.

    Returns:
        Groups of at least so many, the most urgent message of each first.
    """
    fit = sorted((m for m in due if _gathers(m)), key=_person)
    found = []
    for _, messages in groupby(fit, key=_person):
        alike = sorted(_newest_of_each_account(messages), key=urgency)
        found += [alike[start : start + LARGEST] for start in range(0, len(alike), LARGEST)]
    return [tuple(group) for group in found if enough(group, settings)]


def enough(group: Iterable[Message], settings: BundleSettings) -> bool:
    """Whether these, all on one channel, are so many that they go out as one."""
    messages = list(group)
    if not messages:
        return False
    least = settings.sms_from if messages[0].channel is ChannelName.SMS else settings.mail_from
    return least is not None and len(messages) >= least


def urgency(message: Message) -> tuple[int, datetime, str, str]:
    """A key that sorts the worst level first, then what ends first."""
    ends_at = None if message.summary is None else message.summary.ends_at
    return (-message.level, ends_at or _FAR, message.account_id, message.message_id)


def gathered(member: Message, bundle_id: str, until: datetime, now: datetime) -> Message:
    """Marked as part of a bundle that this run queues before ``until``, or never."""
    return moved(
        replace(member, bundled_in=bundle_id), DeliveryStatus.BUNDLED, now, until, f"goes out within {bundle_id}"
    )


def let_go(member: Message, now: datetime) -> Message:
    """There was nothing to bundle it with."""
    return moved(member, DeliveryStatus.PENDING, now, now, "nothing to bundle it with")


def following(member: Message, bundle: Message | None, now: datetime) -> Message:
    """A bundled message after a look at its bundle, None if there is none: its end, a further wait, or free again.

    What was handed over with the bundle counts as an attempt of its own: it does not go into a second bundle.
    """
    if bundle is None or (member.account_id, member.message_id) not in bundle.members:
        return moved(member, DeliveryStatus.PENDING, now, now, f"{member.bundled_in} was never queued")
    first = bundle.first_sent_at
    if bundle.status is DeliveryStatus.REPLACED:
        attempts = bundle.attempts
        free = replace(member, attempts=attempts, first_sent_at=first if attempts else None, provider_id=None)
        return moved(free, DeliveryStatus.PENDING, now, now, f"{bundle.message_id} was dissolved")
    known = replace(member, attempts=bundle.attempts, first_sent_at=first, provider_id=bundle.provider_id)
    if bundle.status in ENDS:
        return moved(known, bundle.status, now, now, f"{bundle.reason} (within {bundle.message_id})")
    return moved(known, DeliveryStatus.BUNDLED, now, max(bundle.due, now + ASK_AFTER), member.reason)


def dissolved(bundle: Message, now: datetime) -> Message:
    """It does not go out; its members are free again."""
    return delivery.dropped(bundle, "not sent by the run that made it", now)


def _gathers(message: Message) -> bool:
    """Whether a message may go into a bundle: never handed over, and with something to say in one.

    An all-clear by SMS goes out by itself: the text of the bundle speaks of accounts that are low.
    """
    summary = message.summary
    if summary is None or message.attempts or message.first_sent_at or delivery.next_step(message) is not Step.SEND:
        return False
    return message.topic is Topic.LEVEL if message.channel is ChannelName.SMS else summary.digest


def _person(message: Message) -> tuple[str, str, str, str]:
    language = "" if message.summary is None else message.summary.language.value
    return (message.channel.value, message.address, message.contact, language)


def _newest_of_each_account(messages: Iterable[Message]) -> Iterable[Message]:
    ordered = sorted(messages, key=lambda m: (m.queued_at, m.message_id))
    return {message.account_id: message for message in ordered}.values()
