"""The cast: what each customer spends, how they begin, and what they do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from shared.model import SHANGHAI, Level

OFFICE_HOURS = range(9, 20)
"""Hours of the day (Shanghai) in which people pay."""


@dataclass(frozen=True, slots=True)
class Habit:
    """When a customer tops up. What is None does not move them."""

    ahead_days: float | None = None
    """Unprompted, once less than so many mean days of spend are left."""
    after_message: float | None = None
    """So many hours after the first warning (or worse) reached them."""
    after_dry: float | None = None
    """So many hours after the balance fell below zero."""
    words: tuple[str, str] = ("", "")
    """The habit in Chinese and English."""


def prompt(days: float) -> Habit:
    """Pays in good time, whatever we say."""
    return Habit(ahead_days=days, words=("自己提前充值", "pays early, unprompted"))


def heeds(hours: float) -> Habit:
    """Pays some time after our warning."""
    return Habit(after_message=hours, words=(f"收到警告后约{hours:g}小时充值", f"pays {hours:g} h after our warning"))


def late(hours: float) -> Habit:
    """Pays when it is too late."""
    return Habit(after_dry=hours, words=(f"用完后约{hours:g}小时才充值", f"pays {hours:g} h after running dry"))


NEVER = Habit(words=("始终不充值", "never pays"))


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer, by the number that ends the account's UID in accounts.csv."""

    number: int
    series: str
    daily: int
    """Mean spend a day, in the account's currency."""
    days_at_start: float
    """The opening balance, in mean days."""
    habit: Habit
    top_up_days: int = 30
    """How many mean days a top-up lasts."""
    monthly_fee: int = 0
    """A subscription that renews on the 1st."""
    revoked_days: tuple[int, int] | None = None
    """The role is revoked from the first of these days of the replay until the second."""
    phone_off: bool = False
    """The phone is out of service: SMS are accepted, and not delivered."""
    remark: tuple[str, str] = ("", "")
    """What is special, in Chinese and English."""


CUSTOMERS = (
    Customer(1, "ms-purchase-02", 480, 16, heeds(26)),
    Customer(2, "ms-purchase-03", 1250, 19, heeds(50), remark=("两位联系人", "two contacts")),
    Customer(3, "gcp-mybinder-binder-staging", 36, 33, prompt(18)),
    Customer(4, "gcp-mybinder-cloud-sql", 22, 90, NEVER, remark=("余额充足", "plenty left")),
    Customer(5, "gcp-mybinder-cloud-storage", 160, 15, heeds(8), remark=("用量逐步上升", "slowly growing spend")),
    Customer(6, "nab-nyc-taxi", 2100, 12, heeds(30), top_up_days=14),
    Customer(7, "nab-tweets-CRM", 700, 17, heeds(20), remark=("英文联系人", "reads English")),
    Customer(8, "nab-tweets-FB", 900, 14, late(6)),
    Customer(9, "nab-tweets-GOOG", 340, 18, NEVER),
    Customer(10, "wiki-Standard_deviation", 60, 11, heeds(70), top_up_days=15),
    Customer(11, "nab-tweets-UPS", 260, 14, heeds(30), remark=("用量忽高忽低", "bursty spend")),
    Customer(12, "wiki-Chinese_New_Year", 420, 20, heeds(20), remark=("用量突增数倍并保持", "spend steps up")),
    Customer(13, "wiki-United_States", 600, 26, heeds(24), remark=("一次用量尖峰", "one spike")),
    Customer(14, "wiki-Christmas", 800, 24, heeds(30), remark=("用量持续爬升", "spend ramps up")),
    Customer(
        15,
        "wiki-Germany",
        130,
        22,
        heeds(44),
        revoked_days=(8, 15),
        remark=("第8至15天撤销了角色授权", "role revoked for a week"),
    ),
    Customer(16, "wiki-William_Shakespeare", 75, 25, late(20)),
    Customer(17, "flights-LAS", 2900, 40, prompt(22), remark=("重点客户策略", "vip policy")),
    Customer(
        18, "flights-SEA", 1500, 20, heeds(24), monthly_fee=6000, remark=("每月1日扣包月费", "monthly fee on the 1st")
    ),
    Customer(19, "flights-GRR", 95, 15, heeds(40), remark=("美元账号", "a USD account")),
    Customer(
        20, "flights-RIC", 45, 13, heeds(60), phone_off=True, remark=("手机停机，只有邮件能到", "phone out of service")
    ),
)


@dataclass(slots=True)
class Purse:
    """A customer's money, as the replay itself counts it, and what they know."""

    customer: Customer
    balance: Decimal
    dry_since: datetime | None = None
    warned_at: datetime | None = None
    """When the first warning since the last top-up reached them."""
    top_ups: list[tuple[datetime, Decimal]] = field(default_factory=list)

    def charge(self, amount: Decimal, at: datetime) -> bool:
        """Spend; returns whether the balance fell below zero by it."""
        self.balance -= amount
        if self.balance >= 0 or self.dry_since is not None:
            return False
        self.dry_since = at
        return True

    def hear(self, level: Level, at: datetime) -> None:
        """A message about a level reached them."""
        if level >= Level.WARNING and self.warned_at is None:
            self.warned_at = at

    def pay(self, at: datetime) -> Decimal | None:
        """What they pay at this hour, if they do."""
        if at.astimezone(SHANGHAI).hour not in OFFICE_HOURS or not self._moved(at):
            return None
        wanted = Decimal(self.customer.daily * self.customer.top_up_days)
        amount = (wanted / 100).to_integral_value(ROUND_CEILING) * 100
        self.balance += amount
        self.top_ups.append((at, amount))
        self.warned_at = None
        if self.balance >= 0:
            self.dry_since = None
        return amount

    def _moved(self, at: datetime) -> bool:
        habit = self.customer.habit
        return (
            (habit.ahead_days is not None and self.balance < Decimal(str(habit.ahead_days)) * self.customer.daily)
            or _passed(self.warned_at, habit.after_message, at)
            or _passed(self.dry_since, habit.after_dry, at)
        )


def _passed(since: datetime | None, hours: float | None, at: datetime) -> bool:
    return since is not None and hours is not None and at - since >= timedelta(hours=hours)
