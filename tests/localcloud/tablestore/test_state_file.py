"""Rows in a file outlive the service, and its sudden death."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tablestore import PK_AUTO_INCR, ReturnType, Row, TableOptions

from tests.localcloud.tablestore import server as program
from tests.localcloud.tablestore.builders import (
    ANY,
    create_table,
    get,
    key_of,
    keys,
    put,
    put_item,
    update,
    write_batch,
)
from tests.localcloud.tablestore.server import client_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tablestore import OTSClient

    from tests.localcloud.tablestore.builders import Scalar


def test_tables_and_rows_are_there_after_a_restart(tmp_path: Path) -> None:
    values: dict[str, Scalar] = {"text": "余额", "n": -5, "x": 2.5, "yes": True, "raw": bytearray(b"\x00")}
    with serving(tmp_path / "state") as server:
        client = client_of(server.url)
        create_table(client, time_to_live=86400, max_version=2)
        put(client, "a", **values)
        put(client, "b", n=1)
        update(client, "b", PUT=[("n", 2)], DELETE_ALL=["gone"])
        put(client, "deleted", n=1)
        client.delete_row("t", Row(key_of("deleted")), ANY)
        put(client, "bare")
        _, before, _ = client.get_row("t", key_of("a"), max_version=2)

    with serving(tmp_path / "state") as server:
        client = client_of(server.url)
        _, after, _ = client.get_row("t", key_of("a"), max_version=2)
        options = client.describe_table("t").table_options

        assert after.attribute_columns == before.attribute_columns
        assert (get(client, "b"), get(client, "deleted"), get(client, "bare")) == ({"n": 2}, None, {})
        assert (options.time_to_live, options.max_version) == (86400, 2)
        assert server.service.stats()["rows"] == 3


def test_dropped_tables_stay_away_and_changed_options_stay_changed(tmp_path: Path) -> None:
    with serving(tmp_path / "state") as server:
        client = client_of(server.url)
        create_table(client, "gone")
        create_table(client)
        client.update_table("t", TableOptions(max_version=7))
        client.delete_table("gone")

    with serving(tmp_path / "state") as server:
        client = client_of(server.url)
        assert client.list_table() == ("t",)
        assert client.describe_table("t").table_options.max_version == 7
        server.service.reset()

    with serving(tmp_path / "state") as server:
        assert client_of(server.url).list_table() == ()


def test_an_open_transaction_ends_with_the_service(tmp_path: Path) -> None:
    with serving(tmp_path / "state") as server:
        client = client_of(server.url)
        create_table(client)
        put(client, "a", n=1)
        transaction = client.start_local_transaction("t", key_of("a"))
        client.put_row("t", Row(key_of("a"), [("n", 2)]), ANY, transaction_id=transaction)

    with serving(tmp_path / "state") as server:
        client = client_of(server.url)
        assert get(client, "a") == {"n": 1}
        put(client, "a", n=3)


def test_auto_increment_goes_on_where_it_was(tmp_path: Path) -> None:
    numbers = []
    for _ in range(2):
        with serving(tmp_path / "state") as server:
            server.clock.set(server.clock.now())
            client = client_of(server.url)
            if not client.list_table():
                create_table(client, key=[("id", "STRING"), ("n", "INTEGER", PK_AUTO_INCR)])
            for _ in range(2):
                row = Row([("id", "a"), ("n", PK_AUTO_INCR)], [("x", 1)])
                _, returned = client.put_row("t", row, ANY, ReturnType.RT_PK)
                numbers.append(returned.primary_key[1][1])

    assert numbers == sorted(set(numbers))


@contextmanager
def process(state: Path) -> Iterator[tuple[subprocess.Popen[str], OTSClient]]:
    command = [sys.executable, "-W", "ignore", "-m", program.__name__, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            assert running.stdout is not None
            yield running, client_of(running.stdout.readline().strip())
        finally:
            running.kill()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with process(tmp_path / "state") as (running, client):
        create_table(client)
        write_batch(client, [put_item(f"row{number:03}", n=number) for number in range(200)])
        for number in range(20):
            update(client, f"row{number:03}", INCREMENT=[("n", 1000)])
        running.kill()
        running.wait()

    with serving(tmp_path / "state") as server:
        client = client_of(server.url)
        _, _, rows, _ = client.get_range("t", "FORWARD", key_of("row000"), key_of("s"), max_version=1)
        counts = [row.attribute_columns[0][1] for row in rows]

    assert keys(rows) == [(f"row{number:03}",) for number in range(200)]
    assert counts == [number + (1000 if number < 20 else 0) for number in range(200)]
