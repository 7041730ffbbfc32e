"""What differs between two configurations, in lines that people can read.

Compared is what holds, not what is written: policies with everything that they have from ``default``. So a changed
line of ``default`` is told of every policy that has it from there, and a comment of none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING, Any

from shared.config import DEFAULT
from shared.frozen import frozen
from shared.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.config import Config

ABSENT = "—"
"""In the place of a value: there is none on this side."""


@frozen
class Change:
    """One thing that differs. It may hold phones and addresses of staff: mask it before it is shown."""

    path: str
    """Where, for example ``policies.default.runway.notice.enter_below``."""
    before: str
    """As it would be written in agency.yaml, on one line."""
    after: str

    def __str__(self) -> str:
        return f"{self.path}: {self.before} → {self.after}"


def difference(before: Config, after: Config) -> tuple[Change, ...]:
    """Every key that differs, in the order of the schema; nothing if both say the same.

    A policy that is new, or gone, is one change: what it has that ``default`` has not.
    """
    return tuple(_changes((), _values(before, after), _values(after, before)))


def _values(config: Config, other: Config) -> dict[str, Any]:
    """The configuration as groups; staff by name, and policies that ``other`` lacks as what they add to default."""
    values = config.as_values()
    values["staff"] = _by_name(values["staff"])
    policies = values["policies"]
    default = policies.get(DEFAULT, {})
    values["policies"] = {
        name: policy if name in other.policies else _beyond(default, policy) for name, policy in policies.items()
    }
    values["overrides"] = _written(values["overrides"])
    return values


class _Written(dict[str, Any]):
    """A group of what was written: null is told, for there it turns something off."""


def _written(group: Mapping[str, Any]) -> _Written:
    return _Written({key: _written(one) if isinstance(one, Mapping) else one for key, one in group.items()})


def _by_name(staff: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By name, so that somebody new at the top does not shift all others; the second of a name gets a number."""
    named: dict[str, dict[str, Any]] = {}
    for one in staff:
        namesakes = sum(other["name"] == one["name"] for other in named.values())
        named[one["name"] if not namesakes else f"{one['name']}#{namesakes + 1}"] = one
    return named


def _beyond(base: Mapping[str, Any], over: Mapping[str, Any]) -> _Written:
    """What ``over`` says and ``base`` does not."""
    found = _Written()
    for key, value in over.items():
        below = base.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            if inner := _beyond(below, value):
                found[key] = inner
        elif key not in base or below != value:
            found[key] = value
    return found


def _changes(path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(key, _MISSING), after.get(key, _MISSING)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _changes((*path, key), old, new)
        elif old != new:
            yield Change(".".join((*path, key)), _shown(old), _shown(new))


_MISSING = object()


def _shown(value: object) -> str:
    """A value as agency.yaml would have it, on one line; null is left out of groups in which it is the rule."""
    if isinstance(value, Mapping):
        told = {key: one for key, one in value.items() if one is not None or isinstance(value, _Written)}
        return f"{{{', '.join(f'{key}: {_shown(one)}' for key, one in told.items())}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_shown, value))}]"
    return ABSENT if value is _MISSING else _word(value)


def _word(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Level():
            return value.label
        case time():
            return f"{value:%H:%M}"
    return str(value)
