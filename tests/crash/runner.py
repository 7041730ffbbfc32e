"""Counts the requests of every moment, and runs its accidents one by one on local clouds of its own."""

from __future__ import annotations

import queue
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.client import ControlError
from shared.errors import StoreUnavailable
from tests.cloud import running_cloud
from tests.crash.accidents import Accident, NotStruckError, Request, accidents
from tests.crash.judge import Verdict, judge
from tests.crash.moments import MOMENTS, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.crash.moments import Moment


@contextmanager
def new_world() -> Iterator[World]:
    """A world on a local cloud of its own; nothing of it is left at the end."""
    with tempfile.TemporaryDirectory(prefix="crash-") as directory, running_cloud() as cloud:
        yield World(cloud, Path(directory))


def enumerate_accidents(world: World, moments: Sequence[Moment] = MOMENTS) -> list[Accident]:
    """Every accident of these moments, known by the requests of their undisturbed runs."""
    return [accident for moment in moments for accident in accidents(moment, count_requests(world, moment))]


def count_requests(world: World, moment: Moment) -> list[Request]:
    """The requests that the moment's run makes, in their order, numbered from 1."""
    world.start_over()
    moment.prepare(world)
    world.wait_for(moment.timer)
    before = len(world.control.log())
    world.agency.fire(moment.timer)
    return [Request(number - before, service, operation) for number, service, operation in world.control.log(before)]


def run(world: World, accident: Accident) -> Verdict:
    """One scenario from its beginning to the verdict."""
    try:
        world.start_over()
        accident.moment.prepare(world)
        accident.happen(world)
        world.settle()
        return judge(world, accident.moment)
    except (NotStruckError, ControlError, StoreUnavailable, HTTPException, OSError) as error:
        return Verdict(broken=(f"{type(error).__name__}: {error}",))


def run_all(
    accidents: Sequence[Accident], worlds: Sequence[World], report: Callable[[Accident, Verdict], None]
) -> None:
    """Run every scenario, as many at a time as there are worlds; ``report`` hears of each as it ends."""
    free: queue.SimpleQueue[World] = queue.SimpleQueue()
    for world in worlds:
        free.put(world)

    def run_one(accident: Accident) -> tuple[Accident, Verdict]:
        world = free.get()
        try:
            return accident, run(world, accident)
        finally:
            free.put(world)

    with ThreadPoolExecutor(len(worlds)) as pool:
        futures = [pool.submit(run_one, accident) for accident in accidents]
        try:
            for future in as_completed(futures):
                report(*future.result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
