"""Reads the table of accounts that staff keep, as CSV or as an Excel workbook."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from shared.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from pathlib import Path

_EXACT = 10**15
"""Excel keeps 15 digits of a number; a longer UID that is no text has lost its end."""


def read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows below the header: the line of each, and its cells by header.

    Raises ``InvalidInput`` if the file is not there, is neither CSV nor XLSX, or cannot be read as what it says it is.
    """
    readers = {".csv": _csv_lines, ".xlsx": _xlsx_lines}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        mend = "请另存为 .csv 或 .xlsx / save it as .csv or .xlsx"
        raise _unreadable(path, f"不认识 {path.suffix or '无后缀'} 文件 / unknown kind of file", mend)
    try:
        lines = reader(path)
    except OSError as error:
        mend = "请检查文件名与权限 / check its name and permissions"
        raise _unreadable(path, f"打不开 / cannot be opened: {error.strerror or error}", mend) from error
    return _rows(path, lines)


def _rows(path: Path, lines: list[tuple[int, list[str]]]) -> list[tuple[int, dict[str, str]]]:
    if not lines:
        raise _unreadable(path, "文件是空的 / the file is empty", "第一行写列名 / write the columns in line 1")
    width, headers = len(lines[0][1]), lines[0][1]
    while headers and not headers[-1].strip():
        headers = headers[:-1]
    problems = [*_repeated_headers(path, headers), *_surplus_cells(path, lines[1:], width, len(headers))]
    if problems:
        raise InvalidInput(problems)
    return [(n, dict(zip(headers, cells + [""] * len(headers), strict=False))) for n, cells in lines[1:]]


def _repeated_headers(path: Path, headers: list[str]) -> list[Problem]:
    twice = sorted({header for header in headers if headers.count(header) > 1})
    mend = "只留一列 / keep one of them"
    return [Problem(path.name, 1, f"列“{h}”有两列 / the column {h!r} is there twice", mend) for h in twice]


def _surplus_cells(path: Path, lines: list[tuple[int, list[str]]], width: int, named: int) -> list[Problem]:
    """Rows that are wider than the header, or hold something below no name."""
    what = "单元格比列名多 / more cells than columns"
    mend = "多半是内容里有逗号：用双引号括起来 / put a text that holds a comma into double quotes"
    surplus = (n for n, cells in lines if len(cells) > width or any(text.strip() for text in cells[named:]))
    return [Problem(path.name, n, what, mend) for n in surplus]


def _csv_lines(path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(_decoded(path), newline=""), strict=True)
    lines = []
    try:
        before = 0
        for cells in reader:
            lines.append((before + 1, cells))
            before = reader.line_num
    except csv.Error as error:
        mend = "检查这一行的双引号是否成对 / look for a double quote without its partner"
        what = f"不是合法的 CSV / not valid CSV: {error}"
        raise InvalidInput([Problem(path.name, reader.line_num, what, mend)]) from error
    return lines


def _decoded(path: Path) -> str:
    """UTF-8, or GB18030 as Excel in China writes it."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    mend = "在 Excel 里另存为“CSV UTF-8” / save it from Excel as CSV UTF-8"
    raise _unreadable(path, "编码既不是 UTF-8 也不是 GB18030 / neither UTF-8 nor GB18030", mend)


def _xlsx_lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - only the command line has it, and only for this
        from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - as above
    except ImportError as error:
        mend = "请另存为 CSV / save it as CSV"
        raise _unreadable(path, "未安装 openpyxl，读不了 Excel / openpyxl is not installed", mend) from error
    try:
        sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
        return [(n, [_cell(value) for value in row]) for n, row in enumerate(sheet.iter_rows(values_only=True), 1)]
    except (InvalidFileException, BadZipFile, KeyError, IndexError, ValueError) as error:
        mend = "用 Excel 打开后另存为 .xlsx / open it in Excel and save it as .xlsx"
        raise _unreadable(path, "不是 Excel 工作簿 / not an Excel workbook", mend) from error


def _cell(value: object) -> str:
    """A cell as staff see it; a number that Excel may have damaged is written so that the roster refuses it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        whole = float(value).is_integer()
        return str(int(value)) if whole and abs(value) < _EXACT else f"{value:E}"
    return str(value)


def _unreadable(path: Path, what: str, mend: str) -> InvalidInput:
    return InvalidInput([Problem(path.name, None, what, mend)])
