"""Requests with defaults for what is not at stake."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    BatchWriteRowRequest,
    BatchWriteRowResponse,
    CapacityUnit,
    ComparatorType,
    Condition,
    OTSServiceError,
    PutRowItem,
    ReservedThroughput,
    Row,
    RowExistenceExpectation,
    SingleColumnCondition,
    TableInBatchWriteRowItem,
    TableMeta,
    TableOptions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tablestore import OTSClient
    from tablestore.metadata import RowItem

    from localcloud.clock import Clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

ANY = Condition(RowExistenceExpectation.IGNORE)
PRESENT = Condition(RowExistenceExpectation.EXPECT_EXIST)
ABSENT = Condition(RowExistenceExpectation.EXPECT_NOT_EXIST)

Scalar = str | int | float | bool | bytearray
Key = list[tuple[str, Any]]
Written = tuple[CapacityUnit, Row | None]
Page = tuple[CapacityUnit, Key | None, list[Row], bytes]
Refusal = AbstractContextManager[object]
ONE_COLUMN = (("id", "STRING"),)
TWO_COLUMNS = (("account", "STRING"), ("hour", "INTEGER"))


def create_table(
    client: OTSClient, name: str = "t", key: Iterable[tuple[str, ...]] = ONE_COLUMN, **options: int
) -> str:
    meta = TableMeta(name, list(key))
    client.create_table(meta, TableOptions(**options), ReservedThroughput(CapacityUnit(0, 0)))
    return name


def key_of(*values: Scalar) -> Key:
    return list(zip(("id",) if len(values) == 1 else ("account", "hour"), values, strict=False))


def put(client: OTSClient, *key: Scalar, condition: Condition = ANY, **columns: Scalar) -> Written:
    written: Written = client.put_row("t", Row(key_of(*key), list(columns.items())), condition)
    return written


def update(client: OTSClient, *key: Scalar, condition: Condition = ANY, **changes: object) -> Written:
    written: Written = client.update_row("t", Row(key_of(*key), changes), condition)
    return written


def get(client: OTSClient, *key: Scalar, max_version: int = 1, **options: object) -> dict[str, Any] | None:
    """The columns' newest values; None if there is no row."""
    _, row, _ = client.get_row("t", key_of(*key), max_version=max_version, **options)
    return None if row is None else {name: value for name, value, _ in reversed(row.attribute_columns)}


def put_version(client: OTSClient, key: str, value: Scalar, clock: Clock) -> None:
    """Write column n of a row, a second after the last version."""
    clock.advance(timedelta(seconds=1))
    update(client, key, PUT=[("n", value)])


def versions(client: OTSClient, key: str, **options: object) -> list[Any]:
    """The values of all columns of a row, new ones first; [] if there is no row."""
    options.setdefault("max_version", 100)
    _, row, _ = client.get_row("t", key_of(key), **options)
    return [] if row is None else [value for _, value, _ in row.attribute_columns]


def scan(
    client: OTSClient, start: Key | None = None, end: Key | None = None, direction: str = "FORWARD", **options: object
) -> Page:
    """A GetRange over a table of two key columns; from the first to the last row unless bounds are given."""
    lowest, highest = [("account", INF_MIN), ("hour", INF_MIN)], [("account", INF_MAX), ("hour", INF_MAX)]
    first, last = (highest, lowest) if direction == "BACKWARD" else (lowest, highest)
    options.setdefault("max_version", 1)
    page: Page = client.get_range("t", direction, start or first, end or last, **options)
    return page


def keys(rows: list[Row]) -> list[tuple[Any, ...]]:
    return [tuple(value for _, value in row.primary_key) for row in rows]


def all_pages(client: OTSClient, direction: str = "FORWARD", limit: int | None = None) -> Iterator[tuple[Any, ...]]:
    start = None
    while True:
        _, start, rows, _ = scan(client, start, direction=direction, limit=limit)
        yield from keys(rows)
        if start is None:
            return


def equals(column: str, value: Scalar, **options: bool) -> SingleColumnCondition:
    return SingleColumnCondition(column, value, ComparatorType.EQUAL, **options)


def if_equal(column: str, value: Scalar) -> Condition:
    return Condition(RowExistenceExpectation.IGNORE, equals(column, value, pass_if_missing=False))


def write_batch(
    client: OTSClient, items: Sequence[RowItem], transaction_id: str | None = None
) -> BatchWriteRowResponse:
    request = BatchWriteRowRequest()
    request.add(TableInBatchWriteRowItem("t", items))
    if transaction_id is not None:
        request.set_transaction_id(transaction_id)
    return client.batch_write_row(request)


def put_item(*key: Scalar, condition: Condition = ANY, **columns: Scalar) -> PutRowItem:
    return PutRowItem(Row(key_of(*key), list(columns.items())), condition)


def refused(status: int, code: str, message: str) -> Refusal:
    """A context in which exactly this error must be raised."""

    def exactly(error: OTSServiceError) -> bool:
        found = (error.get_http_status(), error.get_error_code(), error.get_error_message())
        assert found == (status, code, message)
        return True

    return pytest.raises(OTSServiceError, check=exactly)


def invalid(message: str) -> Refusal:
    return refused(400, "OTSParameterInvalid", message)


def condition_failed() -> Refusal:
    return refused(403, "OTSConditionCheckFail", "Condition check failed.")
