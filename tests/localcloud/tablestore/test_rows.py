from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    PK_AUTO_INCR,
    Condition,
    OTSClient,
    ReturnType,
    Row,
    RowExistenceExpectation,
)

from tests.localcloud.tablestore.builders import (
    ABSENT,
    ANY,
    PRESENT,
    TWO_COLUMNS,
    condition_failed,
    create_table,
    equals,
    get,
    if_equal,
    invalid,
    key_of,
    put,
    refused,
    update,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.tablestore.builders import Scalar


@pytest.fixture(autouse=True)
def table(client: OTSClient) -> str:
    return create_table(client)


@pytest.mark.parametrize(
    "value", ["", "余额不足", "x" * 5000, 0, -(2**63), 2**63 - 1, 2.5, -0.0, True, False, bytearray(b"\x00\xff")]
)
def test_each_type_comes_back_as_it_was_written(client: OTSClient, value: Scalar) -> None:
    put(client, "a", v=value)

    returned = get(client, "a")

    assert returned == {"v": value}
    assert type(returned["v"]) is type(value)


@pytest.mark.parametrize("value", ["键", 2**63 - 1, -(2**63), bytearray(b"\x00\xff")])
def test_each_type_of_key(client: OTSClient, value: Scalar) -> None:
    kind = {str: "STRING", int: "INTEGER", bytearray: "BINARY"}[type(value)]
    create_table(client, "k", [("id", kind)])
    client.put_row("k", Row([("id", value)], [("n", 1)]), ANY)

    _, row, _ = client.get_row("k", [("id", value)], max_version=1)

    assert row.primary_key == [("id", value)]


def test_a_put_replaces_the_row_and_an_update_only_its_columns(client: OTSClient) -> None:
    put(client, "a", x=1, y=2)
    update(client, "a", PUT=[("y", 3), ("z", 4)])
    assert get(client, "a") == {"x": 1, "y": 3, "z": 4}

    put(client, "a", y=5)
    assert get(client, "a") == {"y": 5}


def test_columns_come_in_the_order_of_their_names(client: OTSClient) -> None:
    put(client, "a", b=1, a=2, C=3)

    _, row, _ = client.get_row("t", key_of("a"), max_version=1)

    assert [name for name, _, _ in row.attribute_columns] == ["C", "a", "b"]


def test_a_row_without_columns_is_a_row(client: OTSClient) -> None:
    put(client, "a")
    put(client, "b", n=1)
    update(client, "b", DELETE_ALL=["n"])

    assert get(client, "a") == {}
    assert get(client, "b") == {}
    assert get(client, "c") is None


def test_an_update_that_only_deletes_makes_no_row(client: OTSClient) -> None:
    update(client, "a", DELETE_ALL=["n"])

    assert get(client, "a") is None


def test_increments_add_up_from_nothing(client: OTSClient) -> None:
    for step in (5, -2, 2**62):
        update(client, "a", INCREMENT=[("n", step)])

    assert get(client, "a") == {"n": 3 + 2**62}


def test_only_integers_are_incremented_and_stay_within_64_bits(client: OTSClient) -> None:
    put(client, "a", text="1", n=2**63 - 1)

    with invalid("The type of column 'text' is not INTEGER: it cannot be incremented."):
        update(client, "a", INCREMENT=[("text", 1)])
    with invalid("The value of column 'n' would leave the range of 64-bit integers."):
        update(client, "a", PUT=[("text", "2")], INCREMENT=[("n", 1)])
    assert get(client, "a") == {"text": "1", "n": 2**63 - 1}


def test_a_deleted_row_is_gone(client: OTSClient) -> None:
    put(client, "a", n=1)

    client.delete_row("t", Row(key_of("a")), ANY)
    client.delete_row("t", Row(key_of("a")), ANY)

    assert get(client, "a") is None


def test_the_first_writer_wins_where_no_row_is_expected(client: OTSClient) -> None:
    put(client, "a", condition=ABSENT, by="first")

    for write in (put, lambda *key, by, **rest: update(*key, PUT=[("by", by)], **rest)):
        with condition_failed():
            write(client, "a", condition=ABSENT, by="second")
    assert get(client, "a") == {"by": "first"}


def test_nothing_is_written_where_a_row_is_expected_and_missing(client: OTSClient) -> None:
    with condition_failed():
        put(client, "a", condition=PRESENT, n=1)
    with condition_failed():
        update(client, "a", condition=PRESENT, PUT=[("n", 1)])
    with condition_failed():
        client.delete_row("t", Row(key_of("a")), PRESENT)
    assert get(client, "a") is None


def test_compare_and_set(client: OTSClient) -> None:
    put(client, "a", version=3)
    update(client, "a", condition=if_equal("version", 3), PUT=[("version", 4)])

    with condition_failed():
        update(client, "a", condition=if_equal("version", 3), PUT=[("version", 5)])
    with condition_failed():
        put(client, "a", condition=if_equal("version", 3), version=5)
    with condition_failed():
        client.delete_row("t", Row(key_of("a")), if_equal("version", 3))
    assert get(client, "a") == {"version": 4}


def test_a_column_condition_on_a_missing_row_or_column(client: OTSClient) -> None:
    lenient = Condition(RowExistenceExpectation.IGNORE, equals("version", 3))
    with condition_failed():
        update(client, "a", condition=if_equal("version", 3), PUT=[("n", 1)])

    update(client, "a", condition=lenient, PUT=[("n", 2)])

    assert get(client, "a") == {"n": 2}


def test_values_of_another_type_are_not_equal(client: OTSClient) -> None:
    put(client, "a", n=1)

    for other in (1.0, True, "1", bytearray(b"1")):
        with condition_failed():
            update(client, "a", condition=if_equal("n", other), PUT=[("n", 2)])


def test_the_key_is_returned_on_demand(client: OTSClient) -> None:
    _, nothing = client.put_row("t", Row(key_of("a"), [("n", 1)]), ANY)
    _, row = client.put_row("t", Row(key_of("a"), [("n", 1)]), ANY, ReturnType.RT_PK)
    _, deleted = client.delete_row("t", Row(key_of("a")), ANY, ReturnType.RT_PK)

    assert nothing is None
    assert row.primary_key == key_of("a")
    assert deleted.primary_key == key_of("a")


def test_auto_increment_gives_rising_numbers(client: OTSClient) -> None:
    create_table(client, "log", [("id", "STRING"), ("n", "INTEGER", PK_AUTO_INCR)])
    new = [("id", "a"), ("n", PK_AUTO_INCR)]
    numbers = []
    for _ in range(3):
        _, row = client.put_row("log", Row(new, [("x", 1)]), ANY, ReturnType.RT_PK)
        numbers.append(row.primary_key[1][1])

    assert numbers == sorted(set(numbers))
    _, row, _ = client.get_row("log", [("id", "a"), ("n", numbers[1])], max_version=1)
    assert row is not None
    with invalid("Invalid expect:EXPECT_NOT_EXIST when modify row with pk auto increment."):
        client.put_row("log", Row(new, [("x", 1)]), ABSENT)
    with invalid("Invalid row to delete which with pk auto increment."):
        client.delete_row("log", Row(new), ANY)
    with invalid("PKAutoIncr can't be used for read operations."):
        client.get_row("log", new, max_version=1)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([("other", "a"), ("hour", 1)], "Validate PK name fail. Input: other, Meta: account."),
        ([("account", 1), ("hour", 1)], "Validate PK type fail. Input: VT_INTEGER, Meta: VT_STRING."),
        ([("account", "a"), ("hour", "1")], "Validate PK type fail. Input: VT_STRING, Meta: VT_INTEGER."),
        ([("account", "a"), ("hour", True)], "Validate PK type fail. Input: VT_BOOLEAN, Meta: VT_INTEGER."),
        ([("account", "a")], "Validate PK size fail. Input: 1, Meta: 2."),
        ([("hour", 1), ("account", "a")], "Validate PK name fail. Input: hour, Meta: account."),
    ],
)
def test_a_key_that_does_not_fit_the_table(client: OTSClient, key: list[tuple[str, Any]], message: str) -> None:
    create_table(client, "two", TWO_COLUMNS)
    calls: list[Callable[[], object]] = [
        lambda: client.get_row("two", key, max_version=1),
        lambda: client.put_row("two", Row(key, [("n", 1)]), ANY),
        lambda: client.update_row("two", Row(key, {"PUT": [("n", 1)]}), ANY),
        lambda: client.delete_row("two", Row(key), ANY),
        lambda: client.get_range("two", "FORWARD", key, key, max_version=1),
    ]
    for call in calls:
        with refused(400, "OTSInvalidPK", message):
            call()


@pytest.mark.parametrize(("end", "name"), [(INF_MIN, "VT_INF_MIN"), (INF_MAX, "VT_INF_MAX")])
def test_the_ends_of_a_range_are_no_keys(client: OTSClient, end: object, name: str) -> None:
    key = [("id", end)]
    calls: list[Callable[[], object]] = [
        lambda: client.get_row("t", key, max_version=1),
        lambda: client.put_row("t", Row(key, [("n", 1)]), ANY),
        lambda: client.update_row("t", Row(key, {"PUT": [("n", 1)]}), ANY),
        lambda: client.delete_row("t", Row(key), ANY),
    ]
    for call in calls:
        with invalid(f"{name} is an invalid type for the primary key."):
            call()


def test_a_column_may_not_be_called_like_a_key(client: OTSClient) -> None:
    with invalid("Duplicated attribute column name with primary key column: id."):
        put(client, "a", id=1)


def test_an_update_changes_something(client: OTSClient) -> None:
    with invalid("Invalid update row request: missing cells in request."):
        client.update_row("t", Row(key_of("a"), {}), ANY)


def test_a_double_is_a_number(client: OTSClient) -> None:
    with invalid("NaN can't be set to double value."):
        put(client, "a", x=float("nan"))
    with invalid("Infinity can't be set to double value."):
        put(client, "a", x=float("-inf"))


def test_only_chosen_columns_are_returned(client: OTSClient) -> None:
    put(client, "a", a=1, b=2, c=3, d=4)

    assert get(client, "a", columns_to_get=["b", "d", "x"]) == {"b": 2, "d": 4}
    assert get(client, "a", start_column="b", end_column="d") == {"b": 2, "c": 3}
    assert get(client, "a", columns_to_get=["x"]) is None
    assert get(client, "a", columns_to_get=["id", "x"]) == {}


def test_a_filter_hides_the_row_and_sees_only_chosen_columns(client: OTSClient) -> None:
    put(client, "a", a=1, b=2)

    assert get(client, "a", column_filter=equals("a", 1)) == {"a": 1, "b": 2}
    assert get(client, "a", column_filter=equals("a", 2)) is None
    assert get(client, "a", columns_to_get=["b"], column_filter=equals("a", 1, pass_if_missing=False)) is None


def test_a_read_names_its_versions(client: OTSClient) -> None:
    with invalid("No version condition is specified."):
        client.get_row("t", key_of("a"), max_version=None)
