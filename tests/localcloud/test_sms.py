"""Short messages: what is accepted, what is refused, and when the receipts come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_dysmsapi20170525 import models

from tests.localcloud.sdk import Untyped, sms, stranger

if TYPE_CHECKING:
    from tests.cloud import RunningCloud

PHONE = "13800000001"
VALUES = {"name": "甲公司", "days": "3"}
DAY = 24 * 3600


@pytest.fixture
def desk(cloud: RunningCloud) -> RunningCloud:
    """A cloud at 8:00 in Shanghai on 10 March 2026, with one signature and one template."""
    cloud.control.set_clock(datetime(2026, 3, 10, tzinfo=UTC))
    cloud.control.approve_sms(["云代理"], {"SMS_1": "${name}账号预计${days}日后暂停服务", "SMS_2": "您好"})
    return cloud


def send(cloud: RunningCloud, values: Untyped = VALUES, **change: object) -> Untyped:
    text = values if isinstance(values, str | None) else json.dumps(values)
    fields = {"phone_numbers": PHONE, "sign_name": "云代理", "template_code": "SMS_1", "template_param": text}
    return sms(cloud).send_sms(models.SendSmsRequest(**fields | change)).body


def details(cloud: RunningCloud, date: str = "20260310", **more: Untyped) -> Untyped:
    fields = {"phone_number": PHONE, "send_date": date, "page_size": 10, "current_page": 1} | more
    return sms(cloud).query_send_details(models.QuerySendDetailsRequest(**fields)).body


def receipts(cloud: RunningCloud) -> list[Any]:
    return list(details(cloud).sms_send_detail_dtos.sms_send_detail_dto)


def test_an_accepted_message_is_rendered_with_its_signature(desk: RunningCloud) -> None:
    body = send(desk, out_id="n-1")
    assert (body.code, body.message) == ("OK", "OK")
    (sent,) = desk.control.sms()
    assert sent["content"] == "【云代理】甲公司账号预计3日后暂停服务"
    assert (sent["biz_id"], sent["out_id"], sent["pieces"], sent["status"]) == (body.biz_id, "n-1", 1, "waiting")


@pytest.mark.parametrize("prefix", ["", "+86", "0086", "86", "+"])
def test_a_number_may_carry_the_countrys_prefix(desk: RunningCloud, prefix: str) -> None:
    assert send(desk, phone_numbers=f"{prefix}{PHONE}").code == "OK"
    assert desk.control.sms()[0]["phone"] == PHONE


@pytest.mark.parametrize(
    ("values", "change", "code"),
    [
        (VALUES, {"template_code": "SMS_9"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        (VALUES, {"sign_name": "别的"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        (VALUES, {"phone_numbers": "1380000000"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        (VALUES, {"phone_numbers": "23800000001"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        (VALUES, {"phone_numbers": ",".join([PHONE] * 1001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
        ({"name": "甲"}, {}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        (None, {}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        (VALUES, {"out_id": "n" * 256}, "isv.INVALID_PARAMETERS"),
        (VALUES | {"extra": "1"}, {}, "isv.SMS_TEMPLATE_ILLEGAL"),
        (VALUES | {"days": 3}, {}, "isv.INVALID_JSON_PARAM"),
        ("{name: 甲}", {}, "isv.INVALID_JSON_PARAM"),
        ("[]", {}, "isv.INVALID_JSON_PARAM"),
        (VALUES | {"name": "甲" * 36}, {}, "isv.PARAM_LENGTH_LIMIT"),
        (VALUES | {"name": ""}, {}, "isv.PARAM_LENGTH_LIMIT"),
        (VALUES | {"name": "http://a.b/c"}, {}, "isv.PARAM_NOT_SUPPORT_URL"),
        (VALUES | {"name": "pay at aliyun.com"}, {}, "isv.PARAM_NOT_SUPPORT_URL"),
    ],
)
def test_a_breach_is_http_200_with_its_code_and_sends_nothing(
    desk: RunningCloud, values: object, change: dict[str, object], code: str
) -> None:
    assert send(desk, values, **change).code == code
    assert desk.control.sms() == []


def test_a_variable_may_have_35_characters(desk: RunningCloud) -> None:
    assert send(desk, VALUES | {"name": "甲" * 35}).code == "OK"


def test_a_number_can_be_refused_by_arrangement(desk: RunningCloud) -> None:
    desk.control.sms_fate(PHONE, refused="isv.MOBILE_NUMBER_ILLEGAL")
    assert send(desk).code == "isv.MOBILE_NUMBER_ILLEGAL"
    assert send(desk, phone_numbers="13800000002").code == "OK"


def test_the_51st_message_in_24_hours_is_refused(desk: RunningCloud) -> None:
    for _ in range(25):
        assert send(desk).code == "OK"
    desk.control.advance(3600)
    for _ in range(25):
        assert send(desk).code == "OK"
    refused = send(desk)
    assert (refused.code, refused.message) == ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:50")
    assert send(desk, None, template_code="SMS_2").code == "OK"
    assert send(desk, phone_numbers="13800000002").code == "OK"
    desk.control.advance(DAY - 3601)
    assert send(desk).code == "isv.BUSINESS_LIMIT_CONTROL"
    desk.control.advance(1)
    assert [send(desk).code for _ in range(26)] == ["OK"] * 25 + ["isv.BUSINESS_LIMIT_CONTROL"]


@pytest.mark.parametrize(("length", "pieces"), [(70, 1), (71, 2), (134, 2), (135, 3), (160, 3)])
def test_long_messages_are_cut_into_pieces_of_67(desk: RunningCloud, length: int, pieces: int) -> None:
    desk.control.approve_sms(templates={"SMS_3": "字" * (length - len("【云代理】"))})
    send(desk, None, template_code="SMS_3")
    assert desk.control.sms()[0]["pieces"] == pieces


def test_receipts_come_late(desk: RunningCloud) -> None:
    send(desk, out_id="n-1")
    desk.control.advance(29)
    assert receipts(desk) == []
    desk.control.advance(1)
    (waiting,) = receipts(desk)
    assert (waiting.send_status, waiting.out_id, waiting.err_code, waiting.receive_date) == (1, "n-1", None, None)
    desk.control.advance(30)
    (done,) = receipts(desk)
    assert (done.send_status, done.err_code) == (3, "DELIVERED")
    assert (done.send_date, done.receive_date) == ("2026-03-10 08:00:00", "2026-03-10 08:01:00")
    assert done.content == "【云代理】甲公司账号预计3日后暂停服务"


def test_an_undelivered_message_says_why(desk: RunningCloud) -> None:
    desk.control.sms_fate("*", error="MOBILE_NOT_ON_SERVICE", visible_after=0, receipt_after=600)
    send(desk)
    assert receipts(desk)[0].send_status == 1
    desk.control.advance(600)
    (failed,) = receipts(desk)
    assert (failed.send_status, failed.err_code) == (2, "MOBILE_NOT_ON_SERVICE")
    assert desk.control.sms()[0]["status"] == "failed"


def test_receipts_are_asked_for_by_number_day_and_page(desk: RunningCloud) -> None:
    biz_ids = [send(desk, out_id=f"n-{number}").biz_id for number in range(3)]
    send(desk, phone_numbers="13800000002")
    desk.control.advance(60)
    assert details(desk).total_count == "3"
    assert details(desk, page_size=2, current_page=2).sms_send_detail_dtos.sms_send_detail_dto[0].out_id == "n-0"
    assert details(desk, biz_id=biz_ids[1]).sms_send_detail_dtos.sms_send_detail_dto[0].out_id == "n-1"
    assert details(desk, "20260309").total_count == "0"
    request = models.QuerySendDetailsRequest(phone_number=PHONE, send_date="20260310", page_size=9, current_page=1)
    assert sms(desk, stranger(desk)).query_send_details(request).body.total_count == "0"
    desk.control.advance(33 * DAY)
    assert details(desk).code == "isv.INVALID_PARAMETERS"


def sign(cloud: RunningCloud, name: str = "云代理") -> Untyped:
    return sms(cloud).get_sms_sign(models.GetSmsSignRequest(sign_name=name)).body


def template(cloud: RunningCloud, code: str = "SMS_1") -> Untyped:
    return sms(cloud).query_sms_template(models.QuerySmsTemplateRequest(template_code=code)).body


def test_what_was_approved_stands_well(desk: RunningCloud) -> None:
    body = sign(desk)
    assert (body.code, body.sign_name, body.sign_status) == ("OK", "云代理", 1)
    registered = {row.operator_code: row.register_status for row in body.sign_isp_register_detail_list}
    assert registered == {"mobile": 3, "unicom": 3, "telecom": 3}
    found = template(desk, "SMS_2")
    assert (found.code, found.template_content, found.template_type) == ("OK", "您好", 1)
    assert (found.template_status, found.reason) == (1, "无审批备注")


def test_a_registration_can_lapse_with_one_carrier(desk: RunningCloud) -> None:
    desk.control.review_sms(signatures={"云代理": {"registered": {"unicom": 2}}})
    by_carrier = {row.operator_code: row for row in sign(desk).sign_isp_register_detail_list}
    assert [by_carrier[name].register_status for name in ("mobile", "unicom", "telecom")] == [3, 2, 3]
    assert by_carrier["unicom"].register_status_reasons[0].reason_code == "NO_SEND_RECORD"
    assert send(desk).code == "OK"


def test_a_rejected_signature_or_template_says_why_and_sends_nothing(desk: RunningCloud) -> None:
    desk.control.review_sms(signatures={"云代理": {"status": 2, "reason": "资质不符"}})
    assert (sign(desk).sign_status, sign(desk).audit_info.reject_info) == (2, "资质不符")
    assert send(desk).code == "isv.SMS_SIGNATURE_ILLEGAL"
    desk.control.review_sms(signatures={"云代理": {}}, templates={"SMS_1": {"status": 2, "reason": "含催款"}})
    assert (template(desk).template_status, template(desk).reason) == (2, "含催款")
    assert send(desk).code == "isv.SMS_TEMPLATE_ILLEGAL"
    assert desk.control.sms() == []


def test_what_does_not_exist_has_no_standing(desk: RunningCloud) -> None:
    assert sign(desk, "别的").code == "isv.SMS_SIGNATURE_ILLEGAL"
    assert template(desk, "SMS_9").code == "isv.SMS_TEMPLATE_ILLEGAL"


def test_templates_are_listed_by_page(desk: RunningCloud) -> None:
    desk.control.review_sms(templates={"SMS_2": {"status": 0}})
    request = models.QuerySmsTemplateListRequest(page_index=2, page_size=1)
    body = sms(desk).query_sms_template_list(request).body
    (row,) = body.sms_template_list
    assert (body.total_count, row.template_code, row.audit_status) == (2, "SMS_2", "AUDIT_STATE_INIT")
    assert (row.template_type, row.outer_template_type) == (0, 1)
