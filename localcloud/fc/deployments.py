"""The functions that are deployed, each with its instances and its log."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from localcloud.fc.instances import FunctionLog, Outcome, Pool

if TYPE_CHECKING:
    from datetime import datetime

    from localcloud.clock import Clock
    from localcloud.fc.environment import NewEnvironment
    from localcloud.fc.functions import Function


class Deployments:
    """What runs when a function is called by its name."""

    def __init__(self, clock: Clock, new_environment: NewEnvironment) -> None:
        self._clock = clock
        self._new_environment = new_environment
        self._pools: dict[str, Pool] = {}
        self._logs: dict[str, FunctionLog] = {}
        self._put_at: dict[str, datetime] = {}

    @property
    def functions(self) -> list[Function]:
        """All functions, in the order in which they were first put."""
        return [pool.function for pool in self._pools.values()]

    async def put(self, function: Function) -> None:
        """Deploy ``function``; instances of a former version are killed."""
        before = self._pools.get(function.key)
        log = self._logs.setdefault(function.key, FunctionLog())
        self._put_at[function.key] = self._clock.now()
        self._pools[function.key] = Pool(function, self._clock, self._new_environment, log)
        if before is not None:
            before.refuse()
            await before.kill()

    def has_service(self, service: str) -> bool:
        """Whether a function of this 2.0 service was put."""
        return any(function.service == service for function in self.functions)

    def find(self, name: str, service: str | None = None) -> Function | None:
        """The function of this name: a plain one, or one of a 2.0 service."""
        pool = self._pools.get(f"{service}${name}" if service else name)
        return None if pool is None else pool.function

    def get(self, key: str) -> Function:
        """The function that the control side names ``key``.

        Raises:
            LookupError: There is none.
        """
        if key not in self._pools:
            raise LookupError(f"there is no function {key!r}; put it with functions/put")
        return self._pools[key].function

    def put_at(self, key: str) -> datetime:
        """When a function that ``get`` finds was last put."""
        return self._put_at[self.get(key).key]

    def log(self, key: str) -> FunctionLog:
        """The log of a function that ``get`` finds."""
        return self._logs[self.get(key).key]

    async def run(self, function: Function, request_id: str, event: bytes) -> Outcome:
        """Run it once on an instance of its present version."""
        return await self._pools[function.key].run(request_id, event)

    def refuse(self) -> None:
        """Start nothing more."""
        for pool in self._pools.values():
            pool.refuse()

    async def forget(self) -> None:
        """As if no function had been put; instances are killed."""
        self.refuse()
        await self.kill()
        self._pools.clear()
        self._logs.clear()

    async def kill(self, key: str | None = None, *, busy: bool = False) -> int:
        """Kill the instances of one function, or of all, or the ``busy`` ones of them.

        Their runs end as unexpected exits.

        Returns:
            How many were killed.
        """
        pools = list(self._pools.values()) if key is None else [self._pools[self.get(key).key]]
        return sum(await asyncio.gather(*(pool.kill(busy=busy) for pool in pools)))

    async def kill_owner(self, access_key: str) -> int:
        """Kill the instance that was given this key: each has one of its own; 1, or 0 if there is none."""
        return sum(await asyncio.gather(*(pool.kill_owner(access_key) for pool in self._pools.values())))

    async def expire(self) -> int:
        """Move the clock by the longest time limit of what runs now, and end all of that as out of time."""
        pools = [pool for pool in self._pools.values() if pool.busy]
        self._clock.advance(timedelta(seconds=max((pool.function.timeout for pool in pools), default=0)))
        return sum(await asyncio.gather(*(pool.expire() for pool in pools)))
