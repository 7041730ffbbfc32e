"""A Tablestore on a free port, served alone, and the vendor's client for it."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from tablestore import OTSClient

from localcloud.clock import Clock
from localcloud.identities import Identities, Identity
from localcloud.service import Received
from localcloud.tablestore import Tablestore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

logging.getLogger("tablestore-client").setLevel(logging.CRITICAL)

INSTANCE = "alerts"
KEY_ID, SECRET = "LTAI5tKey", "secret-of-the-key"


class Server:
    """One service behind a bare socket; ``url`` is its endpoint."""

    def __init__(self, state_file: Path | None = None) -> None:
        self.clock = Clock()
        self.identities = Identities(self.clock)
        self.identities.add(Identity(KEY_ID, SECRET, "1000000000000001", "acs:ram::1000000000000001:user/test"))
        self.service = Tablestore(self.clock, self.identities, INSTANCE, state_file)
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self.service.close()

    def _serve(self) -> None:
        self._loop.run_until_complete(self._open())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _open(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = site.name if not site.name.endswith(":0") else f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(request.method, request.raw_path, headers, await request.read())
        reply = await self.service.answer(received)
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


@contextmanager
def serving(state_file: Path | None = None) -> Iterator[Server]:
    server = Server(state_file)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def client_of(server: Server, key_id: str = KEY_ID, secret: str = SECRET, **options: object) -> OTSClient:
    instance = options.pop("instance", INSTANCE)
    return OTSClient(server.url, key_id, secret, instance, logger_name="tablestore-client", **options)


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """A server without tables, on real time."""
    shared_server.service.reset()
    shared_server.clock.__init__()  # type: ignore[misc]
    return shared_server


@pytest.fixture
def client(server: Server) -> OTSClient:
    return client_of(server)


Connect = "Callable[..., OTSClient]"
