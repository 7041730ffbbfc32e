"""Messages as staff read them: a table for people, plain values for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from shared.app.delivery_words import outcome_words, why_words
from shared.app.overview import COLOURS
from shared.app.screen import screen_table
from shared.masking import mask_address
from shared.messages.words import level_name, minute
from shared.model import Language, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from shared.model import Message

_HEADINGS = {
    Language.CHINESE: ("编号", "账号", "联系人", "渠道", "地址", "内容", "排队于", "状态", "原因"),
    Language.ENGLISH: ("Id", "Account", "Contact", "Channel", "Address", "About", "Queued", "Status", "Reason"),
}
_TOPICS = {
    Topic.RECOVERED: ("恢复", "Recovered"),
    Topic.RECEIPT: ("充值回执", "Receipt"),
    Topic.RELEASE: ("数据将释放", "Release ahead"),
    Topic.RELEASED: ("数据应已释放", "Released"),
    Topic.UNREADABLE: ("读不到", "Unreadable"),
    Topic.TASK: ("待办", "Task"),
    Topic.DRILL: ("演练", "Drill"),
    Topic.BUNDLE: ("合并", "Bundle"),
}


def messages_table(messages: Sequence[Message], language: Language, *, reveal: bool) -> Table:
    """Messages as a table; addresses are masked unless ``reveal``."""
    table = screen_table(_HEADINGS[language])
    for message in messages:
        table.add_row(
            message.message_id,
            message.account_id,
            Text(message.contact),
            message.channel,
            message.address if reveal else mask_address(message.address),
            _subject(message, language),
            minute(message.queued_at, language),
            outcome_words(message.status, language),
            Text(why_words(message.reason, message.channel, language)),
        )
    return table


def messages_json(messages: Iterable[Message], *, reveal: bool) -> list[dict[str, object]]:
    """Messages as plain values; addresses are masked unless ``reveal``."""
    return [
        {
            "message_id": m.message_id,
            "account_id": m.account_id,
            "contact": m.contact,
            "channel": m.channel,
            "address": m.address if reveal else mask_address(m.address),
            "topic": m.topic,
            "level": m.level.label,
            "queued_at": m.queued_at.isoformat(),
            "due": m.due.isoformat(),
            "status": m.status,
            "reason": m.reason,
            "attempts": m.attempts,
            "provider_id": m.provider_id,
            "bundled_in": m.bundled_in,
            "history": [[at.isoformat(), status, why] for at, status, why in m.history],
        }
        for m in messages
    ]


def _subject(message: Message, language: Language) -> Text:
    """What a message tells: a level, or what is not one."""
    if message.topic is Topic.LEVEL:
        return Text(level_name(message.level, language), style=COLOURS[message.level])
    return Text(_TOPICS[message.topic][0 if language is Language.CHINESE else 1])
