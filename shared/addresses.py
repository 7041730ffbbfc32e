"""How people are reached, as staff write it: mainland mobile numbers and mail addresses."""

from __future__ import annotations

import re

_MAINLAND_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_LONGEST_MAIL = 192
"""DirectMail's limit on an address (alibabacloud.com/help/en/direct-mail, error codes)."""


def parse_mobile(text: str) -> str | None:
    """The 11 digits of a mainland mobile number, or None if ``text`` is none.

    +86, 0086 and 86 before it are dropped, and so are spaces and dashes.
    """
    digits = re.sub(r"[\s\u00a0()（）-]", "", text)
    digits = re.sub(r"^(\+86|0086|86)(?=1[0-9]{10}$)", "", digits)
    return digits if _MAINLAND_MOBILE.fullmatch(digits) else None


def parse_mail(text: str) -> str | None:
    """The mail address without blanks around it, or None if ``text`` is none."""
    mail = text.strip()
    sound = _MAIL.fullmatch(mail) and len(mail) <= _LONGEST_MAIL and ".." not in mail
    return mail if sound else None


MOBILE_MEND = "请写 11 位大陆手机号，如 13800138000 / write 11 digits, for example 13800138000"
MAIL_MEND = "请写完整邮箱，如 ops@example.com / write it in full, for example ops@example.com"
