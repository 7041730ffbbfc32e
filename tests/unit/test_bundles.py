"""Several accounts of one person's in one message: who is gathered, and how members share the bundle's fate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import bundles, delivery
from shared.config import BundleSettings
from shared.delivery import ENDS, Step
from shared.errors import Deferred, Refused, Unknown
from shared.model import (
    BUNDLES,
    ChannelName,
    DeliveryStatus,
    Language,
    Level,
    MailContent,
    Message,
    Receipt,
    Summary,
    Topic,
)
from shared.notifications import bundle_id
from tests.builders import DAY, HOUR, NOON, message

if TYPE_CHECKING:
    from collections.abc import Sequence

LEASE = timedelta(minutes=6)
MINUTE = timedelta(minutes=1)
SETTINGS = BundleSettings(sms_from=3, mail_from=2)
ACCOUNTS = st.sampled_from([f"{n:016}" for n in range(1, 7)])
PHONES = st.sampled_from(["13800000001", "13800000002"])


def member(account: int | str = 1, *, channel: ChannelName = ChannelName.SMS, **changes: Any) -> Message:
    """A message of its own account's, to the same person as all others."""
    uid = f"{account:016}" if isinstance(account, int) else account
    content = message().content if channel is ChannelName.SMS else MailContent("额度", "<p/>", "额度")
    mail = channel is ChannelName.MAIL
    summary = Summary(Language.CHINESE, f"客户{uid}", NOON, "明天", NOON + DAY, digest=mail)
    known = replace(message(), message_id=f"M{uid}", account_id=uid, channel=channel, content=content, summary=summary)
    return replace(known, **changes)


def mails(*accounts: int, **changes: Any) -> list[Message]:
    return [member(n, channel=ChannelName.MAIL, **changes) for n in accounts]


def bundle_of(members: Sequence[Message], status: DeliveryStatus = DeliveryStatus.PENDING, **changes: Any) -> Message:
    ids = tuple((m.account_id, m.message_id) for m in members)
    one = replace(message(status), message_id="B", account_id=BUNDLES, topic=Topic.BUNDLE, members=ids, reason="OK")
    return replace(one, **changes)


def gathered(one: Message | None = None) -> Message:
    return bundles.gathered(one or member(), "B", NOON + LEASE, NOON)


# ---------------------------------------------------------------- who is gathered


def test_so_many_accounts_of_one_number_become_one_sms() -> None:
    assert bundles.groups([member(1), member(2)], SETTINGS) == []
    (group,) = bundles.groups([member(1), member(2), member(3)], SETTINGS)
    assert {m.account_id for m in group} == {f"{n:016}" for n in (1, 2, 3)}


def test_mails_have_a_number_of_their_own() -> None:
    assert len(bundles.groups(mails(1, 2), SETTINGS)) == 1
    assert bundles.groups(mails(1), SETTINGS) == []


@pytest.mark.parametrize("settings", [BundleSettings(sms_from=None, mail_from=None)])
def test_what_is_turned_off_is_never_bundled(settings: BundleSettings) -> None:
    assert bundles.groups([member(n) for n in range(1, 6)] + mails(1, 2, 3), settings) == []


@pytest.mark.parametrize(
    "other",
    [
        {"summary": None},
        {"attempts": 1, "first_sent_at": NOON},
        {"first_sent_at": NOON},
        {"status": DeliveryStatus.RESERVED},
        {"status": DeliveryStatus.SENDING},
        {"status": DeliveryStatus.BUNDLED},
        {"status": DeliveryStatus.DELIVERED},
        {"topic": Topic.RECOVERED},
        {"topic": Topic.TASK},
        {"address": "13800000009"},
        {"contact": "李明"},
        {"channel": ChannelName.MAIL},
        {"account_id": f"{2:016}"},
    ],
)
def test_some_messages_go_by_themselves(other: dict[str, Any]) -> None:
    assert bundles.groups([member(1), member(2), member(3, **other)], SETTINGS) == []


def test_a_mail_that_does_not_wait_for_the_digest_goes_by_itself() -> None:
    urgent = member(2, channel=ChannelName.MAIL)
    assert urgent.summary is not None
    urgent = replace(urgent, summary=replace(urgent.summary, digest=False))
    assert bundles.groups([*mails(1), urgent], SETTINGS) == []


def test_a_message_that_a_limit_held_back_may_still_be_gathered() -> None:
    held = [delivery.held(one, NOON, "limits.mails_per_day used up", NOON) for one in mails(1, 2)]
    assert len(bundles.groups(held, SETTINGS)) == 1


def test_all_clears_by_mail_are_gathered_with_the_rest() -> None:
    assert len(bundles.groups([*mails(1), *mails(2, topic=Topic.RECOVERED, level=Level.HEALTHY)], SETTINGS)) == 1


def test_the_most_urgent_comes_first_and_of_these_what_ends_first() -> None:
    later, critical, first = member(1), member(2, level=Level.CRITICAL), member(3)
    assert first.summary is not None
    first = replace(first, summary=replace(first.summary, ends_at=NOON + HOUR))
    (group,) = bundles.groups([later, critical, first], SETTINGS)
    assert group == (critical, first, later)


def test_an_account_is_in_a_bundle_once_with_its_newest_word() -> None:
    newer = member(1, message_id="N", queued_at=NOON + HOUR, level=Level.CRITICAL)
    (group,) = bundles.groups([member(1), newer, member(2), member(3)], SETTINGS)
    assert group[0] == newer
    assert len(group) == 3


@given(st.lists(st.tuples(ACCOUNTS, PHONES, st.sampled_from(Level), st.integers(0, 5)), max_size=20), st.randoms())
def test_the_order_of_what_is_due_changes_nothing(rows: list[tuple[str, str, Level, int]], random: Any) -> None:
    due = [
        member(uid, address=phone, level=level, message_id=f"M{n}", queued_at=NOON + hours * HOUR)
        for n, (uid, phone, level, hours) in enumerate(rows)
    ]
    shuffled = random.sample(due, len(due))
    assert bundles.groups(shuffled, SETTINGS) == bundles.groups(due, SETTINGS)


@given(st.lists(st.tuples(ACCOUNTS, PHONES), max_size=20))
def test_a_message_is_in_one_bundle_and_an_account_in_each_once(rows: list[tuple[str, str]]) -> None:
    groups = bundles.groups([member(uid, address=to, message_id=f"M{n}") for n, (uid, to) in enumerate(rows)], SETTINGS)
    ids = [m.message_id for group in groups for m in group]
    assert len(ids) == len(set(ids))
    for group in groups:
        assert len({m.account_id for m in group}) == len(group) >= 3
        assert len({(m.address, m.contact, m.channel) for m in group}) == 1


def test_a_bundle_does_not_grow_beyond_what_a_mail_holds() -> None:
    groups = bundles.groups(mails(*range(bundles.LARGEST + 1)), SETTINGS)
    assert [len(group) for group in groups] == [bundles.LARGEST]  # the last one goes by itself


# ---------------------------------------------------------------- ids


def test_a_bundles_id_comes_from_what_was_read_and_not_from_its_own_message() -> None:
    assert bundle_id(member(1)) == bundle_id(member(1, due=NOON + HOUR, reason="later"))
    assert len({bundle_id(member(1)), bundle_id(member(1, version=2)), bundle_id(member(2)), "M1"}) == 4


# ---------------------------------------------------------------- a member


def test_a_marked_member_looks_at_its_bundle_when_the_lease_is_over() -> None:
    marked = gathered()
    assert (marked.status, marked.due, marked.bundled_in) == (DeliveryStatus.BUNDLED, NOON + LEASE, "B")
    assert delivery.next_step(marked) is Step.FOLLOW


def test_a_member_whose_run_died_before_it_queued_the_bundle_is_free_again() -> None:
    free = bundles.following(gathered(), None, NOON + LEASE)
    assert (delivery.next_step(free), free.due, free.attempts) == (Step.SEND, NOON + LEASE, 0)


def test_a_bundle_that_does_not_name_a_member_does_not_carry_it() -> None:
    free = bundles.following(gathered(), bundle_of([member(2)], DeliveryStatus.DELIVERED), NOON + LEASE)
    assert free.status is DeliveryStatus.PENDING


@pytest.mark.parametrize("end", sorted(ENDS - {DeliveryStatus.REPLACED, DeliveryStatus.SPARED}))
def test_a_member_takes_over_the_end_of_its_bundle(end: DeliveryStatus) -> None:
    bundle = bundle_of([member()], end, provider_id="biz-1", attempts=1, first_sent_at=NOON)
    done = bundles.following(gathered(), bundle, NOON + HOUR)
    assert (done.status, done.provider_id, done.first_sent_at) == (end, "biz-1", NOON)
    assert delivery.next_step(done) is Step.CLOSE


@pytest.mark.parametrize("status", sorted(set(DeliveryStatus) - ENDS))
def test_a_member_waits_as_long_as_its_bundle_does(status: DeliveryStatus) -> None:
    bundle = bundle_of([member()], status, due=NOON + 5 * HOUR)
    waiting = bundles.following(gathered(), bundle, NOON + HOUR)
    assert (waiting.status, waiting.due) == (DeliveryStatus.BUNDLED, bundle.due)
    overdue = bundles.following(gathered(), bundle, NOON + 6 * HOUR)
    assert overdue.due > NOON + 6 * HOUR


def test_waiting_is_told_once() -> None:
    bundle, waiting = bundle_of([member()], DeliveryStatus.SENT), gathered()
    for hours in range(1, 5):
        waiting = bundles.following(waiting, bundle, NOON + hours * HOUR)
    assert [status for _, status, _ in waiting.history] == [DeliveryStatus.BUNDLED]


def test_a_member_with_nothing_to_be_bundled_with_goes_out_at_once() -> None:
    alone = bundles.let_go(gathered(), NOON)
    assert (delivery.next_step(alone), alone.due) == (Step.SEND, NOON)


# ---------------------------------------------------------------- a bundle


def test_a_bundle_that_its_run_did_not_send_is_dissolved_and_never_sent_late() -> None:
    assert delivery.next_step(bundle_of([member()])) is Step.DISSOLVE
    assert delivery.next_step(delivery.held(bundle_of([member()]), NOON, "", NOON)) is Step.DISSOLVE


def test_a_bundle_that_was_never_handed_over_frees_members_for_another() -> None:
    gone = bundles.dissolved(bundle_of([member()]), NOON)
    free = bundles.following(gathered(), gone, NOON)
    assert (free.status, free.attempts, free.first_sent_at) == (DeliveryStatus.PENDING, 0, None)
    others = [member(2), member(3)]
    assert len(bundles.groups([free, *others], SETTINGS)) == 1


def deferred() -> Message:
    claim = delivery.claimed(bundle_of([member()]), NOON, LEASE)
    return delivery.deferred(claim, Deferred("Throttling.User", NOON + MINUTE), NOON)


def test_a_bundle_that_the_provider_put_off_is_asked_after_and_then_dissolved() -> None:
    later = deferred()
    assert delivery.next_step(later) is Step.ASK
    absent = delivery.not_found(later, NOON + HOUR)
    assert delivery.next_step(absent) is Step.DISSOLVE
    free = bundles.following(gathered(), bundles.dissolved(absent, NOON + HOUR), NOON + HOUR)
    assert (free.attempts, free.first_sent_at) == (0, None)


def test_members_of_a_bundle_that_was_perhaps_taken_are_not_bundled_again() -> None:
    claim = delivery.claimed(bundle_of([member()]), NOON, LEASE)
    doubtful = delivery.doubtful(claim, Unknown("timeout"), NOON)
    absent = delivery.not_found(doubtful, NOON + delivery.TRUST_ABSENCE_AFTER)
    free = bundles.following(gathered(), bundles.dissolved(absent, NOON + HOUR), NOON + HOUR)
    assert (free.attempts, free.first_sent_at) == (1, NOON)
    assert delivery.next_step(free) is Step.SEND
    assert bundles.groups([free, member(2), member(3)], SETTINGS) == []


def test_a_refused_bundle_lets_the_stand_ins_of_its_members_go() -> None:
    claim = delivery.claimed(bundle_of([member()]), NOON, LEASE)
    end = delivery.refused(claim, Refused("isv.MOBILE_NUMBER_ILLEGAL"), NOON)
    done = bundles.following(gathered(), end, NOON)
    stand_in = replace(member(status=DeliveryStatus.RESERVED), message_id="S", stands_in_for=done.message_id)
    assert done.status in delivery.BAD_ENDS
    assert delivery.standing_in(stand_in, done, NOON).status is DeliveryStatus.PENDING


def test_a_stand_in_leaves_a_bundled_message_its_time_from_the_bundle_on() -> None:
    patience = timedelta(minutes=30)
    waited = gathered(member(queued_at=NOON - 20 * HOUR))
    stand_in = replace(member(status=DeliveryStatus.RESERVED), stands_in_for=waited.message_id, patience=patience)
    assert delivery.standing_in(stand_in, waited, NOON + 29 * MINUTE).due == NOON + patience
    assert delivery.standing_in(stand_in, waited, NOON + patience).status is DeliveryStatus.PENDING


def test_the_end_of_a_warning_is_heard_by_who_was_told_within_a_bundle() -> None:
    warned = gathered(member(contact="王丽"))
    over = member(1, topic=Topic.RECOVERED, message_id="R", queued_at=NOON + HOUR)
    assert delivery.outdated(over, [warned, over]) is None


# ---------------------------------------------------------------- whatever happens


class Story:
    """A member and its bundle, taken through whatever a provider says, until both have their end."""

    def __init__(self) -> None:
        self.now = NOON
        self.member = gathered()
        self.bundle = delivery.claimed(bundle_of([member()], due=NOON + LEASE), NOON, LEASE)
        self.accepted = 0

    def provider(self, said: str) -> None:
        claim, now = self.bundle, self.now
        if said == "accepted":
            self.accepted += 1
            self.bundle = delivery.accepted(claim, "biz-1", now)
        elif said == "refused":
            self.bundle = delivery.refused(claim, Refused("isv.MOBILE_NUMBER_ILLEGAL"), now)
        elif said == "deferred":
            self.bundle = delivery.deferred(claim, Deferred("Throttling.User", now + HOUR), now)
        else:
            self.accepted += said == "lost reply"
            self.bundle = delivery.doubtful(claim, Unknown("timeout"), now)

    def go_on(self) -> None:
        self.now = max(self.now, self.bundle.due)
        step = delivery.next_step(self.bundle)
        if step is Step.DISSOLVE:
            self.bundle = bundles.dissolved(self.bundle, self.now)
        elif step is Step.ASK and not self.accepted:
            self.bundle = delivery.not_found(self.bundle, self.now)
        elif step is Step.ASK:
            receipt = Receipt(DeliveryStatus.DELIVERED, "biz-1")
            self.bundle = delivery.found(self.bundle, receipt, self.now)


@pytest.mark.parametrize("said", ["accepted", "refused", "deferred", "no answer", "lost reply"])
def test_a_member_is_told_once_or_free_to_be_told(said: str) -> None:
    story = Story()
    story.provider(said)
    for _ in range(20):
        if story.member.status is DeliveryStatus.BUNDLED:
            story.go_on()
            story.member = bundles.following(story.member, story.bundle, story.now)
    told = story.member.status is DeliveryStatus.DELIVERED
    assert told == bool(story.accepted)
    assert story.member.status in (
        {DeliveryStatus.DELIVERED} if story.accepted else {DeliveryStatus.PENDING, DeliveryStatus.REFUSED}
    )
