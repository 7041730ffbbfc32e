"""A bounded part of the crash enumeration; ``make crash`` runs all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crash.accidents import SLOW, Accident
from tests.crash.moments import MOMENTS, World
from tests.crash.runner import enumerate_accidents, new_world, run

if TYPE_CHECKING:
    from collections.abc import Iterator

STRIDE = 197
"""Shares no factor with the number of kinds, so that the sample meets all of them."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture(scope="module")
def accidents(world: World) -> list[Accident]:
    return [accident for accident in enumerate_accidents(world) if accident.kind not in SLOW]


def failures(world: World, accidents: list[Accident]) -> dict[str, list[str]]:
    verdicts = {accident.name: run(world, accident) for accident in accidents}
    return {name: list(verdict.lines()) for name, verdict in verdicts.items() if not verdict.good}


def test_every_handler_is_disturbed() -> None:
    assert {moment.handler for moment in MOMENTS} == {"check_balances", "deliver_notifications"}


def test_there_are_at_least_300_scenarios(accidents: list[Accident]) -> None:
    assert len({accident.name for accident in accidents}) == len(accidents) >= 300


def test_nothing_is_lost_or_doubled_whatever_happens_to_a_sending(world: World, accidents: list[Accident]) -> None:
    first = next(one.request for one in accidents if one.moment.name == "deliver" and "SendSms" in one.place)
    sendings = [one for one in accidents if one.moment.name == "deliver" and one.request == first]
    assert len(sendings) > 10
    assert failures(world, sendings) == {}


def test_nothing_is_lost_or_doubled_in_a_sample_of_all_scenarios(world: World, accidents: list[Accident]) -> None:
    assert failures(world, accidents[::STRIDE]) == {}
