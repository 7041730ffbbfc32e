"""The mail: a notice written as a letter, in Chinese or English, as HTML and as plain text."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

from shared.messages import words
from shared.messages.consequence_words import stakes_sentence
from shared.messages.letter import Letter, plain_text
from shared.messages.line_words import asks_for_a_look, asks_for_money, case_headline, case_of, case_sentence
from shared.messages.mail_html import html_page
from shared.messages.mail_sections import names, release_at, sections
from shared.messages.mail_texts import TEXTS
from shared.messages.picture_words import picture_of
from shared.messages.sms import template_key
from shared.model import STANDING, Level, MailContent, Topic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.config import MessageSettings
    from shared.messages.mail_form import MailTexts
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
    service = notice.topic in {Topic.UNREADABLE, Topic.DRILL}
    staff = service or notice.account.own
    return Letter(
        language=language.value,
        key=_colour(notice),
        badge=texts.badges.get(notice.topic) or words.level_name(notice.level, language),
        headline=_fill(_headline(notice, texts, language), values),
        greeting=_fill(texts.greeting, values),
        opening=_fill(_opening(notice, texts, language), values),
        steps_title=texts.steps_title,
        steps=tuple(_fill(step, values) for step in _steps(notice, texts)),
        button=(texts.button, pay_url) if _to_pay(notice) else None,
        facts=tuple((label, _fill(value, values)) for label, value in _facts(notice, texts)),
        consequence=_fill(_consequence(notice, texts, values), values),
        notes=() if service else tuple(_fill(note, values) for note in texts.notes),
        closing=_fill(texts.staff_closing if staff else texts.closing, values),
        reference=_fill(texts.reference, values),
        sections=sections(notice, language),
        picture=None if service else picture_of(notice, language),
    )


def _colour(notice: Notice) -> str:
    """That of its level while a payment leaves one; else that of what it is about."""
    if notice.topic is Topic.RECEIPT and notice.level > Level.HEALTHY:
        return notice.level.label
    return template_key(notice)


def _to_pay(notice: Notice) -> bool:
    """Whether its reader is asked to top up."""
    if notice.topic is Topic.RECEIPT:
        return notice.level > Level.HEALTHY
    return notice.topic in STANDING and asks_for_money(notice)


def _story(notice: Notice) -> str:
    """Which headline and opening it has: its template's, told apart where one template serves several situations."""
    key, milestone = template_key(notice), notice.milestone
    if notice.topic is Topic.RECEIPT and notice.level > Level.HEALTHY:
        return "receipt_low" if notice.level < Level.OVERDUE else "receipt_short"
    if notice.topic in {Topic.RELEASE, Topic.RELEASED} and milestone is not None and milestone.earliest:
        return f"{key}_earliest"
    return key


def _headline(notice: Notice, texts: MailTexts, language: Language) -> str:
    if case := case_of(notice):
        return case_headline(case, language)
    return texts.headline_no_end if _endless(notice) else texts.headlines[_story(notice)]


def _opening(notice: Notice, texts: MailTexts, language: Language) -> str:
    reach = texts.reach if _end(notice) else ""
    if case := case_of(notice):
        return case_sentence(case, language) + reach
    if _endless(notice):
        return texts.no_end
    opening = texts.openings[_story(notice)]
    above_zero = notice.level < Level.OVERDUE
    return opening + reach if notice.topic in {Topic.RECOVERED, Topic.RECEIPT} and above_zero else opening


def _consequence(notice: Notice, texts: MailTexts, values: Mapping[str, str]) -> str:
    """What happens otherwise: nothing to speak of where nothing is to be paid."""
    key, well = template_key(notice), notice.level is Level.HEALTHY or not _to_pay(notice)
    if notice.account.own and notice.topic is not Topic.RECOVERED and not (notice.topic is Topic.RECEIPT and well):
        return texts.own_consequence
    if notice.topic is Topic.LEVEL and well:
        return ""
    if notice.topic is Topic.LEVEL and notice.level < Level.OVERDUE and values["stakes"]:
        return texts.stakes
    return texts.consequences.get(key, "")


def _steps(notice: Notice, texts: MailTexts) -> tuple[str, ...]:
    if notice.topic is Topic.UNREADABLE and notice.account.own and notice.failure == "access_revoked":
        return texts.own_remedy
    if notice.topic is Topic.UNREADABLE:
        return texts.remedies.get(notice.failure, texts.remedies[""])
    call = (texts.call,) if notice.topic is Topic.RELEASED and not notice.account.own else ()
    look = (texts.check_use,) if asks_for_a_look(notice) else ()
    if not _to_pay(notice):
        return (*look, texts.forward_use) if look else ()
    already = () if notice.topic is Topic.RECEIPT else (texts.paid_already,)
    return (*call, *look, _top_up(notice, texts), texts.forward, *already)


def _top_up(notice: Notice, texts: MailTexts) -> str:
    if notice.top_up <= 0:
        return texts.top_up_any
    if not notice.top_up_days:
        return texts.top_up
    return texts.top_up_lasts if notice.available_amount >= 0 else texts.top_up_debt


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
    if _to_pay(notice) and notice.top_up > 0:
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
        "paid": words.money(notice.topped_up, notice.currency, language),
        "stakes": _stakes(notice, language),
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
    return moments | _release(notice, language)


def _release(notice: Notice, language: Language) -> dict[str, str]:
    """What a notice of a release is about: the products, and when."""
    milestone, at = notice.milestone, release_at(notice)
    if milestone is None or at is None:
        return {}
    return {
        "products": names(milestone.products, language),
        "release": words.weekday_hour(at, language),
        "release_hour": words.hour(at, language),
        "release_left": words.duration(at - notice.as_of, language),
    }


def _stakes(notice: Notice, language: Language) -> str:
    return "" if notice.stakes is None else stakes_sentence(notice.stakes, language)


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Strict: a text that names what is not known is a mistake of ours."""
    return Template(text).substitute(values)
