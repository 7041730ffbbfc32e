"""Somebody outside who waits for a sign of life: a server that notes its visits."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

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

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.visits.append(self.path)
            self.send_response(listener.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        listener.url = f"http://127.0.0.1:{server.server_port}/alive"
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()
