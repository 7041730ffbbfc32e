"""The one way to the network that all clients of the SDK send with: accounts, products and threads share connections.

The SDK keeps a table of requests' sessions, one for each host, and takes from it whatever it finds there. Left alone it
fills the table itself, with sessions that read 140 authorities anew for every connection: about 30 ms of CPU each time.
And a session of requests costs twice of what sending takes: what OpenAPI needs of it, which is neither cookies nor
redirects nor compression, is one method over the standard library's connections.
"""

from __future__ import annotations

import os
import threading
import time
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from shared.authorities import verifying
from shared.frozen import frozen
from shared.vendor import sparing

with sparing():
    from urllib.request import getproxies_environment

    from darabonba.core import DEFAULT_POOL_MAXSIZE, DaraCore
    from urllib3.util import wait_for_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alibabacloud_tea_openapi.utils_models import Config
    from requests import PreparedRequest

CONNECTIONS = 64
"""Kept open to one host; more can be in use, but are closed after it."""
IDLE_SECONDS = 10.0
"""A connection that was not used for longer is not used again: the load balancers of the cloud let go of it after 15
seconds (help.aliyun.com/zh/slb, idle timeout of a listener), and a function that was frozen may not have been told."""

_one_at_a_time = threading.Lock()


def share_session(config: Config) -> None:
    """Let a client of this configuration send with the one session, whatever key it signs with.

    Behind a proxy, where an engineer's machine may be and a function is not, the SDK is left to its own sessions.
    """
    proxy = any(name.lower().endswith("_proxy") for name in os.environ)
    if proxy and not {"http", "https"}.isdisjoint(getproxies_environment()):
        return
    # As DaraCore.do_action names them; its requests always say port 80.
    name = f"{config.protocol.lower()}://{config.endpoint}:80:pool={DEFAULT_POOL_MAXSIZE}"
    table = DaraCore._sessions  # noqa: SLF001 -- the SDK has no other way to be given a session
    if name not in table:
        with _one_at_a_time:
            table[name] = the_session()


@lru_cache(maxsize=1)
def the_session() -> Session:
    """The session of this process."""
    return Session()


@frozen
class Reply:
    """What the SDK reads of an answer; the names are those of requests."""

    status_code: int
    reason: str
    headers: Mapping[str, str]
    content: bytes


class Session:
    """Sends as ``requests.Session.send`` does, as far as the SDK asks for it; may be used by many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:  # noqa: TID251 -- of sockets
        """``clock`` counts seconds; of idle sockets alone, and nothing else hangs on it."""
        self._clock = clock
        self._idle: dict[tuple[str, str], list[tuple[HTTPConnection, float]]] = {}

    def send(self, request: PreparedRequest, *, timeout: tuple[float, float], **_: object) -> Reply:
        """Send once and read the whole answer, whatever its status.

        Raises:
            OSError: No answer. The request may have been carried out.
        """
        url = urlsplit(str(request.url))
        scheme, host = url.scheme, url.netloc
        connect_seconds, read_seconds = timeout
        body = cast("bytes | None", request.body)  # as the SDK has encoded it
        connection = self._idle_one(scheme, host) or self._new(scheme, host, connect_seconds)
        try:
            connection.sock.settimeout(read_seconds)
            connection.request(str(request.method), request.path_url, body, dict(request.headers))
            answer = connection.getresponse()
            content = answer.read()
        except BaseException as error:
            connection.close()
            if isinstance(error, HTTPException):
                raise ConnectionError(f"{type(error).__name__}: {error}") from error
            raise
        if answer.will_close:
            connection.close()
        else:
            self._keep(scheme, host, connection)
        return Reply(answer.status, answer.reason, dict(answer.headers), content)

    def close(self) -> None:
        """Close what is open and idle."""
        for idle in self._idle.values():
            while idle:
                idle.pop()[0].close()

    def _new(self, scheme: str, host: str, seconds: float) -> HTTPConnection:
        if scheme == "https":
            connection: HTTPConnection = HTTPSConnection(host, timeout=seconds, context=verifying())
        else:
            connection = HTTPConnection(host, timeout=seconds)
        connection.connect()
        return connection

    def _idle_one(self, scheme: str, host: str) -> HTTPConnection | None:
        """A connection that is open as far as can be known: a request must not be lost to one that is not."""
        idle = self._idle.get((scheme, host), [])
        while True:
            try:
                connection, used = idle.pop()
            except IndexError:
                return None
            # Something to read before anything was asked: the other end hung up.
            if self._clock() - used < IDLE_SECONDS and not wait_for_read(connection.sock, 0):
                return connection
            connection.close()

    def _keep(self, scheme: str, host: str, connection: HTTPConnection) -> None:
        idle = self._idle.setdefault((scheme, host), [])
        if len(idle) < CONNECTIONS:
            idle.append((connection, self._clock()))
        else:
            connection.close()
