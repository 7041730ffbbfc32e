"""The report: one self-contained page, Chinese first, that a phone can show as well."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from demo.chart import draw_story
from demo.findings import HOUR
from demo.words import ahead, both, channel_words, days_words, status_words, summary, warnings
from shared.app.chart import COLOURS, STYLE, UNKNOWN, reached_at
from shared.masking import mask_address, mask_text
from shared.messages.words import level_name, minute, money
from shared.model import Language, Level, MailContent, SmsContent, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.findings import Findings, Story
    from shared.model import Message


def page(findings: Findings) -> str:
    """The whole page."""
    style = STYLE + files("demo").joinpath("page.css").read_text(encoding="utf-8")
    body = "".join(_body(findings))
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>余额预警演示 · arrears-alert demo</title><style>{style}</style></head><body>{body}</body></html>"
    )


def _body(findings: Findings) -> Iterator[str]:
    first = findings.stories[0]
    hours = len(first.balances) - 1
    end = first.start + hours * HOUR
    span = f"{minute(first.start, Language.CHINESE)} – {minute(end, Language.CHINESE)}"
    yield (
        f"<header><h1>余额预警演示<small>arrears-alert demo</small></h1><p>{span}，{hours // 24} 天逐小时回放；"
        f"客户均为虚构，消费来自公开数据。<span class=en>{hours // 24} days, hour by hour; "
        "the customers are invented, the spend is from public data.</span></p></header><main>"
    )
    yield '<section class="cards">'
    for value, chinese, english, good in summary(findings):
        kind = "" if good is None else " good" if good else " bad"
        words = f"{escape(chinese)}<span class=en>{escape(english)}</span>"
        yield f'<div class="card{kind}"><b>{escape(value)}</b>{words}</div>'
    yield "</section>"
    for problem in findings.broken:
        yield f'<p class="problem">{escape(problem)}</p>'
    yield from _table(findings)
    yield _legend()
    for story in findings.stories:
        yield from _account(story)
    yield "</main>"


def _legend() -> str:
    levels = "".join(_chip(COLOURS[level], both(level)) for level in Level if level is not Level.SUSPENDED)
    return (
        f'<p class="legend">{levels}{_chip(UNKNOWN, "读不到 unknown")}'
        '<span><i class="dot">!</i>消息 message</span><span><i class="up">▲</i>充值 top-up</span>'
        '<span><i class="wedge"></i>预计走势 projection</span></p>'
    )


def _chip(colour: str, words: str) -> str:
    return f'<span><i style="background:{colour}"></i>{words}</span>'


def _table(findings: Findings) -> Iterator[str]:
    yield (
        '<div class="scroll"><table><thead><tr><th>客户<span class=en>customer</span></th>'
        "<th>级别<span class=en>level</span></th><th class=n>余额<span class=en>balance</span></th>"
        "<th class=n>可用天数<span class=en>days left</span></th><th class=n>消息<span class=en>messages</span></th>"
        "<th>用完与预警<span class=en>ran dry, and warned</span></th></tr></thead><tbody>"
    )
    for story in findings.stories:
        account = story.account
        yield (
            f'<tr><td><a href="#a{account.account_id}">{escape(account.name)}</a></td><td>{_badge(story)}</td>'
            f"<td class=n>{money(story.balance, account.currency, Language.CHINESE)}</td>"
            f"<td class=n>{days_words(story)}</td><td class=n>{len(story.messages)}</td>"
            f"<td>{'<br>'.join(escape(chinese) for chinese, _ in ahead(story))}</td></tr>"
        )
    yield "</tbody></table></div>"


def _badge(story: Story) -> str:
    level = story.last.level
    failure = f' <span class="badge" style="background:{UNKNOWN}">读不到</span>' if story.last.failure else ""
    return (
        f'<span class="badge" style="background:{COLOURS[level]}">{level_name(level, Language.CHINESE)}</span>{failure}'
    )


def _account(story: Story) -> Iterator[str]:
    account, customer = story.account, story.customer
    notes = [customer.habit.words, customer.remark]
    chinese = "；".join(zh for zh, _ in notes if zh)
    english = "; ".join(en for _, en in notes if en)
    yield (
        f'<article id="a{account.account_id}"><h2>{escape(account.name)} {_badge(story)}'
        f"<small>{account.account_id} · {customer.series}</small></h2>"
        f"<p class=habit>{escape(chinese)}<span class=en>{escape(english)}</span></p>"
        f"<p class=facts>余额 {money(story.balance, account.currency, Language.CHINESE)} · 可用 {days_words(story)} 天"
        f"<span class=en>balance, and days left: early – likely – late</span></p>{draw_story(story)}"
    )
    for zh, en in ahead(story):
        yield f'<p class="dry">{escape(zh)}<span class=en>{escape(en)}</span></p>'
    opened = bool(story.dry_outs) and story.last.level >= Level.OVERDUE
    for zh, en in warnings(story):
        yield f'<p class="facts">{escape(zh)}<span class=en>{escape(en)}</span></p>'
    yield from _messages("消息", "messages", story.messages, opened=opened)
    yield from _messages("发给员工的消息", "messages to staff", story.staff_messages)
    yield "</article>"


def _messages(chinese: str, english: str, messages: tuple[Message, ...], *, opened: bool = False) -> Iterator[str]:
    if not messages:
        return
    yield f"<details{' open' * opened}><summary>{chinese} {len(messages)}<span class=en>{english}</span></summary><ol>"
    for _, group in groupby(messages, key=lambda message: message.queued_at):
        yield from _occasion(list(group))
    yield "</ol></details>"


def _occasion(together: list[Message]) -> Iterator[str]:
    first = together[0]
    recovered, staff = first.topic is Topic.RECOVERED, first.topic is Topic.UNREADABLE
    colour = COLOURS[Level.HEALTHY] if recovered else UNKNOWN if staff else COLOURS[first.level]
    name = "恢复" if recovered else "读不到" if staff else level_name(first.level, Language.CHINESE)
    at = minute(first.queued_at, Language.CHINESE)
    yield f'<li><span class="badge" style="background:{colour}">{name}</span> {at}'
    for message in together:
        reached = reached_at(message)
        arrived = f" {minute(reached, Language.CHINESE)[-5:]}" if reached else ""
        yield (
            f'<div class="to">{channel_words(message)} → {escape(message.contact)} '
            f"{escape(mask_address(message.address))} · {status_words(message)}{arrived}</div>"
        )
    texts = {_text(message) for message in together}
    yield from (f'<blockquote class="{kind}">{escape(text)}</blockquote>' for kind, text in sorted(texts, reverse=True))
    yield "</li>"


def _text(message: Message) -> tuple[str, str]:
    """How it is shown, and what it says: an SMS in full, a mail's subject."""
    content = message.content
    if isinstance(content, SmsContent):
        return "sms", mask_text(content.text)
    assert isinstance(content, MailContent)
    return "mail", mask_text(content.subject.rpartition(" [")[0] or content.subject)
