"""Phone numbers and mail addresses as logs and exports may show them: enough to recognise, too little to use.

Personal information is de-identified by default (PIPL, article 51).
"""

from __future__ import annotations

import hashlib
import re

_HIDDEN = "****"
_SHOWN_FIRST, _SHOWN_LAST = 3, 4

_MOBILE = re.compile(r"(?<![0-9])((?:00)?86)?(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9])")
_MAIL = re.compile(r"[A-Za-z0-9._+%-]+@[A-Za-z0-9.-]+")


def mask_phone(phone: str) -> str:
    """``13800000000`` as ``138****0000``; a number too short for that is hidden whole."""
    if len(phone) <= _SHOWN_FIRST + _SHOWN_LAST:
        return _HIDDEN
    return phone[:_SHOWN_FIRST] + _HIDDEN + phone[-_SHOWN_LAST:]


def mask_mail(mail: str) -> str:
    """``chen@example.com`` as ``c***@example.com``; anything that is no address is hidden whole."""
    name, at, domain = mail.rpartition("@")
    return f"{name[0]}***@{domain}" if name and at else _HIDDEN


def mask_address(address: str) -> str:
    """Either of the two, told apart by the ``@``."""
    return mask_mail(address) if "@" in address else mask_phone(address)


def address_key(address: str) -> str:
    """16 hex digits that stand for an address where it must be recognised and not read."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:16]


def mask_text(text: str) -> str:
    """``text`` with every mainland mobile number and every mail address in it masked."""
    without_mails = _MAIL.sub(lambda found: mask_mail(found[0]), text)
    return _MOBILE.sub(lambda found: f"{found[1] or ''}{found[2]}{_HIDDEN}{found[3]}", without_mails)
