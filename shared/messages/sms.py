"""A notice put into one of the SMS texts: which one, with what in its variables, and as how many pieces.

The texts themselves, and what the rules ask of them, stand in ``sms_texts.py``.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

from shared.frozen import frozen, replace
from shared.messages import words
from shared.messages.consequence_words import milestone_phrase, road_phrase, unknown_phrase
from shared.messages.sms_texts import EXAMPLES, HOTLINE, INSTEAD, TEXTS, TO_STAFF, VARIABLE_KINDS
from shared.messages.variables import VARIABLE_LIMIT, plain_variable
from shared.messages.words import cause_words
from shared.model import Language, SmsContent, Topic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.config import MessageSettings
    from shared.consequences import Road
    from shared.model import Account, Contact
    from shared.notice import Notice

ONE_PIECE: Final = 70
"""Characters of a message that is billed once, signature included."""
LONG_PIECE: Final = 67
"""Characters of each part of a longer one (help.aliyun.com/document_detail/44335.htm)."""
SHORTEST_NAME: Final = 8
"""A name cut further would not be recognised: the message takes a second piece instead."""


@frozen
class FiledTemplate:
    """One text as staff file it with the SMS service; its code comes back and goes into agency.yaml."""

    key: str
    language: Language
    name: str
    """Of the template, at most 30 characters."""
    content: str
    """With ``${variables}``, without signature."""
    kinds: tuple[tuple[str, str], ...]
    """Each variable, in order, and its attribute (TemplateRule)."""
    example: str
    """The content with values filled in, for the remark that reviewers read."""


def template_key(notice: Notice) -> str:
    """Which text a notice is put into: its level's label, or its topic where that is not a level."""
    return notice.level.label if notice.topic is Topic.LEVEL else notice.topic.value


def filed_templates(hotline: str) -> tuple[FiledTemplate, ...]:
    """Every text to file, Chinese ones first; ``hotline`` is a landline, 400 or 95 number."""
    return tuple(_filed(language, key, hotline) for language, texts in TEXTS.items() for key in texts)


def filed_codes(settings: MessageSettings) -> dict[str, str]:
    """The text that each code of agency.yaml stands for, as it was to be filed."""
    codes = {Language.CHINESE: settings.sms.templates, Language.ENGLISH: settings.sms.templates_en or {}}
    filed = filed_templates(settings.hotline)
    return {codes[one.language][one.key]: one.content for one in filed if one.key in codes[one.language]}


def sms_pieces(text: str) -> int:
    """How many messages a text, signature included, is billed as: one up to 70 characters, else one for each 67."""
    return _pieces(len(text))


def _pieces(characters: int) -> int:
    return 1 if characters <= ONE_PIECE else -(-characters // LONG_PIECE)


def can_text(topic: Topic, language: Language, settings: MessageSettings) -> bool:
    """Whether there is a code for what is said of ``topic``, or for what is said instead."""
    _, codes = _codes(language, settings)
    return topic is not Topic.RECEIPT or topic.value in codes


def textable(contact: Contact, topic: Topic, settings: MessageSettings) -> Contact:
    """The contact, without a number where no template is approved for what would be said: then their mail serves."""
    return contact if can_text(topic, contact.language, settings) else replace(contact, phone=None)


def render_sms(notice: Notice, contact: Contact, settings: MessageSettings) -> SmsContent:
    """The notice as SMS in the contact's language; in Chinese where English templates have no codes.

    Raises:
        KeyError: There is no code for it, see ``can_text``.
    """
    language, codes = _codes(contact.language, settings)
    key = _approved_key(notice, codes)
    parameters, text = sms_text(notice, key, language, settings)
    return SmsContent(settings.sms.sign_name, codes[key], parameters, text)


def sms_text(
    notice: Notice, key: str, language: Language, settings: MessageSettings
) -> tuple[tuple[tuple[str, str], ...], str]:
    """The notice in the text ``key``: its variables, and the whole as a phone shows it.

    The account's name gives way so that the text takes as few pieces as it can with ``SHORTEST_NAME`` characters of it.
    """
    account = (notice.account.name, notice.account.account_id)
    return _with_name(key, language, settings, _values(notice, key, language), account)


def written_in(language: Language, settings: MessageSettings) -> Language:
    """The language that SMS are sent in to somebody who reads ``language``."""
    return _codes(language, settings)[0]


def fill_with_name(
    key: str, language: Language, settings: MessageSettings, values: dict[str, str], account: tuple[str, str]
) -> SmsContent:
    """The template ``key`` with its variables and, as ``name``, what there is room for of an account (name and id)."""
    written, codes = _codes(language, settings)
    parameters, text = _with_name(key, written, settings, values, account)
    return SmsContent(settings.sms.sign_name, codes[key], parameters, text)


def _with_name(
    key: str, language: Language, settings: MessageSettings, values: dict[str, str], account: tuple[str, str]
) -> tuple[tuple[tuple[str, str], ...], str]:
    content = Template(_content(language, key, settings.hotline))
    room = _room_for_name(len(_signed(settings, content.substitute(values, name=""))))
    return _filled(content, values | {"name": _plain_name(*account, language, room)}, settings)


def fill_template(key: str, language: Language, settings: MessageSettings, values: dict[str, str]) -> SmsContent:
    """The template ``key`` with its variables; in Chinese where there is no English code."""
    language, codes = _codes(language, settings)
    parameters, text = _filled(Template(_content(language, key, settings.hotline)), values, settings)
    return SmsContent(settings.sms.sign_name, codes[key], parameters, text)


def _filled(
    content: Template, values: dict[str, str], settings: MessageSettings
) -> tuple[tuple[tuple[str, str], ...], str]:
    parameters = tuple((name, values[name]) for name in content.get_identifiers())
    return parameters, _signed(settings, content.substitute(values))


def _signed(settings: MessageSettings, text: str) -> str:
    return f"【{settings.sms.sign_name}】{text}"


def _approved_key(notice: Notice, codes: Mapping[str, str]) -> str:
    """The text of a notice that has a code; services that stopped are told of with the hour of release, if known."""
    key = template_key(notice)
    if key == "suspended" and "release" in codes and notice.road is not None and notice.road.next_release is not None:
        return "release"
    return key if key in codes else INSTEAD.get(key, key)


def account_name(account: Account, language: Language, limit: int = VARIABLE_LIMIT) -> str:
    """The account's name as a variable may hold it; one of which nothing is left is replaced by the end of its id."""
    return _plain_name(account.name, account.account_id, language, limit)


def _plain_name(name: str, account_id: str, language: Language, limit: int) -> str:
    prefix = "ending " if language is Language.ENGLISH else "尾号"
    return plain_variable(name, limit, otherwise=prefix + account_id[-4:])


def _room_for_name(other_characters: int) -> int:
    pieces = _pieces(other_characters + SHORTEST_NAME)
    return (ONE_PIECE if pieces == 1 else pieces * LONG_PIECE) - other_characters


def _filed(language: Language, key: str, hotline: str) -> FiledTemplate:
    content = _content(language, key, hotline)
    template = Template(content)
    kinds = tuple((name, VARIABLE_KINDS[name]) for name in template.get_identifiers())
    return FiledTemplate(
        key, language, TEXTS[language][key][0], content, kinds, template.substitute(EXAMPLES[language])
    )


def _content(language: Language, key: str, hotline: str) -> str:
    content = TEXTS[language][key][1]
    if key in TO_STAFF:  # who need not call themselves
        return content
    return content + Template(HOTLINE[language]).substitute(hotline=hotline)


def _codes(language: Language, settings: MessageSettings) -> tuple[Language, Mapping[str, str]]:
    if language is Language.ENGLISH and settings.sms.templates_en is not None:
        return language, settings.sms.templates_en
    return Language.CHINESE, settings.sms.templates


_BELOW_ZERO: Final = {"overdue", "suspended", "release", "released"}


def _values(notice: Notice, key: str, language: Language) -> dict[str, str]:
    amount = words.shortfall(notice.available_amount) if key in _BELOW_ZERO else notice.available_amount
    return {
        "amount": words.money(amount, notice.currency, language),
        "end": end_phrase(notice, language),
        "runs": str(notice.failed_runs),
        "cause": cause_words(notice.failure, language),
        "time": words.minute(notice.as_of, language),
        "paid": words.money(notice.topped_up, notice.currency, language),
        "outlook": _outlook(notice, language),
        "release": _release(notice.road, language),
        "released": _release(notice.road, language)
        if notice.milestone is None
        else milestone_phrase(notice.milestone, language),
    }


def _release(road: Road | None, language: Language) -> str:
    return road_phrase(road, language) if road else unknown_phrase(language)


def _outlook(notice: Notice, language: Language) -> str:
    """Where a payment leaves an account: what is still missing, or until when it lasts."""
    english = language is Language.ENGLISH
    if missing := words.shortfall(notice.available_amount):
        amount = words.money(missing, notice.currency, language)
        return f"{amount} still missing" if english else f"还差{amount}"
    if notice.ends == (None, None, None):
        return "enough for long" if english else "近期不会用完"
    return f"enough until {end_phrase(notice, language)}" if english else f"可用到{end_phrase(notice, language)}"


def end_phrase(notice: Notice, language: Language) -> str:
    """When a balance ends, as a text says it."""
    early, likely, _ = notice.ends
    english = language is Language.ENGLISH
    if likely is not None:
        return words.hour(likely, language) + ("" if english else "前后")
    if early is not None:
        return words.hour(early, language) + (" or later" if english else "以后")
    return "further notice" if english else "较长时间后"
