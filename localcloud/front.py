"""The one port: tells by a request's looks which service it is for, and plays the faults around that service.

Tablestore sends ``x-ots-`` headers, Function Compute has versioned paths, ``/_control/`` is the control side, and
everything else is OpenAPI.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from aiohttp import web

from localcloud.faults import Faults, Kind, Rule
from localcloud.parties import access_key_of, account_of
from localcloud.service import Received, Reply, Service

if TYPE_CHECKING:
    from localcloud.control import Control, FunctionControl
    from localcloud.identities import Identities
    from localcloud.openapi.rpc import Gateway

FC_PATHS = ("/2016-08-15/", "/2023-03-30/")
CONTROL_PATH = "/_control/"
LISTENING_FOR_LEAVERS = 0.05
"""Seconds between two looks whether the client of a hanging call is gone."""
APPLIED = frozenset(
    {
        Kind.ERROR_AFTER,
        Kind.RESET_AFTER,
        Kind.HANG_AFTER,
        Kind.TRUNCATED,
        Kind.BAD_CHECKSUM,
        Kind.DUPLICATE,
        Kind.KILL_AFTER,
        Kind.EXPIRE_AFTER,
    }
)
"""The kinds whose call is applied before anything goes wrong."""
RESETS = frozenset({Kind.RESET_BEFORE, Kind.RESET_AFTER})
HANGS = frozenset({Kind.HANG, Kind.HANG_AFTER})
KILLS = frozenset({Kind.KILL, Kind.KILL_AFTER})
ENDS_OF_RUNS = KILLS | {Kind.KILL_CALLER, Kind.EXPIRE, Kind.EXPIRE_AFTER}
PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>\r\n"


class Front:
    """Handles every request of the local cloud."""

    def __init__(
        self,
        gateway: Gateway,
        others: list[Service],
        control: Control,
        faults: Faults,
        identities: Identities,
        latency: float = 0.0,
        functions: FunctionControl | None = None,
    ) -> None:
        """A front.

        Args:
            gateway: The OpenAPI products.
            others: The services beside OpenAPI, found by their names.
            control: The control side.
            faults: What goes wrong.
            identities: Who calls, so that a fault can be of some accounts alone.
            latency: Seconds by which every reply is late.
            functions: Whose runs a fault may end.
        """
        self._gateway = gateway
        self._others = {service.name: service for service in others}
        self._control = control
        self._faults = faults
        self._identities = identities
        self._latency = latency
        self._functions = functions
        self._closing = asyncio.Event()
        self.served = 0
        """Requests so far, those of the control side included."""

    def close(self) -> None:
        """Let hanging and held calls end."""
        self._closing.set()
        self._faults.clear()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Reply to one request."""
        received = await _receive(request)
        self.served += 1
        if received.path.startswith(CONTROL_PATH):
            return _response(await self._control.answer(received))
        service = self._find(received)
        if service is None:
            return _response(Reply(501, b"this local cloud was started without that service\n"))
        operation = service.operation(received)
        rule = self._faults.strike(service.name, operation, lambda: account_of(received, self._identities))
        if rule is not None:
            return await self._strike(rule, service, received, request)
        reply = await service.answer(received)
        if self._latency:
            await asyncio.sleep(self._latency)
        return _response(reply)

    def _find(self, received: Received) -> Service | None:
        if any(name.startswith("x-ots-") for name in received.headers):
            return self._others.get("tablestore")
        if received.raw_path.startswith(FC_PATHS):
            return self._others.get("fc")
        return self._gateway.find(received)

    async def _strike(
        self, rule: Rule, service: Service, received: Received, request: web.BaseRequest
    ) -> web.StreamResponse:
        """Play a fault; where its kind says so, the service applies the call first."""
        if rule.kind is Kind.HOLD:
            return await self._hold(rule, service, received, request)
        reply = await service.answer(received) if rule.kind in APPLIED else None
        if rule.kind in RESETS:
            return _reset(request)
        if rule.kind in HANGS:
            return await self._hang(request)
        if rule.kind in ENDS_OF_RUNS:
            return await self._end_runs(rule.kind, received, request)
        if reply is not None and rule.kind is Kind.TRUNCATED:
            return await _truncate(request, reply)
        return _response(await self._wrong(reply, rule, service, received))

    async def _wrong(self, reply: Reply | None, rule: Rule, service: Service, received: Received) -> Reply:
        """The reply of a fault that has one; ``reply`` is the right one, of a call that was applied."""
        match rule.kind:
            case Kind.HTML:
                return Reply(502, PROXY_PAGE, {"Content-Type": "text/html"})
            case Kind.BUSINESS:
                return service.refuse(received, 200, rule.code, rule.message)
            case Kind.BAD_CHECKSUM if reply is not None:
                reply.headers["x-ots-contentmd5"] = "AAAAAAAAAAAAAAAAAAAAAA=="
                return reply
            case Kind.DUPLICATE:
                self._gateway.forgive(received)
                return await service.answer(received)
            case _:
                return _refusal(rule, service, received)

    async def _hang(self, request: web.BaseRequest) -> web.StreamResponse:
        while self._awaited(request):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), LISTENING_FOR_LEAVERS)
        return _reset(request)

    async def _hold(
        self, rule: Rule, service: Service, received: Received, request: web.BaseRequest
    ) -> web.StreamResponse:
        """Serve once the rule is dropped; a client that left meanwhile has not asked."""
        await self._faults.dropped(rule)
        return _response(await service.answer(received)) if self._awaited(request) else _reset(request)

    async def _end_runs(self, kind: Kind, received: Received, request: web.BaseRequest) -> web.StreamResponse:
        """End what functions run; whoever asked from outside of them sees a reset."""
        if self._functions is not None and kind is Kind.KILL_CALLER:
            await self._functions.control("workers/kill", {"access_key": access_key_of(received)})
        elif self._functions is not None:
            await self._functions.control(
                *(("workers/kill", {"busy": True}) if kind in KILLS else ("workers/expire", {}))
            )
        return _reset(request)

    def _awaited(self, request: web.BaseRequest) -> bool:
        """Whether the client is still there, and the cloud not about to close."""
        return not (self._closing.is_set() or request.transport is None or request.transport.is_closing())


async def _receive(request: web.BaseRequest) -> Received:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    body = await request.content.read() if request.body_exists else b""
    return Received(request.method, request.raw_path, headers, body)


def _refusal(rule: Rule, service: Service, received: Received) -> Reply:
    reply = service.refuse(received, rule.status, rule.code, rule.message)
    if rule.retry_after_ms is not None:
        reply.headers["x-acs-retry-after"] = str(rule.retry_after_ms)
    return reply


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


def _reset(request: web.BaseRequest) -> web.StreamResponse:
    """End the connection with RST: no lingering, unsent data thrown away."""
    transport = request.transport
    if transport is not None:
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


async def _truncate(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Promise the whole body, send half of it, close."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_length = len(reply.body) + 1
    await response.prepare(request)
    await response.write(reply.body[: len(reply.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
