from __future__ import annotations

import pytest
from tablestore import INF_MAX, INF_MIN, OTSClient

from localcloud.tablestore.range_operations import MAX_ROWS
from tests.localcloud.tablestore.builders import (
    TWO_COLUMNS,
    Key,
    all_pages,
    create_table,
    equals,
    invalid,
    key_of,
    keys,
    put,
    put_item,
    scan,
    write_batch,
)

ALL = [("a", 1), ("a", 2), ("a", 10), ("b", -1), ("b", 3)]


@pytest.fixture(autouse=True)
def rows(client: OTSClient) -> None:
    create_table(client, key=TWO_COLUMNS)
    for account, hour in [ALL[3], ALL[0], ALL[4], ALL[2], ALL[1]]:
        put(client, account, hour, n=hour, text=account)


def test_rows_come_in_the_order_of_their_keys(client: OTSClient) -> None:
    _, following, found, _ = scan(client)

    assert keys(found) == ALL
    assert following is None
    assert {name: value for name, value, _ in found[0].attribute_columns} == {"n": 1, "text": "a"}


def test_backward_is_the_reverse(client: OTSClient) -> None:
    _, following, found, _ = scan(client, direction="BACKWARD")

    assert keys(found) == ALL[::-1]
    assert following is None


def test_the_start_belongs_to_the_range_and_the_end_does_not(client: OTSClient) -> None:
    _, _, forward, _ = scan(client, key_of("a", 2), key_of("b", -1))
    _, _, backward, _ = scan(client, key_of("b", -1), key_of("a", 2), "BACKWARD")

    assert keys(forward) == [("a", 2), ("a", 10)]
    assert keys(backward) == [("b", -1), ("a", 10)]


def test_bounds_need_not_be_rows(client: OTSClient) -> None:
    _, _, found, _ = scan(client, key_of("a", 3), key_of("aa", 0))
    _, _, partition, _ = scan(client, key_of("b", INF_MIN), key_of("b", INF_MAX))
    _, _, reverse, _ = scan(client, key_of("b", INF_MAX), key_of("b", INF_MIN), "BACKWARD")

    assert keys(found) == [("a", 10)]
    assert keys(partition) == [("b", -1), ("b", 3)]
    assert keys(reverse) == [("b", 3), ("b", -1)]


@pytest.mark.parametrize("other", [key_of("a", 1), key_of("b", 0), key_of("b", INF_MIN), key_of("b", 1)])
def test_a_range_has_room_in_its_direction(client: OTSClient, other: Key) -> None:
    with invalid("Begin key must less than end key in FORWARD"):
        scan(client, key_of("b", 1), other)
    with invalid("Begin key must more than end key in BACKWARD"):
        scan(client, other, key_of("b", 1), "BACKWARD")


@pytest.mark.parametrize("direction", ["FORWARD", "BACKWARD"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_give_each_row_once(client: OTSClient, limit: int, direction: str) -> None:
    expected = ALL if direction == "FORWARD" else ALL[::-1]

    assert list(all_pages(client, limit=limit, direction=direction)) == expected


def test_a_page_holds_as_many_rows_as_asked_for_and_names_the_next(client: OTSClient) -> None:
    _, following, found, _ = scan(client, limit=2)
    _, after_all, all_rows, _ = scan(client, limit=5)

    assert keys(found) == ALL[:2]
    assert following == key_of("a", 10)
    assert len(all_rows) == 5
    assert after_all is None


def test_a_limit_is_positive(client: OTSClient) -> None:
    with invalid("The limit must be greater than 0."):
        scan(client, limit=0)


def test_filtered_rows_do_not_count_towards_the_limit(client: OTSClient) -> None:
    _, following, found, _ = scan(client, limit=1, column_filter=equals("text", "b"))

    assert keys(found) == [("b", -1)]
    assert following == key_of("b", 3)


def test_rows_without_a_chosen_column_are_left_out(client: OTSClient) -> None:
    put(client, "c", 1, other=1)

    _, _, found, _ = scan(client, columns_to_get=["other"])

    assert keys(found) == [("c", 1)]


def test_a_page_ends_after_4_mb(client: OTSClient) -> None:
    for hour in range(6):
        put(client, "z", hour, raw="x" * 1_000_000)

    _, following, found, _ = scan(client, key_of("z", INF_MIN), key_of("z", INF_MAX))

    assert len(found) == 5
    assert following == key_of("z", 5)


def test_a_page_ends_after_5000_rows_even_if_all_are_filtered_out(client: OTSClient) -> None:
    for start in range(0, MAX_ROWS + 200, 200):
        write_batch(client, [put_item("z", hour) for hour in range(start, start + 200)])
    bounds = key_of("z", INF_MIN), key_of("z", INF_MAX)

    _, following, found, _ = scan(client, *bounds)
    _, filtered_following, filtered, _ = scan(client, *bounds, column_filter=equals("n", 1, pass_if_missing=False))

    assert len(found) == MAX_ROWS
    assert filtered == []
    assert following == filtered_following == key_of("z", MAX_ROWS)
