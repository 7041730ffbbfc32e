"""What is told, and why: reasons from a closed set."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import Policy
from shared.decisions import WITHHELD, Around, Decision, Reason, decide
from shared.model import AlertState, Level, TaskKind, Topic
from shared.policy import advance, fail
from tests.builders import DAY, HOUR, NOON, evaluation, figures, runway

POLICY = Policy()
TOLD_OF_WARNING = AlertState(
    level=Level.WARNING, since=NOON, told_level=Level.WARNING, worst_told=Level.WARNING, told_at=NOON
)

TOLD_OF_NOTICE = replace(TOLD_OF_WARNING, level=Level.NOTICE, told_level=Level.NOTICE, worst_told=Level.NOTICE)
LONG_OVERDUE = replace(TOLD_OF_WARNING, level=Level.OVERDUE, told_level=Level.OVERDUE, repeats=9, escalated_at=NOON)
"""Below zero nobody falls silent, however often it was said."""


def step(
    before: AlertState,
    level: Level,
    after: timedelta = HOUR,
    *,
    policy: Policy = POLICY,
    around: Around | None = None,
    **others: Any,
) -> Decision:
    seen = figures(-1 if level >= Level.OVERDUE else 1, NOON + after, **others)
    return decide(before, advance(before, evaluation(level), seen), policy, seen, around)


@pytest.mark.parametrize(
    ("before", "level", "after", "reason"),
    [
        (AlertState(), Level.HEALTHY, HOUR, Reason.HEALTHY),
        (AlertState(), Level.NOTICE, HOUR, Reason.WORSENED),
        (AlertState(), Level.SUSPENDED, HOUR, Reason.WORSENED),
        (TOLD_OF_WARNING, Level.WARNING, HOUR, Reason.TOLD_ALREADY),
        (TOLD_OF_WARNING, Level.CRITICAL, HOUR, Reason.WORSENED),
        (TOLD_OF_WARNING, Level.NOTICE, HOUR, Reason.TOLD_ALREADY),
        (TOLD_OF_WARNING, Level.WARNING, 71 * HOUR, Reason.TOLD_ALREADY),
        (TOLD_OF_WARNING, Level.WARNING, 72 * HOUR, Reason.REPEATED),
        (replace(TOLD_OF_WARNING, repeats=5), Level.WARNING, 72 * HOUR, Reason.REPEATED_ENOUGH),
        (TOLD_OF_WARNING, Level.HEALTHY, HOUR, Reason.RECOVERED),
        (replace(TOLD_OF_WARNING, level=Level.NOTICE, told_level=Level.NOTICE), Level.HEALTHY, HOUR, Reason.RECOVERED),
        (TOLD_OF_NOTICE, Level.HEALTHY, HOUR, Reason.HEALTHY),
        (LONG_OVERDUE, Level.OVERDUE, DAY, Reason.REPEATED),
    ],
)
def test_every_reason(before: AlertState, level: Level, after: timedelta, reason: Reason) -> None:
    decision = step(before, level, after)
    assert decision.reason is reason
    told = {Reason.WORSENED: Topic.LEVEL, Reason.REPEATED: Topic.LEVEL, Reason.RECOVERED: Topic.RECOVERED}
    assert decision.topic is told.get(reason)


def test_a_second_fall_after_a_top_up_is_told_again() -> None:
    eased = step(TOLD_OF_WARNING, Level.HEALTHY).alert
    assert step(eased, Level.WARNING, 2 * HOUR).reason is Reason.WORSENED
    half_eased = step(replace(TOLD_OF_WARNING, level=Level.CRITICAL, told_level=Level.CRITICAL), Level.NOTICE).alert
    assert step(half_eased, Level.CRITICAL, 2 * HOUR).reason is Reason.WORSENED


def test_staff_hear_of_an_unreadable_account_once_and_again_a_day_later() -> None:
    state, told = AlertState(), []
    for run in range(30):
        decision = decide(state, fail(state, "access_revoked", NOON + run * HOUR), POLICY, None)
        state = decision.alert
        if decision.topic is Topic.UNREADABLE:
            told.append(run + 1)
    assert told == [POLICY.unreadable_after, POLICY.unreadable_after + 24]


def test_an_unreadable_account_keeps_what_was_told() -> None:
    decision = decide(TOLD_OF_WARNING, fail(TOLD_OF_WARNING, "throttled", NOON + HOUR), POLICY, None)
    assert (decision.reason, decision.alert.told_level) == (Reason.NOT_READ, Level.WARNING)


levels = st.lists(st.sampled_from(list(Level)), min_size=1, max_size=60)


@given(levels)
def test_nobody_is_told_twice_of_the_same_without_a_reason(path: list[Level]) -> None:
    state, last_told = AlertState(), None
    for n, level in enumerate(path):
        now = NOON + n * HOUR
        decision = step(state, level, n * HOUR)
        if decision.topic is Topic.LEVEL and decision.reason is Reason.WORSENED:
            assert level > state.told_level
        if decision.reason is Reason.REPEATED:
            assert last_told is not None
            assert now - last_told >= timedelta(hours=POLICY.repeat_after.at(level) or 10**6)
        last_told = now if decision.topic else last_told
        state = decision.alert


@given(levels)
def test_after_every_step_people_know_the_level_or_a_worse_one_is_gone(path: list[Level]) -> None:
    state = AlertState()
    for n, level in enumerate(path):
        state = step(state, level, n * HOUR).alert
        assert state.told_level == level


def test_an_acknowledged_level_is_not_repeated_and_a_worse_one_is_told() -> None:
    known = replace(TOLD_OF_WARNING, acknowledged_at=NOON)
    assert step(known, Level.WARNING, 100 * HOUR).reason is Reason.ACKNOWLEDGED
    worse = step(known, Level.CRITICAL)
    assert (worse.reason, worse.alert.acknowledged_at) == (Reason.WORSENED, None)


def test_staff_hear_once_of_a_level_that_nobody_reacts_to() -> None:
    critical = AlertState(level=Level.CRITICAL, since=NOON, told_level=Level.CRITICAL, told_at=NOON)
    assert step(critical, Level.CRITICAL, 3 * HOUR).reason is Reason.TOLD_ALREADY
    ignored = step(critical, Level.CRITICAL, 4 * HOUR)
    assert (ignored.reason, ignored.topic) == (Reason.UNACKNOWLEDGED, Topic.TASK)
    assert step(ignored.alert, Level.CRITICAL, 5 * HOUR).reason is Reason.TOLD_ALREADY


def test_staff_wait_from_when_people_were_told_not_from_when_it_was_withheld() -> None:
    late = AlertState(level=Level.CRITICAL, since=NOON, told_level=Level.CRITICAL, told_at=NOON + 9 * HOUR)
    assert step(late, Level.CRITICAL, 12 * HOUR).topic is None
    assert step(late, Level.CRITICAL, 13 * HOUR).reason is Reason.UNACKNOWLEDGED
    repeated = replace(late, told_at=NOON + 24 * HOUR, repeats=1)
    assert step(repeated, Level.CRITICAL, 25 * HOUR).reason is Reason.UNACKNOWLEDGED


def test_a_payment_is_answered_with_a_receipt_and_never_with_a_warning() -> None:
    for before in (AlertState(), TOLD_OF_NOTICE, TOLD_OF_WARNING):
        for level in (Level.NOTICE, Level.WARNING, Level.CRITICAL):
            paid = step(before, level, topped_up=100)
            assert (paid.reason, paid.topic, paid.alert.told_level) == (Reason.TOPPED_UP, Topic.RECEIPT, level)
            assert step(paid.alert, level, 2 * HOUR).topic is None


def test_a_payment_that_ends_a_warning_is_answered_with_the_all_clear_alone() -> None:
    assert step(TOLD_OF_WARNING, Level.HEALTHY, topped_up=100).topic is Topic.RECOVERED
    assert step(TOLD_OF_NOTICE, Level.HEALTHY, topped_up=100).topic is Topic.RECEIPT


def test_who_pays_without_a_word_from_us_is_left_in_peace() -> None:
    assert step(AlertState(), Level.HEALTHY, topped_up=100).topic is None


def test_a_payment_does_not_hide_that_the_account_fell_below_zero() -> None:
    assert step(TOLD_OF_WARNING, Level.OVERDUE, topped_up=100).reason is Reason.WORSENED
    assert step(LONG_OVERDUE, Level.OVERDUE, topped_up=100).reason is Reason.TOPPED_UP


def test_a_second_fall_after_a_receipt_is_told_again() -> None:
    paid = step(replace(TOLD_OF_WARNING, level=Level.CRITICAL, told_level=Level.CRITICAL), Level.NOTICE, topped_up=50)
    assert step(paid.alert, Level.WARNING, 2 * HOUR).reason is Reason.WORSENED


def test_the_time_to_pay_runs_from_the_first_warning_to_the_payment() -> None:
    warned = step(AlertState(), Level.WARNING).alert
    worse = step(warned, Level.CRITICAL, 5 * HOUR).alert
    assert (warned.warned_at, worse.warned_at) == (NOON + HOUR, NOON + HOUR)
    assert step(worse, Level.WARNING, 9 * HOUR, topped_up=10).alert.warned_at is None
    assert step(AlertState(), Level.NOTICE).alert.warned_at is None


def test_an_announced_payment_keeps_us_from_asking_but_not_from_saying_what_is_urgent() -> None:
    paying = replace(TOLD_OF_NOTICE, paying_until=NOON + 200 * HOUR, paying_by="小李")
    assert step(paying, Level.WARNING).reason is Reason.PAYING
    assert step(paying, Level.CRITICAL).reason is Reason.WORSENED
    warned = replace(TOLD_OF_WARNING, paying_until=NOON + 200 * HOUR)
    assert step(warned, Level.WARNING, 73 * HOUR).reason is Reason.PAYING
    assert step(warned, Level.WARNING, 201 * HOUR).reason is Reason.REPEATED
    assert step(replace(LONG_OVERDUE, paying_until=NOON + 200 * HOUR), Level.OVERDUE, DAY).reason is Reason.REPEATED


def test_an_announcement_ends_when_the_payment_comes() -> None:
    paying = replace(TOLD_OF_WARNING, paying_until=NOON + 200 * HOUR, paying_by="小李")
    assert step(paying, Level.WARNING, topped_up=1).alert.paying_until is None


def test_next_to_no_spend_bothers_nobody_unless_it_is_below_zero() -> None:
    small = Policy(min_daily_spend=Decimal(5))
    cheap, dear = runway(3, daily=4.99), runway(3, daily=5.0)
    assert step(AlertState(), Level.WARNING, policy=small, lasts=cheap).reason is Reason.SMALL_SPEND
    assert step(AlertState(), Level.WARNING, policy=small, lasts=dear).reason is Reason.WORSENED
    assert step(AlertState(), Level.OVERDUE, policy=small, lasts=cheap).reason is Reason.WORSENED


def test_while_the_agency_is_short_customers_that_it_pays_for_are_not_blamed() -> None:
    funded, short = Policy(funded_by_agency=True), Around(agency_short=True)
    held = step(AlertState(), Level.OVERDUE, policy=funded, around=short)
    assert (held.reason, held.topic, held.task) == (Reason.AGENCY_SHORT, None, TaskKind.AGENCY_SHORT)
    assert step(held.alert, Level.OVERDUE, 2 * HOUR, policy=funded).reason is Reason.WORSENED
    assert step(AlertState(), Level.OVERDUE, around=short).reason is Reason.WORSENED


def test_below_zero_repeats_have_no_bound_and_none_is_shown() -> None:
    overdue = step(LONG_OVERDUE, Level.OVERDUE)
    assert dict(overdue.alert.because)["repeats"] == "9"
    assert dict(step(TOLD_OF_WARNING, Level.WARNING).alert.because)["repeats"] == "0 of 5"


def test_below_zero_staff_get_a_task_once_a_level() -> None:
    overdue = step(TOLD_OF_WARNING, Level.OVERDUE)
    assert (overdue.task, step(overdue.alert, Level.OVERDUE, 2 * HOUR).task) == (TaskKind.OVERDUE, None)
    assert step(overdue.alert, Level.SUSPENDED, 3 * HOUR).task is TaskKind.SUSPENDED


def test_money_that_runs_short_is_news_to_who_knows_of_the_budget_alone() -> None:
    known = replace(TOLD_OF_WARNING, short=Level.HEALTHY, told_short=Level.HEALTHY, acknowledged_at=NOON)
    seen = figures(1, NOON + HOUR)
    after = advance(known, replace(evaluation(Level.WARNING), short=Level.WARNING), seen)
    news = decide(known, after, POLICY, seen)
    assert (news.reason, news.alert.acknowledged_at, news.alert.warned_at) == (Reason.WORSENED, None, NOON + HOUR)
    assert step(news.alert, Level.WARNING, 2 * HOUR).reason is Reason.TOLD_ALREADY


def test_a_warning_of_the_budget_starts_no_time_to_pay() -> None:
    seen = figures(1, NOON)
    after = advance(AlertState(), replace(evaluation(Level.WARNING), short=Level.HEALTHY), seen)
    assert decide(AlertState(), after, POLICY, seen).alert.warned_at is None


def test_a_line_that_is_not_crossed_for_long_enough_is_held() -> None:
    seen = figures(5, NOON)
    after = replace(advance(AlertState(), evaluation(Level.HEALTHY), seen), entering=((Level.NOTICE, NOON),))
    assert decide(AlertState(), after, POLICY, seen).reason is Reason.HELD


@given(levels, st.sampled_from([Around(), Around(agency_short=True)]))
def test_every_step_has_a_reason_that_is_remembered_with_its_figures(path: list[Level], around: Around) -> None:
    state, policy = AlertState(), Policy(funded_by_agency=True)
    for n, level in enumerate(path):
        decision = step(state, level, n * HOUR, policy=policy, around=around)
        state = decision.alert
        assert state.reason == decision.reason
        assert state.because
        assert decision.topic is None or decision.reason not in WITHHELD
        assert state.told_level <= level
