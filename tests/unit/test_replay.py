"""What a configuration would have told, replayed over stored hours."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit import Word, WordEntry
from shared.config import OwnAccount, Policy, QuietHours, RunwayLines
from shared.consequences_data import RULES
from shared.errors import InvalidInput
from shared.model import Account, Level, PaidAfter, Topic
from shared.replay import Past, replay
from shared.silences import Selector, Silence, new_silence
from tests.builders import DAY, HOUR, NOON, account, contact
from tests.unit.replay_cases import LEGS, POLICIES, RECORDS, SILENCES, WORDS, Leg, config, falling, past, snapshots

PLAIN = config()


@settings(max_examples=300, deadline=None)
@given(POLICIES, LEGS, RECORDS, WORDS, SILENCES, st.sampled_from([30.0, 400.0, 700.0, 1500.0]))
def test_passing_over_hours_tells_what_asking_in_every_hour_tells(
    policy: Policy,
    legs: list[Leg],
    record: tuple[PaidAfter, ...],
    words: tuple[WordEntry, ...],
    silences: tuple[Silence, ...],
    start: float,
) -> None:
    whole = replace(past(start, *legs, record=record), products=RULES[:3], words=words, silences=silences)
    short, full = replay(whole, config(policy)), replay(whole, config(policy), every_hour=True)
    assert short.tellings == full.tellings
    assert (short.hours, short.unread, short.left_out) == (full.hours, full.unread, full.left_out)
    assert full.asked == full.hours


def test_most_hours_are_passed_over() -> None:
    found = replay(past(4000, Leg(24 * 39)), PLAIN)
    assert found.hours == 24 * 39
    assert found.asked < found.hours / 20


def test_people_are_told_in_the_hour_in_which_a_line_is_crossed_and_when_it_is_time_to_repeat_it() -> None:
    found = replay(past(1000, Leg(24 * 9)), PLAIN)
    told = [(one.at - NOON, one.level, one.reason) for one in found.tellings if one.topic is Topic.LEVEL]
    assert told == [
        (3 * DAY, Level.WARNING, "worsened"),
        (6 * DAY, Level.WARNING, "repeated"),
        (8 * DAY, Level.CRITICAL, "worsened"),
    ]


def test_messages_are_counted_by_person_and_channel() -> None:
    one_of_each = config(tell={"warning": ("sms",), "critical": ("sms", "mail")}, repeat_after={"warning": None})
    found = replay(past(1000, Leg(24 * 9)), one_of_each)
    assert [(one.level, one.sms, one.mails) for one in found.tellings if one.topic is Topic.LEVEL] == [
        (Level.WARNING, 2, 0),
        (Level.CRITICAL, 2, 2),
    ]


def test_staff_are_counted_where_a_task_is_theirs() -> None:
    found = replay(past(1000, Leg(24 * 9)), config(reach={"staff_after": {"critical": 4}}))
    assert [(one.at - NOON, one.sms, one.mails) for one in found.tellings if one.topic is Topic.TASK] == [
        (8 * DAY + 4 * HOUR, 1, 1)
    ]


def test_what_happens_below_zero_is_a_mail_to_staff_besides_and_no_sms() -> None:
    found = replay(past(100, Leg(24 * 3)), config(repeat_after={"overdue": None}))
    (overdue,) = (one for one in found.tellings if one.level is Level.OVERDUE and one.topic is Topic.LEVEL)
    assert (overdue.sms, overdue.mails) == (2, 3)


def test_what_people_said_then_holds_then() -> None:
    hours, plain = past(1000, Leg(24 * 9)), config(reach={"staff_after": {"critical": None}})
    who_knew = WordEntry("1000000000000001", NOON + 4 * DAY, Word.KNOWN, Level.WARNING, "王丽")
    paying = WordEntry("1000000000000001", NOON + 5.9 * DAY, Word.PAYING, Level.WARNING, "王丽", NOON + 7 * DAY)
    told = [3 * DAY, 6 * DAY, 8 * DAY]
    assert [one.at - NOON for one in replay(hours, plain).tellings] == told
    known = replay(replace(hours, words=(who_knew,)), plain).tellings
    assert [(one.at - NOON, one.level) for one in known] == [(3 * DAY, Level.WARNING), (8 * DAY, Level.CRITICAL)]
    waited = replay(replace(hours, words=(paying,)), plain).tellings
    assert [one.at - NOON for one in waited] == [3 * DAY, 7 * DAY, 8 * DAY]


def test_what_was_said_of_an_account_that_this_configuration_has_as_well_counts_for_nothing() -> None:
    early = WordEntry("1000000000000001", NOON + DAY, Word.KNOWN, Level.WARNING, "王丽")
    hours = past(1000, Leg(24 * 9))
    assert replay(replace(hours, words=(early,)), PLAIN).tellings == replay(hours, PLAIN).tellings


def test_what_was_silenced_then_is_told_at_the_end_of_the_silence() -> None:
    muted = new_silence(Selector(), "李雷", "机房搬迁", NOON + 2 * DAY, NOON + 5 * DAY)
    another = new_silence(Selector(("1000000000000009",)), "李雷", "机房搬迁", NOON, NOON + 9 * DAY)
    hours = past(1000, Leg(24 * 6))
    assert [one.at - NOON for one in replay(replace(hours, silences=(muted,)), PLAIN).tellings] == [5 * DAY]
    assert [one.at - NOON for one in replay(replace(hours, silences=(another,)), PLAIN).tellings] == [3 * DAY]


def test_a_receipt_without_an_approved_text_is_a_mail() -> None:
    sms = PLAIN.messages.sms
    approved = {key: code for key, code in sms.templates.items() if key != "receipt"}
    told = {"warning": ("sms", "mail"), "receipt": ("sms",)}
    with_code = config(tell=told)
    settings = replace(PLAIN.messages, sms=replace(sms, templates=approved, templates_en=None))
    without = replace(with_code, messages=settings)
    paid = past(300, Leg(3), Leg(3, paid=100))
    for given_config, expected in ((with_code, (2, 0)), (without, (0, 2))):
        (receipt,) = (one for one in replay(paid, given_config).tellings if one.topic is Topic.RECEIPT)
        assert (receipt.sms, receipt.mails) == expected


def test_what_waits_for_the_morning_is_heard_in_the_morning() -> None:
    at_night = config(quiet=QuietHours())
    found = replay(past(1000 + 100 / 24 * 12, Leg(24 * 5)), at_night)
    (warning,) = found.tellings
    assert (warning.at - NOON, warning.heard_at - NOON) == (3.5 * DAY, 3.5 * DAY + 8 * HOUR)


def test_an_account_that_cannot_be_read_is_told_to_staff() -> None:
    found = replay(past(9000, Leg(5), Leg(4, fails=True), Leg(5)), PLAIN)
    assert (found.hours, found.unread) == (10, 4)
    assert [(one.topic, one.at - NOON, one.sms, one.mails) for one in found.tellings] == [
        (Topic.UNREADABLE, 7 * HOUR, 1, 1)
    ]


def test_hours_that_an_older_program_stored_are_left_out_and_counted() -> None:
    found = replay(past(100, Leg(30, old=True), Leg(10)), PLAIN)
    assert (found.hours, found.left_out) == (10, 30)
    assert found.tellings[0].at == NOON + 30 * HOUR


def test_a_record_of_payments_counts_from_the_hour_of_the_payment_on() -> None:
    slow = tuple(PaidAfter(NOON - 30 * DAY, NOON + 4 * DAY + n * HOUR) for n in range(3))
    by_risk = config(runway=None, risk={"warning": {"enter_above": Decimal(80), "leave_at": Decimal(60)}})
    found = replay(past(3000, Leg(24 * 6), record=slow), by_risk)
    assert found.tellings[0].at == NOON + 4 * DAY
    assert replay(past(3000, Leg(24 * 6)), by_risk).tellings == ()


def test_the_own_account_is_told_by_the_configuration_that_watches_it() -> None:
    own = Account("1234567890123456", "云桥科技", (), own=True)
    hours = tuple(snapshots(1000, [Leg(24 * 5)]))
    watching = replace(PLAIN, own_account=OwnAccount(account_id=own.account_id, policy="default"))
    assert replay(Past(own, hours), PLAIN).tellings == ()
    assert [one.sms for one in replay(Past(own, hours), watching).tellings] == [1]


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(InvalidInput, match="gold"):
        replay(past(100, Leg(1), of=account("1000000000000001", contact(), policy="gold")), PLAIN)


SPENDS = st.lists(
    st.builds(Leg, hours=st.integers(1, 60), daily=st.sampled_from([20.0, 100.0, 100.0, 180.0])),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(SPENDS, st.floats(2, 12), st.floats(0.1, 5), st.floats(0, 5), st.floats(0, 3))
def test_a_stricter_line_never_tells_later(
    legs: list[Leg], enter: float, band: float, stricter: float, wider: float
) -> None:
    loose = RunwayLines(warning=falling(round(enter, 2), round(enter + band, 2) + 0.01))
    strict = RunwayLines(warning=falling(round(enter + stricter, 2), round(enter + band + stricter + wider, 2) + 0.02))
    whole = past(1200, *legs)
    by_loose, by_strict = (
        next((one.heard_at for one in replay(whole, config(runway=lines)).tellings), None) for lines in (loose, strict)
    )
    assert by_loose is None or (by_strict is not None and by_strict <= by_loose)
