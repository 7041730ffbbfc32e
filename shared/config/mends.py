"""What pydantic finds wrong, in words that staff can act on: what is wrong, and what to write instead."""

from __future__ import annotations

import types
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from shared.config.part import Part
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails, PydanticCustomError


@frozen
class Fault:
    """A mistake that our own rules found, seen from the model that has the rule."""

    what: str
    mend: str
    at: tuple[tuple[str, ...], ...] = ((),)
    """The keys that it may lie in, below the model: it is shown at the first one that the file has."""


def refuse(*faults: Fault) -> PydanticCustomError:
    """The error with which a validator refuses a value because of ``faults``."""
    from pydantic_core import PydanticCustomError

    return PydanticCustomError("faults", "refused by our own rules", {"faults": faults})


@frozen
class Located:
    """A fault with the places that it may lie in, from the root."""

    paths: tuple[tuple[str | int, ...], ...]
    what: str
    mend: str


def located(errors: Iterable[ErrorDetails], root: type[Part], below: tuple[str | int, ...] = ()) -> list[Located]:
    """The faults that ``errors`` of ``root`` tell; ``below`` is where ``root`` stands in the file."""
    found = []
    for error in errors:
        loc = error["loc"][:-1] if error["loc"][-1:] == ("[key]",) else error["loc"]
        faults: Sequence[Fault] = error["ctx"]["faults"] if error["type"] == "faults" else [_translate(error, root)]
        found += [Located(tuple((*below, *loc, *at) for at in f.at), f.what, f.mend) for f in faults]
    return found


def closest(word: str, known: Iterable[str]) -> str:
    """A mend for an unknown word: the known one that looks like it, or else all of them."""
    from difflib import get_close_matches

    words = list(known)
    if match := get_close_matches(word.lower(), words, n=1, cutoff=0.6):
        return f"是不是 {match[0]}？ / did you mean {match[0]}?"
    listed = ", ".join(words)
    return f"可以写：{listed} / known: {listed}" if words else "删去 / remove it"


def _translate(error: ErrorDetails, root: type[Part]) -> Fault:
    loc, kind = error["loc"], error["type"]
    key = next((step for step in reversed(loc) if isinstance(step, str) and step != "[key]"), "文件 (the file)")
    if kind == "missing":
        return Fault(f"缺少 {key} / {key} is missing", f"请补上 {key} / add {key}")
    if kind == "unexpected_keyword_argument":
        return Fault(f"不认识 {key} / unknown key {key}", closest(key, _keys_at(root, loc[:-1])))
    if kind in _KINDS:
        return _wrong_kind(error, key, _KINDS[kind])
    if kind in _BOUNDS:
        return _out_of_bounds(error, key, _BOUNDS[kind])
    if kind in {"literal_error", "enum"}:
        return _not_one_of(error, key)
    return Fault(f"{key}: {error['msg']}", "见 agency.yaml 里这一项的说明 / see its notes in agency.yaml")


_BOUNDS = {
    "greater_than": ("gt", "写大于 {} 的数", "write a number more than {}"),
    "greater_than_equal": ("ge", "写不小于 {} 的数", "write a number of at least {}"),
    "less_than_equal": ("le", "写不大于 {} 的数", "write a number of at most {}"),
    "too_short": ("min_length", "至少写 {} 个字", "write at least {} character"),
    "too_long": ("max_length", "最多写 {} 个字", "write at most {} characters"),
}

_GROUP = ("一组“键: 值”", "a group of keys", "键: 值", "key: value, indented, below it")
_KINDS = {
    "is_instance_of": ("数字", "a number", "3 或 2.5", "3 or 2.5, without quotes, units and thousands separators"),
    "int_type": ("整数", "a whole number", "3", "3, without quotes and units"),
    "string_type": ("文字", "text", '"文字"', '"text", in quotes'),
    "tuple_type": ("列表", "a list", "[sms, mail]", "[sms, mail]"),
    "dict_type": _GROUP,
    "dataclass_type": _GROUP,
}


def _not_one_of(error: ErrorDetails, key: str) -> Fault:
    known = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    written = str(error["input"])
    return Fault(f"{key}: 不认识 {written} / unknown value {written}", closest(written, known))


def _out_of_bounds(error: ErrorDetails, key: str, bound: tuple[str, str, str]) -> Fault:
    name, chinese, english = bound
    limit, shown = error["ctx"][name], _shown(error["input"])
    what = f"{key} 写的是 {shown}，超出范围 / {key} is {shown}, out of bounds"
    return Fault(what, f"{chinese.format(limit)} / {english.format(limit)}")


def _wrong_kind(error: ErrorDetails, key: str, kind: tuple[str, str, str, str]) -> Fault:
    chinese, english, example, hint = kind
    written = error["input"]
    shown = f'"{written}"' if isinstance(written, str) and written else _shown(written)
    what = f"{key} 应为{chinese}，写的是 {shown} / {key} must be {english}, not {shown}"
    return Fault(what, f"例如 {example} / write {hint}")


def _shown(written: object) -> str:
    """What staff wrote, as they wrote it, shortened."""
    match written:
        case None | "":
            return "空 (nothing)"
        case bool():
            return str(written).lower()
        case tuple():
            return "列表 (a list)"
        case dict():
            return "一组键 (a group of keys)"
        case _:
            return f"{written!s:.40}"


def _keys_at(root: type[Part], loc: Sequence[str | int]) -> list[str]:
    """The keys that the schema knows at ``loc``; none if that is no model."""
    kind: Any = root
    for step in loc:
        kind = _inner(get_type_hints(kind)[str(step)] if _is_part(kind) else (get_args(kind) or (None,))[-1])
    return [one.name for one in fields(kind)] if _is_part(kind) else []


def _is_part(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)


def _inner(kind: Any) -> Any:  # noqa: ANN401 - annotations are of any type
    """The annotation without "or None"; of ``tuple[X, ...]`` it is ``tuple[X]`` that the walk needs."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is tuple:
        return tuple[get_args(kind)[0]]  # type: ignore[misc]  # built for the walk, not for checking
    return kind
