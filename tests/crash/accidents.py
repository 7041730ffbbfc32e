"""What goes wrong during one run, at one of its requests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.agency import CHECK, DELIVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.crash.moments import Moment, World


class Request(NamedTuple):
    """A request of an undisturbed run."""

    number: int
    service: str
    operation: str


class NotStruckError(Exception):
    """The run never came to the request that was to be disturbed: the enumeration is wrong, not the product."""


FAULTS: dict[str, dict[str, Any]] = {
    "kill_before": {"kind": "kill"},
    "kill_after": {"kind": "kill_after"},
    "timeout": {"kind": "expire_after"},
    "reset_before": {"kind": "reset_before"},
    "reset_after": {"kind": "reset_after"},
    "error_before": {"kind": "error"},
    "error_after": {"kind": "error_after"},
    "throttled_before": {"kind": "error"},
    "throttled_after": {"kind": "error_after"},
    "truncated": {"kind": "truncated"},
    "html": {"kind": "html"},
    "hang": {"kind": "hang_after"},
    "garbled": {"kind": "bad_checksum"},
    "applied_twice": {"kind": "duplicate"},
}
"""Fault rules of the local cloud, each for one request.

``timeout`` is the function's, ``hang`` lasts until the client's: both once the request was applied, which is the
harder half; before that, they do what a kill and a reset do.
"""
SLOW = {"hang"}
"""Waits ten seconds for the client's timeout: done once for each operation of a run, not for each request."""
TABLESTORE_ONLY = {"garbled", "applied_twice"}
"""A request with a nonce cannot be applied twice, and only Tablestore's replies have a checksum."""
CODES = {
    ("error", "tablestore"): {"code": "OTSInternalServerError", "status": 500},
    ("error", "other"): {"code": "ServiceUnavailable", "status": 503},
    ("throttled", "tablestore"): {"code": "OTSServerBusy", "status": 503},
    ("throttled", "other"): {"code": "Throttling.User", "status": 400},
}
REPEATS = 4
"""How often two runs start at the same moment: which one comes first at each request is left to chance."""


class Accident(NamedTuple):
    """One fault at one request of one moment; its name finds it again."""

    moment: Moment
    kind: str
    request: Request

    @property
    def name(self) -> str:
        """As ``--only`` understands it."""
        return f"{self.moment.name} {self.kind} {self.request.number}"

    @property
    def place(self) -> str:
        """The request that is disturbed."""
        return f"{self.request.service} {self.request.operation}".strip()

    def happen(self, world: World) -> None:
        """Fire the moment's timer, with the accident.

        Raises:
            NotStruckError: The run had no such request.
        """
        world.wait_for(self.moment.timer)
        match self.kind:
            case "clean":
                world.agency.fire(self.moment.timer)
            case "twice":
                world.agency.fire(self.moment.timer, times=2)
            case "at_once":
                world.agency.fire(self.moment.timer, times=2, overlap=True)
            case "overlap":
                self._hold(world, self.moment.timer)
            case "crossed":
                self._hold(world, DELIVER if self.moment.timer == CHECK else CHECK)
            case _:
                self._break(world)
        world.control.clear_faults()

    def _break(self, world: World) -> None:
        owner = self.request.service if self.request.service == "tablestore" else "other"
        code: dict[str, Any] = CODES.get((self.kind.partition("_")[0], owner), {})
        world.control.add_fault("*", nth=self.request.number, **FAULTS[self.kind], **code)
        world.agency.fire(self.moment.timer)
        if not world.control.faults()[0]["hits"]:
            raise NotStruckError(self.name)

    def _hold(self, world: World, other: tuple[str, str]) -> None:
        """Stop the run at the request, let another one pass it, and let the first go on."""
        rule = world.control.add_fault("*", "hold", nth=self.request.number)
        with ThreadPoolExecutor(1) as background:
            first = background.submit(world.agency.fire, self.moment.timer)
            struck = world.control.wait_fault(rule, seconds=30)
            world.agency.fire(other)
            world.control.clear_faults()
            first.result()
        if not struck:
            raise NotStruckError(self.name)


def accidents(moment: Moment, requests: Iterable[Request]) -> Iterator[Accident]:
    """Everything that is done to one moment whose undisturbed run makes ``requests``."""
    nowhere = Request(0, "", "")
    yield Accident(moment, "clean", nowhere)
    yield Accident(moment, "twice", nowhere)
    yield from (Accident(moment, "at_once", nowhere._replace(number=n + 1)) for n in range(REPEATS))
    done: set[tuple[str, str, str]] = set()
    for request in requests:
        for kind in (*FAULTS, "overlap", "crossed"):
            once = (kind, request.service, request.operation)
            if (kind in TABLESTORE_ONLY and request.service != "tablestore") or (kind in SLOW and once in done):
                continue
            done.add(once)
            yield Accident(moment, kind, request)
