"""The replay: customers spend and pay hour by hour, and the real functions run on their timers."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.customers import Customer, Purse
from demo.series import HOURS, money, read_series
from demo.site import AUDIT, DELIVER, ROOT, Site
from shared.app.roster_file import read_rows
from shared.model import SHANGHAI, ChannelName, DeliveryStatus, Topic
from shared.roster import parse_roster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from localcloud.running import RunningCloud
    from shared.model import Account, Message

ACCOUNTS = Path(__file__).with_name("accounts.csv")
START = datetime(2026, 5, 17, 16, 0, tzinfo=UTC)
"""Midnight in Shanghai at the beginning of Monday, 18 May 2026; the 1st of June is on the fifteenth day."""
HOUR = timedelta(hours=1)
RARER = {DELIVER: "CRON_TZ=Asia/Shanghai 0 12 * * * *", AUDIT: "CRON_TZ=Asia/Shanghai 0 27 0/6 * * *"}
"""Delivery once an hour instead of every five minutes, the audit four times a day: to save the reader's time."""
RUN_PATIENCE = 120.0
"""Real seconds that one hour may take before the demo gives up."""
_REFERENCE = re.compile(r"\b[A-Z2-7]{16}\b")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that the provider took, as the provider shows it."""

    message_id: str
    account_id: str
    channel: ChannelName
    address: str
    at: datetime
    delivered: bool
    text: str
    """An SMS in full, signature included; a mail's plain text."""
    subject: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class RanDry:
    """A balance that fell below zero."""

    account_id: str
    at: datetime


@dataclass(slots=True)
class Ledger:
    """Everything that happened, as the replay saw it from outside."""

    start: datetime
    now: datetime
    accounts: dict[str, Account]
    purses: dict[str, Purse]
    arrivals: list[Arrival] = field(default_factory=list)
    dry_outs: list[RanDry] = field(default_factory=list)
    failed_runs: list[str] = field(default_factory=list)
    balances: dict[str, list[Decimal]] = field(default_factory=dict)
    """By account: the true balance at the start, and after every hour."""
    seen_sms: int = 0
    seen_mails: int = 0

    @property
    def hours(self) -> int:
        """Hours replayed so far."""
        return int((self.now - self.start) / HOUR)


class Replay:
    """A month of ``customers`` at an agency on ``cloud``."""

    def __init__(self, cloud: RunningCloud, config_file: Path, customers: Sequence[Customer], accounts: Path) -> None:
        self.site = Site(cloud, config_file)
        self._control = cloud.control
        self._accounts_file = accounts
        self._series = read_series()
        found = {account.account_id: account for account in parse_roster(read_rows(accounts), accounts.name)}
        cast = {uid: customer for uid in found for customer in customers if int(uid[-6:]) == customer.number}
        purses = {uid: Purse(c, Decimal(str(round(c.daily * c.days_at_start)))) for uid, c in cast.items()}
        self.ledger = Ledger(START, START, found, purses, balances={uid: [p.balance] for uid, p in purses.items()})

    def set_up(self, say: Callable[[str], None]) -> None:
        """What comes before the first hour; ``say`` is told what staff type and read.

        Raises:
            RuntimeError: A command of the staff's failed.
        """
        self._control.set_clock(START)
        self._open_accounts()
        self.site.approve()
        for command in (["init"], ["import", str(self._accounts_file)]):
            say(f"$ arrears {command[0]} {' '.join(Path(word).name for word in command[1:])}".rstrip())
            say(arrears(self.site, *command))
        self.site.deploy()
        for (function, name), cron in RARER.items():
            timer = {"function": function, "name": name, "cron": cron, "enable": True}
            self._control.request("POST", "/fc/timers/put", timer)

    def run(self, hours: int, progress: Callable[[Ledger], None]) -> None:
        """Replay ``hours``; ``progress`` is called after each."""
        for _ in range(hours):
            self._pass_an_hour()
            progress(self.ledger)

    def _pass_an_hour(self) -> None:
        ledger = self.ledger
        ledger.now += HOUR
        self._change_roles()
        ran = self._control.request("POST", "/fc/timers/run", {"until": ledger.now.isoformat()}, patience=RUN_PATIENCE)
        ledger.failed_runs += [f"{row['function']} {row['started']}: {row['error']}" for row in ran["failed"]]
        self._charge()
        self._listen()
        self._pay()
        for uid, purse in ledger.purses.items():
            ledger.balances[uid].append(purse.balance)

    def _open_accounts(self) -> None:
        accounts = self.ledger.accounts
        self._control.open_accounts(
            *(
                {
                    "id": uid,
                    "name": accounts[uid].name,
                    "balance": str(purse.balance),
                    "currency": accounts[uid].currency,
                    "role_arn": accounts[uid].role_arn,
                    "external_id": accounts[uid].external_id,
                }
                for uid, purse in self.ledger.purses.items()
            )
        )
        for uid, purse in self.ledger.purses.items():
            for contact in accounts[uid].contacts:
                if purse.customer.phone_off and contact.phone:
                    self._control.sms_fate(contact.phone, error="MOBILE_NOT_ON_SERVICE")

    def _change_roles(self) -> None:
        day, hour = divmod(self.ledger.hours - 1, HOURS)
        for uid, purse in self.ledger.purses.items():
            if purse.customer.revoked_days and hour == HOURS // 2 and day in purse.customer.revoked_days:
                arn = self.ledger.accounts[uid].role_arn
                assert arn is not None
                self._control.revoke_role(arn, revoked=day == purse.customer.revoked_days[0])

    def _charge(self) -> None:
        """Book what the hour that is over cost."""
        ledger = self.ledger
        charges: list[dict[str, Any]] = []
        for uid, purse in ledger.purses.items():
            due = list(self._bill(purse.customer, ledger.hours - 1))
            for sum_, product, kind in due:
                charges.append({"account": uid, "amount": str(sum_), "product": product, "subscription_type": kind})
            if purse.charge(sum((sum_ for sum_, *_ in due), Decimal(0)), ledger.now):
                ledger.dry_outs.append(RanDry(uid, ledger.now))
        self._control.spend(*charges)

    def _bill(self, customer: Customer, hour: int) -> Iterator[tuple[Decimal, str, str]]:
        """What one hour costs: amount, product, subscription type."""
        yield money(self._series[customer.series], hour, Decimal(customer.daily)), "ecs", "PayAsYouGo"
        if customer.monthly_fee and _is_first_of_month(self.ledger.start + hour * HOUR):
            yield Decimal(customer.monthly_fee), "rds", "Subscription"

    def _pay(self) -> None:
        paid = [(uid, purse.pay(self.ledger.now)) for uid, purse in self.ledger.purses.items()]
        moves = [{"account": uid, "amount": str(amount)} for uid, amount in paid if amount is not None]
        if moves:
            self._control.move(*moves)

    def _listen(self) -> None:
        """What reached people in this hour, and what they make of it."""
        ledger = self.ledger
        sms, mails = self._control.sms(ledger.seen_sms), self._control.mail(ledger.seen_mails)
        ledger.seen_sms += len(sms)
        ledger.seen_mails += len(mails)
        owners = self._owners()
        arrived = [*(_sms(row, owners) for row in sms), *(_mail(row, owners) for row in mails)]
        ledger.arrivals += arrived
        uids = {one.account_id for one in arrived if one.account_id in ledger.purses}
        levels = {m.message_id: m for uid in uids for m in self.messages(uid) if m.topic is Topic.LEVEL}
        for one in arrived:
            if one.delivered and one.message_id in levels:
                ledger.purses[one.account_id].hear(levels[one.message_id].level, ledger.now)

    def days_without_top_up(self, account_id: str, at: datetime) -> float:
        """How many days the balance of that moment lasts if nobody pays; as many as a series has at most."""
        ledger, customer = self.ledger, self.ledger.purses[account_id].customer
        series = self._series[customer.series]
        first = int((at - ledger.start) / HOUR)
        balance = ledger.balances[account_id][first]
        for hour in range(first, first + len(series) * HOURS):
            balance -= sum((sum_ for sum_, *_ in self._bill(customer, hour)), Decimal(0))
            if balance < 0:
                return (hour + 1 - (at - ledger.start) / HOUR) / HOURS
        return float(len(series))

    def messages(self, account_id: str) -> tuple[Message, ...]:
        """The product's own record of an account's messages."""
        return self.site.stores.outbox.load_messages(account_id).values

    def _owners(self) -> dict[str, str]:
        return {
            address: account.account_id
            for account in self.ledger.accounts.values()
            for contact in account.contacts
            for address in (contact.phone, contact.mail)
            if address
        }


def arrears(site: Site, *words: str) -> str:
    """What the staff's command line answers.

    Raises:
        RuntimeError: It ended with another exit code than 0.
    """
    command = [sys.executable, "-c", "from shared.app.cli import main; main(prog_name='arrears')", *words]
    done = subprocess.run(  # noqa: S603 - our own program
        command, env=site.shell, cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(f"arrears {' '.join(words)} ended with {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout.strip()


def _is_first_of_month(at: datetime) -> bool:
    """Whether a month begins at that moment in Shanghai."""
    local = at.astimezone(SHANGHAI)
    return local.day == 1 and local.hour == 0


def _sms(row: dict[str, Any], owners: dict[str, str]) -> Arrival:
    at, delivered = datetime.fromisoformat(row["sent_at"]), row["status"] == DeliveryStatus.DELIVERED
    uid = owners.get(row["phone"], "")
    return Arrival(row["out_id"], uid, ChannelName.SMS, row["phone"], at, delivered, row["content"])


def _mail(row: dict[str, Any], owners: dict[str, str]) -> Arrival:
    at, delivered = datetime.fromisoformat(row["sent_at"]), row["status"] == DeliveryStatus.DELIVERED
    ids = _REFERENCE.findall(row["subject"]) or [row["env_id"]]
    uid = owners.get(row["to"], "")
    return Arrival(ids[-1], uid, ChannelName.MAIL, row["to"], at, delivered, row["text"], row["subject"], row["html"])
