"""The queue of asynchronous invocations, their retries and dead letters, and the log of every run."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from localcloud.clock import Clock
    from localcloud.fc.functions import Function
    from localcloud.fc.instances import Outcome

SUCCEEDED = "Succeeded"
FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of one invocation; all runs of an invocation share its request id."""

    request_id: str
    function: str
    attempt: int
    """1 for the first run, then one more for each retry."""
    kind: str
    """sync, async or timer."""
    started: str
    """The cloud's time, ISO 8601."""
    outcome: str
    """Succeeded or Failed."""
    error_type: str | None
    """The exception's class, FunctionTimeout or UnexpectedExit."""
    error: str | None
    """The error as callers see it, JSON."""
    ms: float


@dataclass(slots=True)
class Task:
    """An asynchronous invocation from its acceptance to its last run."""

    task_id: str
    request_id: str
    function: str
    event: bytes
    kind: str
    started: str
    status: str = "Enqueued"
    """Enqueued, Running, Retrying, Succeeded or Failed."""
    executions: list[Execution] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    """Set after the last run."""


class DuplicateTaskError(Exception):
    """The task id was used for this function before."""


class Invocations:
    """Runs functions, at once or from the queue, and remembers how each run ended."""

    def __init__(self, clock: Clock, run: Callable[[Function, str, bytes], Awaitable[Outcome]]) -> None:
        self._clock = clock
        self._run = run
        self._log: deque[Execution] = deque(maxlen=100_000)
        self._tasks: dict[tuple[str, str], Task] = {}
        self._dead: list[Task] = []
        self._working: set[asyncio.Task[None]] = set()

    async def now(self, function: Function, event: bytes) -> tuple[str, Outcome]:
        """Invoke synchronously, once: the request id and how it ended."""
        request_id = str(uuid.uuid4())
        outcome, _ = await self._execute(function, request_id, event, "sync", 1)
        return request_id, outcome

    def enqueue(self, function: Function, event: bytes, *, kind: str = "async", task_id: str | None = None) -> Task:
        """Accept an asynchronous invocation; it runs as soon as an instance is free.

        Without a task id, its request id takes that place (alibabacloud.com/help/en/fc/task-deduplication).

        Raises:
            DuplicateTaskError: The function has asynchronous tasks, and had one of this id before; nothing is queued.
        """
        request_id = str(uuid.uuid4())
        named = task_id if function.async_task else None
        task = Task(named or request_id, request_id, function.key, event, kind, self._started())
        if (function.key, task.task_id) in self._tasks:
            raise DuplicateTaskError(task.task_id)
        self._tasks[function.key, task.task_id] = task
        working = asyncio.create_task(self._work(function, task))
        self._working.add(working)
        working.add_done_callback(self._working.discard)
        return task

    def task(self, function: Function, task_id: str) -> Task | None:
        """The task that was accepted under this id."""
        return self._tasks.get((function.key, task_id))

    def executions(self, function: str | None, limit: int) -> list[dict[str, Any]]:
        """The last ``limit`` runs, oldest first; of one function only, if it is named."""
        rows = [asdict(run) for run in self._log if function in {None, run.function}]
        return rows[-limit:]

    def dead_letters(self) -> list[dict[str, Any]]:
        """The invocations that failed for the last time, with their events."""
        return [
            {"request_id": task.request_id, "function": task.function, "event": task.event.decode(errors="replace")}
            | {"task_id": task.task_id, "error": task.executions[-1].error, "attempts": len(task.executions)}
            for task in self._dead
        ]

    async def drain(self) -> None:
        """Wait until the queue is empty, whatever the runs put into it meanwhile."""
        while self._working:
            await asyncio.wait(self._working)

    async def forget(self) -> None:
        """Drop the queue, the log, the task ids and the dead letters."""
        await self.close()
        self._log.clear()
        self._tasks.clear()
        self._dead.clear()

    async def close(self) -> None:
        """Drop the queue."""
        for working in self._working:
            working.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    def _started(self) -> str:
        return self._clock.now().isoformat()

    async def _work(self, function: Function, task: Task) -> None:
        """Run until it succeeds, at most 1 + ``max_retries`` times, without a pause between the runs."""
        try:
            for attempt in range(1, function.max_retries + 2):
                task.status = "Running" if attempt == 1 else "Retrying"
                _, execution = await self._execute(function, task.request_id, task.event, task.kind, attempt)
                task.executions.append(execution)
                if execution.outcome == SUCCEEDED:
                    break
            task.status = execution.outcome
            if task.status == FAILED:
                self._dead.append(task)
        finally:
            task.done.set()

    async def _execute(
        self, function: Function, request_id: str, event: bytes, kind: str, attempt: int
    ) -> tuple[Outcome, Execution]:
        started = self._started()
        outcome = await self._run(function, request_id, event)
        execution = Execution(
            request_id=request_id,
            function=function.key,
            attempt=attempt,
            kind=kind,
            started=started,
            outcome=FAILED if outcome.failure else SUCCEEDED,
            error_type=outcome.error_type,
            error=outcome.body.decode(errors="replace") if outcome.failure else None,
            ms=outcome.milliseconds,
        )
        self._log.append(execution)
        return outcome, execution
