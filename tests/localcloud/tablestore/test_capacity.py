"""Capacity units: one for each 4 KB begun, of what was looked at and of what was written."""

from __future__ import annotations

import pytest
from tablestore import (
    BatchGetRowRequest,
    CapacityUnit,
    OTSClient,
    Row,
    TableInBatchGetRowItem,
)

from tests.localcloud.tablestore.builders import (
    ABSENT,
    ANY,
    TWO_COLUMNS,
    create_table,
    if_equal,
    key_of,
    put,
    put_item,
    scan,
    update,
    write_batch,
)


def units(response: tuple[CapacityUnit, ...]) -> tuple[int, int]:
    consumed = response[0]
    return consumed.read, consumed.write


@pytest.mark.parametrize(("length", "expected"), [(0, 1), (4000, 1), (4096, 2), (9000, 3), (100_000, 25)])
def test_a_write_costs_by_its_size(client: OTSClient, length: int, expected: int) -> None:
    create_table(client)

    assert units(put(client, "a", text="x" * length)) == (0, expected)
    assert units(update(client, "a", PUT=[("text", "x" * length)])) == (0, expected)
    assert units(client.get_row("t", key_of("a"), max_version=1)) == (expected, 0)
    assert units(client.delete_row("t", Row(key_of("a")), ANY)) == (0, 1)


def test_a_missing_row_costs_one_unit_to_read(client: OTSClient) -> None:
    create_table(client)

    assert units(client.get_row("t", key_of("a"), max_version=1)) == (1, 0)


def test_a_condition_costs_the_reading_of_what_it_looks_at(client: OTSClient) -> None:
    create_table(client)

    assert units(put(client, "a", condition=ABSENT, n=1, text="x" * 9000)) == (1, 3)
    assert units(update(client, "a", condition=if_equal("n", 1), PUT=[("n", 2)])) == (3, 1)
    assert units(update(client, "a", INCREMENT=[("n", 2)])) == (3, 1)


def test_a_range_costs_by_its_sum(client: OTSClient) -> None:
    create_table(client, key=TWO_COLUMNS)
    for hour in range(9):
        put(client, "a", hour, text="x" * 1000)

    assert units(scan(client)) == (3, 0)
    assert units(scan(client, limit=2)) == (1, 0)
    assert units(scan(client, key_of("b", 1), key_of("c", 1))) == (1, 0)


def test_each_row_of_a_batch_costs_for_itself(client: OTSClient) -> None:
    create_table(client)
    written = write_batch(client, [put_item("a", text="x" * 5000), put_item("b", text="x")])
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem("t", [key_of("a"), key_of("b")], [], None, 1))

    read = client.batch_get_row(request).get_result_by_table("t")

    assert [item.consumed.write for item in written.get_put()[0]] == [2, 1]
    assert [item.consumed.read for item in read] == [2, 1]
