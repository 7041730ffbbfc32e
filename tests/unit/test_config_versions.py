"""What is asked of a text before it becomes a version: that it is sound, small, and breaks no account."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shared.config import config_version
from shared.config.versions import MOST_BYTES, ConfigVersion, accept, held_before, note_of_going_back
from shared.errors import InvalidInput
from tests.builders import NOON, account

TEXT = (Path(__file__).parents[2] / "agency.yaml").read_text(encoding="utf-8")
VIP = account("1000000000000002", policy="vip")


def problems(text: str, *accounts: str, policy: str = "vip") -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        accept(text, "new.yaml", [account(uid, policy=policy) for uid in accounts])
    return [str(problem) for problem in caught.value.problems]


def test_a_sound_text_is_taken_and_knows_its_digest() -> None:
    assert accept(TEXT, "new.yaml", [account(), VIP]).version == config_version(TEXT)


def test_every_problem_is_named_with_line_and_mend() -> None:
    bad = TEXT.replace("enter_below: 14 ", "enter_below: 两周 ").replace("max_repeats: 5", "max_repeat: 5")
    first, second = problems(bad)
    assert first.startswith("new.yaml:")
    assert "两周" in first
    assert "did you mean max_repeats?" in second


def history(*steps: str) -> list[ConfigVersion]:
    """Versions from texts that were applied, and ``<N`` for going back to version N."""
    found: list[ConfigVersion] = []
    for number, step in enumerate(steps, 1):
        target = int(step[1:]) if step.startswith("<") else None
        text, note = (step, "better") if target is None else (found[target - 1].text, note_of_going_back(target))
        found.append(ConfigVersion(number, text, "李雷", note, NOON))
    return found


@pytest.mark.parametrize(
    ("steps", "before"),
    [
        ([], 0),
        (["a"], 0),
        (["a", "b"], 1),
        (["a", "b", "c"], 2),
        (["a", "b", "c", "<2"], 1),
        (["a", "b", "c", "<2", "<1"], 0),
        (["a", "b", "c", "<1"], 0),
        (["a", "b", "c", "<2", "d"], 2),  # c was taken back: before d there was b
        (["a", "b", "c", "<2", "d", "<2"], 1),
        (["a", "b", "c", "<2", "<3"], 2),  # c again after all: before it there was b
        (["a", "b", "a"], 2),  # applied for itself
    ],
)
def test_before_the_version_in_force_is_the_one_that_held_and_was_not_taken_back(steps: list[str], before: int) -> None:
    assert held_before(history(*steps), len(steps)) == before


def test_versions_after_the_one_in_force_cannot_be_used_and_do_not_count() -> None:
    assert held_before(history("a", "b", "?"), 2) == 1


def test_a_note_of_going_back_with_another_text_is_only_a_note() -> None:
    first, second = history("a", "b")
    third = ConfigVersion(3, "c", "李雷", note_of_going_back(1), NOON)
    assert held_before([first, second, third], 3) == 2


def test_a_policy_that_accounts_name_must_be_there() -> None:
    (problem,) = problems(TEXT, "1000000000000009", "1000000000000003", policy="gold")
    assert problem.startswith("new.yaml: policies 里没有 gold，名单里仍在用：1000000000000003, 1000000000000009 / ")
    assert "add the policy gold" in problem


def test_a_paused_account_counts_too() -> None:
    with pytest.raises(InvalidInput, match="gold"):
        accept(TEXT, "new.yaml", [replace(account(policy="gold"), paused=True)])


def test_many_accounts_of_one_policy_are_one_problem() -> None:
    (problem,) = problems(TEXT, *(f"{1000000000000000 + n}" for n in range(25)), policy="gold")
    assert "等 25 个账号" in problem
    assert "and 15 more" in problem


def test_each_lacking_policy_is_a_problem() -> None:
    with pytest.raises(InvalidInput) as caught:
        accept(TEXT, "new.yaml", [account(policy="gold"), account("1000000000000002", policy="silver"), VIP])
    assert len(caught.value.problems) == 2


def test_a_policy_of_the_own_account_must_be_there() -> None:
    (problem,) = problems(TEXT.replace("own_account: null", 'own_account: {account_id: "12345", policy: gold}'))
    assert "own_account" in problem


@pytest.mark.parametrize("more", [0, 1])
def test_a_text_of_a_megabyte_is_the_largest(more: int) -> None:
    padding = MOST_BYTES - len(TEXT.encode()) - 1 + more
    text = TEXT + "#" + "x" * padding
    if more:
        (problem,) = problems(text)
        assert f"最多 {MOST_BYTES} 字节" in problem
    else:
        accept(text, "new.yaml", [])


def test_a_version_is_named_by_its_text() -> None:
    version = ConfigVersion(3, TEXT, "李雷", "", NOON)
    assert (version.digest, version.file) == (config_version(TEXT), "agency.yaml v3")
