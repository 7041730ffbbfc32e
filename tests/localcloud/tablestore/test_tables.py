from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tablestore import PK_AUTO_INCR, CapacityUnit, OTSClient, ReservedThroughput, TableMeta, TableOptions

from localcloud.tablestore.tables import MAX_TABLES
from tests.localcloud.tablestore.builders import (
    NOON,
    create_table,
    get,
    invalid,
    put,
    put_version,
    refused,
    scan,
    update,
    versions,
)

if TYPE_CHECKING:
    from tests.localcloud.tablestore.server import Server

COLUMN_COUNT = "The number of primary key columns must be in range: [1, 4]."


def test_a_table_is_listed_and_described_until_it_is_deleted(client: OTSClient) -> None:
    create_table(client, "snapshots", [("account", "STRING"), ("at", "INTEGER"), ("raw", "BINARY")], max_version=3)
    create_table(client, "accounts")

    described = client.describe_table("snapshots")

    assert client.list_table() == ("accounts", "snapshots")
    assert described.table_meta.schema_of_primary_key == [
        ("account", "STRING"),
        ("at", "INTEGER"),
        ("raw", "BINARY"),
    ]
    assert described.table_options.max_version == 3
    client.delete_table("snapshots")
    assert client.list_table() == ("accounts",)


def test_the_node_clients_required_table_status_is_sent(server: Server, client: OTSClient) -> None:
    create_table(client)
    bodies = []
    decode = client.protocol.decoder.api_decode_map["DescribeTable"]

    def remember(body: bytes, request_id: str) -> object:
        bodies.append(body)
        return decode(body, request_id)

    client.protocol.decoder.api_decode_map["DescribeTable"] = remember
    client.describe_table("t")

    assert bodies[0].endswith(b"\x20\x01")  # field 4, varint 1


def test_predefined_columns_come_back(client: OTSClient) -> None:
    meta = TableMeta("t", [("id", "STRING")], [("amount", "DOUBLE"), ("name", "STRING")])
    client.create_table(meta, TableOptions(), ReservedThroughput(CapacityUnit(0, 0)))

    assert client.describe_table("t").table_meta.defined_columns == [("amount", "DOUBLE"), ("name", "STRING")]


def test_a_second_table_of_the_same_name_is_refused(client: OTSClient) -> None:
    create_table(client)

    with refused(409, "OTSObjectAlreadyExist", "Requested table already exists."):
        create_table(client)


def test_tables_that_are_missing(client: OTSClient) -> None:
    missing = refused(404, "OTSObjectNotExist", "Requested table does not exist.")
    for call in (client.describe_table, client.delete_table):
        with missing:
            call("t")
    with missing:
        put(client, "a", n=1)
    with invalid("Request table not exist"):
        get(client, "a")
    with invalid("Request table not exist"):
        scan(client)


@pytest.mark.parametrize(
    ("name", "key", "options", "message"),
    [
        ("1st", [("id", "STRING")], {}, "Invalid table name: '1st'."),
        ("t", [("a-b", "STRING")], {}, "Invalid column name: 'a-b'."),
        ("t", [], {}, "The number of primary key columns must be in range: [1, 4]."),
        (
            "t",
            [(f"k{n}", "STRING") for n in "12345"],
            {},
            "The number of primary key columns must be in range: [1, 4].",
        ),
        ("t", [("id", "STRING"), ("id", "STRING")], {}, "Duplicated primary key name: 'id'."),
        ("t", [("id", "INTEGER", PK_AUTO_INCR)], {}, "First primary key can't be auto increment, table: t."),
        (
            "t",
            [("id", "STRING"), ("n", "STRING", PK_AUTO_INCR)],
            {},
            "AUTO_INCREMENT primary key must be integer.",
        ),
        ("t", [("id", "BOOLEAN")], {}, "BOOLEAN is an invalid type for the primary key."),
        ("t", [("id", "STRING")], {"time_to_live": 0}, "TimeToLive cannot be 0 or less than -1."),
        ("t", [("id", "STRING")], {"max_version": 0}, "The maximum versions cannot be less than or equal to 0."),
    ],
)
def test_a_definition_that_breaks_a_rule(
    client: OTSClient, name: str, key: list[tuple[str, ...]], options: dict[str, int], message: str
) -> None:
    with invalid(message):
        create_table(client, name, key, **options)


def test_an_instance_holds_64_tables(client: OTSClient) -> None:
    for number in range(MAX_TABLES):
        create_table(client, f"t{number}")

    with refused(403, "OTSQuotaExhausted", "Number of tables exceeded the quota."):
        create_table(client, "one_more")


def test_options_change_from_the_next_request_on(server: Server, client: OTSClient) -> None:
    server.clock.set(NOON)
    create_table(client, max_version=3)
    for number in range(3):
        put_version(client, "a", number, server.clock)
    assert versions(client, "a") == [2, 1, 0]

    changed = client.update_table("t", TableOptions(max_version=1))

    assert changed.table_options.max_version == 1
    assert changed.table_options.time_to_live == -1
    assert versions(client, "a") == [2]


def test_a_table_may_forbid_updates_of_its_rows(client: OTSClient) -> None:
    create_table(client, allow_update=False)
    put(client, "a", n=1)
    with invalid("UpdateRow is not allowed: the table's option allow_update is false."):
        update(client, "a", PUT=[("n", 2)])
    assert (get(client, "a"), client.describe_table("t").table_options.allow_update) == ({"n": 1}, False)

    client.update_table("t", TableOptions(allow_update=True))
    update(client, "a", PUT=[("n", 2)])

    assert (get(client, "a"), client.describe_table("t").table_options.allow_update) == ({"n": 2}, True)


def test_there_are_no_search_indexes(client: OTSClient) -> None:
    create_table(client)

    assert client.list_search_index("t") == []


def test_an_operation_that_is_not_there_says_so(client: OTSClient) -> None:
    with refused(400, "OTSUnsupportOperation", "Unsupported operation: 'SQLQuery'."):
        client.exe_sql_query("SELECT 1")


def test_reset_drops_every_table(server: Server, client: OTSClient) -> None:
    create_table(client)
    put(client, "a", n=1)
    assert server.service.stats() == {"tables": 1, "rows": 1, "requests": 2, "refused": 0}

    server.service.reset()

    assert client.list_table() == ()
    assert server.service.stats()["rows"] == 0
