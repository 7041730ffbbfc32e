"""Somebody outside who waits for a sign of life: a server that notes its visits."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.serving import ANY_PORT, Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


class Listener:
    """Somebody outside who waits for a sign of life."""

    def __init__(self) -> None:
        self.url = ""
        self.visits: list[str] = []
        self.status = 200


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.visits.append(self.path)
            self.send_response(listener.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(ThreadingHTTPServer(ANY_PORT, Handler)) as host:
        listener.url = f"http://{host}/alive"
        yield listener
