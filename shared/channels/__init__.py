"""The ports to a way of sending messages, and to what the provider says of that way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from shared.findings import Finding
    from shared.model import Message, Receipt


class Channel(Protocol):
    """One way of sending; neither method retries by itself."""

    def send(self, message: Message, now: datetime) -> str:
        """Hand the message to the provider once; returns the provider's id for it.

        Raises:
            Refused: The provider will never take this message.
            Deferred: It was not taken, as the provider says, and may be from a given time on.
            Unknown: It may have been taken: no answer, or one that says neither.
        """

    def find(self, message: Message, now: datetime) -> Receipt | None:
        """What the provider knows of this message by our id; None if it does not show it (yet).

        Raises:
            Unknown: The provider could not be asked.
        """


class ChannelHealth(Protocol):
    """Whether messages would get through, asked before one has to."""

    def check(self) -> tuple[Finding, ...]:
        """What is wrong with the channel; a provider that cannot be asked is a finding, too."""
