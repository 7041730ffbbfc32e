"""``arrears drill``: a message that says it is a drill, through the same queue and providers as a warning."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

from shared.errors import WrongUsage
from shared.messages.mail import render_mail
from shared.messages.sms import render_sms
from shared.model import Account, ChannelName, Level, Message, Topic
from shared.notice import Notice
from shared.notifications import message_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.config import Config

DRILL = "drill"
"""In place of an account's id: drills belong to nobody's account."""


class NoSuchStaff(WrongUsage):
    """There is nobody of that name among the staff."""


def drill_messages(config: Config, author: str, name: str | None, now: datetime) -> tuple[Message, ...]:
    """A drill for all staff, or for the one called ``name``, on every channel that reaches them.

    The ids come from the author and the minute, not from a stored version: a drill is a person's act, and a second one
    a minute later is meant as a second one.

    Raises:
        NoSuchStaff: Naming those there are.
    """
    minute = now.replace(second=0, microsecond=0)
    staff = [contact for contact in config.staff_contacts if name in {None, contact.name}]
    if not staff:
        known = "、".join(contact.name for contact in config.staff_contacts)
        raise NoSuchStaff(f"员工里没有 {name or '任何人'}；有：{known or '无'} / nobody of that name among the staff")
    notice = Notice(
        account=Account(DRILL, author, ()),
        topic=Topic.DRILL,
        level=Level.HEALTHY,
        as_of=now,
        currency="CNY",
        available_amount=Decimal(0),
    )

    def messages() -> Iterator[Message]:
        for contact, channel in product(staff, ChannelName):
            address = contact.address(channel)
            if address is None:
                continue
            key = message_id(f"{DRILL} {author} {minute.isoformat()}", 0, Topic.DRILL, Level.HEALTHY, contact, channel)
            yield Message(
                message_id=key,
                account_id=DRILL,
                contact=contact.name,
                channel=channel,
                address=address,
                topic=Topic.DRILL,
                level=Level.HEALTHY,
                content=render_sms(notice, contact, config.messages)
                if channel is ChannelName.SMS
                else render_mail(notice, contact, config.messages, key),
                queued_at=now,
                due=now,
            )

    return tuple(messages())
