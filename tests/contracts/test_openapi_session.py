"""The session that the SDK's clients share, over TLS."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from alibabacloud_sts20150401.client import Client
from darabonba.core import DaraCore
from requests import PreparedRequest

from shared.authorities import read_authorities
from shared.keys import Credentials
from shared.openapi import call, client_config
from shared.openapi.session import IDLE_SECONDS, Session, the_session
from tests.cloud import RunningCloud, running_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLERS = 8


@pytest.fixture(scope="module")
def secure() -> Iterator[RunningCloud]:
    with running_cloud("--tls") as cloud:
        yield cloud


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process that has not called yet."""
    monkeypatch.setattr(DaraCore, "_sessions", {})
    the_session.cache_clear()
    read_authorities.cache_clear()
    yield
    the_session().close()
    the_session.cache_clear()
    read_authorities.cache_clear()


def who_are_we(cloud: RunningCloud) -> str:
    key = Credentials(cloud.access_key_id, cloud.access_key_secret)
    client = Client(client_config(key, cloud.openapi))
    return str(call(client.get_caller_identity_with_options).account_id)


@pytest.mark.usefixtures("no_session")
def test_the_sdk_sends_with_the_one_session(secure: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", secure.ca or "")
    with ThreadPoolExecutor(CALLERS) as pool:
        assert set(pool.map(lambda _: who_are_we(secure), range(CALLERS * 4))) == {secure.account_id}
    assert set(DaraCore._sessions.values()) == {the_session()}


@pytest.mark.usefixtures("no_session")
def test_behind_a_proxy_the_sdk_sends_with_its_own_sessions(
    secure: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    client_config(Credentials(secure.access_key_id, secure.access_key_secret), secure.openapi)
    assert DaraCore._sessions == {}


# ---------------------------------------------------------------- connections


@dataclass
class Peer:
    """A server that counts its connections, and answers as it is told to."""

    url: str = ""
    connections: int = 0
    leaves_after: bool = False
    """Hang up after an answer without having said so."""
    left: threading.Event = field(default_factory=threading.Event)
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def serving(peer: Peer) -> Iterator[Peer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            peer.connections += 1

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(peer.answer)
            self.close_connection = peer.leaves_after

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def shutdown_request(self, request: object) -> None:
            super().shutdown_request(request)  # type: ignore[arg-type]
            peer.left.set()

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        peer.url = f"http://127.0.0.1:{server.server_port}/"
        try:
            yield peer
        finally:
            server.shutdown()
            thread.join()


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(clock: Clock) -> Iterator[Session]:
    session = Session(clock)
    yield session
    session.close()


def post(session: Session, peer: Peer) -> bytes:
    request = PreparedRequest()
    request.prepare(method="POST", url=peer.url, headers={"host": "x"}, data=b"a=b")
    return session.send(request, timeout=(2, 2)).content


def test_a_connection_is_used_again(session: Session) -> None:
    with serving(Peer()) as peer:
        assert [post(session, peer) for _ in range(3)] == [b"{}"] * 3
        session.close()
    assert peer.connections == 1


def test_a_connection_that_the_other_end_left_loses_no_request(session: Session) -> None:
    with serving(Peer(leaves_after=True)) as peer:
        for _ in range(3):
            peer.left.clear()
            assert post(session, peer) == b"{}"
            assert peer.left.wait(5)
    assert peer.connections == 3


def test_a_connection_that_was_idle_for_long_is_not_used_again(session: Session, clock: Clock) -> None:
    with serving(Peer()) as peer:
        post(session, peer)
        clock.now += IDLE_SECONDS - 0.001
        post(session, peer)
        assert peer.connections == 1
        clock.now += IDLE_SECONDS
        post(session, peer)
        session.close()
    assert peer.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", id="breaks off"),
        pytest.param(b"no HTTP\r\n\r\n", id="is not HTTP"),
        pytest.param(b"", id="is none"),
    ],
)
def test_half_an_answer_is_none_and_its_connection_is_not_used_again(answer: bytes, session: Session) -> None:
    with serving(Peer(leaves_after=True, answer=answer)) as peer:
        with pytest.raises(OSError, match=r"\w"):
            post(session, peer)
        peer.answer, peer.leaves_after = Peer.answer, False
        assert post(session, peer) == b"{}"
        session.close()
    assert peer.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", id="in pieces"
        ),
        pytest.param(b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", id="an error"),
        pytest.param(
            b"HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 2\r\n\r\n{}", id="elsewhere"
        ),
    ],
)
def test_an_answer_of_any_kind_is_read_whole(answer: bytes, session: Session) -> None:
    with serving(Peer(answer=answer)) as peer:
        assert post(session, peer) == b"{}"
        session.close()
