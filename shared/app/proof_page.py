"""A proof as one self-contained page, Chinese first, that reads on a screen and on paper; it ends with its digest."""

from __future__ import annotations

import hashlib
from html import escape
from typing import TYPE_CHECKING

from shared.app.chart import COLOURS, STYLE, Picture, draw
from shared.app.proof import clock
from shared.app.proof_words import (
    about_words,
    channel_words,
    days_words,
    level_words,
    line_words,
    reason_words,
    status_words,
    word_words,
)
from shared.masking import mask_address, mask_text
from shared.messages.words import money
from shared.model import DeliveryStatus, Language, Level, MailContent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from shared.app.proof import Proof, Sent
    from shared.audit import DecisionEntry
    from shared.model import Message
    from shared.snapshot import Snapshot

_STYLE = """
*{box-sizing:border-box}
body{margin:0;color:#1c2430;background:#fff;
font:14px/1.55 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main,footer,header{max-width:860px;margin:0 auto;padding:0 16px}
h1{font-size:22px;margin:24px 0 4px}h2{font-size:16px;margin:26px 0 6px;border-bottom:2px solid #1c2430}
h3{font-size:14px;margin:16px 0 4px}
small,.en{color:#5d6673;font-weight:400;font-size:12px}
table{border-collapse:collapse;width:100%;font-size:12.5px}
th,td{text-align:left;vertical-align:top;padding:3px 8px 3px 0;border-bottom:1px solid #e3e7ec}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:6px 0}dt{color:#5d6673}dd{margin:0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;background:#f2f5f9;border-left:3px solid #24466f;
margin:6px 0;padding:8px 10px}
code{font:12px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.crossed{font-weight:600}.level{color:#fff;border-radius:4px;padding:0 6px;white-space:nowrap;font-size:12px}
.gap{border-left:3px solid #dc4437;padding-left:10px;margin:4px 0}
section.message{break-inside:avoid;border:1px solid #cfd6de;border-radius:8px;padding:6px 12px 10px;margin:10px 0}
footer{margin:26px auto;border-top:2px solid #1c2430;padding-top:8px}
@media(max-width:560px){dl{grid-template-columns:1fr}dt{margin-top:4px}.scroll{overflow-x:auto}}
@media print{body{font-size:11px}.level{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""

CHECK = "sed -n '/^<main>$/,/^<\\/main>$/p' FILE | sha256sum"
"""How anyone can check the digest: of all lines from ``<main>`` to ``</main>``, both included."""


def proof_page(proof: Proof, *, reveal: bool) -> tuple[str, str]:
    """The page, and the SHA-256 of its content; addresses are masked unless ``reveal``."""
    content = "<main>\n" + "\n".join(_content(proof, reveal=reveal)) + "\n</main>\n"
    digest = hashlib.sha256(content.encode()).hexdigest()
    name = escape(proof.account.name)
    page = (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>余额预警记录 {name}</title><style>{STYLE}{_STYLE}</style></head><body>\n"
        f"{content}{_footer(digest)}</body></html>\n"
    )
    return page, digest


def _footer(digest: str) -> str:
    return (
        "<footer><h3>校验 <small>how to check this file</small></h3>"
        f"<p>正文的 SHA-256 <span class=en>of the content</span><br><code>{digest}</code></p>"
        "<p>正文从 &lt;main&gt; 到 &lt;/main&gt; 各行，改动一个字，下面命令的结果就与上面不同。"
        "请在导出当时另行留存这串数字（例如发邮件给对方）：能改正文的人，也能改这里。"
        "<br><span class=en>The content is the lines from &lt;main&gt; to &lt;/main&gt;. Change one letter, and this "
        "command gives another sum. Keep the sum elsewhere when you export, for example by mailing it: whoever can "
        "change the content can change this line as well.</span></p>"
        f"<p><code>{escape(CHECK)}</code></p></footer>\n"
    )


def _content(proof: Proof, *, reveal: bool) -> Iterator[str]:
    yield from _head(proof)
    yield from _gaps(proof)
    yield f"<h2>经过 <small>what happened</small></h2>\n{draw(_picture(proof))}"
    yield from _decisions(proof)
    yield from _words(proof)
    yield f"<h2>消息 <small>messages, {len(proof.sent)}</small></h2>"
    for one in proof.sent:
        yield from _message(one, reveal=reveal)
    yield from _readings(proof.snapshots)


def _head(proof: Proof) -> Iterator[str]:
    account = proof.account
    delivered = sum(one.message.status is DeliveryStatus.DELIVERED for one in proof.sent)
    given = sum(one.message.first_sent_at is not None for one in proof.sent)
    end = clock(proof.until) if proof.ended else f"{clock(proof.until)}（尚未结束 not over yet）"
    yield "<h1>余额预警记录 <small>record of balance alerts</small></h1>"
    yield "<dl>"
    yield from _facts(
        ("客户 customer", account.name),
        ("账号 account", account.account_id),
        ("起止 from – to", f"{clock(proof.since)} – {end}"),
        ("余额读数 readings", str(sum(s.available_amount is not None for s in proof.snapshots))),
        ("发出的消息 messages sent", f"{given}，其中有送达回执 of these with a receipt of delivery: {delivered}"),
        ("策略 policy", account.policy),
        ("现行配置版本 configuration in force", proof.config_version),
        ("导出时间 exported", f"{clock(proof.made_at)}；全部时间为北京时间 all times are Beijing time (UTC+8)"),
    )
    yield "</dl>"


def _gaps(proof: Proof) -> Iterator[str]:
    yield "<h2>缺口 <small>what this record cannot show</small></h2>"
    if not proof.gaps:
        yield "<p>没有：发出的每条消息都有送达回执，各步骤与审计一致。<br>"
        yield "<span class=en>Nothing: every message that was sent has a receipt, as the audit has it.</span></p>"
    for gap in proof.gaps:
        yield f"<p class=gap>{escape(gap.chinese)}<br><span class=en>{escape(gap.english)}</span></p>"


def _picture(proof: Proof) -> Picture:
    seen = proof.snapshots
    return Picture(
        title=f"{proof.account.name} {proof.account.account_id}",
        start=seen[0].at if seen else proof.since,
        end=max(proof.until, seen[-1].at if seen else proof.until),
        readings=tuple((s.at, s.available_amount) for s in seen if s.available_amount is not None),
        snapshots=seen,
        messages=tuple(one.message for one in proof.sent),
    )


# ---------------------------------------------------------------- decisions


def _decisions(proof: Proof) -> Iterator[str]:
    yield "<h2>判断 <small>decisions, with the figures and the lines as they were then</small></h2>"
    if not proof.decisions:
        yield "<p>没有记录 <span class=en>none on file</span></p>"
    for decision in proof.decisions:
        yield from _decision(decision)


def _decision(decision: DecisionEntry) -> Iterator[str]:
    before, after = _badge(decision.before), _badge(decision.level)
    yield f"<h3>{clock(decision.at)} · {before} → {after} · {escape(reason_words(decision))}</h3>"
    amount = decision.available_amount
    read = "读不到" if amount is None else money(amount, decision.currency, Language.CHINESE)
    cause = f"（{decision.failure}，连续 in a row: {decision.failed_runs}）" if decision.failure else ""
    told = " ".join(decision.message_ids) or "没有告知 nobody was told"
    lines = "<br>".join(
        f'<span class="{"crossed" if crossed else "line"}">{"● " if crossed else "○ "}{escape(words)}</span>'
        for words, crossed in line_words(decision)
    )
    yield "<dl>"
    yield from _facts(
        ("余额 balance", read + cause),
        ("可用天数（早/可能/晚）days left (early/likely/late)", days_words(decision.days_left)),
        ("策略与配置版本 policy, configuration", f"{decision.policy}，{decision.config_version or '—'}"),
        ("消息 messages", told),
    )
    if lines:
        yield f"<dt>判断线（● 越过 crossed）lines</dt><dd>{lines}</dd>"
    yield "</dl>"


def _words(proof: Proof) -> Iterator[str]:
    if not proof.words:
        return
    yield "<h2>确认与静默 <small>what people said: known, money under way, silenced</small></h2><dl>"
    for one in proof.words:
        until = "" if one.until is None else f"，至 until {clock(one.until)}"
        about = "".join(f"；{part}" for part in (one.reason, one.silence) if part)
        yield from _facts((clock(one.at), f"{one.who}：{word_words(one.word)} {level_words(one.level)}{until}{about}"))
    yield "</dl>"


# ---------------------------------------------------------------- messages


def _message(one: Sent, *, reveal: bool) -> Iterator[str]:
    message = one.message
    address = message.address if reveal else mask_address(message.address)
    yield f"<section class=message><h3>{clock(message.queued_at)} · {about_words(message.topic, message.level)} · "
    yield f"{channel_words(message.channel)} → {escape(message.contact)} {escape(address)}</h3>"
    yield f"<pre>{escape(_text(message))}</pre><dl>"
    yield from _facts(
        ("消息编号 message id", message.message_id),
        ("服务商编号 provider's id", message.provider_id or "—"),
        *_bundle(message),
        ("结果 outcome", f"{status_words(message.status)}（{mask_text(message.reason)}）"),
        ("正文指纹 fingerprint of the text", _fingerprint(one)),
    )
    yield "</dl><table><thead><tr><th>时间 time</th><th>步骤 step</th><th>原因 reason</th><th>编号 id</th></tr></thead>"
    yield "<tbody>" + _step(message.queued_at, "排队 queued")
    for step in one.steps:
        yield _step(step.at, status_words(step.status), step.reason, step.provider_id or "")
    filed = {step.place for step in one.steps}
    for place, (at, status, reason) in enumerate(message.history):
        if place not in filed:
            yield _step(at, f"{status_words(status)}（审计未登记 not in the audit）", mask_text(reason))
    yield "</tbody></table></section>"


def _bundle(message: Message) -> Iterator[tuple[str, str]]:
    """The bundle's own text speaks of other accounts, and is not shown here."""
    if message.bundled_in is not None:
        words = f"{message.bundled_in}，与其他账号合为一条；上面是本账号单独的正文"
        yield "合并发送 bundled in", f"{words} in one message with other accounts; above is this account's own text"


def _step(at: datetime, words: str, reason: str = "", provider_id: str = "") -> str:
    return (
        f"<tr><td>{clock(at)}:{at:%S}</td><td>{escape(words)}</td><td>{escape(reason)}</td>"
        f"<td><code>{escape(provider_id)}</code></td></tr>"
    )


def _fingerprint(one: Sent) -> str:
    if not one.steps:
        return "未登记 none on file"
    digest = one.steps[0].content_digest
    return f"{digest[:16]}…，{'与登记一致 as filed' if one.unchanged else '与登记不符 not as filed'}"


def _text(message: Message) -> str:
    """What was sent, to the letter: an SMS in full, a mail's subject and plain text."""
    content = message.content
    if isinstance(content, MailContent):
        return f"{content.subject}\n\n{content.text}"
    return content.text


# ---------------------------------------------------------------- readings


def _readings(snapshots: Iterable[Snapshot]) -> Iterator[str]:
    yield "<h2>余额读数 <small>balance readings</small></h2><table><thead><tr><th>时间 time</th>"
    yield "<th class=n>可用额度 available</th><th class=n>可用天数 days left</th><th>级别 level</th></tr></thead>"
    yield "<tbody>"
    for seen in snapshots:
        amount = seen.available_amount
        read = f"读不到（{seen.failure}）" if amount is None else money(amount, seen.currency, Language.CHINESE)
        yield (
            f"<tr><td>{clock(seen.at)}</td><td class=n>{escape(read)}</td><td class=n>{days_words(seen.days_left)}</td>"
            f"<td>{level_words(seen.level)}</td></tr>"
        )
    yield "</tbody></table>"


def _badge(level: Level) -> str:
    return f'<span class=level style="background:{COLOURS[level]}">{level_words(level)}</span>'


def _facts(*facts: tuple[str, str]) -> Iterator[str]:
    for name, value in facts:
        yield f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
