"""Somebody says that they know of an account's level: repeats and escalation end, until the level changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.errors import ArrearsError
from shared.model import Level
from shared.state import bucket_of

if TYPE_CHECKING:
    from datetime import datetime

    from shared.state import AccountStates

_TRIES = 5


class NothingToAcknowledge(ArrearsError):
    """The account is well, or was never looked at."""


def acknowledge(states: AccountStates, account_id: str, who: str, now: datetime) -> Level:
    """Remember who knows, and since when; returns the level they know of.

    Raises:
        NothingToAcknowledge: The account is at no level that people were told of.
    """
    for _ in range(_TRIES):
        state = next((s for s in states.load_states(bucket_of(account_id)).values if s.account_id == account_id), None)
        if state is None or state.alert.level is Level.HEALTHY:
            raise NothingToAcknowledge(f"账号 {account_id} 现在是正常的，不需要确认 / account {account_id} is healthy")
        known = replace(state.alert, acknowledged_at=now, acknowledged_by=who)
        if not states.save_states([replace(state, alert=known)]):
            return known.level
    raise ArrearsError(f"账号 {account_id} 正在被检查，请再试一次 / account {account_id} is being checked, try again")
