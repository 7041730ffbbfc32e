"""Readings that are tried again where a failure may pass, within the time and the share of calls that are for it.

Reading twice is harmless. What timed out has waited long enough; what is refused for good stays so.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from shared.errors import Throttled, Unreachable
from shared.openapi import TimedOut
from shared.pauses import spread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from shared.billing import Billing
    from shared.model import Account, Balance, ProductCost, Transaction

T = TypeVar("T")

PAUSES = (0.5, 2.0)
"""Seconds between the tries, give or take half."""
SAVED = 50.0
"""Tries that may be made before any call went well."""
EARNED = 0.1
"""What each call that went well adds to them: an outage that lasts is answered with a few calls more, not with three
times as many."""


class PatientBilling:
    """The port ``Billing`` over another one; may be used by many threads."""

    def __init__(
        self, billing: Billing, there_is_time: Callable[[float], bool], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """``there_is_time`` says whether the run may wait for so many seconds, and still try."""
        self._billing, self._there_is_time, self._sleep = billing, there_is_time, sleep
        self._tries = SAVED
        self._guard = threading.Lock()

    def fetch_balance(self, account: Account, now: datetime) -> Balance:
        """As the other one's."""
        return self._patiently(account, lambda: self._billing.fetch_balance(account, now))

    def fetch_transactions(self, account: Account, since: datetime, until: datetime) -> tuple[Transaction, ...]:
        """As the other one's."""
        return self._patiently(account, lambda: self._billing.fetch_transactions(account, since, until))

    def fetch_bill(self, account: Account, day: date) -> tuple[ProductCost, ...]:
        """As the other one's."""
        return self._patiently(account, lambda: self._billing.fetch_bill(account, day))

    def _patiently(self, account: Account, read: Callable[[], T]) -> T:
        for pause in (spread(seconds, account.account_id) for seconds in PAUSES):
            try:
                found = read()
            except (Throttled, Unreachable) as error:
                if isinstance(error.__cause__, TimedOut) or not self._may_try_again(pause):
                    raise
                self._sleep(pause)
            else:
                self._earn()
                return found
        return read()

    def _may_try_again(self, pause: float) -> bool:
        with self._guard:
            may = self._tries >= 1 and self._there_is_time(pause)
            self._tries -= may
            return may

    def _earn(self) -> None:
        with self._guard:
            self._tries = min(SAVED, self._tries + EARNED)
