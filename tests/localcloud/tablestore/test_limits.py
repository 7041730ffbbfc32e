from __future__ import annotations

import pytest
from tablestore import OTSClient, Row

from tests.localcloud.tablestore.builders import ANY, create_table, get, invalid, key_of, put, refused, scan, update

MB = 1024 * 1024


@pytest.fixture(autouse=True)
def table(client: OTSClient) -> None:
    create_table(client)


def test_a_write_has_at_most_1024_columns(client: OTSClient) -> None:
    columns = [(f"c{number}", number) for number in range(1025)]
    client.put_row("t", Row(key_of("a"), columns[:1024]), ANY)
    message = "The number of attribute columns exceeds the limit, limit count: 1024, column count: 1025."

    with invalid(message):
        client.put_row("t", Row(key_of("b"), columns), ANY)
    with invalid(message):
        client.update_row("t", Row(key_of("b"), {"PUT": columns}), ANY)
    assert len(get(client, "a") or {}) == 1024
    assert get(client, "b") is None


def test_a_row_may_have_more_columns_than_one_write(client: OTSClient) -> None:
    for start in (0, 1000):
        update(client, "a", PUT=[(f"c{number}", number) for number in range(start, start + 1000)])

    assert len(get(client, "a") or {}) == 2000


@pytest.mark.parametrize("key", ["k" * 1025, "键" * 341 + "kk"])
def test_a_key_column_has_at_most_1024_bytes(client: OTSClient, key: str) -> None:
    put(client, key[:-1], n=1)
    message = "The length of primary key column: 'id' exceeds the MaxLength:1024 with CurrentLength:1025."

    with invalid(message):
        put(client, key, n=1)
    with invalid(message):
        get(client, key)


@pytest.mark.parametrize("unit", ["x", bytearray(b"x")])
def test_a_value_has_at_most_2_mb(client: OTSClient, unit: str | bytearray) -> None:
    put(client, "a", v=unit * (2 * MB))

    with invalid("The length of attribute column: 'v' exceeds the MaxLength:2097152 with CurrentLength:2097153."):
        put(client, "a", v=unit * (2 * MB + 1))


@pytest.mark.parametrize("operation", ["PutRow", "UpdateRow"])
def test_a_write_has_at_most_4_mb(client: OTSClient, operation: str) -> None:
    def write(surplus: int) -> None:
        columns = [("x", "x" * (2 * MB)), ("y", "y" * (2 * MB - 5 + surplus))]  # 5: names and the key's value
        if operation == "PutRow":
            client.put_row("t", Row(key_of("a"), columns), ANY)
        else:
            client.update_row("t", Row(key_of("a"), {"PUT": columns}), ANY)

    write(0)

    limit = "exceeds the limit, limit size: 4194304, data size: 4194305."
    with invalid(f"The total data size of {operation} request {limit}"):
        write(1)


def test_a_body_has_at_most_5_mb(client: OTSClient) -> None:
    columns = [(f"c{number}", "x" * MB) for number in range(5)]

    with refused(413, "OTSRequestBodyTooLarge", "The size of POST data is too large."):
        client.put_row("t", Row(key_of("a"), columns), ANY)


def test_a_read_names_at_most_128_columns(client: OTSClient) -> None:
    put(client, "a", c7=1)
    names = [f"c{number}" for number in range(129)]
    message = "The number of columns from the request exceeds the limit, limit count: 128 , column count:129."

    assert get(client, "a", columns_to_get=names[:128]) == {"c7": 1}
    with invalid(message):
        get(client, "a", columns_to_get=names)
    client.delete_table("t")
    create_table(client, key=[("account", "STRING"), ("hour", "INTEGER")])
    with invalid(message):
        scan(client, columns_to_get=names)
