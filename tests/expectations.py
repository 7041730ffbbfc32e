"""Files with mistakes say in their first lines what must be found: ``# expect: line 5: what -> mend``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.errors import Problem

_EXPECT = re.compile(r"# expect: line (-|[0-9]+): (.+) -> (.+)\n")


def expected(text: str) -> list[tuple[int | None, str, str]]:
    """Line, what and mend of each problem; line - is that of the whole file."""
    return [(None if line == "-" else int(line), what, mend) for line, what, mend in _EXPECT.findall(text)]


def without_expectations(text: str) -> str:
    """The file as it would be without them; lines are counted here."""
    return _EXPECT.sub("", text)


def told(problems: Sequence[Problem]) -> list[tuple[int | None, str, str]]:
    """The problems in the form of ``expected``: their English half."""
    return [(problem.line, _english(problem.what), _english(problem.mend)) for problem in problems]


def _english(text: str) -> str:
    chinese, _, english = text.partition(" / ")
    assert re.search("[\u4e00-\u9fff]", chinese), f"not in Chinese first: {text}"
    return english
