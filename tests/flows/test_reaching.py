"""How people are reached when the first way fails: stand-ins, other contacts, staff; and what is not sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.model import Contact, DeliveryStatus, Message
from tests.agency import Agency, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from shared.model import Account
    from tests.cloud import RunningCloud

WANG_SMS, WANG_MAIL, LI_SMS = "13800000001", "wang@example.com", "13800000002"
WANG = Contact("王丽", WANG_SMS, WANG_MAIL)
LI = Contact("李明", LI_SMS, "li@example.com")
STAFF_SMS, STAFF_MAIL = "13800138000", "oncall@example.com"


def lines(tmp_path: Path, **changes: Any) -> Path:
    runway = {"quantile": 0.5, "notice": None, "warning": {"enter_below": 7, "leave_at": 9}, "critical": None}
    policy: dict[str, Any] = {"runway": runway, "risk": None, "quiet": None, "reach": {"at_once": {"warning": 1}}}
    return write_config(tmp_path, **(policy | changes))


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    """One person at once; the next one stands in."""
    return Agency(cloud, lines(tmp_path))


def warned(agency: Agency, *contacts: Contact) -> Account:
    """An account whose warning is queued and not yet sent."""
    account = agency.watch(1, 1000, contacts=contacts)
    agency.days(0.25, account, daily=240, deliver=False)
    return account


def by(agency: Agency, account: Account, person: str, channel: str) -> Message:
    return next(m for m in agency.messages(account) if (m.contact, m.channel) == (person, channel))


def test_whoever_is_reached_spares_the_others(agency: Agency) -> None:
    account = warned(agency, WANG, LI)
    agency.deliver(rounds=12)
    assert sorted(agency.received()) == [("mail", WANG_MAIL, "warning"), ("sms", WANG_SMS, "warning")]
    assert by(agency, account, "李明", "sms").status is DeliveryStatus.SPARED


def test_an_undelivered_sms_goes_to_the_next_contact(agency: Agency) -> None:
    agency.cloud.control.sms_fate(WANG_SMS, error="MOBILE_NOT_ON_SERVICE")
    account = warned(agency, WANG, LI)
    agency.deliver(rounds=6)
    assert ("sms", LI_SMS, "warning") in agency.received()
    assert by(agency, account, "王丽", "sms").status is DeliveryStatus.UNDELIVERED


def test_no_receipt_within_the_set_time_goes_to_the_next_contact(agency: Agency) -> None:
    agency.cloud.control.sms_fate(WANG_SMS, receipt_after=20 * 3600)
    account = warned(agency, WANG, LI)
    agency.deliver(rounds=4)
    assert ("sms", LI_SMS, "warning") not in agency.received()
    agency.deliver(rounds=6)
    assert ("sms", LI_SMS, "warning") in agency.received()
    assert by(agency, account, "王丽", "sms").status is DeliveryStatus.SENT


def test_a_bad_number_is_marked_told_to_staff_once_and_not_used_again(agency: Agency) -> None:
    agency.cloud.control.sms_fate(WANG_SMS, refused="isv.MOBILE_NUMBER_ILLEGAL")
    account = warned(agency, WANG, LI)
    agency.deliver(rounds=4)
    tasks = [row for row in agency.received() if row[2] == "task"]
    assert tasks == [("mail", STAFF_MAIL, "task"), ("sms", STAFF_SMS, "task")]
    assert ("sms", LI_SMS, "warning") in agency.received()
    agency.top_up(account, 2000)
    agency.days(0.125, account, daily=240)
    agency.spend(account, 1900)
    agency.days(0.125, account, daily=240)
    second = [m for m in agency.messages(account) if m.queued_at > agency.now.replace(hour=0)][-6:]
    assert WANG_SMS not in {m.address for m in second if m.topic == "level" and m.queued_at == second[-1].queued_at}


def test_a_channel_that_is_down_keeps_its_queue_and_staff_hear_by_the_other(agency: Agency) -> None:
    agency.cloud.control.add_fault("dysms", "business", operation="SendSms", code="isv.OUT_OF_SERVICE", times=-1)
    account = warned(agency, WANG)
    agency.watch(2, 100)
    agency.deliver(rounds=2)
    assert agency.received().count(("mail", STAFF_MAIL, "task")) == 1
    assert not [row for row in agency.received() if row[0] == "sms"]
    agency.cloud.control.clear_faults()
    agency.wait(hours=1, minutes=5)
    agency.deliver(rounds=3)
    sms = by(agency, account, "王丽", "sms")
    assert sms.status in {DeliveryStatus.DELIVERED, DeliveryStatus.REPLACED}


def test_a_code_that_nobody_knows_is_loud_and_sends_nothing_twice(agency: Agency) -> None:
    agency.cloud.control.add_fault("dysms", "business", operation="SendSms", code="isv.BRAND_NEW")
    warned(agency, WANG)
    agency.deliver(rounds=10)
    received = agency.received()
    assert received.count(("sms", WANG_SMS, "warning")) == 1
    assert received.count(("mail", STAFF_MAIL, "task")) == 1


def test_the_days_share_holds_what_is_not_urgent_and_staff_hear_of_it(cloud: RunningCloud, tmp_path: Path) -> None:
    agency = Agency(cloud, lines(tmp_path))
    config = agency.config_file
    config.write_text(config.read_text("utf-8").replace("mails_per_day: 1800", "mails_per_day: 1"), "utf-8")
    warned(agency, WANG)
    other = agency.watch(2, 1000, contacts=(LI,))
    agency.days(0.25, other, daily=240, deliver=False)
    agency.deliver(rounds=3)
    held = [m for a in agency.accounts for m in agency.messages(a) if m.status is DeliveryStatus.DEFERRED]
    assert [m.channel for m in held if m.topic == "level"] == ["mail"]
    assert ("sms", STAFF_SMS, "task") in agency.received()


def test_staff_hear_of_a_level_that_nobody_reacts_to(cloud: RunningCloud, tmp_path: Path) -> None:
    reach = {"staff_after": {"warning": 2}}
    agency = Agency(cloud, lines(tmp_path, reach=reach))
    account = agency.watch(1, 1000, contacts=(WANG,))
    agency.days(0.5, account, daily=240)
    tasks = [row for row in agency.received() if row[2] == "task"]
    assert tasks == [("mail", STAFF_MAIL, "task"), ("sms", STAFF_SMS, "task")]


def test_nobody_to_tell_is_told_to_staff(agency: Agency) -> None:
    warned(agency, Contact("无名"))
    agency.deliver(rounds=2)
    assert agency.received() == [("mail", STAFF_MAIL, "task"), ("sms", STAFF_SMS, "task")]


def test_a_message_that_waited_for_the_morning_gives_way_to_a_newer_one(cloud: RunningCloud, tmp_path: Path) -> None:
    amounts = {
        "warning": {"enter_below": 1600, "leave_at": 1700},
        "critical": {"enter_below": 500, "leave_at": 600},
    }
    quiet = {"start": "22:00", "end": "08:00", "timezone": "Asia/Shanghai", "let_through": "critical"}
    agency = Agency(cloud, lines(tmp_path, runway=None, available_amount=amounts, quiet=quiet))
    account = agency.watch(1, 1760, contacts=(WANG,))
    agency.days(18 / 24, account, daily=240)
    assert by(agency, account, "王丽", "sms").status is DeliveryStatus.PENDING
    agency.spend(account, 1200)
    agency.days(10 / 24, account, daily=240)
    told = [level for channel, _, level in agency.received() if channel == "sms" and level != "task"]
    assert told == ["critical"]
