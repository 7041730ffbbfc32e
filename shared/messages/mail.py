"""The mail: a notice written as a letter, in Chinese or English, as HTML and as plain text."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

from shared.messages import words
from shared.messages.letter import Letter, plain_text
from shared.messages.mail_html import html_page
from shared.messages.mail_texts import TEXTS
from shared.messages.picture_words import picture_of
from shared.messages.sms import template_key
from shared.model import Level, MailContent, Topic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.config import MessageSettings
    from shared.messages.mail_texts import MailTexts
    from shared.model import Contact, Language
    from shared.notice import Notice

SUBJECT_LIMIT: Final = 256
"""SingleSendMail, help.aliyun.com/document_detail/29444.htm."""
NAME_LIMIT: Final = 40
"""Of an account's name within a sentence; the table of facts has it whole."""


def render_mail(notice: Notice, contact: Contact, settings: MessageSettings, reference: str) -> MailContent:
    """The notice as a mail in the contact's language; ``reference`` stands in the subject, in square brackets."""
    texts = TEXTS[contact.language]
    values = _values(notice, contact, settings, reference)
    letter = _letter(notice, texts, values, contact.language, settings.pay_url)
    headline = _fill(texts.subject, {**values, "headline": letter.headline})
    return MailContent(subject_line(headline, reference), html_page(letter), plain_text(letter))


def subject_line(headline: str, reference: str) -> str:
    """The headline, cut to what a subject may hold, with the reference by which the mail is found again."""
    mark = f" [{words.one_line(reference)}]"
    return words.shorten(headline, SUBJECT_LIMIT - len(mark)) + mark


def _letter(notice: Notice, texts: MailTexts, values: Mapping[str, str], language: Language, pay_url: str) -> Letter:
    key = template_key(notice)
    service = notice.topic in {Topic.UNREADABLE, Topic.DRILL}
    staff = service or notice.account.own
    to_do = notice.topic is Topic.LEVEL
    return Letter(
        language=language.value,
        key=key,
        badge=words.level_name(notice.level, language) if to_do else texts.badges[key],
        headline=_fill(texts.headline_no_end if _endless(notice) else texts.headlines[key], values),
        greeting=_fill(texts.greeting, values),
        opening=_fill(_opening(notice, texts), values),
        steps_title=texts.steps_title,
        steps=tuple(_fill(step, values) for step in _steps(notice, texts)),
        button=(texts.button, pay_url) if to_do else None,
        facts=tuple((label, _fill(value, values)) for label, value in _facts(notice, texts)),
        consequence=_fill(_consequence(notice, texts), values),
        notes=() if service else tuple(_fill(note, values) for note in texts.notes),
        closing=_fill(texts.staff_closing if staff else texts.closing, values),
        reference=_fill(texts.reference, values),
        picture=None if service else picture_of(notice, language),
    )


def _consequence(notice: Notice, texts: MailTexts) -> str:
    if notice.account.own and notice.topic is not Topic.RECOVERED:
        return texts.own_consequence
    return texts.consequences.get(template_key(notice), "")


def _opening(notice: Notice, texts: MailTexts) -> str:
    if _endless(notice):
        return texts.no_end
    opening = texts.openings[template_key(notice)]
    if notice.topic is Topic.RECOVERED and _end(notice):
        return opening + texts.reach
    return opening


def _steps(notice: Notice, texts: MailTexts) -> tuple[str, ...]:
    if notice.topic is Topic.UNREADABLE and notice.account.own and notice.failure == "access_revoked":
        return texts.own_remedy
    if notice.topic is Topic.UNREADABLE:
        return texts.remedies.get(notice.failure, texts.remedies[""])
    if notice.topic in {Topic.RECOVERED, Topic.DRILL}:
        return ()
    if notice.top_up <= 0:
        return (texts.top_up_any, texts.forward, texts.paid_already)
    return (texts.top_up_lasts if notice.top_up_days else texts.top_up, texts.forward, texts.paid_already)


def _facts(notice: Notice, texts: MailTexts) -> list[tuple[str, str]]:
    if notice.topic is Topic.DRILL:
        return []
    account = (texts.fact_account, "$full_name ($account_id)")
    if notice.topic is Topic.UNREADABLE:
        return [account, (texts.fact_cause, "$cause"), (texts.fact_runs, texts.fact_runs_value)]
    facts = [account, (texts.fact_balance, "$balance")]
    if notice.daily_spend > 0:
        facts.append((texts.fact_spend, texts.fact_spend_value))
    if notice.level < Level.OVERDUE:
        facts += _ends(notice, texts)
    elif notice.overdue_since:
        facts.append((texts.fact_since, "$since"))
    if notice.topic is Topic.LEVEL and notice.top_up > 0:
        facts.append((texts.fact_top_up, "$top_up"))
    return facts


def _ends(notice: Notice, texts: MailTexts) -> list[tuple[str, str]]:
    if _end(notice) is None:
        return []
    early, _, late = notice.ends
    facts = [(texts.fact_end, texts.fact_end_value)]
    if early is not None:
        facts.append((texts.fact_range, texts.from_on if late is None else texts.from_to))
    return facts


def _end(notice: Notice) -> datetime | None:
    """The end that sentences name: the likely one, or the early one where no likely one is in sight."""
    early, likely, _ = notice.ends
    return likely if likely is not None else early


def _endless(notice: Notice) -> bool:
    return notice.topic is Topic.LEVEL and notice.level < Level.OVERDUE and _end(notice) is None


def _values(notice: Notice, contact: Contact, settings: MessageSettings, reference: str) -> dict[str, str]:
    language = contact.language
    texts = TEXTS[language]
    name = words.one_line(notice.account.name) or notice.account.account_id
    return {
        "agency": settings.agency_name,
        "hotline": settings.hotline,
        "reference": reference,
        "contact": words.shorten(words.one_line(contact.name), NAME_LIMIT),
        "name": words.shorten(name, NAME_LIMIT),
        "full_name": name,
        "account_id": notice.account.account_id,
        "balance": words.money(notice.available_amount, notice.currency, language),
        "over": words.money(words.shortfall(notice.available_amount), notice.currency, language),
        "spend": words.money(notice.daily_spend, notice.currency, language),
        "top_up": words.money(notice.top_up, notice.currency, language),
        "days": str(notice.top_up_days),
        "read": words.minute(notice.as_of, language),
        "runs": str(notice.failed_runs),
        "cause": texts.causes.get(notice.failure, texts.causes[""]),
        **_moments(notice, language),
    }


def _moments(notice: Notice, language: Language) -> dict[str, str]:
    """The coming and past hours that are known, by the name that texts give them."""
    early, _, late = notice.ends
    end = _end(notice)
    known = {"early": early, "end": end, "late": late, "since": notice.overdue_since}
    moments = {name: words.weekday_hour(at, language) for name, at in known.items() if at is not None}
    if end is not None:
        moments |= {"hour": words.hour(end, language), "left": words.duration(end - notice.as_of, language)}
    return moments


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Strict: a text that names what is not known is a mistake of ours."""
    return Template(text).substitute(values)
