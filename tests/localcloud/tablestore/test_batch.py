from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tablestore import (
    BatchGetRowRequest,
    BatchGetRowResponse,
    BatchWriteRowRequest,
    DeleteRowItem,
    OTSClient,
    Row,
    TableInBatchGetRowItem,
    TableInBatchWriteRowItem,
    UpdateRowItem,
)

from tests.localcloud.tablestore.builders import (
    ANY,
    PRESENT,
    create_table,
    get,
    if_equal,
    invalid,
    key_of,
    put,
    put_item,
    refused,
    write_batch,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture(autouse=True)
def table(client: OTSClient) -> None:
    create_table(client)
    put(client, "a", n=1)


def read_batch(client: OTSClient, ids: Sequence[str | int], columns: Sequence[str] = ()) -> BatchGetRowResponse:
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem("t", [key_of(each) for each in ids], list(columns), None, 1))
    return client.batch_get_row(request)


def test_each_row_of_a_batch_succeeds_or_fails_on_its_own(client: OTSClient) -> None:
    response = write_batch(
        client,
        [
            put_item("b", n=2),
            put_item("x", condition=PRESENT, n=9),
            UpdateRowItem(Row(key_of("a"), {"PUT": [("n", 3)]}), if_equal("n", 1)),
            UpdateRowItem(Row(key_of("c"), {"PUT": [("n", 3)]}), if_equal("n", 1)),
            DeleteRowItem(Row(key_of("d")), ANY),
        ],
    )

    put_done, put_failed = response.get_put()
    assert not response.is_all_succeed()
    assert len(put_done) == 1
    assert [(item.error_code, item.error_message) for item in put_failed] == [
        ("OTSConditionCheckFail", "Condition check failed.")
    ]
    assert [len(part) for part in response.get_update()] == [1, 1]
    assert [len(part) for part in response.get_delete()] == [1, 0]
    assert [get(client, key) for key in "abxc"] == [{"n": 3}, {"n": 2}, None, None]


def test_a_wrong_key_fails_its_row_alone(client: OTSClient) -> None:
    written = write_batch(client, [put_item(1, n=1), put_item("b", n=2)])
    read = read_batch(client, ["a", 1])

    _, failed = written.get_put()
    assert [item.error_code for item in failed] == ["OTSInvalidPK"]
    assert get(client, "b") == {"n": 2}
    assert [item.is_ok for item in read.get_result_by_table("t")] == [True, False]
    assert read.get_result_by_table("t")[1].error_code == "OTSInvalidPK"


def test_rows_are_read_in_the_order_asked_for(client: OTSClient) -> None:
    put(client, "b", n=2, m=3)

    items = read_batch(client, ["b", "missing", "a"], ["n"]).get_result_by_table("t")

    assert [item.row and item.row.primary_key for item in items] == [key_of("b"), None, key_of("a")]
    assert [(name, value) for name, value, _ in items[0].row.attribute_columns] == [("n", 2)]
    assert all(item.is_ok for item in items)


def test_more_than_one_table(client: OTSClient) -> None:
    create_table(client, "u")
    request = BatchWriteRowRequest()
    request.add(TableInBatchWriteRowItem("t", [put_item("b", n=1)]))
    request.add(TableInBatchWriteRowItem("u", [put_item("c", n=2)]))
    client.batch_write_row(request)

    read = BatchGetRowRequest()
    for name, key in (("t", "b"), ("u", "c")):
        read.add(TableInBatchGetRowItem(name, [key_of(key)], [], None, 1))
    response = client.batch_get_row(read)

    assert [len(response.get_result_by_table(name)) for name in ("t", "u")] == [1, 1]
    assert response.get_result_by_table("u")[0].row.primary_key == key_of("c")


def test_a_batch_for_a_missing_table_fails_as_a_whole(client: OTSClient) -> None:
    request = BatchWriteRowRequest()
    request.add(TableInBatchWriteRowItem("t", [put_item("b", n=1)]))
    request.add(TableInBatchWriteRowItem("u", [put_item("c", n=2)]))

    with refused(404, "OTSObjectNotExist", "Requested table does not exist."):
        client.batch_write_row(request)
    assert get(client, "b") is None


def test_a_row_twice_in_a_batch(client: OTSClient) -> None:
    write_batch(client, [put_item("b", n=1), put_item("b", n=2)])
    assert get(client, "b") == {"n": 2}

    with invalid("Repeated rows do not support row exist expectation check in BatchModify."):
        write_batch(client, [put_item("b", n=3), put_item("b", condition=PRESENT, n=4)])
    with invalid("Repeated rows do not support row condition check in BatchModify."):
        write_batch(client, [put_item("b", n=3), put_item("b", condition=if_equal("n", 2), n=4)])
    assert get(client, "b") == {"n": 2}


def test_empty_batches(client: OTSClient) -> None:
    with invalid("No row is specified in BatchWriteRow."):
        client.batch_write_row(BatchWriteRowRequest())
    with invalid("No operation is specified for table: 't'."):
        write_batch(client, [])
    with invalid("No row specified in the request of BatchGetRow."):
        client.batch_get_row(BatchGetRowRequest())
    assert read_batch(client, []).get_result_by_table("t") == []


def test_a_batch_of_reads_names_its_versions(client: OTSClient) -> None:
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem("t", [key_of("a")], [], None, None))
    with invalid("No version condition is specified while querying row."):
        client.batch_get_row(request)


def test_a_batch_writes_200_rows_and_reads_100(client: OTSClient) -> None:
    assert write_batch(client, [put_item(f"r{n}", n=n) for n in range(200)]).is_all_succeed()
    assert read_batch(client, [f"r{n}" for n in range(100)]).is_all_succeed()

    with invalid("Rows count exceeds the upper limit: 200."):
        write_batch(client, [put_item(f"s{n}", n=n) for n in range(201)])
    with invalid("Rows count exceeds the upper limit: 100."):
        read_batch(client, [f"r{n}" for n in range(101)])
    assert get(client, "s0") is None


def test_a_batch_of_more_than_4_mb(client: OTSClient) -> None:
    fill = (4 * 1024 * 1024) // 4 - len("id") - len("x0") - len("v")
    rows = [put_item(f"x{n}", v="y" * fill) for n in range(4)]
    assert write_batch(client, rows).is_all_succeed()

    rows[0] = put_item("x0", v="y" * (fill + 1))
    message = "The total data size of BatchWriteRow request exceeds the limit, limit size: 4194304, data size: 4194305."
    with invalid(message):
        write_batch(client, rows)
