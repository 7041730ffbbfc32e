"""The local cloud as tests see it: a process of its own, its endpoints, and its control side."""

from __future__ import annotations

import socket

from localcloud.running import RunningCloud, running_cloud

__all__ = ["RunningCloud", "free_port", "running_cloud"]


def free_port() -> int:
    """A port that nobody listens on, for a cloud that is to come back at the same place."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
