"""What staff read in `arrears status`."""

from __future__ import annotations

from dataclasses import replace

from shared.app.overview import Line, overview_table
from shared.model import AccountState, AlertState, Language
from tests import builders


def shown(line: Line, *, everyone: bool = False) -> list[str]:
    """The cells of the column of levels."""
    return [str(cell) for cell in overview_table([line], Language.ENGLISH, everyone=everyone).columns[4].cells]
