"""Random requests against a dictionary that follows the documented rules."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tablestore import OTSServiceError, Row

from tests.localcloud.tablestore.builders import (
    ABSENT,
    ANY,
    PRESENT,
    TWO_COLUMNS,
    all_pages,
    create_table,
    get,
    if_equal,
    key_of,
    put_item,
    write_batch,
)
from tests.localcloud.tablestore.server import client_of, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tablestore import Condition

Key = tuple[str, int]
Columns = dict[str, Any]

KEYS = st.tuples(st.sampled_from("ab"), st.integers(-1, 2))
NAMES = st.sampled_from(["n", "m", "text"])
VALUES = st.one_of(st.integers(-3, 3), st.sampled_from(["", "x", "余额"]))
COLUMNS = st.dictionaries(NAMES, VALUES, max_size=3)
CONDITIONS = st.one_of(
    st.just(("ANY",)), st.just(("PRESENT",)), st.just(("ABSENT",)), st.tuples(st.just("EQUAL"), NAMES, VALUES)
)


def on_the_wire(condition: tuple[Any, ...]) -> Condition:
    if condition[0] == "EQUAL":
        return if_equal(condition[1], condition[2])
    return {"ANY": ANY, "PRESENT": PRESENT, "ABSENT": ABSENT}[condition[0]]


def holds(condition: tuple[Any, ...], row: Columns | None) -> bool:
    if condition[0] == "EQUAL":
        return row is not None and condition[1] in row and row[condition[1]] == condition[2]
    return {"ANY": True, "PRESENT": row is not None, "ABSENT": row is None}[str(condition[0])]


class TablestoreMachine(RuleBasedStateMachine):
    """Each rule does the same to the service and to ``rows``."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[Key, Columns] = {}
        self._serving = serving()

    @initialize()
    def begin(self) -> None:
        self.client = client_of(self._serving.__enter__().url)
        create_table(self.client, key=TWO_COLUMNS)

    def teardown(self) -> None:
        if hasattr(self, "client"):
            self._serving.__exit__(None, None, None)

    def attempt(self, condition: tuple[Any, ...], key: Key, write: Callable[[Condition], object]) -> bool:
        """Whether the service wrote, which must be whether the condition holds."""
        expected = holds(condition, self.rows.get(key))
        try:
            write(on_the_wire(condition))
        except OTSServiceError as error:
            assert error.get_error_code() == "OTSConditionCheckFail"  # noqa: PT017 - the model decides, not pytest
            assert not expected
            return False
        assert expected
        return True

    @rule(key=KEYS, columns=COLUMNS, condition=CONDITIONS)
    def put(self, key: Key, columns: Columns, condition: tuple[Any, ...]) -> None:
        row = Row(key_of(*key), list(columns.items()))
        if self.attempt(condition, key, lambda wire: self.client.put_row("t", row, wire)):
            self.rows[key] = columns

    @rule(key=KEYS, columns=COLUMNS, deleted=st.sets(NAMES), condition=CONDITIONS)
    def update(self, key: Key, columns: Columns, deleted: set[str], condition: tuple[Any, ...]) -> None:
        deleted -= columns.keys()
        changes = {"PUT": list(columns.items()), "DELETE_ALL": sorted(deleted)}
        if not columns and not deleted:
            return
        row = Row(key_of(*key), changes)
        written = self.attempt(condition, key, lambda wire: self.client.update_row("t", row, wire))
        if written and (key in self.rows or columns):
            kept = {name: value for name, value in self.rows.get(key, {}).items() if name not in deleted}
            self.rows[key] = kept | columns

    @rule(key=KEYS, name=NAMES, step=st.integers(-5, 5))
    def increment(self, key: Key, name: str, step: int) -> None:
        before = self.rows.get(key, {}).get(name, 0)
        if isinstance(before, str):
            return
        self.client.update_row("t", Row(key_of(*key), {"INCREMENT": [(name, step)]}), ANY)
        self.rows.setdefault(key, {})[name] = before + step

    @rule(key=KEYS, condition=CONDITIONS)
    def delete(self, key: Key, condition: tuple[Any, ...]) -> None:
        row = Row(key_of(*key))
        if self.attempt(condition, key, lambda wire: self.client.delete_row("t", row, wire)):
            self.rows.pop(key, None)

    @rule(keys=st.lists(KEYS, min_size=1, max_size=4, unique=True), columns=COLUMNS, condition=CONDITIONS)
    def batch(self, keys: list[Key], columns: Columns, condition: tuple[Any, ...]) -> None:
        items = [put_item(*key, condition=on_the_wire(condition), **columns) for key in keys]
        done, failed = write_batch(self.client, items).get_put()

        expected = Counter(holds(condition, self.rows.get(key)) for key in keys)
        assert (len(done), len(failed)) == (expected[True], expected[False])
        self.rows |= {key: dict(columns) for key in keys if holds(condition, self.rows.get(key))}

    @rule(key=KEYS, columns=COLUMNS, commit=st.booleans())
    def transaction(self, key: Key, columns: Columns, commit: bool) -> None:  # noqa: FBT001 - drawn, not called
        transaction = self.client.start_local_transaction("t", [("account", key[0])])
        self.client.put_row("t", Row(key_of(*key), list(columns.items())), ANY, transaction_id=transaction)
        assert get(self.client, *key) == self.rows.get(key)
        if commit:
            self.client.commit_transaction(transaction)
            self.rows[key] = columns
        else:
            self.client.abort_transaction(transaction)

    @rule(key=KEYS)
    def read(self, key: Key) -> None:
        assert get(self.client, *key) == self.rows.get(key)

    @rule(limit=st.integers(1, 4), direction=st.sampled_from(["FORWARD", "BACKWARD"]))
    def scan(self, limit: int, direction: str) -> None:
        found = list(all_pages(self.client, limit=limit, direction=direction))

        assert found == sorted(self.rows, reverse=direction == "BACKWARD")

    @invariant()
    def no_row_is_invented(self) -> None:
        if hasattr(self, "client"):
            assert len(list(all_pages(self.client))) == len(self.rows)


TestTablestore = TablestoreMachine.TestCase
TestTablestore.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
