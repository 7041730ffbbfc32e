"""An override over a policy is what the judge makes of both together, though it is judged only once, with the file."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.config import Band, Policy, ShareLines, merge, parse_config
from shared.config.overrides import judged_values, overlaid
from tests.unit.replay_cases import POLICIES
from tests.unit.test_config import MESSAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT = "1234567890123401"
SHARE = ShareLines(warning=Band(enter_below=Decimal(20), leave_at=Decimal(30)))
GROUPS: dict[str, list[Any]] = {
    "runway": [None, {"notice": None}, {"warning": {"enter_below": 5, "leave_at": 5.5}}, {"quantile": 0.25}],
    "risk": [None, {"within_days": 3, "critical": {"enter_above": 90, "leave_at": 70}}],
    "share": [None, {"of": "quota", "critical": {"enter_below": 5, "leave_at": 6}}],
    "quiet": [None, {}, {"start": "23:30"}, {"let_through": "warning", "end": "7:00"}],
    "digest": [None, {"at": "10:15"}],
    "reach": [{"at_once": {"notice": None}}, {"staff_after": {"warning": 3}}],
    "tell": [{"warning": ("mail",)}, {"notice": (), "critical": ("sms",)}],
    "release_days": [(), (7, 1)],
    "min_daily_spend": [None, 12.5],
    "funded_by_agency": [True],
}
WRITTEN = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in GROUPS.items()})


def judged_together(policy: Policy, written: Mapping[str, Any]) -> Policy | None:
    try:
        return Policy.validate(merge(policy.as_values(), written))
    except ValidationError:
        return None


def test_all_that_is_written_here_is_sound_by_itself() -> None:
    alone = [{name: value} for name, values in GROUPS.items() for value in values]
    assert [written for written in alone if judged_together(Policy(share=SHARE), written) is None] == []


@given(POLICIES, POLICIES, WRITTEN)
def test_over_any_policy_it_is_what_both_are_together(first: Policy, second: Policy, written: dict[str, Any]) -> None:
    judged, expected = judged_together(first, written), judged_together(second, written)
    assume(judged is not None and expected is not None)
    assert judged is not None
    assert repr(overlaid(second, judged_values(written, judged))) == repr(expected), "the kinds of all values too"


@given(WRITTEN)
def test_in_a_file_it_is_read_as_over_the_policy_alone(written: dict[str, Any]) -> None:
    expected = judged_together(Policy(), written)
    assume(expected is not None)
    text = MESSAGES + json.dumps({"overrides": {ACCOUNT: written}})[1:-1] + "\n"
    assert parse_config(text).policy_for(ACCOUNT, "default") == expected
