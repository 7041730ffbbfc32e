"""Files held to a model: what is wrong is said in a line each, with its place in the file and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, StringConstraints, Tag, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import ErrorDetails

_OWN_WORDS = "Value error, "
_ALIKE = 0.75
"""From here on a word is taken for another one misspelt; envVariables and environmentVariables are just so alike."""
_OF_A_KEY = "[key]"
"""What pydantic adds to a place where the key itself is wrong."""
_MENDS = {
    "missing": "is missing: write it",
    "string_type": "is no text: write it in quotes",
    "string_too_short": "is empty: write it, or leave the key out",
    "int_type": "is no whole number: write one, without quotes",
    "float_type": "is no number: write one, without quotes",
    "bool_type": "is neither true nor false: write one of them, without quotes",
    "list_type": "is no list: write a line for each, beginning with -",
    "dict_type": "holds no keys: write each on a line of its own, key: value",
    "model_type": "holds no keys: write each on a line of its own, key: value",
    "greater_than_equal": "is too small: write {ge} or more",
    "less_than_equal": "is too large: write {le} or less",
    "multiple_of": "is no multiple of {multiple_of}: write one",
    "literal_error": "is not what can stand here: write {expected}",
    "too_short": "is too short: write at least {min_length}",
    "too_long": "is too long: write at most {max_length}",
}
"""What is said of each type of error; the names in braces are those of pydantic's ``ctx``."""


class Strict(BaseModel):
    """No unknown keys, and no value of another type than its own."""

    model_config = ConfigDict(extra="forbid", strict=True)
    not_wanted: ClassVar[Mapping[str, str]] = {}
    """Keys that the platform knows besides, and why they are refused."""


TEXT, KEYS = Tag("text"), Tag("keys")
EITHER = Discriminator(lambda value: "keys" if isinstance(value, dict) else "text")
"""Of a value that may be a text or hold keys: a mistake is told of the form that was meant."""
Filled = Annotated[str, StringConstraints(min_length=1)]


def matching(pattern: str, form: str) -> AfterValidator:
    """Of a text that is wholly of ``pattern``; ``form`` says in words what to write."""

    def held(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(f"{text!r} cannot stand here: write {form}")
        return text

    return AfterValidator(held)


def one_of(known: Sequence[str], kind: str) -> AfterValidator:
    """Of a text that is one of the ``known``; the nearest are named if it is another."""

    def held(text: str) -> str:
        if text not in known:
            raise ValueError(f"{text!r} is no {kind}: {_nearest(text, known)}")
        return text

    return AfterValidator(held)


def mistakes(model: type[Strict], document: Mapping[str, Any], file: str) -> list[str]:
    """What ``document`` has that ``model`` does not let pass; empty if it is in order."""
    try:
        model.model_validate(document)
    except ValidationError as error:
        return [_line(model, document, file, each) for each in error.errors()]
    return []


def texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 -- YAML
    """Every text below ``value``, with its place."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, str):
        yield place, value


def _line(model: type[Strict], document: Mapping[str, Any], file: str, error: ErrorDetails) -> str:
    place = ".".join(str(part) for part in _place(document, error["loc"]))
    mend = _MENDS.get(error["type"])
    what = error["msg"].removeprefix(_OWN_WORDS) if mend is None else mend.format(**error.get("ctx", {}))
    if error["type"] == "extra_forbidden":
        what = _unknown(_holder(model, error["loc"]), str(error["loc"][-1]))
    return ": ".join(part for part in (file, place, what) if part)


def _place(document: Any, steps: Sequence[int | str]) -> Iterator[int | str]:  # noqa: ANN401 -- YAML
    """The steps that are in the file, and the last one, which may be what is missing; not the names of forms."""
    for number, step in enumerate(steps):
        found = document.get(step) if isinstance(document, dict) else None
        if isinstance(document, list) and isinstance(step, int):
            found = document[step]
        missing = number == len(steps) - 1 and isinstance(document, dict) and step != _OF_A_KEY
        if found is not None or missing:
            yield step
            document = found


def _holder(model: type[BaseModel], steps: Sequence[int | str]) -> type[BaseModel]:
    """The model of the mapping in which the last step stands."""
    for step in steps[:-1]:
        field = model.model_fields.get(str(step))
        model = next(_models(field.annotation), model) if field is not None else model
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 -- any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _unknown(model: type[BaseModel], key: str) -> str:
    if issubclass(model, Strict) and key in model.not_wanted:
        return f"is known there, but not wanted here ({model.not_wanted[key]}): leave it out"
    return f"is not known: {_nearest(key, list(model.model_fields))}"


def _nearest(text: str, known: Sequence[str]) -> str:
    small = {one.lower(): one for one in known}
    near = get_close_matches(text.lower(), small, n=1, cutoff=_ALIKE)
    return f"write {small[near[0]]}" if near else f"write one of {', '.join(known)}"
