"""The words of the mails, by language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.messages.mail_chinese import CHINESE
from shared.messages.mail_english import ENGLISH
from shared.model import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.messages.mail_form import MailTexts

TEXTS: Final[Mapping[Language, MailTexts]] = {Language.CHINESE: CHINESE, Language.ENGLISH: ENGLISH}
