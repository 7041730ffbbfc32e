"""Test values with defaults for everything that is not at stake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.model import (
    Account,
    Balance,
    ChannelName,
    Contact,
    DeliveryStatus,
    Level,
    Message,
    Runway,
    SmsContent,
    SpendHistory,
    Topic,
    Transaction,
    TransactionKind,
)
from shared.policy import Evaluation
from shared.snapshot import Figures
from shared.spend import with_movements, with_reading

if TYPE_CHECKING:
    from collections.abc import Sequence

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai on Wednesday, 4 March 2026."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def balance(amount: str | float | Decimal, at: datetime = NOON, currency: str = "CNY") -> Balance:
    return Balance(at, currency, Decimal(str(amount)))


def payment(
    amount: str | float | Decimal, at: datetime, kind: TransactionKind = TransactionKind.PAYMENT
) -> Transaction:
    return Transaction(f"T{at.timestamp():.0f}", at, kind, Decimal(str(amount)))


def history(
    amounts: Sequence[str | float], *, end: datetime = NOON, every: timedelta = HOUR, paid: tuple[Transaction, ...] = ()
) -> SpendHistory:
    """A history of readings, the last one at ``end``."""
    past = with_movements(SpendHistory(), paid, end)
    for n, amount in enumerate(amounts):
        past = with_reading(past, balance(amount, end - every * (len(amounts) - 1 - n)))
    return past


def contact(name: str = "王丽", phone: str | None = "13800000000", mail: str | None = "wang@example.com") -> Contact:
    return Contact(name, phone, mail)


def account(account_id: str = "1000000000000001", *contacts: Contact, policy: str = "default") -> Account:
    return Account(account_id, "常州示例科技有限公司", contacts or (contact(),), policy=policy)


def runway(*days_left: float, daily: float = 100.0, at: datetime = NOON) -> Runway:
    """A runway of these days at the seven quantiles of spend, falling; one figure stands for all seven."""
    days = days_left if len(days_left) > 1 else days_left * 7
    return Runway(at, days, (daily,) * 7, 30)


def figures(
    amount: str | float | Decimal = 500,
    at: datetime = NOON,
    *,
    lasts: Runway | None = None,
    topped_up: str | float = 0,
    **others: Any,
) -> Figures:
    """What a policy looks at: an available amount, and a runway if one is given."""
    spend = None if lasts is None else Decimal(str(lasts.daily_spend[3]))
    paid = Decimal(str(topped_up))
    return Figures(at, "CNY", Decimal(str(amount)), lasts, spend, topped_up=paid, **others)


def evaluation(level: Level) -> Evaluation:
    """A judgement that came to ``level``."""
    return Evaluation(level, ())


def message(
    status: DeliveryStatus = DeliveryStatus.PENDING, *, attempts: int = 0, queued_at: datetime = NOON
) -> Message:
    return Message(
        message_id="MXK3QH5TB2LZ7A4C",
        account_id="1000000000000001",
        contact="王丽",
        channel=ChannelName.SMS,
        address="13800000000",
        topic=Topic.LEVEL,
        level=Level.WARNING,
        content=SmsContent("云账户助手", "SMS_100001", (("name", "示例科技"),), "【云账户助手】示例科技"),
        queued_at=queued_at,
        due=queued_at,
        status=status,
        attempts=attempts,
    )
