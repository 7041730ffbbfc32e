"""A server with one answer, for answers that no service gives: the local cloud's are always whole."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.serving import ANY_PORT, Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def answering(*bodies: object) -> Iterator[str]:
    """The URL of a server that answers every POST with the next of ``bodies`` as JSON; the last one repeats."""
    left = list(bodies)

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            text = json.dumps(left.pop(0) if len(left) > 1 else left[0]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json;charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    with serving(ThreadingHTTPServer(ANY_PORT, Handler)) as host:
        yield f"http://{host}"
