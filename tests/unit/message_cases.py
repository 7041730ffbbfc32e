"""Notices, contacts and settings for the tests of messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.config import MailSettings, MessageSettings, SmsSettings
from shared.consequences import Grace, Milestone, MilestoneKind, Road, before_zero, road
from shared.consequences_data import RULES
from shared.model import Account, Contact, Language, Level, ProductChange, Topic
from shared.notice import Notice

OPTIONAL: tuple[str, ...] = ("receipt", "release", "released")
KEYS: tuple[str, ...] = (
    *("notice", "warning", "critical", "overdue", "suspended", "recovered", "unreadable", "drill"),
    *OPTIONAL,
)
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
_SINCE = READ_AT - timedelta(days=5)
RULES_BY_KEY = {rule.key: rule for rule in RULES}


def a_road(*keys: str, grace: Grace = Grace(hours=24), since: datetime = _SINCE) -> Road:  # noqa: B008 - frozen
    """The road of products below zero since ``since``, as seen at ``READ_AT``."""
    return road([RULES_BY_KEY[key] for key in keys], since, Decimal(10), grace, READ_AT)


ROAD = a_road("ecs", "rds", "sms")
NEAR = Milestone(READ_AT, MilestoneKind.RELEASE_NEAR, (RULES_BY_KEY["rds"],), days_left=3)
GONE = Milestone(READ_AT, MilestoneKind.RELEASED, (RULES_BY_KEY["rds"],), days_left=0)
STAKES = before_zero([RULES_BY_KEY[key] for key in ("ecs", "rds", "sms")])
PRODUCTS = (
    ProductChange("ecs", "云服务器 ECS", Decimal("210.5"), Decimal("100.25")),
    ProductChange("oss", "对象存储 OSS", Decimal(90), Decimal(75)),
    ProductChange("cdn", "CDN", Decimal(40), Decimal("40.5")),
)
_BELOW_ZERO: dict[str, Any] = {
    "level": Level.SUSPENDED,
    "available_amount": Decimal("-2312.4"),
    "ends": (None, None, None),
    "overdue_since": _SINCE,
    "road": ROAD,
}

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
    "drill": {"topic": Topic.DRILL, "level": Level.HEALTHY},
    "receipt": {
        "topic": Topic.RECEIPT,
        "level": Level.HEALTHY,
        "available_amount": Decimal("6234.56"),
        "topped_up": Decimal(5000),
    },
    "release": _BELOW_ZERO | {"topic": Topic.RELEASE, "milestone": NEAR},
    "released": _BELOW_ZERO | {"topic": Topic.RELEASED, "milestone": GONE},
}


OUTLOOK: dict[str, Any] = {
    "past": tuple((READ_AT - timedelta(hours=h), Decimal("1234.56") + 15 * h) for h in range(62, -1, -1)),
    "ahead": (
        (READ_AT, *[Decimal("1234.56")] * 3),
        *(
            (READ_AT + timedelta(days=n), *(Decimal("1234.56") - n * spend for spend in (617, 390, 246)))
            for n in range(1, 7)
        ),
    ),
    "daily": tuple(
        (READ_AT.date() - timedelta(days=n), None if n == 9 else Decimal(360 + n % 5 * 10)) for n in range(14, 0, -1)
    ),
}
"""What the picture of ``a_notice`` is made of."""


def a_notice(key: str = "warning", **changes: Any) -> Notice:
    """A notice that is put into the template ``key``."""
    return replace(_WARNING, **(_BY_KEY[key] | changes))


def named(name: str) -> Account:
    return replace(ACCOUNT, name=name)


def codes(first: int) -> dict[str, str]:
    return {key: f"SMS_{i}" for i, key in enumerate((*KEYS, "task"), first)}


def without(*keys: str) -> MessageSettings:
    """Settings of an agency that has no codes for these."""
    kept = {key: code for key, code in codes(1).items() if key not in keys}
    return message_settings(templates=kept, templates_en={key: f"{code}1" for key, code in kept.items()})


def sms_settings(**changes: object) -> SmsSettings:
    """Codes for both languages, unless ``changes`` say otherwise."""
    fields = {"sign_name": "云帆科技", "templates": codes(1), "templates_en": codes(11)}
    return SmsSettings.validate(fields | changes)


def message_settings(**sms: object) -> MessageSettings:
    """Settings whose SMS part has these changes."""
    return MessageSettings(
        agency_name="云帆科技",
        hotline="400-800-1234",
        pay_url="https://pay.example.com/top-up?from=alert&lang=zh",
        sms=sms_settings(**sms),
        mail=MailSettings(sender="service@example.com", alias="云帆科技"),
    )


SETTINGS = message_settings()
