"""One worker or eight: the same inputs give the same messages, each once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shared.model import Contact
from tests.agency import CHECK, DELIVER, Agency, about, reference, write_config

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.cloud import RunningCloud

LINES = {
    "notice": {"enter_below": 3000, "leave_at": 3500},
    "warning": {"enter_below": 2000, "leave_at": 2500},
    "critical": {"enter_below": 500, "leave_at": 800},
}
CUSTOMERS = 8
STEPS = 8
"""Of nine hours: three days."""
PAYS = {3: 3, 5: 5, 6: 6}
"""At which step a customer pays."""


def story(agency: Agency, times: int) -> tuple[set[tuple[str, ...]], list[str]]:
    """Three days of eight customers, each timer firing ``times`` times at once.

    Returns:
        What people were told (person, channel, topic, level, when), and the ids that a provider accepted twice.
    """
    agency.start_over()
    for number in range(1, CUSTOMERS + 1):
        people = (
            Contact(f"甲{number}", f"1380000000{number}", f"a{number}@example.com"),
            Contact(f"乙{number}", f"1390000000{number}", f"b{number}@example.com"),
        )
        agency.watch(number, 1500 + 500 * number, contacts=people[: 1 + number % 2])
    agency.cloud.control.sms_fate("13800000001", error="MOBILE_NOT_ON_SERVICE")
    agency.cloud.control.sms_fate("13800000002", refused="isv.MOBILE_NUMBER_ILLEGAL")
    for step in range(STEPS):
        agency.wait(minutes=530)
        for number, account in enumerate(agency.accounts, 1):
            agency.spend(account, 150 + 80 * number)
            if PAYS.get(number) == step:
                agency.top_up(account, 4000)
        for timer in (CHECK, DELIVER):
            agency.fire(timer, times=times, overlap=times > 1)
        agency.wait(minutes=10)
        agency.fire(DELIVER)
    return told(agency), doubled(agency)


def told(agency: Agency) -> set[tuple[str, ...]]:
    """Every message that a provider accepted, but for the id that it was stored under."""
    accepted = set(accepted_ids(agency))
    return {
        (m.account_id, m.contact, m.channel, about(m), f"{m.queued_at:%d %H:%M}")
        for m in agency.all_messages()
        if m.message_id in accepted
    }


def doubled(agency: Agency) -> list[str]:
    """Ids that were accepted more than once."""
    return [key for key, count in Counter(accepted_ids(agency)).items() if count > 1]


def accepted_ids(agency: Agency) -> Iterable[str]:
    """The ids of all SMS and mails that the providers accepted."""
    yield from (sms["out_id"] for sms in agency.cloud.control.sms())
    yield from (reference(mail["subject"]) for mail in agency.cloud.control.mail())


def test_one_worker_or_eight_tell_the_same(cloud: RunningCloud, tmp_path: Path) -> None:
    agency = Agency(cloud, write_config(tmp_path, available_amount=LINES, runway=None, risk=None))
    one, _ = story(agency, times=1)
    eight, twice = story(agency, times=8)
    assert eight == one
    assert twice == []
    assert {m[3] for m in one} >= {"notice", "warning", "critical", "overdue", "recovered", "task"}
