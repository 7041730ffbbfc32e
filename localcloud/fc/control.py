"""The control side of Function Compute: deploy, fire timers, read what happened."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from localcloud.fc.functions import Function
from localcloud.fc.timers import SETTINGS, Timer, firings, read_timer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from localcloud.clock import Clock
    from localcloud.fc.deployments import Deployments
    from localcloud.fc.invocations import Invocations, Task

    Operation = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

_FUNCTION = TypeAdapter(Function)


class Control:
    """The operations below ``/_control/fc/``; each takes and gives one JSON object."""

    def __init__(self, clock: Clock, deployments: Deployments, invocations: Invocations) -> None:
        self._clock = clock
        self._deployments = deployments
        self._invocations = invocations
        self._timers: dict[tuple[str, str], Timer] = {}
        self._operations: dict[str, Operation] = {
            "functions/put": self._put_function,
            "functions/list": self._list_functions,
            "timers/put": self._put_timer,
            "timers/list": self._list_timers,
            "timers/fire": self._fire_timer,
            "timers/run": self._run_timers,
            "invocations": self._list_invocations,
            "dead-letters": self._list_dead_letters,
            "logs": self._read_log,
            "queue/drain": self._drain,
            "reset": self._reset,
            "workers/kill": self._kill_workers,
            "workers/expire": self._expire_workers,
        }

    def timers_of(self, function: str) -> list[Timer]:
        """The timers of a function, by its key."""
        return [timer for (owner, _), timer in self._timers.items() if owner == function]

    async def run(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do one operation.

        Raises:
            LookupError: There is no such operation, function or timer.
            ValueError: ``body`` does not fit the operation; the message says why.
        """
        operation = self._operations.get(path)
        if operation is None:
            raise LookupError(f"fc has no control operation {path!r}; it has {', '.join(sorted(self._operations))}")
        return await operation(body)

    async def _put_function(self, body: dict[str, Any]) -> dict[str, Any]:
        """Deploy a function; see ``Function`` for the settings."""
        function = _FUNCTION.validate_python(body)
        await self._deployments.put(function)
        return {"function": function.key}

    async def _list_functions(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body)
        rows = [asdict(function) | {"code": str(function.code)} for function in self._deployments.functions]
        return {"functions": rows}

    async def _put_timer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Put a timer: {function, name, cron, payload, enable}."""
        timer = read_timer(body, self._clock.now())
        self._deployments.get(timer.function)
        self._timers[timer.function, timer.name] = timer
        return self._row(timer)

    async def _list_timers(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body)
        return {"timers": [self._row(timer) for timer in self._timers.values()]}

    def _row(self, timer: Timer) -> dict[str, Any]:
        row = {name: getattr(timer, name) for name in SETTINGS}
        return row | {"next": timer.schedule.next_after(self._clock.now()).isoformat()}

    async def _fire_timer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Fire once, whatever the clock says: {function, name, at, times, overlap}.

        ``times`` 2 is the platform delivering one firing twice: the same event, another request id; one after the
        other, or at the same time if ``overlap`` is true. Waits for the last retry.
        """
        _only(body, "function", "name", "at", "times", "overlap")
        timer = self._timers.get((str(body.get("function")), str(body.get("name"))))
        if timer is None:
            raise LookupError(f"there is no timer {body.get('name')!r} of function {body.get('function')!r}")
        at = _moment(body["at"]) if "at" in body else self._clock.now()
        times = int(body.get("times", 1))
        if body.get("overlap"):
            tasks = list(await asyncio.gather(*(self._fire(timer, at) for _ in range(times))))
        else:
            tasks = [await self._fire(timer, at) for _ in range(times)]
        return {"executions": _rows(tasks)}

    async def _run_timers(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set the clock from firing to firing up to ``until``, and wait for each: {until}.

        The clock stands still from the first firing on, and moves on when the queue is empty: what a function queued
        runs at the same time of the clock, too. The reply counts the firings of each timer and lists the runs
        that failed.
        """
        _only(body, "until")
        until = _moment(body.get("until"))
        fired = dict.fromkeys(self._timers.values(), 0)
        failed: list[dict[str, Any]] = []
        for at, timer in firings(list(fired), self._clock.now(), until):
            self._clock.set(at)
            task = await self._fire(timer, at)
            await self._invocations.drain()
            fired[timer] += 1
            failed += [row for row in _rows([task]) if row["outcome"] == "Failed"]
        self._clock.set(max(until, self._clock.now()))
        counts = [{"function": timer.function, "name": timer.name, "times": times} for timer, times in fired.items()]
        return {"now": self._clock.now().isoformat(), "fired": counts, "failed": failed}

    async def _fire(self, timer: Timer, at: datetime) -> Task:
        function = self._deployments.get(timer.function)
        task = self._invocations.enqueue(function, timer.event(at), kind="timer")
        await task.done.wait()
        return task

    async def _list_invocations(self, body: dict[str, Any]) -> dict[str, Any]:
        """The last runs, oldest first: {function, limit}."""
        _only(body, "function", "limit")
        return {"invocations": self._invocations.executions(body.get("function"), int(body.get("limit", 1000)))}

    async def _list_dead_letters(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body)
        return {"dead_letters": self._invocations.dead_letters()}

    async def _read_log(self, body: dict[str, Any]) -> dict[str, Any]:
        """The last lines of a function's log: {function, lines}."""
        _only(body, "function", "lines")
        return {"lines": self._deployments.log(str(body.get("function"))).tail(int(body.get("lines", 1000)))}

    async def _drain(self, body: dict[str, Any]) -> dict[str, Any]:
        """Wait until nothing is queued or running from the queue."""
        _only(body)
        await self._invocations.drain()
        return {}

    async def _kill_workers(self, body: dict[str, Any]) -> dict[str, Any]:
        """Kill the instances of {function}, or all; with {busy}, only those that run something.

        With {access_key}, the one instance that has this key.
        """
        _only(body, "function", "busy", "access_key")
        if "access_key" in body:
            return {"killed": await self._deployments.kill_owner(str(body["access_key"]))}
        return {"killed": await self._deployments.kill(body.get("function"), busy=bool(body.get("busy")))}

    async def _expire_workers(self, body: dict[str, Any]) -> dict[str, Any]:
        """Let the time limits of the functions that run something be over."""
        _only(body)
        return {"killed": await self._deployments.expire()}

    async def _reset(self, body: dict[str, Any]) -> dict[str, Any]:
        """Forget functions, timers, the queue and the log, and kill every instance."""
        _only(body)
        self._timers.clear()
        await self._invocations.forget()
        await self._deployments.forget()
        return {}


def _only(body: dict[str, Any], *names: str) -> None:
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise ValueError(f"not understood: {', '.join(unknown)}")


def _moment(text: object) -> datetime:
    """An ISO 8601 time; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is not an ISO 8601 time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _rows(tasks: list[Task]) -> list[dict[str, Any]]:
    return [asdict(execution) for task in tasks for execution in task.executions]
