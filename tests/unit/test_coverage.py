"""The proof of coverage: silent in ordinary operation, and loud as soon as one message goes missing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import delivery
from shared.config import Config, Policy, QuietHours, StaffContact, Tell
from shared.coverage import (
    FARTHEST_STEP,
    OVERDUE_AFTER,
    SEEN_WITHIN,
    Sweep,
    Watched,
    covers,
    gaps,
    needs_messages,
    sweep_of,
)
from shared.decisions import Around, decide
from shared.delivery import ENDS, RECEIPT_WITHIN
from shared.findings import Flaw
from shared.masking import address_key
from shared.model import (
    AccountState,
    AlertState,
    DeliveryStatus,
    Level,
    Message,
    Receipt,
    SpendHistory,
    Standing,
    Topic,
)
from shared.notifications import channels_for, due_at
from shared.policy import advance, fail
from shared.silences import Selector, end_now, matching, new_silence
from shared.spend import with_reading
from tests.builders import HOUR, NOON, account, balance, contact, evaluation, figures, history, message
from tests.unit.message_cases import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.model import Account
    from shared.silences import Silence

MINUTE = timedelta(minutes=1)
ALERT = AlertState(
    level=Level.WARNING, since=NOON - 5 * HOUR, told_level=Level.WARNING, told_at=NOON - 5 * HOUR, seen_at=NOON
)


def config(**policy: object) -> Config:
    staff = (StaffContact(name="值班", phone="13800138000", mail="oncall@example.com"),)
    return Config(messages=SETTINGS, staff=staff, policies={"default": Policy.validate(policy)})


def told(status: DeliveryStatus = DeliveryStatus.DELIVERED, **changes: Any) -> Message:
    """A message of the warning that ``ALERT`` speaks of."""
    return replace(message(status, queued_at=NOON - 5 * HOUR), **changes)


def watched(alert: AlertState, *messages: Message, of: Account | None = None) -> Watched:
    one = of or account()
    past = SpendHistory() if alert.failure and not alert.level else history(["100"], end=NOON - 9 * HOUR)
    return Watched(one, AccountState(one.account_id, 3, alert, past).standing, messages)


def found(*those: Watched, now: datetime = NOON, open_: Sequence[Message] = (), **policy: object) -> list[str]:
    return [finding.flaw.value for finding in gaps(those, open_, config(**policy), now)]


# ---------------------------------------------------------------- one account below a line


def test_a_message_that_arrived_covers_its_account() -> None:
    assert found(watched(ALERT, told())) == []


@pytest.mark.parametrize(
    "gone",
    [
        {"level": Level.NOTICE},
        {"topic": Topic.RECOVERED},
        {"topic": Topic.DRILL},
        {"queued_at": NOON - 6 * HOUR},
        {"status": DeliveryStatus.REFUSED},
        {"status": DeliveryStatus.UNDELIVERED},
        {"status": DeliveryStatus.UNCONFIRMED},
        {"status": DeliveryStatus.PENDING, "due": NOON - OVERDUE_AFTER - MINUTE},
        {"status": DeliveryStatus.DEFERRED, "due": NOON + FARTHEST_STEP + MINUTE},
    ],
)
def test_a_message_that_is_no_cover_is_none(gone: dict[str, Any]) -> None:
    assert found(watched(ALERT, told(**gone))) == ["not_told"]


@pytest.mark.parametrize(
    "cover",
    [
        {"level": Level.CRITICAL},
        {"queued_at": NOON - HOUR},
        {"status": DeliveryStatus.PENDING, "due": NOON + 9 * HOUR},
        {"status": DeliveryStatus.SENDING, "due": NOON + 5 * MINUTE},
        {"status": DeliveryStatus.UNKNOWN, "due": NOON - 5 * MINUTE},
        {"status": DeliveryStatus.SENT, "due": NOON + MINUTE, "first_sent_at": NOON - 5 * HOUR},
        {"status": DeliveryStatus.BUNDLED, "due": NOON + MINUTE},
    ],
)
def test_a_message_that_arrived_or_has_a_next_step_is_cover(cover: dict[str, Any]) -> None:
    assert found(watched(ALERT, told(**cover))) == []


def test_one_message_of_many_is_enough() -> None:
    others = (told(DeliveryStatus.REFUSED), told(DeliveryStatus.UNDELIVERED))
    assert found(watched(ALERT, *others, told())) == []
    assert found(watched(ALERT, *others)) == ["not_told"]


def test_a_message_without_receipt_covers_only_as_long_as_receipts_come() -> None:
    sent = told(DeliveryStatus.SENT, first_sent_at=NOON - RECEIPT_WITHIN, due=NOON)
    assert covers(sent, NOON)
    assert not covers(sent, NOON + MINUTE)


def test_a_bundled_message_covers_as_long_as_receipts_come() -> None:
    long_ago = NOON - 2 * RECEIPT_WITHIN
    bundled = told(DeliveryStatus.BUNDLED, queued_at=long_ago, due=NOON)
    assert covers(bundled, NOON)
    assert not covers(replace(bundled, first_sent_at=long_ago), NOON)


def test_who_was_told_of_a_worse_level_knows_of_the_one_that_it_eased_to() -> None:
    eased = replace(ALERT, since=NOON - HOUR)
    assert found(watched(eased, told(level=Level.CRITICAL))) == []
    assert found(watched(eased, told(level=Level.CRITICAL, status=DeliveryStatus.REFUSED))) == ["not_told"]


def test_a_level_that_was_never_told_is_found_whatever_was_told_before() -> None:
    worse = replace(ALERT, level=Level.CRITICAL, since=NOON - HOUR)
    assert found(watched(worse, told())) == ["not_told"]


def test_a_level_that_the_policy_tells_nobody_of_needs_no_message() -> None:
    assert found(watched(ALERT), tell=Tell(warning=()).as_values()) == []


def test_an_account_without_an_address_on_the_channels_of_its_level_is_named() -> None:
    nobody = account("1000000000000002", contact(phone=None, mail=None))
    assert found(watched(ALERT, of=nobody)) == ["nobody_to_tell"]


def test_a_task_for_staff_takes_the_place_of_messages_that_all_came_to_a_bad_end() -> None:
    failed, task = told(DeliveryStatus.UNDELIVERED), told(topic=Topic.TASK)
    assert found(watched(ALERT, failed, task)) == []
    assert found(watched(ALERT, task)) == ["not_told"], "staff were told of something else"
    assert found(watched(ALERT, failed, replace(task, status=DeliveryStatus.REFUSED))) == ["not_told"]
    nobody = account("1000000000000002", contact(phone=None, mail=None))
    assert found(watched(ALERT, task, of=nobody)) == []


def test_an_address_that_the_provider_will_not_take_reaches_nobody() -> None:
    bad = frozenset(map(address_key, ("13800000000", "wang@example.com")))
    (finding,) = gaps([watched(ALERT)], [], config(), NOON, bad)
    assert finding.flaw is Flaw.NOBODY_TO_TELL


def muted(alert: AlertState, *silences: Silence, read_at: datetime = NOON, now: datetime = NOON) -> list[str]:
    """What is found of an account below a line that nobody was told of."""
    past = history(["100"], end=read_at)
    one = Watched(account(), AccountState(account().account_id, 3, replace(alert, seen_at=now), past).standing)
    return [finding.flaw.value for finding in gaps([one], [], config(), now, silences=silences)]


def test_a_silence_in_force_is_a_reason_that_nobody_was_told() -> None:
    assert muted(ALERT) == ["not_told"]
    assert muted(ALERT, silence(NOON - HOUR, NOON + HOUR)) == []


def test_a_silence_is_no_reason_for_a_level_above_it_or_another_account() -> None:
    assert muted(replace(ALERT, level=Level.OVERDUE), silence(NOON - HOUR, NOON + HOUR)) == ["not_told"]
    other = replace(silence(NOON - HOUR, NOON + HOUR), selector=Selector(policy="vip"))
    assert muted(ALERT, other) == ["not_told"]


def test_a_silence_that_is_over_counts_until_the_account_was_read_again() -> None:
    over = silence(NOON - 5 * HOUR, NOON - HOUR / 2)
    assert muted(ALERT, over, read_at=NOON - HOUR) == []
    assert muted(ALERT, over, read_at=NOON - HOUR / 2) == ["not_told"]
    early = end_now(silence(NOON - 5 * HOUR, NOON + 5 * HOUR), "李雷", NOON - HOUR / 2)
    assert muted(ALERT, early, read_at=NOON - HOUR) == []
    assert muted(ALERT, early, read_at=NOON) == ["not_told"]


# ---------------------------------------------------------------- how far a run has come


def swept(*alerts: AlertState | None, now: datetime = NOON + 20 * MINUTE) -> Sweep:
    """Of accounts with these alerts; None for one that was never looked at."""
    accounts = [replace(account(), account_id=f"{number}") for number in range(len(alerts))]
    states = {
        one.account_id: Standing(one.account_id, alert)
        for one, alert in zip(accounts, alerts, strict=True)
        if alert is not None
    }
    return sweep_of([*accounts, replace(account(), account_id="paused", paused=True)], states, now)


def test_a_sweep_counts_who_was_read_within_the_hour() -> None:
    seen, before = AlertState(seen_at=NOON), AlertState(seen_at=NOON - HOUR)
    failed = AlertState(seen_at=NOON, failure="throttled")
    sweep = swept(seen, seen, failed, before, None)
    assert (sweep.accounts, sweep.read, sweep.unreadable, sweep.not_seen) == (5, 2, 1, 2)


def test_nobody_to_look_after_is_a_sweep_of_nobody() -> None:
    assert swept() == Sweep()


def test_a_run_of_the_hour_before_does_not_count_once_the_next_was_due() -> None:
    assert swept(AlertState(seen_at=NOON), now=NOON + HOUR - MINUTE).read == 1
    assert swept(AlertState(seen_at=NOON), now=NOON + HOUR).read == 0


# ---------------------------------------------------------------- seen, readable, moving


def test_an_account_is_missed_after_two_runs() -> None:
    healthy = AlertState(seen_at=NOON - SEEN_WITHIN)
    assert found(watched(healthy)) == []
    assert found(watched(healthy), now=NOON + MINUTE) == ["not_seen"]
    assert found(Watched(account(), None)) == ["not_seen"]


def test_a_paused_account_is_nobodys_business() -> None:
    assert found(Watched(replace(account(), paused=True), None)) == []


def test_an_account_whose_policy_is_gone_is_named() -> None:
    assert found(watched(AlertState(seen_at=NOON), of=account(policy="gone"))) == ["policy_missing"]


UNREADABLE = AlertState(seen_at=NOON, failed_runs=3, failure="access_revoked")


def test_staff_have_to_know_of_an_account_that_stays_unreadable() -> None:
    staff = told(topic=Topic.UNREADABLE, level=Level.HEALTHY)
    assert found(watched(UNREADABLE)) == ["staff_not_told"]
    assert found(watched(UNREADABLE, staff)) == []
    assert found(watched(UNREADABLE, replace(staff, status=DeliveryStatus.REFUSED))) == ["staff_not_told"]
    assert found(watched(replace(UNREADABLE, failed_runs=2))) == []


def test_a_message_of_an_earlier_failure_does_not_tell_of_this_one() -> None:
    alert = replace(ALERT, failed_runs=3, failure="throttled")
    before = told(topic=Topic.UNREADABLE, queued_at=NOON - 10 * HOUR)
    assert found(watched(alert, told(), before)) == ["staff_not_told"]
    assert found(watched(alert, told(), replace(before, queued_at=NOON - HOUR))) == []


def test_a_message_is_stuck_when_its_step_is_long_overdue() -> None:
    due = replace(message(), due=NOON - OVERDUE_AFTER)
    assert found(open_=[due]) == []
    (finding,) = gaps([], [due], config(), NOON + MINUTE)
    assert (finding.flaw, finding.subject, finding.since) == (Flaw.MESSAGE_STUCK, due.message_id, due.due)


def test_messages_are_asked_for_only_where_they_count() -> None:
    assert not needs_messages(None)
    assert not needs_messages(Standing("1", AlertState(seen_at=NOON)))
    assert needs_messages(Standing("1", ALERT))
    assert needs_messages(Standing("1", UNREADABLE))


# ---------------------------------------------------------------- properties


STATUSES = st.sampled_from(DeliveryStatus)
TIMES = st.integers(-200, 200).map(lambda hours: NOON + hours * HOUR)
MESSAGES = st.builds(
    lambda status, level, topic, queued, due: told(
        status, level=level, topic=topic, queued_at=queued, due=due, first_sent_at=queued
    ),
    STATUSES,
    st.sampled_from(Level),
    st.sampled_from(Topic),
    TIMES,
    TIMES,
)
ALERTS = st.builds(
    lambda level, since, told_level, told_at, seen: AlertState(level, since, told_level, told_at, seen_at=seen),
    st.sampled_from(Level),
    TIMES,
    st.sampled_from(Level),
    st.none() | TIMES,
    TIMES,
)


@given(st.lists(st.tuples(ALERTS, st.lists(MESSAGES, max_size=4)), max_size=5), st.randoms(use_true_random=False))
def test_accounts_are_judged_one_by_one(cases: list[tuple[AlertState, list[Message]]], random: object) -> None:
    those = [watched(alert, *messages, of=account(f"10000{n}")) for n, (alert, messages) in enumerate(cases)]
    one_by_one = [finding for one in those for finding in gaps([one], [], config(), NOON)]
    assert gaps(those, [], config(), NOON) == one_by_one
    shuffled = [replace(one, messages=one.messages[::-1]) for one in reversed(those)]
    assert set(gaps(shuffled, [], config(), NOON)) == set(one_by_one)


@given(ALERTS, st.lists(MESSAGES, max_size=4), MESSAGES)
def test_one_more_message_never_uncovers_an_account(alert: AlertState, messages: list[Message], more: Message) -> None:
    before = found(watched(alert, *messages))
    after = found(watched(alert, *messages, more))
    assert set(after) <= set(before)


@given(ALERTS, st.lists(MESSAGES, max_size=4))
def test_an_account_below_a_line_is_silent_only_with_a_message_to_show(
    alert: AlertState, messages: list[Message]
) -> None:
    quiet = "not_told" not in found(watched(alert, *messages))
    if quiet and alert.level > Level.HEALTHY:
        assert any(m.level >= alert.level and (m.status not in ENDS or m.status == "delivered") for m in messages)


@dataclass(slots=True)
class Life:
    """One account through many hours, as check and delivery would lead it; providers deliver everything."""

    policy: Policy
    now: datetime = NOON
    alert: AlertState = field(default_factory=AlertState)
    past: SpendHistory = field(default_factory=SpendHistory)
    messages: list[Message] = field(default_factory=list)
    last: tuple[Message, ...] = ()
    """What the last hour queued."""
    silences: tuple[Silence, ...] = ()

    def hour(self, level: Level | None, after: timedelta = HOUR) -> None:
        """A run that finds ``level``, or cannot read the account (None); then deliveries."""
        self.now += after
        seen = None if level is None else figures(-1 if level >= Level.OVERDUE else 100, self.now)
        if level is None or seen is None:
            advanced = fail(self.alert, "throttled", self.now)
        else:
            self.past = with_reading(self.past, balance(seen.available_amount, self.now))
            advanced = advance(self.alert, evaluation(level), seen)
        muted = None
        if level is not None:
            muted = matching(self.silences, account(), level or self.alert.worst_told, self.now)
        decision = decide(self.alert, advanced, self.policy, seen, Around(silence=muted))
        self.alert, self.last = decision.alert, ()
        if decision.topic is not None:
            self.last = tuple(self._queue(decision.topic))
        delivered = [_delivered(m, self.now) if m.due <= self.now else m for m in (*self.messages, *self.last)]
        self.messages = delivered

    def _queue(self, topic: Topic) -> list[Message]:
        level = self.alert.level
        people = config().staff_contacts if topic in {Topic.UNREADABLE, Topic.TASK} else account().contacts
        due = due_at(level, topic, self.policy.quiet, self.now)
        return [
            told(
                DeliveryStatus.PENDING, topic=topic, level=level, queued_at=self.now, due=due, channel=channel,
                address=address, message_id=f"{self.now.timestamp()} {channel}", history=(),
            )
            for channel in channels_for(topic, level, self.policy)
            for address in filter(None, (person.address(channel) for person in people))
        ]  # fmt: skip

    def watched(self, without: tuple[Message, ...] = ()) -> Watched:
        ids = {m.message_id for m in without}
        kept = [m for m in self.messages if m.message_id not in ids]
        return Watched(account(), AccountState(account().account_id, 1, self.alert, self.past).standing, kept)


def _delivered(one: Message, now: datetime) -> Message:
    if one.status is not DeliveryStatus.PENDING:
        return one
    claimed = delivery.claimed(one, now, MINUTE)
    sent = delivery.accepted(claimed, "1", now)
    return delivery.found(sent, Receipt(DeliveryStatus.DELIVERED, "1"), now)


HOURS = st.lists(
    st.tuples(st.none() | st.sampled_from(Level), st.sampled_from([HOUR, 2 * HOUR, 30 * HOUR])), max_size=40
)
POLICIES = st.sampled_from(
    [
        Policy(),
        Policy(quiet=None),
        Policy(quiet=QuietHours(let_through=Level.SUSPENDED)),
        Policy(max_repeats=0),
        Policy(unreadable_after=1),
        Policy(tell=Tell(notice=(), recovered=())),
    ]
)


@settings(max_examples=200)
@given(HOURS, POLICIES)
def test_ordinary_operation_is_never_found_wanting(hours: list[tuple[Level | None, timedelta]], policy: Policy) -> None:
    life = Life(policy)
    for level, after in hours:
        life.hour(level, after)
        assert gaps([life.watched()], [], Config(messages=SETTINGS, policies={"default": policy}), life.now) == []


def silence(begins: datetime, ends: datetime, up_to: Level = Level.CRITICAL) -> Silence:
    return new_silence(Selector(), "李雷", "搬迁", begins, ends, up_to)


SPANS = st.tuples(st.integers(0, 24), st.integers(1, 24), st.sampled_from(list(Level)[1:]))
SILENCES = st.lists(SPANS, max_size=3).map(
    lambda spans: tuple(silence(NOON + n * HOUR / 2, NOON + (n + long) * HOUR / 2, up_to) for n, long, up_to in spans)
)


@settings(max_examples=200)
@given(HOURS, POLICIES, SILENCES)
def test_silences_are_never_found_wanting_at_any_time_around_them(
    hours: list[tuple[Level | None, timedelta]], policy: Policy, silences: tuple[Silence, ...]
) -> None:
    life = Life(policy, silences=silences)
    whole = Config(messages=SETTINGS, policies={"default": policy})
    for level, after in hours:
        life.hour(level, after)
        for later in (timedelta(0), HOUR / 2):
            assert gaps([life.watched()], [], whole, life.now + later, silences=silences) == []


@settings(max_examples=200)
@given(HOURS, POLICIES)
def test_a_worse_level_whose_messages_are_lost_is_found(
    hours: list[tuple[Level | None, timedelta]], policy: Policy
) -> None:
    life = Life(policy)
    for level, after in hours:
        before = life.alert
        life.hour(level, after)
        if level is not None and life.last and level > max(before.told_level, before.level):
            lost = gaps(
                [life.watched(without=life.last)], [], Config(messages=SETTINGS, policies={"default": policy}), life.now
            )
            assert [finding.flaw for finding in lost] == [Flaw.NOT_TOLD]
