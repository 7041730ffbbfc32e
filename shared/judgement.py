"""State before and figures -> level, what lies ahead below zero, and what is told: in earnest and in a replay alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.consequences import reached
from shared.decisions import Around, Decision, decide
from shared.frozen import frozen
from shared.policy import Evaluation, advance, evaluate, road_ahead
from shared.silences import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shared.config import Policy
    from shared.consequences import Milestone, Road
    from shared.consequences_data import ProductRule
    from shared.model import Account, AlertState
    from shared.silences import Silence
    from shared.snapshot import Figures


@frozen
class Judgement:
    """What the figures of one hour mean for one account."""

    evaluation: Evaluation
    decision: Decision
    road: Road | None
    """What lies ahead below zero; None above."""
    milestone: Milestone | None
    """The last one of it that was reached."""


def judge(
    account: Account,
    before: AlertState,
    figures: Figures,
    policy: Policy,
    at_stake: Callable[[], Sequence[ProductRule]],
    silences: Iterable[Silence],
    *,
    agency_short: bool = False,
) -> Judgement:
    """Judge one hour.

    Args:
        account: Whose hour it is.
        before: The state that the hour found.
        figures: Of a reading in this hour.
        policy: The account's.
        at_stake: The products that stop and are released; only asked below zero.
        silences: All that may mean the account.
        agency_short: Whether the agency's own account is below its critical line.
    """
    evaluation = evaluate(before, policy, figures)
    after = advance(before, evaluation, figures)
    road = road_ahead(after, policy, at_stake, figures)
    milestone = None if road is None else reached(road, policy.release_days)
    silence = matching(silences, account, evaluation.level or before.worst_told, figures.at)
    decision = decide(before, after, policy, figures, Around(silence, agency_short, milestone))
    return Judgement(evaluation, decision, road, milestone)
