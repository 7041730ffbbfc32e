"""The server of deployment/fc2 with one handler, as Function Compute 2.0 starts and calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cloud import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SERVER = Path(__file__).parents[1] / "deployment" / "fc2" / "server.py"
NAMES = ("request-id", "function-name", "region", "account-id", "access-key-id", "access-key-secret", "security-token")
"""Of the headers that the platform sends with each event."""


@contextmanager
def serving(path: str, handler: str, settings: Mapping[str, str]) -> Iterator[int]:
    """The port of a server with one handler, whose modules are found on ``path``."""
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "FC_SERVER_PORT": str(port), **settings}
    command = [sys.executable, str(SERVER), handler]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield port
        finally:
            process.terminate()


def invoke(port: int, event: bytes, said: Mapping[str, str]) -> tuple[int, str | None, str]:
    """Status, ``x-fc-status`` and body, as Function Compute would see them; it says one of ``NAMES`` each."""
    while True:  # until the server listens; the time limit of the suite ends what never does
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", "/invoke", event, {f"x-fc-{name}": value for name, value in said.items()})
            reply = connection.getresponse()
            return reply.status, reply.headers["x-fc-status"], reply.read().decode()
        except ConnectionRefusedError:
            continue
        finally:
            connection.close()
