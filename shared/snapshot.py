"""One account at one hour: what a policy looks at, and what came of it.

The check measures the figures, the policy judges them, and they are stored with the hour: so another policy can be
tried on the past, and judges just what was seen then.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from shared.frozen import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from shared.model import Level, PaidAfter, Runway


@frozen
class Spike:
    """How far a day's spend is above the usual range of the days before it."""

    usual_low: Decimal
    """Nine days in ten were dearer than this."""
    usual_high: Decimal
    """Nine days in ten were cheaper than this."""
    above: Decimal
    """The spend beyond ``usual_high``; 0 if it is not beyond."""

    @property
    def percent(self) -> Decimal:
        """``above`` in percent of ``usual_high``; 1000 where nothing was usual, and at most."""
        if self.above <= 0:
            return Decimal(0)
        return _MOST if self.usual_high <= 0 else min(100 * self.above / self.usual_high, _MOST)


_MOST = Decimal(1000)


@frozen
class Figures:
    """One account at one hour; amounts in ``currency``."""

    at: datetime
    currency: str
    available_amount: Decimal
    runway: Runway | None = None
    """None: nothing is known of spend yet."""
    daily_spend: Decimal | None = None
    """The likely spend a day; None as above."""
    credit: Decimal = Decimal(0)
    """The credit line within the available amount."""
    quota: Decimal = Decimal(0)
    """The quota that the agency grants; 0 for none."""
    last_top_up: Decimal | None = None
    """The amount of the last payment or transfer into the account, as far as it is remembered."""
    spent_this_month: Decimal = Decimal(0)
    month_spend: Decimal | None = None
    """What the whole month will likely have cost; None as ``runway``."""
    spike: Spike | None = None
    """Of today or yesterday, whichever is further above what is usual; None if nothing is called usual yet."""
    worst_day: Decimal = Decimal(0)
    """The dearest of the last days (`figures.WORST_OF`), today with them."""
    topped_up: Decimal = Decimal(0)
    """What was paid in, as became known since the last look."""
    paid_after: tuple[PaidAfter, ...] = ()
    """How long it took until the account was topped up after a warning, time after time."""


@frozen
class Snapshot:
    """One account at one hour, as it was seen and judged: what charts, replays and proofs are made of."""

    account_id: str
    at: datetime
    currency: str
    available_amount: Decimal | None
    """None where the account could not be read."""
    level: Level
    days_left: tuple[float, float, float] | None = None
    """Runway in days at the quantiles 0.10, 0.50 and 0.90 of the runway (early, likely, late)."""
    failure: str = ""
    """Why it could not be read, one word."""
    figures: Figures | None = None
    """What the policy looked at; None where the account could not be read."""
