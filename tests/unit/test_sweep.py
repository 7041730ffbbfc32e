from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from shared.app.sweep import GROUP, READERS, sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

IDS = [str(number) for number in range(5 * GROUP + 7)]


def test_every_account_is_looked_at_and_written_in_its_order_and_group() -> None:
    written: list[list[str]] = []
    sweep(IDS, list, lambda one: one + "!", written.append)
    assert [one for group in written for one in group] == [one + "!" for one in IDS]
    assert [len(group) for group in written] == [GROUP] * 5 + [7]


def test_three_groups_at_most_are_in_memory() -> None:
    loaded, written, most = 0, 0, 0

    def load(some: Sequence[str]) -> list[str]:
        nonlocal loaded
        loaded += 1
        return list(some)

    def write(_: list[str]) -> None:
        nonlocal written, most
        most = max(most, loaded - written)
        written += 1

    sweep(IDS, load, str, write)
    assert (written, most) == (6, 3)


def test_many_are_looked_at_at_once() -> None:
    together = threading.Barrier(READERS)
    sweep(IDS[: READERS * 4], list, lambda _: together.wait(20), lambda _: None)


def test_nothing_to_do_is_done() -> None:
    written: list[list[str]] = []
    sweep([], list, str, written.append)
    assert written == []


@pytest.mark.parametrize("breaks", ["load", "write"])
def test_a_failed_store_ends_the_sweep_and_nothing_new_begins(breaks: str) -> None:
    looked: list[str] = []

    def load(some: Sequence[str]) -> list[str]:
        if breaks == "load" and some[0] != IDS[0]:
            raise OSError("gone")
        return list(some)

    def write(_: list[None]) -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        sweep(IDS, load, looked.append, write)
    assert len(looked) <= 3 * GROUP
    assert threading.active_count() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread cannot be told its core")
def test_all_stay_on_one_core_until_the_end_and_whoever_called_may_then_use_all_as_before() -> None:
    before, cores = os.sched_getaffinity(0), set[int]()
    sweep(IDS, list, lambda _: cores.update(os.sched_getaffinity(0)), lambda _: cores.update(os.sched_getaffinity(0)))
    assert len(cores) == 1
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize("call", ["sched_getaffinity", "sched_setaffinity"])
def test_where_the_system_does_not_let_us_all_goes_on(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, call, refuse, raising=False)
    written: list[list[str]] = []
    sweep(IDS, list, str, written.append)
    assert sum(map(len, written)) == len(IDS)
