"""The way into a customer's account: the role the customer gave us, assumed with our own key."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.billing.failures import not_assumed
from shared.errors import UnexpectedAnswer
from shared.keys import Credentials
from shared.openapi import DEFAULT_TIMEOUTS, CallFailed, Timeouts, call, client_config
from shared.vendor import sparing

with sparing():
    from alibabacloud_sts20150401.client import Client
    from alibabacloud_sts20150401.models import AssumeRoleRequest

if TYPE_CHECKING:
    from shared.billing.pace import Pace
    from shared.model import Account

DURATION_SECONDS = 3600
"""The longest that every role allows."""
RENEW_BEFORE = timedelta(minutes=5)


@dataclass(slots=True)
class _Session:
    """The temporary key of one role; the lock lets one thread ask for it while the others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    credentials: Credentials | None = None
    expires: datetime | None = None

    def lasts(self, now: datetime | None) -> bool:
        if self.credentials is None or self.expires is None:
            return False
        return now is None or now < self.expires - RENEW_BEFORE


class CustomerAccess:
    """Keeps one temporary key for each role while it lasts; may be used by many threads."""

    def __init__(
        self,
        own: Credentials,
        sts_endpoint: str,
        session_name: str = "arrears-alert",
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        pace: Pace | None = None,
    ) -> None:
        """``own`` is the agency's key; ``session_name`` is what the customer sees in the audit log."""
        self._endpoint, self._timeouts = sts_endpoint, timeouts
        self._session_name = session_name
        self._pace = pace
        self._sessions: dict[tuple[str, str | None], _Session] = {}
        self._guard = threading.Lock()
        self.call_as(own)

    def call_as(self, own: Credentials) -> None:
        """Go on with another key of the agency's: that of a function's role is new for every invocation."""
        self._own = own
        self._client = Client(client_config(own, self._endpoint, self._timeouts))

    def drop_expired(self, now: datetime) -> None:
        """Let go of the keys that have ended, so that they do not add up."""
        with self._guard:
            self._sessions = {role: session for role, session in self._sessions.items() if session.lasts(now)}

    def credentials(self, account: Account, now: datetime | None = None) -> Credentials:
        """The key to read ``account`` with: the agency's own where the account names no role.

        A key is renewed 5 minutes before it expires; without ``now``, only once ``forget`` was called.

        Raises:
            Unreadable: The role cannot be assumed; AccessRevoked if the customer has to do something about it.
        """
        if account.role_arn is None:
            return self._own
        session = self._session(account)
        with session.lock:
            if session.credentials is None or not session.lasts(now):
                session.credentials, session.expires = self._assume(account)
            return session.credentials

    def forget(self, account: Account, refused: Credentials) -> None:
        """Drop the account's temporary key if it still is the one that was ``refused``."""
        if account.role_arn is None:
            return
        session = self._session(account)
        with session.lock:
            if session.credentials == refused:
                session.credentials = None

    def _session(self, account: Account) -> _Session:
        with self._guard:
            return self._sessions.setdefault((account.role_arn or "", account.external_id), _Session())

    def _assume(self, account: Account) -> tuple[Credentials, datetime]:
        """AssumeRole of STS 2015-04-01 (help.aliyun.com/document_detail/371864.html)."""
        request = AssumeRoleRequest(
            role_arn=account.role_arn,
            external_id=account.external_id,
            role_session_name=self._session_name,
            duration_seconds=DURATION_SECONDS,
        )
        if self._pace is not None:
            self._pace.wait("AssumeRole", "")
        try:
            given = call(self._client.assume_role_with_options, request).credentials
        except CallFailed as failure:
            raise not_assumed(failure, account) from failure
        try:
            expires = datetime.fromisoformat(given.expiration)
            key = Credentials(given.access_key_id, given.access_key_secret, given.security_token)
        except (AttributeError, TypeError, ValueError):
            raise UnexpectedAnswer(f"account {account.account_id}: AssumeRole gave no Credentials") from None
        if expires.tzinfo is None or not (key.access_key_id and key.access_key_secret and key.security_token):
            raise UnexpectedAnswer(f"account {account.account_id}: AssumeRole gave incomplete Credentials")
        return key, expires
