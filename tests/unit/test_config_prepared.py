"""How a text was understood is kept beside it, and taken for nothing else than that text, by nobody else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.app.prepared import prepare_beside, program
from shared.app.wiring import read_config
from shared.config import Policy, parse_config
from shared.config.prepared import is_of, prepare, restore
from tests.unit.replay_cases import POLICIES, config

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "agency.yaml").read_text(encoding="utf-8")
OURS = "a program"
MORE = """
own_account: {account_id: "1234567890123456", policy: own}
heartbeat_url: https://heartbeat.example.com/x
limits: {yuan_per_day: 12.50}
overrides:
  "20000":
    quiet: {start: "23:30"}
    release_days: [7, 1]
    spike: {min_amount: 0.5, warning: {enter_above: 10, leave_at: 5}}
  "20001": {quiet: null, funded_by_agency: true, share: {of: quota, critical: {enter_below: 5, leave_at: 6}}}
"""
TEXTS = (TEXT, TEXT.partition("\nlimits:")[0] + MORE + "policies:\n  own: {digest: null}\n")


@pytest.mark.parametrize("text", TEXTS)
def test_a_configuration_comes_back_as_it_was(text: str) -> None:
    parsed = parse_config(text)
    restored = restore(prepare(parsed, text, OURS), text, OURS)
    assert restored == parsed
    assert repr(restored) == repr(parsed), "the kinds of all values too"


@given(POLICIES)
def test_every_policy_comes_back(policy: Policy) -> None:
    assert restore(prepare(config(policy), "", OURS), "", OURS) == config(policy)


def test_it_is_worth_nothing_for_another_text_or_another_program() -> None:
    prepared = prepare(parse_config(TEXT), TEXT, OURS)
    assert restore(prepared, TEXT + " ", OURS) is None
    assert restore(prepared, TEXT, "another program") is None


PREPARED = prepare(parse_config(TEXT), TEXT, OURS)


@given(st.integers(0, len(PREPARED) - 1), st.text(max_size=3))
def test_it_is_worth_nothing_when_it_is_damaged(at: int, instead: str) -> None:
    damaged = PREPARED[:at] + instead + PREPARED[at + 1 :]
    assert is_of(damaged, TEXT, OURS) == (damaged == PREPARED)


@pytest.mark.parametrize("prepared", ["", "\n", "7", "{}"])
def test_what_was_never_prepared_is_none(prepared: str) -> None:
    assert restore(prepared, TEXT, OURS) is None


def test_the_program_is_what_decides_how_a_text_is_understood(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    asked = [sys.executable, "-c", "from shared.app.prepared import program; print(program())"]

    def named() -> str:
        return subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    assert named() == program()
    policies = tmp_path / "shared" / "config" / "policies.py"
    policies.write_text(policies.read_text(encoding="utf-8").replace("default=72", "default=71"), encoding="utf-8")
    assert named() != program()


def test_a_file_that_was_prepared_is_read_without_pydantic_and_yaml(tmp_path: Path) -> None:
    file = tmp_path / "agency.yaml"
    file.write_text(TEXTS[1], encoding="utf-8")
    prepare_beside(file)
    program = (
        "import sys; from pathlib import Path; from shared.app.wiring import read_config; "
        f"config = read_config(Path({str(file)!r})); "
        "over = [config.policy_for(account, 'own').quiet for account in config.overrides]; "
        "print(sorted({'pydantic', 'yaml'} & set(sys.modules)), len(over), config.version)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"[] 2 {read_config(file).version}"


def test_a_file_that_was_changed_since_is_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "agency.yaml"
    file.write_text(TEXT, encoding="utf-8")
    prepare_beside(file)
    file.write_text(TEXT.replace("max_repeats: 5", "max_repeats: 6"), encoding="utf-8")
    assert read_config(file).policies["default"].max_repeats == 6
