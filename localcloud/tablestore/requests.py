"""What is checked of a row before it is written, and how much a request may hold.

Source: help.aliyun.com "Limits on the Wide Column model"; the sentences are those of the vendor's functional tests.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeVar

from google.protobuf.message import DecodeError, Message

from localcloud.tablestore.errors import invalid
from localcloud.tablestore.plainbuffer import DELETE_ALL, DELETE_ONE, INCREMENT, Marker, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localcloud.tablestore.plainbuffer import Cell, WireRow
    from localcloud.tablestore.schema import Schema

MAX_COLUMNS_WRITTEN: Final = 1024
MAX_VALUE_BYTES: Final = 2 * 1024 * 1024
MAX_WRITE_BYTES: Final = 4 * 1024 * 1024
MAX_COLUMNS_READ: Final = 128
CAPACITY_UNIT: Final = 4096

Parsed = TypeVar("Parsed", bound=Message)


def parse(kind: type[Parsed], body: bytes) -> Parsed:
    """``body`` as a message of ``kind``.

    Raises:
        TablestoreError: OTSParameterInvalid if it is none.
    """
    message: Parsed = kind()
    try:
        message.ParseFromString(body)
    except DecodeError:
        raise invalid("Parse PBMessage from RawString failed.") from None
    return message


def capacity_units(size: int) -> int:
    """Units of 4 KB that ``size`` bytes take; nothing is free."""
    return max(1, -(-size // CAPACITY_UNIT))


def size_of_cells(cells: Sequence[Cell]) -> int:
    """Bytes of names and values."""
    return sum(len(cell.name) + (0 if cell.value is None else size_of(cell.value)) for cell in cells)


def size_of_row(row: WireRow) -> int:
    """Bytes of a row as written: names and values of key and attributes."""
    return size_of_cells(row.key) + size_of_cells(row.cells)


def check_write_size(operation: str, size: int) -> None:
    """Refuse a write of more than 4 MB.

    Raises:
        TablestoreError: OTSParameterInvalid.
    """
    if size > MAX_WRITE_BYTES:
        limit = f"exceeds the limit, limit size: {MAX_WRITE_BYTES}, data size: {size}."
        raise invalid(f"The total data size of {operation} request {limit}")


def check_put(schema: Schema, row: WireRow) -> None:
    """Whether ``row`` may be the row of a PutRow.

    Raises:
        TablestoreError: OTSParameterInvalid, with the rule that it breaks.
    """
    _check_columns(schema, row)
    for cell in row.cells:
        if cell.operation is not None:
            raise invalid(f"OpType cannot be given for column name:{cell.name} in PutRow.")
        _check_value(cell)


def check_update(schema: Schema, row: WireRow) -> None:
    """Whether ``row`` may be the change of an UpdateRow.

    Raises:
        TablestoreError: OTSParameterInvalid, with the rule that it breaks.
    """
    _check_columns(schema, row)
    if not row.cells:
        raise invalid("Invalid update row request: missing cells in request.")
    for cell in row.cells:
        if cell.operation in {DELETE_ALL, DELETE_ONE}:
            _check_delete_cell(cell)
        elif cell.operation in {None, INCREMENT}:
            _check_value(cell)
        else:
            raise invalid(f"Invalid op type of cell: {cell.operation}.")


def check_delete(row: WireRow) -> None:
    """Whether ``row`` may be the key of a DeleteRow.

    Raises:
        TablestoreError: OTSParameterInvalid, with the rule that it breaks.
    """
    if row.cells:
        raise invalid("Invalid delete row request: unexpected cells in request.")
    if not row.deletes:
        raise invalid("Invalid request of delete row: missing RowDeleteMarker in request.")


def check_timestamps(schema: Schema, cells: Sequence[Cell], now: int) -> None:
    """Whether given version numbers are near enough to ``now`` (ms).

    Raises:
        TablestoreError: OTSParameterInvalid.
    """
    options = schema.options
    back = options.max_deviation if options.time_to_live < 0 else min(options.max_deviation, options.time_to_live)
    for cell in cells:
        if cell.timestamp is None or cell.operation == DELETE_ONE:
            continue
        if not now - back * 1000 <= cell.timestamp < now + options.max_deviation * 1000:
            raise invalid(f"Invalid timestamp. Cell:{cell.name}.")


def check_columns_to_get(names: Sequence[str]) -> None:
    """Refuse a read of more than 128 named columns.

    Raises:
        TablestoreError: OTSParameterInvalid.
    """
    if len(names) > MAX_COLUMNS_READ:
        limit = f"limit count: {MAX_COLUMNS_READ} , column count:{len(names)}."
        raise invalid(f"The number of columns from the request exceeds the limit, {limit}")


def _check_columns(schema: Schema, row: WireRow) -> None:
    if row.deletes:
        raise invalid("Invalid request of put/update row: unexpected RowDeleteMarker in request.")
    if len(row.cells) > MAX_COLUMNS_WRITTEN:
        limit = f"limit count: {MAX_COLUMNS_WRITTEN}, column count: {len(row.cells)}."
        raise invalid(f"The number of attribute columns exceeds the limit, {limit}")
    keys = {column.name for column in schema.key}
    for cell in row.cells:
        if not cell.name:
            raise invalid("invalid name of column: empty name.")
        if cell.name in keys:
            raise invalid(f"Duplicated attribute column name with primary key column: {cell.name}.")


def _check_value(cell: Cell) -> None:
    value = cell.value
    if value is None or isinstance(value, Marker):
        raise invalid(f"Invalid cell: {cell.name}. Reason: missing value.")
    if isinstance(value, float):
        if math.isnan(value):
            raise invalid("NaN can't be set to double value.")
        if math.isinf(value):
            raise invalid("Infinity can't be set to double value.")
    elif isinstance(value, str | bytes) and len(value) * 4 > MAX_VALUE_BYTES and size_of(value) > MAX_VALUE_BYTES:
        limit = f"exceeds the MaxLength:{MAX_VALUE_BYTES} with CurrentLength:{size_of(value)}."
        raise invalid(f"The length of attribute column: '{cell.name}' {limit}")


def _check_delete_cell(cell: Cell) -> None:
    if cell.value is not None:
        raise invalid("Column value cannot be given when type is DELETE_ONE_VERSION,DELETE_ALL_VERSION.")
    if cell.operation == DELETE_ONE and cell.timestamp is None:
        raise invalid("Timestamp must be given when type is DELETE_ONE_VERSION.")
    if cell.operation == DELETE_ALL and cell.timestamp is not None:
        raise invalid("Timestamp cannot be given when type is DELETE_ALL_VERSION.")
