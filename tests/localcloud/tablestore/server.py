"""A Tablestore on a free port, served alone, and the vendor's client for it.

As a program it serves one with the state file that is named, and prints its URL.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from tablestore import OTSClient

from localcloud.clock import Clock
from localcloud.identities import Identities, Identity
from localcloud.service import Received
from localcloud.tablestore import Tablestore

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def client_of(url: str, key_id: str = KEY_ID, secret: str = SECRET, **options: object) -> OTSClient:
    instance = options.pop("instance", INSTANCE)
    return OTSClient(url, key_id, secret, instance, logger_name="tablestore-client", **options)


if __name__ == "__main__":
    with serving(Path(sys.argv[1])) as program:
        print(program.url, flush=True)  # noqa: T201 - the test that started it reads this line
        threading.Event().wait()
