"""Start a local cloud as a process of its own, and stop it again: for tests, the demo and benchmarks."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.client import Control

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10
"""Seconds that it may take to stop."""


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


@contextmanager
def running_cloud(*options: str) -> Iterator[RunningCloud]:
    """Start ``python -m localcloud up`` with ``options``; stopped at the end, whatever that end is.

    Raises:
        RuntimeError: It did not start; why is on its standard error.
    """
    command = [sys.executable, "-m", "localcloud", "up", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            if not first:
                raise RuntimeError("the local cloud did not start")
            facts = json.loads(first)
            control = Control(facts.pop("control"), facts.get("ca"))
            yield RunningCloud(**facts, control=control, process=process)
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
