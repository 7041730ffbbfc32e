"""Faults on purpose, as the vendor's clients and plain connections see them."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
from alibabacloud_dysmsapi20170525 import models
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException, ThrottlingException
from darabonba.exceptions import UnretryableException

from localcloud.client import ControlError
from tests.localcloud.sdk import Untyped, assume, billing, sms

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cloud import RunningCloud


@pytest.fixture
def desk(cloud: RunningCloud) -> RunningCloud:
    """A cloud that sends one kind of message, and has one account."""
    cloud.control.open_accounts({"id": cloud.account_id, "balance": 5})
    cloud.control.approve_sms(["云代理"], {"SMS_1": "您好"})
    return cloud


def send(cloud: RunningCloud, read_timeout: int = 5000) -> Untyped:
    request = models.SendSmsRequest(phone_numbers="13800000001", sign_name="云代理", template_code="SMS_1")
    return sms(cloud, read_timeout=read_timeout).send_sms(request).body


def applied(cloud: RunningCloud) -> int:
    return len(cloud.control.sms())


@pytest.mark.parametrize(
    ("kind", "error", "times_applied"),
    [
        ("error", ServerException, 0),
        ("error_after", ServerException, 1),
        ("reset_before", UnretryableException, 0),
        ("reset_after", UnretryableException, 1),
        ("truncated", UnretryableException, 1),
        ("html", UnretryableException, 0),
    ],
)
def test_what_a_fault_raises_and_whether_the_call_was_applied(
    desk: RunningCloud, kind: str, error: type[Exception], times_applied: int
) -> None:
    desk.control.add_fault("dysms", kind, operation="SendSms")
    with pytest.raises(error):
        send(desk)
    assert applied(desk) == times_applied
    assert send(desk).code == "OK"


@pytest.mark.parametrize(("kind", "times_applied"), [("hang", 0), ("hang_after", 1)])
def test_a_hanging_call_ends_when_its_client_gives_up(desk: RunningCloud, kind: str, times_applied: int) -> None:
    desk.control.add_fault("dysms", kind)
    with pytest.raises(UnretryableException, match=r"(?i)time"):
        send(desk, read_timeout=200)
    assert applied(desk) == times_applied


def test_an_error_has_the_code_and_status_that_were_asked_for(desk: RunningCloud) -> None:
    desk.control.add_fault("dysms", "error", code="Throttling.User", status=400, message="slow down")
    with pytest.raises(ClientException, match="slow down") as caught:
        send(desk)
    assert (caught.value.status_code, caught.value.code) == (400, "Throttling.User")
    assert not isinstance(caught.value, ThrottlingException)


def test_throttling_names_the_time_to_wait(desk: RunningCloud) -> None:
    desk.control.add_fault("dysms", "error", code="Throttling.User", status=429, retry_after_ms=1500)
    with pytest.raises(ThrottlingException) as caught:
        send(desk)
    assert (caught.value.code, caught.value.retry_after) == ("Throttling.User", 1500)


def test_a_business_error_is_http_200(desk: RunningCloud) -> None:
    desk.control.add_fault("dysms", "business", code="isv.AMOUNT_NOT_ENOUGH", message="余额不足")
    body = send(desk)
    assert (body.code, body.message) == ("isv.AMOUNT_NOT_ENOUGH", "余额不足")
    assert applied(desk) == 0


def test_a_business_error_of_billing_is_no_success(desk: RunningCloud) -> None:
    desk.control.add_fault("bss", "business", code="InternalError")
    body = billing(desk).query_account_balance().body
    assert (body.code, body.success, body.data) == ("InternalError", False, None)


@pytest.mark.parametrize("version", ["ACS3-HMAC-SHA256", "v2"])
def test_a_duplicate_is_applied_twice(desk: RunningCloud, version: str) -> None:
    desk.control.add_fault("dysms", "duplicate")
    request = models.SendSmsRequest(phone_numbers="13800000001", sign_name="云代理", template_code="SMS_1")
    assert sms(desk, signature_algorithm=version).send_sms(request).body.code == "OK"
    assert applied(desk) == 2


def test_a_rule_strikes_the_nth_matching_call_and_those_after_it(desk: RunningCloud) -> None:
    desk.control.add_fault("dysms", "business", operation="SendSms", nth=2, times=2, code="X")
    billing(desk).query_account_balance()
    assert [send(desk).code for _ in range(5)] == ["OK", "X", "X", "OK", "OK"]


def test_of_two_rules_the_older_one_strikes_and_both_count(desk: RunningCloud) -> None:
    desk.control.add_fault("dysms", "business", code="OLD")
    desk.control.add_fault("dysms", "business", times=2, code="NEW")
    assert [send(desk).code for _ in range(3)] == ["OLD", "NEW", "OK"]


def test_a_rule_without_end_strikes_until_it_is_cleared(desk: RunningCloud) -> None:
    desk.control.add_fault("*", "business", times=-1, code="X")
    assert [send(desk).code for _ in range(3)] == ["X"] * 3
    desk.control.clear_faults()
    assert send(desk).code == "OK"


def test_a_reset_is_a_reset_and_not_an_orderly_end(desk: RunningCloud) -> None:
    desk.control.add_fault("*", "reset_before")
    with socket.create_connection(address(desk), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_truncated_reply_ends_in_the_middle_of_its_body(desk: RunningCloud) -> None:
    desk.control.add_fault("*", "truncated")
    with socket.create_connection(address(desk), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        head, _, body = everything(connection).partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) < length


def test_calls_are_counted_and_logged_in_their_order(desk: RunningCloud) -> None:
    before = len(desk.control.log())
    billing(desk).query_account_balance()
    send(desk)
    send(desk)
    assert desk.control.counts() == {"bss": {"QueryAccountBalance": 1}, "dysms": {"SendSms": 2}}
    assert desk.control.log(before + 1) == [(2, "dysms", "SendSms"), (3, "dysms", "SendSms")]


def test_a_call_can_be_caught_in_the_act(desk: RunningCloud) -> None:
    number = desk.control.add_fault("*", "hang_after", nth=2)
    send(desk)
    caller = in_background(lambda: send(desk, read_timeout=500))
    assert desk.control.wait_fault(number) == 1
    assert applied(desk) == 2
    caller.join(5)


def test_waiting_for_a_rule_ends_in_time(desk: RunningCloud) -> None:
    number = desk.control.add_fault("*", "hang")
    assert desk.control.wait_fault(number, seconds=0.05) == 0


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/faults", [{"service": "bss", "kind": "explode"}], "kind"),
        ("/faults", [{"service": "bss", "kind": "error", "surprise": 1}], "surprise"),
        ("/faults/wait", {"id": 99}, "99"),
        ("/spend", [{"account": "nobody", "amount": 1}], "nobody"),
        ("/spend", [{"account": "nobody", "amount": "much"}], "amount"),
        ("/clock", {"at": "2026-03-01T00:00:00"}, "timezone"),
        ("/nowhere", {}, "lists what there is"),
    ],
)
def test_the_control_side_says_what_it_does_not_understand(
    cloud: RunningCloud, path: str, body: object, reason: str
) -> None:
    with pytest.raises(ControlError, match=reason):
        cloud.control.request("POST", path, body)


def address(cloud: RunningCloud) -> tuple[str, int]:
    host, port = cloud.openapi.split(":")
    return host, int(port)


def everything(connection: socket.socket) -> bytes:
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def in_background(call: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        with pytest.raises(UnretryableException):
            call()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_fault_can_be_of_some_accounts_alone(cloud: RunningCloud) -> None:
    roles = {uid: f"acs:ram::{uid}:role/reader" for uid in ("2000000000000001", "2000000000000002")}
    cloud.control.open_accounts(*({"id": uid, "balance": 5, "role_arn": arn} for uid, arn in roles.items()))
    cloud.control.add_fault("sts", "error", times=-1, accounts=["2000000000000002"], code="Throttling.User", status=400)
    cloud.control.add_fault("bss", "error", times=-1, accounts=["2000000000000001"], code="Throttling.User", status=400)
    keys = assume(cloud, roles["2000000000000001"])
    with pytest.raises(ClientException, match=r"Throttling\.User"):
        assume(cloud, roles["2000000000000002"])
    with pytest.raises(ClientException, match=r"Throttling\.User"):
        billing(cloud, keys).query_account_balance()
    cloud.control.open_accounts({"id": cloud.account_id, "balance": 5})
    assert billing(cloud).query_account_balance().body.success
    assert [(rule["accounts"], rule["hits"]) for rule in cloud.control.faults()] == [
        (["2000000000000002"], 1),
        (["2000000000000001"], 1),
    ]


def test_one_rule_is_dropped_and_the_others_stay(desk: RunningCloud) -> None:
    first, second = desk.control.add_fault("bss", "error"), desk.control.add_fault("dysms", "error")
    desk.control.clear_faults(second)
    assert [rule["id"] for rule in desk.control.faults()] == [first]
    assert send(desk).code == "OK"
