"""What the reviewers of Dysmsapi 2017-05-25 say of signatures and templates: GetSmsSign, QuerySmsTemplate and its list.

Fields and values as the SDK (4.6.0) describes them; dates are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

REVIEWING, APPROVED, REJECTED, CANCELLED = 0, 1, 2, 10
AUDIT_STATES = {
    REVIEWING: "AUDIT_STATE_INIT",
    APPROVED: "AUDIT_STATE_PASS",
    REJECTED: "AUDIT_STATE_NOT_PASS",
    CANCELLED: "AUDIT_SATE_CANCEL",
}
"""As the list of templates names them; the last one is spelt like this."""
NO_REMARKS = "无审批备注"
CARRIERS = ("mobile", "unicom", "telecom")
NOT_FILED, FILING, FAILED, TO_BE_VERIFIED, LAPSED, REGISTERED = -2, -1, 0, 1, 2, 3
REASONS = {
    NOT_FILED: "NON_REGISTER",
    FILING: "REGISTERING",
    FAILED: "SIGNATURE_ERROR",
    TO_BE_VERIFIED: "DETECTING",
    LAPSED: "NO_SEND_RECORD",
    REGISTERED: "DETECT_SUCCESS",
}
OWN_SIGNATURE = "2"
NOTIFICATION, NOTIFICATION_IN_LISTS = 1, 0
"""One kind of template, two numbers for it."""


@dataclass(frozen=True, slots=True)
class Review:
    """How a signature or a template stands."""

    status: int = APPROVED
    """0 under review, 1 approved, 2 rejected, 10 cancelled; only approved ones can be sent with."""
    reason: str = ""
    """Why it was rejected."""
    registered: dict[str, int] = field(default_factory=dict)
    """Of a signature: its registration by carrier; -2 not filed, -1 filing, 0 failed, 1 filed and to be verified,
    2 lapsed after six months without sending, 3 registered (carriers that are not named)."""


def signature_row(name: str, review: Review) -> dict[str, Any]:
    """The body of GetSmsSign."""
    return {
        "SignName": name,
        "SignStatus": review.status,
        "SignTag": OWN_SIGNATURE,
        "ThirdParty": False,
        "AuditInfo": {"RejectInfo": review.reason},
        "SignIspRegisterDetailList": [
            _registration(carrier, review.registered.get(carrier, REGISTERED)) for carrier in CARRIERS
        ],
    }


def _registration(carrier: str, status: int) -> dict[str, Any]:
    reason = {"ReasonCode": REASONS[status], "ReasonDescList": []}
    return {"OperatorCode": carrier, "RegisterStatus": status, "RegisterStatusReasons": [reason]}


def template_row(code: str, text: str, review: Review) -> dict[str, Any]:
    """The body of QuerySmsTemplate."""
    return {
        "TemplateCode": code,
        "TemplateName": code,
        "TemplateContent": text,
        "TemplateType": NOTIFICATION,
        "TemplateStatus": review.status,
        "Reason": review.reason or NO_REMARKS,
    }


def template_list_row(code: str, text: str, review: Review) -> dict[str, Any]:
    """One template in QuerySmsTemplateList."""
    return {
        "TemplateCode": code,
        "TemplateName": code,
        "TemplateContent": text,
        "TemplateType": NOTIFICATION_IN_LISTS,
        "OuterTemplateType": NOTIFICATION,
        "AuditStatus": AUDIT_STATES[review.status],
        "Reason": {"RejectInfo": review.reason},
    }
