"""Tables as the staff's commands show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence


def screen_table(headings: Sequence[str], *, title: str | None = None, striped: bool = False) -> Table:
    """A table in which nothing is cut off: what does not fit goes on in the next line.

    Chinese has no spaces to break at, so that ``rich`` by itself would end a word in the middle.
    """
    columns = (Column(heading, overflow="fold") for heading in headings)
    styles = ["", "dim"] if striped else None
    return Table(*columns, title=title, title_justify="left", caption_justify="left", row_styles=styles)
