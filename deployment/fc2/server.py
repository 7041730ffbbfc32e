"""Runs the handlers in a container of Function Compute 2.0, whose own Python runtimes end at 3.10: too old for them.

A container answers HTTP on port 9000; an event is a POST to ``/invoke``, and what a handler finds in its context comes
in headers (help.aliyun.com/en/functioncompute/fc-2-0/user-guide/custom-runtime-specification-details). An instance gets
one event at a time (``instanceConcurrency: 1``). Only the standard library is needed besides the package.

``python server.py check_balances.handler``
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message

    Handle = Callable[[bytes, Any], str]

PORT = 9000


def new_context(headers: Message) -> SimpleNamespace:
    """What the handlers use of a context, as the built-in runtimes have it; a missing header is an empty text."""

    def given(name: str) -> str:
        return headers.get(f"x-fc-{name}", "")

    # No header says how long a function may run: s.yaml says it to the function, too.
    timeout = float(os.environ["ARREARS_TIMEOUT"])
    return SimpleNamespace(
        request_id=given("request-id"),
        region=given("region"),
        account_id=given("account-id"),
        function=SimpleNamespace(name=given("function-name"), timeout=timeout),
        credentials=SimpleNamespace(
            access_key_id=given("access-key-id"),
            access_key_secret=given("access-key-secret"),
            security_token=given("security-token"),
        ),
    )


class Runtime(BaseHTTPRequestHandler):
    """Answers one request: an event, by what the handler makes of it."""

    protocol_version = "HTTP/1.1"
    handle_event: Handle

    def do_POST(self) -> None:
        """An event. A failure is 404 both as status and in ``x-fc-status``; Function Compute then tries again."""
        event = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        context = new_context(self.headers)
        print(f"FC Invoke Start RequestId: {context.request_id}", flush=True)
        try:
            status, body = HTTPStatus.OK, type(self).handle_event(event, context)
        except Exception as error:  # noqa: BLE001 -- whatever a handler raises is its caller's to see
            traceback.print_exc(file=sys.stdout)
            found = {"errorMessage": str(error), "errorType": type(error).__name__}
            status, body = HTTPStatus.NOT_FOUND, json.dumps(found, ensure_ascii=False)
        print(f"FC Invoke End RequestId: {context.request_id}", flush=True)
        self._answer(status, body.encode())

    def _answer(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("x-fc-status", str(status.value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request: the two lines above do."""


def load(handler: str) -> Handle:
    """The function of a module that is named ``module.function``."""
    module, _, name = handler.partition(".")
    found: Handle = getattr(importlib.import_module(module), name)
    return found


def main() -> None:
    """Serve until the instance ends."""
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s [%(levelname)s] %(message)s")
    Runtime.handle_event = staticmethod(load(sys.argv[1]))
    port = int(os.environ.get("FC_SERVER_PORT") or PORT)
    with HTTPServer(("0.0.0.0", port), Runtime) as server:  # noqa: S104 -- a container has no other neighbours
        server.serve_forever()


if __name__ == "__main__":
    main()
