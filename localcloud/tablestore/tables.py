"""The tables of an instance: rows sorted by primary key, and who may write to them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Final, Protocol

from localcloud.tablestore.errors import row_conflict, table_exists, table_missing, too_many_tables
from localcloud.tablestore.row_file import RowFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tablestore.protobuf import table_store_pb2 as pb

    from localcloud.tablestore.plainbuffer import Value
    from localcloud.tablestore.rows import StoredRow
    from localcloud.tablestore.schema import Key, Schema

MAX_TABLES: Final = 64


class Rows(Protocol):
    """What row operations work on: a table, or a transaction's view of it."""

    schema: Schema

    def get(self, key: Key) -> StoredRow | None:
        """The row of ``key``, expired versions included."""

    def between(self, start: Key, end: Key, *, backward: bool) -> Iterator[StoredRow]:
        """The rows from ``start`` up to, not including, ``end``; ``backward`` from high keys to low ones."""

    def check_writable(self, key: Key) -> None:
        """Raise OTSRowOperationConflict, or OTSDataOutOfRange, if ``key`` may not be written to."""

    def write(self, key: Key, row: StoredRow | None) -> None:
        """Put ``row`` in place of what was there; None removes it."""

    def next_number(self, now: int) -> int:
        """A number for an auto-increment column, greater than all before; ``now`` is in ms."""


def keys_between(keys: Sequence[Key], start: Key, end: Key, *, backward: bool) -> Sequence[Key]:
    """The part of the sorted ``keys`` from ``start`` up to, not including, ``end``, in reading order."""
    if backward:
        return keys[bisect_right(keys, end) : bisect_right(keys, start)][::-1]
    return keys[bisect_left(keys, start) : bisect_left(keys, end)]


class Table:
    """One table."""

    def __init__(self, schema: Schema, file: RowFile | None) -> None:
        self.schema = schema
        self.locks: dict[Value, str] = {}
        """Partition keys under an open transaction, and its id."""
        self._file = file
        self._rows: dict[Key, StoredRow] = {}
        self._keys: list[Key] = []
        self._last_number = 0

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[StoredRow]:
        """All rows, in no particular order."""
        return iter(self._rows.values())

    def load(self) -> None:
        """Take over what the file holds."""
        assert self._file is not None, "only tables with a file are loaded"
        self._rows = {row.key: row for row in self._file.rows(self.schema)}
        self._keys = sorted(self._rows)
        for at, column in enumerate(self.schema.key):
            if column.auto_increment:
                self._last_number = max((n for key in self._keys if isinstance(n := key[at], int)), default=0)

    def get(self, key: Key) -> StoredRow | None:
        """See Rows."""
        return self._rows.get(key)

    def between(self, start: Key, end: Key, *, backward: bool) -> Iterator[StoredRow]:
        """See Rows."""
        return map(self._rows.__getitem__, keys_between(self._keys, start, end, backward=backward))

    def check_writable(self, key: Key) -> None:
        """See Rows."""
        if key[0] in self.locks:
            raise row_conflict()

    def write(self, key: Key, row: StoredRow | None) -> None:
        """See Rows."""
        before = self._rows.get(key)
        if row is not None:
            if before is None:
                insort(self._keys, key)
            self._rows[key] = row
            if self._file is not None:
                self._file.save(self.schema.name, row)
        elif before is not None:
            del self._rows[key]
            del self._keys[bisect_left(self._keys, key)]
            if self._file is not None:
                self._file.remove(self.schema.name, before)

    def next_number(self, now: int) -> int:
        """See Rows."""
        self._last_number = max(self._last_number + 1, now * 1000)
        return self._last_number


class Tables:
    """All tables of the instance, in memory and, if there is one, in a file."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else RowFile(path)
        self._tables: dict[str, Table] = {}
        for schema in () if self._file is None else list(self._file.schemas()):
            self._tables[schema.name] = table = Table(schema, self._file)
            table.load()

    def names(self) -> list[str]:
        """All tables' names, sorted."""
        return sorted(self._tables)

    def row_count(self) -> int:
        """Rows in all tables, expired ones included."""
        return sum(map(len, self._tables.values()))

    def find(self, name: str) -> Table | None:
        """The table called ``name``."""
        return self._tables.get(name)

    def find_index(self, name: str) -> tuple[Table, pb.IndexMeta] | None:
        """The secondary index called ``name``, and its table."""
        indexes = ((table, index) for table in self._tables.values() for index in table.schema.indexes)
        return next((found for found in indexes if found[1].name == name), None)

    def get(self, name: str) -> Table:
        """The table called ``name``.

        Raises:
            TablestoreError: OTSObjectNotExist.
        """
        table = self._tables.get(name)
        if table is None:
            raise table_missing()
        return table

    def create(self, schema: Schema) -> None:
        """Add an empty table.

        Raises:
            TablestoreError: OTSObjectAlreadyExist, OTSQuotaExhausted.
        """
        for name in (schema.name, *(index.name for index in schema.indexes)):
            if name in self._tables or self.find_index(name) is not None:
                raise table_exists()
        if len(self._tables) >= MAX_TABLES:
            raise too_many_tables()
        self._tables[schema.name] = Table(schema, self._file)
        if self._file is not None:
            self._file.save_schema(schema)

    def change(self, schema: Schema) -> None:
        """Replace a table's definition."""
        self.get(schema.name).schema = schema
        if self._file is not None:
            self._file.save_schema(schema)

    def drop(self, name: str) -> None:
        """Remove a table with its rows.

        Raises:
            TablestoreError: OTSObjectNotExist.
        """
        self.get(name)
        del self._tables[name]
        if self._file is not None:
            self._file.drop(name)

    def commit(self) -> None:
        """Make what was written last; called once for each request, before its reply."""
        if self._file is not None:
            self._file.commit()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
