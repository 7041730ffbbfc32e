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
from shared.model import ChannelName, Contact, Level, StaffTask, TaskKind, Topic
from shared.notifications import (
    channels_for,
    due_at,
    in_digest,
    message_id,
    plan,
    quiet_of,
    quiet_until,
    task_channels,
    task_id,
)
from tests.builders import contact

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICY = Policy()
QUIET = QuietHours(start=time(22), end=time(8), timezone="Asia/Shanghai", let_through=Level.CRITICAL)


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


def test_what_ends_before_morning_comes_through_the_night() -> None:
    night = shanghai(5, 3)
    assert due_at(Level.WARNING, Topic.LEVEL, QUIET, night, ends=shanghai(5, 8)) == night
    assert due_at(Level.WARNING, Topic.LEVEL, QUIET, night, ends=shanghai(5, 9)) == shanghai(5, 8)
    assert due_at(Level.NOTICE, Topic.LEVEL, QUIET, night, digest=Digest(), ends=shanghai(5, 9)) == night
    assert due_at(Level.HEALTHY, Topic.RECOVERED, QUIET, night, ends=shanghai(5, 7)) == shanghai(5, 8)


def test_a_person_has_a_night_of_their_own() -> None:
    evening = shanghai(4, 21)
    early = contact()
    for quiet, zone, until in (
        (None, None, None),
        ((time(20), time(7)), None, shanghai(5, 7)),
        (None, "Asia/Tokyo", shanghai(5, 7)),  # 22:00 in Tokyo is 21:00 here
        ((time(20), time(7)), "Asia/Tokyo", shanghai(5, 6)),
        ((time(0), time(0)), None, None),
    ):
        night = quiet_of(replace(early, quiet=quiet, timezone=zone), QUIET)
        assert (None if night is None else quiet_until(night, evening)) == until


def test_a_night_of_their_own_needs_none_of_the_policy() -> None:
    assert quiet_of(replace(contact(), timezone="Asia/Tokyo"), None) is None
    night = quiet_of(replace(contact(), quiet=(time(23), time(6))), None)
    assert night is not None
    assert quiet_until(night, shanghai(5, 3)) == shanghai(5, 6)


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
    early = Digest.validate({"at": "07:00"})
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


def test_staff_hear_of_customers_below_zero_by_mail_and_of_what_they_alone_can_mend_on_every_channel() -> None:
    assert task_channels(TaskKind.OVERDUE, WANG) == (ChannelName.MAIL,)
    assert task_channels(TaskKind.OVERDUE, replace(WANG, mail=None)) == (ChannelName.SMS, ChannelName.MAIL)
    assert task_channels(TaskKind.UNACKNOWLEDGED, WANG) == (ChannelName.SMS, ChannelName.MAIL)


def test_a_task_is_the_same_message_whoever_comes_upon_it() -> None:
    task = StaffTask(TaskKind.CHANNEL_DOWN, "sms:isv.OUT_OF_SERVICE:2026-03-04", "1", Level.WARNING, "短信")
    again = replace(task, account_id="2", level=Level.CRITICAL)
    assert task_id(task, WANG, ChannelName.MAIL) == task_id(again, WANG, ChannelName.MAIL)
    assert task_id(task, WANG, ChannelName.MAIL) != task_id(task, LI, ChannelName.MAIL)


def test_the_service_itself_is_spoken_of_on_every_channel() -> None:
    assert channels_for(Topic.UNREADABLE, Level.HEALTHY, POLICY) == (ChannelName.SMS, ChannelName.MAIL)
    assert channels_for(Topic.RECOVERED, Level.HEALTHY, POLICY) == (ChannelName.MAIL,)
