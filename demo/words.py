"""What the findings are called, in Chinese and English, on the page and at the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shared.messages.words import hour, level_name
from shared.model import ChannelName, DeliveryStatus, Language, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.findings import Findings, Story
    from shared.model import Message

_STATUSES = {
    DeliveryStatus.PENDING: "待发 pending",
    DeliveryStatus.SENDING: "发送中 sending",
    DeliveryStatus.DEFERRED: "稍后再发 deferred",
    DeliveryStatus.UNKNOWN: "结果不明 unknown",
    DeliveryStatus.SENT: "已发出 sent",
    DeliveryStatus.REFUSED: "被拒 refused",
    DeliveryStatus.DELIVERED: "已送达 delivered",
    DeliveryStatus.UNDELIVERED: "未送达 undelivered",
    DeliveryStatus.UNCONFIRMED: "无回执 unconfirmed",
    DeliveryStatus.RESERVED: "候补 in reserve",
    DeliveryStatus.SPARED: "不再需要 spared",
    DeliveryStatus.REPLACED: "已被替代 replaced",
    DeliveryStatus.BUNDLED: "合并发送 bundled",
}


def both(level: Level) -> str:
    """A level in both languages."""
    return f"{level_name(level, Language.CHINESE)} {level_name(level, Language.ENGLISH).lower()}"


def channel_words(message: Message) -> str:
    """The way it went."""
    return "短信" if message.channel is ChannelName.SMS else "邮件"


def status_words(message: Message) -> str:
    """What became of it."""
    return _STATUSES[message.status]


def days_words(story: Story) -> str:
    """Days left at the end: early, likely, late."""
    days = story.last.days_left
    return "—" if days is None else " – ".join("∞" if math.isinf(d) else f"{d:.1f}" for d in days)


def ahead(story: Story) -> Iterator[tuple[str, str]]:
    """When the balance ended, and how long before people knew; one sentence for each time, in both languages."""
    for dry in story.dry_outs:
        zh, en = hour(dry.at, Language.CHINESE), hour(dry.at, Language.ENGLISH)
        if dry.hours_ahead is None:
            yield f"{zh}用完，没有预警", f"ran dry {en}, without a warning"
        else:
            chinese, english = span(dry.hours_ahead)
            yield f"{zh}用完，提前{chinese}", f"ran dry {en}, warned {english} ahead"


def warnings(story: Story) -> Iterator[tuple[str, str]]:
    """When warnings were given, and how long the balance would really have lasted from then on."""
    for alarm in story.alarms:
        chinese, english = span(alarm.lasted_days * 24)
        zh, en = hour(alarm.at, Language.CHINESE), hour(alarm.at, Language.ENGLISH)
        name = level_name(alarm.level, Language.CHINESE)
        yield f"{zh}{name}，余额实际还够{chinese}", f"{both(alarm.level).split()[-1]} {en}, {english} before the end"


def span(hours: float) -> tuple[str, str]:
    """A time in both languages: ``3.4天``, ``17小时``."""
    if hours >= 48:  # noqa: PLR2004 - below two days people think in hours
        return f"{hours / 24:.1f}天", f"{hours / 24:.1f} days"
    return f"{hours:.0f}小时", f"{hours:.0f} hours"


def summary(findings: Findings) -> Iterator[tuple[str, str, str, bool | None]]:
    """The figures that count: the figure, what it is in both languages, and whether it is good (None: neither)."""
    dry, alarms = findings.dry_outs, findings.alarms
    hours = sorted(one.hours_ahead for one in dry if one.hours_ahead is not None)
    delivered = sum(one.delivered for one in findings.arrivals)
    false = sum(one.false for one in alarms)
    yield str(len(findings.stories)), "个账号", "accounts", None
    yield f"{delivered}/{len(findings.arrivals)}", "条消息送达", "messages delivered", None
    yield f"{len(hours)}/{len(dry)}", "次用完前已预警", "times warned before running dry", len(hours) == len(dry)
    if hours:
        least, middle = span(hours[0]), span(hours[len(hours) // 2])
        yield least[0], f"最短提前量（中位 {middle[0]}）", f"shortest notice (median {middle[1]})", None
    if alarms:
        days = sorted(one.lasted_days for one in alarms)
        middle_day = days[len(days) // 2]
        yield (
            f"{days[0]:.1f}–{days[-1]:.1f}天",
            f"首次预警时余额实际还够用（中位 {middle_day:.1f}天）",
            f"days really left at the first warning (median {middle_day:.1f})",
            None,
        )
    yield (
        f"{false}/{len(alarms)}",
        "次预警过早（余额其实还够用10天以上）",
        "false warnings (over 10 days left)",
        not false,
    )
