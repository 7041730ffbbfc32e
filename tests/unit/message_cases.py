"""Notices, contacts and settings for the tests of messages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.model import Account, Contact, Language, Level, Notice, Topic

KEYS = ("notice", "warning", "critical", "overdue", "suspended", "recovered", "unreadable")
READ_AT = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)
CONTACT = Contact("王敏", phone="13800138000", mail="wang@example.com")
ENGLISH_CONTACT = replace(CONTACT, name="Wang Min", language=Language.ENGLISH)
ACCOUNT = Account("1234567890123456", "星河网络科技", (CONTACT,))

_ENDS = (READ_AT + timedelta(days=2), READ_AT + timedelta(days=3, hours=4), READ_AT + timedelta(days=5))
_WARNING = Notice(
    account=ACCOUNT,
    topic=Topic.LEVEL,
    level=Level.WARNING,
    as_of=READ_AT,
    currency="CNY",
    available_amount=Decimal("1234.56"),
    ends=_ENDS,
    daily_spend=Decimal("380.5"),
    top_up=Decimal(12000),
    top_up_days=30,
)
_BY_KEY: dict[str, dict[str, Any]] = {
    "notice": {"level": Level.NOTICE},
    "warning": {},
    "critical": {"level": Level.CRITICAL},
    "overdue": {
        "level": Level.OVERDUE,
        "available_amount": Decimal("-312.4"),
        "ends": (None, None, None),
        "overdue_since": READ_AT - timedelta(hours=9),
    },
    "suspended": {
        "level": Level.SUSPENDED,
        "available_amount": Decimal("-2312.4"),
        "ends": (None, None, None),
        "overdue_since": READ_AT - timedelta(days=3),
    },
    "recovered": {"topic": Topic.RECOVERED, "level": Level.HEALTHY, "available_amount": Decimal(12000)},
    "unreadable": {"topic": Topic.UNREADABLE, "failure": "access_revoked", "failed_runs": 6},
}


def a_notice(key: str = "warning", **changes: Any) -> Notice:  # noqa: ANN401 - any field of Notice
    """A notice that is put into the template ``key``."""
    return replace(_WARNING, **(_BY_KEY[key] | changes))


def named(name: str) -> Account:
    return replace(ACCOUNT, name=name)


@dataclass(frozen=True)
class SmsNames:
    sign_name: str = "云帆科技"
    templates: dict[str, str] = field(default_factory=lambda: {key: f"SMS_{i}" for i, key in enumerate(KEYS, 1)})
    templates_en: dict[str, str] | None = field(
        default_factory=lambda: {key: f"SMS_{i}" for i, key in enumerate(KEYS, 11)}
    )


@dataclass(frozen=True)
class Settings:
    agency_name: str = "云帆科技"
    hotline: str = "400-800-1234"
    pay_url: str = "https://pay.example.com/top-up?from=alert&lang=zh"
    sms: SmsNames = SmsNames()


SETTINGS = Settings()
