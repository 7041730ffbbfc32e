"""How often an operation may be called, and the waiting that keeps to it.

Sources: AssumeRole, www.alibabacloud.com/notice/ram20220829 (100 a second for the account that assumes, its users and
roles together); billing, help.aliyun.com/zh/user-center/developer-reference/api-bssopenapi-2017-12-14-quota (counted by
the parent account of the caller, which for a role of the customer's is the customer). Nothing is published for
QueryAccountBalance.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LIMITS: Mapping[str, float] = {
    "AssumeRole": 100.0,
    "QueryAccountTransactions": 600 / 60,
    "QueryAccountBill": 600 / 60,
}
"""Calls a second, for each account that they are counted for."""
BURST = 0.1
"""The share of a second's calls that may come at once; the rest is spread evenly, so that no second has too many."""
REMEMBERED = 1000
"""Accounts whose last calls are kept before those are dropped that no longer matter."""


class Pace:
    """Lets callers wait for their turn; may be used by many threads."""

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
        limits: Mapping[str, float] = LIMITS,
    ) -> None:
        """``clock`` counts seconds; ``limits`` differ from the published ones where a quota was raised or is shared."""
        self._clock, self._sleep, self._limits = clock, sleep, limits
        self._next: dict[tuple[str, str], float] = {}
        self._guard = threading.Lock()

    def wait(self, operation: str, counted_for: str) -> None:
        """Wait until one more call of ``operation``, counted for this account, stays within the limit."""
        limit = self._limits.get(operation)
        if limit is not None:
            pause = self._take_turn((operation, counted_for), 1 / (limit * (1 - BURST)), limit * BURST)
            if pause > 0:
                self._sleep(pause)

    def _take_turn(self, key: tuple[str, str], interval: float, burst: float) -> float:
        with self._guard:
            now = self._clock()
            if len(self._next) > REMEMBERED:
                self._next = {one: turn for one, turn in self._next.items() if turn > now}
            turn = max(self._next.get(key, now), now)
            self._next[key] = turn + interval
            return turn - now - (burst - 1) * interval
