"""GetRow, PutRow, UpdateRow, DeleteRow, and the same row by row in BatchGetRow and BatchWriteRow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tablestore.protobuf import table_store_pb2 as pb

from localcloud.tablestore.conditions import check_condition
from localcloud.tablestore.errors import TablestoreError, invalid
from localcloud.tablestore.plainbuffer import AUTO_INCREMENT, HEADER, INCREMENT, decode_row
from localcloud.tablestore.requests import (
    capacity_units,
    check_delete,
    check_put,
    check_timestamps,
    check_update,
    check_write_size,
    parse,
    size_of_row,
)
from localcloud.tablestore.rows import StoredRow, write_cells
from localcloud.tablestore.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.message import Message

    from localcloud.tablestore.instance import Instance
    from localcloud.tablestore.plainbuffer import Value, WireRow
    from localcloud.tablestore.schema import Key, Options
    from localcloud.tablestore.tables import Rows

MAX_ROWS_WRITTEN: Final = 200
MAX_ROWS_READ: Final = 100


def get_row(instance: Instance, body: bytes) -> bytes:
    """GetRow: one row, or an empty answer when it is missing, filtered out, or has none of the columns."""
    request = parse(pb.GetRowRequest, body)
    rows = instance.rows_to_read(request.table_name, request.transaction_id)
    response = pb.GetRowResponse()
    _read(instance, rows, Selection.of(request, rows.schema), request.primary_key, response)
    return _serialized(response)


def put_row(instance: Instance, body: bytes) -> bytes:
    """PutRow: a row in place of whatever was there."""
    request = parse(pb.PutRowRequest, body)
    response = pb.PutRowResponse()
    _write_alone(instance, pb.PUT, request.row, request, response)
    return _serialized(response)


def update_row(instance: Instance, body: bytes) -> bytes:
    """UpdateRow: single columns written, deleted or incremented."""
    request = parse(pb.UpdateRowRequest, body)
    response = pb.UpdateRowResponse()
    _write_alone(instance, pb.UPDATE, request.row_change, request, response)
    return _serialized(response)


def delete_row(instance: Instance, body: bytes) -> bytes:
    """DeleteRow: a row with all its versions; one that is missing is no error unless the condition says so."""
    request = parse(pb.DeleteRowRequest, body)
    response = pb.DeleteRowResponse()
    _write_alone(instance, pb.DELETE, request.primary_key, request, response)
    return _serialized(response)


def batch_get_row(instance: Instance, body: bytes) -> bytes:
    """BatchGetRow: up to 100 rows; a row with a wrong key fails alone."""
    request = parse(pb.BatchGetRowRequest, body)
    _check_tables(request.tables)
    if not request.tables:
        raise invalid("No row specified in the request of BatchGetRow.")
    if sum(len(part.primary_key) for part in request.tables) > MAX_ROWS_READ:
        raise invalid(f"Rows count exceeds the upper limit: {MAX_ROWS_READ}.")
    response = pb.BatchGetRowResponse()
    for part in request.tables:
        rows = instance.rows_to_read(part.table_name)
        selection = Selection.of(part, rows.schema)
        results = response.tables.add(table_name=part.table_name).rows
        for primary_key in part.primary_key:
            result = results.add(is_ok=True)
            try:
                _read(instance, rows, selection, primary_key, result)
            except TablestoreError as error:
                _fail(result, error)
    return _serialized(response)


def batch_write_row(instance: Instance, body: bytes) -> bytes:
    """BatchWriteRow: up to 200 rows and 4 MB; a failed condition, a wrong or a locked key fails its row alone."""
    request = parse(pb.BatchWriteRowRequest, body)
    batch = _decode_batch(instance, request)
    response = pb.BatchWriteRowResponse()
    for table_name, rows, changes in batch:
        results = response.tables.add(table_name=table_name).rows
        for change in changes:
            result = results.add(is_ok=True)
            try:
                _write(instance, rows, change, result)
            except TablestoreError as error:
                _fail(result, error)
    return _serialized(response)


@dataclass(frozen=True, slots=True)
class _Change:
    """One row to write, and on what condition."""

    kind: int
    """PUT, UPDATE or DELETE."""
    row: WireRow
    condition: pb.Condition
    wanted: pb.ReturnContent

    @classmethod
    def of(cls, rows: Rows, kind: int, data: bytes, request: Message) -> _Change:
        """The change in ``request``, with what can be checked without looking at stored rows."""
        row = decode_row(data)
        if kind == pb.DELETE:
            check_delete(row)
        elif kind == pb.UPDATE:
            check_update(rows.schema, row)
        else:
            check_put(rows.schema, row)
        return cls(kind, row, request.condition, request.return_content)

    @property
    def key(self) -> tuple[Value | None, ...]:
        """The key's values as given."""
        return tuple(cell.value for cell in self.row.key)


_Batch = list[tuple[str, "Rows", list[_Change]]]


def _decode_batch(instance: Instance, request: pb.BatchWriteRowRequest) -> _Batch:
    """All rows of a batch, after the checks that fail it as a whole."""
    _check_tables(request.tables)
    if not request.tables:
        raise invalid("No row is specified in BatchWriteRow.")
    if sum(len(part.rows) for part in request.tables) > MAX_ROWS_WRITTEN:
        raise invalid(f"Rows count exceeds the upper limit: {MAX_ROWS_WRITTEN}.")
    batch: _Batch = []
    for part in request.tables:
        if not part.rows:
            raise invalid(f"No operation is specified for table: '{part.table_name}'.")
        rows = instance.rows(part.table_name, request.transaction_id)
        changes = [_Change.of(rows, change.type, change.row_change, change) for change in part.rows]
        _check_repeated(changes)
        batch.append((part.table_name, rows, changes))
    size = sum(size_of_row(change.row) for _, _, changes in batch for change in changes)
    check_write_size("BatchWriteRow", size)
    return batch


def _check_tables(parts: Iterable[Message]) -> None:
    for name, count in Counter(part.table_name for part in parts).items():
        if count > 1:
            raise invalid(f"Duplicated table name: {name}.")


def _check_repeated(changes: list[_Change]) -> None:
    """A row may be written twice in a batch, but only without conditions."""
    counts = Counter(change.key for change in changes)
    for change in changes:
        if counts[change.key] == 1 or AUTO_INCREMENT in change.key:
            continue
        if change.condition.row_existence != pb.IGNORE:
            raise invalid("Repeated rows do not support row exist expectation check in BatchModify.")
        if change.condition.column_condition:
            raise invalid("Repeated rows do not support row condition check in BatchModify.")


def _read(instance: Instance, rows: Rows, selection: Selection, primary_key: bytes, response: Message) -> None:
    wire = decode_row(primary_key)
    if wire.cells:
        raise invalid("Attribute column cannot be given while reading data.")
    row = rows.get(rows.schema.key_of(wire.key))
    row = row and row.readable(instance.retention(rows))
    columns = selection.columns(row) if row else None
    response.row = b"" if row is None or columns is None else HEADER + row.encode_part(columns)
    _consume(response, read=capacity_units(row.size if row else 0))


def _write_alone(instance: Instance, kind: int, data: bytes, request: Message, response: Message) -> None:
    rows = instance.rows(request.table_name, request.transaction_id)
    change = _Change.of(rows, kind, data, request)
    check_write_size({pb.PUT: "PutRow", pb.UPDATE: "UpdateRow"}.get(kind, "DeleteRow"), size_of_row(change.row))
    _write(instance, rows, change, response)


def _write(instance: Instance, rows: Rows, change: _Change, response: Message) -> None:
    """Apply one change if its condition holds; ``response`` gets the outcome."""
    now = instance.now()
    key = _key_to_write(rows, change, now)
    if change.kind == pb.UPDATE and not rows.schema.options.allow_update:
        raise invalid("UpdateRow is not allowed: the table's option allow_update is false.")
    rows.check_writable(key)
    stored = rows.get(key)
    before = stored and stored.readable(instance.retention(rows))
    check_condition(change.condition, before)
    check_timestamps(rows.schema, change.row.cells, now)
    empty = StoredRow.empty(rows.schema, key)
    after = _changed(change, before, empty, now, rows.schema.options)
    if after is not None or stored is not None:
        rows.write(key, after)
    _answer(change.wanted, after or empty, response)
    _consume(response, read=_units_to_check(change, before), write=capacity_units(size_of_row(change.row)))


def _key_to_write(rows: Rows, change: _Change, now: int) -> Key:
    key = rows.schema.key_of(change.row.key, (AUTO_INCREMENT,))
    if AUTO_INCREMENT not in key:
        return key
    if change.kind == pb.DELETE:
        raise invalid("Invalid row to delete which with pk auto increment.")
    if change.condition.row_existence != pb.IGNORE:
        expectation = pb.RowExistenceExpectation.Name(change.condition.row_existence)
        raise invalid(f"Invalid expect:{expectation} when modify row with pk auto increment.")
    if change.condition.column_condition:
        raise invalid("Can't set condition when modify row with pk auto increment.")
    number = rows.next_number(now)
    return tuple(number if value is AUTO_INCREMENT else value for value in key)


def _changed(
    change: _Change, before: StoredRow | None, empty: StoredRow, now: int, options: Options
) -> StoredRow | None:
    """The row after the change; None if there is none then. Deletes of columns alone do not make a row."""
    if change.kind == pb.DELETE:
        return None
    if change.kind == pb.PUT:
        return write_cells(empty, change.row.cells, now, options).touched(now)
    after = write_cells(before or empty, change.row.cells, now, options)
    return None if before is None and after.written < 0 else after


def _answer(wanted: pb.ReturnContent, row: StoredRow, response: Message) -> None:
    """What the writer wants back: nothing, the key, or columns as they are now."""
    if wanted.return_type == pb.RT_PK:
        response.row = HEADER + row.encode_part({})
    elif wanted.return_type == pb.RT_AFTER_MODIFY:
        names = set(wanted.return_column_names)
        latest = {name: versions[:1] for name, versions in row.columns.items() if name in names}
        response.row = HEADER + row.encode_part(latest)


def _units_to_check(change: _Change, before: StoredRow | None) -> int:
    """Read units for what was looked at first: nothing, the key, or the row."""
    if change.condition.column_condition or any(cell.operation == INCREMENT for cell in change.row.cells):
        return capacity_units(before.size if before else 0)
    return 0 if change.condition.row_existence == pb.IGNORE else 1


def _consume(response: Message, read: int = 0, write: int = 0) -> None:
    units = response.consumed.capacity_unit
    units.read = read
    units.write = write


def _fail(result: Message, error: TablestoreError) -> None:
    result.Clear()
    result.is_ok = False
    result.error.code = error.code
    result.error.message = error.message


def _serialized(message: Message) -> bytes:
    data: bytes = message.SerializeToString()
    return data
