"""The day's share of messages and money: what may still be handed over, and from when on.

Windows roll over 24 hours, as the provider's do (help.aliyun.com/document_detail/44335.htm: 50 notifications in 24
hours to one number with one signature and template; accepted ones count, delivered or not).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.frozen import frozen, replace
from shared.messages.sms import sms_pieces
from shared.model import ChannelName, Message, Sending, SmsContent, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.config import Limits

WINDOW = timedelta(hours=24)


@frozen
class Hold:
    """Why a message may not go out yet."""

    limit: str
    """The key in agency.yaml, for example ``limits.sms_per_day``."""
    until: datetime
    """When the oldest sending that fills the limit leaves the window."""


def hold(usage: Usage, message: Message, limits: Limits, now: datetime) -> Hold | None:
    """What keeps ``message`` back, the limit that opens last; None if it may go out."""
    recent = [s for s in usage.sendings if s.at > now - WINDOW]
    return max(_holds(recent, sending(message, limits, now), limits), key=lambda one: one.until, default=None)


def with_sending(usage: Usage, message: Message, limits: Limits, now: datetime) -> Usage:
    """The usage with one more sending; what left the window is forgotten."""
    recent = tuple(s for s in usage.sendings if s.at > now - WINDOW)
    return replace(usage, sendings=(*recent, sending(message, limits, now)))


def sending(message: Message, limits: Limits, now: datetime) -> Sending:
    """What handing ``message`` over counts as."""
    content = message.content
    if isinstance(content, SmsContent):
        parts = (content.sign_name, content.template_code, message.address)
        return Sending(now, ChannelName.SMS, _line(parts), limits.sms_price * sms_pieces(content.text))
    return Sending(now, ChannelName.MAIL, _line((message.address,)), limits.mail_price)


def _holds(recent: Sequence[Sending], new: Sending, limits: Limits) -> Iterator[Hold]:
    if new.channel is ChannelName.SMS:
        yield from _full("sms_per_number", [s for s in recent if s.line == new.line], limits.sms_per_number)
    of_channel = [s for s in recent if s.channel is new.channel]
    per_day = limits.sms_per_day if new.channel is ChannelName.SMS else limits.mails_per_day
    yield from _full("sms_per_day" if new.channel is ChannelName.SMS else "mails_per_day", of_channel, per_day)
    if limits.yuan_per_day is not None:
        yield from _spent("yuan_per_day", recent, limits.yuan_per_day - new.price)


def _full(name: str, counted: Sequence[Sending], limit: int) -> Iterator[Hold]:
    """One more would be the ``limit + 1``-th: it waits until enough of the old ones have left the window."""
    if len(counted) >= limit:
        yield Hold(f"limits.{name}", counted[len(counted) - limit].at + WINDOW)


def _spent(name: str, recent: Sequence[Sending], room: Decimal) -> Iterator[Hold]:
    total, until = sum((s.price for s in recent), Decimal(0)), None
    for old in recent:
        if total <= room:
            break
        total, until = total - old.price, old.at
    if until is not None:
        yield Hold(f"limits.{name}", until + WINDOW)


def _line(parts: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]
