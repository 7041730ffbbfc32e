"""How long a customer needs to pay: from the first warning to the top-up, in working days.

The rule, for staff to redo by hand: take the last 20 times that the customer was warned and paid; of ten such times,
nine were not slower than the figure (with fewer than ten, none was). Until there are three, the agency's default holds
unless the customer was slower already: two quick payments prove little, one slow payment proves that it happens. The
figure is never below half a working day and never above 15.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from shared.calendar import working_days_between
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.model import PaidAfter

KEPT: Final = 20
"""Episodes that count, the last ones; older ones tell of a customer's former habits."""
ENOUGH: Final = 3
"""Measured episodes from which on the agency's default no longer counts."""
SHORTEST: Final = Decimal("0.5")
LONGEST: Final = Decimal(15)
_TENTH: Final = Decimal("0.1")
_TENTHS_COVERED: Final = 9


@frozen
class LeadTime:
    """How long a customer needs to pay, as far as it is known."""

    days: Decimal
    """Working days, to the tenth, rounded up."""
    measured: int
    """Episodes that were counted."""
    by_default: bool
    """Whether it is the agency's default, because too little was measured and nothing slower."""


def with_payment(record: Sequence[PaidAfter], one: PaidAfter) -> tuple[PaidAfter, ...]:
    """The record with one more episode, in the order of payments; only the last ``KEPT`` stay."""
    return tuple(sorted({*record, one}, key=lambda paid: (paid.paid_at, paid.warned_at))[-KEPT:])


@lru_cache(maxsize=1 << 10)  # a customer's record stays as it is for many hours, and most have none
def lead_days(record: tuple[PaidAfter, ...], default: Decimal) -> LeadTime:
    """How long this customer needs to pay; ``default`` is the agency's figure for customers not yet known."""
    counted = sorted(record, key=lambda paid: paid.paid_at)[-KEPT:]
    needed = _nine_of_ten([_working_days(paid) for paid in counted])
    by_default = len(counted) < ENOUGH and needed <= default
    days = default if by_default else needed
    return LeadTime(min(max(days, SHORTEST), LONGEST), len(counted), by_default)


def _working_days(paid: PaidAfter) -> Decimal:
    """To the tenth, rounded up: a customer is never taken for quicker than they were."""
    return Decimal(str(working_days_between(paid.warned_at, paid.paid_at))).quantize(_TENTH, ROUND_CEILING)


def _nine_of_ten(days: Sequence[Decimal]) -> Decimal:
    """The smallest figure that at least nine tenths of ``days`` do not exceed; 0 if there are none."""
    if not days:
        return Decimal(0)
    rank = -(-_TENTHS_COVERED * len(days) // 10)
    return sorted(days)[rank - 1]
