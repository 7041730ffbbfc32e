"""What the parts of agency.yaml are made of: frozen values with their rules; pydantic judges what is written.

The functions hold a configuration that was checked before, and look at every hour of every customer with it: for that
a part is a plain dataclass. Pydantic, whose import and schemas cost a starting instance more than its whole first run,
is asked for only where something written is to become a part, by ``Part.validate``.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

from shared.frozen import frozen, share_methods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import TypeAdapter

_MISSING: Any = MISSING


def key(
    *,
    description: str,
    default: Any = _MISSING,  # noqa: ANN401 -- of the key's own type
    default_factory: Any = _MISSING,  # noqa: ANN401 -- as above
    json_schema_extra: Mapping[str, Any] | None = None,
) -> Any:  # noqa: ANN401 -- as above
    """A key of the file: its value if it is not written, and what editors say of it.

    Pydantic reads the metadata of a dataclass's fields as its own.
    """
    about = {"description": description} | ({"json_schema_extra": json_schema_extra} if json_schema_extra else {})
    return field(default=default, default_factory=default_factory, metadata=about)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(key,))
class Part:
    """A group of keys in agency.yaml: nothing unknown, nothing converted, nothing changed later."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __pydantic_config__: ClassVar[dict[str, object]] = {"strict": True, "extra": "forbid"}

    def __init_subclass__(cls) -> None:
        """Every part is a dataclass; a rule on more than one key is its ``__post_init__``.

        Its methods are shared: to compile them anew for each of the parts would take a starting instance 10 ms.
        """
        share_methods(dataclass(init=False, repr=False, eq=False, kw_only=True)(cls))

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 -- of the keys' own types
        written = self.__dict__
        for one in fields(self):
            if one.name in values:
                written[one.name] = values.pop(one.name)
            elif one.default is not MISSING:
                written[one.name] = one.default
            elif one.default_factory is not MISSING:
                written[one.name] = one.default_factory()
            else:
                raise TypeError(f"{type(self).__name__} needs {one.name}")
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")
        self.__post_init__()

    def __post_init__(self) -> None:
        """Rules on more than one key."""

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to {name}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete {name}")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], Any]) -> Any:  # noqa: ANN401 -- pydantic's
        """Strict in everything, but a part is written as a group of keys."""
        return {**handler(source), "strict": False}

    @classmethod
    def validate(cls, values: object) -> Self:
        """What is written, as a part. Raises pydantic's ``ValidationError``, with everything that is wrong."""
        found: Self = adapter(cls).validate_python(values)  # type: ignore[arg-type]  # classes can be hashed
        return found

    def as_values(self) -> dict[str, Any]:
        """The part as groups of keys, as it would be written in full."""
        return {one.name: _values(getattr(self, one.name)) for one in fields(self)}


@cache
def adapter(model: type[Part]) -> TypeAdapter[Any]:
    """The judge of one kind of part."""
    from pydantic import TypeAdapter

    return TypeAdapter(model)


def _values(value: Any) -> Any:  # noqa: ANN401 -- a part's value
    if isinstance(value, Part):
        return value.as_values()
    if isinstance(value, tuple):
        return tuple(map(_values, value))
    return {name: _values(one) for name, one in value.items()} if isinstance(value, dict) else value


# ---------------------------------------------------------------- what may stand in Annotated[...]


@frozen
class Within:
    """Bounds of a number."""

    gt: float | None = None
    ge: float | None = None
    le: float | None = None
    __is_annotated_types_grouped_metadata__: ClassVar[bool] = True

    def __iter__(self) -> Iterator[object]:
        """As pydantic takes them."""
        import annotated_types

        kinds = {"gt": annotated_types.Gt, "ge": annotated_types.Ge, "le": annotated_types.Le}
        return (kind(getattr(self, name)) for name, kind in kinds.items() if getattr(self, name) is not None)


@frozen
class Length:
    """How many characters."""

    least: int = 0
    most: int | None = None
    __is_annotated_types_grouped_metadata__: ClassVar[bool] = True

    def __iter__(self) -> Iterator[object]:
        """As pydantic takes them."""
        import annotated_types

        if self.least:
            yield annotated_types.MinLen(self.least)
        if self.most is not None:
            yield annotated_types.MaxLen(self.most)


@frozen
class Before:
    """What becomes of a written value before its kind is looked at."""

    change: Callable[[Any], object]

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:  # noqa: ANN401 -- pydantic's
        """As pydantic asks for it."""
        from pydantic_core.core_schema import no_info_before_validator_function

        return no_info_before_validator_function(self.change, handler(source))


@frozen
class After:
    """A rule on a value of the right kind."""

    check: Callable[[Any], object]

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:  # noqa: ANN401 -- pydantic's
        """As pydantic asks for it."""
        from pydantic_core.core_schema import no_info_after_validator_function

        return no_info_after_validator_function(self.check, handler(source))


@frozen
class ByName:
    """A member of an enumeration is written as its value."""

    __is_annotated_types_grouped_metadata__: ClassVar[bool] = True

    def __iter__(self) -> Iterator[object]:
        """As pydantic takes it."""
        from pydantic import Strict

        yield Strict(strict=False)


@frozen
class Schema:
    """What the JSON Schema says instead of what pydantic would say by itself; ``extra``: besides it."""

    whole: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None

    def __get_pydantic_json_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:  # noqa: ANN401 -- pydantic's
        """As pydantic asks for it."""
        return {**(handler(source) if self.whole is None else self.whole), **(self.extra or {})}

    def __hash__(self) -> int:
        return id(self)
