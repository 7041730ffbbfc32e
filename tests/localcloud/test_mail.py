"""Mails: what is accepted, what is refused, and when the statistics know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alibabacloud_dm20151123 import models
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.localcloud.sdk import Untyped, mail, stranger

if TYPE_CHECKING:
    from tests.cloud import RunningCloud

SENDER = "notice@agency.example"


@pytest.fixture
def desk(cloud: RunningCloud) -> RunningCloud:
    """A cloud at 8:00 in Shanghai on 10 March 2026, with one sender and one tag."""
    cloud.control.set_clock(datetime(2026, 3, 10, tzinfo=UTC))
    cloud.control.approve_mail([SENDER], ["balance"])
    return cloud


def send(cloud: RunningCloud, **change: object) -> Untyped:
    fields = {
        "account_name": SENDER,
        "address_type": 1,
        "reply_to_address": False,
        "to_address": "a@customer.example",
        "subject": "余额提醒",
        "html_body": "<p>3 天 & 更多</p>",
        "tag_name": "balance",
    }
    return mail(cloud).single_send_mail(models.SingleSendMailRequest(**fields | change)).body


def statistics(cloud: RunningCloud, **more: object) -> Untyped:
    return mail(cloud).sender_statistics_detail_by_param(models.SenderStatisticsDetailByParamRequest(**more)).body


def test_an_accepted_mail_is_kept_as_it_was_given(desk: RunningCloud) -> None:
    body = send(desk, from_alias="代理", headers='{"X-User-Notify-Id": "n-1"}', text_body="3")
    (sent,) = desk.control.mail()
    assert (sent["env_id"], sent["to"], sent["subject"]) == (body.env_id, "a@customer.example", "余额提醒")
    assert (sent["html"], sent["text"], sent["alias"]) == ("<p>3 天 & 更多</p>", "3", "代理")
    assert (sent["headers"], sent["status"]) == ('{"X-User-Notify-Id": "n-1"}', "waiting")


def test_a_body_of_several_megabytes_is_accepted(desk: RunningCloud) -> None:
    send(desk, html_body="x" * 3_000_000)
    assert len(desk.control.mail()[0]["html"]) == 3_000_000


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"account_name": "who@agency.example"}, 404, "InvalidMailAddress.NotFound"),
        ({"to_address": "no-address"}, 400, "InvalidToAddress"),
        ({"to_address": "a@customer.example,b@"}, 400, "InvalidToAddress"),
        ({"to_address": ",".join(["a@customer.example"] * 101)}, 400, "InvalidToAddress"),
        ({"from_alias": "十六个字符的发信人别名太长了一些"}, 400, "InvalidFromAlias.Malformed"),
        ({"subject": "题" * 257}, 400, "InvalidSubject.Malformed"),
        ({"tag_name": "unknown"}, 400, "InvalidTag.NotFound"),
        ({"html_body": None}, 400, "InvalidBody"),
        ({"reply_to_address": None}, 400, "MissingReplyToAddress"),
    ],
)
def test_a_breach_is_an_http_error_and_sends_nothing(
    desk: RunningCloud, change: dict[str, object], status: int, code: str
) -> None:
    with pytest.raises(ClientException) as caught:
        send(desk, **change)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert desk.control.mail() == []


@pytest.mark.parametrize("change", [{"from_alias": "十五个字符的发信人别名恰好可以"}, {"subject": "题" * 256}])
def test_the_longest_alias_and_subject_are_accepted(desk: RunningCloud, change: dict[str, object]) -> None:
    assert send(desk, **change).env_id


def test_an_address_on_the_invalid_list_is_refused(desk: RunningCloud) -> None:
    desk.control.mail_fate("A@customer.example", listed_invalid=True)
    with pytest.raises(ClientException) as caught:
        send(desk, to_address="a@Customer.example")
    assert caught.value.code == "InvalidToAddress.Spam"


def test_statistics_come_late(desk: RunningCloud) -> None:
    desk.control.mail_fate("b@customer.example", status=2, message="550 no such user", receipt_after=120)
    send(desk)
    send(desk, to_address="b@customer.example")
    desk.control.advance(59)
    assert statistics(desk).data.mail_detail == []
    desk.control.advance(1)
    (row,) = statistics(desk).data.mail_detail
    assert (row.to_address, row.status, row.subject) == ("a@customer.example", 0, "余额提醒")
    desk.control.advance(60)
    (row,) = statistics(desk, to_address="b@customer.example").data.mail_detail
    assert (row.status, row.message, row.error_classification) == (2, "550 no such user", "invalid")
    assert [sent["status"] for sent in desk.control.mail()] == ["delivered", "invalid"]


def test_statistics_are_asked_for_by_time_and_page(desk: RunningCloud) -> None:
    for number in range(3):
        send(desk, to_address=f"c{number}@customer.example")
        desk.control.advance(60)
    first = statistics(desk, length=2)
    second = statistics(desk, length=2, next_start=first.next_start)
    assert [row.to_address[:2] for row in first.data.mail_detail + second.data.mail_detail] == ["c0", "c1", "c2"]
    assert second.next_start == ""
    late = statistics(desk, start_time="2026-03-10 08:01", end_time="2026-03-10 08:01").data.mail_detail
    assert [row.to_address[:2] for row in late] == ["c1"]
    request = models.SenderStatisticsDetailByParamRequest()
    assert mail(desk, stranger(desk)).sender_statistics_detail_by_param(request).body.data.mail_detail == []


@pytest.mark.parametrize(
    "fields",
    [
        {"tag_name": "balance", "to_address": "a@customer.example"},
        {"start_time": "2026-01-01 00:00", "end_time": "2026-03-10 00:00"},
        {"start_time": "10 March"},
    ],
)
def test_statistics_that_cannot_be_asked_for(desk: RunningCloud, fields: dict[str, object]) -> None:
    with pytest.raises(ClientException) as caught:
        statistics(desk, **fields)
    assert caught.value.status_code == 400


def test_the_account_summary_names_the_quota(desk: RunningCloud) -> None:
    summary = mail(desk).desc_account_summary(models.DescAccountSummaryRequest()).body
    assert (summary.daily_quota, summary.user_status) == (2000, 0)


def summary(cloud: RunningCloud) -> Untyped:
    return mail(cloud).desc_account_summary(models.DescAccountSummaryRequest()).body


@pytest.mark.parametrize("status", [1, 2, 4, 8])
def test_an_account_that_does_not_stand_well_sends_nothing(desk: RunningCloud, status: int) -> None:
    desk.control.mail_standing(user_status=status)
    assert summary(desk).user_status == status
    with pytest.raises(ClientException, check=lambda error: error.code == "InvalidSendMail.Spam"):
        send(desk)
    assert desk.control.mail() == []


def test_a_daily_quota_that_was_set_is_kept_until_midnight_in_shanghai(desk: RunningCloud) -> None:
    desk.control.mail_standing(daily_quota=2, quota_level=3)
    assert (summary(desk).daily_quota, summary(desk).month_quota, summary(desk).quota_level) == (2, 60, 3)
    send(desk, to_address="a@customer.example,b@customer.example")
    with pytest.raises(ClientException, check=lambda error: error.code == "InvalidSendMail.Spam"):
        send(desk)
    desk.control.advance(16 * 3600)
    send(desk)
    assert len(desk.control.mail()) == 3


def invalid_addresses(cloud: RunningCloud, **more: object) -> list[str]:
    body = mail(cloud).query_invalid_address(models.QueryInvalidAddressRequest(**more)).body
    rows = body.data.mail_detail
    assert body.total_count == len(rows)
    return [row.to_address for row in rows]


def test_an_address_that_does_not_exist_is_listed_once_that_is_known(desk: RunningCloud) -> None:
    desk.control.mail_fate("gone@customer.example", status=2, receipt_after=60)
    send(desk, to_address="gone@customer.example,a@customer.example")
    assert invalid_addresses(desk) == []
    desk.control.advance(60)
    assert invalid_addresses(desk) == ["gone@customer.example"]
    assert invalid_addresses(desk, key_word="other") == []
    assert invalid_addresses(desk, start_time="2026-03-10", end_time="2026-03-10") == ["gone@customer.example"]
    assert invalid_addresses(desk, start_time="2026-03-08", end_time="2026-03-09") == []
