"""A run for everyone: few accounts are looked at here, many are handed over to other invocations, bucket by bucket.

The agency's own account is looked at here in any case, before anything is handed over. Whatever goes wrong with a
handover may cost some accounts this hour's look, which the report says, and loses no more: Function Compute starts a
failed bucket again, up to its number of retries, and the next hourly run hands every bucket over anew.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.app.check import CheckReport, check, check_own
from shared.app.deadline import NEVER, STOP_BEFORE_END, Deadline
from shared.buckets import EVERYONE, BucketRun, share_out
from shared.dispatch import Handover, HandOverLater, NotHandedOver
from shared.dispatch.inline import InlineDispatch
from shared.pauses import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.app.in_force import InForce
    from shared.app.wiring import Stores
    from shared.billing import Billing
    from shared.buckets import Bucket
    from shared.dispatch import Dispatch

log = logging.getLogger(__name__)

HANDS = 8
"""Buckets that are handed over at once."""
PAUSES = (1.0, 4.0)
"""Seconds before the buckets that were not taken are handed over once more, give or take half."""
HANDING_OVER_TAKES = timedelta(minutes=2)
"""No bucket is handed over later than so long after the first: the rest of the time is for looking at it here."""


@dataclass(slots=True)
class SweepReport:
    """What a run for everyone did."""

    here: CheckReport
    """What this invocation looked at itself."""
    accounts: int = 0
    """Of the roster, without those that are paused."""
    buckets: int = 1
    handed_over: Counter[Handover] = field(default_factory=Counter)
    inline: list[str] = field(default_factory=list)
    """Buckets that nobody took, and that were looked at here."""
    left: dict[str, str] = field(default_factory=dict)
    """Buckets that nobody looks at in this hour, as far as is known, and why."""

    @property
    def broken(self) -> list[str]:
        """What someone has to look at."""
        return self.here.broken

    def as_json(self) -> dict[str, object]:
        """Plain values, for the log and the function's result."""
        shared_out = {
            "accounts": self.accounts,
            "buckets": self.buckets,
            "handed_over": {handover.value: self.handed_over[handover] for handover in Handover},
            "inline": self.inline,
            "left": self.left,
        }
        return self.here.as_json() | ({"shared_out": shared_out} if self.buckets > 1 else {})


def check_everyone(
    stores: Stores,
    in_force: InForce,
    billing_for: Callable[[Bucket], Billing],
    open_elsewhere: Callable[[], Dispatch | None],
    now: datetime,
    deadline: Deadline = NEVER,
    sleep: Callable[[float], None] = time.sleep,
) -> SweepReport:
    """Have every account looked at as of ``now``, here or elsewhere.

    Args:
        stores: The ports to what is stored.
        in_force: The configuration; its ``sweep`` says how many accounts are too many for one invocation.
        billing_for: Opens the customers' accounts for what is looked at here, at a bucket's share of the pace.
        open_elsewhere: Opens the way to other invocations, which few accounts do not need; None if there can be none.
        now: The time that the timer was set for.
        deadline: The end of this invocation.
        sleep: Waits so many seconds.

    Raises:
        StoreUnavailable: As ``check``.
    """
    # The store has no count. Ids alone are read, 5,000 a request: of 20,000, 0.1 s of CPU and CNY 0.3 a month.
    accounts = len(stores.accounts.load_watched())
    buckets = share_out(accounts, in_force.config.sweep.accounts_per_invocation)
    elsewhere = open_elsewhere() if len(buckets) > 1 else None
    if elsewhere is None:
        return SweepReport(check(stores, in_force, billing_for(EVERYONE), now, deadline=deadline), accounts)
    report = SweepReport(check_own(stores, in_force, billing_for(EVERYONE), now, deadline), accounts, len(buckets))

    def look(run: BucketRun) -> None:
        billing = billing_for(run.bucket)
        _add(report.here, check(stores, in_force, billing, run.at, run.bucket, deadline, own_first=False))

    runs = [BucketRun(now, bucket) for bucket in buckets]
    failed = _hand_over(runs, elsewhere, report, deadline.sooner(HANDING_OVER_TAKES, STOP_BEFORE_END), sleep)
    _look_here(failed, InlineDispatch(look), report, deadline)
    return report


def _hand_over(
    runs: Sequence[BucketRun],
    elsewhere: Dispatch,
    report: SweepReport,
    deadline: Deadline,
    sleep: Callable[[float], None],
) -> dict[BucketRun, NotHandedOver]:
    """Hand over all buckets, and those that were not taken again, after a pause; returns what is left, and why.

    That a bucket was taken on a try whose answer was lost shows at the next one: its id was taken before.
    """

    def hand_over(run: BucketRun) -> Handover | NotHandedOver:
        if deadline.is_within(timedelta(0)):
            return HandOverLater("the time for handing over was up")
        try:
            return elsewhere.hand_over(run)
        except NotHandedOver as error:
            log.warning("%s was not handed over (%s: %s)", run.task_id, type(error).__name__, error)
            return error

    failed: dict[BucketRun, NotHandedOver] = {}
    waiting = list(runs)
    with ThreadPoolExecutor(HANDS) as hands:
        for pause in (*PAUSES, None):
            for run, ended in zip(waiting, hands.map(hand_over, waiting), strict=True):
                if isinstance(ended, Handover):
                    report.handed_over[ended] += 1
                    failed.pop(run, None)
                else:
                    failed[run] = ended
            waiting = [run for run, error in failed.items() if isinstance(error, HandOverLater)]
            if pause is None or not waiting or deadline.is_within(timedelta(seconds=pause)):
                break
            sleep(spread(pause, waiting[0].task_id))
    return failed


def _look_here(
    failed: Mapping[BucketRun, NotHandedOver], inline: InlineDispatch, report: SweepReport, deadline: Deadline
) -> None:
    """Look at the buckets that nobody took, as long as there is time; the run ends failed all the same.

    Where there is not time enough for all, each hour begins with another one. If nobody took any, they are one: then
    whoever was not looked at for longest comes first, and the pace is that of a run alone.
    """
    for run, error in _in_turn(failed, report.buckets):
        why = f"{type(error).__name__}: {error}"
        if deadline.is_within(STOP_BEFORE_END):
            report.left[run.task_id] = why
            report.broken.append(f"bucket {run.task_id}: nobody looks at it in this run ({why})")
        else:
            inline.hand_over(run)
            report.inline.append(run.task_id)
            report.broken.append(f"bucket {run.task_id}: not handed over, looked at here ({why})")


def _in_turn(failed: Mapping[BucketRun, NotHandedOver], buckets: int) -> Iterator[tuple[BucketRun, NotHandedOver]]:
    if not failed:
        return
    runs = list(failed)
    first = runs[0]
    if len(runs) == buckets:
        yield BucketRun(first.at, EVERYONE), failed[first]
        return
    turn = int(first.at.timestamp()) // 3600 % len(runs)
    for run in (*runs[turn:], *runs[:turn]):
        yield run, failed[run]


def _add(report: CheckReport, more: CheckReport) -> None:
    """Add up two reports of one run."""
    for one in fields(CheckReport):
        if one.name != "config":
            setattr(report, one.name, getattr(report, one.name) + getattr(more, one.name))
