"""The port Channel, by the real SDK, against the local cloud."""

from __future__ import annotations

import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from shared.channels.direct_mail import MailChannel, subject_with_reference
from shared.channels.sms import SmsChannel
from shared.errors import Deferred, Refused, SendError, Unknown
from shared.keys import Credentials
from shared.model import ChannelName, DeliveryStatus, Level, MailContent, Message, SmsContent, Topic
from shared.openapi import Timeouts
from tests.contracts.canned import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.channels import Channel
    from tests.cloud import RunningCloud

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
PHONE = "13800000001"
MAIL = "li.wei@example.com"
SENDER = "alerts@mail.example.com"
QUICK = Timeouts(connect_ms=500, read_ms=300)
SMS_CONTENT = SmsContent("某某云", "SMS_1", (("name", "某公司"), ("days", "3")), "【某某云】某公司还可用3天")
MAIL_CONTENT = MailContent("余额不足", "<p>还可用3天</p>", "还可用3天")

SMS_MESSAGE = Message(
    message_id="A1-v7-li-sms",
    account_id="1000000000000001",
    contact="li",
    channel=ChannelName.SMS,
    address=PHONE,
    topic=Topic.LEVEL,
    level=Level.WARNING,
    content=SMS_CONTENT,
    queued_at=NOW,
    due=NOW,
    first_sent_at=NOW,
)
MAIL_MESSAGE = replace(
    SMS_MESSAGE, message_id="A1-v7-li-mail", channel=ChannelName.MAIL, address=MAIL, content=MAIL_CONTENT
)


@pytest.fixture
def own(cloud: RunningCloud) -> Credentials:
    return Credentials(cloud.access_key_id, cloud.access_key_secret)


@pytest.fixture
def sms(cloud: RunningCloud, own: Credentials) -> SmsChannel:
    cloud.control.set_clock(NOW)
    cloud.control.approve_sms(["某某云"], {"SMS_1": "${name}还可用${days}天"})
    return SmsChannel(own, f"http://{cloud.openapi}", QUICK)


@pytest.fixture
def mail(cloud: RunningCloud, own: Credentials) -> MailChannel:
    cloud.control.set_clock(NOW)
    cloud.control.approve_mail([SENDER], ["alerts"])
    endpoint = f"http://{cloud.openapi}"
    return MailChannel(own, endpoint, SENDER, alias="某某云", tag="alerts", timeouts=QUICK)


@pytest.fixture(params=[SMS_MESSAGE, MAIL_MESSAGE], ids=["sms", "mail"])
def message(request: pytest.FixtureRequest) -> Message:
    found: Message = request.param
    return found


@pytest.fixture
def channel(message: Message, sms: SmsChannel, mail: MailChannel) -> Channel:
    return sms if message.channel is ChannelName.SMS else mail


def accepted(cloud: RunningCloud) -> int:
    return len(cloud.control.sms()) + len(cloud.control.mail())


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


# ---------------------------------------------------------------- both channels

AFTER = ["error_after", "reset_after", "hang_after", "truncated"]
BEFORE = ["error", "reset_before", "hang", "html"]


@pytest.mark.parametrize(("kind", "taken"), [(kind, 1) for kind in AFTER] + [(kind, 0) for kind in BEFORE])
def test_no_answer_is_unknown_whether_it_was_taken_or_not(
    kind: str, taken: int, channel: Channel, message: Message, cloud: RunningCloud
) -> None:
    cloud.control.add_fault("*", kind)
    with pytest.raises(Unknown):
        channel.send(message, NOW)
    assert accepted(cloud) == taken


def test_a_message_whose_reply_was_lost_is_found_once_it_shows(
    channel: Channel, message: Message, cloud: RunningCloud
) -> None:
    cloud.control.add_fault("*", "reset_after")
    with pytest.raises(Unknown):
        channel.send(message, NOW)
    cloud.control.set_clock(at(29))
    assert channel.find(message, at(29)) is None
    cloud.control.set_clock(at(61))
    receipt = channel.find(message, at(61))
    assert receipt is not None
    assert receipt.status is DeliveryStatus.DELIVERED


def test_a_message_that_was_never_taken_is_not_found(channel: Channel, message: Message, cloud: RunningCloud) -> None:
    channel.send(replace(message, message_id="another"), NOW)
    cloud.control.set_clock(at(3600))
    assert channel.find(message, at(3600)) is None


def test_a_message_is_told_from_many_to_the_same_address(
    channel: Channel, message: Message, cloud: RunningCloud
) -> None:
    for number in range(49):
        channel.send(replace(message, message_id=f"other-{number}"), NOW)
        cloud.control.advance(1)
    cloud.control.advance(86400)
    channel.send(replace(message, message_id="other-49"), at(86449))
    channel.send(message, at(86449))
    cloud.control.advance(3600)
    found = channel.find(replace(message, first_sent_at=at(86449)), at(90100))
    assert found is not None
    assert found.status is DeliveryStatus.DELIVERED
    assert channel.find(message, at(90100)) is not None, "looked for from the first day on"


@pytest.mark.parametrize("kind", ["error", "reset_before", "hang", "html", "business"])
def test_a_search_that_fails_is_unknown(kind: str, channel: Channel, message: Message, cloud: RunningCloud) -> None:
    if kind == "business" and message.channel is ChannelName.MAIL:
        kind = "reset_before"  # this service has no errors with status 200
    channel.send(message, NOW)
    cloud.control.set_clock(at(61))
    cloud.control.add_fault("*", kind)
    with pytest.raises(Unknown):
        channel.find(message, at(61))
    assert channel.find(message, at(61)) is not None


@pytest.mark.parametrize("body", [{}, [], {"Code": "OK"}, {"SmsSendDetailDTOs": "none", "data": "none"}])
def test_an_answer_of_another_form_is_unknown(body: object, message: Message, own: Credentials) -> None:
    with answering(body) as url:
        mail, sms = MailChannel(own, url, SENDER), SmsChannel(own, url)
        channel: Channel = sms if message.channel is ChannelName.SMS else mail
        with pytest.raises(Unknown):
            channel.send(message, NOW)
        with pytest.raises(Unknown):
            channel.find(message, NOW)


def test_throttling_defers_by_a_minute(channel: Channel, message: Message, cloud: RunningCloud) -> None:
    cloud.control.add_fault("*", "error", status=400, code="Throttling.User")
    with pytest.raises(Deferred) as raised:
        channel.send(message, NOW)
    assert raised.value.until == at(60)
    assert accepted(cloud) == 0


def test_a_server_that_fails_is_not_believed_whatever_its_code(
    channel: Channel, message: Message, cloud: RunningCloud
) -> None:
    cloud.control.add_fault("*", "error_after", status=503, code="Throttling.User")
    with pytest.raises(Unknown):
        channel.send(message, NOW)


def test_a_wrong_key_defers_and_names_its_code(cloud: RunningCloud, sms: SmsChannel, mail: MailChannel) -> None:
    del sms, mail
    stranger = Credentials("nobody", "secret")
    endpoint = f"http://{cloud.openapi}"
    for channel, one in (
        (SmsChannel(stranger, endpoint), SMS_MESSAGE),
        (MailChannel(stranger, endpoint, ""), MAIL_MESSAGE),
    ):
        with pytest.raises(Deferred) as raised:
            channel.send(one, NOW)
        assert raised.value.code == "InvalidAccessKeyId.NotFound"


@pytest.mark.parametrize("kind", ["reset_before", "hang", "html", "truncated", "error"])
def test_no_error_shows_whom_it_was_for(kind: str, channel: Channel, message: Message, cloud: RunningCloud) -> None:
    cloud.control.add_fault("*", kind, message=f"failed for {message.address}")
    with pytest.raises(SendError) as raised:
        channel.send(message, NOW)
    for one in whole_chain(raised.value):
        shown = "".join(traceback.format_exception(one))
        assert message.address not in shown
        assert "某公司" not in shown
        assert quote("某公司") not in shown


def whole_chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and all that hang on to it, shown or not."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# ---------------------------------------------------------------- SMS


def test_an_sms_carries_its_text_and_our_id(sms: SmsChannel, cloud: RunningCloud) -> None:
    biz_id = sms.send(SMS_MESSAGE, NOW)
    (sent,) = cloud.control.sms()
    assert (sent["phone"], sent["content"], sent["out_id"]) == (PHONE, SMS_CONTENT.text, "A1-v7-li-sms")
    assert sent["biz_id"] == biz_id


def test_an_sms_goes_from_waiting_to_its_end(sms: SmsChannel, cloud: RunningCloud) -> None:
    cloud.control.sms_fate(PHONE, error="MOBILE_NOT_ON_SERVICE")
    sent = replace(SMS_MESSAGE, provider_id=sms.send(SMS_MESSAGE, NOW))
    seen = []
    for seconds in (29, 30, 59, 60):
        cloud.control.set_clock(at(seconds))
        receipt = sms.find(sent, at(seconds))
        seen.append(receipt and (receipt.status, receipt.code, receipt.provider_id == sent.provider_id))
    waiting = (DeliveryStatus.SENT, "", True)
    assert seen == [None, waiting, waiting, (DeliveryStatus.UNDELIVERED, "MOBILE_NOT_ON_SERVICE", True)]


def test_an_sms_is_found_on_the_other_side_of_midnight(sms: SmsChannel, cloud: RunningCloud) -> None:
    before, after = datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 10, 16, 0, 1, tzinfo=UTC)
    cloud.control.set_clock(after)
    sms.send(SMS_MESSAGE, before)
    cloud.control.advance(61)
    later = after + timedelta(seconds=61)
    assert sms.find(replace(SMS_MESSAGE, first_sent_at=before), later) is not None


def test_an_sms_is_looked_for_as_far_back_as_details_are_kept(sms: SmsChannel, cloud: RunningCloud) -> None:
    cloud.control.set_clock(NOW + timedelta(days=90))
    assert sms.find(SMS_MESSAGE, NOW + timedelta(days=90)) is None
    assert cloud.control.counts()["dysms"]["QuerySendDetails"] == 30


def test_every_page_of_a_day_is_read(sms: SmsChannel, cloud: RunningCloud) -> None:
    cloud.control.approve_sms(templates={f"SMS_{n}": "${name}还可用${days}天" for n in range(3)})
    for number in range(101):
        content = replace(SMS_CONTENT, template_code=f"SMS_{number % 3}")
        sms.send(replace(SMS_MESSAGE, message_id=f"n{number}", content=content), NOW)
    cloud.control.advance(61)
    oldest = sms.find(replace(SMS_MESSAGE, message_id="n0"), at(61))
    assert oldest is not None
    assert cloud.control.counts()["dysms"]["QuerySendDetails"] == 3


def test_the_fifty_first_in_a_day_waits_a_day(sms: SmsChannel) -> None:
    for number in range(50):
        sms.send(replace(SMS_MESSAGE, message_id=f"n{number}"), NOW)
    with pytest.raises(Deferred, match="天级") as raised:
        sms.send(SMS_MESSAGE, NOW)
    assert raised.value.until == NOW + timedelta(days=1)
    assert raised.value.code == "isv.BUSINESS_LIMIT_CONTROL"


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"sign_name": "别的云"}, "isv.SMS_SIGNATURE_ILLEGAL", Deferred),
        ({"template_code": "SMS_9"}, "isv.SMS_TEMPLATE_ILLEGAL", Deferred),
        ({"parameters": (("name", "某"),)}, "isv.TEMPLATE_MISSING_PARAMETERS", Refused),
        ({"parameters": (("name", "某" * 36), ("days", "3"))}, "isv.PARAM_LENGTH_LIMIT", Refused),
        ({"parameters": (("name", "www.example.com"), ("days", "3"))}, "isv.PARAM_NOT_SUPPORT_URL", Refused),
    ],
)
def test_a_breach_of_the_rules_has_its_end(
    changes: dict[str, Any], code: str, error: type[SendError], sms: SmsChannel, cloud: RunningCloud
) -> None:
    with pytest.raises(error, match=code):
        sms.send(replace(SMS_MESSAGE, content=replace(SMS_CONTENT, **changes)), NOW)
    assert cloud.control.sms() == []


def test_a_number_that_is_none_is_refused(sms: SmsChannel) -> None:
    with pytest.raises(Refused, match="MOBILE_NUMBER_ILLEGAL"):
        sms.send(replace(SMS_MESSAGE, address="12345"), NOW)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("isv.AMOUNT_NOT_ENOUGH", Deferred),
        ("isp.RAM_PERMISSION_DENY", Deferred),
        ("isv.BLACK_KEY_CONTROL_LIMIT", Refused),
        ("isp.SYSTEM_ERROR", Unknown),
        ("isv.SOMETHING_NEW", Unknown),
    ],
)
def test_a_code_with_status_200_is_no_success(
    code: str, error: type[SendError], sms: SmsChannel, cloud: RunningCloud
) -> None:
    cloud.control.add_fault("dysms", "business", code=code)
    with pytest.raises(error, match=code):
        sms.send(SMS_MESSAGE, NOW)


# ---------------------------------------------------------------- mail


def test_a_mail_carries_its_text_and_its_reference(mail: MailChannel, cloud: RunningCloud) -> None:
    env_id = mail.send(MAIL_MESSAGE, NOW)
    (sent,) = cloud.control.mail()
    assert (sent["to"], sent["sender"], sent["alias"], sent["tag"]) == (MAIL, SENDER, "某某云", "alerts")
    assert (sent["html"], sent["text"]) == (MAIL_CONTENT.html, MAIL_CONTENT.text)
    assert sent["subject"] == "余额不足 [A1-v7-li-mail]"
    assert sent["env_id"] == env_id


def test_a_subject_that_has_its_reference_is_left_as_it_is() -> None:
    assert subject_with_reference("余额不足 (x-1)", "x-1") == "余额不足 (x-1)"


def test_a_large_mail_is_taken(mail: MailChannel, cloud: RunningCloud) -> None:
    mail.send(replace(MAIL_MESSAGE, content=replace(MAIL_CONTENT, html="表" * 100_000)), NOW)
    assert len(cloud.control.mail()[0]["html"]) == 100_000


@pytest.mark.parametrize(("status", "code"), [(2, "invalid"), (3, "spam"), (4, "failed")])
def test_a_mail_that_did_not_arrive_says_why(status: int, code: str, mail: MailChannel, cloud: RunningCloud) -> None:
    cloud.control.mail_fate(MAIL, status=status, message="550")
    sent = replace(MAIL_MESSAGE, provider_id=mail.send(MAIL_MESSAGE, NOW))
    cloud.control.set_clock(at(60))
    receipt = mail.find(sent, at(60))
    assert receipt is not None
    assert (receipt.status, receipt.code) == (DeliveryStatus.UNDELIVERED, code)
    assert receipt.provider_id == sent.provider_id


def test_every_page_of_mails_is_read(mail: MailChannel, cloud: RunningCloud) -> None:
    for number in range(205):
        mail.send(replace(MAIL_MESSAGE, message_id=f"n{number:03}"), NOW)
    cloud.control.advance(61)
    assert mail.find(replace(MAIL_MESSAGE, message_id="n204"), at(61)) is not None
    assert cloud.control.counts()["dm"]["SenderStatisticsDetailByParam"] == 3


def test_a_mail_is_looked_for_as_far_back_as_statistics_go(mail: MailChannel) -> None:
    assert mail.find(MAIL_MESSAGE, NOW + timedelta(days=90)) is None


@pytest.mark.parametrize(
    ("fate", "address", "code"),
    [({"listed_invalid": True}, MAIL, "InvalidToAddress.Spam"), ({}, "nobody", "InvalidToAddress")],
)
def test_an_address_that_is_bad_is_refused(
    fate: dict[str, Any], address: str, code: str, mail: MailChannel, cloud: RunningCloud
) -> None:
    cloud.control.mail_fate(MAIL, **fate)
    with pytest.raises(Refused) as raised:
        mail.send(replace(MAIL_MESSAGE, address=address), NOW)
    assert raised.value.code == code


def test_a_sender_that_is_not_set_up_stops_the_channel(cloud: RunningCloud, own: Credentials) -> None:
    cloud.control.set_clock(NOW)
    with pytest.raises(Deferred, match="InvalidMailAddress") as raised:
        MailChannel(own, f"http://{cloud.openapi}", SENDER).send(MAIL_MESSAGE, NOW)
    assert raised.value.until == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("code", "error"), [("InvalidSendMail.Spam", Deferred), ("InvalidBody", Refused), ("Something.New", Unknown)]
)
def test_a_mail_code_has_its_end(code: str, error: type[SendError], mail: MailChannel, cloud: RunningCloud) -> None:
    cloud.control.add_fault("dm", "error", status=400, code=code)
    with pytest.raises(error, match=code):
        mail.send(MAIL_MESSAGE, NOW)
