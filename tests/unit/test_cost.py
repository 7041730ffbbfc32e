"""What a month costs: sums that can be redone by hand, and how they grow."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from localcloud.serverless import read_functions
from shared.app.cli import main
from shared.app.cost_words import LINES
from shared.cost import ASSUMED, HOURS, MEASURED, Line, monthly
from shared.prices import PRICES, Item

ROOT = Path(__file__).parents[2]


def test_few_accounts_cost_little_more_than_the_hourly_minimum_of_three_functions() -> None:
    cost = monthly(50)
    assert cost.lines[Line.FUNCTIONS] == 3 * HOURS * Decimal("0.01") == Decimal("21.60")
    assert cost.total - cost.lines[Line.FUNCTIONS] - cost.lines[Line.SMS] < Decimal(4)


def test_an_hour_that_is_dearer_than_the_minimum_is_paid_by_its_units() -> None:
    """100,000 accounts: 100,000 x 1.41 ms / 0.35 = 403 s wait less than 500 groups x 8 x 2.1 x 50 ms = 420 s."""
    cost = monthly(100_000)
    assert cost.check_seconds == pytest.approx(420 + 0.3 / 0.35)
    units = Decimal(str(cost.check_seconds)) * (Decimal("0.35") + Decimal("0.5") * Decimal("0.15")) + Decimal("0.0075")
    check = int(units + 1) * Decimal("0.00011") * HOURS
    assert cost.lines[Line.FUNCTIONS] == pytest.approx(check + 2 * HOURS * Decimal("0.01"), abs=Decimal(3))


def test_reads_and_writes_of_an_account_are_its_rows_in_units_of_four_kilobytes() -> None:
    one = monthly(1, assumed=replace(ASSUMED, incidents=0))
    assert one.lines[Line.WRITES] == (2 + 1) * HOURS * Decimal("0.02") / 10_000
    assert one.lines[Line.READS] == (2 * 2 + 36) * HOURS * Decimal("0.01") / 10_000


def test_messages_are_paid_by_the_piece() -> None:
    cost = monthly(1000)
    assert cost.lines[Line.SMS] == 1000 * Decimal("0.2") * 4 * 2 * Decimal("0.045") == Decimal("72.0")
    assert cost.lines[Line.MAIL] == 1000 * Decimal("0.2") * 4 * 2 / 1000


def test_what_an_account_costs_falls_with_their_number() -> None:
    each = [monthly(n).total / n for n in (50, 1_000, 20_000)]
    assert each == sorted(each, reverse=True)


def test_a_slower_network_makes_a_longer_check() -> None:
    assert monthly(1000, assumed=replace(ASSUMED, latency_seconds=0.5)).check_seconds > monthly(1000).check_seconds


def test_twenty_thousand_accounts_fit_into_one_invocation() -> None:
    limit = next(read_functions(ROOT / "s.yaml", {}))["timeout"]
    assert monthly(20_000).check_seconds < limit / 2


def test_the_functions_are_of_the_size_that_s_yaml_gives_them() -> None:
    for props in read_functions(ROOT / "s.yaml", {}):
        assert (props["cpu"], props["memorySize"] / 1024) == (ASSUMED.vcpu, ASSUMED.memory_gb)


def test_what_was_measured_is_not_nothing() -> None:
    assert all(getattr(MEASURED, name) > 0 for name in MEASURED.__slots__)


def test_every_price_says_where_it_was_read() -> None:
    assert set(PRICES) == set(Item)
    assert all(price.source and price.cny > 0 for price in PRICES.values())
    assert set(LINES) == set(Line)


def test_the_command_needs_no_settings_and_names_its_assumptions() -> None:
    done = CliRunner().invoke(main, ["--lang", "en", "cost"], env={})
    assert done.exit_code == 0
    assert "20,000 accounts" in done.output
    assert "not included: the log service" in done.output
    found = json.loads(CliRunner().invoke(main, ["cost", "--accounts", "300", "--json"]).output)
    assert [one["accounts"] for one in found] == [300]
