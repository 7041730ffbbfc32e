"""Reading agency.yaml from a disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.app.wiring import read_config
from shared.errors import InvalidInput

AGENCY_YAML = Path(__file__).parents[2] / "agency.yaml"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.yaml: .*No such file"):
        read_config(tmp_path / "none.yaml")


def test_a_file_in_another_encoding_is_refused_with_its_mend(tmp_path: Path) -> None:
    file = tmp_path / "agency.yaml"
    file.write_text(AGENCY_YAML.read_text(encoding="utf-8"), encoding="gb18030")
    with pytest.raises(InvalidInput, match="save it as UTF-8"):
        read_config(file)


def test_the_mark_that_windows_puts_before_utf_8_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "agency.yaml"
    file.write_text(AGENCY_YAML.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert read_config(file) == read_config(AGENCY_YAML)
