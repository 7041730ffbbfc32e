"""Whether mail would get through: the state and the quota of the mail account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.channels.answers import ask
from shared.errors import Unknown
from shared.findings import Finding, Flaw
from shared.openapi import DEFAULT_TIMEOUTS, Timeouts, client_config
from shared.vendor import sparing

with sparing():
    from alibabacloud_dm20151123.client import Client
    from alibabacloud_dm20151123.models import DescAccountSummaryRequest

if TYPE_CHECKING:
    from shared.keys import Credentials

NORMAL = 0
_STATUSES = {1: "frozen", 2: "overdue", 4: "restricted", 8: "deleted"}
"""UserStatus, as the SDK describes it."""


class MailHealth:
    """The port ``ChannelHealth`` for mail."""

    def __init__(
        self, credentials: Credentials, endpoint: str, sender: str, timeouts: Timeouts = DEFAULT_TIMEOUTS
    ) -> None:
        """``sender`` names the channel in findings."""
        self._client = Client(client_config(credentials, endpoint, timeouts))
        self._sender = sender

    def check(self) -> tuple[Finding, ...]:
        """DescAccountSummary of Dm 2015-11-23, as the SDK describes it (alibabacloud-dm20151123 1.11)."""
        try:
            answer = ask(self._client.desc_account_summary_with_options, DescAccountSummaryRequest())
        except Unknown as error:
            return (Finding(Flaw.CHANNEL_SILENT, self._sender, error.code),)
        if answer.user_status is None:
            return (Finding(Flaw.CHANNEL_SILENT, self._sender, "no UserStatus"),)
        if answer.user_status != NORMAL:
            status = _STATUSES.get(answer.user_status, f"UserStatus {answer.user_status}")
            return (Finding(Flaw.MAIL_NOT_IN_ORDER, self._sender, status),)
        return (Finding(Flaw.MAIL_QUOTA, self._sender),) if answer.daily_quota == 0 else ()
