"""Whether SMS would get through: the signature, its registration with the carriers, and every template.

An unregistered signature is intercepted by the carrier, and lapses after six months without a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.channels.answers import NO_ANSWER, ask
from shared.channels.sms_codes import ACCEPTED
from shared.errors import Unknown
from shared.findings import Finding, Flaw
from shared.openapi import DEFAULT_TIMEOUTS, Timeouts, client_config
from shared.vendor import sparing

with sparing():
    from alibabacloud_dysmsapi20170525.client import Client
    from alibabacloud_dysmsapi20170525.models import GetSmsSignRequest, QuerySmsTemplateRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shared.keys import Credentials
    from shared.openapi import Untyped

APPROVED = 1
_REVIEWS = {0: "in review", 2: "refused", 10: "cancelled"}
_REGISTRATIONS = {
    -2: (Flaw.SIGN_NOT_REGISTERED, "not filed"),
    -1: (Flaw.SIGN_PENDING, "in progress"),
    0: (Flaw.SIGN_NOT_REGISTERED, "refused"),
    1: (Flaw.SIGN_PENDING, "to be verified"),
    2: (Flaw.SIGN_LAPSED, "lapsed"),
}
"""RegisterStatus, as the SDK describes it; 3 is registered."""
REGISTERED = 3
_NOT_THERE = ("isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL")


class SmsHealth:
    """The port ``ChannelHealth`` for SMS."""

    def __init__(
        self,
        credentials: Credentials,
        endpoint: str,
        sign_name: str,
        templates: Mapping[str, str],
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        """``templates`` is the text that each code must stand for, with its ``${variables}``."""
        self._client = Client(client_config(credentials, endpoint, timeouts))
        self._sign_name = sign_name
        self._templates = templates

    def check(self) -> tuple[Finding, ...]:
        """The signature, then each template by its code."""
        found = list(_asked(self._signature, self._sign_name, Flaw.SIGN_NOT_APPROVED))
        for code in self._templates:
            found += _asked(self._template, code, Flaw.TEMPLATE_NOT_APPROVED)
        return tuple(found)

    def _signature(self, name: str) -> Iterator[Finding]:
        """GetSmsSign of Dysmsapi 2017-05-25, as the SDK describes it (alibabacloud-dysmsapi20170525 4.6)."""
        answer = _accepted(ask(self._client.get_sms_sign_with_options, GetSmsSignRequest(sign_name=name)))
        if answer.sign_status != APPROVED:
            yield Finding(Flaw.SIGN_NOT_APPROVED, name, _review(answer.sign_status))
        carriers = answer.sign_isp_register_detail_list or []
        for carrier in carriers:
            if carrier.register_status != REGISTERED:
                unknown = (Flaw.SIGN_PENDING, str(carrier.register_status))
                flaw, word = _REGISTRATIONS.get(carrier.register_status, unknown)
                yield Finding(flaw, name, f"{carrier.operator_code}: {word}")
        if not carriers:
            yield Finding(Flaw.SIGN_PENDING, name, "no carrier is named")

    def _template(self, code: str) -> Iterator[Finding]:
        """QuerySmsTemplate of Dysmsapi 2017-05-25, as the SDK describes it."""
        answer = _accepted(
            ask(self._client.query_sms_template_with_options, QuerySmsTemplateRequest(template_code=code))
        )
        if answer.template_status != APPROVED:
            yield Finding(Flaw.TEMPLATE_NOT_APPROVED, code, _review(answer.template_status))
        if str(answer.template_content or "").strip() != self._templates[code].strip():
            yield Finding(Flaw.TEMPLATE_DIFFERS, code, f"{answer.template_content}")


def _asked(question: Callable[[str], Iterator[Finding]], subject: str, not_there: Flaw) -> list[Finding]:
    try:
        return list(question(subject))
    except Unknown as error:
        return [Finding(not_there if error.code in _NOT_THERE else Flaw.CHANNEL_SILENT, subject, error.code)]


def _accepted(answer: Untyped) -> Untyped:
    if answer.code != ACCEPTED:
        raise Unknown(str(answer.code or NO_ANSWER))
    return answer


def _review(status: int | None) -> str:
    return _REVIEWS.get(status or 0, str(status)) if status is not None else "no status"
