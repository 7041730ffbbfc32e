"""Fixtures that every test may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cloud import RunningCloud, running_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator


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
