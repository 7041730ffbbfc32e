from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from shared.errors import StoreUnavailable
from shared.model import AccountState, AlertState, Certainty, DaySpend, Level, Reading, SpendHistory
from shared.snapshot import Snapshot
from shared.state import AccountStates, hash_of
from shared.state.account_states import TablestoreAccountStates
from shared.state.gateway import GIVE_OR_TAKE
from shared.state.tables import ACCOUNT_STATES, SNAPSHOTS, Put
from tests.contracts.conftest import LOST_REPLIES

if TYPE_CHECKING:
    from shared.state.gateway import Gateway
    from tests.contracts.conftest import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEEN = SpendHistory((Reading(NOW, Decimal("-12.30")),))


def state(account_id: str, version: int = 0, failed_runs: int = 0) -> AccountState:
    return AccountState(account_id, version, AlertState(Level.WARNING, NOW, failed_runs=failed_runs), SEEN)


def snapshot(at: datetime, left: str = "5") -> Snapshot:
    return Snapshot("1", at, "CNY", Decimal(left), Level.NOTICE, (1.5, 3.0, float("inf")))


@pytest.fixture
def states(gateway: Gateway) -> AccountStates:
    return TablestoreAccountStates(gateway)


def test_a_first_state_is_stored_as_version_1(states: AccountStates) -> None:
    assert states.save_states([state("1")]) == frozenset()
    assert states.load_states().values == (state("1", version=1),)


def test_each_save_is_the_next_version(states: AccountStates) -> None:
    states.save_states([state("1")])
    (read,) = states.load_states().values
    assert states.save_states([replace(read, history=SpendHistory())]) == frozenset()
    assert states.load_states().values == (replace(read, version=2, history=SpendHistory()),)


def test_where_all_accounts_stand_is_read_without_their_past(states: AccountStates, gateway: Gateway) -> None:
    states.save_states([state("1"), replace(state("2"), history=SpendHistory())])
    gateway.write(ACCOUNT_STATES, [Put((hash_of("3"), "3"), {"version": 1, "alert": "{}", "history": "{}"})])
    found = states.load_standings()
    stands = {one.account_id: (one.alert.level, one.read_at) for one in found.values}
    assert stands == {"1": (Level.WARNING, NOW), "2": (Level.WARNING, None)}
    assert [row.key for row in found.malformed] == ["3"], "a past that cannot be understood is named all the same"


def test_where_many_accounts_stand_takes_little_memory(states: AccountStates) -> None:
    """An auditor has 512 MB: twenty thousand pasts of three days of hours and ninety of days take twice that."""
    past = SpendHistory(
        tuple(Reading(NOW + number * HOUR, Decimal(9000) - number) for number in range(72)),
        tuple(DaySpend(NOW.date() + timedelta(days=day), Decimal(day), Certainty.MEASURED) for day in range(90)),
    )
    states.save_states([replace(state(f"{number}"), history=past) for number in range(200)])
    states.load_standings()
    tracemalloc.start()
    try:
        kept = states.load_standings().values
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(kept) == 200
    assert held / 200 < 3_000
    assert most / 200 < 20_000, "while they are read, rows of a page as they came are there, too"


def test_of_two_that_read_the_same_version_one_wins(store: Store) -> None:
    one, other = TablestoreAccountStates(store.gateway()), TablestoreAccountStates(store.gateway())
    one.save_states([state("1")])
    assert one.save_states([state("1", 1, failed_runs=3)]) == frozenset()
    assert other.save_states([state("1", 1, failed_runs=4)]) == {"1"}
    assert one.load_states().values[0].alert.failed_runs == 3


@pytest.mark.parametrize("version", [0, 1])
def test_of_two_that_write_the_very_same_state_one_wins(store: Store, version: int) -> None:
    one, other = TablestoreAccountStates(store.gateway()), TablestoreAccountStates(store.gateway())
    if version:
        one.save_states([state("1")])
    assert one.save_states([state("1", version)]) == frozenset()
    assert other.save_states([state("1", version)]) == {"1"}


def test_a_lost_race_does_not_stop_the_others(states: AccountStates) -> None:
    states.save_states([state("2")])
    assert states.save_states([state("1"), state("2"), state("3")]) == {"2"}
    assert {s.account_id for s in states.load_states().values} == {"1", "2", "3"}


def test_a_version_that_is_not_there_is_not_stored(states: AccountStates) -> None:
    assert states.save_states([state("1", version=7)]) == {"1"}
    assert states.load_states().values == ()


@pytest.mark.parametrize("kind", LOST_REPLIES)
def test_a_save_whose_reply_was_lost_was_ours(store: Store, states: AccountStates, kind: str) -> None:
    store.disturb(kind, "BatchWriteRow")
    assert states.save_states([state("1"), state("2")]) == frozenset()
    assert {s.version for s in states.load_states().values} == {1}


@pytest.mark.parametrize("kind", LOST_REPLIES)
def test_a_lost_reply_hides_no_lost_race(store: Store, states: AccountStates, kind: str) -> None:
    TablestoreAccountStates(store.gateway()).save_states([state("2")])
    store.disturb(kind, "BatchWriteRow")
    assert states.save_states([state("1"), state("2")]) == {"2"}


def test_more_states_than_a_batch_holds(states: AccountStates) -> None:
    many = [state(str(n)) for n in range(450)]
    assert states.save_states(many) == frozenset()
    assert states.save_states(many[::2]) == {s.account_id for s in many[::2]}


def test_a_row_that_is_locked_for_a_moment_is_tried_again(store: Store) -> None:
    client = store.client()
    locked = client.start_local_transaction(ACCOUNT_STATES.name, [("hash", hash_of("2"))])
    pauses: list[float] = []

    def unlock(seconds: float) -> None:
        pauses.append(seconds)
        client.abort_transaction(locked)

    states = TablestoreAccountStates(store.gateway(sleep=unlock))
    assert states.save_states([state("1"), state("2"), state("3")]) == frozenset()
    assert pauses == [pytest.approx(0.1, rel=GIVE_OR_TAKE)]
    assert {(s.account_id, s.version) for s in states.load_states().values} == {("1", 1), ("2", 1), ("3", 1)}


def test_a_row_that_stays_locked_is_an_error_and_the_others_are_stored(store: Store) -> None:
    store.client().start_local_transaction(ACCOUNT_STATES.name, [("hash", hash_of("2"))])
    states = TablestoreAccountStates(store.gateway())
    with pytest.raises(StoreUnavailable, match=r"BatchWriteRow: .*OTSRowOperationConflict"):
        states.save_states([state("1"), state("2"), state("3")])
    assert {s.account_id for s in states.load_states().values} == {"1", "3"}


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({}, "version is missing"),
        ({"version": "1"}, "version: TypeError: expected an integer, found '1'"),
        ({"version": 0}, "version: ValueError: expected an integer above zero, found 0"),
        ({"version": 1, "alert": '{"level":"grim"}'}, "alert: ValueError: no level is called 'grim'"),
        ({"version": 1, "alert": "{}"}, "alert: KeyError: 'level'"),
    ],
)
def test_a_malformed_state_is_named_and_hides_no_other(
    gateway: Gateway, states: AccountStates, columns: dict[str, str | int], named: str
) -> None:
    states.save_states([state("1")])
    gateway.write(ACCOUNT_STATES, [Put(("1234", "77"), dict(columns))])
    found = states.load_states()
    assert [s.account_id for s in found.values] == ["1"]
    (problem,) = found.malformed
    assert problem.key == "77"
    assert str(problem) == f"table arrears_account_states, row 77: hash 1234, column {named}"


# ---------------------------------------------------------------- snapshots


def test_snapshots_of_a_span_oldest_first_its_end_excluded(states: AccountStates) -> None:
    seen = [snapshot(NOW + n * HOUR, str(n)) for n in range(5)]
    states.save_snapshots([*reversed(seen), replace(seen[2], account_id="10")])
    assert states.load_snapshots("1", NOW + HOUR, NOW + 3 * HOUR).values == tuple(seen[1:3])


@pytest.mark.parametrize("minutes", [0, 3])
def test_bounds_within_an_hour_are_kept_to(states: AccountStates, minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes, microseconds=5)
    states.save_snapshots([snapshot(at)])
    moment = timedelta(microseconds=1)
    assert states.load_snapshots("1", at, at + moment).values == (snapshot(at),)
    assert states.load_snapshots("1", at + moment, at + HOUR).values == ()
    assert states.load_snapshots("1", NOW, at).values == ()


def test_the_same_hour_again_replaces_itself(states: AccountStates) -> None:
    later = snapshot(NOW + timedelta(minutes=40), "8")
    states.save_snapshots([snapshot(NOW, "7"), later])
    assert states.load_snapshots("1", NOW, NOW + HOUR).values == (later,)


def test_an_account_that_could_not_be_read_has_no_amount(states: AccountStates) -> None:
    unread = Snapshot("1", NOW, "CNY", None, Level.WARNING, failure="throttled")
    states.save_snapshots([unread])
    assert states.load_snapshots("1", NOW, NOW + HOUR).values == (unread,)


def test_a_malformed_snapshot_is_named_and_hides_no_other(gateway: Gateway, states: AccountStates) -> None:
    states.save_snapshots([snapshot(NOW)])
    second = int((NOW + HOUR).timestamp())
    gateway.write(SNAPSHOTS, [Put(("1", second), {"at": "2026-03-01T11:00:00"})])
    found = states.load_snapshots("1", NOW, NOW + 9 * HOUR)
    assert found.values == (snapshot(NOW),)
    (problem,) = map(str, found.malformed)
    assert problem.startswith(f"table arrears_snapshots, row 1: hour {second}, column at: ValueError: expected a time")


def test_when_accounts_were_seen_is_told_without_reading_their_past(store: Store, states: AccountStates) -> None:
    at = [NOW + HOUR * n for n in range(3)]
    states.save_states([AccountState(str(n), 0, AlertState(seen_at=one)) for n, one in enumerate(at)])
    states.save_states([AccountState("never")])
    assert states.load_seen() == {str(n): int(one.timestamp()) for n, one in enumerate(at)}
    assert store.requests.count("GetRange") == 1


def test_a_moment_that_cannot_be_read_is_long_ago(states: AccountStates, gateway: Gateway) -> None:
    gateway.write(ACCOUNT_STATES, [Put((hash_of("1"), "1"), {"seen": "yesterday"})])
    assert states.load_seen() == {"1": 0}


def test_some_states_are_read_a_hundred_at_a_time(store: Store, states: AccountStates) -> None:
    states.save_states([state(str(n)) for n in range(200)])
    found = states.load_some([*map(str, range(200)), "never"])
    assert [one.account_id for one in found.values] == list(map(str, range(200)))
    assert store.requests.count("BatchGetRow") == 3
