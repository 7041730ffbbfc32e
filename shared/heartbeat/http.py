"""A sign of life by plain HTTP: one GET, of which nothing is read but the status."""

from __future__ import annotations

from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit
from urllib.request import urlopen

from shared.heartbeat import HeartbeatUnheard

SECONDS: Final = 10.0
"""For each step on the way; there is one try, since the next run is another."""


class HttpHeartbeat:
    """The port ``Heartbeat`` for an address that is visited."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        """``url`` begins with http, and is a secret of sorts: whoever knows it can say that all is well."""
        self._url = url
        self._seconds = seconds
        self._host = urlsplit(url).hostname or ""

    def beat(self) -> str:
        """GET the address; only its host is ever named."""
        try:
            with urlopen(self._url, timeout=self._seconds) as answer:  # noqa: S310 - agency.yaml takes web addresses only
                return f"{self._host}: {answer.status}"
        except (OSError, HTTPException, ValueError) as error:
            failure = f"{self._host}: {getattr(error, 'code', type(error).__name__)}"
        raise HeartbeatUnheard(failure)  # outside: the library's error may show the whole address
