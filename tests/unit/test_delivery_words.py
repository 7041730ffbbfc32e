"""What became of a message is said in Chinese, with the English that programs know beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared import bundles, delivery
from shared.app.delivery_words import outcome_words, why_words
from shared.channels.codes import send_error
from shared.channels.mail_codes import MAIL_CODES
from shared.channels.sms_codes import SMS_CODES
from shared.errors import Unknown
from shared.model import ChannelName, DeliveryStatus, Language, Receipt, Topic
from tests.builders import DAY, HOUR, NOON, message

if TYPE_CHECKING:
    from shared.model import Message

ONE = message()
SENT = replace(delivery.accepted(delivery.claimed(ONE, NOON, HOUR), "biz", NOON), fallback="FALLBACK")
OTHER = replace(message(), message_id="OTHER", queued_at=NOON + HOUR)
RESERVED = replace(ONE, status=DeliveryStatus.RESERVED, stands_in_for="FIRST", patience=HOUR)
BUNDLE = replace(OTHER, members=((ONE.account_id, ONE.message_id),), topic=Topic.BUNDLE)
MEMBER = bundles.gathered(ONE, BUNDLE.message_id, NOON + HOUR, NOON)
ASKED = delivery.doubtful(delivery.claimed(ONE, NOON, HOUR), Unknown("no answer"), NOON)


@pytest.mark.parametrize(
    "told",
    [
        delivery.claimed(ONE, NOON, HOUR),
        SENT,
        delivery.found(SENT, Receipt(DeliveryStatus.SENT, "biz", ""), NOON),
        delivery.found(SENT, Receipt(DeliveryStatus.DELIVERED, "biz", "DELIVERED"), NOON),
        delivery.found(SENT, Receipt(DeliveryStatus.DELIVERED, "biz", ""), NOON),
        delivery.not_found(SENT, NOON),
        delivery.not_found(SENT, NOON + 4 * DAY),
        delivery.not_found(replace(ONE, status=DeliveryStatus.DEFERRED), NOON),
        delivery.not_found(ASKED, NOON),
        delivery.not_found(ASKED, NOON + HOUR),
        delivery.not_found(replace(ASKED, attempts=3), NOON + HOUR),
        delivery.unasked(SENT, Unknown("no answer", "timed out"), NOON),
        delivery.held(ONE, NOON + HOUR, "limits.sms_per_day used up", NOON),
        delivery.standing_in(RESERVED, replace(OTHER, status=DeliveryStatus.DELIVERED), NOON),
        delivery.standing_in(RESERVED, replace(OTHER, due=NOON), NOON),
        delivery.standing_in(RESERVED, None, NOON),
        delivery.replaced(SENT, NOON),
        delivery.dropped(ONE, str(delivery.outdated(ONE, [OTHER])), NOON),
        delivery.dropped(ONE, str(delivery.outdated(ONE, [], well=True)), NOON),
        delivery.dropped(ONE, str(delivery.outdated(replace(ONE, topic=Topic.RECOVERED), [])), NOON),
        MEMBER,
        bundles.let_go(ONE, NOON),
        bundles.following(MEMBER, None, NOON),
        bundles.following(MEMBER, replace(BUNDLE, status=DeliveryStatus.REPLACED), NOON),
        bundles.following(MEMBER, replace(BUNDLE, status=DeliveryStatus.DELIVERED, reason="DELIVERED"), NOON),
        bundles.dissolved(BUNDLE, NOON),
    ],
    ids=lambda told: told.reason,
)
def test_every_reason_of_ours_is_said_in_chinese_with_the_english_beside(told: Message) -> None:
    chinese, _, english = why_words(told.reason, told.channel, Language.CHINESE).partition(" / ")
    assert re.search("[一-鿿]", chinese)
    assert english == told.reason
    assert why_words(told.reason, told.channel, Language.ENGLISH) == told.reason


@pytest.mark.parametrize(
    ("channel", "codes"), [(ChannelName.SMS, SMS_CODES), (ChannelName.MAIL, MAIL_CODES)], ids=["sms", "mail"]
)
def test_every_code_that_is_known_has_a_word_for_what_it_asks_for(
    channel: ChannelName, codes: dict[str, object]
) -> None:
    for code in codes:
        reason = str(
            send_error(SMS_CODES if channel is ChannelName.SMS else MAIL_CODES, code.replace("*", ".x"), "text", NOON)
        )
        assert re.search("[一-鿿]", why_words(reason, channel, Language.CHINESE)), code


def test_a_code_that_is_not_known_stays_as_it_is() -> None:
    assert why_words("MOBILE_NOT_ON_SERVICE", ChannelName.SMS, Language.CHINESE) == "MOBILE_NOT_ON_SERVICE"


@pytest.mark.parametrize("status", DeliveryStatus)
def test_every_status_is_said_in_chinese_with_english_beside(status: DeliveryStatus) -> None:
    assert re.search("[一-鿿].*[a-z]", outcome_words(status, Language.CHINESE))
    assert outcome_words(status, Language.ENGLISH) == status.value
