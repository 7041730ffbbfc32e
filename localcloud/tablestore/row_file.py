"""Tables and rows in a file, so that they outlive the process.

An SQLite database; what was answered as written is with the operating system by then, and survives the process's sudden
end (not the machine's: that is not what the local cloud is for).
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from localcloud.tablestore.rows import decode_stored
from localcloud.tablestore.schema import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from localcloud.tablestore.rows import StoredRow
    from localcloud.tablestore.schema import Schema

_TABLES = """
CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, definition BLOB NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    table_name TEXT NOT NULL, key BLOB NOT NULL, row BLOB NOT NULL, written INTEGER NOT NULL,
    PRIMARY KEY (table_name, key)
) WITHOUT ROWID;
"""


class RowFile:
    """The file behind a set of tables; changes count from ``commit`` on."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection: Any = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_TABLES)

    def schemas(self) -> Iterator[Schema]:
        """All tables' definitions."""
        for definition, created in self._connection.execute("SELECT definition, created FROM tables ORDER BY name"):
            yield load_schema(definition, created)

    def rows(self, schema: Schema) -> Iterator[StoredRow]:
        """All rows of one table, in no particular order."""
        rows = self._connection.execute("SELECT row, written FROM rows WHERE table_name = ?", (schema.name,))
        for data, written in rows:
            yield decode_stored(schema, data, written)

    def save_schema(self, schema: Schema) -> None:
        """Keep a new or changed definition."""
        values = (schema.name, schema.dump(), schema.created)
        self._connection.execute("INSERT OR REPLACE INTO tables VALUES (?, ?, ?)", values)

    def drop(self, table_name: str) -> None:
        """Forget a table and its rows."""
        self._connection.execute("DELETE FROM tables WHERE name = ?", (table_name,))
        self._connection.execute("DELETE FROM rows WHERE table_name = ?", (table_name,))

    def save(self, table_name: str, row: StoredRow) -> None:
        """Keep a row as it now is."""
        values = (table_name, row.encoded_key.wire, row.encode(), row.written)
        self._connection.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", values)

    def remove(self, table_name: str, row: StoredRow) -> None:
        """Forget a row."""
        values = (table_name, row.encoded_key.wire)
        self._connection.execute("DELETE FROM rows WHERE table_name = ? AND key = ?", values)

    def commit(self) -> None:
        """Make all changes since the last commit last, or none of them."""
        self._connection.commit()

    def close(self) -> None:
        """Commit and let go of the file."""
        self.commit()
        self._connection.close()
