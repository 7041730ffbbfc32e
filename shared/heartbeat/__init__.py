"""The port to somebody outside who sounds the alarm when we fall silent."""

from __future__ import annotations

from typing import Protocol

from shared.errors import ArrearsError


class HeartbeatUnheard(ArrearsError):
    """The sign of life did not arrive; the next run gives another."""


class Heartbeat(Protocol):
    """A sign of life, given only while everything is in order: silence is the alarm."""

    def beat(self) -> str:
        """Give the sign once; returns what the other side answered, in a word.

        Raises:
            HeartbeatUnheard: It did not arrive, or the other side refused it.
        """
