"""How every run of a function begins and ends."""

from __future__ import annotations

import gc
import json
import logging
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from shared.errors import ArrearsError
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

MOST_NAMED = 20
"""Entries of one list that a report names, and characters of each text below: a line of the log may be cut above 32 KB
(help.aliyun.com, Function Compute, limits), and half a report is none."""
MOST_CHARACTERS = 200


@frozen
class LocalFunction:
    """``context.function`` of a run on this machine."""

    name: str
    timeout: int = 600
    memory: int = 512


@frozen
class LocalContext:
    """What a handler needs of its context, for a run on this machine; keys come from the environment."""

    job: str
    request_id: str = "local"

    @property
    def function(self) -> LocalFunction:
        """The function that runs."""
        return LocalFunction(self.job)


class RunFailed(ArrearsError):
    """The run did what it could for everyone, and something in it has to be looked at."""


def start(name: str, context: Any) -> None:  # noqa: ANN401 -- the runtime's class
    """Let our log lines through, and keep the chatter of libraries out."""
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("shared").setLevel(logging.INFO)
    log.info("%s: request %s", name, context.request_id)


@cache
def settle() -> None:
    """Keep the collector of cyclic garbage from what is there to stay: modules, clients, the configuration.

    By its own measure it looks through all of them again and again while accounts are looked at, which leaves hardly
    any such garbage: an eighth of the CPU of a check of many accounts. It now waits for more than what is in memory of
    usual ones at once. Once in the life of an instance.
    """
    gc.freeze()
    gc.set_threshold(200_000, 10, 10)


def finish(report: Mapping[str, object], broken: Sequence[str]) -> str:
    """The run's result; a run in which something broke ends failed, after it did what it could.

    Of a long list the report names the first entries, and how many there are; what happened to single accounts is in
    log lines of their own.

    Raises:
        RunFailed: With the report.
    """
    result = json.dumps(_bounded(report), ensure_ascii=False)
    log.info("%s", result)
    if broken:
        raise RunFailed(result)
    return result


def _bounded(report: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the first entries of each list and table; beside one that was longer, ``NAME_in_all`` counts it."""
    counts = {
        f"{name}_in_all": len(value)
        for name, value in report.items()
        if isinstance(value, list | dict) and len(value) > MOST_NAMED
    }
    return {name: _first(value) for name, value in report.items()} | counts


def _first(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON holds
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return f"{value[: MOST_CHARACTERS - 1]}…"
    if isinstance(value, list):
        return [_first(one) for one in value[:MOST_NAMED]]
    if isinstance(value, dict):
        return _bounded(dict(islice(value.items(), MOST_NAMED)))
    return value
