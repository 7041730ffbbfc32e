"""One incident of an account, gathered from what is stored: what was seen, decided, sent and received; and the gaps."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from shared.audit import DecisionEntry, MessageEntry, WordEntry, content_digest, transitions
from shared.delivery import ENDS
from shared.errors import WrongUsage
from shared.frozen import frozen
from shared.model import SHANGHAI, DeliveryStatus, Level, Topic
from shared.silences import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shared.app.wiring import Stores
    from shared.audit import Entry
    from shared.model import Account, Message
    from shared.snapshot import Snapshot

LEAD = timedelta(days=1)
"""Readings before the incident that are shown with it."""
KEPT = timedelta(days=2 * 365)
"""How long the audit is kept."""
RUN_MISSED = timedelta(minutes=90)
"""Readings further apart than this have an hourly run missing between them."""


class NoIncident(WrongUsage):
    """Nothing was told of the account that the audit knows of, and no time was named."""


@frozen
class Gap:
    """Something that this proof cannot show, in both languages."""

    chinese: str
    english: str


@frozen
class Sent:
    """A message and every step of it that is on file."""

    message: Message
    steps: tuple[MessageEntry, ...]
    """As filed at the time, oldest first."""
    unchanged: bool
    """Whether its text is still the one that was filed with its steps; False also if none was."""


@frozen
class Proof:
    """One incident."""

    account: Account
    since: datetime
    until: datetime
    ended: bool
    """Whether the account has recovered, or an end was named."""
    made_at: datetime
    snapshots: tuple[Snapshot, ...]
    decisions: tuple[DecisionEntry, ...]
    sent: tuple[Sent, ...]
    """Oldest first; among them what was held in reserve."""
    words: tuple[WordEntry, ...]
    """Who knew, who promised money, who silenced: also what was said before, and held into the incident."""
    config_version: str
    """In force now; each decision names the one that it was made by."""
    gaps: tuple[Gap, ...]


def gather(
    account: Account,
    stores: Stores,
    now: datetime,
    config_version: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Proof:
    """The incident in ``[since, until]``; by default the last one: from leaving healthy to recovery, or to ``now``.

    Raises:
        NoIncident: There is none and ``since`` is not given, or it would end before it begins.
        StoreUnavailable: The store did not answer.
    """
    uid = account.account_id
    filed = stores.audit.load(uid, (since or now - KEPT) - LONGEST, now + LEAD)
    start, end = _span([e for e in filed.values if isinstance(e, DecisionEntry)], now, since, until)
    last = end or now
    if last < start:
        raise NoIncident("结束早于开始，请改 --since 或 --until / it ends before it begins: mend --since or --until")
    snapshots = stores.states.load_snapshots(uid, start - LEAD, last + timedelta(seconds=1))
    messages = stores.outbox.load_messages(uid)
    steps = _steps(filed.values)
    sent = tuple(_sent(m, steps.get(m.message_id, ())) for m in messages.values if start <= m.queued_at <= last)
    decisions = tuple(e for e in filed.values if isinstance(e, DecisionEntry) and start <= e.at <= last)
    malformed = (*filed.malformed, *snapshots.malformed, *messages.malformed)
    gaps = (
        *_reading_gaps(snapshots.values),
        *_message_gaps(sent),
        *_audit_gaps(sent, decisions, steps),
        *(Gap(f"有一行记录无法读取：{row}", f"A stored row cannot be read: {row}") for row in malformed),
    )
    words = tuple(e for e in filed.values if isinstance(e, WordEntry) and e.at <= last and start <= (e.until or e.at))
    return Proof(
        account=account,
        since=start,
        until=last,
        ended=end is not None,
        made_at=now,
        snapshots=snapshots.values,
        decisions=decisions,
        sent=sent,
        words=words,
        config_version=config_version,
        gaps=gaps,
    )


def _span(
    decisions: Sequence[DecisionEntry], now: datetime, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime | None]:
    """From when, and until when if it is over."""
    if since is None:
        before = [d for d in decisions if until is None or d.at <= until]
        began = [d.at for d in before if d.before is Level.HEALTHY and d.level > Level.HEALTHY]
        told = began or [d.at for d in before if d.topic is not None]
        if not told:
            raise NoIncident(
                "审计里没有这个账号的告警；可用 --since 指定日期 / nothing on file; name a day with --since"
            )
        since = told[-1]
        recovered = (d.at for d in before if d.at > told[-1] and d.level is Level.HEALTHY)
        return since, until or next(recovered, None)
    return since, until if until is not None and until < now else None


def _steps(entries: Iterable[Entry]) -> dict[str, tuple[MessageEntry, ...]]:
    found: dict[str, list[MessageEntry]] = {}
    for entry in entries:
        if isinstance(entry, MessageEntry):
            found.setdefault(entry.message_id, []).append(entry)
    return {message_id: tuple(sorted(steps, key=lambda s: s.place)) for message_id, steps in found.items()}


def _sent(message: Message, steps: tuple[MessageEntry, ...]) -> Sent:
    digest = content_digest(message)
    return Sent(message, steps, unchanged=bool(steps) and all(s.content_digest == digest for s in steps))


# ---------------------------------------------------------------- what cannot be shown


def _reading_gaps(snapshots: Sequence[Snapshot]) -> Iterator[Gap]:
    if not snapshots:
        yield Gap("这段时间没有余额读数。", "There is no balance reading in this time.")
    for cause, group in groupby(snapshots, key=lambda s: s.failure):
        if cause:
            failed = list(group)
            first, last, times = clock(failed[0].at), clock(failed[-1].at), len(failed)
            yield Gap(
                f"{first} 至 {last}：连续 {times} 次没有读到余额（{cause}）。",
                f"{first} to {last}: {times} readings in a row failed ({cause}).",
            )
    for one, other in pairwise(snapshots):
        if other.at - one.at > RUN_MISSED:
            first, last = clock(one.at), clock(other.at)
            yield Gap(f"{first} 至 {last}：没有检查记录。", f"{first} to {last}: no check is on file.")


_ENDS_SAID = {
    DeliveryStatus.UNDELIVERED: ("回执：未送达", "the receipt says undelivered"),
    DeliveryStatus.REFUSED: ("服务商拒收，没有发出", "refused by the provider, never sent"),
    DeliveryStatus.UNCONFIRMED: ("没有等到回执，是否送达不明", "no receipt came; whether it arrived is not known"),
    DeliveryStatus.UNKNOWN: ("是否发出还在查询", "whether it was sent is still being looked into"),
    DeliveryStatus.SENT: ("服务商已受理，还没有回执", "accepted, and no receipt yet"),
    DeliveryStatus.BUNDLED: (
        "与其他账号合并发送，还没有结果",
        "in one message with others, whose end is not known yet",
    ),
}


def _message_gaps(sent: Iterable[Sent]) -> Iterator[Gap]:
    for one in sent:
        status, name = one.message.status, one.message.message_id
        if status in _ENDS_SAID:
            chinese, english = _ENDS_SAID[status]
            yield Gap(f"消息 {name}：{chinese}。", f"Message {name}: {english}.")
        elif status not in ENDS and status is not DeliveryStatus.RESERVED:
            yield Gap(f"消息 {name}：还没有发出。", f"Message {name}: not sent yet.")


def _audit_gaps(
    sent: Sequence[Sent], decisions: Iterable[DecisionEntry], steps: dict[str, tuple[MessageEntry, ...]]
) -> Iterator[Gap]:
    explained = {message_id for decision in decisions for message_id in decision.message_ids}
    for one in sent:
        name = one.message.message_id
        if one.steps != transitions(one.message):
            yield Gap(
                f"消息 {name}：审计里的步骤与消息自身的记录不一致，两者都列出。",
                f"Message {name}: the steps on file differ from its own record; both are shown.",
            )
        if one.steps and not one.unchanged:
            yield Gap(
                f"消息 {name}：现存正文与发送时登记的指纹不符。",
                f"Message {name}: its stored text is not the one that was filed when it was sent.",
            )
        # A task for staff follows from a step of another message, which is on file.
        if name not in explained and one.message.topic is not Topic.TASK:
            yield Gap(
                f"消息 {name}：没有找到对应的判断记录。", f"Message {name}: no decision that led to it is on file."
            )
    for name in sorted(explained - {one.message.message_id for one in sent}):
        said = "只有审计记录" if name in steps else "没有找到"
        yield Gap(f"消息 {name}：正文已不在库中（{said}）。", f"Message {name}: its text is no longer stored.")


def clock(at: datetime) -> str:
    """A moment in Beijing time, in digits that both languages read."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
