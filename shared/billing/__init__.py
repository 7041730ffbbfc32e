"""The port to an account's money: what is available, what moved, what it was spent on.

Errors of every method: ``Unreadable`` and its kinds. A failed answer is never a zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date, datetime

    from shared.model import Account, Balance, ProductCost, Transaction


class Billing(Protocol):
    """Reads one account at a time, with the role that the customer gave."""

    def fetch_balance(self, account: Account, now: datetime) -> Balance:
        """What the account can still spend; ``now`` is the reading's time."""

    def fetch_transactions(self, account: Account, since: datetime, until: datetime) -> tuple[Transaction, ...]:
        """Movements of money in ``[since, until)``, oldest first."""

    def fetch_bill(self, account: Account, day: date) -> tuple[ProductCost, ...]:
        """What each product cost on ``day``; complete only 24 hours after the day ended."""
