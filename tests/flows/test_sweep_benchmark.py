"""The benchmark of the check, small: that it measures what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks import sweep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ACCOUNTS = 240


@pytest.fixture(scope="module")
def found() -> Mapping[str, Any]:
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lines.append)
        arguments = ["--accounts", str(ACCOUNTS), "--latency-ms", "0", "--peer", "threads", "--peer", "floor", "--json"]
        assert sweep.main(arguments) == 0
    (line,) = lines
    result: dict[str, Any] = json.loads(line)
    return result


def test_every_account_is_read_and_few_rows_are_asked_for(found: Mapping[str, Any]) -> None:
    ours = found["contestants"]["ours"]
    assert (ours["report"]["read"], ours["report"]["broken"], ours["report"]["left"]) == (ACCOUNTS, [], 0)
    assert ours["report"]["queued"] == 2, "by SMS and by mail: one account of 200 has run low"
    assert ours["requests_per_account"]["sts"] == 1
    assert 1 < found["ratios"]["bss_requests_per_account"] <= 1.15
    assert found["ratios"]["tablestore_requests_per_account"] <= 0.1


def test_peers_make_the_two_calls_and_no_more(found: Mapping[str, Any]) -> None:
    for peer in ("threads", "floor"):
        assert found["contestants"][peer]["requests_per_account"] == {"bss": 1, "sts": 1, "tablestore": 0}


def test_the_ratios_are_those_of_the_figures(found: Mapping[str, Any]) -> None:
    ours, floor = found["contestants"]["ours"], found["contestants"]["floor"]
    expected = ours["cpu_ms_per_account"] / floor["cpu_ms_per_account"]
    assert found["ratios"]["cpu_us_vs_floor"] == pytest.approx(expected, rel=0.01)
    assert "speed_vs_plain" not in found["ratios"], "plain did not take part"
