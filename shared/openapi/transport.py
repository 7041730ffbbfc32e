"""The one way to the network that all clients of the SDK send with: accounts, products and threads share connections.

The SDK itself prepares each request anew for ``requests``, which costs twice of what signing and sending it takes, and
reads 140 authorities for every session. What OpenAPI needs is neither cookies nor redirects nor compression: here the
one function of the SDK that sends is replaced, and all before and after it left as it is.
"""

from __future__ import annotations

import atexit
import os
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shared.authorities import verifying
from shared.openapi.exchange import Answer, exchange
from shared.vendor import sparing

with sparing():
    from darabonba.core import DEFAULT_CONNECT_TIMEOUT, DEFAULT_READ_TIMEOUT, DaraCore
    from darabonba.exceptions import RetryError
    from darabonba.response import DaraResponse
    from urllib3.util import wait_for_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from darabonba.request import DaraRequest

CONNECTIONS = 64
"""Kept open to one host; more can be in use, but are closed after it."""
IDLE_SECONDS = 10.0
"""A connection that was not used for longer is not used again: the load balancers of the cloud let go of it after 15
seconds (help.aliyun.com/zh/slb, idle timeout of a listener), and a function that was frozen may not have been told."""


class Transport:
    """Sends what the SDK's clients have signed; may be used by many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:  # noqa: TID251 -- of sockets
        """``clock`` counts seconds: of sockets that are idle, and of answers that take too long."""
        self._clock = clock
        self._idle: dict[tuple[str, str], list[tuple[socket.socket, float]]] = {}

    def do_action(self, request: DaraRequest, runtime_option: Mapping[str, Any]) -> DaraResponse:
        """Send once and read the whole answer, whatever its status; in place of ``DaraCore.do_action``.

        Args:
            request: Signed; it names its host.
            runtime_option: ``connectTimeout`` and ``readTimeout``, in milliseconds.

        Raises:
            RetryError: As the SDK's own: no answer. The request may have been carried out.
        """
        connect = runtime_option.get("connectTimeout") or DEFAULT_CONNECT_TIMEOUT
        read = runtime_option.get("readTimeout") or DEFAULT_READ_TIMEOUT
        try:
            answer = self._send(request, connect / 1000, read / 1000)
        except OSError as error:
            raise RetryError(str(error)) from error
        response = DaraResponse()
        response.status_code, response.status_message = answer.status, answer.reason
        response.headers, response.body = answer.headers, answer.content
        return response

    def _send(self, request: DaraRequest, connect_seconds: float, read_seconds: float) -> Answer:
        scheme, host = request.protocol.lower(), request.headers["host"]
        target = DaraCore.compose_url(request).removeprefix(f"{scheme}://{host}")
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        connection = self._idle_one(scheme, host) or _open(scheme, host, connect_seconds)
        try:
            connection.settimeout(read_seconds)
            answer = exchange(connection, request.method.upper(), target, request.headers, body, self._clock)
        except BaseException:
            connection.close()
            raise
        if answer.keeps_open:
            self._keep(scheme, host, connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close what is open and idle."""
        for idle in self._idle.values():
            while idle:
                idle.pop()[0].close()

    def _idle_one(self, scheme: str, host: str) -> socket.socket | None:
        """A connection that is open as far as can be known: a request must not be lost to one that is not."""
        idle = self._idle.get((scheme, host), [])
        while True:
            try:
                connection, used = idle.pop()
            except IndexError:
                return None
            # Something to read before anything was asked: the other end hung up.
            if self._clock() - used < IDLE_SECONDS and not wait_for_read(connection, 0):
                return connection
            connection.close()

    def _keep(self, scheme: str, host: str, connection: socket.socket) -> None:
        now, idle = self._clock(), self._idle.setdefault((scheme, host), [])
        with suppress(IndexError):  # none left, or taken by another thread
            while now - idle[0][1] >= IDLE_SECONDS:
                idle.pop(0)[0].close()
        if len(idle) < CONNECTIONS:
            idle.append((connection, now))
        else:
            connection.close()


def _open(scheme: str, host: str, seconds: float) -> socket.socket:
    where = urlsplit(f"//{host}")
    secure = scheme == "https"
    connection = socket.create_connection((where.hostname, where.port or (443 if secure else 80)), seconds)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return verifying().wrap_socket(connection, server_hostname=where.hostname) if secure else connection
    except BaseException:
        connection.close()
        raise


TRANSPORT = Transport()
"""That of this process."""
atexit.register(TRANSPORT.close)
SDKS_OWN = DaraCore.do_action
"""How the SDK sends by itself: through the proxies that it asks the environment for."""
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")


def send_by_ourselves() -> None:
    """Let all clients of the SDK send with the one transport, whatever key they sign with.

    Behind a proxy, where an engineer's machine may be and a function is not, the SDK is left to its own way.
    """

    def do_action(request: DaraRequest, runtime_option: Mapping[str, Any]) -> DaraResponse:
        behind_a_proxy = any(os.environ.get(name) for name in PROXIES)
        return (SDKS_OWN if behind_a_proxy else TRANSPORT.do_action)(request, runtime_option)

    DaraCore.do_action = staticmethod(do_action)
