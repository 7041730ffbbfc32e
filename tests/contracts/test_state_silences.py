from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.model import Level
from shared.silences import Selector, Silence, end_now, new_silence
from shared.state.silences import TablestoreSilences
from shared.state.tables import SILENCES, Put
from tests.builders import DAY, HOUR, NOON
from tests.contracts.conftest import LOST_REPLIES

if TYPE_CHECKING:
    from datetime import datetime

    from shared.state import Silences
    from shared.state.gateway import Gateway
    from tests.contracts.conftest import Store


def silence(begins: datetime = NOON, days: int = 1, author: str = "李雷") -> Silence:
    selector = Selector(("1000000000000001",), "vip", "常州*")
    return new_silence(selector, author, "机房搬迁", begins, begins + days * DAY, Level.WARNING)


@pytest.fixture
def silences(gateway: Gateway) -> Silences:
    return TablestoreSilences(gateway)


def test_what_was_saved_is_there_by_its_beginning(silences: Silences) -> None:
    later, earlier = silence(NOON + HOUR), silence()
    assert silences.save_silence(later)
    assert silences.save_silence(earlier)
    assert silences.load_silences().values == (earlier, later)


def test_saved_twice_is_there_once_and_as_it_was_first(silences: Silences) -> None:
    assert silences.save_silence(silence())
    assert not silences.save_silence(silence(days=2))
    assert silences.load_silences().values == (silence(),)


def test_what_is_over_is_kept_and_not_read_in_a_run(silences: Silences, store: Store) -> None:
    for days in (1, 2, 3):
        silences.save_silence(silence(days=days, author=f"李{days}"))
    before = len(store.requests)
    assert [one.author for one in silences.load_silences(NOON + 2 * DAY).values] == ["李3"]
    assert store.requests[before:] == ["GetRange"]
    assert len(silences.load_silences().values) == 3


def test_an_early_end_is_stored_once(silences: Silences) -> None:
    silences.save_silence(silence())
    first, second = end_now(silence(), "韩梅", NOON + HOUR), end_now(silence(), "李雷", NOON + HOUR)
    assert silences.end_silence(first)
    assert not silences.end_silence(second)
    assert silences.load_silences().values == (first,)
    assert silences.load_silences(NOON + HOUR).values == ()


def test_a_silence_that_was_never_saved_is_not_ended(silences: Silences) -> None:
    assert not silences.end_silence(end_now(silence(), "韩梅", NOON + HOUR))
    assert silences.load_silences().values == ()


@pytest.mark.parametrize("kind", LOST_REPLIES)
def test_a_write_whose_reply_was_lost_was_ours(silences: Silences, store: Store, kind: str) -> None:
    store.disturb(kind, "BatchWriteRow")
    assert silences.save_silence(silence())
    store.disturb(kind, "BatchWriteRow")
    ended = end_now(silence(), "韩梅", NOON + HOUR)
    assert silences.end_silence(ended)
    assert silences.load_silences().values == (ended,)


def test_a_malformed_silence_is_named_and_hides_no_other(silences: Silences, gateway: Gateway) -> None:
    silences.save_silence(silence())
    gateway.write(SILENCES, [Put(("BAD",), {"selector": "everybody"})])
    found = silences.load_silences(NOON)
    assert found.values == (silence(),)
    (problem,) = map(str, found.malformed)
    assert problem.startswith("table arrears_silences, row BAD: column selector: ValueError: ")
