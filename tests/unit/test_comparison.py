"""Falls of a balance, what became of them, and two configurations side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from shared.comparison import Side, Turn, compare, most_changed, total
from shared.decisions import Reason
from shared.falls import Fall, Verdict, falls_of, judge_falls
from shared.model import Level, Topic
from shared.replay import Telling
from tests.builders import DAY, HOUR, NOON, account
from tests.unit.replay_cases import LEGS, POLICIES, Leg, config, falling, past, snapshots

if TYPE_CHECKING:
    from shared.config import Policy

WARNS_AT_7, WARNS_AT_9 = config(), config(runway={"warning": falling(9, 11), "critical": falling(2, 3)})
RUNS_OUT = Leg(24 * 11)
"""From 1000 on, at 100 a day: out after ten days."""


def warning(at: float, heard: float | None = None) -> Telling:
    return Telling(
        NOON + at * DAY, NOON + (at if heard is None else heard) * DAY, Topic.LEVEL, Level.WARNING, Reason.WORSENED
    )


def fall(days: float, ran_out: float | None = None, *, over: bool = True) -> Fall:
    return Fall(NOON, NOON + days * DAY, over, None if ran_out is None else NOON + ran_out * DAY)


# ---------------------------------------------------------------- falls


def test_a_fall_goes_from_payment_to_payment_and_knows_when_the_balance_ran_out() -> None:
    found = falls_of(snapshots(100, [Leg(30), Leg(24, paid=1000), Leg(24, paid=50)]))
    assert [((one.until - one.since) / HOUR, one.over) for one in found] == [(30, True), (24, True), (23, False)]
    assert [one.ran_out_at for one in found] == [NOON + 24 * HOUR, None, None]


def test_a_payment_that_does_not_lift_the_balance_above_zero_is_no_second_end() -> None:
    found = falls_of(snapshots(100, [Leg(30), Leg(30, paid=1)]))
    assert [one.ran_out_at is None for one in found] == [False, True]


def test_a_history_that_begins_below_zero_did_not_run_out_in_it() -> None:
    assert [one.ran_out_at for one in falls_of(snapshots(-100, [Leg(30)]))] == [None]


def test_hours_without_figures_end_nothing() -> None:
    (one,) = falls_of(snapshots(1000, [Leg(5), Leg(5, fails=True), Leg(5, old=True), Leg(5)]))
    assert one.until == NOON + 19 * HOUR


@pytest.mark.parametrize(
    ("verdict", "lead", "unwarned", "false"),
    [
        (Verdict(fall(5, 4), warning(1)), 3.0, False, False),
        (Verdict(fall(5, 4), warning(3, 4.2)), None, True, False),  # held for the morning, and read too late
        (Verdict(fall(5, 4)), None, True, None),
        (Verdict(fall(15, 14), warning(1)), 13.0, False, True),  # nobody had to hurry
        (Verdict(fall(9), warning(1)), None, False, False),  # they paid
        (Verdict(fall(12), warning(1)), None, False, True),  # they paid when they would have anyway
        (Verdict(fall(12, over=False), warning(1)), None, False, True),
        (Verdict(fall(9, over=False), warning(1)), None, False, None),  # who knows
        (Verdict(fall(40)), None, False, None),
    ],
)
def test_what_became_of_a_warning(verdict: Verdict, lead: float | None, *, unwarned: bool, false: bool | None) -> None:
    assert (verdict.lead_days, verdict.unwarned, verdict.false) == (lead, unwarned, false)


def test_a_fall_has_the_warnings_that_were_given_in_it() -> None:
    first, second = fall(5), Fall(NOON + 5 * DAY, NOON + 9 * DAY, over=False)
    notice = replace(warning(1), level=Level.NOTICE)
    overdue = replace(warning(2), level=Level.OVERDUE)
    found = judge_falls((first, second), (notice, overdue, warning(5), warning(6)))
    assert [one.warning for one in found] == [None, warning(5)]


# ---------------------------------------------------------------- two configurations


@settings(max_examples=50, deadline=None)
@given(POLICIES, LEGS)
def test_the_same_configuration_twice_is_no_difference(policy: Policy, legs: list[Leg]) -> None:
    pair = compare(past(700, *legs), config(policy), config(policy))
    assert not pair.changed
    assert pair.shifts == ()
    assert most_changed([pair]) == []


def test_an_earlier_line_shows_as_an_earlier_word_and_a_longer_lead() -> None:
    pair = compare(past(1000, RUNS_OUT), WARNS_AT_7, WARNS_AT_9)
    assert [(shift.turn, shift.level, shift.by) for shift in pair.shifts] == [
        (Turn.EARLIER, Level.WARNING, timedelta(days=2)),
        (Turn.EARLIER, Level.NOTICE, timedelta(days=2)),  # who hears of a warning hears of what is milder
    ]
    before, after = total([pair.before], WARNS_AT_7), total([pair.after], WARNS_AT_9)
    assert (before.ran_out, before.unwarned, before.median_lead, before.worst_lead) == (1, 0, 7.0, 7.0)
    assert (after.ran_out, after.unwarned, after.median_lead, after.worst_lead) == (1, 0, 9.0, 9.0)


def test_a_line_that_is_taken_away_shows_as_words_dropped_and_an_end_without_warning() -> None:
    silent = config(runway=None)
    pair = compare(past(1000, RUNS_OUT), WARNS_AT_7, silent)
    # Of the level overdue they hear in the same hour, and so of every milder one: later than before.
    assert {(shift.turn, shift.level) for shift in pair.shifts} == {
        (Turn.LATER, level) for level in (Level.NOTICE, Level.WARNING, Level.CRITICAL)
    }
    assert total([pair.after], silent).unwarned == 1


def test_totals_count_messages_and_what_they_cost() -> None:
    pair = compare(past(1000, Leg(24 * 9)), WARNS_AT_7, WARNS_AT_9)
    found = total([pair.before, pair.before], WARNS_AT_7)
    assert found.accounts_told == 2
    assert found.by_level == ((Level.WARNING, 4), (Level.CRITICAL, 2))
    assert (found.sms, found.mails) == (14, 14)
    assert found.cost == 14 * Decimal("0.045") + 14 * Decimal("0.002")


def test_alarms_that_were_false_are_counted() -> None:
    pair = compare(past(1100, Leg(24 * 4), Leg(24 * 20, daily=20)), WARNS_AT_9, WARNS_AT_7)
    assert (total([pair.before], WARNS_AT_9).alarms, total([pair.before], WARNS_AT_9).false_alarms) == (1, 1)


def test_the_accounts_that_hear_most_differently_come_first() -> None:
    little = compare(past(1000, RUNS_OUT), WARNS_AT_7, WARNS_AT_9)
    dropped = compare(past(850, Leg(6)), WARNS_AT_9, WARNS_AT_7)
    nothing = compare(past(9000, Leg(6), of=account("1000000000000002")), WARNS_AT_7, WARNS_AT_9)
    assert most_changed([little, nothing, dropped]) == [dropped, little]


def test_nobody_told_is_no_lead_and_no_cost() -> None:
    found = total([Side(compare(past(9000, Leg(6)), WARNS_AT_7, WARNS_AT_9).before.replayed, ())], WARNS_AT_7)
    assert (found.accounts_told, found.median_lead, found.worst_lead, found.cost) == (0, None, None, Decimal(0))
