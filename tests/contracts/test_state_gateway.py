from __future__ import annotations

import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.app.deadline import Deadline
from shared.app.wiring import open_gateway, settings_from
from shared.errors import StoreRefused, StoreUnavailable
from shared.state.accounts import TablestoreAccounts
from shared.state.gateway import GIVE_OR_TAKE, PATIENT_PAUSES, PAUSES, Gateway, connect
from shared.state.tables import ACCOUNTS, SNAPSHOTS, TABLES, Delete, Equals, Put, create_tables
from tests.contracts.conftest import LOST_REPLIES

if TYPE_CHECKING:
    import tablestore as ots

    from shared.app.wiring import Settings
    from tests.contracts.conftest import Store

ROW = Put(("0000", "1"), {"name": "x"})


def settings_of(store: Store) -> Settings:
    """What the functions would be given."""
    cloud = store.cloud
    return settings_from(
        {
            "ARREARS_TABLESTORE_ENDPOINT": cloud.tablestore,
            "ARREARS_TABLESTORE_INSTANCE": cloud.instance,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": cloud.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cloud.access_key_secret,
        }
    )


def test_creating_the_tables_again_changes_nothing(store: Store, gateway: Gateway) -> None:
    gateway.write(ACCOUNTS, [ROW])
    create_tables(gateway)
    assert set(store.client().list_table()) == {table.name for table in TABLES}
    assert len(gateway.get(ACCOUNTS, [ROW.key])) == 1


def test_snapshots_live_400_days_and_accounts_for_ever(store: Store) -> None:
    def lives(name: str) -> int:
        days: int = store.client().describe_table(name).table_options.time_to_live
        return days

    assert lives("arrears_snapshots") == 400 * 86_400
    assert lives("arrears_accounts") == -1


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pauses: list[float] = []
    gateway = connect(f"http://127.0.0.1:{port}", "key", "secret", None, "contracts")
    gateway._sleep = pauses.append
    with pytest.raises(StoreUnavailable, match="GetRange: MaxRetryError"):
        TablestoreAccounts(gateway).load_accounts()
    assert pauses == pytest.approx(PAUSES, rel=GIVE_OR_TAKE)


def test_a_wrong_key_is_said_at_once(store: Store) -> None:
    gateway = connect(store.cloud.tablestore, "nobody", "secret", None, store.cloud.instance)
    with pytest.raises(StoreUnavailable, match="BatchWriteRow: OTSAuthFailed"):
        gateway.write(ACCOUNTS, [ROW])
    assert store.requests == ["BatchWriteRow"]


def test_what_is_refused_for_what_it_says_is_told_from_a_store_that_fails(store: Store, gateway: Gateway) -> None:
    large = Put(("2000000000000001", 0), {"figures": "x" * (2 << 20) + "x"})
    with pytest.raises(StoreRefused, match="BatchWriteRow: OTSParameterInvalid"):
        gateway.write(SNAPSHOTS, [large])
    store.disturb("error", "BatchWriteRow", times=9)
    with pytest.raises(StoreUnavailable) as failed:
        gateway.write(SNAPSHOTS, [large])
    assert not isinstance(failed.value, StoreRefused)


@pytest.mark.parametrize("code", ["OTSServerBusy", "OTSTimeout", "OTSInternalServerError"])
def test_what_may_pass_is_tried_again(store: Store, gateway: Gateway, code: str) -> None:
    store.disturb("error", "BatchWriteRow", times=3, code=code)
    assert gateway.write(ACCOUNTS, [ROW]) == (True,)
    assert store.requests == ["BatchWriteRow"] * 4


def test_what_does_not_pass_is_given_up_and_named(store: Store, gateway: Gateway) -> None:
    store.disturb("error", "GetRange", times=4)
    with pytest.raises(StoreUnavailable, match="GetRange: OTSServerBusy: The request has failed"):
        list(gateway.scan_all(ACCOUNTS))
    assert len(store.requests) == 4


def test_all_tries_of_a_request_pause_less_than_four_seconds_together() -> None:
    assert sum(PAUSES) * (1 + GIVE_OR_TAKE) < 4


def test_a_patient_gateway_waits_out_a_minute_in_which_the_store_is_busy(store: Store) -> None:
    assert sum(PATIENT_PAUSES) * (1 - GIVE_OR_TAKE) > 60
    waited: list[float] = []
    gateway = Gateway(store.client(), sleep=waited.append, pauses=PATIENT_PAUSES)
    store.disturb("error", "GetRange", times=len(PATIENT_PAUSES))
    assert list(gateway.scan_all(ACCOUNTS)) == []
    assert 60 < sum(waited) < 91


@pytest.mark.parametrize(("left", "tries"), [(600, 10), (60, 8), (30, 5), (19, 1)])
def test_a_patient_gateway_gives_up_in_time_for_the_run_to_end_by_itself(store: Store, left: int, tries: int) -> None:
    """The invocation ends in so many seconds: each pause leaves the time that a try may take."""
    now = [datetime(2026, 3, 2, tzinfo=UTC)]
    end = now[0] + timedelta(seconds=left)

    def sleep(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    gateway = open_gateway(settings_of(store), patient_until=Deadline(lambda: now[0], end))
    gateway._sleep, gateway._writer = sleep, "a run whose pauses are known"
    store.disturb("error", "BatchWriteRow", times=-1)
    with pytest.raises(StoreUnavailable, match="BatchWriteRow: OTSServerBusy"):
        gateway.write(ACCOUNTS, [ROW])
    assert len(store.requests) == tries
    assert left < 20 or end - now[0] >= timedelta(seconds=20)


def test_a_missing_table_is_named(store: Store, gateway: Gateway) -> None:
    store.client().delete_table(ACCOUNTS.name)
    with pytest.raises(StoreUnavailable, match="Tablestore"):
        gateway.write(ACCOUNTS, [ROW])


class ServesLate:
    """The SDK's client, on which batch reads leave out their first row once, as a busy partition does."""

    def __init__(self, client: ots.OTSClient, code: str) -> None:
        self._client = client
        self._codes = [code]

    def batch_get_row(self, request: ots.BatchGetRowRequest) -> ots.BatchGetRowResponse:
        response = self._client.batch_get_row(request)
        if self._codes:
            first = response.get_succeed_rows()[0]
            first.is_ok, first.error_code, first.row = False, self._codes.pop(), None
        return response


def test_rows_of_a_read_that_were_not_served_are_asked_for_again(store: Store, gateway: Gateway) -> None:
    rows = [Put(("0000", str(n)), {"name": "x"}) for n in range(3)]
    gateway.write(ACCOUNTS, rows)
    pauses: list[float] = []
    found = Gateway(ServesLate(store.client(), "OTSServerBusy"), sleep=pauses.append).get(
        ACCOUNTS, [row.key for row in rows]
    )
    assert set(found) == {row.key for row in rows}
    assert len(pauses) == 1


def test_a_row_of_a_read_that_is_refused_is_an_error(store: Store, gateway: Gateway) -> None:
    gateway.write(ACCOUNTS, [ROW])
    with pytest.raises(StoreUnavailable, match="BatchGetRow: OTSParameterInvalid for rows of a batch"):
        Gateway(ServesLate(store.client(), "OTSParameterInvalid")).get(ACCOUNTS, [ROW.key])


@pytest.mark.parametrize("kind", ["hang", "hang_after"])
def test_a_store_that_does_not_answer_in_time_is_asked_once(store: Store, kind: str) -> None:
    store.disturb(kind, "BatchWriteRow")
    with pytest.raises(StoreUnavailable, match="BatchWriteRow: ReadTimeoutError"):
        Gateway(store.client(seconds=0.1)).write(ACCOUNTS, [ROW])
    assert store.requests == ["BatchWriteRow"]


def test_a_reply_that_was_not_waited_for_may_have_been_of_a_write_that_was_stored(store: Store) -> None:
    store.disturb("hang_after", "BatchWriteRow")
    with pytest.raises(StoreUnavailable):
        Gateway(store.client(seconds=0.1)).write(ACCOUNTS, [ROW])
    assert list(store.gateway().get(ACCOUNTS, [ROW.key])) == [ROW.key]


def test_more_keys_than_a_read_takes_and_one_that_is_absent(gateway: Gateway) -> None:
    rows = [Put(("0000", str(n)), {"name": "x"}) for n in range(230)]
    gateway.write(ACCOUNTS, rows)
    asked = [*(row.key for row in rows), ("0000", "absent")]
    assert set(gateway.get(ACCOUNTS, asked)) == {row.key for row in rows}


@pytest.mark.parametrize("kind", ["reset_before", "html", *LOST_REPLIES])
def test_a_lost_reply_of_a_read_is_asked_for_again(store: Store, gateway: Gateway, kind: str) -> None:
    gateway.write(ACCOUNTS, [ROW])
    store.disturb(kind, "GetRange")
    store.disturb(kind, "BatchGetRow")
    assert len(list(gateway.scan_all(ACCOUNTS))) == len(gateway.get(ACCOUNTS, [ROW.key])) == 1


def test_a_conditional_delete_leaves_a_row_that_has_changed(gateway: Gateway) -> None:
    gateway.write(ACCOUNTS, [ROW])
    assert gateway.write(ACCOUNTS, [Delete(ROW.key, Equals("name", "y"))]) == (False,)
    assert gateway.write(ACCOUNTS, [Delete(ROW.key, Equals("name", "x"))]) == (True,)
    assert gateway.get(ACCOUNTS, [ROW.key]) == {}


def test_puts_and_deletes_of_one_key_keep_their_order(gateway: Gateway) -> None:
    gateway.write(ACCOUNTS, [ROW, Delete(ROW.key), Put(ROW.key, {"name": "last"})])
    assert gateway.get(ACCOUNTS, [ROW.key])[ROW.key].columns["name"] == "last"


def test_the_sdk_is_imported_by_the_gateway_alone() -> None:
    adapters = "import shared.state.accounts, shared.state.account_states, shared.state.outbox, sys"
    program = f"{adapters}; sys.exit('tablestore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
