"""Every error code of SendSms that is known, and what follows from it.

Source: help.aliyun.com/document_detail/101346.html, and the API error codes beside it; the classes are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.channels.codes import (
    CHANNEL_DOWN,
    CONTACT_BAD,
    GATEWAY_CODES,
    MESSAGE_BAD,
    UNCERTAIN,
    Verdict,
)
from shared.errors import Remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCEPTED = "OK"
"""Taken over for sending; whether it arrived is told by the receipt."""

SMS_CODES: Mapping[str, Verdict] = {
    **GATEWAY_CODES,
    # A number's share of a signature and template (50 in 24 hours for notifications) is used up.
    "isv.BUSINESS_LIMIT_CONTROL": Verdict(Remedy.LATER),
    "isp.SYSTEM_ERROR": UNCERTAIN,
    "isp.GATEWAY_ERROR": UNCERTAIN,
    "isv.MOBILE_NUMBER_ILLEGAL": CONTACT_BAD,
    # This message: a value that is too long, not text, a link, or has a forbidden word.
    "isv.TEMPLATE_MISSING_PARAMETERS": MESSAGE_BAD,
    "isv.INVALID_JSON_PARAM": MESSAGE_BAD,
    "isv.PARAM_LENGTH_LIMIT": MESSAGE_BAD,
    "isv.PARAM_NOT_SUPPORT_URL": MESSAGE_BAD,
    "isv.BLACK_KEY_CONTROL_LIMIT": MESSAGE_BAD,
    "isv.INVALID_PARAMETERS": MESSAGE_BAD,
    "isv.MOBILE_COUNT_OVER_LIMIT": MESSAGE_BAD,
    # The template or the signature: unknown, not approved, or not what the parameters were made for.
    "isv.SMS_TEMPLATE_ILLEGAL": CHANNEL_DOWN,
    "isv.SMS_SIGNATURE_ILLEGAL": CHANNEL_DOWN,
    "isv.SMS_SIGN_ILLEGAL": CHANNEL_DOWN,
    "isv.SIGN_STATE_ILLEGAL": CHANNEL_DOWN,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": CHANNEL_DOWN,
    "isv.SMS_CONTENT_ILLEGAL": CHANNEL_DOWN,
    # The agency's own account: out of money, over its own cap, not allowed, or calling from abroad.
    "isv.AMOUNT_NOT_ENOUGH": CHANNEL_DOWN,
    "isv.OUT_OF_SERVICE": CHANNEL_DOWN,
    "isv.DAY_LIMIT_CONTROL": CHANNEL_DOWN,
    "isv.MONTH_LIMIT_CONTROL": CHANNEL_DOWN,
    "isp.RAM_PERMISSION_DENY": CHANNEL_DOWN,
    "isv.ACCOUNT_NOT_EXISTS": CHANNEL_DOWN,
    "isv.ACCOUNT_ABNORMAL": CHANNEL_DOWN,
    "isv.PRODUCT_UN_SUBSCRIPT": CHANNEL_DOWN,
    "isv.DENY_IP_RANGE": CHANNEL_DOWN,
}
