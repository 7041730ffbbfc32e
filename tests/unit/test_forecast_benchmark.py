"""The benchmark of the projection measures what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.forecast import DATA, forecaster
from benchmarks.ledger import Account, Scenario, accounts
from benchmarks.peers import last_month, last_week, month_to_date, seasonal_naive
from benchmarks.scoring import Calibration, Mornings, mornings, normal_scores, recall_at, runways, sweep, warn
from benchmarks.spend_series import read_series
from benchmarks.train_projection import Net, source
from shared.projection import QUANTILES, project_spend

DAY = date(2026, 3, 16)


@pytest.fixture(scope="module")
def replayed() -> list[Account]:
    series = [one for one in read_series(DATA) if one.name in {"nab-nyc-taxi", "gcp-mybinder-cloud-sql"}]
    return [account for scenario in (Scenario.REAL, Scenario.STRESS) for account in accounts(series, scenario, 1)]


def test_the_wrapper_adds_nothing() -> None:
    history = np.array([3.0, np.nan, 4.0, 5.0])
    assert forecaster(history, 14, DAY).tolist() == [list(row) for row in project_spend([3.0, None, 4.0, 5.0], DAY)]


def test_the_same_seed_gives_the_same_accounts(replayed: list[Account]) -> None:
    series = [one for one in read_series(DATA) if one.name in {"nab-nyc-taxi", "gcp-mybinder-cloud-sql"}]
    again = next(iter(accounts(series, Scenario.REAL, 1)))
    assert np.array_equal(again.runs[0].balance, replayed[0].runs[0].balance)
    other = next(iter(accounts(series, Scenario.REAL, 2)))
    assert not np.array_equal(other.runs[0].balance, replayed[0].runs[0].balance)


def test_who_knows_the_future_recalls_everything_without_false_alarms(replayed: list[Account]) -> None:
    table = mornings(replayed)
    point = warn(table, table.days_left, 6.0)
    assert (point.false_alarms, point.recall72, point.recall24) == (0.0, 1.0, 1.0)
    assert warn(table, table.days_left, 3.0).recall72 < 0.2


def test_days_left_agree_with_the_arrears(replayed: list[Account]) -> None:
    account = replayed[0]
    run = account.runs[0]
    for cycle, moment in run.arrears.items():
        at = int(np.flatnonzero(run.cycle == cycle)[-1])
        assert account.warm + at + run.days_left[at] == pytest.approx(moment)


def test_a_warning_counts_once_in_six_days() -> None:
    days = np.arange(10)
    table = Mornings(days, np.zeros(10, int), np.full(10, 20.0), np.zeros(10, bool), {})
    assert warn(table, np.zeros(10), 0.0).false_alarms == 2 / (10 / 30)
    assert warn(replace(table, cycle=days), np.zeros(10), 0.0).false_alarms == 10 / (10 / 30)


def test_a_warning_older_than_twelve_days_does_not_count() -> None:
    table = Mornings(np.arange(3), np.zeros(3, int), np.full(3, 14.0), np.zeros(3, bool), {0: (14.5, False)})
    assert warn(table, np.array([0.0, 1.0, 1.0]), 0.0).recall72 == 0.0
    assert warn(table, np.array([1.0, 1.0, 0.0]), 0.0).recall72 == 0.0
    later = replace(table, arrears={0: (13.5, False)})
    assert warn(later, np.array([1.0, 1.0, 0.0]), 0.0).recall72 == 1.0


def test_recall_never_falls_with_more_false_alarms(replayed: list[Account]) -> None:
    table = mornings(replayed)
    points = sweep(table, table.days_left + np.sin(np.arange(len(table.day))) * 3)
    recalls = [recall_at(points, budget) for budget in np.linspace(0.01, 0.3, 20)]
    assert recalls == sorted(recalls)
    assert recalls[-1] > recalls[0]


def test_normal_scores_and_runways_read_the_quantiles() -> None:
    row = np.exp(np.array([-1.645, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.645]))
    scores = normal_scores(np.tile(row, (3, 1)), np.exp([0.0, 1.2816, -2.0]))
    assert scores == pytest.approx([0.0, 1.2816, -2.0], abs=0.01)
    path = np.tile(np.arange(1.0, 15.0), (3, 1))
    assert runways(path, np.array([2.5, 14.0, 28.0])).tolist() == [2.5, 14.0, 28.0]


def test_calibration_of_a_sure_forecast() -> None:
    found = Calibration()
    for came in (1.0, 2.0, 3.0, 4.0):
        found.add(came, np.full(len(QUANTILES), 2.5), np.full(len(QUANTILES), 4.5))
    assert found.cover == [0.5] * 7
    assert found.pinball < 1


def test_peers_do_what_their_names_say() -> None:
    history = np.append(np.full(40, 2.0), np.full(7, 4.0))
    assert last_week(history, DAY) == 4.0
    assert last_month(history, DAY) == pytest.approx((23 * 2 + 7 * 4) / 30)
    assert month_to_date(history, date(2026, 3, 5)) == pytest.approx(4.0)
    assert seasonal_naive(history)[6, QUANTILES.index(0.5)] == pytest.approx(28.0)


def test_written_weights_read_back() -> None:
    weights = [np.eye(3, 2, dtype=np.float32), np.full((2, 1), 0.5, np.float32)]
    net = Net(weights, [np.zeros(2, np.float32), np.ones(1, np.float32)])
    space: dict[str, object] = {}
    exec(source(net), space)  # noqa: S102 (our own source)
    assert space["LAYERS"] == (((0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0)), ((1.0, 0.5, 0.5),))
