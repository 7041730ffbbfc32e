"""Single values in a row, and JSON: amounts are text (``Decimal`` survives exactly), past times epoch seconds."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shared.model import AsRead

V = TypeVar("V")
W = TypeVar("W")
K = TypeVar("K", list[Any], dict[str, Any])
Json: TypeAlias = list[Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(value: object) -> str:
    """A text, and nothing else."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {value!r}")
    return value


def integer(value: object) -> int:
    """An integer, and nothing else."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected an integer, found {value!r}")
    return value


def positive(value: object) -> int:
    """An integer above zero."""
    if integer(value) < 1:
        raise ValueError(f"expected an integer above zero, found {value!r}")
    return integer(value)


def truth(value: object) -> bool:
    """True or false, and nothing else."""
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, found {value!r}")
    return value


def digest(value: object) -> str:
    """Ten hex digits, as ``config_version`` makes them."""
    if re.fullmatch("[0-9a-f]{10}", text(value)) is None:
        raise ValueError(f"expected ten hex digits, found {value!r}")
    return text(value)


def amount(value: object) -> Decimal:
    """A finite decimal number, written as text."""
    found = Decimal(text(value))
    if not found.is_finite():
        raise ValueError(f"expected an amount, found {value!r}")
    return found


def encode_time(at: datetime) -> str:
    """A moment as ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat()


def time(value: object) -> datetime:
    """A moment in ISO 8601 with its offset from UTC."""
    at = datetime.fromisoformat(text(value))
    if at.tzinfo is None:
        raise ValueError(f"expected a time with its offset from UTC, found {value!r}")
    return at.astimezone(UTC)


def finite(values: Iterable[float]) -> list[float]:
    """Numbers that JSON can hold: NaN and infinity would be written as null."""
    found = list(values)
    if not all(map(math.isfinite, found)):
        raise ValueError(f"expected finite numbers, found {found!r}")
    return found


def days_ahead(days: Iterable[float]) -> list[float | None]:
    """Days until an end; None where none is in sight."""
    found = list(days)
    finite(one for one in found if one != math.inf)
    return [None if one == math.inf else one for one in found]


def dump(value: object) -> str:
    """JSON text, as short as it can be; of numbers only ``finite`` ones."""
    return orjson.dumps(value).decode()


def load(value: object, kind: type[K]) -> K:
    """JSON text of a list or of an object, and nothing else."""
    found = orjson.loads(text(value))
    if not isinstance(found, kind):
        raise TypeError(f"expected a JSON {kind.__name__}, found {found!r}")
    return found


def written(part: str, value: V, as_read: Mapping[str, AsRead], encode: Callable[[V], W]) -> W:
    """A part of a row in plain values of JSON: as it was read, if it is the same."""
    known = as_read.get(part)
    return known.written if known is not None and known.value is value else encode(value)


def seconds(at: datetime) -> int | float:
    """A moment in epoch seconds, with a fraction only where it has one."""
    since = at - _EPOCH
    return since.total_seconds() if since.microseconds else since // timedelta(seconds=1)


def moment(value: float) -> datetime:
    """A moment in epoch seconds."""
    try:
        return datetime.fromtimestamp(value, UTC)
    except OSError as error:
        raise ValueError(f"expected a moment in epoch seconds, found {value!r}") from error


def encode_time_or_none(at: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC, if there is one."""
    return None if at is None else encode_time(at)


def time_or_none(value: object) -> datetime | None:
    """A moment in ISO 8601 with its offset from UTC, if there is one."""
    return None if value is None else time(value)


def text_or_none(value: object) -> str | None:
    """A text, if there is one."""
    return None if value is None else text(value)


def number(value: object) -> float:
    """An integer or a fraction, and nothing else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"expected a number, found {value!r}")
    return value


def numbers(values: Json) -> Json:
    """Integers or fractions, and nothing else."""
    if not {int, float}.issuperset(map(type, values)):
        raise TypeError(f"expected numbers, found {values!r}")
    return values


def day(value: object) -> date:
    """A day by its ordinal."""
    return date.fromordinal(integer(value))
