"""The cloud's one clock: real time, or a virtual time that the control side sets and advances."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
"""The services' days and months, and the times they write without an offset; no summer time since 1991."""


class Clock:
    """Real time plus an offset; frozen on demand, so that a replay moves only when it is told to."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen_at: float | None = None

    @property
    def virtual(self) -> bool:
        """Whether the clock was ever set, so that it may differ from real time."""
        return self._frozen_at is not None or self._offset != 0.0

    def timestamp(self) -> float:
        """Seconds since 1970-01-01T00:00Z."""
        return time.time() + self._offset if self._frozen_at is None else self._frozen_at

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def set(self, at: datetime, *, frozen: bool = True) -> None:
        """Jump to ``at`` (aware); ``frozen`` stops the clock there."""
        self._frozen_at = at.timestamp() if frozen else None
        self._offset = 0.0 if frozen else at.timestamp() - time.time()

    @property
    def setting(self) -> tuple[float, float | None]:
        """Offset from real time in seconds, and the time it is frozen at, if it is; to be kept in a file."""
        return self._offset, self._frozen_at

    @setting.setter
    def setting(self, setting: tuple[float, float | None]) -> None:
        self._offset, self._frozen_at = setting

    def reset(self) -> None:
        """Return to real time."""
        self._frozen_at = None
        self._offset = 0.0

    def advance(self, by: timedelta) -> None:
        """Move forward by ``by``."""
        if self._frozen_at is None:
            self._offset += by.total_seconds()
        else:
            self._frozen_at += by.total_seconds()

    def near(self, timestamp: float, within: float = 900.0) -> bool:
        """Whether a client's ``timestamp`` is acceptable: near this clock, or near real time.

        Clients run on the machine's clock, functions on this one; a service accepts both.
        """
        return min(abs(timestamp - self.timestamp()), abs(timestamp - time.time())) <= within
