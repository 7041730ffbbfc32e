"""What staff are asked to do when a message does not go out. Values in, values out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import Remedy
from shared.masking import address_key, mask_address
from shared.model import ChannelName, StaffTask, TaskKind, Topic, shanghai_day

if TYPE_CHECKING:
    from datetime import datetime

    from shared.budget import Hold
    from shared.errors import SendError
    from shared.model import Message

_CHANNELS = {ChannelName.SMS: "短信 SMS", ChannelName.MAIL: "邮件 mail"}


def task_for(message: Message, error: SendError, now: datetime) -> StaffTask | None:
    """The task that a failed sending makes; None where time, or the receipts, will tell.

    A bad address is one task for ever, a bad message or an unknown code one a day, a channel that is down one a day
    and code. A task that cannot be delivered makes no further task, unless its channel is down.
    """
    day = shanghai_day(now).isoformat()
    channel = _CHANNELS[message.channel]
    if error.remedy is Remedy.CHANNEL_DOWN:
        return _task(TaskKind.CHANNEL_DOWN, f"{message.channel}:{error.code}:{day}", message, channel, error)
    if message.topic is Topic.TASK:
        return None
    if error.remedy is Remedy.CONTACT_BAD:
        about = f"{message.contact} {mask_address(message.address)}"
        return _task(TaskKind.CONTACT_BAD, address_key(message.address), message, about, error)
    if error.remedy is Remedy.MESSAGE_BAD:
        return _task(TaskKind.MESSAGE_REFUSED, f"{_account(message)}:{error.code}:{day}", message, channel, error)
    if error.remedy is Remedy.UNLISTED:
        return _task(TaskKind.CODE_UNLISTED, f"{message.channel}:{error.code}:{day}", message, channel, error)
    return None


def task_for_budget(message: Message, held: Hold, now: datetime) -> StaffTask:
    """The task that a used-up limit makes: one a day."""
    key = f"{held.limit}:{shanghai_day(now).isoformat()}"
    return StaffTask(
        TaskKind.BUDGET_REACHED, key, _account(message), message.level, _CHANNELS[message.channel], held.limit
    )


def _task(kind: TaskKind, key: str, message: Message, about: str, error: SendError) -> StaffTask:
    return StaffTask(kind, key, _account(message), message.level, about, error.code)


def _account(message: Message) -> str:
    """Of a bundle: the most urgent one's."""
    return message.members[0][0] if message.members else message.account_id
