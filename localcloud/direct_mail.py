"""DirectMail 2015-11-23: single mails, and what became of them.

Errors are HTTP 4xx. Sources: help.aliyun.com/document_detail/29444.htm (SingleSendMail),
alibabacloud.com/help/en/direct-mail/api-dm-2015-11-23-errorcodes, and the SDK's own descriptions of
SenderStatisticsDetailByParam, DescAccountSummary and QueryInvalidAddress.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from localcloud.clock import SHANGHAI
from localcloud.openapi.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.clock import Clock
    from localcloud.openapi.rpc import Call, Operation

VERSION = "2015-11-23"
MAX_RECIPIENTS = 100
LONGEST_SUBJECT = 256
LONGEST_ALIAS = 15
LONGEST_QUERY = timedelta(days=30)
DAILY_QUOTA = 2000
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
NORMAL = 0
DELIVERED, INVALID, SPAM, FAILED = 0, 2, 3, 4
STATUSES = {DELIVERED: "delivered", INVALID: "invalid", SPAM: "spam", FAILED: "failed"}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of mails to one address."""

    listed_invalid: bool = False
    """On the invalid-address list: SingleSendMail refuses it."""
    status: int = DELIVERED
    """0 delivered, 2 invalid address, 3 spam, 4 failed."""
    message: str = "250 Send Mail OK"
    receipt_after: timedelta = timedelta(seconds=60)
    """From sending until the statistics show it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted mail to one address."""

    env_id: str
    account_id: str
    sender: str
    to: str
    subject: str
    html: str
    text: str
    alias: str
    tag: str
    headers: str
    """JSON, as given."""
    sent_at: datetime
    fate: Fate

    @property
    def known_at(self) -> datetime:
        """When the statistics show its end."""
        return self.sent_at + self.fate.receipt_after

    def shown(self, now: datetime) -> dict[str, Any]:
        """As the control side lists it."""
        known = now >= self.known_at
        return {
            "env_id": self.env_id,
            "account": self.account_id,
            "sender": self.sender,
            "to": self.to,
            "subject": self.subject,
            "html": self.html,
            "text": self.text,
            "alias": self.alias,
            "tag": self.tag,
            "headers": self.headers,
            "sent_at": self.sent_at.isoformat(),
            "status": STATUSES[self.fate.status] if known else "waiting",
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How the sending account stands."""

    user_status: int = NORMAL
    """0 normal, 1 frozen, 2 overdue, 4 restricted, 8 deleted; only a normal one can send."""
    daily_quota: int | None = None
    """Mails a day (Shanghai); None shows 2,000 and lets more through."""
    quota_level: int = 1


@dataclass(slots=True)
class DirectMail:
    """The mail service."""

    clock: Clock
    senders: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    fates: dict[str, Fate] = field(default_factory=dict)
    """By address in lower case; ``*`` for all addresses without one of their own."""
    sent: list[Mail] = field(default_factory=list)
    standing: Standing = Standing()
    on_accepted: Callable[[], None] = lambda: None
    """Called before the reply: what was accepted is never forgotten."""

    def operations(self) -> dict[str, Operation]:
        """Its actions."""
        return {
            "SingleSendMail": self.single_send_mail,
            "SenderStatisticsDetailByParam": self.sender_statistics_detail_by_param,
            "DescAccountSummary": self.desc_account_summary,
            "QueryInvalidAddress": self.query_invalid_address,
        }

    def reset(self) -> None:
        """Forget everything."""
        for part in (self.senders, self.tags, self.fates, self.sent):
            part.clear()
        self.standing = Standing()

    def single_send_mail(self, call: Call) -> dict[str, Any]:
        """Accept a mail; accepted is not delivered."""
        for name in ("AccountName", "AddressType", "ReplyToAddress", "ToAddress", "Subject"):
            call.text(name)
        self._check(call)
        addresses = [self._address(address.strip()) for address in call.text("ToAddress").split(",")]
        if len(addresses) > MAX_RECIPIENTS:
            raise ApiError(400, "InvalidToAddress", "The number of recipients exceeds the limit.")
        now = self.clock.now()
        self._admit(call.identity.account_id, len(addresses), now)
        env_id = f"{int(now.timestamp())}{len(self.sent) + 1:08d}"
        self.sent.extend(
            Mail(
                env_id=env_id,
                account_id=call.identity.account_id,
                sender=call.text("AccountName"),
                to=address,
                subject=call.text("Subject"),
                html=call.optional("HtmlBody"),
                text=call.optional("TextBody"),
                alias=call.optional("FromAlias"),
                tag=call.optional("TagName"),
                headers=call.optional("Headers"),
                sent_at=now,
                fate=self._fate(address),
            )
            for address in addresses
        )
        self.on_accepted()
        return {"EnvId": env_id}

    def sender_statistics_detail_by_param(self, call: Call) -> dict[str, Any]:
        """Mails with a known end, oldest first, by one of sender, tag or recipient."""
        given = [name for name in ("AccountName", "TagName", "ToAddress") if call.optional(name)]
        if len(given) > 1:
            raise ApiError(400, "InvalidParameter", "Only one of AccountName, TagName and ToAddress may be given.")
        now = self.clock.now()
        end = _minute(call, "EndTime", now)
        start = _minute(call, "StartTime", end - LONGEST_QUERY)
        if not timedelta(0) <= end - start <= LONGEST_QUERY:
            raise ApiError(400, "InvalidDate.Malformed", "The specified date range is not valid.")
        rows = [
            _detail(mail)
            for mail in self.sent
            if mail.account_id == call.identity.account_id
            and start <= mail.sent_at < end + timedelta(minutes=1)
            and now >= mail.known_at
            and _wanted(call, mail)
        ]
        return _part(call, rows)

    def desc_account_summary(self, call: Call) -> dict[str, Any]:
        """Quotas, and whether the account may send at all (UserStatus 0)."""
        del call  # it takes no parameters
        quota = DAILY_QUOTA if self.standing.daily_quota is None else self.standing.daily_quota
        return {
            "DailyQuota": quota,
            "MonthQuota": quota * 30,
            "QuotaLevel": self.standing.quota_level,
            "MaxQuotaLevel": 10,
            "UserStatus": self.standing.user_status,
            "MailAddresses": len(self.senders),
            "Tags": len(self.tags),
        }

    def query_invalid_address(self, call: Call) -> dict[str, Any]:
        """Addresses that turned out not to exist, from one day up to and including another (Shanghai)."""
        now = self.clock.now()
        end = _day(call, "EndTime", now)
        start = _day(call, "StartTime", end - LONGEST_QUERY)
        if not timedelta(0) <= end - start <= LONGEST_QUERY:
            raise ApiError(400, "InvalidDate.Malformed", "The specified date range is not valid.")
        known = {
            mail.to: mail.known_at
            for mail in self.sent
            if mail.account_id == call.identity.account_id and mail.fate.status == INVALID and mail.known_at <= now
        }
        rows = [
            {"ToAddress": to, "LastUpdateTime": _shown(at), "UtcLastUpdateTime": int(at.timestamp())}
            for to, at in known.items()
            if start <= at < end + timedelta(days=1) and call.optional("KeyWord") in to
        ]
        return {"TotalCount": len(rows)} | _part(call, rows)

    def _admit(self, account_id: str, count: int, now: datetime) -> None:
        """Refuse if the account cannot send, or not that many more today."""
        if self.standing.user_status != NORMAL:
            raise _not_admitted()
        if self.standing.daily_quota is None:
            return
        today = now.astimezone(SHANGHAI).date()
        sent = sum(m.account_id == account_id and m.sent_at.astimezone(SHANGHAI).date() == today for m in self.sent)
        if sent + count > self.standing.daily_quota:
            raise _not_admitted()

    def _check(self, call: Call) -> None:
        """The rules on everything but the recipients."""
        if call.text("AccountName") not in self.senders:
            raise ApiError(404, "InvalidMailAddress.NotFound", "The specified mailAddress does not exist.")
        if len(call.text("Subject")) > LONGEST_SUBJECT:
            raise ApiError(400, "InvalidSubject.Malformed", "The specified subject is wrongly formed.")
        if len(call.optional("FromAlias")) > LONGEST_ALIAS:
            raise ApiError(400, "InvalidFromAlias.Malformed", "The specified fromAlias is wrongly formed.")
        if call.optional("TagName") and call.text("TagName") not in self.tags:
            raise ApiError(400, "InvalidTag.NotFound", "The specified tag does not exist.")
        if not any(call.optional(name) for name in ("HtmlBody", "TextBody", "Template.TemplateId", "Template")):
            raise ApiError(400, "InvalidBody", "The specified textBody or htmlBody is wrongly formed.")

    def _address(self, address: str) -> str:
        if ADDRESS.fullmatch(address) is None:
            raise ApiError(400, "InvalidToAddress", "The specified toAddress is wrongly formed.")
        if self._fate(address).listed_invalid:
            raise ApiError(400, "InvalidToAddress.Spam", "The specified toAddress is rejected by invalid address.")
        return address

    def _fate(self, address: str) -> Fate:
        return self.fates.get(address.lower()) or self.fates.get("*") or Fate()


def _part(call: Call, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The rows that ``NextStart`` and ``Length`` ask for."""
    length = call.integer("Length", 100, high=100)
    first = call.integer("NextStart", 0, low=0)
    following = str(first + length) if first + length < len(rows) else ""
    return {"NextStart": following, "data": {"mailDetail": rows[first : first + length]}}


def _not_admitted() -> ApiError:
    message = "The specified mail is rejected, please check the user status, the frequency and the quota."
    return ApiError(400, "InvalidSendMail.Spam", message)


def _wanted(call: Call, mail: Mail) -> bool:
    conditions = {
        "AccountName": mail.sender,
        "TagName": mail.tag,
        "ToAddress": mail.to,
        "Status": str(mail.fate.status),
    }
    return all(call.optional(name) in {"", value} for name, value in conditions.items())


def _detail(mail: Mail) -> dict[str, Any]:
    return {
        "AccountName": mail.sender,
        "ToAddress": mail.to,
        "Subject": mail.subject,
        "Status": mail.fate.status,
        "ErrorClassification": "" if mail.fate.status == DELIVERED else STATUSES[mail.fate.status],
        "Message": mail.fate.message,
        "LastUpdateTime": _shown(mail.known_at),
        "UtcLastUpdateTime": str(int(mail.known_at.timestamp())),
    }


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M+08:00}"


def _day(call: Call, name: str, default: datetime) -> datetime:
    """The beginning of a day ``yyyy-MM-dd`` in Shanghai."""
    text = call.optional(name) or f"{default.astimezone(SHANGHAI):%Y-%m-%d}"
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise ApiError(400, "InvalidDate.Malformed", f"The specified {name} is wrongly formed.") from None


def _minute(call: Call, name: str, default: datetime) -> datetime:
    """A time as ``yyyy-MM-dd HH:mm``, taken as Shanghai time."""
    text = call.optional(name)
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI) if text else default
    except ValueError:
        raise ApiError(400, "InvalidDate.Malformed", f"The specified {name} is wrongly formed.") from None
    return moment.astimezone(UTC)
