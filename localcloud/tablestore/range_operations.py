"""GetRange: rows in the order of their keys, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tablestore.protobuf import table_store_pb2 as pb

from localcloud.tablestore.errors import invalid
from localcloud.tablestore.plainbuffer import HEADER, decode_row
from localcloud.tablestore.requests import capacity_units, parse
from localcloud.tablestore.schema import RANGE_MARKERS
from localcloud.tablestore.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.tablestore.instance import Instance
    from localcloud.tablestore.rows import StoredRow
    from localcloud.tablestore.schema import Key
    from localcloud.tablestore.tables import Rows

MAX_ROWS: Final = 5000
MAX_BYTES: Final = 4 * 1024 * 1024


def get_range(instance: Instance, body: bytes) -> bytes:
    """GetRange: a page ends after ``limit`` rows, 5000 rows looked at, or 4 MB; then the next row's key is given.

    Rows that the filter, or the choice of columns, leaves out cost and count as looked at, but not towards ``limit``.
    """
    request = parse(pb.GetRangeRequest, body)
    rows = instance.rows_to_read(request.table_name, request.transaction_id)
    limit = request.limit if request.HasField("limit") else MAX_ROWS
    if limit <= 0:
        raise invalid("The limit must be greater than 0.")
    selection = Selection.of(request, rows.schema)
    found = _readable(instance, rows, request)
    response = pb.GetRangeResponse()
    parts, size = _page(found, selection, limit)
    response.rows = b"".join([HEADER, *parts]) if parts else b""
    if (following := next(found, None)) is not None:
        response.next_start_primary_key = HEADER + following.encode_part({})
    response.consumed.capacity_unit.read = capacity_units(size)
    response.consumed.capacity_unit.write = 0
    data: bytes = response.SerializeToString()
    return data


def _readable(instance: Instance, rows: Rows, request: pb.GetRangeRequest) -> Iterator[StoredRow]:
    start = _bound(rows, request.inclusive_start_primary_key)
    end = _bound(rows, request.exclusive_end_primary_key)
    backward = request.direction == pb.BACKWARD
    if not (end < start if backward else start < end):
        raise invalid(
            f"Begin key must {'more than end key in BACKWARD' if backward else 'less than end key in FORWARD'}"
        )
    retention = instance.retention(rows)
    readable = (row.readable(retention) for row in rows.between(start, end, backward=backward))
    return (row for row in readable if row is not None)


def _bound(rows: Rows, data: bytes) -> Key:
    return rows.schema.key_of(decode_row(data).key, RANGE_MARKERS)


def _page(found: Iterator[StoredRow], selection: Selection, limit: int) -> tuple[list[bytes], int]:
    """The rows of one page, encoded, and the bytes that were looked at; ``found`` is left at the next row."""
    parts: list[bytes] = []
    size = 0
    for looked_at, row in enumerate(found, start=1):
        columns = selection.columns(row)
        if columns is not None:
            parts.append(row.encode_part(columns))
        size += row.size
        if len(parts) == limit or looked_at == MAX_ROWS or size >= MAX_BYTES:
            break
    return parts, size
