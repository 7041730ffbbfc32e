"""An agency for each flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.agency import Agency, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cloud import RunningCloud


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    """An agency whose lines are simple: days of runway only, and no quiet hours."""
    lines = {
        "quantile": 0.5,
        "notice": None,
        "warning": {"enter_below": 7, "leave_at": 9},
        "critical": {"enter_below": 2, "leave_at": 3},
    }
    return Agency(cloud, write_config(tmp_path, runway=lines, risk=None, quiet=None))
