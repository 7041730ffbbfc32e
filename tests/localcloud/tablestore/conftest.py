"""A server without tables and a client for it, anew for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.localcloud.tablestore.server import Server, client_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tablestore import OTSClient


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def client(server: Server) -> OTSClient:
    return client_of(server.url)
