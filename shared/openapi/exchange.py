"""One request and its answer on an open connection: HTTP/1.1 (RFC 9112), as far as an API asks for it.

The usual answer, which says how long it is, is taken apart here, since there are thousands of them in an hour. Every
other kind of answer is read by the standard library.
"""

from __future__ import annotations

import io
import math
import re
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, cast

from shared.frozen import frozen

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

_PIECE = 65536
_HEAD_ENDS = b"\r\n\r\n"
_LONGEST_HEAD = 65536
_LENGTH = re.compile(r"[0-9]{1,12}")
_STATUS = re.compile(r"HTTP/1\.1 ((?!204|304)[2-5]\d\d)(?: (.*))?", re.ASCII)
"""Of an answer that is the last one, and has content."""


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


def exchange(
    connection: socket.socket,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    clock: Callable[[], float],
) -> Answer:
    """Send a request, and read its answer.

    Args:
        connection: With the timeout that holds for a piece; after as much time the whole answer has to be there but
            for one piece.
        method: In capitals, and not HEAD.
        target: Path and query, encoded.
        headers: ``Host`` among them; ``Content-Length`` is added, and that the answer is not to be compressed.
        body: May be empty.
        clock: Counts seconds.

    Raises:
        ValueError: A header has more than one line; nothing was sent.
        OSError: No answer, or half of one. The request may have been carried out.
    """
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, "Accept-Encoding: identity", f"Content-Length: {len(body)}", "", ""])
    if head.count("\n") != len(lines) + 3 or head.count("\r") != len(lines) + 3:
        raise ValueError(f"a header of {method} {target.partition('?')[0]} has more than one line")
    connection.sendall(head.encode("latin-1") + body)
    return _read(_Pieces(connection, clock), method)


class _Pieces:
    """What comes in, piece by piece, as long as there is time: an answer in drips would keep its thread for ever."""

    def __init__(self, connection: socket.socket, clock: Callable[[], float]) -> None:
        self._connection, self._clock = connection, clock
        self._end = clock() + (connection.gettimeout() or math.inf)

    def next(self) -> bytes:
        """Nothing once the other end has hung up."""
        if self._clock() > self._end:
            raise TimeoutError("timed out")
        return self._connection.recv(_PIECE)


def _read(pieces: _Pieces, method: str) -> Answer:
    data = bytearray()
    while (end := data.find(_HEAD_ENDS)) < 0 and len(data) <= _LONGEST_HEAD:
        piece = pieces.next()
        if not piece:
            break
        data += piece
    return _plain(pieces, data, end) or _of_any_kind(pieces, data, method)


def _plain(pieces: _Pieces, data: bytearray, end: int) -> Answer | None:
    """An answer with a length; None, with nothing more read, if it may be of another kind."""
    if end < 0:
        return None
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    status = _STATUS.fullmatch(first)
    named = [line.partition(":") for line in lines]
    headers = {name.lower(): value.strip() for name, _, value in named}
    length = headers.get("content-length", "")
    if status is None or _LENGTH.fullmatch(length) is None or "transfer-encoding" in headers:
        return None
    if len(headers) != len(lines) or any(not name or name != name.strip() for name, _, _ in named):
        return None
    whole = end + len(_HEAD_ENDS) + int(length)
    while len(data) < whole:
        piece = pieces.next()
        if not piece:
            raise ConnectionError(f"broke off after {len(data)} of {whole} bytes")
        data += piece
    keeps_open = len(data) == whole and headers.get("connection", "").lower() in {"", "keep-alive"}
    return Answer(int(status[1]), status[2] or "", headers, bytes(data[end + len(_HEAD_ENDS) : whole]), keeps_open)


def _of_any_kind(pieces: _Pieces, data: bytearray, method: str) -> Answer:
    begun = _Begun(pieces, data)
    answer = HTTPResponse(cast("socket.socket", begun), method=method)
    try:
        answer.begin()
        is_last = _STATUS.fullmatch(f"HTTP/1.1 {answer.status}") is not None
        ends_by_itself = bool(answer.chunked) or answer.length is not None
        content = answer.read()
    except HTTPException as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    headers = {name.lower(): value for name, value in answer.headers.items()}
    keeps_open = is_last and ends_by_itself and not answer.will_close and not begun.left
    return Answer(answer.status, answer.reason, headers, content, keeps_open)


class _Begun(io.BufferedIOBase):
    """A connection of which something was read already, as far as the standard library reads it."""

    def __init__(self, pieces: _Pieces, data: bytearray) -> None:
        self._pieces, self.left = pieces, data

    def makefile(self, _mode: str) -> _Begun:
        """As a socket is asked."""
        return self

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, or all up to the end."""
        wanted = math.inf if size is None or size < 0 else size
        while len(self.left) < wanted and self._more():
            pass
        return self._taken(min(len(self.left), wanted))

    def readline(self, size: int | None = -1) -> bytes:
        """Up to the end of the line, or so many bytes."""
        wanted = math.inf if size is None or size < 0 else size
        while (end := self.left.find(b"\n") + 1) == 0 and len(self.left) < wanted and self._more():
            pass
        return self._taken(min(end or len(self.left), wanted))

    def _more(self) -> bool:
        piece = self._pieces.next()
        self.left += piece
        return bool(piece)

    def _taken(self, size: float) -> bytes:
        some = bytes(self.left[: int(size)])
        del self.left[: len(some)]
        return some
