from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tablestore import INF_MAX, INF_MIN, NoRetryPolicy, OTSClient, Row

from tests.localcloud.tablestore.builders import (
    ABSENT,
    ANY,
    NOON,
    TWO_COLUMNS,
    condition_failed,
    create_table,
    get,
    invalid,
    key_of,
    keys,
    put,
    put_item,
    refused,
    scan,
    update,
    write_batch,
)

if TYPE_CHECKING:
    from tablestore import Condition

    from tests.localcloud.tablestore.builders import Refusal
    from tests.localcloud.tablestore.server import Server


@pytest.fixture(autouse=True)
def rows(client: OTSClient) -> None:
    create_table(client, key=TWO_COLUMNS)
    for hour in (1, 2):
        put(client, "a", hour, n=hour)
    put(client, "b", 1, n=1)


@pytest.fixture
def transaction(client: OTSClient) -> str:
    return start(client)


def start(client: OTSClient, account: str = "a") -> str:
    transaction_id: str = client.start_local_transaction("t", [("account", account)])
    return transaction_id


def write(client: OTSClient, transaction_id: str, key: tuple[str, int], n: int, condition: Condition = ANY) -> None:
    client.put_row("t", Row(key_of(*key), [("n", n)]), condition, transaction_id=transaction_id)


def partition(client: OTSClient, transaction_id: str | None = None) -> list[tuple[Any, ...]]:
    return keys(scan(client, key_of("a", INF_MIN), key_of("a", INF_MAX), transaction_id=transaction_id)[2])


def conflict() -> Refusal:
    return refused(409, "OTSRowOperationConflict", "Data is being modified by the other request.")


def ended() -> Refusal:
    return refused(400, "OTSSessionNotExist", "Session not exist or may be timeout.")


def test_others_see_the_writes_after_the_commit(client: OTSClient, transaction: str) -> None:
    write(client, transaction, ("a", 1), 10)
    write(client, transaction, ("a", 3), 30)
    client.delete_row("t", Row(key_of("a", 2)), ANY, transaction_id=transaction)

    assert partition(client, transaction_id=transaction) == [("a", 1), ("a", 3)]
    assert partition(client) == [("a", 1), ("a", 2)]
    assert get(client, "a", 1, transaction_id=transaction) == {"n": 10}
    assert get(client, "a", 1) == {"n": 1}

    client.commit_transaction(transaction)

    assert partition(client) == [("a", 1), ("a", 3)]
    assert get(client, "a", 1) == {"n": 10}


def test_an_aborted_transaction_leaves_nothing(client: OTSClient, transaction: str) -> None:
    write(client, transaction, ("a", 1), 10)
    client.update_row("t", Row(key_of("a", 2), {"INCREMENT": [("n", 1)]}), ANY, transaction_id=transaction)
    write_batch(client, [put_item("a", 3, n=3)], transaction)

    client.abort_transaction(transaction)

    assert partition(client) == [("a", 1), ("a", 2)]
    assert [get(client, "a", hour) for hour in (1, 2)] == [{"n": 1}, {"n": 2}]


def test_conditions_look_at_the_transactions_own_writes(client: OTSClient, transaction: str) -> None:
    write(client, transaction, ("a", 3), 30, ABSENT)

    with condition_failed():
        write(client, transaction, ("a", 3), 31, ABSENT)


def test_nobody_else_writes_to_the_partition_meanwhile(client: OTSClient, transaction: str) -> None:
    client.retry_policy = NoRetryPolicy()
    for attempt in (
        lambda: put(client, "a", 1, n=9),
        lambda: put(client, "a", 99, n=9),
        lambda: update(client, "a", 1, PUT=[("n", 9)]),
        lambda: client.delete_row("t", Row(key_of("a", 1)), ANY),
        lambda: start(client),
    ):
        with conflict():
            attempt()
    put(client, "b", 1, n=9)
    batch = write_batch(client, [put_item("a", 1, n=9), put_item("b", 2, n=9)])

    assert [item.error_code for item in batch.get_put()[1]] == ["OTSRowOperationConflict"]
    assert get(client, "a", 1) == {"n": 1}
    client.abort_transaction(transaction)
    put(client, "a", 1, n=9)


def test_the_two_partitions_have_their_own_transactions(client: OTSClient, transaction: str) -> None:
    other = start(client, "b")
    write(client, transaction, ("a", 1), 10)
    write(client, other, ("b", 1), 20)

    client.commit_transaction(other)

    assert (get(client, "a", 1), get(client, "b", 1)) == ({"n": 1}, {"n": 20})


def test_a_transaction_stays_in_its_partition(client: OTSClient, transaction: str) -> None:
    outside = refused(
        400, "OTSDataOutOfRange", "Data out of scope of transaction. Transaction PartKey:a. Data PartKey:b"
    )
    with outside:
        write(client, transaction, ("b", 1), 9)
    with outside:
        get(client, "b", 1, transaction_id=transaction)
    with outside:
        scan(client, key_of("a", 1), key_of("b", 1), transaction_id=transaction)


def test_an_ended_transaction_is_unknown(client: OTSClient, transaction: str) -> None:
    client.commit_transaction(transaction)

    for call in (client.commit_transaction, client.abort_transaction):
        with ended():
            call(transaction)
    with ended():
        write(client, transaction, ("a", 1), 9)


def test_an_id_that_is_none_is_invalid(client: OTSClient, transaction: str) -> None:
    for call in (client.commit_transaction, client.abort_transaction):
        with invalid("TransactionID is invalid."):
            call("none")
    with invalid("TransactionID is invalid."):
        write(client, "none", ("a", 1), 9)


def test_a_transaction_lives_for_60_seconds(server: Server, client: OTSClient) -> None:
    server.clock.set(NOON)
    transaction = start(client)
    write(client, transaction, ("a", 1), 10)
    server.clock.advance(timedelta(seconds=59))
    assert get(client, "a", 1, transaction_id=transaction) == {"n": 10}

    server.clock.advance(timedelta(seconds=1))

    with ended():
        client.commit_transaction(transaction)
    put(client, "a", 2, n=22)
    assert [get(client, "a", hour) for hour in (1, 2)] == [{"n": 1}, {"n": 22}]


def test_a_transaction_holds_4_mb(client: OTSClient, transaction: str) -> None:
    for hour in range(4):
        client.put_row("t", Row(key_of("a", hour), [("v", "x" * 1_000_000)]), ANY, transaction_id=transaction)

    limit = "The total data size of transaction exceeds the limit, limit size: 4194304."
    with refused(400, "OTSOutOfTransactionDataSizeLimit", limit):
        client.put_row("t", Row(key_of("a", 9), [("v", "x" * 1_000_000)]), ANY, transaction_id=transaction)
