"""YAML as staff write it: plain values, and the line that each of them stands on.

A small, unsurprising part of YAML is read: mappings, lists, text, numbers, true/false and null. Numbers with a
fraction become ``Decimal`` from their digits; ``22:00``, ``yes`` and ``no`` are text; keys are always text, so that an
account id may stand unquoted. Anchors and aliases are refused.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from shared.errors import InvalidInput, Problem
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAG = "tag:yaml.org,2002:"
_FULL_WIDTH = {"：": ":", "，": ",", "“": '"', "”": '"', "‘": "'", "’": "'", "\u3000": " "}


@frozen
class YamlTree:
    """What a YAML text says, and where."""

    value: Any
    """Nested ``dict``, ``tuple``, ``str``, ``int``, ``Decimal``, ``bool`` and None."""
    lines: dict[tuple[str | int, ...], int]
    """The line of every key and list item, by its path from the root; the first line is 1."""
    problems: tuple[Problem, ...]
    """Keys that are written twice; the first one is in ``value``."""

    def line(self, path: Iterable[str | int]) -> int | None:
        """The line of ``path``, or of the nearest thing around it that was written; None if that is the whole text."""
        steps = tuple(path)
        return next((self.lines[steps[:n]] for n in range(len(steps), 0, -1) if steps[:n] in self.lines), None)


class _Loader(yaml.SafeLoader):
    """Composes nodes; what plain text means is decided by the few rules below, not by YAML 1.1."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way to start without the rules of YAML 1.1


_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"(~|null|)\Z"), ["~", "n", ""])
_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"(true|false)\Z"), ["t", "f"])
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(r"[-+]?[0-9]+\Z"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    f"{_TAG}float", re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\Z"), list("-+0123456789.")
)


def read_yaml(text: str, file: str) -> YamlTree:
    """Reads ``text``. Raises ``InvalidInput`` if it is not YAML at all, or uses what is not read here."""
    if tabs := _tabs(text, file):
        raise InvalidInput(tabs)
    reading = _Reading(file)
    try:
        node = yaml.compose(text, Loader=_Loader)
        value = None if node is None else reading.value(node, ())
    except yaml.MarkedYAMLError as error:
        raise InvalidInput([_syntax_problem(text, file, error)]) from error
    except yaml.YAMLError as error:
        what = "含有 YAML 不允许的字符 / holds a character that YAML does not allow"
        raise InvalidInput([Problem(file, None, what, "请另存为 UTF-8 / save the file as UTF-8")]) from error
    except RecursionError as error:
        what = "层次太深 / nested too deeply"
        raise InvalidInput([Problem(file, None, what, "检查多余的括号 / look for surplus brackets")]) from error
    return YamlTree(value, reading.lines, tuple(reading.problems))


class _Reading:
    """One walk over the nodes, which gathers values, lines and problems."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - YAML holds anything
        if id(node) in self.seen:
            self._alias(path)
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.lines[*path, index] = _line(item)
            return tuple(self.value(item, (*path, index)) for index, item in enumerate(node.value))
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in mapping:
                self._twice(key, _line(key_node), self.lines[*path, key])
                continue
            self.lines[*path, key] = _line(key_node)
            mapping[key] = self.value(value_node, (*path, key))
        return mapping

    def _alias(self, path: tuple[str | int, ...]) -> None:
        what = "用了 YAML 引用 (*) / a YAML alias (*) is used"
        mend = "把内容直接写在这里 / write out here what it stands for"
        self.problems.append(Problem(self.file, self.lines.get(path), what, mend))

    def _twice(self, key: str, line: int, first: int) -> None:
        what = f"{key} 写了两次 / {key} is written twice"
        mend = f"与第 {first} 行合并，只留一处 / merge it with line {first} and keep one"
        self.problems.append(Problem(self.file, line, what, mend))


def _scalar(node: yaml.Node) -> str | int | Decimal | bool | None:
    text = str(node.value)
    try:
        match node.tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return text == "true"
            case "int":
                return int(text)
            case "float":
                return Decimal(text)
    except (ValueError, ArithmeticError):
        return text  # a number beyond all bounds, or text that is tagged a number: the schema refuses it
    return text


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _tabs(text: str, file: str) -> list[Problem]:
    what = "用了制表符缩进 / a tab is used to indent"
    mend = "请改用空格，每层两个 / use spaces, two a step"
    return [Problem(file, n, what, mend) for n, line in enumerate(text.splitlines(), 1) if re.match(r" *\t", line)]


def _syntax_problem(text: str, file: str, error: yaml.MarkedYAMLError) -> Problem:
    lines = text.splitlines()
    quoted = error.context == "while scanning a quoted scalar"
    mark = error.context_mark if quoted else error.problem_mark or error.context_mark
    what = f"不是合法的 YAML / not valid YAML: {error.problem or error.context}"
    if mark is None or not lines:
        return Problem(file, None, what, _GENERAL_MEND)
    line = min(mark.line + 1, len(lines))
    # The parser notices a full-width colon only at the next line, or the one after.
    for n in range(line, max(line - 3, 0), -1):
        if wide := next((c for c in lines[n - 1].split(" #")[0] if c in _FULL_WIDTH), None):
            plain = _FULL_WIDTH[wide]
            mend = f"把全角“{wide}”换成半角“{plain}” / write {plain} in place of the full-width {wide}"
            return Problem(file, n, what, mend)
    return Problem(file, line, what, _QUOTE_MEND if quoted else _GENERAL_MEND)


_QUOTE_MEND = "引号要成对，在末尾补上 / close the quote at the end of the text"
_GENERAL_MEND = (
    "检查这一行和上一行：缩进对齐，冒号后有空格，引号成对 / "
    "look at this line and the one before: indents aligned, a space after each colon, quotes in pairs"
)
