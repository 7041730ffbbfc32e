"""What the functions' processes need, watched from outside: memory, sockets, and processor time."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

EVERY = 0.5
"""Seconds between two looks."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Gauges:
    """The most that any function's process had, as long as the watch lasted; for use with ``with``."""

    cloud_pid: int
    most_memory_mb: float = 0
    """Of one process: its peak resident set."""
    most_sockets: int = 0
    """Of one process at one time."""
    most_processes: int = 0
    """At one time."""
    seconds: dict[int, float] = field(default_factory=dict)
    """Processor time, user and system, by process."""
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the watch."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            workers = _children(self.cloud_pid)
            self.most_processes = max(self.most_processes, len(workers))
            for pid in workers:
                self._look(pid)

    def _look(self, pid: int) -> None:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            links = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
            spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            return
        peak = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
        self.most_memory_mb = max(self.most_memory_mb, peak / 1024)
        self.most_sockets = max(self.most_sockets, sum(link.startswith("socket:") for link in links))
        self.seconds[pid] = (int(spent[11]) + int(spent[12])) / TICKS


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
