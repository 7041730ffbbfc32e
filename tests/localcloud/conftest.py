"""Fixtures of the local cloud's tests."""

from __future__ import annotations

import pytest
from darabonba.core import DaraCore

from shared.openapi.transport import SDKS_OWN


@pytest.fixture(autouse=True)
def _the_sdk_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The local cloud answers the vendor's clients; how ours send is told elsewhere."""
    monkeypatch.setattr(DaraCore, "do_action", staticmethod(SDKS_OWN))
