"""Somebody's word on an account that is low: that they know of its level, or that money is under way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.errors import ArrearsError, WrongUsage
from shared.frozen import replace
from shared.model import Level
from shared.state import bucket_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.model import AlertState
    from shared.state import AccountStates

SHORTEST_WAIT, LONGEST_WAIT = timedelta(hours=1), timedelta(hours=72)
"""How long money may be under way: a bank transfer over a weekend is there by then."""
_TRIES = 5


class NothingToAcknowledge(WrongUsage):
    """The account is well, or was never looked at."""


class WaitOutOfBounds(WrongUsage):
    """Nobody waits so long for money, or so short."""


def acknowledge(states: AccountStates, account_id: str, who: str, now: datetime) -> Level:
    """Remember who knows, and since when; returns the level they know of. It holds until the level changes.

    Raises:
        NothingToAcknowledge: The account is at no level that people were told of.
    """
    return _say(states, account_id, lambda alert: replace(alert, acknowledged_at=now, acknowledged_by=who))


def expect_payment(states: AccountStates, account_id: str, who: str, wait: timedelta, now: datetime) -> Level:
    """Remember who says that money is under way, for so long; returns the level of the account.

    Raises:
        WaitOutOfBounds: Not within ``SHORTEST_WAIT`` and ``LONGEST_WAIT``.
        NothingToAcknowledge: The account is well.
    """
    if not SHORTEST_WAIT <= wait <= LONGEST_WAIT:
        raise WaitOutOfBounds("只能等 1 到 72 小时，请改 --hours / write 1 to 72 hours with --hours")
    return _say(states, account_id, lambda alert: replace(alert, paying_until=now + wait, paying_by=who))


def _say(states: AccountStates, account_id: str, change: Callable[[AlertState], AlertState]) -> Level:
    """Store what was said with the account's memory, on whatever version a check leaves meanwhile."""
    for _ in range(_TRIES):
        state = next((s for s in states.load_states(bucket_of(account_id)).values if s.account_id == account_id), None)
        if state is None or state.alert.level is Level.HEALTHY:
            what = f"账号 {account_id} 没有要确认的级别：最近一次读到时正常，或还没有读到过"
            raise NothingToAcknowledge(f"{what} / no level to speak of: it was healthy when last read, or never read")
        if not states.save_states([replace(state, alert=change(state.alert))]):
            return state.alert.level
    raise ArrearsError(f"账号 {account_id} 正在被检查，请再试一次 / account {account_id} is being checked, try again")
