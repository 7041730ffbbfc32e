"""Pauses before another try, of different lengths: what failed together is not tried again together."""

from __future__ import annotations

from zlib import crc32


def spread(seconds: float, who: str, within: float = 0.5) -> float:
    """``seconds``, more or less by up to ``within`` of them: for ``who`` waits always the same."""
    return seconds * (1 + within * (2 * crc32(f"{who} {seconds}".encode()) / 2**32 - 1))
