"""Accounts' pasts for replays, told in legs: so many hours of one spend, and what happens at their start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from shared.audit import Word, WordEntry
from shared.config import Config, Policy, parse_config
from shared.config.lines import (
    AmountLines,
    Band,
    BudgetLines,
    RisingBand,
    RiskLines,
    RunwayLines,
    ShareLines,
    SpikeLines,
    WorstDayLines,
)
from shared.config.policies import AtOnce, HoldFor, QuietHours, Reach, RepeatAfter, StaffAfter
from shared.model import Level, PaidAfter, Runway
from shared.replay import Past
from shared.silences import Selector, new_silence
from shared.snapshot import Figures, Snapshot, Spike
from tests.builders import HOUR, NOON, account, contact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from shared.config.part import Part
    from shared.model import Account

SPREAD = (1.45, 1.3, 1.12, 1.0, 0.9, 0.8, 0.74)
AGENCY_YAML = Path(__file__).parents[2] / "agency.yaml"


@dataclass(frozen=True, slots=True)
class Leg:
    """Some hours of one kind."""

    hours: int
    daily: float = 100.0
    paid: float = 0.0
    """Paid in at the first hour."""
    fails: bool = False
    """None of the hours can be read."""
    known: bool = True
    """Whether spend is known enough for a runway."""
    old: bool = False
    """Stored by a program that kept no figures."""


def snapshots(start: float, legs: Sequence[Leg], since: datetime = NOON) -> list[Snapshot]:
    """The hours of these legs, from a balance of ``start`` on."""
    return list(_hours(start, legs, since))


def _hours(left: float, legs: Sequence[Leg], at: datetime) -> Iterator[Snapshot]:
    spent = 0.0
    for leg in legs:
        for hour in range(leg.hours):
            paid = leg.paid if hour == 0 else 0.0
            left, spent = left + paid - leg.daily / 24, spent + leg.daily / 24
            amount = Decimal(f"{left:.2f}")
            if leg.fails:
                yield Snapshot("1000000000000001", at, "CNY", None, Level.HEALTHY, failure="throttled")
            elif leg.old:
                yield Snapshot("1000000000000001", at, "CNY", amount, Level.HEALTHY, (1.0, 2.0, 3.0))
            else:
                yield _read(at, amount, leg, paid, spent)
            at += HOUR


def _read(at: datetime, amount: Decimal, leg: Leg, paid: float, spent: float) -> Snapshot:
    lasts = max(float(amount), 0.0) / leg.daily if leg.daily else float("inf")
    runway = Runway(at, tuple(lasts * factor for factor in SPREAD), tuple(leg.daily / f for f in SPREAD), 30)
    daily = Decimal(f"{leg.daily:.2f}")
    figures = Figures(
        at,
        "CNY",
        amount,
        runway if leg.known else None,
        daily if leg.known else None,
        last_top_up=Decimal(2000) if leg.known else None,
        spent_this_month=Decimal(f"{spent:.2f}"),
        month_spend=Decimal(f"{spent + leg.daily * 10:.2f}"),
        spike=Spike(Decimal(50), Decimal(120), max(daily - 120, Decimal(0))) if leg.known else None,
        worst_day=daily,
        topped_up=Decimal(f"{paid:.2f}"),
    )
    return Snapshot("1000000000000001", at, "CNY", amount, Level.HEALTHY, figures=figures)


def past(start: float, *legs: Leg, of: Account | None = None, record: tuple[PaidAfter, ...] = ()) -> Past:
    """An account with these hours behind it."""
    return Past(
        of or account("1000000000000001", contact(), contact("李雷", "13900000000")), snapshots(start, legs), record
    )


@cache
def packaged() -> Config:
    """The project's own configuration."""
    return parse_config(AGENCY_YAML.read_text(encoding="utf-8"))


def config(policy: Policy | None = None, **changes: Any) -> Config:
    """The project's own configuration with another default policy, or with changes to one that has only lines of days.

    That one warns below 7 days, is critical below 2, and knows no quiet hours.
    """
    lines = {
        "runway": RunwayLines(warning=falling(7, 9), critical=falling(2, 3)),
        "risk": None,
        "worst_day": None,
        "quiet": None,
    }
    return replace(packaged(), policies={"default": policy or Policy.validate(lines | changes)})


def falling(enter: float, leave: float) -> Band:
    return Band(enter_below=Decimal(str(enter)), leave_at=Decimal(str(leave)))


def rising(enter: float, leave: float) -> RisingBand:
    return RisingBand(enter_above=Decimal(str(enter)), leave_at=Decimal(str(leave)))


# ---------------------------------------------------------------- whatever may come

LEGS = st.lists(
    st.builds(
        Leg,
        hours=st.integers(3, 40),
        daily=st.sampled_from([0.0, 5.0, 40.0, 100.0, 100.0, 150.0, 400.0]),
        paid=st.sampled_from([0.0, 0.0, 0.0, 3.0, 50.0, 900.0]),
        fails=st.sampled_from([False] * 7 + [True]),
        known=st.sampled_from([True] * 7 + [False]),
        old=st.sampled_from([False] * 9 + [True]),
    ),
    min_size=1,
    max_size=14,
)
RECORDS = st.lists(
    st.builds(
        lambda warned, took: PaidAfter(NOON + warned * HOUR, NOON + (warned + took) * HOUR),
        st.integers(-900, 300),
        st.integers(1, 150),
    ),
    max_size=5,
).map(lambda record: tuple(sorted(record, key=lambda one: one.paid_at)))
WORDS = st.lists(
    st.builds(
        lambda said, word, wait: WordEntry(
            "1000000000000001", NOON + said * HOUR, word, Level.WARNING, "王丽", NOON + (said + wait) * HOUR
        ),
        st.floats(0, 300).map(lambda hours: round(hours, 1)),
        st.sampled_from([Word.KNOWN, Word.PAYING]),
        st.integers(1, 72),
    ),
    max_size=4,
).map(lambda words: tuple(sorted(words, key=lambda one: one.at)))
SILENCES = st.lists(
    st.builds(
        lambda begins, hours, up_to: new_silence(
            Selector(), "李雷", "机房搬迁", NOON + begins * HOUR, NOON + (begins + hours) * HOUR, up_to
        ),
        st.floats(-20, 300).map(lambda hours: round(hours, 1)),
        st.integers(1, 100),
        st.sampled_from([Level.WARNING, Level.CRITICAL, Level.SUSPENDED]),
    ),
    max_size=3,
).map(tuple)
_HOURS = st.sampled_from([None, None, 1, 3, 5, 24, 72])


def _perhaps(*lines: Part) -> st.SearchStrategy[Part | None]:
    """Few lines at a time: with many some line is always crossed, and nothing ever changes."""
    return st.sampled_from([None] * 4 * len(lines) + list(lines))


POLICIES = st.builds(
    Policy,
    runway=_perhaps(
        RunwayLines(notice=falling(14, 17), critical=falling(2, 3)),
        RunwayLines(warning=falling(7, 9)),
        RunwayLines(quantile=0.1, notice=falling(10, 12), warning=falling(6, 6.5), critical=falling(1, 4)),
    ),
    risk=_perhaps(
        RiskLines(warning=rising(80, 60)),
        RiskLines(within_days=Decimal(6), notice=rising(30, 0), critical=rising(95, 50)),
    ),
    available_amount=_perhaps(AmountLines(warning=falling(500, 600), critical=falling(100, 300))),
    share=_perhaps(ShareLines(warning=falling(20, 30))),
    worst_day=_perhaps(WorstDayLines(notice=falling(4, 8))),
    month_budget=_perhaps(BudgetLines(amount=Decimal(2000), notice=rising(80, 75))),
    month_projection=_perhaps(BudgetLines(amount=Decimal(3000), warning=rising(100, 90))),
    spike=_perhaps(SpikeLines(min_amount=Decimal(20), warning=rising(10, 5))),
    min_daily_spend=st.sampled_from([None, Decimal(50)]),
    hold_for=st.builds(HoldFor, notice=_HOURS, warning=_HOURS, critical=_HOURS),
    repeat_after=st.builds(RepeatAfter, notice=_HOURS, warning=_HOURS, critical=_HOURS),
    max_repeats=st.integers(0, 4),
    quiet=st.sampled_from([None, QuietHours(), QuietHours(start=time(20), end=time(9), let_through=Level.SUSPENDED)]),
    unreadable_after=st.integers(1, 5),
    grace_hours=st.sampled_from([None, 0, 24]),
    grace_amount=st.sampled_from([None, Decimal(200)]),
    reach=st.builds(
        Reach,
        at_once=st.sampled_from([AtOnce(), AtOnce(warning=1, critical=1)]),
        staff_after=st.builds(StaffAfter, notice=_HOURS, warning=_HOURS, critical=_HOURS),
    ),
)
