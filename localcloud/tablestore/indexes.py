"""Secondary indexes: a table's rows under another key, for reading.

An index is worked out from its table when it is read. So it is never behind, and it holds the rows that were there
before it whether they were asked for or not (``include_base_data``); the real service takes its time for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.tablestore.errors import invalid
from localcloud.tablestore.plainbuffer import variant_of
from localcloud.tablestore.rows import StoredRow
from localcloud.tablestore.schema import index_schema
from localcloud.tablestore.tables import keys_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tablestore.protobuf import table_store_pb2 as pb

    from localcloud.tablestore.plainbuffer import Value
    from localcloud.tablestore.rows import Retention
    from localcloud.tablestore.schema import Key, KeyColumn
    from localcloud.tablestore.tables import Table


class IndexRows:
    """The rows of one index at one moment; see Rows."""

    def __init__(self, table: Table, index: pb.IndexMeta, retention: Retention) -> None:
        self.schema = index_schema(table.schema, index)
        self._key_names = [column.name for column in table.schema.key]
        self._defined = frozenset(index.defined_column)
        found = (self._row(row) for stored in table if (row := stored.readable(retention)) is not None)
        self._rows = {row.key: row for row in found if row is not None}

    def get(self, key: Key) -> StoredRow | None:
        """See Rows."""
        return self._rows.get(key)

    def between(self, start: Key, end: Key, *, backward: bool) -> Iterator[StoredRow]:
        """See Rows."""
        return map(self._rows.__getitem__, keys_between(sorted(self._rows), start, end, backward=backward))

    def check_writable(self, key: Key) -> None:
        """See Rows; no key is."""
        del key
        raise invalid("Can't write index table directly.")

    def write(self, key: Key, row: StoredRow | None) -> None:
        """See Rows; never, as ``check_writable`` says."""
        raise NotImplementedError

    def next_number(self, now: int) -> int:
        """See Rows; never, as ``check_writable`` says."""
        raise NotImplementedError

    def _row(self, row: StoredRow) -> StoredRow | None:
        """The index's row for ``row``; None if a column of the index's key is missing in it, or of another type."""
        values = dict(zip(self._key_names, row.key, strict=True))
        values |= {name: versions[0].value for name, versions in row.columns.items()}
        key = tuple(value for column in self.schema.key if (value := _fitting(values, column)) is not None)
        if len(key) < len(self.schema.key):
            return None
        columns = {name: versions[:1] for name, versions in row.columns.items() if name in self._defined}
        return StoredRow.empty(self.schema, key).holding(columns, row.written)


def _fitting(values: dict[str, Value], column: KeyColumn) -> Value | None:
    value = values.get(column.name)
    return value if value is not None and variant_of(value) == column.variant else None
