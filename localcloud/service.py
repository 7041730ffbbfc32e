"""What every service of the local cloud is made of: a request as received, a reply, and the two in a protocol.

A service answers values with values; sockets, faults and latency are the business of the front (``front.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Received:
    """An HTTP request, byte for byte as it came: signatures are checked on these."""

    method: str
    raw_path: str
    """Path and query string as they stood on the request line, still percent-encoded."""
    headers: dict[str, str]
    """Header names in lower case."""
    body: bytes

    @property
    def path(self) -> str:
        """The path without the query string."""
        return self.raw_path.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string, without its question mark."""
        return self.raw_path.partition("?")[2]


@dataclass(slots=True)
class Reply:
    """An HTTP reply."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Service(Protocol):
    """One service behind the front."""

    name: str
    """As fault rules name it: bss, sts, dysms, dm, tablestore, fc."""

    def operation(self, received: Received) -> str:
        """The operation that a request asks for, as the service's own documentation names it."""

    async def answer(self, received: Received) -> Reply:
        """Verify the request, apply it, and reply; errors are replies too, worded as the service words them."""

    def refuse(self, received: Received, status: int, code: str, message: str) -> Reply:
        """An error reply that was asked for by a fault rule; the request was not looked at."""
