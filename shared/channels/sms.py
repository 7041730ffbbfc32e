"""SMS by Dysmsapi 2017-05-25: one message to one number, and what became of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.channels.answers import NO_ANSWER, ask, not_sent
from shared.channels.codes import send_error
from shared.channels.sms_codes import ACCEPTED, SMS_CODES
from shared.errors import Unknown
from shared.masking import mask_text
from shared.model import DeliveryStatus, Receipt, SmsContent, shanghai_day
from shared.openapi import DEFAULT_TIMEOUTS, CallFailed, Timeouts, call, client_config
from shared.vendor import sparing

with sparing():
    from alibabacloud_dysmsapi20170525.client import Client
    from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest, SendSmsRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from shared.keys import Credentials
    from shared.model import Message
    from shared.openapi import Untyped

PAGE_SIZE = 50
KEPT_DAYS = 30
"""How far back QuerySendDetails answers."""
_STATUSES = {1: DeliveryStatus.SENT, 2: DeliveryStatus.UNDELIVERED, 3: DeliveryStatus.DELIVERED}


class SmsChannel:
    """The port ``Channel`` for numbers of mainland China; may be used by many threads."""

    def __init__(self, credentials: Credentials, endpoint: str, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        """``endpoint`` is ``dysmsapi.aliyuncs.com``; it takes messages from addresses in mainland China only."""
        self._client = Client(client_config(credentials, endpoint, timeouts))

    def send(self, message: Message, now: datetime) -> str:
        """SendSms (help.aliyun.com/document_detail/101414.html); returns the BizId.

        It has no idempotency token: the OutId only comes back in the receipts, where ``find`` looks for it.
        """
        content = message.content
        assert isinstance(content, SmsContent), "a message on this channel has an SMS's content"
        request = SendSmsRequest(
            phone_numbers=message.address,
            sign_name=content.sign_name,
            template_code=content.template_code,
            template_param=json.dumps(dict(content.parameters), ensure_ascii=False),
            out_id=message.message_id,
        )
        try:
            answer = call(self._client.send_sms_with_options, request)
        except CallFailed as failure:
            raise not_sent(failure, SMS_CODES, now) from failure
        if answer.code != ACCEPTED:  # errors of the service come with status 200
            raise send_error(SMS_CODES, str(answer.code or NO_ANSWER), mask_text(str(answer.message or "")), now)
        if not answer.biz_id:
            raise Unknown(ACCEPTED, "accepted without a BizId")
        return str(answer.biz_id)

    def find(self, message: Message, now: datetime) -> Receipt | None:
        """QuerySendDetails (help.aliyun.com/document_detail/419277.html), by number and day; shows messages late.

        The last thing known is told if several carry our id, delivered before anything else.
        """
        for day in _days(message, now):
            found = [row for row in self._details(message.address, day) if row.out_id == message.message_id]
            receipts = [_receipt(message, row) for row in found]
            if receipts:
                delivered = (one for one in receipts if one.status is DeliveryStatus.DELIVERED)
                return next(delivered, receipts[0])
        return None

    def _details(self, phone: str, day: date) -> Iterator[Untyped]:
        """Every message to ``phone`` on ``day``, of any of our senders, page by page."""
        page, seen, total = 0, 0, 1
        while seen < total:
            page += 1
            request = QuerySendDetailsRequest(
                phone_number=phone, send_date=f"{day:%Y%m%d}", page_size=PAGE_SIZE, current_page=page
            )
            answer = ask(self._client.query_send_details_with_options, request)
            total, rows = _page(answer)
            if not rows:
                return
            yield from rows
            seen += len(rows)


def _page(answer: Untyped) -> tuple[int, list[Untyped]]:
    if answer.code != ACCEPTED:
        raise Unknown(str(answer.code or NO_ANSWER), mask_text(str(answer.message or "")))
    try:
        total = int(answer.total_count)  # written as text
        rows = answer.sms_send_detail_dtos.sms_send_detail_dto if total else []
    except (AttributeError, TypeError, ValueError):
        raise Unknown(NO_ANSWER, "QuerySendDetails answered without its list") from None
    return total, rows or []


def _days(message: Message, now: datetime) -> Iterator[date]:
    """The Shanghai days on which the message may have been sent, as far as they are kept."""
    today = shanghai_day(now)
    first = shanghai_day(message.first_sent_at or message.queued_at)
    day = max(first, today - timedelta(days=KEPT_DAYS - 1))
    while day <= max(today, first):
        yield day
        day += timedelta(days=1)


def _receipt(message: Message, row: Untyped) -> Receipt:
    try:
        status = _STATUSES[row.send_status]
    except (KeyError, TypeError):
        raise Unknown(NO_ANSWER, f"SendStatus is {row.send_status!r}") from None
    return Receipt(status, message.provider_id, row.err_code or "")
