"""Joins clock, identities, services, faults and control side into one cloud behind one port."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aiohttp import web

from localcloud import bss, direct_mail, dysms, sts
from localcloud.books import Books
from localcloud.clock import Clock
from localcloud.control import Control, FunctionControl, World
from localcloud.faults import Faults
from localcloud.front import Front
from localcloud.identities import Identities, Identity
from localcloud.openapi.rpc import Gateway, RpcService
from localcloud.openapi.signature import Verifier
from localcloud.snapshot import Keeper

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from localcloud.service import Service

HOST = "127.0.0.1"
LONGEST_LINE = 128 * 1024
"""Bytes of a request line or a header: SendSms to 1,000 numbers puts them all in the query string."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the cloud is started with."""

    port: int = 0
    """0 takes a free one."""
    latency: float = 0.0
    """Seconds by which every reply is late."""
    access_key_id: str = "LTAI5tLocalCloudAgency0"
    access_key_secret: str = "local-cloud-secret-that-opens-nothing"  # noqa: S105 - known to everyone, on purpose
    account_id: str = "1000000000000001"
    """The agency's account."""
    instance: str = "arrears"
    """The Tablestore instance."""
    region: str = "cn-hangzhou"
    tls: ssl.SSLContext | None = None


@runtime_checkable
class Resettable(Protocol):
    """A service that can forget everything."""

    def reset(self) -> None:
        """Forget everything."""


@runtime_checkable
class Running(Protocol):
    """A service with something that runs by itself: workers, timers."""

    async def start(self) -> None:
        """Begin."""

    async def close(self) -> None:
        """End everything that was begun."""


@runtime_checkable
class Countable(Protocol):
    """A service that can tell how much it holds."""

    def stats(self) -> dict[str, Any]:
        """Numbers by name."""


@dataclass(slots=True)
class Ground:
    """What all services stand on; made before them, so that they can be handed to the cloud."""

    clock: Clock = field(default_factory=Clock)
    identities: Identities = field(init=False)
    verifier: Verifier = field(init=False)

    def __post_init__(self) -> None:
        self.identities = Identities(self.clock)
        self.verifier = Verifier(self.clock, self.identities)


class Cloud:
    """The local cloud; ``start`` opens the port, ``close`` shuts it."""

    def __init__(
        self,
        settings: Settings,
        ground: Ground,
        services: list[Service],
        file: Path | None = None,
    ) -> None:
        """A closed cloud.

        Args:
            settings: What it is started with.
            ground: What ``services`` stand on, too.
            services: Those beside OpenAPI; they are found by their names.
            file: Keeps what is not kept by ``services``; read now if it exists.

        Raises:
            ValueError: ``file`` holds something else.
        """
        self._settings = settings
        self._ground = ground
        self._services = services
        self._runner: web.ServerRunner | None = None
        self.port = settings.port
        self._world = self._new_world()
        self._front = Front(
            self._gateway(),
            services,
            Control(self._world),
            self._world.faults,
            self._ground.identities,
            settings.latency,
            self._world.functions,
        )
        self._keeper = Keeper(self._world, file, lambda: self._front.served) if file is not None else None
        self._keeping: asyncio.Task[None] | None = None
        self._add_agency()
        if self._keeper is not None:
            self._keeper.load()
            self._world.sms.on_accepted = self._world.mail.on_accepted = self._keeper.save_now
            self._world.on_opened = self._keeper.save_now

    async def reset(self, *, functions: bool = True) -> None:
        """Forget everything but the agency's key, and the functions if they are to stay; return to real time."""
        world = self._world
        for part in (world.clock, world.books, world.sts, world.sms, world.mail, world.faults, *self._services):
            if isinstance(part, Resettable):
                part.reset()
        if functions and world.functions is not None:
            await world.functions.control("reset", {})

    def stats(self) -> dict[str, Any]:
        """What each service says of itself."""
        return {service.name: service.stats() for service in self._services if isinstance(service, Countable)}

    async def start(self) -> None:
        """Open the port.

        Raises:
            OSError: The port is taken.
        """
        server = web.Server(
            self._front.handle, access_log=None, max_line_size=LONGEST_LINE, max_field_size=LONGEST_LINE
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._settings.port, ssl_context=self._settings.tls).start()
        self.port = self._runner.addresses[0][1]
        for service in self._services:
            if isinstance(service, Running):
                await service.start()
        if self._keeper is not None:
            self._keeping = asyncio.create_task(self._keeper.run())

    async def close(self) -> None:
        """Let hanging calls end, and shut the port."""
        self._front.close()
        for service in self._services:
            if isinstance(service, Running):
                await service.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._keeping is not None:
            self._keeping.cancel()
        if self._keeper is not None:
            self._keeper.save()

    def _new_world(self) -> World:
        clock = self._ground.clock
        return World(
            clock=clock,
            books=Books(clock),
            sts=sts.Sts(clock, self._ground.identities),
            sms=dysms.Dysms(clock),
            mail=direct_mail.DirectMail(clock),
            faults=Faults(),
            agency_account=self._settings.account_id,
            functions=next((service for service in self._services if isinstance(service, FunctionControl)), None),
            reset=self.reset,
            stats=self.stats,
        )

    def _add_agency(self) -> None:
        settings = self._settings
        arn = f"acs:ram::{settings.account_id}:user/agency"
        identity = Identity(settings.access_key_id, settings.access_key_secret, settings.account_id, arn)
        self._ground.identities.add(identity)

    def _gateway(self) -> Gateway:
        verifier, world = self._ground.verifier, self._world
        billing = bss.Bss(world.clock, world.books)
        services = [
            RpcService("bss", bss.VERSION, billing.operations(), verifier),
            RpcService("sts", sts.VERSION, world.sts.operations(), verifier),
            RpcService("dysms", dysms.VERSION, world.sms.operations(), verifier),
            RpcService("dm", direct_mail.VERSION, world.mail.operations(), verifier),
        ]
        return Gateway(services, verifier)
