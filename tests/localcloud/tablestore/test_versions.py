"""Several versions of a column, and data that expires. The clock is the service's; the client keeps real time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tablestore import OTSClient, Row, TableOptions

from tests.localcloud.tablestore.builders import (
    ABSENT,
    ANY,
    NOON,
    PRESENT,
    TWO_COLUMNS,
    condition_failed,
    create_table,
    get,
    invalid,
    key_of,
    keys,
    put,
    put_version,
    scan,
    update,
    versions,
)

if TYPE_CHECKING:
    from localcloud.clock import Clock
    from tests.localcloud.tablestore.server import Server

DAY = 86400
NOON_MS = int(NOON.timestamp() * 1000)


@pytest.fixture
def clock(server: Server) -> Clock:
    server.clock.set(NOON)
    return server.clock


def test_a_version_bears_the_time_of_its_writing_in_ms(client: OTSClient, clock: Clock) -> None:
    create_table(client)
    put(client, "a", n=1)

    _, row, _ = client.get_row("t", key_of("a"), max_version=1)

    assert row.attribute_columns == [("n", 1, NOON_MS)]


def test_only_the_newest_versions_are_kept_when_written(client: OTSClient, clock: Clock) -> None:
    create_table(client, max_version=2)
    for value in (1, 2, 3):
        put_version(client, "a", value, clock)
    assert versions(client, "a") == [3, 2]

    client.update_table("t", TableOptions(max_version=10))

    assert versions(client, "a") == [3, 2]  # what fell out does not come back


def test_reads_choose_versions_by_number_and_time(client: OTSClient, clock: Clock) -> None:
    create_table(client, max_version=5)
    for value in (1, 2, 3, 4):
        put_version(client, "a", value, clock)
    second = NOON_MS + 2000

    assert versions(client, "a", max_version=2) == [4, 3]
    assert versions(client, "a", time_range=(second, second + 1000)) == [2]
    assert versions(client, "a", time_range=(second, second + 1001)) == [3, 2]
    assert versions(client, "a", time_range=second) == [2]
    assert versions(client, "a", time_range=(second, second + 9000), max_version=1) == [4]
    assert versions(client, "a", time_range=(0, NOON_MS)) == []


def test_single_versions_are_deleted_by_their_time(client: OTSClient, clock: Clock) -> None:
    create_table(client, max_version=5)
    for value in (1, 2, 3):
        put_version(client, "a", value, clock)

    update(client, "a", DELETE=[("n", None, NOON_MS + 2000)])
    assert versions(client, "a") == [3, 1]

    update(client, "a", DELETE_ALL=["n"])
    assert versions(client, "a") == []
    assert get(client, "a") == {}


def test_a_given_time_is_kept_if_it_is_near(client: OTSClient, clock: Clock) -> None:
    create_table(client, max_version=3, max_time_deviation=DAY)
    put(client, "a", n=0)
    update(client, "a", PUT=[("n", 1, NOON_MS - 1000), ("n", 2, NOON_MS + 1000)])

    assert versions(client, "a") == [2, 0, 1]
    for wrong in (NOON_MS - DAY * 1000 - 1, NOON_MS + DAY * 1000):
        with invalid("Invalid timestamp. Cell:n."):
            update(client, "a", PUT=[("n", 3, wrong)])


def test_expired_data_is_unreadable_at_once(client: OTSClient, clock: Clock) -> None:
    create_table(client, key=TWO_COLUMNS, time_to_live=DAY)
    put(client, "a", 1, n=1)
    clock.advance(timedelta(hours=1))
    put(client, "a", 2, n=2)

    clock.advance(timedelta(hours=23) - timedelta(milliseconds=1))
    assert keys(scan(client)[2]) == [("a", 1), ("a", 2)]

    clock.advance(timedelta(milliseconds=1))
    assert get(client, "a", 1) is None
    assert keys(scan(client)[2]) == [("a", 2)]
    assert scan(client, limit=1)[1] is None


def test_each_cell_expires_by_its_own_time(client: OTSClient, clock: Clock) -> None:
    create_table(client, time_to_live=DAY)
    put(client, "a", old=1)
    clock.advance(timedelta(hours=12))
    update(client, "a", PUT=[("new", 2)])

    clock.advance(timedelta(hours=12))

    assert get(client, "a") == {"new": 2}


def test_an_expired_row_is_no_row_to_a_condition_nor_to_a_counter(client: OTSClient, clock: Clock) -> None:
    create_table(client, time_to_live=DAY)
    put(client, "lock", n=5)
    with condition_failed():
        put(client, "lock", condition=ABSENT, n=6)

    clock.advance(timedelta(days=1))

    with condition_failed():
        update(client, "lock", condition=PRESENT, INCREMENT=[("n", 1)])
    update(client, "lock", condition=ABSENT, INCREMENT=[("n", 1)])
    assert get(client, "lock") == {"n": 1}


def test_a_row_without_columns_expires_too(client: OTSClient, clock: Clock) -> None:
    create_table(client, time_to_live=DAY)
    client.put_row("t", Row(key_of("a"), []), ANY)
    assert get(client, "a") == {}

    clock.advance(timedelta(days=1))

    assert get(client, "a") is None


def test_nothing_expires_without_a_time_to_live(client: OTSClient, clock: Clock) -> None:
    create_table(client)
    put(client, "a", n=1)

    clock.advance(timedelta(days=20_000))

    assert get(client, "a") == {"n": 1}
