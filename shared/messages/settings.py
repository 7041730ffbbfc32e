"""What the messages need of the staff's settings, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class SmsNames(Protocol):
    """The names that things have at the SMS service."""

    @property
    def sign_name(self) -> str:
        """The approved signature, without its brackets."""

    @property
    def templates(self) -> Mapping[str, str]:
        """The code of each approved Chinese template, by template key."""

    @property
    def templates_en(self) -> Mapping[str, str] | None:
        """The same for the English templates; what has no code here is sent in Chinese."""


class Settings(Protocol):
    """Who writes, and where the reader turns to."""

    @property
    def agency_name(self) -> str:
        """As customers know the agency."""

    @property
    def hotline(self) -> str:
        """A landline, 400 or 95 number."""

    @property
    def pay_url(self) -> str:
        """Where customers top up; an https address."""

    @property
    def sms(self) -> SmsNames:
        """Signature and template codes."""
