"""The cases of ``tests/cases``: what must be told when, everything and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.case import CASES, Case, amounts, load_cases, parse_cases
from tests.replay import differences

LOADED = load_cases()


def _marked(case: Case) -> object:
    marks = [pytest.mark.xfail(reason=case.xfail, strict=True)] if case.xfail else []
    return pytest.param(case, id=f"{case.file}: {case.name}", marks=marks)


@pytest.mark.parametrize("case", [_marked(case) for case in LOADED])
def test_everything_is_told_and_nothing_else(case: Case) -> None:
    found = differences(case)
    assert not found, "\n".join([f"{case.file}: {case.name}", *found])


def test_the_cases_are_many_and_each_has_its_own_name() -> None:
    names = [case.name for case in LOADED]
    assert len(names) >= 80
    assert sorted(set(names)) == sorted(names)


def test_the_example_of_the_readme_is_a_case() -> None:
    text = (CASES / "README.md").read_text(encoding="utf-8")
    (case,) = parse_cases(text.split("```yaml\n")[1].split("```")[0], "README.md")
    assert differences(case) == []


def test_what_is_missing_and_what_is_too_much_is_named() -> None:
    case = parse_cases(
        """
- name: x
  start: 2026-03-02 08:00
  balance: 800 450
  lines: {available_amount: {warning: 500/700}}
  told: [{at: 03-02 08:00, level: notice}]
  staff: [{at: 03-02 08:00, task: overdue}]
  levels: {}
  why: {03-02 09:00: healthy}
""",
        "x.yaml",
    )[0]
    assert differences(case) == [
        "told: 缺少 missing  2026-03-02 08:00 level notice worsened",
        "told: 多出 extra    2026-03-02 09:00 level warning worsened",
        "staff: 缺少 missing  2026-03-02 08:00 overdue",
        "levels: 多出 extra    2026-03-02 09:00 warning",
        "why: 2026-03-02 09:00 healthy, was worsened",
    ]


def test_amounts_are_written_short() -> None:
    assert amounts("1000 900.5 x2 _ 30..-30 x3") == (
        *(Decimal(1000), Decimal("900.5"), Decimal("900.5"), None),
        *(Decimal(30), Decimal(0), Decimal(-30)),
    )
    with pytest.raises(ValueError, match="看不懂"):
        amounts("1000 900x 3")
