from __future__ import annotations

from pathlib import Path

import pytest

from shared.app.roster_file import read_rows
from shared.config import parse_config
from shared.errors import InvalidInput
from shared.roster import parse_roster
from tests.expectations import expected, told, without_expectations

ROOT = Path(__file__).parents[2]
BAD = sorted((ROOT / "tests" / "bad_roster").glob("*.csv"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_mistake_is_told_with_its_line_and_mend(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    table = tmp_path / path.name
    table.write_text(without_expectations(text), encoding="utf-8")
    config = parse_config((ROOT / "agency.yaml").read_text(encoding="utf-8"))

    with pytest.raises(InvalidInput) as refusal:
        parse_roster(read_rows(table), table.name, config)

    assert told(refusal.value.problems) == expected(text)
    assert {problem.file for problem in refusal.value.problems} == {path.name}


def test_the_mistakes_are_many() -> None:
    assert len(BAD) >= 35
