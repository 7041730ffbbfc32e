"""What the demo says at the terminal: one live line, then a table, a few messages in full, and the figures."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from demo.words import ahead, days_words, summary
from shared.app.chart import reached_at
from shared.app.overview import COLOURS
from shared.masking import mask_address, mask_text
from shared.messages.words import level_name, minute, money
from shared.model import SHANGHAI, ChannelName, Language, Level, MailContent, SmsContent, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from demo.findings import Findings, Story
    from demo.replay import Ledger
    from shared.app.wiring import Stores
    from shared.model import Message

_LOOK_EVERY = 6
"""Hours after which the levels are read anew for the live line."""


class Progress:
    """One line that is written over and over; plain lines, one a day, where nobody can see that."""

    def __init__(self, stores: Stores, hours: int, *, live: bool) -> None:
        self._stores = stores
        self._hours = hours
        self._live = live
        self._started = time.monotonic()
        self._levels = ""

    def __call__(self, ledger: Ledger) -> None:
        """Show how far it is."""
        if ledger.hours % _LOOK_EVERY == 0:
            self._levels = self._count_levels()
        if self._live:
            sys.stdout.write(f"\r\x1b[2K{self._words(ledger)}")
        elif ledger.hours % 24 == 0:
            sys.stdout.write(f"{self._words(ledger)}\n")
        sys.stdout.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._live:
            sys.stdout.write("\n")

    @property
    def seconds(self) -> float:
        """Since the first hour."""
        return time.monotonic() - self._started

    def _words(self, ledger: Ledger) -> str:
        local = ledger.now.astimezone(SHANGHAI)
        day = -(-ledger.hours // 24)
        return (
            f"第{day:>2}/{-(-self._hours // 24)}天 {local:%m-%d %H:00}  {self._levels}  "
            f"消息 messages {len(ledger.arrivals)}  {self.seconds:.0f} s"
        )

    def _count_levels(self) -> str:
        counted = Counter(state.alert.level for state in self._stores.states.load_states().values)
        return " ".join(
            f"{level_name(level, Language.CHINESE)} {counted[level]}" for level in Level if counted[level] or not level
        )


def accounts_table(findings: Findings) -> Table:
    """Every account at the end: what it has, where it stands, whom we told, and how far ahead."""
    table = Table(row_styles=["", "dim"], show_lines=False)
    for chinese, english in (
        ("客户", "Customer"),
        ("余额", "Balance"),
        ("可用天数", "Days left"),
        ("级别", "Level"),
        ("发了什么、发给谁", "Told"),
        ("用完（预警提前量）", "Ran dry (warned ahead)"),
    ):
        table.add_column(f"{chinese}\n{english}", justify="right" if chinese in {"余额", "可用天数"} else "left")
    for story in findings.stories:
        account, level = story.account, story.last.level
        words = Text(level_name(level, Language.CHINESE), style=COLOURS[level])
        if story.last.failure:
            words.append(f" ({story.last.failure})", style="magenta")
        table.add_row(
            f"{account.name}\n{account.account_id}",
            money(story.balance, account.currency, Language.CHINESE),
            days_words(story),
            words,
            "\n".join(_told(story)) or "—",
            "\n".join(chinese for chinese, _ in ahead(story)) or "—",
        )
    return table


def samples(findings: Findings) -> Iterator[tuple[str, str]]:
    """A few messages in full: one SMS of each serious level, one in English, one mail; (heading, text)."""
    messages = [message for story in findings.stories for message in story.messages if reached_at(message)]
    for level in (Level.WARNING, Level.CRITICAL, Level.OVERDUE):
        found = next((m for m in messages if _is(m, ChannelName.SMS, level)), None)
        if found is not None:
            yield _heading(found), _full_text(found)
    mail = next((m for m in messages if _is(m, ChannelName.MAIL, Level.WARNING)), None)
    if mail is not None:
        yield _heading(mail), _full_text(mail)
    staff = next((m for story in findings.stories for m in story.staff_messages if m.channel is ChannelName.SMS), None)
    if staff is not None:
        yield _heading(staff), _full_text(staff)


def print_findings(console: Console, findings: Findings) -> None:
    """The end of the demo."""
    console.print(accounts_table(findings))
    for heading, text in samples(findings):
        console.print(f"\n[bold]{heading}[/bold]", highlight=False)
        console.print(text, highlight=False, markup=False)
    console.print()
    for value, chinese, english, good in summary(findings):
        style = "bold" if good is None else "bold green" if good else "bold red"
        console.print(Text(f"{value:>12} ", style=style), f"{chinese} · {english}", highlight=False)
    for problem in findings.broken:
        console.print(Text(f"FAILED: {problem}", style="bold red"))


def _told(story: Story) -> Iterator[str]:
    """For each level how often, and by which ways to whom."""
    by_level: dict[str, int] = {}
    for message in story.messages:
        name = "恢复" if message.topic is Topic.RECOVERED else level_name(message.level, Language.CHINESE)
        by_level[name] = by_level.get(name, 0) + 1
    if by_level:
        yield " ".join(f"{name}×{count}" for name, count in by_level.items())
    for address in sorted({m.address for m in story.messages}):
        mine = [m for m in story.messages if m.address == address]
        reached = sum(reached_at(m) is not None for m in mine)
        yield f"{mask_address(address)} {reached}/{len(mine)}"


def _is(message: Message, channel: ChannelName, level: Level) -> bool:
    return message.channel is channel and message.topic is Topic.LEVEL and message.level is level


def _heading(message: Message) -> str:
    kind = "短信 SMS" if message.channel is ChannelName.SMS else "邮件 mail"
    what = level_name(message.level, Language.CHINESE) if message.topic is Topic.LEVEL else "给员工 to staff"
    at = minute(message.queued_at, Language.CHINESE)
    return f"── {kind} · {what} · {at} → {message.contact} {mask_address(message.address)}"


def _full_text(message: Message) -> str:
    content = message.content
    if isinstance(content, SmsContent):
        return mask_text(content.text)
    assert isinstance(content, MailContent)
    return mask_text(f"主题 Subject: {content.subject}\n\n{content.text}")
