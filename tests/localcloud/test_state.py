"""With --state, a local cloud that is stopped and started again has forgotten nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alibabacloud_dm20151123 import models as mail_models
from alibabacloud_dysmsapi20170525 import models as sms_models

from localcloud.__main__ import main
from tests.cloud import running_cloud
from tests.localcloud.sdk import assume, billing, mail, sms

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cloud import RunningCloud

CUSTOMER = "2000000000000002"
ROLE = f"acs:ram::{CUSTOMER}:role/reader"


def furnish(cloud: RunningCloud) -> None:
    cloud.control.set_clock(datetime(2026, 3, 10, tzinfo=UTC))
    cloud.control.open_accounts({"id": CUSTOMER, "balance": "100.10", "role_arn": ROLE})
    cloud.control.spend({"account": CUSTOMER, "hourly": ["0.1", "0.2", "0.4"]})
    cloud.control.move({"account": CUSTOMER, "amount": 5, "at": "2026-03-10T02:00:00Z"})
    cloud.control.approve_sms(["云代理"], {"SMS_1": "您好"})
    cloud.control.approve_mail(["a@agency.example"])
    cloud.control.sms_fate("*", error="MOBILE_NOT_ON_SERVICE")


def send(cloud: RunningCloud) -> str:
    request = sms_models.SendSmsRequest(phone_numbers="13800000001", sign_name="云代理", template_code="SMS_1")
    return str(sms(cloud).send_sms(request).body.code)


def test_what_was_loaded_sent_and_assumed_is_still_there(tmp_path: Path) -> None:
    state = str(tmp_path / "rows")
    with running_cloud("--state", state) as cloud:
        furnish(cloud)
        assert [send(cloud) for _ in range(50)] == ["OK"] * 50
        mail(cloud).single_send_mail(
            mail_models.SingleSendMailRequest(
                account_name="a@agency.example",
                address_type=1,
                reply_to_address=False,
                to_address="b@customer.example",
                subject="s",
                text_body="t",
            )
        )
        key = assume(cloud, ROLE)
        cloud.control.review_sms(templates={"SMS_1": {"status": 2}})
        cloud.control.mail_standing(user_status=2)
        before = (cloud.control.accounts(), cloud.control.sms(), cloud.control.mail())
    with running_cloud("--state", state) as cloud:
        assert cloud.control.now() == "2026-03-10T00:00:00+00:00"
        assert (cloud.control.accounts(), cloud.control.sms(), cloud.control.mail()) == before
        assert send(cloud) == "isv.SMS_TEMPLATE_ILLEGAL"
        cloud.control.review_sms(templates={"SMS_1": {}})
        assert send(cloud) == "isv.BUSINESS_LIMIT_CONTROL"
        assert mail(cloud).desc_account_summary(mail_models.DescAccountSummaryRequest()).body.user_status == 2
        assert billing(cloud, key).query_account_balance().body.data.available_amount == "100.00"
        cloud.control.advance(2 * 3600)
        assert cloud.control.accounts()[CUSTOMER]["available"] == "104.40"
        assert {message["status"] for message in cloud.control.sms()} == {"failed"}


def test_a_file_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.books").write_text("{}")
    assert main(["up", "--state", str(tmp_path / "rows")]) == 1
    assert "Snapshot" in capsys.readouterr().err
