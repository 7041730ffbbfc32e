"""Judges a scenario by what the providers accepted, and by where our messages ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.model import DeliveryStatus, Topic
from tests.agency import reference
from tests.crash.moments import OPEN, Told, about

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.model import Message
    from tests.crash.moments import Moment, World

_GOOD_ENDS = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.SPARED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out wrong; all empty if nothing did."""

    lost: tuple[str, ...] = ()
    """Expected, and never accepted."""
    doubled: tuple[str, ...] = ()
    """Accepted more than once."""
    extra: tuple[str, ...] = ()
    """Accepted, and not expected."""
    stuck: tuple[str, ...] = ()
    """Messages without an end."""
    astray: tuple[str, ...] = ()
    """Messages that ended otherwise than as delivered, or spared because the one they stood in for was; of a bundle
    only the members matter."""
    broken: tuple[str, ...] = ()
    """The scenario itself could not be carried out."""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self == Verdict()

    def lines(self) -> Iterator[str]:
        """Each fault in words."""
        for kind in ("lost", "doubled", "extra", "stuck", "astray", "broken"):
            yield from (f"{kind}: {text}" for text in getattr(self, kind))


def judge(world: World, moment: Moment) -> Verdict:
    """Compare what was accepted with what is expected of the moment."""
    messages = world.messages()
    arrived = Counter(_arrived(world, {message.message_id: message for message in messages}))
    return Verdict(
        lost=_texts(Counter(moment.expected) - arrived),
        doubled=_texts(Counter({told: count - 1 for told, count in arrived.items() if told in moment.expected})),
        extra=_texts(Counter({told: count for told, count in arrived.items() if told not in moment.expected})),
        stuck=tuple(f"{m.message_id} {m.status}: {m.reason}" for m in messages if m.status in OPEN),
        astray=tuple(
            f"{m.message_id} {m.status}: {m.reason}"
            for m in messages
            if m.status not in OPEN and m.status not in _GOOD_ENDS and m.topic is not Topic.BUNDLE
        ),
    )


def _arrived(world: World, messages: dict[str, Message]) -> Iterator[Told]:
    """What was accepted: an SMS is known by its OutId, a mail by the reference at the end of its subject."""
    for sms in world.control.sms():
        yield from _told(sms["phone"], "sms", sms["out_id"], messages)
    for mail in world.control.mail():
        yield from _told(mail["to"], "mail", reference(mail["subject"]), messages)


def _told(address: str, channel: str, key: str, messages: dict[str, Message]) -> Iterator[Told]:
    """A message as what it says of an account; a bundle as what it says of each."""
    if key not in messages:
        yield Told(address, channel, f"unknown {key}", 0)
        return
    members = messages[key].members or ((messages[key].account_id, key),)
    for account_id, message_id in members:
        yield Told(address, channel, about(messages[message_id]), int(account_id[-4:]))


def _texts(told: Counter[Told]) -> tuple[str, ...]:
    return tuple(f"{one.channel} to {one.address} ({one.about} of {one.account})" for one in told.elements())
