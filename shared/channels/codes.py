"""What follows from a provider's error code: the form of the two tables, and the error that an entry becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.errors import Deferred, Refused, Remedy, SendError, Unknown
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@frozen
class Verdict:
    """The entry of one code."""

    remedy: Remedy
    wait: timedelta | None = None
    """LATER: how long; None where the text of the answer says which window it is."""


CONTACT_BAD = Verdict(Remedy.CONTACT_BAD)
MESSAGE_BAD = Verdict(Remedy.MESSAGE_BAD)
CHANNEL_DOWN = Verdict(Remedy.CHANNEL_DOWN, HOUR)
"""Looked at again every hour: a person mends it, and nobody tells us."""
UNCERTAIN = Verdict(Remedy.UNCERTAIN)

GATEWAY_CODES: Mapping[str, Verdict] = {
    "Throttling*": Verdict(Remedy.LATER, MINUTE),
    "ServiceUnavailable*": UNCERTAIN,
    "InternalError*": UNCERTAIN,
    # Refused before the service saw the request: our key, its token or its permission.
    "InvalidAccessKeyId*": CHANNEL_DOWN,
    "InvalidSecurityToken*": CHANNEL_DOWN,
    "SignatureDoesNotMatch": CHANNEL_DOWN,
    "Forbidden*": CHANNEL_DOWN,
    "NoPermission": CHANNEL_DOWN,
}
"""Codes that any product's gateway can give. The names are those in general use; none is documented by the products."""


def verdict(table: Mapping[str, Verdict], code: str) -> Verdict | None:
    """The entry of ``code``, or of its family (``Throttling*`` for ``Throttling.User``); None if it is not listed."""
    return table.get(code) or table.get(code.partition(".")[0] + "*")


def send_error(table: Mapping[str, Verdict], code: str, text: str, now: datetime) -> SendError:
    """The error that an answer with ``code`` and message ``text`` becomes; an unlisted code is Unknown, by name."""
    entry = verdict(table, code)
    if entry is None:
        return Unknown(code, f"a code that is not listed: {text}", Remedy.UNLISTED)
    if entry.remedy is Remedy.UNCERTAIN:
        return Unknown(code, text)
    if entry.remedy in {Remedy.CONTACT_BAD, Remedy.MESSAGE_BAD}:
        return Refused(code, text, entry.remedy)
    return Deferred(code, now + (entry.wait or window(text)), text, entry.remedy)


def window(text: str) -> timedelta:
    """How long the limit that ``text`` names takes to pass (``触发天级流控Permits:10``); an hour if it names none.

    Windows roll: a day's limit is free 24 hours after the messages that filled it, at the latest.
    """
    windows = {"分钟级": MINUTE, "小时级": HOUR, "天级": DAY}
    return next((length for name, length in windows.items() if name in text), HOUR)
