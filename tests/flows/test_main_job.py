"""The main job end to end: timers fire, balances are read, people are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.model import Level

if TYPE_CHECKING:
    from tests.agency import Agency


def test_a_customer_hears_of_a_short_runway_by_sms_and_mail(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.days(1.5, account, daily=240)
    agency.deliver()
    state = agency.stores.states.load_states().values[0]
    assert state.alert.level is Level.WARNING
    assert [(channel, address) for channel, address, _ in agency.told()] == [
        ("sms", "13800000001"),
        ("mail", "wang1@example.com"),
    ]
