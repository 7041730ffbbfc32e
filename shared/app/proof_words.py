"""What a proof calls things, Chinese first with English beside it; what is new here is shown as it is stored."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shared.app.policy_words import reason_text
from shared.audit import Word
from shared.messages.line_words import gauge_name
from shared.messages.words import level_name
from shared.model import ChannelName, DeliveryStatus, Language, Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from shared.audit import DecisionEntry, Line

_STATUSES = {
    DeliveryStatus.PENDING: "待发 pending",
    DeliveryStatus.SENDING: "发送中 sending",
    DeliveryStatus.DEFERRED: "稍后再发 deferred",
    DeliveryStatus.UNKNOWN: "结果不明 unknown",
    DeliveryStatus.SENT: "已受理 accepted",
    DeliveryStatus.REFUSED: "被拒 refused",
    DeliveryStatus.DELIVERED: "已送达 delivered",
    DeliveryStatus.UNDELIVERED: "未送达 undelivered",
    DeliveryStatus.UNCONFIRMED: "无回执 unconfirmed",
    DeliveryStatus.RESERVED: "备用，未发 in reserve, not sent",
    DeliveryStatus.SPARED: "备用，没有用上，未发 not needed, not sent",
    DeliveryStatus.REPLACED: "由备用消息代替，未发 replaced, not sent",
    DeliveryStatus.BUNDLED: "与其他账号合并发送 sent with others in one message",
}
_WORDS = {
    Word.KNOWN: "已知情 knows of",
    Word.PAYING: "付款在途 money under way, at",
    Word.SILENCED: "静默，级别不高于 silenced up to",
    Word.SILENCE_ENDED: "提前结束静默，级别不高于 silence ended early, up to",
}
_TOPICS = {
    Topic.RECOVERED: "恢复 recovered",
    Topic.RECEIPT: "收到充值 topped up",
    Topic.RELEASE: "数据即将释放 to be released",
    Topic.RELEASED: "已到释放时间 released",
    Topic.UNREADABLE: "读不到账号 unreadable",
    Topic.TASK: "员工待办 task for staff",
}


def level_words(level: Level) -> str:
    """A level in both languages."""
    return f"{level_name(level, Language.CHINESE)} {level_name(level, Language.ENGLISH).lower()}"


def status_words(status: DeliveryStatus) -> str:
    """A step of a message."""
    return _STATUSES.get(status, status.value)


def channel_words(channel: ChannelName) -> str:
    """The way a message goes."""
    return "短信 SMS" if channel is ChannelName.SMS else "邮件 mail"


def about_words(topic: Topic, level: Level) -> str:
    """What a message speaks of."""
    return level_words(level) if topic is Topic.LEVEL else _TOPICS.get(topic, topic.value)


def reason_words(decision: DecisionEntry) -> str:
    """Why people were told, or not."""
    return " ".join(reason_text(decision.reason, language) for language in Language)


def word_words(word: Word) -> str:
    """What somebody said; a level follows."""
    return _WORDS[word]


def days_words(days: tuple[float, float, float] | None) -> str:
    """Early, likely, late."""
    return "—" if days is None else " / ".join("∞" if math.isinf(one) else f"{one:.1f}" for one in days)


def line_words(decision: DecisionEntry) -> Iterator[tuple[str, bool]]:
    """The lines that a decision looked at, as they were drawn then, and whether each was crossed."""
    for line in decision.lines:
        yield _line(line), line.crossed
    if decision.level >= Level.OVERDUE:
        yield "余额低于零，这是事实，不看线 below zero: a fact, whatever the lines say", True


def _line(line: Line) -> str:
    value = "未知 unknown" if line.value is None else _plain(line.value)
    sign = "<" if line.falling else ">"
    gauge = " ".join(gauge_name(line.gauge, language) for language in Language)
    enter, leave = _plain(line.enter), _plain(line.leave_at)
    return f"{gauge}: {value}（{level_words(line.level)}: {sign} {enter}，离开 left at {leave}）"


def _plain(value: Decimal) -> str:
    return "∞" if value.is_infinite() else f"{value.normalize():f}"
