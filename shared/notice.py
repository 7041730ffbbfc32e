"""What an account's people should be told: the figures of a message, before it has words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from shared.frozen import frozen

if TYPE_CHECKING:
    from datetime import date, datetime

    from shared.consequences import Milestone, Road, Stakes
    from shared.model import Account, Level, ProductChange, Topic


@frozen
class Notice:
    """What an account's people should be told, with every figure that a message may name."""

    account: Account
    topic: Topic
    level: Level
    as_of: datetime
    """When the balance was read."""
    currency: str
    available_amount: Decimal
    ends: tuple[datetime | None, datetime | None, datetime | None] = (None, None, None)
    """When the balance ends: early, likely, late (quantiles 0.10, 0.50, 0.90); None where not in sight."""
    daily_spend: Decimal = Decimal(0)
    """The likely spend a day."""
    top_up: Decimal = Decimal(0)
    """The amount suggested, in the account's currency, rounded for people; 0 for none."""
    top_up_days: int = 0
    """How many days ``top_up`` lasts beyond what is there."""
    topped_up: Decimal = Decimal(0)
    """What was paid in since the last look."""
    overdue_since: datetime | None = None
    products: tuple[ProductChange, ...] = ()
    """What costs most, by the last daily bill."""
    stakes: Stakes | None = None
    """What arrears would mean for these products."""
    road: Road | None = None
    """Below zero: what lies ahead, product by product."""
    milestone: Milestone | None = None
    """Topics RELEASE and RELEASED: what was reached."""
    lines: tuple[str, ...] = ()
    """The lines that were crossed, or have not been left, as the policy names them, for example ``runway.warning``."""
    failure: str = ""
    """Topic UNREADABLE: the cause."""
    failed_runs: int = 0
    """Topic UNREADABLE: for how many runs."""
    past: tuple[tuple[datetime, Decimal], ...] = ()
    """The last days' readings, oldest first."""
    ahead: tuple[tuple[datetime, Decimal, Decimal, Decimal], ...] = ()
    """What is left from the reading on if spend is high, likely, low, until it is used up; see ``outlook.py``."""
    daily: tuple[tuple[date, Decimal | None], ...] = ()
    """The spend of the last closed days, oldest first; None for a day that is not known."""
