"""The life of a message: every way through the machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared import delivery
from shared.delivery import Step
from shared.errors import Deferred, Refused, Unknown
from shared.model import ChannelName, DeliveryStatus, Message, Receipt, Topic
from tests.builders import DAY, HOUR, NOON, message

LEASE = timedelta(minutes=6)
MINUTE = timedelta(minutes=1)


def sending() -> Message:
    return delivery.claimed(message(), NOON, LEASE)


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (DeliveryStatus.PENDING, Step.SEND),
        (DeliveryStatus.DEFERRED, Step.SEND),
        (DeliveryStatus.SENDING, Step.ASK),
        (DeliveryStatus.UNKNOWN, Step.ASK),
        (DeliveryStatus.SENT, Step.ASK),
        (DeliveryStatus.REFUSED, Step.CLOSE),
        (DeliveryStatus.DELIVERED, Step.CLOSE),
        (DeliveryStatus.UNDELIVERED, Step.CLOSE),
        (DeliveryStatus.UNCONFIRMED, Step.CLOSE),
        (DeliveryStatus.SPARED, Step.CLOSE),
        (DeliveryStatus.REPLACED, Step.CLOSE),
        (DeliveryStatus.RESERVED, Step.STAND_IN),
        (DeliveryStatus.BUNDLED, Step.FOLLOW),
    ],
)
def test_every_status_has_its_next_step(status: DeliveryStatus, step: Step) -> None:
    assert delivery.next_step(message(status)) is step


def test_a_claim_is_ours_until_the_lease_ends() -> None:
    assert (sending().due, sending().attempts, sending().first_sent_at) == (NOON + LEASE, 1, NOON)


def test_an_accepted_message_is_asked_after_once_receipts_are_there() -> None:
    sent = delivery.accepted(sending(), "biz-1", NOON)
    assert (sent.status, sent.provider_id) == (DeliveryStatus.SENT, "biz-1")
    assert sent.due > NOON


def test_a_deferred_message_was_no_attempt() -> None:
    later = delivery.deferred(sending(), Deferred("isv.BUSINESS_LIMIT_CONTROL", NOON + DAY), NOON)
    assert (later.status, later.due, later.attempts) == (DeliveryStatus.DEFERRED, NOON + DAY, 0)


def throttled() -> Message:
    return delivery.deferred(sending(), Deferred("Throttling.User", NOON + MINUTE), NOON)


def test_a_deferred_message_is_sent_once_the_provider_does_not_show_it() -> None:
    again = delivery.not_found(throttled(), NOON + MINUTE)
    assert (delivery.next_step(again), again.due, again.attempts) == (Step.SEND, NOON + MINUTE, 0)


def test_a_deferred_message_that_the_provider_shows_is_not_sent_again() -> None:
    known = delivery.found(throttled(), Receipt(DeliveryStatus.SENT, "biz-9"), NOON + MINUTE)
    assert (known.status, known.attempts) == (DeliveryStatus.SENT, 1)


def test_a_deferred_message_that_cannot_be_looked_for_stays_deferred() -> None:
    later = delivery.unasked(throttled(), Unknown("timeout"), NOON + MINUTE)
    assert later.status is DeliveryStatus.DEFERRED
    assert later.due > NOON + MINUTE


def test_a_refusal_is_final_and_keeps_the_providers_code() -> None:
    end = delivery.refused(sending(), Refused("isv.MOBILE_NUMBER_ILLEGAL"), NOON)
    assert (end.status, end.reason) == (DeliveryStatus.REFUSED, "isv.MOBILE_NUMBER_ILLEGAL")


def test_a_doubtful_message_is_not_sent_again_before_its_absence_can_be_trusted() -> None:
    doubtful = delivery.doubtful(sending(), Unknown("timeout"), NOON)
    early = delivery.not_found(doubtful, NOON + 5 * MINUTE)
    assert early.status is DeliveryStatus.UNKNOWN
    assert early.due == NOON + delivery.TRUST_ABSENCE_AFTER


def test_a_message_that_the_provider_never_took_is_sent_again() -> None:
    doubtful = delivery.doubtful(sending(), Unknown("timeout"), NOON)
    again = delivery.not_found(doubtful, NOON + delivery.TRUST_ABSENCE_AFTER)
    assert delivery.next_step(again) is Step.SEND


def test_a_claim_that_outlived_its_lease_is_looked_for_and_not_sent() -> None:
    abandoned = sending()
    assert delivery.next_step(abandoned) is Step.ASK
    assert delivery.not_found(abandoned, NOON + LEASE).status is DeliveryStatus.UNKNOWN


def test_attempts_are_bounded() -> None:
    current, now, sends = message(), NOON, 0
    while delivery.next_step(current) is not Step.CLOSE:
        if delivery.next_step(current) is Step.SEND:
            sends += 1
            current = delivery.doubtful(delivery.claimed(current, now, LEASE), Unknown("timeout"), now)
        else:
            current = delivery.not_found(current, now)
        now = max(now, current.due)
    assert (sends, current.status) == (delivery.MAX_ATTEMPTS, DeliveryStatus.UNCONFIRMED)


@pytest.mark.parametrize("status", [DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED])
def test_a_receipt_ends_it(status: DeliveryStatus) -> None:
    sent = delivery.accepted(sending(), "biz-1", NOON)
    assert delivery.found(sent, Receipt(status, "biz-1", "DELIVERED"), NOON + HOUR).status is status


def test_a_doubtful_message_that_the_provider_shows_was_sent_once() -> None:
    doubtful = delivery.doubtful(sending(), Unknown("timeout"), NOON)
    known = delivery.found(doubtful, Receipt(DeliveryStatus.SENT, "biz-9"), NOON + 5 * MINUTE)
    assert (known.status, known.provider_id, known.attempts) == (DeliveryStatus.SENT, "biz-9", 1)


def test_receipts_are_waited_for_at_growing_distances_and_not_for_ever() -> None:
    sent, now, asked = delivery.accepted(sending(), "biz-1", NOON), NOON, 0
    while sent.status is DeliveryStatus.SENT:
        now, asked = sent.due, asked + 1
        sent = delivery.not_found(sent, now)
    assert sent.status is DeliveryStatus.UNCONFIRMED
    assert asked < 15
    assert now - NOON >= delivery.RECEIPT_WITHIN


def test_a_provider_that_cannot_be_asked_decides_nothing() -> None:
    doubtful = delivery.doubtful(sending(), Unknown("timeout"), NOON)
    later = delivery.unasked(doubtful, Unknown("connection refused"), NOON + 30 * MINUTE)
    assert later.status is DeliveryStatus.UNKNOWN
    assert later.attempts == 1


def test_the_history_tells_every_transition_once() -> None:
    sent = delivery.accepted(sending(), "biz-1", NOON)
    asked = delivery.not_found(delivery.not_found(sent, NOON + HOUR), NOON + 3 * HOUR)
    assert [status for _, status, _ in asked.history] == ["sending", "sent", "sent"]


PATIENCE = timedelta(minutes=30)


def reserved() -> Message:
    stand_in = replace(message(DeliveryStatus.RESERVED), message_id="B", stands_in_for="A", patience=PATIENCE)
    return replace(stand_in, due=NOON + PATIENCE)


@pytest.mark.parametrize(
    ("first", "after"),
    [
        (DeliveryStatus.DELIVERED, DeliveryStatus.SPARED),
        (DeliveryStatus.SPARED, DeliveryStatus.SPARED),
        (DeliveryStatus.REFUSED, DeliveryStatus.PENDING),
        (DeliveryStatus.UNDELIVERED, DeliveryStatus.PENDING),
        (DeliveryStatus.UNCONFIRMED, DeliveryStatus.PENDING),
        (DeliveryStatus.REPLACED, DeliveryStatus.PENDING),
        (DeliveryStatus.DEFERRED, DeliveryStatus.PENDING),
        (DeliveryStatus.SENT, DeliveryStatus.PENDING),
        (DeliveryStatus.UNKNOWN, DeliveryStatus.PENDING),
    ],
)
def test_a_stand_in_goes_out_if_the_first_did_not_arrive_in_its_time(
    first: DeliveryStatus, after: DeliveryStatus
) -> None:
    assert delivery.standing_in(reserved(), message(first), NOON + PATIENCE).status is after


def test_a_first_message_that_was_only_just_handed_over_keeps_its_time() -> None:
    late = delivery.accepted(delivery.claimed(message(), NOON + 20 * MINUTE, LEASE), "biz-1", NOON + 20 * MINUTE)
    waiting = delivery.standing_in(reserved(), late, NOON + PATIENCE)
    assert (waiting.status, waiting.due) == (DeliveryStatus.RESERVED, NOON + 50 * MINUTE)


def test_a_first_message_that_waits_for_the_morning_keeps_its_time() -> None:
    asleep = replace(message(), due=NOON + 10 * HOUR)
    waiting = delivery.standing_in(reserved(), asleep, NOON + PATIENCE)
    assert (waiting.status, waiting.due) == (DeliveryStatus.RESERVED, NOON + 10 * HOUR + PATIENCE)


def test_a_stand_in_whose_first_message_is_gone_goes_out() -> None:
    assert delivery.standing_in(reserved(), None, NOON + PATIENCE).status is DeliveryStatus.PENDING


def test_only_a_message_that_was_not_handed_over_gives_way() -> None:
    ways = {status for status in DeliveryStatus if delivery.gives_way(message(status))}
    assert ways == {DeliveryStatus.PENDING, DeliveryStatus.DEFERRED}


def queued(minutes: int, status: DeliveryStatus, topic: Topic = Topic.LEVEL) -> Message:
    at = NOON + minutes * MINUTE
    sent_at = None if status in {DeliveryStatus.PENDING, DeliveryStatus.REPLACED} else at
    return replace(message(status, queued_at=at), message_id=f"M{minutes}", topic=topic, first_sent_at=sent_at)


def test_a_message_that_waited_gives_way_to_a_newer_one_to_the_same_person() -> None:
    held, newer = queued(0, DeliveryStatus.PENDING), queued(300, DeliveryStatus.SENT)
    assert delivery.outdated(held, [held, newer]) is not None
    assert delivery.outdated(newer, [held, newer]) is None
    assert delivery.outdated(held, [held, replace(newer, contact="李明")]) is None
    assert delivery.outdated(held, [held, queued(300, DeliveryStatus.RESERVED)]) is None


def test_a_warning_that_waited_does_not_go_out_once_the_account_is_well() -> None:
    held = queued(0, DeliveryStatus.PENDING)
    assert delivery.outdated(held, [held]) is None
    assert delivery.outdated(held, [held], well=True) is not None


def test_a_stand_in_gives_way_to_any_newer_notice() -> None:
    stand_in = replace(queued(0, DeliveryStatus.PENDING), stands_in_for="M1")
    assert (
        delivery.outdated(stand_in, [stand_in, replace(queued(300, DeliveryStatus.SENT), contact="李明")]) is not None
    )


def test_nobody_hears_of_the_end_of_a_warning_that_never_went_out() -> None:
    over = queued(300, DeliveryStatus.PENDING, Topic.RECOVERED)
    assert delivery.outdated(over, [queued(0, DeliveryStatus.REPLACED), over]) is not None
    assert delivery.outdated(over, [queued(0, DeliveryStatus.DELIVERED), over]) is None
    by_mail = replace(queued(0, DeliveryStatus.DELIVERED), channel=ChannelName.MAIL)
    assert delivery.outdated(over, [by_mail, over]) is None
    ended = queued(60, DeliveryStatus.DELIVERED, Topic.RECOVERED)
    held = queued(200, DeliveryStatus.REPLACED)
    assert delivery.outdated(over, [queued(0, DeliveryStatus.DELIVERED), ended, held, over]) is not None
