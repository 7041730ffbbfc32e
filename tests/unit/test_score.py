"""The scorecards of all accounts, as staff read them."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from shared.app.score import ScoreLine, score_json, score_table
from shared.model import HorizonScore, Language, Scorecard
from tests.builders import account

GOOD = HorizonScore(20, 10.0, (1.0, 5.0, 9.0), 60.0, 100.0, 90.0)
IN_ANOTHER_CURRENCY = HorizonScore(20, 10.0, (1.0, 5.0, 9.0), 6000.0, 10_000.0, 9000.0)
POOR = HorizonScore(20, 10.0, (1.0, 5.0, 9.0), 120.0, 100.0, 90.0)
POOR_AS_PLAIN = HorizonScore(20, 10.0, (1.0, 5.0, 9.0), 120.0, 100.0, 119.0)


def line(number: int, score: HorizonScore, ended: int = 0, hours: float = 0.0) -> ScoreLine:
    card = Scorecard("CNY", (), score, score, ended, hours)
    return ScoreLine(account(f"100000000000000{number}"), card)


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(HorizonScore(), "too_early"), (GOOD, "good"), (POOR, "plain"), (POOR_AS_PLAIN, "failed")],
)
def test_the_verdict_of_an_account(score: HorizonScore, verdict: str) -> None:
    assert line(1, score).verdict == verdict


@pytest.mark.parametrize("language", Language)
def test_every_account_has_a_line_and_all_have_one(language: Language) -> None:
    console = Console(width=200, record=True, file=None, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        console.print(score_table([line(1, GOOD, 2, 14.0), line(2, HorizonScore())], language))
    said = captured.get()
    assert "10 / 50 / 90" in said
    assert "7 (2)" in said
    assert "0.60 / 0.60" in said
    assert ("不评分" if language is Language.CHINESE else "not scored") in said


def test_the_json_names_what_is_not_known_as_null() -> None:
    found = json.loads(json.dumps(score_json([line(1, HorizonScore())]), allow_nan=False))
    assert found["accounts"][0]["week"] is None
    assert found["accounts"][0]["end_error_hours"] is None
    assert found["all"]["days_scored"] == 0


def test_accounts_of_two_currencies_weigh_the_same_in_the_whole() -> None:
    found = score_json([line(1, POOR), line(2, IN_ANOTHER_CURRENCY)])["all"]
    assert isinstance(found, dict)
    assert found["week"]["loss_to_naive"] == pytest.approx(0.9)
