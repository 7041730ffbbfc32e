from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    CapacityUnit,
    OTSClient,
    ReservedThroughput,
    Row,
    SecondaryIndexMeta,
    TableMeta,
    TableOptions,
)

from tests.localcloud.tablestore.builders import ANY, get, invalid, keys, put, refused, update
from tests.localcloud.tablestore.server import client_of, serving

if TYPE_CHECKING:
    from pathlib import Path

DEFINED = [("level", "STRING"), ("days", "INTEGER"), ("name", "STRING")]
BY_LEVEL = SecondaryIndexMeta("by_level", ["level", "days"], ["name"])


def create(client: OTSClient, *indexes: SecondaryIndexMeta) -> None:
    meta = TableMeta("t", [("id", "STRING")], DEFINED)
    client.create_table(meta, TableOptions(), ReservedThroughput(CapacityUnit(0, 0)), list(indexes))


def by_level(client: OTSClient) -> list[tuple[object, ...]]:
    names = ("level", "days", "id")
    start, end = [(name, INF_MIN) for name in names], [(name, INF_MAX) for name in names]
    return keys(client.get_range("by_level", "FORWARD", start, end, max_version=1)[2])


@pytest.fixture
def table(client: OTSClient) -> None:
    create(client, BY_LEVEL)
    put(client, "a", level="warning", days=9, name="A", other=1)
    put(client, "b", level="critical", days=2, name="B")
    put(client, "c", level="warning", name="C")


def test_an_index_gives_the_rows_in_the_order_of_its_key(table: None, client: OTSClient) -> None:
    assert by_level(client) == [("critical", 2, "b"), ("warning", 9, "a")]
    key = [("level", "warning"), ("days", 9), ("id", "a")]

    _, row, _ = client.get_row("by_level", key, max_version=1)

    assert row.primary_key == key
    assert [(name, value) for name, value, _ in row.attribute_columns] == [("name", "A")]


def test_an_index_follows_its_table(table: None, client: OTSClient) -> None:
    update(client, "c", PUT=[("days", 1)])
    update(client, "a", DELETE_ALL=["level"])
    client.delete_row("t", Row([("id", "b")]), ANY)

    assert by_level(client) == [("warning", 1, "c")]


def test_an_index_is_not_written_to(table: None, client: OTSClient) -> None:
    key = [("level", "warning"), ("days", 9), ("id", "a")]

    with invalid("Can't write index table directly."):
        client.put_row("by_level", Row(key, [("name", "X")]), ANY)
    assert get(client, "a") is not None


def test_indexes_come_and_go(client: OTSClient) -> None:
    create(client)
    put(client, "a", level="warning", days=9)
    client.create_secondary_index("t", BY_LEVEL, include_base_data=True)
    (described,) = client.describe_table("t").secondary_indexes

    assert (described.index_name, described.primary_key_names, described.defined_column_names) == (
        "by_level",
        ["level", "days"],
        ["name"],
    )
    assert by_level(client) == [("warning", 9, "a")]
    client.delete_secondary_index("t", "by_level")
    assert client.describe_table("t").secondary_indexes == []
    with refused(404, "OTSObjectNotExist", "Requested table does not exist."):
        client.delete_secondary_index("t", "by_level")


def test_an_index_has_a_name_and_columns_of_its_own(table: None, client: OTSClient) -> None:
    with refused(409, "OTSObjectAlreadyExist", "Requested table already exists."):
        client.create_secondary_index("t", BY_LEVEL, include_base_data=True)
    with invalid("Column does not exist:gone."):
        client.create_secondary_index("t", SecondaryIndexMeta("other", ["gone"], []), include_base_data=True)


def test_an_index_outlives_the_service(tmp_path: Path) -> None:
    with serving(tmp_path / "state") as server:
        client = client_of(server.url)
        create(client, BY_LEVEL)
        put(client, "a", level="warning", days=9)

    with serving(tmp_path / "state") as server:
        assert by_level(client_of(server.url)) == [("warning", 9, "a")]
