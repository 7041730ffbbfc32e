"""What a month costs: sums that can be redone by hand, and how they grow."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from localcloud.serverless import read_functions
from shared.app.cli import main
from shared.app.cost_words import LINES
from shared.app.deadline import STOP_BEFORE_END
from shared.app.sweep import READERS
from shared.billing.pace import BURST, LIMITS
from shared.config.settings import SweepSettings
from shared.cost import ASSUMED, HOURS, Line, monthly
from shared.measured import COLD_START, MEASURED, SWEEP
from shared.prices import PRICES, Item

ROOT = Path(__file__).parents[2]


def test_few_accounts_cost_little_more_than_the_hourly_minimum_of_three_functions() -> None:
    cost = monthly(50)
    assert cost.lines[Line.FUNCTIONS] == 3 * HOURS * Decimal("0.01") == Decimal("21.60")
    assert cost.total - cost.lines[Line.FUNCTIONS] - cost.lines[Line.SMS] < Decimal(4)


def test_an_hour_that_is_dearer_than_the_minimum_is_paid_by_its_units() -> None:
    """18,000 accounts in 4 buckets: 18,000 / 90 a second = 200 s each, and one more cold start hands them over."""
    figures = replace(MEASURED, cold_check_seconds=0.35, check_seconds=0.004, sts_requests=1.0, audit_seconds=0)
    cost = monthly(18_000, figures)
    assert (cost.buckets, cost.check_seconds) == (4, 201)
    units = 805 * (Decimal("0.35") + Decimal("0.5") * Decimal("0.15")) + 5 * Decimal("0.0075")
    check = int(units + 1) * Decimal("0.00011") * HOURS
    assert cost.lines[Line.FUNCTIONS] == check + 2 * HOURS * Decimal("0.01")


def test_more_buckets_end_no_sooner_and_cost_more_for_all_of_them_wait_their_turn() -> None:
    few, many = (monthly(20_000, assumed=replace(ASSUMED, per_invocation=each)) for each in (5_000, 1_500))
    assert (few.buckets, many.buckets) == (4, 16)
    assert few.check_seconds == many.check_seconds == pytest.approx(20_000 / 90, abs=2)
    assert many.lines[Line.FUNCTIONS] > 2 * few.lines[Line.FUNCTIONS]


@pytest.mark.parametrize(
    ("changed", "seconds"),
    [
        ({"check_seconds": 0.0175}, 1000 * 0.0175 / 0.35),
        ({"bss_requests": 64.0}, 1000 * 0.05),
        ({"sts_requests": 0.9}, 1000 * 0.9 / 90),
        ({"tablestore_requests": 0.5}, 1000 * 0.5 * 0.05),
    ],
)
def test_a_check_lasts_as_long_as_what_takes_longest(changed: dict[str, float], seconds: float) -> None:
    """A thousand accounts, 50 ms a reply: OpenAPI is asked for 64 of them at once, the store in a row."""
    none: dict[str, Any] = {"cold_check_seconds": 0, "check_seconds": 0, "bss_requests": 0, "sts_requests": 0}
    figures = replace(MEASURED, **none | {"tablestore_requests": 0} | changed)
    assert monthly(1000, figures).check_seconds == pytest.approx(seconds)


def test_reads_and_writes_of_an_account_are_its_rows_in_units_of_four_kilobytes() -> None:
    one = monthly(1, assumed=replace(ASSUMED, incidents=0))
    assert one.lines[Line.WRITES] == (1 + 1) * HOURS * Decimal("0.02") / 10_000
    assert one.lines[Line.READS] == (2 * 1 + 36) * HOURS * Decimal("0.01") / 10_000


def test_messages_are_paid_by_the_piece() -> None:
    cost = monthly(1000)
    assert cost.lines[Line.SMS] == 1000 * Decimal("0.2") * 4 * 2 * Decimal("0.045") == Decimal("72.0")
    assert cost.lines[Line.MAIL] == 1000 * Decimal("0.2") * 4 * 2 / 1000


def test_what_an_account_costs_falls_with_their_number() -> None:
    each = [monthly(n).total / n for n in (50, 1_000, 20_000)]
    assert each == sorted(each, reverse=True)


def test_what_is_stored_is_paid_as_it_stands_after_400_days() -> None:
    cost = monthly(1000)
    assert cost.stored_gb == pytest.approx(1000 * (3290 + 420 + 9600 * 375) / 1e9)
    assert cost.lines[Line.STORED] == pytest.approx(Decimal(str(cost.stored_gb)) * HOURS * Decimal("0.00216"))


def test_logs_are_paid_by_the_runs_that_write_them_and_by_their_one_shard() -> None:
    """14 runs an hour of 1 MB: 10.08 GB a month, a fifth of it on the way; 12.1 GB are kept with their index."""
    cost = monthly(10, replace(MEASURED, log_bytes=1_000_000))
    paid = {Item.LOG_TRAFFIC: "2.016", Item.LOG_INDEX: "10.08", Item.LOG_STORED: "362.88", Item.LOG_SHARD: "30"}
    assert cost.lines[Line.LOGS] == pytest.approx(sum(PRICES[item].cny * Decimal(n) for item, n in paid.items()))
    assert monthly(10).lines[Line.LOGS] < Decimal("1.3"), "of that 1.20 for the shard"


def test_a_slower_network_makes_a_longer_check() -> None:
    assert monthly(1000, assumed=replace(ASSUMED, latency_seconds=1)).check_seconds > monthly(1000).check_seconds


@pytest.mark.parametrize("accounts", [50, 5_000, 20_000])
def test_every_bucket_ends_in_its_time_even_where_each_reply_takes_three_seconds(accounts: int) -> None:
    """What is begun a minute before the end is let go: s.yaml's 600 s are 540."""
    limit = next(read_functions(ROOT / "s.yaml", {}))["timeout"] - STOP_BEFORE_END.total_seconds()
    slow = replace(MEASURED, tablestore_requests=0)  # rows are put and got in the same region
    assert monthly(accounts, slow, replace(ASSUMED, latency_seconds=3)).check_seconds < limit


def test_what_is_assumed_of_a_check_is_what_the_check_does() -> None:
    assert ASSUMED.per_invocation == SweepSettings().accounts_per_invocation
    assert ASSUMED.readers == READERS
    assert ASSUMED.roles_per_second == pytest.approx(LIMITS["AssumeRole"] * (1 - BURST))


def test_the_functions_are_of_the_size_that_s_yaml_gives_them() -> None:
    for props in read_functions(ROOT / "s.yaml", {}):
        assert (props["cpu"], props["memorySize"] / 1024) == (ASSUMED.vcpu, ASSUMED.memory_gb)


def test_what_was_measured_is_not_nothing_and_says_when_and_where() -> None:
    assert all(getattr(MEASURED, one.name) for one in fields(MEASURED))


def test_every_price_says_where_it_was_read() -> None:
    assert set(PRICES) == set(Item)
    assert all(price.source and price.cny > 0 for price in PRICES.values())
    assert set(LINES) == set(Line)


def command(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", "cost", *arguments], env={}, input=given)


def test_the_command_needs_no_settings_and_names_its_assumptions() -> None:
    done = command()
    assert done.exit_code == 0
    assert "20,000 accounts" in done.output
    assert "not included: internet traffic" in done.output
    assert all(name in done.output for name in (SWEEP, COLD_START, MEASURED.on))
    found = json.loads(command("--accounts", "300", "--json").output)
    assert [one["accounts"] for one in found] == [300]


OF_SWEEP = {
    "contestants": {
        "ours": {
            "cpu_ms_per_account": 20.0,
            "peak_rss_mb": 99.0,
            "requests_per_account": {"bss": 1.5, "sts": 1.0, "tablestore": 0.5},
        }
    }
}
OF_COLD_START = {"cpu_ms": {"check": {"import": 1, "total": 3500.0}, "deliver": {"import": 1, "total": 70.0}}}


def test_what_a_benchmark_prints_takes_the_place_of_our_figures(tmp_path: Path) -> None:
    (tmp_path / "cold.json").write_text(json.dumps(OF_COLD_START))
    done = command("--measured", "-", "--measured", str(tmp_path / "cold.json"), given=json.dumps(OF_SWEEP))
    assert "20.00 ms of CPU, 2.50 OpenAPI requests, 0.500 of the store; 99 MB" in done.output
    assert "3500 ms of CPU for a check, 70 ms with nothing due" in done.output
    slow = json.loads(command("--measured", "-", "--accounts", "700", "--json", given=json.dumps(OF_SWEEP)).output)
    assert slow[0]["check_seconds"] == pytest.approx((700 * 0.02 + MEASURED.cold_check_seconds) / 0.35, abs=0.1)


@pytest.mark.parametrize("text", ["no JSON", "{}", '{"contestants": {}}', '{"cpu_ms": {"check": 1}}', "[]"])
def test_other_output_is_refused_and_what_it_should_be_is_named(text: str) -> None:
    done = command("--measured", "-", given=text)
    assert done.exit_code == 2
    assert "--measured" in done.output
