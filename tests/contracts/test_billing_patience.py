"""The port Billing with patience, against the local cloud: what is tried again, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared.billing.access import CustomerAccess
from shared.billing.bss import BssBilling
from shared.billing.patience import SAVED, PatientBilling
from shared.errors import AccessRevoked, Throttled, UnexpectedAnswer, Unreachable, Unreadable
from shared.keys import Credentials
from shared.model import Account
from shared.openapi import Timeouts

if TYPE_CHECKING:
    from tests.cloud import RunningCloud

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
def account(cloud: RunningCloud) -> Account:
    cloud.control.open_accounts({"id": cloud.account_id, "balance": "1000"})
    return Account(cloud.account_id, "The agency", ())


class Patient(PatientBilling):
    """With pauses that are noted and not taken."""

    def __init__(self, cloud: RunningCloud, time_left: float = 60) -> None:
        own, endpoint = Credentials(cloud.access_key_id, cloud.access_key_secret), f"http://{cloud.openapi}"
        quick = Timeouts(connect_ms=500, read_ms=300)
        self.pauses: list[float] = []
        bss = BssBilling(CustomerAccess(own, endpoint, timeouts=quick), endpoint, quick)
        super().__init__(bss, lambda seconds: sum(self.pauses) + seconds < time_left, self.pauses.append)


def calls(cloud: RunningCloud) -> int:
    return cloud.control.counts()["bss"]["QueryAccountBalance"]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "error", "code": "Throttling.User", "status": 400}, {"kind": "reset_before"}, {"kind": "html"}],
    ids=str,
)
@pytest.mark.parametrize("times", [1, 2])
def test_what_may_pass_is_tried_again(fault: dict[str, Any], times: int, cloud: RunningCloud, account: Account) -> None:
    cloud.control.add_fault("bss", times=times, **fault)
    billing = Patient(cloud)
    assert billing.fetch_balance(account, NOW).available_amount == 1000
    assert calls(cloud) == 1 + times
    assert all(half <= pause <= 3 * half for pause, half in zip(billing.pauses, (0.25, 1.0), strict=False))


def test_the_third_failure_stands(cloud: RunningCloud, account: Account) -> None:
    cloud.control.add_fault("bss", "error", code="Throttling.User", status=400, times=-1)
    with pytest.raises(Throttled):
        Patient(cloud).fetch_balance(account, NOW)
    assert calls(cloud) == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "hang"}, Unreachable),
        ({"kind": "error", "code": "NoPermission", "status": 403}, AccessRevoked),
        ({"kind": "error", "code": "MissingParameter", "status": 400}, UnexpectedAnswer),
    ],
    ids=str,
)
def test_what_waited_long_enough_or_will_not_change_is_not_tried_again(
    fault: dict[str, Any], error: type[Unreadable], cloud: RunningCloud, account: Account
) -> None:
    cloud.control.add_fault("bss", **fault)
    with pytest.raises(error):
        Patient(cloud).fetch_balance(account, NOW)
    assert calls(cloud) == 1


def test_without_time_nothing_is_tried_again(cloud: RunningCloud, account: Account) -> None:
    cloud.control.add_fault("bss", "reset_before", times=-1)
    with pytest.raises(Unreachable):
        Patient(cloud, time_left=0.1).fetch_balance(account, NOW)
    assert calls(cloud) == 1


def test_an_outage_is_not_answered_with_three_times_the_calls(cloud: RunningCloud, account: Account) -> None:
    cloud.control.add_fault("bss", "reset_before", times=-1)
    billing = Patient(cloud, time_left=float("inf"))
    for _ in range(100):
        with pytest.raises(Unreachable):
            billing.fetch_balance(account, NOW)
    assert calls(cloud) == 100 + SAVED


def test_accounts_that_failed_together_are_not_tried_again_together(cloud: RunningCloud) -> None:
    billing = Patient(cloud, time_left=float("inf"))
    cloud.control.add_fault("*", "reset_before", times=-1)
    for number in range(8):
        with pytest.raises(Unreachable):
            billing.fetch_balance(Account(str(number), "", (), role_arn=f"acs:ram::{number}:role/r"), NOW)
    assert len(set(billing.pauses)) == 16
