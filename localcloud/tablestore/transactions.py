"""Local transactions: a lock on one partition key, and writes that others see only after the commit.

Source: help.aliyun.com "Local transactions": one partition key, 60 seconds, 4 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from localcloud.tablestore.errors import (
    TablestoreError,
    invalid,
    outside_transaction,
    row_conflict,
    session_missing,
    transaction_too_large,
)
from localcloud.tablestore.tables import keys_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.tablestore.plainbuffer import Value
    from localcloud.tablestore.rows import StoredRow
    from localcloud.tablestore.schema import Key
    from localcloud.tablestore.tables import Table

LIFETIME_MS: Final = 60_000
MAX_BYTES: Final = 4 * 1024 * 1024


class Transaction:
    """One open transaction: the table as it would be after the commit."""

    def __init__(self, table: Table, partition: Value, started: int) -> None:
        self.table = table
        self.schema = table.schema
        self.partition = partition
        self.ends = started + LIFETIME_MS
        self._written: dict[Key, StoredRow | None] = {}

    def get(self, key: Key) -> StoredRow | None:
        """See Rows.

        Raises:
            TablestoreError: OTSDataOutOfRange for another partition key.
        """
        self._check_partition(key)
        return self._written[key] if key in self._written else self.table.get(key)

    def between(self, start: Key, end: Key, *, backward: bool) -> Iterator[StoredRow]:
        """See Rows; both ends lie in the transaction's partition.

        Raises:
            TablestoreError: OTSDataOutOfRange.
        """
        self._check_partition(start)
        self._check_partition(end)
        stored = {row.key: row for row in self.table.between(start, end, backward=backward)}
        keys = keys_between(sorted(stored.keys() | self._written.keys()), start, end, backward=backward)
        rows = (self._written[key] if key in self._written else stored[key] for key in keys)
        return (row for row in rows if row is not None)

    def check_writable(self, key: Key) -> None:
        """See Rows."""
        self._check_partition(key)

    def write(self, key: Key, row: StoredRow | None) -> None:
        """See Rows.

        Raises:
            TablestoreError: OTSOutOfTransactionDataSizeLimit above 4 MB.
        """
        others = (other for at, other in self._written.items() if at != key)
        if sum(other.size for other in (row, *others) if other is not None) > MAX_BYTES:
            raise transaction_too_large(MAX_BYTES)
        self._written[key] = row

    def next_number(self, now: int) -> int:
        """See Rows."""
        return self.table.next_number(now)

    def apply(self) -> None:
        """Write everything to the table."""
        for key, row in self._written.items():
            self.table.write(key, row)

    def _check_partition(self, key: Key) -> None:
        if key[0] != self.partition:
            raise outside_transaction(self.partition, key[0])


class Transactions:
    """The open transactions of all tables."""

    def __init__(self) -> None:
        self._open: dict[str, Transaction] = {}

    def start(self, table: Table, partition: Value, now: int) -> str:
        """Lock a partition key; returns the new transaction's id.

        Raises:
            TablestoreError: OTSRowOperationConflict while another transaction holds it.
        """
        if partition in table.locks:
            raise row_conflict()
        transaction_id = str(uuid4())
        table.locks[partition] = transaction_id
        self._open[transaction_id] = Transaction(table, partition, now)
        return transaction_id

    def find(self, transaction_id: str, table: Table) -> Transaction:
        """The open transaction, which must be one on ``table``.

        Raises:
            TablestoreError: OTSSessionNotExist; OTSParameterInvalid for another table, or an id that is none.
        """
        transaction = self._open.get(transaction_id)
        if transaction is None:
            raise _unknown(transaction_id)
        if transaction.table is not table:
            raise invalid("The transaction belongs to another table.")
        return transaction

    def finish(self, transaction_id: str, *, commit: bool) -> None:
        """End a transaction and free its partition key.

        Raises:
            TablestoreError: OTSSessionNotExist; OTSParameterInvalid for an id that is none.
        """
        transaction = self._open.pop(transaction_id, None)
        if transaction is None:
            raise _unknown(transaction_id)
        del transaction.table.locks[transaction.partition]
        if commit:
            transaction.apply()

    def expire(self, now: int) -> None:
        """Abort what has been open for more than 60 seconds at ``now`` (ms)."""
        ended = [transaction_id for transaction_id, transaction in self._open.items() if transaction.ends <= now]
        for transaction_id in ended:
            self.finish(transaction_id, commit=False)

    def drop(self, table: Table) -> None:
        """Forget the transactions of a table that goes away."""
        self._open = {at: transaction for at, transaction in self._open.items() if transaction.table is not table}


def _unknown(transaction_id: str) -> TablestoreError:
    """Whether such an id was ever given cannot be told, but whether it looks like one."""
    try:
        UUID(transaction_id)
    except ValueError:
        return invalid("TransactionID is invalid.")
    return session_missing()
