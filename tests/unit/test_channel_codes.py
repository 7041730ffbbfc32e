from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.channels.codes import send_error, verdict, window
from shared.channels.mail_codes import MAIL_CODES
from shared.channels.sms_codes import SMS_CODES
from shared.errors import Deferred, Refused, Remedy, Unknown

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOWN, BAD, WORDING, UNSURE = Remedy.CHANNEL_DOWN, Remedy.CONTACT_BAD, Remedy.MESSAGE_BAD, Remedy.UNCERTAIN

# The sheet's own classes, written down a second time.
SMS = {
    "isv.BUSINESS_LIMIT_CONTROL": Remedy.LATER,
    "Throttling.User": Remedy.LATER,
    "Throttling": Remedy.LATER,
    "isp.SYSTEM_ERROR": UNSURE,
    "isp.GATEWAY_ERROR": UNSURE,
    "ServiceUnavailable": UNSURE,
    "isv.MOBILE_NUMBER_ILLEGAL": BAD,
    "isv.SMS_TEMPLATE_ILLEGAL": DOWN,
    "isv.SMS_SIGNATURE_ILLEGAL": DOWN,
    "isv.SMS_SIGN_ILLEGAL": DOWN,
    "isv.SIGN_STATE_ILLEGAL": DOWN,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": DOWN,
    "isv.SMS_CONTENT_ILLEGAL": DOWN,
    "isv.TEMPLATE_MISSING_PARAMETERS": WORDING,
    "isv.INVALID_JSON_PARAM": WORDING,
    "isv.PARAM_LENGTH_LIMIT": WORDING,
    "isv.PARAM_NOT_SUPPORT_URL": WORDING,
    "isv.BLACK_KEY_CONTROL_LIMIT": WORDING,
    "isv.MOBILE_COUNT_OVER_LIMIT": WORDING,
    "isv.AMOUNT_NOT_ENOUGH": DOWN,
    "isv.OUT_OF_SERVICE": DOWN,
    "isv.DAY_LIMIT_CONTROL": DOWN,
    "isv.MONTH_LIMIT_CONTROL": DOWN,
    "isp.RAM_PERMISSION_DENY": DOWN,
    "isv.ACCOUNT_NOT_EXISTS": DOWN,
    "isv.ACCOUNT_ABNORMAL": DOWN,
    "isv.PRODUCT_UN_SUBSCRIPT": DOWN,
    "isv.DENY_IP_RANGE": DOWN,
}
MAIL = {
    "InvalidMailAddress.NotFound": DOWN,
    "InvalidMailAddressStatus.Malformed": DOWN,
    "InvalidMailAddressSendType.Malformed": DOWN,
    "InvalidMailAddressDomain.Malformed": DOWN,
    "InvalidToAddress": BAD,
    "InvalidToAddress.Spam": BAD,
    "InvalidSendMail.Spam": DOWN,
    "InvalidBody": WORDING,
    "InvalidSubject.Malformed": WORDING,
    "InvalidFromAlias.Malformed": DOWN,
    "Forbidden": DOWN,
    "Forbidden.RAM": DOWN,
    "Throttling.User": Remedy.LATER,
}
ENDS = {Remedy.LATER: Deferred, BAD: Refused, WORDING: Refused, DOWN: Deferred, UNSURE: Unknown}


@pytest.mark.parametrize(("code", "remedy"), SMS.items())
def test_every_sms_code_has_its_class_and_its_end(code: str, remedy: Remedy) -> None:
    found = verdict(SMS_CODES, code)
    assert found is not None
    assert found.remedy is remedy
    assert type(send_error(SMS_CODES, code, "", NOW)) is ENDS[remedy]


@pytest.mark.parametrize(("code", "remedy"), MAIL.items())
def test_every_mail_code_has_its_class_and_its_end(code: str, remedy: Remedy) -> None:
    found = verdict(MAIL_CODES, code)
    assert found is not None
    assert found.remedy is remedy
    assert type(send_error(MAIL_CODES, code, "", NOW)) is ENDS[remedy]


@pytest.mark.parametrize("code", ["isv.NEVER_HEARD_OF", "", "no-answer", "isv", "InvalidToAddress.Other", "OK"])
def test_an_unlisted_code_is_unknown_and_named(code: str) -> None:
    error = send_error(SMS_CODES, code, "text", NOW)
    assert isinstance(error, Unknown)
    assert error.code == code
    assert "not listed" in str(error)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("触发分钟级流控Permits:1", timedelta(minutes=1)),
        ("触发小时级流控Permits:5", timedelta(hours=1)),
        ("触发天级流控Permits:10", timedelta(days=1)),
        ("", timedelta(hours=1)),
        ("触发号码流控", timedelta(hours=1)),
    ],
)
def test_a_limit_defers_by_the_window_that_its_text_names(text: str, length: timedelta) -> None:
    assert window(text) == length
    error = send_error(SMS_CODES, "isv.BUSINESS_LIMIT_CONTROL", text, NOW)
    assert isinstance(error, Deferred)
    assert error.until == NOW + length


@pytest.mark.parametrize("code", [*SMS_CODES, *MAIL_CODES])
def test_nothing_is_tried_again_within_a_minute(code: str) -> None:
    for table in (SMS_CODES, MAIL_CODES):
        error = send_error(table, code, "", NOW)
        assert not isinstance(error, Deferred) or error.until >= NOW + timedelta(minutes=1)
