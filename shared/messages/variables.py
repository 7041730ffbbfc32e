"""Somebody's text as the variable of an SMS may hold it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from shared.messages import words

VARIABLE_LIMIT: Final = 35
"""Characters that a variable may hold ("通知短信模板规范", help.aliyun.com/document_detail/463270.htm)."""


def plain_variable(text: str, limit: int = VARIABLE_LIMIT, otherwise: str = "-") -> str:
    """Somebody's text as a variable may hold it: Chinese characters, Latin letters, digits, ``-()`` and spaces.

    Never empty and never longer than ``limit`` (at most 35): the middle of a long text is left out, dots and symbols
    become spaces (nothing can look like a URL), long numbers keep their last four digits (they look like phone
    numbers). ``otherwise`` stands for a text of which nothing is left.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[^0-9A-Za-z㐀-䶿一-鿿()-]+", " ", plain)
    plain = re.sub(r"(?<![0-9A-Za-z])(?:https?|www)(?![0-9A-Za-z])", " ", plain, flags=re.IGNORECASE)
    plain = re.sub(r"\d{3,}(\d{4})", r"\1", plain)
    plain = " ".join(plain.split()).strip("- ")
    if not re.search(r"[^ ()-]", plain):
        plain = otherwise
    return words.shorten(plain, min(limit, VARIABLE_LIMIT), gap="..")
