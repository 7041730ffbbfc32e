"""Accounts looked at group by group: while one group is read, the one before is written and the one after is loaded.

Each account costs two calls that wait for the network, so that many are read at once; what is in memory is three groups
at most, however many accounts there are.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Id: TypeAlias = str
Job = TypeVar("Job")
Found = TypeVar("Found")

GROUP = 200
"""Accounts whose results are written together: what one request to Tablestore takes."""
READERS = 64
"""Threads that read, at most: with 50 ms to wait for a reply, enough for 600 accounts a second."""
ACCOUNTS_A_READER = 4
"""One thread for so many accounts: of few accounts each waits its turn, but connections are costly, too."""


def sweep(
    account_ids: Sequence[Id],
    load: Callable[[Sequence[Id]], list[Job]],
    look: Callable[[Job], Found],
    write: Callable[[list[Found]], None],
) -> None:
    """Load, look at and write all accounts; looking happens in many threads, writing in the one that called.

    An error of ``load`` or ``write`` ends the sweep once the looks that are under way have ended; nothing new begins.
    """
    count = max(1, min(READERS, len(account_ids) // ACCOUNTS_A_READER))
    readers, loader = ThreadPoolExecutor(count), ThreadPoolExecutor(1)
    try:
        with _on_one_core():
            reading: deque[list[Future[Found]]] = deque()
            for jobs in _loaded(account_ids, load, loader):
                reading.append([readers.submit(look, job) for job in jobs])
                if len(reading) > 1:
                    write([one.result() for one in reading.popleft()])
            for last in reading:
                write([one.result() for one in last])
    finally:
        for pool in (loader, readers):
            pool.shutdown(cancel_futures=True)


@contextmanager
def _on_one_core() -> Iterator[None]:
    """Keep this thread, and those that are started meanwhile, on one core, where the system lets us.

    Python computes on one core at a time anyway. Threads that take turns on two of them leave their caches behind each
    time, which takes a fifth of the CPU of a check of many accounts.
    """
    before = _stay_on_any_of(None)
    try:
        yield
    finally:
        if before:
            _stay_on_any_of(before)


def _stay_on_any_of(cores: set[int] | None) -> set[int]:
    """Tell this thread its cores, or one of them by chance; returns those that it had, none where nobody may ask."""
    if sys.platform != "linux":
        return set()
    try:
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores or {secrets.choice(sorted(before))})
    except OSError:
        return set()
    return before


def _loaded(
    account_ids: Sequence[Id], load: Callable[[Sequence[Id]], list[Job]], loader: ThreadPoolExecutor
) -> Iterator[list[Job]]:
    """The groups, each loaded while the one before it is in use."""
    groups = [account_ids[start : start + GROUP] for start in range(0, len(account_ids), GROUP)]
    coming = loader.submit(load, groups[0]) if groups else None
    for following in [*groups[1:], None]:
        if coming is None:
            return
        jobs = coming.result()
        coming = None if following is None else loader.submit(load, following)
        yield jobs
