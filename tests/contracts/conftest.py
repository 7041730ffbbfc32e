"""What the contracts run against: a Tablestore of the local cloud on a free port, with replies that can get lost."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots
from aiohttp import web

from localcloud.clock import Clock
from localcloud.identities import Identities, Identity
from localcloud.service import Received
from localcloud.tablestore import Tablestore
from shared.state.gateway import Gateway
from shared.state.tables import create_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY_ID, SECRET, INSTANCE = "LTAIcontracts", "contracts-secret", "contracts"


class Store:
    """A Tablestore that serves, and the network in front of it."""

    def __init__(self) -> None:
        clock = Clock()
        identities = Identities(clock)
        identities.add(Identity(KEY_ID, SECRET, "1000000000000001", "acs:ram::1000000000000001:root"))
        self._service = Tablestore(clock, identities, INSTANCE)
        self._lost: list[str] = []
        self._refused: list[tuple[str, int, str]] = []
        self.requests: list[str] = []
        self.endpoint = ""

    # ------------------------------------------------------------ what tests ask for

    def client(self) -> ots.OTSClient:
        """The SDK itself, for what the gateway does not do."""
        return ots.OTSClient(
            self.endpoint, KEY_ID, SECRET, INSTANCE, socket_timeout=5, retry_policy=ots.NoRetryPolicy()
        )

    def gateway(self, *, sleep: Callable[[float], None] = lambda _: None, page_rows: int | None = None) -> Gateway:
        """A program's own connection; its pauses take no time."""
        return Gateway(self.client(), sleep=sleep, page_rows=page_rows)

    def lose_reply(self, operation: str) -> None:
        """The next request of this operation is applied, and its reply is lost."""
        self._lost.append(operation)

    def refuse(self, operation: str, status: int, code: str, times: int = 1) -> None:
        """The next requests of this operation are answered with an error, and not applied."""
        self._refused += [(operation, status, code)] * times

    # ------------------------------------------------------------ the network

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(request.method, request.raw_path, headers, await request.read())
        operation = self._service.operation(received)
        self.requests.append(operation)
        for refusal in self._refused:
            if refusal[0] == operation:
                self._refused.remove(refusal)
                reply = self._service.refuse(received, refusal[1], refusal[2], "as the test asked")
                break
        else:
            reply = await self._service.answer(received)
        if operation in self._lost:
            self._lost.remove(operation)
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty Tablestore with our tables."""
    served = Store()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Any) -> Any:  # noqa: ANN401 - any coroutine
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=10)

    async def start() -> tuple[web.AppRunner, int]:
        app = web.Application(client_max_size=8 * 2**20)
        app.router.add_route("*", "/{path:.*}", served.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, runner.addresses[0][1]

    runner, port = run(start())
    served.endpoint = f"http://127.0.0.1:{port}"
    create_tables(served.gateway())
    served.requests.clear()
    yield served
    run(runner.cleanup())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def gateway(store: Store) -> Gateway:
    """One program's connection to the store."""
    return store.gateway()
