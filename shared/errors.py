"""Everything that goes wrong on purpose. An error's name says what to do next."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class ArrearsError(Exception):
    """The root of all errors that this project raises on purpose."""


# ---------------------------------------------------------------- what staff wrote


@frozen
class Problem:
    """One thing to mend in a file that staff keep."""

    file: str
    line: int | None
    """1 for the first line; None where the problem is one of the whole file."""
    what: str
    """What is wrong, naming the key or column."""
    mend: str
    """What to write instead."""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.what} — {self.mend}"


class InvalidInput(ArrearsError):
    """A file of the staff's has problems; nothing of it was taken over."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class WrongUsage(ArrearsError):
    """A command asks for what is not there or not needed; the text says what there is. Nothing was changed."""


class MissingSetting(ArrearsError):
    """The environment lacks a setting that the deployment must give."""


# ---------------------------------------------------------------- reading an account


class Unreadable(ArrearsError):
    """An account could not be read: its situation is unknown, which is neither zero nor well."""

    cause = "unknown"
    """One word for staff and for statistics."""


class AccessRevoked(Unreadable):
    """The customer's role does not let us in: gone, no longer trusting us, or without the permission."""

    cause = "access_revoked"


class Throttled(Unreadable):
    """The provider asked us to slow down; the next run reads the account."""

    cause = "throttled"


class Unreachable(Unreadable):
    """The provider did not answer, or failed; the next run reads the account."""

    cause = "unreachable"


class UnexpectedAnswer(Unreadable):
    """The provider answered in a form that we do not know: someone has to look at it."""

    cause = "unexpected_answer"


# ---------------------------------------------------------------- keeping state


class StoreUnavailable(ArrearsError):
    """The store did not answer, or what it did is not known; writes are made so that a second time is harmless."""


class StoreRefused(StoreUnavailable):
    """The store will not take what it was given, however often; a row that it takes may have been served beside it."""


class MalformedRow(ArrearsError):
    """A stored row that cannot be read back; it is left as it is and named.

    ``key`` is the account or message id of the row, as far as it could be read.
    """

    def __init__(self, table: str, key: str, what: str) -> None:
        super().__init__(table, key, what)
        self.table = table
        self.key = key
        self._what = what

    def __str__(self) -> str:
        return f"table {self.table}, row {self.key}: {self._what}"


# ---------------------------------------------------------------- sending: three bad ends


class Remedy(StrEnum):
    """What has to happen before another try of a message makes sense."""

    LATER = "later"
    """Time: a window of a limit has to pass."""
    CONTACT_BAD = "contact_bad"
    """Another address: mark this one, use the person's other channel, tell staff."""
    MESSAGE_BAD = "message_bad"
    """Another wording: this message breaks a rule."""
    CHANNEL_DOWN = "channel_down"
    """A person: nothing goes out on this channel until it is mended; the queue is kept."""
    UNCERTAIN = "uncertain"
    """A look: it may have been accepted; the provider is asked first."""
    UNLISTED = "unlisted"
    """As UNCERTAIN, and the code has to be learnt: nobody knows what it means."""


class SendError(ArrearsError):
    """A message was not accepted. ``code`` is the provider's, ``remedy`` what it asks for."""

    remedy = Remedy.UNCERTAIN

    def __init__(self, code: str, message: str = "", remedy: Remedy | None = None) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.remedy = remedy or type(self).remedy


class Refused(SendError):
    """Never again in this form: the provider will not take this message."""

    remedy = Remedy.MESSAGE_BAD


class Deferred(SendError):
    """Later: certainly not sent, and worth another try from ``until`` on."""

    remedy = Remedy.LATER

    def __init__(self, code: str, until: datetime, message: str = "", remedy: Remedy | None = None) -> None:
        super().__init__(code, message, remedy)
        self.until = until


class Unknown(SendError):
    """Ask the provider first: the message may have been accepted."""
