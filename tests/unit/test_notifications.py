"""Who is told what, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import Policy, QuietHours
from shared.model import AlertState, ChannelName, Level, Topic
from shared.notifications import (
    Decision,
    Reason,
    channels_for,
    decide,
    due_at,
    message_id,
    quiet_until,
    recipients,
)
from shared.policy import advance, fail
from tests.builders import HOUR, NOON, balance, contact

POLICY = Policy()
QUIET = QuietHours(start=time(22), end=time(8), timezone="Asia/Shanghai", let_through=Level.CRITICAL)
TOLD_OF_WARNING = AlertState(level=Level.WARNING, since=NOON, told_level=Level.WARNING, told_at=NOON)


def step(before: AlertState, level: Level, after: timedelta = HOUR) -> Decision:
    now = NOON + after
    amount = -1 if level >= Level.OVERDUE else 1
    return decide(before, advance(before, level, balance(amount, now)), POLICY, now)


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
        (replace(TOLD_OF_WARNING, level=Level.NOTICE, told_level=Level.NOTICE), Level.HEALTHY, HOUR, Reason.HEALTHY),
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
        decision = decide(state, fail(state, "access_revoked", NOON + run * HOUR), POLICY, NOON + run * HOUR)
        state = decision.alert
        if decision.topic is Topic.UNREADABLE:
            told.append(run + 1)
    assert told == [POLICY.unreadable_after, POLICY.unreadable_after + 24]


def test_an_unreadable_account_keeps_what_was_told() -> None:
    decision = decide(TOLD_OF_WARNING, fail(TOLD_OF_WARNING, "throttled", NOON + HOUR), POLICY, NOON + HOUR)
    assert (decision.reason, decision.alert.told_level) == (Reason.NOT_READ, Level.WARNING)


levels = st.lists(st.sampled_from(list(Level)), min_size=1, max_size=60)


@given(levels)
def test_nobody_is_told_twice_of_the_same_without_a_reason(path: list[Level]) -> None:
    state, last_told = AlertState(), None
    for n, level in enumerate(path):
        now = NOON + n * HOUR
        decision = decide(state, advance(state, level, balance(1, now)), POLICY, now)
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
        state = decide(state, advance(state, level, balance(1, NOON + n * HOUR)), POLICY, NOON + n * HOUR).alert
        assert state.told_level == level


def test_ids_come_from_the_version_and_say_nothing_of_the_person() -> None:
    wang = contact(phone="13800000000")
    same = [message_id("1", 7, Topic.LEVEL, Level.WARNING, wang, ChannelName.SMS) for _ in range(2)]
    others = {
        message_id("2", 7, Topic.LEVEL, Level.WARNING, wang, ChannelName.SMS),
        message_id("1", 8, Topic.LEVEL, Level.WARNING, wang, ChannelName.SMS),
        message_id("1", 7, Topic.RECOVERED, Level.WARNING, wang, ChannelName.SMS),
        message_id("1", 7, Topic.LEVEL, Level.CRITICAL, wang, ChannelName.SMS),
        message_id("1", 7, Topic.LEVEL, Level.WARNING, contact("李明"), ChannelName.SMS),
        message_id("1", 7, Topic.LEVEL, Level.WARNING, wang, ChannelName.MAIL),
    }
    assert same[0] == same[1]
    assert len(others | {same[0]}) == 7
    assert "138" not in same[0]
    assert len(same[0]) == 16


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (shanghai(4, 21, 59), None),
        (shanghai(4, 22), shanghai(5, 8)),
        (shanghai(5, 3), shanghai(5, 8)),
        (shanghai(5, 7, 59), shanghai(5, 8)),
        (shanghai(5, 8), None),
    ],
)
def test_quiet_hours_span_midnight(now: datetime, until: datetime | None) -> None:
    assert quiet_until(QUIET, now) == until


def test_what_is_serious_comes_through_the_night() -> None:
    night = shanghai(5, 3)
    assert due_at(Level.WARNING, Topic.LEVEL, QUIET, night) == shanghai(5, 8)
    assert due_at(Level.CRITICAL, Topic.LEVEL, QUIET, night) == night
    assert due_at(Level.CRITICAL, Topic.RECOVERED, QUIET, night) == shanghai(5, 8)
    assert due_at(Level.NOTICE, Topic.LEVEL, None, night) == night


def test_everyone_is_told_on_every_channel_that_reaches_them() -> None:
    people = [contact("王丽"), contact("李明", phone=None)]
    reached = [
        (c.name, channel) for c, channel, _ in recipients(people, channels_for(Topic.LEVEL, Level.WARNING, POLICY))
    ]
    assert reached == [("王丽", "sms"), ("王丽", "mail"), ("李明", "mail")]


def test_the_service_itself_is_spoken_of_on_every_channel() -> None:
    assert channels_for(Topic.UNREADABLE, Level.HEALTHY, POLICY) == (ChannelName.SMS, ChannelName.MAIL)
    assert channels_for(Topic.RECOVERED, Level.HEALTHY, POLICY) == (ChannelName.MAIL,)
