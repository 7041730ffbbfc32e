"""Prepaid accounts on spend series, replayed day by day: what was known each morning, and what then happened.

An account is a piece of at most 180 days of a series, opened 3, 14 or 60 days before its first decision. Each morning
the history up to yesterday and the balance are known; yesterday's bill may be incomplete (30 %), days may be missing
(1 %). The day's spend is then deducted. At zero an arrears event happens, and the next morning some days of spend are
topped up; some owners top up before that. In the scenario *stress* every account has one disturbance.

The draws of the random numbers are part of the definition: the same data and seed give the same accounts everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.spend_series import Disturbance, Series, disturb, firsts_of_months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

    Days = NDArray[np.float64]

MEMORY = 90
"""Days of history that are shown."""
TAIL = 7
"""Days kept after the last decision, so that its outcome is known."""
PIECES, PIECE = 3, 180
DECISIONS = 480
"""Decisions per account; short accounts are replayed with more balances."""
LATE, MISSING, CAREFUL = 0.30, 0.01, 0.30
LEAD = 3
"""Days of warning that are promised: 72 hours. Shorter recharge cycles are not counted."""


class Scenario(StrEnum):
    """The series as they are, or with one disturbance each; mixed is both under one threshold."""

    REAL = "real"
    STRESS = "stress"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Balances:
    """One run of balances through an account; arrays have one entry per decision."""

    balance: Days
    """What the console shows, the unbilled rest of yesterday included."""
    topped_up: Days
    """The balance after the last top-up."""
    cycle: NDArray[np.int64]
    """Which recharge cycle the day belongs to."""
    days_left: Days
    """How long the balance really lasts without top-up."""
    arrears: dict[int, float]
    """The moment of the arrears event of a cycle, in days of the account; short cycles are left out."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account with all its mornings from ``warm`` to ``end``."""

    name: str
    group: str
    scenario: Scenario
    disturbance: Disturbance
    """Which one it has in the scenario stress."""
    first: int
    spend: Days
    warm: int
    scale: float
    """What a mean day costs in yuan, for rules with fixed amounts."""
    histories: list[Days]
    unbilled: Days
    """What of the day before is not yet billed in the morning of a day."""
    runs: list[Balances]

    @property
    def end(self) -> int:
        """The day after the last decision."""
        return len(self.spend) - TAIL


def accounts(series: list[Series], scenario: Scenario, seed: int) -> Iterator[Account]:
    """Cut every series into up to three accounts."""
    for at, one in enumerate(series):
        rng = np.random.default_rng([seed, at, scenario is Scenario.STRESS])
        length = min(PIECE, len(one.days))
        pieces = max(1, min(PIECES, len(one.days) // length))
        for piece in range(pieces):
            start = 0 if pieces == 1 else int(piece * (len(one.days) - length) / (pieces - 1))
            cut = Series(one.name, one.group, one.first + start, one.days[start : start + length])
            account = _account(cut, at, piece, scenario, seed, rng)
            if account is not None:
                yield account


def _account(cut: Series, at: int, piece: int, scenario: Scenario, seed: int, rng: Generator) -> Account | None:
    """Open one account, or None where the series has no spend at its beginning."""
    count, missing, spend = len(cut.days), np.isnan(cut.days), cut.filled()
    warm = _warm(count, at + piece)
    if min(spend[:warm].mean(), spend.mean()) <= 1e-6:  # noqa: PLR2004 (nothing)
        return None
    spend = spend / spend.mean()
    kind = tuple(Disturbance)[(at + piece) % len(Disturbance)]
    if scenario is Scenario.STRESS:
        between = (warm + 5, max(warm + 6, count - TAIL - 3))
        spend = disturb(spend, kind, between, firsts_of_months(cut.first, count), rng)
        spend = spend / spend.mean()
    scale = float(np.clip(rng.lognormal(math.log(40), 1.3), 2, 3000))
    shown = np.where(missing | (rng.random(count) < MISSING), np.nan, spend)
    billed = np.where(rng.random(count) < LATE, rng.uniform(0.3, 0.95, count), 1.0)
    mornings = range(warm, count - TAIL)
    unbilled = np.zeros(count)
    unbilled[warm : count - TAIL] = (spend[warm - 1 : -TAIL - 1]) * (1 - billed[warm : count - TAIL])
    histories = [_history(shown, day, billed[day]) for day in mornings]
    runs = [
        _run(spend, warm, unbilled, np.random.default_rng([seed, at, piece, run, 99]))
        for run in range(int(np.clip(round(DECISIONS / len(mornings)), 3, 24)))
    ]
    return Account(cut.name, cut.group, scenario, kind, cut.first, spend, warm, scale, histories, unbilled, runs)


def _warm(count: int, turn: int) -> int:
    """Return the days of history before the first decision: short series have few."""
    choices = next(choices for least, choices in ((100, (3, 14, 60)), (45, (3, 14)), (0, (5,))) if count >= least)
    warm = choices[turn % len(choices)]
    return warm if count - warm - TAIL >= 10 else 3  # noqa: PLR2004 (decisions that make an account worthwhile)


def _history(shown: Days, day: int, billed: float) -> Days:
    history = shown[max(0, day - MEMORY) : day].copy()
    history[-1] *= billed
    return history


class _Owner:
    """Tops up an account: how much, and whether in time."""

    def __init__(self, spend: Days, rng: Generator) -> None:
        self._spend, self._rng = spend, rng
        self._care = -1.0

    def first_balance(self, day: int, decisions: int) -> float:
        balance = self._daily(day) * self._rng.uniform(4, min(40, 0.9 * decisions))
        self._decide_care()
        return float(balance)

    def tops_up(self, balance: float, day: int) -> bool:
        return bool(balance <= 0 or balance < self._care * self._spend[max(0, day - 7) : day].mean())

    def top_up(self, day: int) -> float:
        balance = self._daily(day) * self._rng.uniform(8, 40)
        self._decide_care()
        return float(balance)

    def _decide_care(self) -> None:
        self._care = self._rng.uniform(1, 6) if self._rng.random() < CAREFUL else -1.0

    def _daily(self, day: int) -> float:
        return max(float(self._spend[max(0, day - 14) : day].mean()), 0.05)


def _run(spend: Days, warm: int, unbilled: Days, rng: Generator) -> Balances:
    """Replay balances through an account; no policy has an influence on them."""
    end, total = len(spend) - TAIL, np.concatenate([[0.0], np.cumsum(spend)])
    owner = _Owner(spend, rng)
    balance = top = owner.first_balance(warm, end - warm)
    rows, arrears, cycle, born = [], {}, 0, warm
    for day in range(warm, end):
        if owner.tops_up(balance, day):
            cycle, born = cycle + 1, day
            balance = top = owner.top_up(day)
        rows.append((balance, top, cycle, _days_left(balance, total, day)))
        if balance <= spend[day] and day + balance / spend[day] - born >= LEAD:
            arrears[cycle] = day + balance / spend[day]
        balance -= spend[day]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Balances(columns[0] + unbilled[warm:end], columns[1], columns[2], columns[3], arrears)


def _days_left(balance: float, total: Days, day: int) -> float:
    """Return the days until the balance is spent, a day divided evenly; one more than is known if it lasts longer."""
    until = int(np.searchsorted(total, total[day] + balance, side="left"))
    if until >= len(total):
        return len(total) - day
    over = total[until] - total[day] - balance
    return float(until - day - over / (total[until] - total[until - 1]))
