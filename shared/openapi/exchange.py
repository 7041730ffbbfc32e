"""One request and its answer on an open connection: HTTP/1.1 (RFC 9112), as far as an API asks for it.

The usual answer, which says how long it is, is taken apart here: with the thousands of an hour this is a tenth of what
an account costs. Every other kind of answer is read by the standard library.
"""

from __future__ import annotations

import io
import re
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, cast

from shared.frozen import frozen

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

_PIECE = 65536
_HEAD_ENDS = b"\r\n\r\n"
_LONGEST_HEAD = 65536
_STATUS = re.compile(r"HTTP/1\.1 ((?!204|304)[2-5]\d\d)(?: (.*))?", re.ASCII)
"""Of an answer that ends the request, and has content."""


@frozen
class Answer:
    """A whole answer, whatever its status."""

    status: int
    reason: str
    headers: dict[str, str]
    """Names in lower case."""
    content: bytes
    keeps_open: bool
    """Whether the connection can be used again."""


def exchange(connection: socket.socket, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send a request, and read its answer.

    Args:
        connection: With the timeout that holds for each piece.
        method: In capitals, and not HEAD.
        target: Path and query, encoded.
        headers: ``Host`` among them; ``Content-Length`` is added.
        body: May be empty.

    Raises:
        ValueError: A header has more than one line; nothing was sent.
        OSError: No answer, or half of one. The request may have been carried out.
    """
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    if head.count("\n") != len(lines) + 2 or head.count("\r") != len(lines) + 2:
        raise ValueError(f"a header of {method} {target.partition('?')[0]} has more than one line")
    connection.sendall(head.encode("latin-1") + body)
    return _read(connection, method)


def _read(connection: socket.socket, method: str) -> Answer:
    data = bytearray()
    while (end := data.find(_HEAD_ENDS)) < 0 and len(data) <= _LONGEST_HEAD:
        piece = connection.recv(_PIECE)
        if not piece:
            break
        data += piece
    return _plain(connection, data, end) or _of_any_kind(connection, data, method)


def _plain(connection: socket.socket, data: bytearray, end: int) -> Answer | None:
    """An answer with a length; None, with nothing more read, if it may be of another kind."""
    if end < 0:
        return None
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    status = _STATUS.fullmatch(first)
    named = [line.partition(":") for line in lines]
    headers = {name.lower(): value.strip() for name, _, value in named}
    length = headers.get("content-length", "")
    if status is None or not length.isdecimal() or "transfer-encoding" in headers:
        return None
    if len(headers) != len(lines) or any(not line or line[0] in " \t:" for line in lines):
        return None
    whole = end + len(_HEAD_ENDS) + int(length)
    while len(data) < whole:
        piece = connection.recv(_PIECE)
        if not piece:
            raise ConnectionError(f"broke off after {len(data)} of {whole} bytes")
        data += piece
    keeps_open = len(data) == whole and headers.get("connection", "").lower() in {"", "keep-alive"}
    return Answer(int(status[1]), status[2] or "", headers, bytes(data[end + len(_HEAD_ENDS) : whole]), keeps_open)


def _of_any_kind(connection: socket.socket, data: bytearray, method: str) -> Answer:
    answer = HTTPResponse(cast("socket.socket", _Begun(connection, data)), method=method)
    try:
        answer.begin()
        content = answer.read()
    except HTTPException as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, answer.reason, headers, content, not answer.will_close)


class _Begun(io.RawIOBase):
    """A connection of which something was read already."""

    def __init__(self, connection: socket.socket, data: bytearray) -> None:
        self._connection, self._data = connection, data

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As the standard library asks a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """As a buffer asks."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """What was read, then what comes."""
        if not self._data:
            return self._connection.recv_into(buffer)
        some = self._data[: len(buffer)]
        buffer[: len(some)] = some
        del self._data[: len(some)]
        return len(some)
