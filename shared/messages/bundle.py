"""One account within a message that speaks of several, and the SMS that does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from shared.messages import words
from shared.messages.mail_texts import TEXTS
from shared.messages.sms import end_phrase, fill_with_name, written_in
from shared.model import ChannelName, Language, Level, Summary, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.config import MessageSettings
    from shared.model import Contact, Message, SmsContent
    from shared.notice import Notice

_OVER: Final = {Language.CHINESE: "已经", Language.ENGLISH: "already out"}
"""The end of a balance that lies below zero, as the text of the bundle goes on."""
_FAR: Final = datetime.max.replace(tzinfo=UTC)


def summarise(
    notice: Notice, contact: Contact, channel: ChannelName, settings: MessageSettings, *, digest: bool
) -> Summary:
    """What a bundle on ``channel`` would say of a notice; ``digest`` is whether its mail waits for one."""
    sms = channel is ChannelName.SMS
    language = written_in(contact.language, settings) if sms else contact.language
    early, likely, _ = notice.ends
    return Summary(
        language=language,
        name=words.one_line(notice.account.name) or notice.account.account_id,
        as_of=notice.as_of,
        end=_end(notice, language) if sms else "",
        ends_at=likely or early,
        figures=() if sms else tuple(_figures(notice, language)),
        digest=digest,
    )


def render_bundle_sms(members: Sequence[tuple[Message, Summary]], settings: MessageSettings) -> SmsContent:
    """One SMS for these, the most urgent first: how many, which one is urgent, and when the first balance ends."""
    lead, summary = members[0]
    _, first = min(members, key=_ends)
    values = {"count": str(len(members)), "end": first.end}
    return fill_with_name("bundle", summary.language, settings, values, (summary.name, lead.account_id))


def _ends(member: tuple[Message, Summary]) -> tuple[bool, datetime]:
    message, summary = member
    return (message.level < Level.OVERDUE, summary.ends_at or _FAR)


def _end(notice: Notice, language: Language) -> str:
    return _OVER[language] if notice.level >= Level.OVERDUE else end_phrase(notice, language)


def _figures(notice: Notice, language: Language) -> Iterator[tuple[str, str]]:
    texts = TEXTS[language]
    early, likely, _ = notice.ends
    yield texts.fact_balance, words.money(notice.available_amount, notice.currency, language)
    if end := likely or early:
        yield texts.fact_end, words.weekday_hour(end, language)
    if notice.topic is Topic.LEVEL and notice.top_up > 0:
        yield texts.fact_top_up, words.money(notice.top_up, notice.currency, language)
