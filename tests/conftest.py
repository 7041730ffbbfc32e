"""Fixtures that every test may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.cloud import RunningCloud, running_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator


# Whether an example is right is asked here, not how long it took on a busy machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(scope="session", autouse=True)
def _no_proxy() -> Iterator[None]:
    """The vendor's SDK sends requests to 127.0.0.1 through a proxy, too, whatever NO_PROXY says."""
    with pytest.MonkeyPatch.context() as patch:
        for name in PROXIES:
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        yield


@pytest.fixture(scope="session")
def cloud_process() -> Iterator[RunningCloud]:
    """One local cloud for all tests of a session."""
    with running_cloud() as running:
        yield running


@pytest.fixture
def cloud(cloud_process: RunningCloud) -> RunningCloud:
    """A local cloud that has forgotten everything."""
    cloud_process.control.reset()
    return cloud_process
