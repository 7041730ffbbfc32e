"""The digest: one mail on several accounts of one person's, in Chinese or English, as HTML and as plain text."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

from shared.messages import words
from shared.messages.letter import AccountRow, Letter, plain_text
from shared.messages.mail import NAME_LIMIT, subject_line
from shared.messages.mail_html import html_page
from shared.messages.mail_texts import TEXTS
from shared.model import Language, MailContent, Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.config import MessageSettings
    from shared.messages.mail_form import MailTexts
    from shared.model import Message, Summary

_WORDS: Final = {
    Language.CHINESE: {
        "headline": "$count个账号的额度情况",
        "all_clear": "$count个账号的可用额度已恢复，无需处理",
        "opening": "您负责的$count个账号有新的额度情况，最需要留意的排在最前。目前无需紧急处理，请预先安排充值。",
        "all_clear_opening": "您负责的$count个账号可用额度已恢复，此前的提醒已解除，您无需再做处理。",
        "top_up": "按下表的建议金额，为需要充值的账号充值。",
        "read": "额度最早读取于$read（北京时间），此后的消费和充值尚未计入。",
    },
    Language.ENGLISH: {
        "headline": "$count accounts: where their balances stand",
        "all_clear": "$count accounts: balances recovered, nothing to do",
        "opening": "There is news of the balances of $count accounts, the most serious first. There is no hurry; "
        "please plan the top-ups.",
        "all_clear_opening": "The balances of $count accounts have recovered. The earlier alerts are over; "
        "there is nothing for you to do.",
        "top_up": "Top up the accounts that need it by the amounts suggested below.",
        "read": "The oldest reading is of $read (China Standard Time). Later spend and payments are not in it.",
    },
}


def render_digest(members: Sequence[tuple[Message, Summary]], settings: MessageSettings, reference: str) -> MailContent:
    """One mail for these, the most serious first; ``reference`` stands in the subject, in square brackets."""
    language = members[0][1].language
    own, texts = _WORDS[language], TEXTS[language]
    values = _values(members, settings, reference)
    to_do = any(message.topic is Topic.LEVEL for message, _ in members)
    rows = tuple(_row(message, summary, texts) for message, summary in members)
    letter = Letter(
        language=language.value,
        key=rows[0].key,
        badge=rows[0].badge,
        headline=_fill(own["headline" if to_do else "all_clear"], values),
        greeting=_fill(texts.greeting, values),
        opening=_fill(own["opening" if to_do else "all_clear_opening"], values),
        steps_title=texts.steps_title,
        steps=(own["top_up"], texts.forward, texts.paid_already) if to_do else (),
        button=(texts.button, settings.pay_url) if to_do else None,
        facts=(),
        consequence="",
        notes=(_fill(own["read"], values), texts.notes[-1]),
        closing=_fill(texts.closing, values),
        reference=_fill(texts.reference, values),
        accounts=rows,
    )
    return MailContent(subject_line(letter.headline, reference), html_page(letter), plain_text(letter))


def _values(members: Sequence[tuple[Message, Summary]], settings: MessageSettings, reference: str) -> dict[str, str]:
    read = min(summary.as_of for _, summary in members)
    message, summary = members[0]
    return {
        "count": str(len(members)),
        "contact": words.shorten(words.one_line(message.contact), NAME_LIMIT),
        "read": words.minute(read, summary.language),
        "agency": settings.agency_name,
        "hotline": settings.hotline,
        "reference": reference,
    }


def _row(message: Message, summary: Summary, texts: MailTexts) -> AccountRow:
    level = message.topic is Topic.LEVEL
    key = message.level.label if level else message.topic.value
    badge = words.level_name(message.level, summary.language) if level else texts.badges[key]
    return AccountRow(key, badge, f"{summary.name} ({message.account_id})", summary.figures)


def _fill(text: str, values: dict[str, str]) -> str:
    return Template(text).substitute(values)
