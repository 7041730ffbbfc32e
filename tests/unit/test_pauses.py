"""Pauses before another try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pauses import spread


@given(st.floats(0.1, 100), st.text(), st.floats(0, 1))
def test_a_pause_differs_by_no_more_than_it_may_and_is_the_same_each_time(
    seconds: float, who: str, within: float
) -> None:
    pause = spread(seconds, who, within)
    assert pause == pytest.approx(seconds, rel=within, abs=1e-9)
    assert pause == spread(seconds, who, within)


def test_pauses_of_many_lie_everywhere_between_half_and_one_and_a_half() -> None:
    tenths = {round(10 * spread(1, str(number))) for number in range(1000)}
    assert tenths == set(range(5, 16))
