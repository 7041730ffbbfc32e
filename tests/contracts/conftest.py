"""What the state contracts run against: the local cloud's Tablestore, with our tables, and faults on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tablestore as ots

from shared.state.gateway import Gateway
from shared.state.tables import create_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cloud import RunningCloud

LOST_REPLIES = ("reset_after", "truncated", "bad_checksum", "error_after", "duplicate")
"""Faults after which a write was applied, and its writer did not hear so."""


class Store:
    """A Tablestore that serves, and the network in front of it."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        create_tables(self.gateway())
        self._before = len(cloud.control.log())

    def client(self, seconds: float = 5) -> ots.OTSClient:
        """The SDK itself, for what the gateway does not do; it waits so many seconds for a reply."""
        cloud = self.cloud
        return ots.OTSClient(
            cloud.tablestore,
            cloud.access_key_id,
            cloud.access_key_secret,
            cloud.instance,
            socket_timeout=seconds,
            retry_policy=ots.NoRetryPolicy(),
        )

    def gateway(self, *, sleep: Callable[[float], None] = lambda _: None, page_rows: int | None = None) -> Gateway:
        """A program's own connection; its pauses take no time."""
        return Gateway(self.client(), sleep=sleep, page_rows=page_rows)

    def disturb(self, kind: str, operation: str, times: int = 1, code: str = "OTSServerBusy", nth: int = 1) -> None:
        """What goes wrong with the next requests of an operation; see ``localcloud.faults.Kind``."""
        self.cloud.control.add_fault("tablestore", kind, operation=operation, times=times, code=code, nth=nth)

    @property
    def requests(self) -> list[str]:
        """The operations that were asked for in this test."""
        return [operation for _, _, operation in self.cloud.control.log(self._before)]


@pytest.fixture
def store(cloud: RunningCloud) -> Store:
    """An empty Tablestore with our tables."""
    return Store(cloud)


@pytest.fixture
def gateway(store: Store) -> Gateway:
    """One program's connection to the store."""
    return store.gateway()
