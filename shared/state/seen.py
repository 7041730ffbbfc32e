"""What a policy looked at in one hour as the JSON text of one column, and back: see ``encoding``.

Compact, since there is one for every account and hour: figures without their names, what is nothing left out.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.model import Runway
from shared.snapshot import Figures, Spike
from shared.state.encoding.values import amount, days_ahead, dump, finite, integer, load, numbers, text, truth

if TYPE_CHECKING:
    from datetime import datetime

    from shared.model import PaidAfter


def encode_figures(figures: Figures) -> str:
    """Everything but what the snapshot's other columns hold, and the record of payments, which the state holds."""
    spike, runway = figures.spike, figures.runway
    found: dict[str, Any] = {
        "r": None if runway is None else _runway(runway),
        "s": None if figures.daily_spend is None else str(figures.daily_spend),
        "c": str(figures.credit),
        "q": str(figures.quota),
        "l": None if figures.last_top_up is None else str(figures.last_top_up),
        "m": str(figures.spent_this_month),
        "p": None if figures.month_spend is None else str(figures.month_spend),
        "k": None if spike is None else [str(spike.usual_low), str(spike.usual_high), str(spike.above)],
        "w": str(figures.worst_day),
        "t": str(figures.topped_up),
    }
    return dump(
        {name: value for name, value in found.items() if not (value is None or (name in "cqwt" and value == "0"))}
    )


def decode_figures(
    value: object, at: datetime, currency: str, left: Decimal, paid_after: tuple[PaidAfter, ...] = ()
) -> Figures:
    """The figures of a snapshot that was read at ``at``."""
    found = load(value, dict)

    def money(name: str) -> Decimal | None:
        return amount(found[name]) if name in found else None

    spike = [amount(one) for one in found["k"]] if "k" in found else None
    return Figures(
        at=at,
        currency=currency,
        available_amount=left,
        runway=_runway_of(found["r"], at) if "r" in found else None,
        daily_spend=money("s"),
        credit=money("c") or Decimal(0),
        quota=money("q") or Decimal(0),
        last_top_up=money("l"),
        spent_this_month=amount(text(found["m"])),
        month_spend=money("p"),
        spike=None if spike is None else Spike(*spike),
        worst_day=money("w") or Decimal(0),
        topped_up=money("t") or Decimal(0),
        paid_after=paid_after,
    )


def _runway(runway: Runway) -> list[Any]:
    days = days_ahead(round(one, 4) for one in runway.days_left)
    return [days, finite(round(one, 2) for one in runway.daily_spend), runway.days_known, runway.plain]


def _runway_of(value: list[Any], at: datetime) -> Runway:
    days, spend, known, plain = value
    left = [math.inf if one is None else one for one in days] if None in days else days
    return Runway(at, tuple(numbers(left)), tuple(numbers(spend)), integer(known), truth(plain))
