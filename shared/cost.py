"""What the service costs in a month, for so many accounts: plain sums of what was measured and what is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import ceil

from shared.prices import CU_PER_CALL, CU_PER_GB_SECOND, CU_PER_VCPU_SECOND, PRICES, Item

HOURS = 720
"""Of a month of 30 days."""
UNIT = 4096
"""Bytes of a Tablestore CU."""
THOUSANDS = {Item.READ_UNITS: 10_000, Item.WRITE_UNITS: 10_000, Item.MAILS: 1_000}


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of our own, of runs on the local cloud: 2026-11-25, Python 3.11, two shared cores, no TLS."""

    cold_start_seconds: float = 0.30
    """CPU of an instance's import and first run (benchmarks.cold_start); taken for every check and audit."""
    delivery_seconds: float = 0.14
    """CPU of a delivery with nothing due, cold."""
    check_seconds: float = 0.00141
    """CPU for each account: 1.35 ms an hour, and 1.4 ms more once a day for bill and movements."""
    audit_seconds: float = 0.00009
    """CPU for each account."""
    calls: float = 2.1
    """OpenAPI requests for each account and hour: a role, the balance, and a twenty-fourth of bill and movements."""
    accounts_in_a_row: int = 8
    """That one thread reads one after the other; the threads of a group read at once."""
    group: int = 200
    """Accounts that are read at once, and written together."""
    account_bytes: int = 420
    """A row of the roster."""
    state_bytes: int = 6100
    """What is remembered of an account with 90 days of history (4,760 after 30 days, 23 more each day)."""
    snapshot_bytes: int = 375
    """What is kept of each hour, for 400 days."""
    message_units: int = 12
    """Write CUs of a message's way from the queue to its receipt: queue, message and audit, four steps."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What depends on the agency, and on the distance to the services."""

    latency_seconds: float = 0.05
    """Of one request."""
    vcpu: float = 0.35
    """Of each function, as s.yaml says."""
    memory_gb: float = 0.5
    incidents: float = 0.2
    """Accounts that come to a warning in a month."""
    messages: int = 4
    """Of an incident, on each channel: two people, two levels."""
    sms_pieces: int = 2
    """Messages that one SMS counts as."""


class Line(StrEnum):
    """What is paid for."""

    FUNCTIONS = "functions"
    READS = "reads"
    WRITES = "writes"
    SMS = "sms"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Cost:
    """A month."""

    accounts: int
    lines: dict[Line, Decimal]
    """CNY."""
    compute_units: Decimal
    """CUs of Function Compute that would be paid for without the hourly minimum."""
    check_seconds: float
    """How long an hourly check lasts in one invocation."""
    stored_gb: float
    """What lies in Tablestore after 400 days; its price is not among ours."""

    @property
    def total(self) -> Decimal:
        """CNY."""
        return sum(self.lines.values(), Decimal(0))


MEASURED, ASSUMED = Measured(), Assumed()


def monthly(accounts: int, measured: Measured = MEASURED, assumed: Assumed = ASSUMED) -> Cost:
    """The cost of a month."""
    check = _check_seconds(accounts, measured, assumed)
    audit = (measured.cold_start_seconds + accounts * measured.audit_seconds) / assumed.vcpu
    hours = [
        _units(check, 1, assumed),
        _units(12 * measured.delivery_seconds / assumed.vcpu, 12, assumed),
        _units(audit, 1, assumed),
    ]
    least, price = PRICES[Item.FUNCTION_HOUR].cny, PRICES[Item.COMPUTE_UNIT].cny
    messages = accounts * assumed.incidents * assumed.messages
    return Cost(
        accounts=accounts,
        lines={
            Line.FUNCTIONS: sum((max(least, ceil(units) * price) for units in hours), Decimal(0)) * HOURS,
            Line.READS: _paid(Item.READ_UNITS, _reads(accounts, measured) * HOURS),
            Line.WRITES: _paid(
                Item.WRITE_UNITS, _writes(accounts, measured) * HOURS + 2 * messages * measured.message_units
            ),
            Line.SMS: _paid(Item.SMS, messages * assumed.sms_pieces),
            Line.MAIL: _paid(Item.MAILS, messages),
        },
        compute_units=sum(hours, Decimal(0)) * HOURS,
        check_seconds=check,
        stored_gb=accounts * (measured.state_bytes + measured.account_bytes + 9600 * measured.snapshot_bytes) / 1e9,
    )


def _check_seconds(accounts: int, measured: Measured, assumed: Assumed) -> float:
    """It computes or it waits, whichever takes longer: the threads of a group wait at once, and compute in turn."""
    computing = accounts * measured.check_seconds / assumed.vcpu
    in_a_row = min(accounts, measured.accounts_in_a_row)
    waiting = ceil(accounts / measured.group) * in_a_row * measured.calls * assumed.latency_seconds
    return measured.cold_start_seconds / assumed.vcpu + max(computing, waiting)


def _units(seconds: float, calls: int, assumed: Assumed) -> Decimal:
    """CUs of an hour of one function."""
    each = Decimal(str(assumed.vcpu)) * CU_PER_VCPU_SECOND + Decimal(str(assumed.memory_gb)) * CU_PER_GB_SECOND
    return Decimal(str(seconds)) * each + calls * CU_PER_CALL


def _reads(accounts: int, measured: Measured) -> float:
    """CUs of an hour: check and audit read the roster and all states as ranges; each delivery at least one row."""
    return 2 * ceil(accounts * (measured.account_bytes + measured.state_bytes) / UNIT) + 3 * 12


def _writes(accounts: int, measured: Measured) -> float:
    """CUs of an hour: each account's state and snapshot, each row rounded up."""
    return accounts * (ceil(measured.state_bytes / UNIT) + ceil(measured.snapshot_bytes / UNIT))


def _paid(item: Item, quantity: float) -> Decimal:
    return Decimal(str(quantity)) * PRICES[item].cny / THOUSANDS.get(item, 1)
