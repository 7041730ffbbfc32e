"""How good warnings and quantiles are: recall at equal false-alarm rates, lead, calibration, pinball loss.

A policy gives each morning an urgency, lower is sooner. It warns when the urgency is at or below its threshold and it
has not warned in this recharge cycle within 6 days. A warning is a *false alarm* if the balance would have lasted
longer than 6 days (twice 72 hours) without top-up. An arrears event is *recalled* at 72 hours if a warning of its cycle
led it by 3 to 12 days, at 24 hours by 1 to 12 days. Thresholds are swept; recall is read where the false alarms per
account-month are equal, between two thresholds on a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.ledger import LEAD, Account, Scenario
from shared.projection import QUANTILES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Days = NDArray[np.float64]

HORIZON = 14
FALSE_AFTER = 6
"""A balance that lasts longer than this many days made the warning false."""
OLDEST = 12
"""A warning more than this many days before the event does not count for it."""
BUDGETS = (0.02, 0.05, 0.10, 0.20)
"""False alarms per account-month at which recall is read."""
MAIN = 0.05
MONTH = 30
CALIBRATED = (3, 7, 14)
"""Days ahead at which the quantiles are compared with what came."""
SCORES = np.array((-1.645, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.645))
"""The normal scores of the quantiles."""
EVERY = 2
"""Calibration looks at every second morning."""


@dataclass(frozen=True, slots=True)
class Mornings:
    """All decisions of many accounts in one table; cycles are numbered through."""

    day: NDArray[np.int64]
    cycle: NDArray[np.int64]
    days_left: Days
    stressed: NDArray[np.bool_]
    arrears: dict[int, tuple[float, bool]]
    """Of a cycle: the moment of the event, and whether the account is stressed."""

    def of(self, scenario: Scenario) -> NDArray[np.bool_]:
        """Tell which rows belong to a scenario."""
        if scenario is Scenario.MIXED:
            return np.ones(len(self.day), dtype=bool)
        return np.asarray(self.stressed == (scenario is Scenario.STRESS))

    def only(self, scenario: Scenario) -> Mornings:
        """Return the rows and events of one scenario."""
        rows, stressed = self.of(scenario), scenario is Scenario.STRESS
        arrears = {c: e for c, e in self.arrears.items() if scenario is Scenario.MIXED or e[1] == stressed}
        return Mornings(self.day[rows], self.cycle[rows], self.days_left[rows], self.stressed[rows], arrears)


def mornings(accounts: Sequence[Account]) -> Mornings:
    """Lay the decisions of all runs of all accounts one after the other."""
    days, cycles, left, stressed = [], [], [], []
    arrears: dict[int, tuple[float, bool]] = {}
    offset = 0
    for account in accounts:
        is_stressed = account.scenario is Scenario.STRESS
        for run in account.runs:
            days.append(np.arange(account.warm, account.end))
            cycles.append(run.cycle + offset)
            left.append(run.days_left)
            stressed.append(np.full(len(run.cycle), is_stressed))
            arrears |= {cycle + offset: (moment, is_stressed) for cycle, moment in run.arrears.items()}
            offset += int(run.cycle[-1]) + 1
    return Mornings(
        np.concatenate(days), np.concatenate(cycles), np.concatenate(left), np.concatenate(stressed), arrears
    )


# ---------------------------------------------------------------- warnings


@dataclass(frozen=True, slots=True)
class Point:
    """What one threshold gives."""

    threshold: float
    false_alarms: float
    """Per account-month."""
    recall72: float
    recall24: float
    lead_hours: float
    """Median over the events that were warned of."""


def warn(table: Mornings, urgency: Days, threshold: float) -> Point:
    """Warn at one threshold."""
    sent, cycle, day = [], -1, 0
    for row in np.flatnonzero(urgency <= threshold).tolist():
        if table.cycle[row] != cycle or table.day[row] - day >= FALSE_AFTER:
            sent.append(row)
            cycle, day = int(table.cycle[row]), int(table.day[row])
    leads: dict[int, float] = {}
    for row in sent:
        cycle = int(table.cycle[row])
        if cycle in table.arrears:
            lead = table.arrears[cycle][0] - table.day[row]
            if 1 <= lead <= OLDEST:
                leads[cycle] = max(leads.get(cycle, 0.0), float(lead))
    found, events = np.array(list(leads.values()) or [0.0]), max(len(table.arrears), 1)
    return Point(
        threshold=float(threshold),
        false_alarms=float((table.days_left[sent] > FALSE_AFTER).sum() / (len(table.day) / MONTH)),
        recall72=float((found >= LEAD).sum() / events),
        recall24=float((found >= 1).sum() / events),
        lead_hours=float(np.median(found) * 24),
    )


def sweep(table: Mornings, urgency: Days, count: int = 60) -> list[Point]:
    """Warn at ``count`` thresholds, spread as the urgencies of balances that lasted at most 12 days are."""
    near = urgency[table.days_left <= OLDEST]
    return [warn(table, urgency, k) for k in np.unique(np.quantile(near, np.linspace(0.004, 0.92, count)))]


def recall_at(points: Sequence[Point], budget: float, measure: str = "recall72") -> float:
    """Read recall at a false-alarm rate, never less than at a lower rate."""
    pairs = sorted((point.false_alarms, float(getattr(point, measure))) for point in points)
    rates, recalls = (np.array([0.0, *column]) for column in zip(*pairs, strict=True))
    return float(np.interp(budget, rates, np.maximum.accumulate(recalls)))


def best_within(points: Sequence[Point], budget: float = MAIN) -> Point:
    """Return the threshold with the highest recall whose false alarms are within the budget, or next to it."""
    return max(points, key=lambda point: (min(budget - point.false_alarms, 0.0), point.recall72))


def normal_scores(quantiles: Days, balance: Days) -> Days:
    """Return the normal score of P(spend <= balance) for each row of seven quantiles, on the logarithms of amounts.

    Beyond the outer quantiles the last two go on in a straight line.
    """
    curve = np.log(np.maximum(quantiles, 1e-6)) + np.arange(len(QUANTILES)) * 1e-4
    wanted, rows = np.log(np.maximum(balance, 1e-6)), np.arange(len(balance))
    right = np.clip((curve < wanted[:, None]).sum(axis=1), 1, len(QUANTILES) - 1)
    low, high = curve[rows, right - 1], curve[rows, right]
    share = (wanted - low) / np.maximum(high - low, 1e-3)
    return np.asarray(SCORES[right - 1] + (SCORES[right] - SCORES[right - 1]) * share)


def runways(path: Days, balance: Days) -> Days:
    """Return the days until each row's cumulative path reaches the balance; beyond the horizon at its mean pace."""
    path = np.concatenate([np.zeros((len(path), 1)), path], axis=1)
    rows, reached = np.arange(len(path)), (path < balance[:, None]).sum(axis=1)
    at = np.minimum(reached, HORIZON)
    before, step = path[rows, at - 1], path[rows, at] - path[rows, at - 1]
    inside = at - 1 + (balance - before) / np.maximum(step, 1e-9)
    beyond = HORIZON + (balance - path[:, HORIZON]) / np.maximum(path[:, HORIZON] / HORIZON, 1e-6)
    return np.minimum(np.where(reached <= HORIZON, inside, beyond), 999.0)


# ---------------------------------------------------------------- quantiles


@dataclass(slots=True)
class Calibration:
    """How quantiles fared at one day ahead."""

    below: list[NDArray[np.bool_]] = field(default_factory=list)
    loss: float = 0.0
    naive_loss: float = 0.0

    def add(self, came: float, quantiles: Days, naive: Days) -> None:
        """Compare one morning's quantiles, and those of the seasonal naive forecast, with what came."""
        self.below.append(came <= quantiles)
        self.loss += pinball(came, quantiles)
        self.naive_loss += pinball(came, naive)

    @property
    def cover(self) -> list[float]:
        """How often what came was at or below each quantile."""
        return [float(share) for share in np.mean(self.below, axis=0)]

    @property
    def pinball(self) -> float:
        """The pinball loss over that of the seasonal naive forecast."""
        return self.loss / self.naive_loss


def pinball(came: float, quantiles: Days) -> float:
    """Return the mean pinball loss of the seven quantiles."""
    levels, error = np.array(QUANTILES), came - quantiles
    return float(np.maximum(levels * error, (levels - 1) * error).mean())


def calibrate(accounts: Sequence[Account], ours: Sequence[Days], naive: Sequence[Days]) -> dict[int, Calibration]:
    """Compare cumulative quantiles (one array of mornings x 14 x 7 per account) with what came."""
    result = {ahead: Calibration() for ahead in CALIBRATED}
    for account, quantiles, base in zip(accounts, ours, naive, strict=True):
        total = np.concatenate([[0.0], np.cumsum(account.spend)])
        for at in range(0, len(quantiles), EVERY):
            day = account.warm + at
            for ahead in (ahead for ahead in CALIBRATED if day + ahead < len(total)):
                came = float(total[day + ahead] - total[day] + account.unbilled[day])
                result[ahead].add(came, quantiles[at, ahead - 1], base[at, ahead - 1])
    return result
