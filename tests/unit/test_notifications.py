"""Who is told what, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import Digest, Policy, QuietHours
from shared.masking import address_key
from shared.model import AlertState, ChannelName, Contact, Level, StaffTask, TaskKind, Topic
from shared.notifications import (
    Decision,
    Reason,
    channels_for,
    decide,
    due_at,
    in_digest,
    message_id,
    plan,
    quiet_until,
    task_id,
)
from shared.policy import advance, fail
from tests.builders import DAY, HOUR, NOON, balance, contact

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICY = Policy()
QUIET = QuietHours(start=time(22), end=time(8), timezone="Asia/Shanghai", let_through=Level.CRITICAL)
TOLD_OF_WARNING = AlertState(
    level=Level.WARNING, since=NOON, told_level=Level.WARNING, worst_told=Level.WARNING, told_at=NOON
)

TOLD_OF_NOTICE = replace(TOLD_OF_WARNING, level=Level.NOTICE, told_level=Level.NOTICE, worst_told=Level.NOTICE)
LONG_OVERDUE = replace(TOLD_OF_WARNING, level=Level.OVERDUE, told_level=Level.OVERDUE, repeats=9, escalated_at=NOON)
"""Below zero nobody falls silent, however often it was said."""


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


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (shanghai(4, 14), shanghai(5, 9)),
        (shanghai(4, 8, 59), shanghai(4, 9)),
        (shanghai(4, 9), shanghai(4, 9)),
        (shanghai(4, 9, 1), shanghai(5, 9)),
        (shanghai(4, 23), shanghai(5, 9)),
    ],
)
def test_the_digest_goes_out_at_its_next_hour(now: datetime, due: datetime) -> None:
    assert due_at(Level.NOTICE, Topic.LEVEL, QUIET, now, digest=Digest()) == due
    assert due_at(Level.NOTICE, Topic.LEVEL, None, now, digest=Digest()) == due


def test_the_digest_goes_by_the_clock_it_is_given() -> None:
    now, tokyo = shanghai(4, 14), ZoneInfo("Asia/Tokyo")
    assert due_at(Level.NOTICE, Topic.LEVEL, QUIET, now, digest=Digest(), zone=tokyo) == shanghai(5, 8)


def test_a_digest_within_quiet_hours_waits_for_their_end() -> None:
    early = Digest.model_validate({"at": "07:00"})
    assert due_at(Level.NOTICE, Topic.LEVEL, QUIET, shanghai(4, 14), digest=early) == shanghai(5, 8)


@pytest.mark.parametrize(
    ("topic", "level", "channel", "waits"),
    [
        (Topic.LEVEL, Level.NOTICE, ChannelName.MAIL, True),
        (Topic.LEVEL, Level.NOTICE, ChannelName.SMS, False),
        (Topic.LEVEL, Level.WARNING, ChannelName.MAIL, False),
        (Topic.LEVEL, Level.SUSPENDED, ChannelName.MAIL, False),
        (Topic.RECOVERED, Level.HEALTHY, ChannelName.MAIL, True),
        (Topic.RECOVERED, Level.HEALTHY, ChannelName.SMS, False),
        (Topic.UNREADABLE, Level.NOTICE, ChannelName.MAIL, False),
        (Topic.TASK, Level.NOTICE, ChannelName.MAIL, False),
        (Topic.DRILL, Level.HEALTHY, ChannelName.MAIL, False),
    ],
)
def test_only_mails_that_are_not_urgent_wait_for_the_digest(
    topic: Topic, level: Level, channel: ChannelName, *, waits: bool
) -> None:
    assert in_digest(topic, level, channel, Digest()) is waits
    assert not in_digest(topic, level, channel, None)


WANG = contact("王丽", phone="13800000001", mail="wang@example.com")
LI = contact("李明", phone="13800000002", mail="li@example.com")
ZHAO = contact("赵刚", phone=None, mail="zhao@example.com")
BOTH = (ChannelName.SMS, ChannelName.MAIL)


def tracks(
    *contacts: Contact, channels: Sequence[ChannelName] = BOTH, at_once: int | None = None, bad: str = ""
) -> list[str]:
    found = plan(contacts, channels, at_once, frozenset({address_key(bad)}))
    return [" > ".join(f"{way.contact.name} {way.channel}" for way in track) for track in found]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (tracks(WANG), ["王丽 sms", "王丽 mail"]),
        (tracks(WANG, ZHAO), ["王丽 sms", "王丽 mail", "赵刚 mail"]),
        (tracks(WANG, LI, at_once=1), ["王丽 sms > 李明 sms", "王丽 mail"]),
        (tracks(WANG, LI, ZHAO, at_once=1), ["王丽 sms > 李明 sms > 赵刚 mail", "王丽 mail"]),
        (tracks(WANG, LI, at_once=1, channels=(ChannelName.SMS,)), ["王丽 sms > 王丽 mail > 李明 sms"]),
        (tracks(WANG, channels=(ChannelName.MAIL,)), ["王丽 mail > 王丽 sms"]),
        (tracks(ZHAO, channels=(ChannelName.SMS,)), ["赵刚 mail"]),
        (tracks(WANG, LI, at_once=1, bad="13800000001"), ["王丽 mail > 李明 sms"]),
        (tracks(ZHAO, LI, at_once=1, bad="zhao@example.com"), ["李明 sms", "李明 mail"]),
        (tracks(ZHAO, bad="zhao@example.com"), []),
        (tracks(WANG, channels=()), []),
    ],
)
def test_who_is_told_at_once_and_who_stands_in(told: list[str], expected: list[str]) -> None:
    assert told == expected


@given(st.integers(1, 5), st.sampled_from([(ChannelName.SMS,), (ChannelName.MAIL,), BOTH]))
def test_no_way_stands_in_two_tracks(at_once: int, channels: Sequence[ChannelName]) -> None:
    ways = [way for track in plan([WANG, LI, ZHAO], channels, at_once, frozenset()) for way in track]
    assert len(ways) == len({(way.contact.name, way.channel) for way in ways})


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


def test_a_task_is_the_same_message_whoever_comes_upon_it() -> None:
    task = StaffTask(TaskKind.CHANNEL_DOWN, "sms:isv.OUT_OF_SERVICE:2026-03-04", "1", Level.WARNING, "短信")
    again = replace(task, account_id="2", level=Level.CRITICAL)
    assert task_id(task, WANG, ChannelName.MAIL) == task_id(again, WANG, ChannelName.MAIL)
    assert task_id(task, WANG, ChannelName.MAIL) != task_id(task, LI, ChannelName.MAIL)


def test_the_service_itself_is_spoken_of_on_every_channel() -> None:
    assert channels_for(Topic.UNREADABLE, Level.HEALTHY, POLICY) == (ChannelName.SMS, ChannelName.MAIL)
    assert channels_for(Topic.RECOVERED, Level.HEALTHY, POLICY) == (ChannelName.MAIL,)
