"""What the operations of one instance share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.tablestore.errors import table_missing_for_reading
from localcloud.tablestore.indexes import IndexRows
from localcloud.tablestore.rows import Retention
from localcloud.tablestore.tables import Tables
from localcloud.tablestore.transactions import Transactions

if TYPE_CHECKING:
    from pathlib import Path

    from localcloud.clock import Clock
    from localcloud.tablestore.tables import Rows


class Instance:
    """Tables, open transactions and the clock."""

    def __init__(self, clock: Clock, path: Path | None) -> None:
        self._clock = clock
        self.tables = Tables(path)
        self.transactions = Transactions()

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self._clock.timestamp() * 1000)

    def rows(self, table_name: str, transaction_id: str) -> Rows:
        """The rows that a write sees: the table's, or a transaction's view of them.

        Raises:
            TablestoreError: OTSObjectNotExist, OTSSessionNotExist.
        """
        if (index := self.tables.find_index(table_name)) is not None:
            return IndexRows(*index, self.retention(index[0]))
        table = self.tables.get(table_name)
        return self.transactions.find(transaction_id, table) if transaction_id else table

    def rows_to_read(self, table_name: str, transaction_id: str = "") -> Rows:
        """As ``rows``, for a read.

        Raises:
            TablestoreError: OTSParameterInvalid for a missing table, OTSSessionNotExist.
        """
        if self.tables.find(table_name) is None and self.tables.find_index(table_name) is None:
            raise table_missing_for_reading()
        return self.rows(table_name, transaction_id)

    def retention(self, rows: Rows) -> Retention:
        """What of ``rows`` can be read now."""
        return Retention.at(self.now(), rows.schema.options)
