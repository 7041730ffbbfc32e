"""When a run has to be over, and how near that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_BEFORE_END = timedelta(seconds=60)
"""Of a check: no account is begun, and none is tried again, this close to the end of the invocation; four calls of
those that are being read may wait for their timeouts (a role, a balance, movements, a bill; 13 s each)."""
ONE_MORE_TRY = timedelta(seconds=20)
"""What a request to the store may take: it connects (2 s, four times), and waits for its reply (10 s). No pause before
another try runs into it."""


@frozen
class Deadline:
    """The end of an invocation, by a clock."""

    clock: Callable[[], datetime]
    end: datetime

    def is_within(self, span: timedelta) -> bool:
        """Whether less than ``span`` is left."""
        return self.clock() >= self.end - span

    def sooner(self, within: timedelta, spared: timedelta) -> Deadline:
        """The end of a part of it: ``within`` from now, and with ``spared`` left of the whole."""
        return Deadline(self.clock, min(self.clock() + within, self.end - spared))


NEVER = Deadline(lambda: datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""Of a run that may take its time."""
