"""Function instances: one warm process each, one run at a time, killed on timeout."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import time
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.fc.worker import LENGTHS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from localcloud.clock import Clock
    from localcloud.fc.functions import Function

WORKER = Path(__file__).with_name("worker.py")
START_LIMIT = 60.0
"""Seconds that a cold start may take: interpreter, imports."""
LINE_LIMIT = 32 * 1024
"""Bytes of a log line that are kept (limits of usage, help.aliyun.com/document_detail/51907.html)."""
UNHANDLED = "UnhandledInvocationError"
TIMED_OUT = "FunctionTimeout"
EXITED = "UnexpectedExit"

Channel = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Which key an instance has, and until when; the rest of it is in its environment."""

    access_key_id: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended."""

    body: bytes
    """The handler's result, or the error as JSON: errorMessage, errorType, stackTrace."""
    failure: str | None
    """What ``X-Fc-Error-Type`` says; None for a success."""
    error_type: str | None
    """The exception's class, FunctionTimeout or UnexpectedExit; None for a success."""
    milliseconds: float


class ColdStartError(Exception):
    """No instance could be started, or the module not be imported."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error_type)
        self.outcome = outcome


class FunctionLog:
    """The last lines that a function's instances wrote."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=10_000)

    def add(self, line: bytes) -> None:
        """Keep a line, cut to the length that the log service keeps."""
        self._lines.append(line[:LINE_LIMIT].decode(errors="replace"))

    def tail(self, count: int) -> list[str]:
        """The last ``count`` lines, oldest first."""
        return list(self._lines)[-count:]


class Instance:
    """One process; it serves one run at a time and keeps the module's state between them."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        channel: Channel,
        output: Channel,
        credentials: Credentials,
        log: FunctionLog,
    ) -> None:
        self.credentials = credentials
        """Those in its environment."""
        self._process = process
        self._reader, self._writer = channel
        self._output, self._output_writer = output
        self._log = log
        self._killed = False
        self._expired = False
        self._awaited = b""
        self._seen = asyncio.Event()
        self._pump = asyncio.create_task(self._read_log())
        self._end = asyncio.create_task(self._clear_up())

    @classmethod
    async def start(
        cls, function: Function, environment: dict[str, str], credentials: Credentials, log: FunctionLog
    ) -> Instance:
        """Start the process; its module is imported by ``load``.

        Raises:
            OSError: The interpreter or the code directory is not there.
        """
        ours, theirs = socket.socketpair()
        output, written = socket.socketpair()
        with theirs, written:
            try:
                process = await _spawn(function, environment, theirs.fileno(), written.fileno())
            except OSError:
                ours.close()
                output.close()
                raise
        channels = [await asyncio.open_connection(sock=sock) for sock in (ours, output)]
        return cls(process, channels[0], channels[1], credentials, log)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.returncode is None and not self._killed

    async def load(self, now: float | None) -> Outcome:
        """Import the function's module: the cold start."""
        return await self._call({"now": now}, b"", START_LIMIT)

    async def run(self, request_id: str, event: bytes, now: float | None, limit: float) -> Outcome:
        """One invocation; it ends after ``limit`` seconds of real time at the latest, with the process."""
        self._awaited = f"FC Invoke End RequestId: {request_id}".encode()
        self._seen.clear()
        outcome = await self._call({"request_id": request_id, "now": now}, event, limit)
        if self.alive and outcome.error_type not in {TIMED_OUT, EXITED}:
            with contextlib.suppress(TimeoutError):  # a handler may have closed its standard output
                await asyncio.wait_for(self._seen.wait(), 0.5)
        return outcome

    async def _call(self, header: dict[str, Any], body: bytes, limit: float) -> Outcome:
        started = time.monotonic()
        try:
            async with asyncio.timeout(limit):
                await self._send(header, body)
                reply, result = await self._receive()
        except TimeoutError:
            await self.kill()
            return _failed(TIMED_OUT, TIMED_OUT, f"Function timed out after {limit:g} seconds", started)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.kill()
            if self._expired:
                return _failed(TIMED_OUT, TIMED_OUT, f"Function timed out after {limit:g} seconds", started)
            return _failed(UNHANDLED, EXITED, "Process exited unexpectedly before completing request", started)
        except asyncio.CancelledError:
            self.kill_now()
            raise
        took = _since(started)
        if reply["ok"]:
            return Outcome(result, None, None, took)
        return Outcome(result, UNHANDLED, str(json.loads(result)["errorType"]), took)

    async def _send(self, header: dict[str, Any], body: bytes) -> None:
        text = json.dumps(header).encode()
        self._writer.write(LENGTHS.pack(len(text), len(body)) + text + body)
        await self._writer.drain()

    async def _receive(self) -> tuple[dict[str, Any], bytes]:
        header, body = LENGTHS.unpack(await self._reader.readexactly(LENGTHS.size))
        return json.loads(await self._reader.readexactly(header)), await self._reader.readexactly(body)

    async def _read_log(self) -> None:
        rest = b""
        while chunk := await self._output.read(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._log.add(line)
                if self._awaited and self._awaited in line:
                    self._seen.set()
        if rest:
            self._log.add(rest)

    def kill_now(self) -> None:
        """SIGKILL for the process and all that it started."""
        self._killed = True
        if self._process.returncode is None:  # afterwards the number may be another process's
            self._kill_group()

    async def expire(self) -> None:
        """Kill it as if the time limit of its run were over."""
        self._expired = True
        await self.kill()

    async def kill(self) -> None:
        """Kill, and wait until nothing is left of it."""
        self.kill_now()
        await asyncio.wait({self._end})

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _clear_up(self) -> None:
        """However the process ends: take along what it started, read its last lines, hang up."""
        await self._process.wait()
        self._kill_group()
        with contextlib.suppress(TimeoutError):  # a child that left the process group may hold the pipe
            await asyncio.wait_for(self._pump, 1.0)
        for writer in (self._writer, self._output_writer):
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


class Pool:
    """The instances of one function: warm ones are taken first, new ones started up to its limit."""

    def __init__(
        self,
        function: Function,
        clock: Clock,
        environment: Callable[[Function], tuple[dict[str, str], datetime]],
        log: FunctionLog,
    ) -> None:
        self.function = function
        self._clock = clock
        self._environment = environment
        self._log = log
        self._free = asyncio.Semaphore(function.instances)
        self._idle: list[Instance] = []
        self._all: set[Instance] = set()
        self._closed = False
        self._longest = timedelta(seconds=function.timeout)

    async def run(self, request_id: str, event: bytes) -> Outcome:
        """One run on a free instance; waits if all are busy."""
        async with self._free:
            try:
                instance = await self._take()
            except ColdStartError as failed:
                return failed.outcome
            try:
                return await instance.run(request_id, event, self._now(), self.function.timeout)
            finally:
                await self._give_back(instance)

    @property
    def busy(self) -> list[Instance]:
        """The instances that start or run."""
        return [instance for instance in self._all if instance not in self._idle]

    async def kill(self, *, busy: bool = False) -> int:
        """Kill every instance, or those that are running; their runs end as unexpected exits."""
        doomed = self.busy if busy else list(self._all)
        await asyncio.gather(*(instance.kill() for instance in doomed))
        return len(doomed)

    async def kill_owner(self, access_key: str) -> int:
        """Kill the instance that has this key; its run ends as an unexpected exit."""
        doomed = [instance for instance in self._all if instance.credentials.access_key_id == access_key]
        await asyncio.gather(*(instance.kill() for instance in doomed))
        return len(doomed)

    async def expire(self) -> int:
        """Kill the instances that are running; their runs end as timeouts."""
        doomed = self.busy
        await asyncio.gather(*(instance.expire() for instance in doomed))
        return len(doomed)

    def refuse(self) -> None:
        """Start no more instances; runs that wait for one end as unexpected exits."""
        self._closed = True

    def _now(self) -> float | None:
        return self._clock.timestamp() if self._clock.virtual else None

    async def _take(self) -> Instance:
        """A warm instance whose credentials outlast the run, or a new one."""
        while self._idle:
            instance = self._idle.pop()
            if instance.alive and instance.credentials.expires > self._clock.now() + self._longest:
                return instance
            await self._discard(instance)
        return await self._start()

    async def _start(self) -> Instance:
        """The cold start."""
        environment, expires = self._environment(self.function)
        credentials = Credentials(environment["ALIBABA_CLOUD_ACCESS_KEY_ID"], expires)
        started = time.monotonic()
        try:
            instance = await Instance.start(self.function, environment, credentials, self._log)
        except OSError as error:  # the code directory or the interpreter is gone since the function was put
            raise ColdStartError(_failed(UNHANDLED, EXITED, str(error), started)) from error
        self._all.add(instance)
        if self._closed:
            instance.kill_now()
        loaded = await instance.load(self._now())
        if loaded.failure is not None:
            await self._discard(instance)
            raise ColdStartError(loaded)
        return instance

    async def _give_back(self, instance: Instance) -> None:
        if instance.alive and not self._closed:
            self._idle.append(instance)
        else:
            await self._discard(instance)

    async def _discard(self, instance: Instance) -> None:
        self._all.discard(instance)
        await instance.kill()


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 2)


def _failed(failure: str, error_type: str, message: str, started: float) -> Outcome:
    error = {"errorMessage": message, "errorType": error_type, "stackTrace": []}
    return Outcome(json.dumps(error, ensure_ascii=False).encode(), failure, error_type, _since(started))


async def _spawn(
    function: Function, environment: dict[str, str], channel: int, output: int
) -> asyncio.subprocess.Process:
    """The process; its output is no pipe of asyncio's, since a child that keeps a pipe open would hide its end."""
    return await asyncio.create_subprocess_exec(
        function.python,
        "-u",
        str(WORKER),
        str(channel),
        pass_fds=(channel,),
        cwd=function.code,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
