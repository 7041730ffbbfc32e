"""An account's past in the form before the present one: a list for each reading, day and bill.

Every account is written anew at its next look, so this is needed for an hour after an update; and for accounts that are
paused, until they are looked at again.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from shared.model import DaySpend, ProductCost, Reading, SpendHistory
from shared.state.encoding.history import CERTAINTY, decode_movements
from shared.state.encoding.values import amount, day, moment, text, text_or_none, time_or_none, truth

if TYPE_CHECKING:
    from shared.state.encoding.values import Json


def history_of(found: dict[str, Any]) -> SpendHistory:
    """An account's past."""
    until = found["bills_until"]
    return SpendHistory(
        readings=tuple(
            Reading(moment(at), amount(left), *map(amount, extras)) for at, left, *extras in found["readings"]
        ),
        days=tuple(
            DaySpend(day(ordinal), amount(spent), CERTAINTY[letter], *map(amount, one_off))
            for ordinal, spent, letter, *one_off in found["days"]
        ),
        movements=decode_movements(found["movements"]),
        products=_bills_of(found["products"], found["bills"]),
        movements_until=time_or_none(found["movements_until"]),
        bills_until=None if until is None else date.fromisoformat(text(until)),
        currency=text_or_none(found.get("currency")),
        former_currency=text_or_none(found.get("former_currency")),
    )


def _bills_of(products: Json, bills: Json) -> tuple[ProductCost, ...]:
    names = {index: (text(code), text(name), truth(prepaid)) for index, (code, name, prepaid) in enumerate(products)}
    found = []
    for ordinal, index, cost in bills:
        code, name, prepaid = names[index]
        found.append(ProductCost(day(ordinal), code, name, amount(cost), prepaid))
    return tuple(found)
