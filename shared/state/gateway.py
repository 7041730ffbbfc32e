"""A Tablestore instance: the only file that knows its SDK, whose import takes half a second.

The SDK's own retries are switched off. It waits up to 54 s, and leaves network errors alone; here every failure that
may pass is tried again, on the same few pauses. That a request is sent twice is harmless: rows are put whole, and a
conditional put notes whose write it is (column ``writer``). Where a condition failed, the row is read back: if it
carries this write's mark, it was this very write that got there first, on a try whose reply was lost. The mark is of
the write, not of its content: two runs that write the same content at once must not both hear that they won.

Sources: error codes, help.aliyun.com/en/tablestore/developer-reference/error-codes; limits, as in tables.py.
"""

from __future__ import annotations

import itertools
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from shared.authorities import verifying
from shared.errors import StoreRefused, StoreUnavailable
from shared.pauses import spread
from shared.state.tables import WRITER, Absent, Below, Delete, Equals, Put, StoredRow
from shared.vendor import sparing

with sparing():
    import tablestore as ots
    from urllib3 import Timeout
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shared.state.tables import Columns, Condition, Key, Table, Write

V = TypeVar("V")
Sdk: TypeAlias = Any
"""A value of the SDK's, which comes without types."""

PAUSES = (0.1, 0.4, 1.2)
"""Seconds between the tries of one request."""
PATIENT_PAUSES = (*PAUSES, 3, 6, 10, 15, 20, 20)
"""Of the check, while it has the time: a store that is busy for a minute, as when a partition is split, ends no run."""
GIVE_OR_TAKE = 0.2
"""The share of a pause by which it differs from one run to another: the shortest ones together last a minute, too."""
CONNECT_SECONDS = 2
"""Of one try to connect; urllib3 makes four."""
REPLY_SECONDS = 10

ROWS_PER_READ = 100
ROWS_PER_WRITE = 200
BYTES_PER_WRITE = 3_500_000
"""The service allows 4 MiB as it counts them; this leaves room for counting differently."""

CONDITION_FAILED = "OTSConditionCheckFail"
TABLE_EXISTS = "OTSObjectAlreadyExist"
PASSING = frozenset(
    {
        "OTSInternalServerError",
        "OTSNotEnoughCapacityUnit",
        "OTSOperationConflict",
        "OTSOperationThrottled",
        "OTSPartitionUnavailable",
        "OTSRowOperationConflict",
        "OTSServerBusy",
        "OTSServerUnavailable",
        "OTSTableNotReady",
        "OTSTimeout",
    }
)
"""Codes of failures that may be gone a moment later."""
REFUSING = frozenset({"OTSInvalidPK", "OTSParameterInvalid"})
"""Codes of what is refused for what it says: a column too large, a key of another type."""


class _RowsLeftError(Exception):
    """The service served a batch, but not every row of it."""

    def __init__(self, codes: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(codes)))
        self.codes = codes


def connect(
    endpoint: str,
    access_key_id: str,
    access_key_secret: str,
    security_token: str | None,
    instance: str,
    pauses: Sequence[float] = PAUSES,
    there_is_time: Callable[[float], bool] = lambda _: True,
) -> Gateway:
    """A gateway to one instance; nothing is sent yet.

    Args:
        endpoint: URL with its scheme, for example ``https://NAME.cn-hangzhou.vpc.tablestore.aliyuncs.com``.
        access_key_id: Of the function's role, as the invocation's context gives it.
        access_key_secret: Of the same.
        security_token: Of the same; None for a permanent key.
        instance: The instance's name.
        pauses: Seconds between the tries of one request, give or take a fifth.
        there_is_time: Whether the run may wait for so many seconds, and still try; without it, a request is given up.

    Raises:
        StoreUnavailable: There is no file of authorities to verify it by.
    """
    # Every failure is raised here as our own error; the SDK would log it besides, with the rows.
    logging.getLogger("tablestore-client").setLevel(logging.CRITICAL)
    client = ots.OTSClient(
        endpoint,
        access_key_id,
        access_key_secret,
        instance,
        sts_token=security_token,
        socket_timeout=Timeout(connect=CONNECT_SECONDS, read=REPLY_SECONDS),
        max_connection=16,
        retry_policy=ots.NoRetryPolicy(),
    )
    if endpoint.startswith("https:"):
        _trust(client)
    return Gateway(client, pauses=pauses, there_is_time=there_is_time)


def _trust(client: Sdk) -> None:
    """The SDK takes no context: it names a file of authorities, which urllib3 would read for every connection."""
    how = client.connection.pool.connection_pool_kw
    del how["ca_certs"]
    try:
        how["ssl_context"] = verifying()
    except OSError as error:
        raise StoreUnavailable(f"connect: the file of authorities cannot be read ({error})") from error


class Gateway:
    """Reads and writes rows, whole and in any number, and says which conditional writes were stored.

    Safe for use by several threads. Every method raises ``StoreUnavailable``, naming operation and code, if the store
    did not do, or may not have done, what was asked.
    """

    def __init__(
        self,
        client: Sdk,
        *,
        sleep: Callable[[float], None] = time.sleep,
        page_rows: int | None = None,
        pauses: Sequence[float] = PAUSES,
        there_is_time: Callable[[float], bool] = lambda _: True,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._there_is_time = there_is_time
        self._page_rows = page_rows
        self._pauses = tuple(pauses)
        # By chance: two runs that are alike in everything else must differ in this. It names nothing outside its row.
        self._writer = secrets.token_hex(8)
        self._writes = itertools.count()

    # ------------------------------------------------------------ tables

    def create_table(self, table: Table) -> None:
        """Create a table; one of that name that is there stays as it is."""
        meta = ots.TableMeta(table.name, [(name, _TYPES[kind]) for name, kind in table.key])
        options = ots.TableOptions(time_to_live=table.time_to_live, max_version=1)
        unreserved = ots.ReservedThroughput(ots.CapacityUnit(0, 0))
        try:
            self._call("CreateTable", lambda: self._client.create_table(meta, options, unreserved))
        except StoreUnavailable as error:
            cause = error.__cause__
            if not (isinstance(cause, ots.OTSServiceError) and cause.code == TABLE_EXISTS):
                raise

    # ------------------------------------------------------------ reading

    def scan(self, table: Table, start: Key, end: Key, columns: Sequence[str] = ()) -> Iterator[StoredRow]:
        """The rows from ``start`` on and before ``end``, in the order of their keys, page by page.

        A bound that is shorter than the table's key stands before all rows that begin with it. With ``columns`` only
        those are read, and rows that have none of them are left out, unless a part of the key is named as well.
        """
        position: Sdk = _bound(table, start)
        until = _bound(table, end)
        while position is not None:
            position, rows = self._page(table, position, until, columns=columns)
            yield from rows

    def scan_all(self, table: Table) -> Iterator[StoredRow]:
        """All rows of a table, in the order of their keys."""
        position: Sdk = [(name, ots.INF_MIN) for name in table.key_names]
        until = [(name, ots.INF_MAX) for name in table.key_names]
        while position is not None:
            position, rows = self._page(table, position, until)
            yield from rows

    def scan_back(self, table: Table) -> Iterator[StoredRow]:
        """All rows of a table, the last one first; each is a request of its own, sent when the row is asked for."""
        position: Sdk = [(name, ots.INF_MAX) for name in table.key_names]
        until = [(name, ots.INF_MIN) for name in table.key_names]
        while position is not None:
            position, rows = self._page(table, position, until, "BACKWARD", 1)
            yield from rows

    def _page(
        self,
        table: Table,
        position: Sdk,
        until: Sdk,
        direction: str = "FORWARD",
        limit: int | None = None,
        columns: Sequence[str] = (),
    ) -> tuple[Sdk, list[StoredRow]]:
        most, named = limit or self._page_rows, list(columns) or None

        def read() -> Sdk:
            return self._client.get_range(table.name, direction, position, until, named, limit=most, max_version=1)

        _, following, rows, _ = self._call("GetRange", read)
        return following or None, [_stored(row) for row in rows]

    def get(self, table: Table, keys: Iterable[Key], column: str | None = None) -> dict[Key, StoredRow]:
        """The rows that are there among ``keys``; only their ``column`` if one is named."""
        found: dict[Key, StoredRow] = {}
        left = list(keys)
        while left:
            found.update(self._get_some(table, left[:ROWS_PER_READ], column))
            del left[:ROWS_PER_READ]
        return found

    def get_in_order(self, table: Table, keys: Iterable[Key]) -> Iterator[StoredRow]:
        """The rows that are there among ``keys``, in the order of these."""
        wanted = list(keys)
        found = self.get(table, wanted)
        return (found[key] for key in wanted if key in found)

    def _get_some(self, table: Table, keys: Sequence[Key], column: str | None) -> dict[Key, StoredRow]:
        found: dict[Key, StoredRow] = {}
        left = list(keys)

        def read() -> None:
            request = ots.BatchGetRowRequest()
            named = [_primary_key(table, key) for key in left]
            request.add(ots.TableInBatchGetRowItem(table.name, named, [column] if column else None, None, 1))
            items = self._client.batch_get_row(request).get_result_by_table(table.name)
            found.update((row.key, row) for row in (_stored(i.row) for i in items if i.is_ok and i.row is not None))
            left[:] = [key for key, item in zip(left, items, strict=True) if not item.is_ok]
            _demand_none(item.error_code for item in items if not item.is_ok)

        self._call("BatchGetRow", read)
        return found

    # ------------------------------------------------------------ writing

    def write(self, table: Table, writes: Iterable[Write]) -> tuple[bool, ...]:
        """Write rows, in batches; rows are written independently of each other.

        Returns:
            For each write, in order, whether it was stored: False where its condition failed. A put that was stored
            on a try whose reply was lost counts as stored; a conditional delete may then count as failed.
        """
        return tuple(stored for batch in _batches(writes) for stored in self._write_batch(table, batch))

    def insert(self, table: Table, puts: Iterable[Put]) -> None:
        """Write rows that ask for absence, whoever gets there first: no row is read back to tell."""
        for batch in _batches(puts):
            self._send_batch(table, batch, self._next_mark())

    def _write_batch(self, table: Table, batch: list[Write]) -> list[bool]:
        mark = self._next_mark()
        failed = self._send_batch(table, batch, mark)
        lost = failed - self._written_by(table, mark, [w.key for w in batch if isinstance(w, Put) and w.key in failed])
        return [write.key not in lost for write in batch]

    def _next_mark(self) -> str:
        return f"{self._writer}.{next(self._writes)}"

    def _send_batch(self, table: Table, batch: list[Write], mark: str) -> set[Key]:
        """Write a batch; returns the keys whose condition failed, perhaps because an earlier try had served them."""
        failed: set[Key] = set()
        left = list(batch)

        def send() -> None:
            request = ots.BatchWriteRowRequest()
            request.add(ots.TableInBatchWriteRowItem(table.name, [_row_item(table, write, mark) for write in left]))
            errors = _row_errors(self._client.batch_write_row(request), table)
            pairs = [(left[index], code) for index, code in errors]
            failed.update(write.key for write, code in pairs if code == CONDITION_FAILED)
            left[:] = [write for write, code in pairs if code != CONDITION_FAILED]
            _demand_none(code for _, code in pairs if code != CONDITION_FAILED)

        self._call("BatchWriteRow", send)
        return failed

    def _written_by(self, table: Table, mark: str, keys: Sequence[Key]) -> set[Key]:
        rows = self.get(table, keys, WRITER)
        return {key for key, row in rows.items() if row.columns.get(WRITER) == mark}

    # ------------------------------------------------------------ one request

    def _call(self, operation: str, send: Callable[[], V]) -> V:
        """Send a request, again while its failure may pass and there is time."""
        pauses = iter(self._pauses)
        while True:
            try:
                return send()
            except (ots.OTSClientError, ots.OTSServiceError, HTTPError, _RowsLeftError) as error:
                planned = next(pauses, None) if _may_pass(error) else None
                pause = None if planned is None else spread(planned, self._writer, GIVE_OR_TAKE)
                if pause is None or not self._there_is_time(pause):
                    kind = StoreRefused if _codes(error) & REFUSING else StoreUnavailable
                    raise kind(f"Tablestore {operation}: {_reason(error)}") from error
            self._sleep(pause)


def _codes(error: Exception) -> frozenset[str]:
    """What the service said; nothing if it said nothing."""
    if isinstance(error, ots.OTSServiceError):
        return frozenset({error.code})
    return error.codes if isinstance(error, _RowsLeftError) else frozenset()


def _may_pass(error: Exception) -> bool:
    if codes := _codes(error):
        return codes <= PASSING
    cause = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(cause, NewConnectionError):  # refused at once; urllib3 1 counts it among the timeouts
        return True
    return not isinstance(cause, ConnectTimeoutError | ReadTimeoutError)  # these have waited long enough


def _reason(error: Exception) -> str:
    if isinstance(error, ots.OTSServiceError):
        return f"{error.code}: {error.message}"
    if isinstance(error, _RowsLeftError):
        return f"{error} for rows of a batch"
    return f"{type(error).__name__}: {error}"


def _demand_none(codes: Iterable[str]) -> None:
    """Raise if rows of a batch failed, so that the batch is tried again with those, if every code may pass."""
    found = frozenset(codes)
    if found:
        raise _RowsLeftError(found)


# ---------------------------------------------------------------- to and from the SDK's values

_TYPES = {str: "STRING", int: "INTEGER"}


def _primary_key(table: Table, key: Key) -> list[tuple[str, str | int]]:
    return list(zip(table.key_names, key, strict=True))


def _bound(table: Table, key: Key) -> list[tuple[str, Sdk]]:
    return list(itertools.zip_longest(table.key_names, key, fillvalue=ots.INF_MIN))


def _stored(row: Sdk) -> StoredRow:
    """A column is a tuple of name, value and what else the SDK says of it."""
    key = tuple([part[1] for part in row.primary_key])
    return StoredRow(key, {column[0]: column[1] for column in row.attribute_columns or ()})


def _row_errors(response: Sdk, table: Table) -> list[tuple[int, str]]:
    """Place in the batch and error code of each row that was not written."""
    answers = [*response.get_put_by_table(table.name), *response.get_delete_by_table(table.name)]
    return sorted((answer.index, answer.error_code) for answer in answers if not answer.is_ok)


def _row_item(table: Table, write: Write, mark: str) -> Sdk:
    key = _primary_key(table, write.key)
    condition = _condition(write.condition)
    if isinstance(write, Delete):
        return ots.DeleteRowItem(ots.Row(key), condition)
    return ots.PutRowItem(ots.Row(key, [*write.columns.items(), (WRITER, mark)]), condition)


def _condition(condition: Condition) -> Sdk:
    present = ots.RowExistenceExpectation.EXPECT_EXIST
    match condition:
        case None:
            return ots.Condition(ots.RowExistenceExpectation.IGNORE)
        case Absent():
            return ots.Condition(ots.RowExistenceExpectation.EXPECT_NOT_EXIST)
        case Equals(column, value):
            comparison = (column, value, ots.ComparatorType.EQUAL)
        case Below(column, value):
            comparison = (column, value, ots.ComparatorType.LESS_THAN)
    return ots.Condition(present, ots.SingleColumnCondition(*comparison, pass_if_missing=False))


# ---------------------------------------------------------------- batches


def _batches(writes: Iterable[Write]) -> Iterator[list[Write]]:
    """Share writes out over requests; the service refuses a batch that names a key twice."""
    batch: list[Write] = []
    keys: set[Key] = set()
    size = 0
    for write in writes:
        weight = _weight(write)
        if batch and (len(batch) == ROWS_PER_WRITE or size + weight > BYTES_PER_WRITE or write.key in keys):
            yield batch
            batch, keys, size = [], set(), 0
        batch.append(write)
        keys.add(write.key)
        size += weight
    if batch:
        yield batch


def _weight(write: Write) -> int:
    columns: Columns = write.columns if isinstance(write, Put) else {}
    return sum(len(str(part).encode()) + 16 for part in (*write.key, *itertools.chain(*columns.items())))
