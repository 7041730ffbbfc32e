from __future__ import annotations

from pathlib import Path

import pytest

from shared.config import parse_config
from shared.errors import InvalidInput
from tests.expectations import expected, told

BAD = sorted((Path(__file__).parents[1] / "bad_config").glob("*.yaml"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_mistake_is_told_with_its_line_and_mend(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    with pytest.raises(InvalidInput) as refusal:
        parse_config(text, path.name)

    assert told(refusal.value.problems) == expected(text)
    assert {problem.file for problem in refusal.value.problems} == {path.name}


def test_the_mistakes_are_many() -> None:
    assert len(BAD) >= 60
