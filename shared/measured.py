"""What a run takes, as measured on the local cloud: data. Whoever measures anew puts the figures, day and machine here.

The figures of the two benchmarks can also be handed in as these print them (``arrears cost --measured FILE``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shared.frozen import frozen, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

SWEEP: Final = "python -m benchmarks.sweep --accounts 2000 --alone --tls --json"
COLD_START: Final = "python -m benchmarks.cold_start --json"


@frozen
class Measured:
    """Seconds are of CPU; a core of the machine is taken for a vCPU."""

    on: str = "2026-12-01"
    machine: str = "two shared cores, Python 3.12"

    # SWEEP, contestants.ours
    check_seconds: float = 0.0027
    """For each account and hour: cpu_ms_per_account."""
    bss_requests: float = 1.0825
    """The balance, and a twenty-fourth of bill and movements."""
    sts_requests: float = 1.0
    tablestore_requests: float = 0.0435
    peak_memory_mb: float = 124.0

    # COLD_START, cpu_ms.*.total
    cold_check_seconds: float = 0.254
    """An instance's import and first run; taken for every check, every bucket and every audit."""
    cold_deliver_seconds: float = 0.184
    """Of a delivery with nothing due; taken for every delivery."""

    # Rows of accounts with 90 days of history, and an audit of 10,000 of them (localcloud)
    audit_seconds: float = 0.00009
    """For each account."""
    account_bytes: int = 420
    """A row of the roster."""
    state_bytes: int = 3290
    """What is remembered of an account with 90 days of history (2,900 after 30 days, 6 more each day)."""
    snapshot_bytes: int = 375
    """What is kept of each hour, for 400 days."""
    message_units: int = 12
    """Write CUs of a message's way from the queue to its receipt: queue, message and audit, four steps."""
    log_bytes: int = 4000
    """Of one run, about: its own lines, the platform's, their metrics, and the fields that each line carries."""


MEASURED: Final = Measured()


def measured_anew(known: Measured, found: Mapping[str, Any]) -> Measured:
    """``known`` with what one of the two benchmarks printed.

    Raises:
        ValueError: It is the output of neither; says of which it should be.
    """
    try:
        return _of_sweep(known, found) if "contestants" in found else _of_cold_start(known, found)
    except (KeyError, TypeError, ValueError) as error:
        what = f"不是这两条命令的输出 / the output of neither: {SWEEP}; {COLD_START} ({type(error).__name__}: {error})"
        raise ValueError(what) from error


def _of_sweep(known: Measured, found: Mapping[str, Any]) -> Measured:
    ours = found["contestants"]["ours"]
    requests = ours["requests_per_account"]
    return replace(
        known,
        on="",
        machine="--measured",
        check_seconds=float(ours["cpu_ms_per_account"]) / 1000,
        bss_requests=float(requests["bss"]),
        sts_requests=float(requests["sts"]),
        tablestore_requests=float(requests["tablestore"]),
        peak_memory_mb=float(ours["peak_rss_mb"]),
    )


def _of_cold_start(known: Measured, found: Mapping[str, Any]) -> Measured:
    taken = found["cpu_ms"]
    return replace(
        known,
        on="",
        machine="--measured",
        cold_check_seconds=float(taken["check"]["total"]) / 1000,
        cold_deliver_seconds=float(taken["deliver"]["total"]) / 1000,
    )
