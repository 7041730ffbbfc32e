"""The local cloud as tests see it: a process of its own, its endpoints, and its control side."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.client import Control

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class RunningCloud:
    """Where a local cloud is, and what opens it."""

    openapi: str
    """host:port"""
    tablestore: str
    fc: str
    instance: str
    access_key_id: str
    access_key_secret: str
    account_id: str
    """The agency's account."""
    control: Control
    process: subprocess.Popen[str]
    ca: str | None = None


def free_port() -> int:
    """A port that nobody listens on, for a cloud that is to come back at the same place."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_cloud(*options: str) -> Iterator[RunningCloud]:
    """Start ``python -m localcloud up`` with ``options``; stopped at the end."""
    command = [sys.executable, "-m", "localcloud", "up", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "the local cloud did not start; it says why on stderr"
            facts = json.loads(line)
            control = Control(facts.pop("control"), facts.get("ca"))
            yield RunningCloud(**facts, control=control, process=process)
        finally:
            process.terminate()
            process.wait(10)
