"""Mail by DirectMail 2015-11-23: one message to one address, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.channels.answers import NO_ANSWER, ask, not_sent
from shared.channels.mail_codes import MAIL_CODES
from shared.errors import Unknown
from shared.model import SHANGHAI, DeliveryStatus, MailContent, Receipt
from shared.openapi import DEFAULT_TIMEOUTS, CallFailed, Timeouts, call, client_config
from shared.vendor import sparing

with sparing():
    from alibabacloud_dm20151123.client import Client
    from alibabacloud_dm20151123.models import SenderStatisticsDetailByParamRequest, SingleSendMailRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.keys import Credentials
    from shared.model import Message
    from shared.openapi import Untyped

PAGE_SIZE = 100
LONGEST_QUERY = timedelta(days=30)
CLOCKS_DIFFER = timedelta(minutes=10)
"""How far the provider's clock may be from ours."""
FROM_SENDER = 1
DELIVERED = 0
FAILED = {2: "invalid address", 3: "spam", 4: "failed"}


class MailChannel:
    """The port ``Channel`` for mail; may be used by many threads."""

    def __init__(
        self,
        credentials: Credentials,
        endpoint: str,
        sender: str,
        *,
        alias: str = "",
        tag: str = "",
        reply_to: str | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        """``endpoint`` is ``dm.aliyuncs.com`` in China; ``sender`` and ``tag`` exist in the console.

        ``alias`` is the sender's name as people see it, at most 15 characters.
        """
        self._client = Client(client_config(credentials, endpoint, timeouts))
        self._sender = sender
        self._alias = alias
        self._tag = tag
        self._reply_to = reply_to

    def send(self, message: Message, now: datetime) -> str:
        """SingleSendMail (help.aliyun.com/document_detail/29444.htm); returns the EnvId.

        It has no idempotency token: the subject carries our id, and is where ``find`` looks for it.
        """
        content = message.content
        assert isinstance(content, MailContent), "a message on this channel has a mail's content"
        request = SingleSendMailRequest(
            account_name=self._sender,
            address_type=FROM_SENDER,
            reply_to_address=False,  # that would be the address set in the console
            reply_address=self._reply_to,
            to_address=message.address,
            from_alias=self._alias or None,
            tag_name=self._tag or None,
            subject=subject_with_reference(content.subject, message.message_id),
            html_body=content.html,
            text_body=content.text,
        )
        try:
            answer = call(self._client.single_send_mail_with_options, request)
        except CallFailed as failure:
            raise not_sent(failure, MAIL_CODES, now) from failure
        if not answer.env_id:
            raise Unknown(NO_ANSWER, "accepted without an EnvId")
        return str(answer.env_id)

    def find(self, message: Message, now: datetime) -> Receipt | None:
        """SenderStatisticsDetailByParam (the SDK's description): shows a mail once it has its end."""
        sent = message.first_sent_at or message.queued_at
        until = max(now, sent) + CLOCKS_DIFFER
        since = max(sent - CLOCKS_DIFFER, until - LONGEST_QUERY)
        found = [
            row for row in self._details(message.address, since, until) if message.message_id in (row.subject or "")
        ]
        receipts = [_receipt(message, row) for row in found]
        delivered = (one for one in receipts if one.status is DeliveryStatus.DELIVERED)
        return next(delivered, receipts[-1] if receipts else None)

    def _details(self, address: str, since: datetime, until: datetime) -> Iterator[Untyped]:
        """Every mail to ``address`` in that time, page by page."""
        following: str | None = None
        while following != "":
            request = SenderStatisticsDetailByParamRequest(
                to_address=address,
                start_time=_minute(since),
                end_time=_minute(until),
                length=PAGE_SIZE,
                next_start=following,
            )
            answer = ask(self._client.sender_statistics_detail_by_param_with_options, request)
            if answer.data is None:
                raise Unknown(NO_ANSWER, "SenderStatisticsDetailByParam answered without its list")
            rows = answer.data.mail_detail or []
            yield from rows
            following = str(answer.next_start or "") if rows else ""


def subject_with_reference(subject: str, reference: str) -> str:
    """The subject as it is sent: with the reference by which the mail is found again."""
    return subject if reference in subject else f"{subject} [{reference}]"


def _receipt(message: Message, row: Untyped) -> Receipt:
    if row.status == DELIVERED:
        return Receipt(DeliveryStatus.DELIVERED, message.provider_id)
    if row.status not in FAILED:
        raise Unknown(NO_ANSWER, f"Status is {row.status!r}")
    return Receipt(DeliveryStatus.UNDELIVERED, message.provider_id, row.error_classification or FAILED[row.status])


def _minute(at: datetime) -> str:
    """As the API writes times: Shanghai's, to the minute."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
