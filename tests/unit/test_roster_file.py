from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook

from shared.app.roster_file import read_rows
from shared.errors import InvalidInput
from shared.roster import parse_roster

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "账号UID,联系人\r\n1234567890123401,王芳\r\n"
ROWS = [(2, {"账号UID": "1234567890123401", "联系人": "王芳"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_as_excel_writes_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes(TABLE.encode(encoding))
    assert read_rows(path) == ROWS


def test_lines_are_those_of_the_file_though_a_cell_may_hold_several(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text('name,contact\n"a\nb",c\n\nd\n', encoding="utf-8")
    assert read_rows(path) == [
        (2, {"name": "a\nb", "contact": "c"}),
        (4, {"name": "", "contact": ""}),
        (5, {"name": "d", "contact": ""}),
    ]


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    sheet = book.create_sheet(index=0)
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def test_a_workbook_is_read_like_a_csv(tmp_path: Path) -> None:
    path = workbook(tmp_path / "accounts.xlsx", ("账号UID", "联系人", None), ("1234567890123401", "王芳", None))
    assert read_rows(path) == ROWS


def test_a_phone_that_excel_keeps_as_a_number_is_whole(tmp_path: Path) -> None:
    path = workbook(tmp_path / "accounts.xlsx", ("phone", "paused"), (13800138001, True), (13800138002.0, False))
    assert read_rows(path) == [
        (2, {"phone": "13800138001", "paused": "yes"}),
        (3, {"phone": "13800138002", "paused": "no"}),
    ]


def test_a_uid_that_excel_keeps_as_a_number_has_lost_its_end_and_is_refused(tmp_path: Path) -> None:
    head, row = ("account_id", "name", "contact", "mail"), (1234567890123401, "青禾", "王芳", "w@example.com")
    rows = read_rows(workbook(tmp_path / "accounts.xlsx", head, row))
    with pytest.raises(InvalidInput, match="format the column as text"):
        parse_roster(rows, "accounts.xlsx")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("accounts.xls", b"", "unknown kind of file"),
        ("accounts", b"", "unknown kind of file"),
        ("accounts.xlsx", b"account_id,name", "not an Excel workbook"),
        ("accounts.csv", b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
        ("accounts.csv", b"", "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=what):
        read_rows(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be opened: No such file"):
        read_rows(tmp_path / "accounts.csv")
