"""What is written for a single account, put over its policy: values that were judged once, with the file."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar, get_args, get_type_hints

from shared.config.part import Part

P = TypeVar("P", bound=Part)


def judged_values(written: Mapping[str, Any], judged: Part) -> dict[str, Any]:
    """``written``, which ``judged`` holds among other things, with the values that it was understood as."""
    found = {name: getattr(judged, name) for name in written}
    return {
        name: judged_values(written[name], value) if isinstance(value, Part) else value for name, value in found.items()
    }


def overlaid(part: P, values: Mapping[str, Any]) -> P:
    """``part`` with everything that ``values``, judged before, say; groups are merged, anything else is replaced."""
    if not values:
        return part
    return replace(
        part, **{name: _over(type(part), name, getattr(part, name), value) for name, value in values.items()}
    )


def _over(part: type[Part], name: str, below: object, value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    if isinstance(below, Part):
        return overlaid(below, value)
    kind = _kind_of_group(part, name)  # turned off below: a new one
    return kind(**{key: _over(kind, key, None, one) for key, one in value.items()})


def _kind_of_group(part: type[Part], name: str) -> type[Part]:
    hint = get_type_hints(part)[name]
    return next(kind for kind in (get_args(hint) or (hint,)) if isinstance(kind, type) and issubclass(kind, Part))
