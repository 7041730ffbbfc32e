"""An account's past as the JSON text of one column, and back.

It stands in columns, since two hundred small lists take longer to read than all that is in them. Amounts that follow
each other are one text. What seldom changes (the time from a reading to the next, the credit line, how certain a day
is) is written in runs: ``[value, how often in a row]``. Days are ordinals. 72 readings, 90 days and a
week's bills of six products take some 2 KB.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, chain, groupby, repeat
from operator import sub
from typing import TYPE_CHECKING, Any, TypeVar

from shared.model import AsRead, Certainty, DaySpend, ProductCost, Reading, SpendHistory, Transaction, TransactionKind
from shared.state.encoding.values import (
    amount,
    day,
    dump,
    encode_time_or_none,
    integer,
    load,
    moment,
    number,
    seconds,
    text,
    text_or_none,
    time_or_none,
    truth,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from shared.state.encoding.values import Json

V = TypeVar("V")
R = TypeVar("R", bound=tuple[Any, ...])

FORM = 2
"""Of the text; the one before it did not say which it is: see ``former``."""
LETTER = {Certainty.MEASURED: "m", Certainty.ESTIMATED: "e", Certainty.MISSING: "x"}
CERTAINTY = {letter: certainty for certainty, letter in LETTER.items()}


def encode_history(history: SpendHistory, as_read: Mapping[str, AsRead]) -> str:
    """An account's past."""
    until = history.bills_until
    return dump(
        {
            "form": FORM,
            "readings": _encode_readings(history.readings),
            "days": written("days", history.days, as_read, _encode_days),
            "movements": written("movements", history.movements, as_read, _encode_movements),
            "bills": written("bills", history.products, as_read, _encode_bills),
            "movements_until": encode_time_or_none(history.movements_until),
            "bills_until": None if until is None else until.isoformat(),
            "currency": history.currency,
            "former_currency": history.former_currency,
        }
    )


def decode_history(value: object) -> tuple[SpendHistory, dict[str, AsRead]]:
    """An account's past, also in the form before this one; and its parts as they were read."""
    found = load(value, dict)
    if "form" not in found:
        from shared.state.encoding import former

        return former.history_of(found), {}
    if found["form"] != FORM:
        raise ValueError(f"expected form {FORM}, found {found['form']!r}: a newer program wrote it")
    until = found["bills_until"]
    history = SpendHistory(
        readings=_decode_readings(found["readings"]),
        days=_decode_days(found["days"]),
        movements=decode_movements(found["movements"]),
        products=_decode_bills(found["bills"]),
        movements_until=time_or_none(found["movements_until"]),
        bills_until=None if until is None else date.fromisoformat(text(until)),
        currency=text_or_none(found["currency"]),
        former_currency=text_or_none(found["former_currency"]),
    )
    return history, {
        "days": AsRead(history.days, found["days"]),
        "movements": AsRead(history.movements, found["movements"]),
        "bills": AsRead(history.products, found["bills"]),
    }


def decode_movements(value: Json) -> tuple[Transaction, ...]:
    """Movements, one by one: there are few."""
    return tuple(
        Transaction(text(name), moment(at), TransactionKind(kind), amount(moved)) for name, at, kind, moved in value
    )


# ---------------------------------------------------------------- the lists


def _encode_movements(movements: tuple[Transaction, ...]) -> Json:
    return [[m.transaction_id, seconds(m.at), m.kind, str(m.amount)] for m in movements]


def _encode_readings(readings: tuple[Reading, ...]) -> dict[str, Any]:
    if not readings:
        return {}
    ats, left, credit, quota = zip(*readings, strict=True)
    return {
        "from": seconds(ats[0]),
        "steps": _runs(map(sub, ats[1:], ats), _in_seconds),
        "left": _amounts(left),
        "credit": _runs(credit, str),
        "quota": _runs(quota, str),
    }


def _decode_readings(found: dict[str, Any]) -> tuple[Reading, ...]:
    if found == {}:
        return ()
    ats = accumulate(_each(found["steps"], _span), initial=moment(found["from"]))
    credit, quota = _each(found["credit"], amount), _each(found["quota"], amount)
    return _records(Reading, ats, _amounts_of(found["left"]), credit, quota)


def _encode_days(days: tuple[DaySpend, ...]) -> dict[str, Any]:
    if not days:
        return {}
    dates, spent, certainty, one_off = zip(*days, strict=True)
    return {
        "from": dates[0].toordinal(),
        "steps": _runs(map(sub, dates[1:], dates), _in_days),
        "spent": _amounts(spent),
        "certainty": _runs(certainty, LETTER.__getitem__),
        "one_off": _runs(one_off, str),
    }


def _decode_days(found: dict[str, Any]) -> tuple[DaySpend, ...]:
    if found == {}:
        return ()
    dates = accumulate(_each(found["steps"], _days), initial=day(found["from"]))
    certainty, one_off = _each(found["certainty"], CERTAINTY.__getitem__), _each(found["one_off"], amount)
    return _records(DaySpend, dates, _amounts_of(found["spent"]), certainty, one_off)


def _encode_bills(bills: tuple[ProductCost, ...]) -> dict[str, Any]:
    """Each product's names stand once; ``which`` points at them."""
    if not bills:
        return {}
    products = [(bill.product_code, bill.product_name, bill.prepaid) for bill in bills]
    number = {product: index for index, product in enumerate(dict.fromkeys(products))}
    return {
        "products": list(number),
        "days": _runs((bill.day for bill in bills), date.toordinal),
        "which": [number[product] for product in products],
        "costs": _amounts(bill.billed_cost for bill in bills),
    }


def _decode_bills(found: dict[str, Any]) -> tuple[ProductCost, ...]:
    if found == {}:
        return ()
    products = dict(enumerate((text(code), text(name), truth(prepaid)) for code, name, prepaid in found["products"]))
    codes, names, prepaid = zip(*map(products.__getitem__, found["which"]), strict=True)
    return _records(ProductCost, _each(found["days"], day), codes, names, _amounts_of(found["costs"]), prepaid)


# ---------------------------------------------------------------- columns


def _records(kind: type[R], *columns: Iterable[object]) -> tuple[R, ...]:
    """Records of their columns, which are equally long. Made as the tuples they are: half the time of ``kind(...)``."""
    return tuple(map(tuple.__new__, repeat(kind), zip(*columns, strict=True)))


def _amounts(values: Iterable[Decimal]) -> str:
    return " ".join(map(str, values))


def _amounts_of(value: object) -> list[Decimal]:
    found = text(value)
    if "n" in found.lower():  # which NaN and Infinity have, and no number has
        raise ValueError(f"expected amounts, found {value!r}")
    return list(map(Decimal, found.split()))


def _runs(values: Iterable[V], write: Callable[[V], object]) -> Json:
    """Values that are equal stand for each other: of 0 and 0.00, the first is written."""
    values = list(values)
    if values and values.count(values[0]) == len(values):  # as nearly always
        return [[write(values[0]), len(values)]]
    return [[write(value), len(list(same))] for value, same in groupby(values)]


def _each(runs: Json, read: Callable[[Any], V]) -> Iterator[V]:
    """The values of runs. There is no telling how many they are: who takes them knows."""
    if len(runs) == 1:  # as nearly always
        ((value, times),) = runs
        return repeat(read(value), times)
    return chain.from_iterable(repeat(read(value), times) for value, times in runs)


def _in_seconds(step: timedelta) -> int | float:
    return step.total_seconds() if step.microseconds else step // timedelta(seconds=1)


def _span(value: object) -> timedelta:
    return timedelta(seconds=number(value))


def _in_days(step: timedelta) -> int:
    return step.days


def _days(value: object) -> timedelta:
    return timedelta(days=integer(value))
