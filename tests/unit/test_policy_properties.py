"""What holds for every series of readings, whatever the policy's figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.config import Policy
from shared.config.lines import AmountLines, Band, RunwayLines
from shared.decisions import Reason
from shared.model import AlertState, Level, Topic
from shared.policy import advance, evaluate
from tests.builders import HOUR, NOON, figures, runway
from tests.case import Case, TopUp
from tests.replay import replay

if TYPE_CHECKING:
    from shared.app.look import Outcome
    from shared.snapshot import Figures

ONE_STEP = settings(deadline=None)
FEW = settings(max_examples=40, deadline=None)
TELLING = {
    *(Reason.WORSENED, Reason.REPEATED, Reason.RECOVERED, Reason.TOPPED_UP, Reason.RELEASE_NEAR, Reason.RELEASED),
    *(Reason.UNREADABLE, Reason.UNACKNOWLEDGED),
}
"""The reasons that allow telling anybody."""
AMOUNTS = {"notice": "600/700", "warning": "300/400", "critical": "100/150"}
POLICY = Policy(
    runway=RunwayLines(
        notice=Band(enter_below=Decimal(14), leave_at=Decimal(17)),
        critical=Band(enter_below=Decimal(2), leave_at=Decimal(3)),
    ),
    available_amount=AmountLines(warning=Band(enter_below=Decimal(300), leave_at=Decimal(400))),
)

# ---------------------------------------------------------------- one step

amounts = st.integers(-100, 1000)
days = st.floats(0, 40)
befores = st.builds(
    AlertState,
    level=st.sampled_from(Level),
    overdue_since=st.sampled_from([None, NOON - 30 * HOUR]),
    suspended_since=st.sampled_from([None, NOON - 5 * HOUR]),
)


def seen(amount: int, lasts: float, at: datetime = NOON) -> Figures:
    return figures(amount, at, lasts=runway(lasts, at=at))


@ONE_STEP
@given(befores, amounts, days)
def test_one_step_settles(before: AlertState, amount: int, lasts: float) -> None:
    found = seen(amount, lasts)
    once = advance(before, evaluate(before, POLICY, found), found)
    assert evaluate(once, POLICY, found).level is once.level


@ONE_STEP
@given(befores, amounts, days, st.integers(0, 500), st.floats(0, 20))
def test_more_money_and_more_runway_are_never_worse(
    before: AlertState, amount: int, lasts: float, more: int, longer: float
) -> None:
    better = evaluate(before, POLICY, seen(amount + more, lasts + longer)).level
    assert better <= evaluate(before, POLICY, seen(amount, lasts)).level


@ONE_STEP
@given(st.integers(0, 10), st.lists(st.integers(300, 399), min_size=1, max_size=30), st.booleans())
def test_inside_a_band_nothing_changes(n: int, path: list[int], warned: bool) -> None:  # noqa: FBT001
    policy = Policy(runway=None, risk=None, worst_day=None, available_amount=POLICY.available_amount)
    state = AlertState(level=Level.WARNING if warned else Level.HEALTHY)
    for hour, amount in enumerate(path, start=n):
        found = figures(amount, NOON + hour * HOUR)
        after = advance(state, evaluate(state, policy, found), found)
        assert after.level is state.level
        state = after


# ---------------------------------------------------------------- whole series

Move = tuple[int, int, bool]
moves = st.lists(
    st.tuples(
        st.integers(0, 150),  # spent since the reading before
        st.sampled_from([0, 0, 0, 0, 0, 0, 50, 400, 1500]),  # paid meanwhile
        st.sampled_from([True, True, False]),  # whether it can be read
    ),
    min_size=1,
    max_size=40,
)


def series(path: list[Move], begins: str = "2026-03-02 08:00", grace_hours: int | None = None) -> Case:
    start, left, readings, paid = datetime.fromisoformat(begins), 800, [], {}
    for n, (spent, came, readable) in enumerate(path):
        left += came - spent
        readings.append(str(left) if readable else "_")
        if came:
            at = str(start + timedelta(hours=6 * n, minutes=-20))
            paid[at] = TopUp(amount=Decimal(came), known=at)
    lines = {"available_amount": AMOUNTS, "runway": {"notice": "14/17"}, "risk": {"warning": "80/60"}}
    config = {"grace_hours": grace_hours}
    return Case(
        name="", start=begins, every="6h", balance=" ".join(readings), top_ups=paid, lines=lines, config=config, told=()
    )


@FEW
@given(moves, st.sampled_from([None, 0, 24]))
def test_nobody_is_told_anything_without_a_reason_that_allows_it(path: list[Move], grace: int | None) -> None:
    told: Outcome | None = None
    eased = False
    for outcome in replay(series(path, grace_hours=grace)):
        decision, at = outcome.decision, outcome.snapshot.at
        assert (decision.topic is None) or decision.reason in TELLING
        eased = eased or (told is not None and decision.alert.level < told.decision.alert.level)
        if decision.topic is not Topic.LEVEL:
            continue
        if told is not None and not eased and decision.alert.level <= told.decision.alert.level:
            assert decision.reason is Reason.REPEATED
            hours = POLICY.repeat_after.at(decision.alert.level)
            assert hours is not None
            assert at - told.snapshot.at >= timedelta(hours=hours)
        told, eased = outcome, False


def _known(alert: AlertState) -> AlertState:
    """Without what a failed read may leave: that it failed, and when."""
    return replace(alert, seen_at=None, failed_runs=0, failure="", reason="", because=())


@FEW
@given(moves)
def test_a_failed_read_changes_neither_the_level_nor_what_was_told(path: list[Move]) -> None:
    before = AlertState()
    for outcome in replay(series(path)):
        after = outcome.decision.alert
        if outcome.snapshot.failure:
            assert _known(after) == _known(before)
            assert outcome.decision.topic in {None, Topic.UNREADABLE}
        before = after


@FEW
@given(moves)
def test_the_hour_of_a_receipt_carries_no_warning(path: list[Move]) -> None:
    for outcome in replay(series(path)):
        figures = outcome.snapshot.figures
        if figures is not None and figures.topped_up > 0 and outcome.snapshot.level < Level.OVERDUE:
            assert outcome.decision.topic is not Topic.LEVEL


@FEW
@given(moves, moves)
def test_the_order_in_which_accounts_are_looked_at_changes_nothing(a: list[Move], b: list[Move]) -> None:
    one, other = series(a), series(b)
    first = list(replay(one)), list(replay(other))
    second = list(replay(other)), list(replay(one))
    assert first == second[::-1]


@FEW
@given(moves)
def test_a_series_replayed_comes_out_the_same(path: list[Move]) -> None:
    assert list(replay(series(path))) == list(replay(series(path)))


@FEW
@given(moves)
def test_below_zero_is_overdue_and_nothing_above_is(path: list[Move]) -> None:
    for outcome in replay(series(path)):
        if (amount := outcome.snapshot.available_amount) is not None:
            assert (outcome.snapshot.level >= Level.OVERDUE) == (amount < 0)
