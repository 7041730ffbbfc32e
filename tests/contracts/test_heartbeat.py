"""The port Heartbeat: heard or not heard, in good time, and the address stays a secret."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from shared.heartbeat import HeartbeatUnheard
from shared.heartbeat.http import HttpHeartbeat
from tests.cloud import free_port
from tests.listener import Listener, listening

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as one:
        yield one


def test_a_visit_that_is_welcome_is_heard_once(listener: Listener) -> None:
    assert HttpHeartbeat(listener.url).beat() == "127.0.0.1: 200"
    assert listener.visits == ["/alive"]


@pytest.mark.parametrize("status", [404, 500])
def test_a_visit_that_is_refused_is_not_repeated(listener: Listener, status: int) -> None:
    listener.status = status
    with pytest.raises(HeartbeatUnheard, match=f"^127.0.0.1: {status}$"):
        HttpHeartbeat(listener.url).beat()
    assert len(listener.visits) == 1


def test_nobody_there_is_said_without_the_address() -> None:
    with pytest.raises(HeartbeatUnheard) as caught:
        HttpHeartbeat(f"http://127.0.0.1:{free_port()}/secret").beat()
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_an_answer_that_never_comes_ends_the_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(HeartbeatUnheard, match="TimeoutError"):
        HttpHeartbeat(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.1).beat()


def test_an_answer_that_is_not_http_is_none() -> None:
    with pytest.raises(HeartbeatUnheard):
        HttpHeartbeat("http://127.0.0.1:99999/").beat()
