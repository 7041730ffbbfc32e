"""The transport that the SDK's clients share."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import pytest
from darabonba.exceptions import RetryError
from darabonba.request import DaraRequest
from hypothesis import given
from hypothesis import strategies as st

from shared.keys import Credentials
from shared.openapi import Unanswered, client_config
from shared.openapi.exchange import exchange
from shared.openapi.transport import IDLE_SECONDS, TRANSPORT, Transport
from tests.contracts.identity import who_are_we
from tests.serving import ANY_PORT, Quiet, serving

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from tests.cloud import RunningCloud

CALLERS = 8


def test_all_clients_send_with_the_one_transport(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    do_action = TRANSPORT.do_action

    def seen(request: DaraRequest, runtime_option: dict[str, Any]) -> object:
        sent.append(request.headers["x-acs-action"])
        return do_action(request, runtime_option)

    monkeypatch.setattr(TRANSPORT, "do_action", seen)
    with ThreadPoolExecutor(CALLERS) as pool:
        assert set(pool.map(lambda _: who_are_we(cloud), range(CALLERS * 4))) == {cloud.account_id}
    assert sent == ["GetCallerIdentity"] * CALLERS * 4


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy"])
def test_behind_a_proxy_the_sdk_sends_in_its_own_way(
    cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr(TRANSPORT, "do_action", None)
    if name == "http_proxy":
        with pytest.raises(Unanswered, match="refused"):
            who_are_we(cloud)
    else:
        assert who_are_we(cloud) == cloud.account_id


# ---------------------------------------------------------------- connections


@dataclass
class Peer:
    """A server that counts its connections, and answers as it is told to."""

    host: str = ""
    connections: int = 0
    leaves_after: bool = False
    """Hang up after an answer without having said so."""
    left: threading.Event = field(default_factory=threading.Event)
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def listening(peer: Peer) -> Iterator[Peer]:
    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            peer.connections += 1

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(peer.answer)
            self.close_connection = peer.leaves_after

    class Server(ThreadingHTTPServer):
        def shutdown_request(self, request: object) -> None:
            super().shutdown_request(request)  # type: ignore[arg-type]
            peer.left.set()

    with serving(Server(ANY_PORT, Handler)) as peer.host:
        yield peer


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def transport(clock: Clock) -> Iterator[Transport]:
    transport = Transport(clock)
    yield transport
    transport.close()


def post(transport: Transport, peer: Peer) -> bytes:
    request = DaraRequest()
    request.method, request.pathname, request.headers, request.body = "POST", "/", {"host": peer.host}, "a=b"
    return cast("bytes", transport.do_action(request, {"connectTimeout": 2000, "readTimeout": 2000}).body)


def test_a_connection_is_used_again(transport: Transport) -> None:
    with listening(Peer()) as peer:
        assert [post(transport, peer) for _ in range(3)] == [b"{}"] * 3
        transport.close()
    assert peer.connections == 1


def test_a_connection_that_the_other_end_left_loses_no_request(transport: Transport) -> None:
    with listening(Peer(leaves_after=True)) as peer:
        for _ in range(3):
            peer.left.clear()
            assert post(transport, peer) == b"{}"
            assert peer.left.wait(5)
    assert peer.connections == 3


def test_a_connection_that_was_idle_for_long_is_not_used_again(transport: Transport, clock: Clock) -> None:
    with listening(Peer()) as peer:
        post(transport, peer)
        clock.now += IDLE_SECONDS - 0.001
        post(transport, peer)
        assert peer.connections == 1
        clock.now += IDLE_SECONDS
        post(transport, peer)
        transport.close()
    assert peer.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", id="breaks off"),
        pytest.param(b"no HTTP\r\n\r\n", id="is not HTTP"),
        pytest.param(b"", id="is none"),
    ],
)
def test_half_an_answer_is_none_and_its_connection_is_not_used_again(answer: bytes, transport: Transport) -> None:
    with listening(Peer(leaves_after=True, answer=answer)) as peer:
        with pytest.raises(RetryError, match=r"\w"):
            post(transport, peer)
        peer.answer, peer.leaves_after = Peer.answer, False
        assert post(transport, peer) == b"{}"
        transport.close()
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
def test_an_answer_of_any_kind_is_read_whole(answer: bytes, transport: Transport) -> None:
    with listening(Peer(answer=answer)) as peer:
        assert post(transport, peer) == b"{}"
        transport.close()


def test_connections_that_nobody_needed_any_more_are_closed(transport: Transport, clock: Clock) -> None:
    with listening(Peer()) as peer:
        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(lambda _: post(transport, peer), range(CALLERS * 4)))
        opened = peer.connections
        clock.now += IDLE_SECONDS
        for _ in range(3):
            post(transport, peer)
        assert (peer.connections, len(transport._idle["http", peer.host])) == (opened + 1, 1)
        transport.close()


@pytest.mark.parametrize("endpoint", ["htps://sts.example", "ftp://sts.example", "://sts.example"])
def test_nothing_is_sent_in_clear_by_mistake(endpoint: str) -> None:
    with pytest.raises(ValueError, match="neither https:// nor http://"):
        client_config(Credentials("key", "secret"), endpoint)


def test_blanks_around_an_endpoint_do_not_count() -> None:
    found = client_config(Credentials("key", "secret"), " https://sts.example/ ")
    assert (found.protocol, found.endpoint) == ("https", "sts.example")


# ---------------------------------------------------------------- one exchange


TIMEOUT = 10.0


class Pieces:
    """A socket whose other end sends an answer in pieces, and then hangs up."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.sent = b""

    def gettimeout(self) -> float:
        return TIMEOUT

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def recv(self, size: int) -> bytes:
        if not self.pieces:
            return b""
        first, self.pieces[0] = self.pieces[0][:size], self.pieces[0][size:]
        if not self.pieces[0]:
            del self.pieces[0]
        return first

    def recv_into(self, buffer: memoryview) -> int:
        some = self.recv(len(buffer))
        buffer[: len(some)] = some
        return len(some)

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(b"".join(self.pieces))


def ask(answer: Pieces, clock: Callable[[], float] = lambda: 0.0, **headers: str) -> Any:
    return exchange(cast("socket.socket", answer), "POST", "/?a=b", {"host": "x", **headers}, b"body", clock)


def by_the_standard_library(answer: bytes) -> tuple[int, str, dict[str, str], bytes, bool] | None:
    """None where it finds no answer."""
    found = HTTPResponse(cast("socket.socket", Pieces(answer)), method="POST")
    try:
        found.begin()
        content = found.read()
    except Exception:  # noqa: BLE001 -- of many kinds
        return None
    return found.status, found.reason, {k.lower(): v for k, v in found.headers.items()}, content, not found.will_close


CONTENT = b'{"Code": "Success", "Data": {"AvailableAmount": "1,024.00"}}'
STATUS_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 503 ",
        b"HTTP/1.1 400",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 204 None",
        b"HTTP/1.1 103 Wait",
        b"HTTP/1.1 99 No",
    ]
)
HEADERS = st.lists(
    st.sampled_from(
        [
            b"Content-Type: application/json",
            b"x-acs-request-id:1",
            b"Connection: close",
            b"Connection: Keep-Alive",
            b"Set-Cookie: a=1",
            b"Set-Cookie: b=2",
            b"Folded: one\r\n two",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding : chunked",
            b"Content-Length: 10",
            b"Content-Length: %d" % len(CONTENT),
            b"Content-Length: many",
        ]
    ),
    max_size=5,
)
BODIES = st.sampled_from([CONTENT, b"", b"%x\r\n%b\r\n0\r\n\r\n" % (len(CONTENT), CONTENT), CONTENT[:9]])


@given(STATUS_LINES, HEADERS, BODIES, st.data())
def test_an_answer_is_what_the_standard_library_takes_it_for_however_it_comes_in(
    status: bytes, headers: list[bytes], body: bytes, data: st.DataObject
) -> None:
    answer = b"\r\n".join([status, *headers, b"", body])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=4)))
    pieces = [answer[a:b] for a, b in zip([0, *cuts], [*cuts, len(answer)], strict=True)]
    expected = by_the_standard_library(answer)
    if expected is None:
        with pytest.raises(OSError, match=r"\w"):
            ask(Pieces(*pieces))
    else:
        found = ask(Pieces(*pieces))
        assert (found.status, found.reason, found.headers, found.content) == expected[:4]
        assert not found.keeps_open or expected[4]


IN_PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", IN_PIECES])
def test_what_ends_by_itself_leaves_the_connection_for_the_next(answer: bytes) -> None:
    found = ask(Pieces(answer))
    assert (found.content, found.keeps_open) == (b"{}", True)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", IN_PIECES])
def test_an_answer_with_more_behind_it_is_read_and_its_connection_given_up(answer: bytes) -> None:
    found = ask(Pieces(answer + b"HTTP/1.1 200 OK\r\n"))
    assert (found.content, found.keeps_open) == (b"{}", False)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", IN_PIECES])
def test_an_answer_in_drips_is_given_up_after_the_time_that_a_piece_may_take(answer: bytes) -> None:
    every = count(step=3.0)
    drips = Pieces(*(bytes([one]) for one in answer))
    with pytest.raises(TimeoutError, match="timed out"):
        ask(drips, lambda: next(every))
    assert len(answer) - len(drips.pieces) == TIMEOUT // 3
    assert ask(Pieces(answer[:9], answer[9:20], answer[20:]), lambda: next(every)).content == b"{}"


@pytest.mark.parametrize("status", [b"103 Early Hints", b"204 No Content", b"304 Not Modified"])
def test_where_an_answer_without_content_may_be_followed_by_another_the_connection_is_given_up(status: bytes) -> None:
    assert not ask(Pieces(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")).keeps_open


def test_a_request_says_how_long_it_is_and_asks_for_plain_content() -> None:
    answer = Pieces(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    ask(answer, accept="application/json")
    assert answer.sent == (
        b"POST /?a=b HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n"
        b"Accept-Encoding: identity\r\nContent-Length: 4\r\n\r\nbody"
    )


@pytest.mark.parametrize("value", ["a\r\nx-acs-action: other", "a\n", "a\rb"])
def test_a_header_of_more_lines_than_one_is_not_sent(value: str) -> None:
    answer = Pieces()
    with pytest.raises(ValueError, match="more than one line"):
        ask(answer, accept=value)
    assert answer.sent == b""
