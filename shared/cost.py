"""What the service costs in a month, for so many accounts: plain sums of what was measured and what is assumed."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from math import ceil

from shared.buckets import share_out
from shared.frozen import frozen
from shared.measured import MEASURED, Measured
from shared.prices import CU_PER_CALL, CU_PER_GB_SECOND, CU_PER_VCPU_SECOND, PRICES, Item

DAYS = 30
"""Of a month."""
HOURS = 24 * DAYS
DELIVERIES = 12
"""An hour."""
UNIT = 4096
"""Bytes of a Tablestore CU."""
GIGABYTE = 1e9
KEPT_HOURS = 24 * 400
"""Of snapshots: what is stored is counted as it stands after so many."""
THOUSANDS = {Item.READ_UNITS: 10_000, Item.WRITE_UNITS: 10_000, Item.MAILS: 1_000}


@frozen
class Assumed:
    """What depends on the agency, and on the distance to the services."""

    latency_seconds: float = 0.05
    """Of one request."""
    vcpu: float = 0.35
    """Of each function, as s.yaml says."""
    memory_gb: float = 0.5
    per_invocation: int = 5_000
    """``sweep.accounts_per_invocation``, as it is by default."""
    readers: int = 64
    """Accounts that one invocation reads at once."""
    roles_per_second: float = 90.0
    """AssumeRole, for all buckets together: nine tenths of the quota that is published."""
    incidents: float = 0.2
    """Accounts that come to a warning in a month."""
    messages: int = 4
    """Of an incident, on each channel: two people, two levels."""
    sms_pieces: int = 2
    """Messages that one SMS counts as."""
    compression: float = 0.2
    """Of logs on their way, and as they are stored; their index is not compressed."""


class Line(StrEnum):
    """What is paid for."""

    FUNCTIONS = "functions"
    READS = "reads"
    WRITES = "writes"
    STORED = "stored"
    LOGS = "logs"
    SMS = "sms"
    MAIL = "mail"


@frozen
class Cost:
    """A month."""

    accounts: int
    lines: dict[Line, Decimal]
    """CNY."""
    compute_units: Decimal
    """CUs of Function Compute that would be paid for without the hourly minimum."""
    buckets: int
    """Invocations that an hourly check is shared out over."""
    check_seconds: float
    """How long an hourly check lasts: all buckets run side by side."""
    stored_gb: float
    """What lies in Tablestore after 400 days."""

    @property
    def total(self) -> Decimal:
        """CNY."""
        return sum(self.lines.values(), Decimal(0))


ASSUMED = Assumed()


def monthly(accounts: int, measured: Measured = MEASURED, assumed: Assumed = ASSUMED) -> Cost:
    """The cost of a month."""
    buckets = len(share_out(accounts, assumed.per_invocation))
    check = _check_seconds(accounts, buckets, measured, assumed)
    hours = _hourly_units(accounts, buckets, check, measured, assumed)
    messages = accounts * assumed.incidents * assumed.messages
    writes = _writes(accounts, measured) * HOURS + 2 * messages * measured.message_units
    stored = accounts * (measured.state_bytes + measured.account_bytes + KEPT_HOURS * measured.snapshot_bytes)
    least, price = PRICES[Item.FUNCTION_HOUR].cny, PRICES[Item.COMPUTE_UNIT].cny
    return Cost(
        accounts=accounts,
        lines={
            Line.FUNCTIONS: sum((max(least, ceil(units) * price) for units in hours), Decimal(0)) * HOURS,
            Line.READS: _paid(Item.READ_UNITS, _reads(accounts, measured) * HOURS),
            Line.WRITES: _paid(Item.WRITE_UNITS, writes),
            Line.STORED: _paid(Item.STORED, stored / GIGABYTE * HOURS),
            Line.LOGS: _logs(buckets, measured, assumed),
            Line.SMS: _paid(Item.SMS, messages * assumed.sms_pieces),
            Line.MAIL: _paid(Item.MAILS, messages),
        },
        compute_units=sum(hours, Decimal(0)) * HOURS,
        buckets=buckets,
        check_seconds=check,
        stored_gb=stored / GIGABYTE,
    )


def _check_seconds(accounts: int, buckets: int, measured: Measured, assumed: Assumed) -> float:
    """It computes, waits for replies or waits for its turn to assume roles, whichever takes longest.

    Its turn does not come sooner in several buckets: they share one quota, and each waits for as long.
    """
    each = accounts / buckets
    computing = each * measured.check_seconds / assumed.vcpu
    read_at_once = (measured.bss_requests + measured.sts_requests) / assumed.readers
    waiting = each * (read_at_once + measured.tablestore_requests) * assumed.latency_seconds
    turns = accounts * measured.sts_requests / assumed.roles_per_second
    return measured.cold_check_seconds / assumed.vcpu + max(computing, waiting, turns)


def _hourly_units(
    accounts: int, buckets: int, check_seconds: float, measured: Measured, assumed: Assumed
) -> tuple[Decimal, ...]:
    """CUs of an hour of each function; every bucket is paid for as long as it lasts, waiting too."""
    cold = measured.cold_check_seconds / assumed.vcpu
    handing_over = (cold, 1) if buckets > 1 else (0.0, 0)
    audit = (measured.cold_check_seconds + accounts * measured.audit_seconds) / assumed.vcpu
    return (
        _units(buckets * check_seconds + handing_over[0], buckets + handing_over[1], assumed),
        _units(DELIVERIES * measured.cold_deliver_seconds / assumed.vcpu, DELIVERIES, assumed),
        _units(audit, 1, assumed),
    )


def _units(seconds: float, calls: int, assumed: Assumed) -> Decimal:
    """CUs of an hour of one function."""
    each = Decimal(str(assumed.vcpu)) * CU_PER_VCPU_SECOND + Decimal(str(assumed.memory_gb)) * CU_PER_GB_SECOND
    return Decimal(str(seconds)) * each + calls * CU_PER_CALL


def _reads(accounts: int, measured: Measured) -> float:
    """CUs of an hour: check and audit read the roster and all states as ranges; each delivery at least one row."""
    return 2 * ceil(accounts * (measured.account_bytes + measured.state_bytes) / UNIT) + 3 * DELIVERIES


def _writes(accounts: int, measured: Measured) -> float:
    """CUs of an hour: each account's state and snapshot, each row rounded up."""
    return accounts * (ceil(measured.state_bytes / UNIT) + ceil(measured.snapshot_bytes / UNIT))


def _logs(buckets: int, measured: Measured, assumed: Assumed) -> Decimal:
    """A line for each item: what runs write in a month is kept for a month, and so is there once at any time."""
    runs = (2 + DELIVERIES + (buckets if buckets > 1 else 0)) * HOURS
    written = runs * measured.log_bytes / GIGABYTE
    return (
        _paid(Item.LOG_TRAFFIC, written * assumed.compression)
        + _paid(Item.LOG_INDEX, written)
        + _paid(Item.LOG_STORED, written * (1 + assumed.compression) * DAYS)
        + _paid(Item.LOG_SHARD, DAYS)
    )


def _paid(item: Item, quantity: float) -> Decimal:
    return Decimal(str(quantity)) * PRICES[item].cny / THOUSANDS.get(item, 1)
