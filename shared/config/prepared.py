"""A configuration as it was understood once, so that a starting function need not read and judge its text again.

It is text as well: a seal, and the configuration as JSON. The seal is of the text of agency.yaml, of the program that
judged it, and of what follows: for another text or another program, or damaged, it is worth nothing, and the text is
judged anew. So there is one judge, and what it said is only ever taken for the text that it was said of.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from datetime import time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from shared.config import Config, ShareReference
from shared.config.part import Part
from shared.model import ChannelName, Language, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_END = "\n"


def prepare(config: Config, text: str, program: str) -> str:
    """How ``text`` was understood.

    Args:
        config: What the text says.
        text: Of agency.yaml.
        program: Names all that decides how a text is understood.
    """
    body = json.dumps(_encoded(config), ensure_ascii=False, separators=(",", ":"))
    return f"{_seal(body, text, program)}{_END}{body}"


def is_of(prepared: str, text: str, program: str) -> bool:
    """Whether ``prepared`` is whole, and was made of this text by this program."""
    seal, _, body = prepared.partition(_END)
    return seal == _seal(body, text, program)


def restore(prepared: str, text: str, program: str) -> Config | None:
    """The configuration that ``text`` was understood as; None if it has to be judged anew."""
    if not is_of(prepared, text, program):
        return None
    config: Config = _decoded(json.loads(prepared.partition(_END)[2]))
    return config


def _seal(body: str, text: str, program: str) -> str:
    parts = (hashlib.sha256(part.encode()).hexdigest() for part in (program, text, body))
    return hashlib.sha256("".join(parts).encode()).hexdigest()


# ---------------------------------------------------------------- values of more kinds than JSON has: [kind, content]


def _encoded(value: Any) -> Any:  # noqa: ANN401 -- whatever a part holds
    kind = type(value).__name__
    match value:
        case Part():
            return [kind, {name: _encoded(one) for name, one in _written(value)}]
        case Enum():
            return [kind, value.value]
        case Decimal() | time():
            return [kind, str(value)]
        case dict():
            return [kind, {name: _encoded(one) for name, one in value.items()}]
        case tuple():
            return [kind, [_encoded(one) for one in value]]
    return value


def _written(part: Part) -> Iterator[tuple[str, Any]]:
    """The keys of a part that differ from what they are by default."""
    return ((one.name, value) for one in fields(part) if (value := getattr(part, one.name)) != one.default)


def _decoded(value: Any) -> Any:  # noqa: ANN401 -- as above
    if not isinstance(value, list):
        return value
    kind, content = value
    return _KINDS[kind](content)


def _dict(content: dict[str, Any]) -> dict[str, Any]:
    return {name: _decoded(one) for name, one in content.items()}


def _parts(base: type[Part]) -> Iterator[type[Part]]:
    for part in base.__subclasses__():
        yield part
        yield from _parts(part)


def _reader(part: type[Part]) -> Callable[[dict[str, Any]], Part]:
    return lambda content: part(**_dict(content))


_KINDS: dict[str, Callable[[Any], Any]] = {
    "Decimal": Decimal,
    "time": time.fromisoformat,
    "dict": _dict,
    "tuple": lambda content: tuple(map(_decoded, content)),
    **{kind.__name__: kind for kind in (ChannelName, Language, Level, ShareReference)},
    **{part.__name__: _reader(part) for part in _parts(Part)},
}
