"""How good the projection is: replays prepaid accounts on real spend series and scores the warnings."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from shared.projection import project_spend

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray


def forecaster(history: NDArray[np.float64], horizon: int, next_day: date) -> NDArray[np.float64]:
    """Wrap `shared.projection.project_spend`, and nothing else: NaN is a missing day."""
    days = [None if isnan(day) else day for day in history.tolist()]
    return np.array(project_spend(days, next_day, horizon))
