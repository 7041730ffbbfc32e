"""A person with many accounts: one SMS when they all fall, one mail a day for what is not urgent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shared.model import BUNDLES, ChannelName, Contact, DeliveryStatus
from tests.agency import DELIVER, Agency, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from shared.model import Account, Message
    from tests.cloud import RunningCloud

WANG_SMS, WANG_MAIL, LI_SMS, LI_MAIL = "13800000001", "wang@example.com", "13800000002", "li@example.com"
WANG = Contact("王丽", WANG_SMS, WANG_MAIL)
LI = Contact("李明", LI_SMS, LI_MAIL)
LINES = {
    "notice": {"enter_below": 3000, "leave_at": 3500},
    "warning": {"enter_below": 1500, "leave_at": 2000},
    "critical": {"enter_below": 400, "leave_at": 600},
}
DIGEST = {"up_to": "notice", "at": "09:00"}
MORNING = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai on the day after the agency's first."""


def opened(cloud: RunningCloud, tmp_path: Path, **changes: object) -> Agency:
    policy = {
        "available_amount": LINES,
        "runway": None,
        "risk": None,
        "quiet": None,
        "digest": DIGEST,
        "reach": {"at_once": {"warning": 1}},
    }
    return Agency(cloud, write_config(tmp_path, bundle={"sms_from": 3, "mail_from": 2}, **(policy | changes)))


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    """Three accounts of one number are one SMS, two mails of the digest one mail."""
    return opened(cloud, tmp_path)


def fallen(agency: Agency, *balances: float, contacts: tuple[Contact, ...] = (WANG,)) -> list[Account]:
    """Accounts of the same people, looked at for the first time."""
    accounts = [agency.watch(number, balance, contacts=contacts) for number, balance in enumerate(balances, 1)]
    agency.check()
    return accounts


def bundles(agency: Agency) -> tuple[Message, ...]:
    return agency.stores.outbox.load_messages(BUNDLES).values


def of(agency: Agency, accounts: list[Account], channel: str, contact: str = "王丽") -> list[Message]:
    return [m for a in accounts for m in agency.messages(a) if (m.channel, m.contact) == (channel, contact)]


def test_five_accounts_that_fall_at_once_are_one_sms_and_the_mails_have_the_details(agency: Agency) -> None:
    accounts = fallen(agency, 1000, 1100, 300, 1200, 1300)
    agency.deliver(rounds=4)
    assert [row for row in agency.received() if row[0] == "sms"] == [("sms", WANG_SMS, "bundle")]
    assert agency.received().count(("mail", WANG_MAIL, "warning")) == 4
    assert agency.received().count(("mail", WANG_MAIL, "critical")) == 1
    (sms,) = agency.cloud.control.sms()
    assert "您有5个账号额度不足，最紧急的是示例客户3" in sms["content"]
    assert {m.status for m in of(agency, accounts, "sms")} == {DeliveryStatus.DELIVERED}


def test_two_accounts_get_an_sms_each(agency: Agency) -> None:
    fallen(agency, 1000, 1100)
    agency.deliver()
    assert [row for row in agency.received() if row[0] == "sms"] == [("sms", WANG_SMS, "warning")] * 2


def test_what_is_not_urgent_waits_for_nine_and_is_one_mail(agency: Agency) -> None:
    agency.wait(hours=6)
    accounts = fallen(agency, 2500, 2600, 2700)
    agency.deliver(rounds=2)
    assert agency.received() == []
    agency.wait(seconds=(MORNING - agency.now).total_seconds() - 60)
    agency.fire(DELIVER)
    assert agency.received() == []
    agency.wait(minutes=2)
    agency.deliver(rounds=3)
    assert agency.received() == [("mail", WANG_MAIL, "bundle")]
    (mail,) = agency.cloud.control.mail()
    assert mail["subject"].startswith("3个账号的额度情况 [")
    assert {m.status for m in of(agency, accounts, "mail")} == {DeliveryStatus.DELIVERED}


def test_an_account_that_is_well_by_nine_is_not_in_the_digest(agency: Agency) -> None:
    agency.wait(hours=6)
    first, *_ = fallen(agency, 2500, 2600, 2700)
    agency.top_up(first, 5000)
    agency.wait(hours=1)
    agency.check()
    agency.wait(seconds=(MORNING - agency.now).total_seconds() + 60)
    agency.deliver()
    (mail,) = agency.cloud.control.mail()
    assert mail["subject"].startswith("2个账号的额度情况 [")
    assert {message.status for message in of(agency, [first], "mail")} == {DeliveryStatus.REPLACED}


def test_what_gets_worse_before_nine_is_told_at_once_and_is_not_in_the_digest(agency: Agency) -> None:
    agency.wait(hours=6)
    first, *_ = fallen(agency, 2500, 2600)
    agency.spend(first, 2200)
    agency.wait(hours=1)
    agency.check()
    agency.deliver()
    assert ("sms", WANG_SMS, "critical") in agency.received()
    agency.wait(seconds=(MORNING - agency.now).total_seconds() + 60)
    agency.deliver()
    assert [row[2] for row in agency.received() if row[0] == "mail"] == ["critical", "notice"]


def test_all_clears_wait_for_the_digest_too(agency: Agency) -> None:
    accounts = fallen(agency, 1000, 1100)
    agency.deliver()
    for account in accounts:
        agency.top_up(account, 5000)
    agency.wait(hours=2)
    agency.check()
    agency.deliver()
    told = len(agency.received())
    assert ("mail", WANG_MAIL, "recovered") not in agency.received()
    agency.wait(seconds=(MORNING - agency.now).total_seconds() + 60)
    agency.deliver()
    assert agency.received()[told:] == [("mail", WANG_MAIL, "bundle")]
    assert agency.cloud.control.mail()[-1]["subject"].startswith("2个账号的可用额度已恢复")


def test_a_bundle_that_is_refused_lets_the_stand_ins_of_its_members_go(agency: Agency) -> None:
    agency.cloud.control.sms_fate(WANG_SMS, refused="isv.MOBILE_NUMBER_ILLEGAL")
    accounts = fallen(agency, 1000, 1100, 1200, contacts=(WANG, LI))
    agency.deliver(rounds=4)
    assert {m.status for m in of(agency, accounts, "sms")} == {DeliveryStatus.REFUSED}
    assert agency.received().count(("sms", LI_SMS, "warning")) == 3
    assert [row for row in agency.received() if row[2] == "task"] == [
        ("mail", "oncall@example.com", "task"),
        ("sms", "13800138000", "task"),
    ]


def test_a_bundle_that_no_phone_got_lets_the_stand_ins_of_its_members_go(agency: Agency) -> None:
    agency.cloud.control.sms_fate(WANG_SMS, error="MOBILE_NOT_ON_SERVICE")
    accounts = fallen(agency, 1000, 1100, 1200, contacts=(WANG, LI))
    agency.deliver(rounds=6)
    assert {m.status for m in of(agency, accounts, "sms")} == {DeliveryStatus.UNDELIVERED}
    assert {m.status for m in of(agency, accounts, "sms", "李明")} == {DeliveryStatus.DELIVERED}


def test_a_bundle_that_arrives_spares_the_stand_ins_of_its_members(agency: Agency) -> None:
    accounts = fallen(agency, 1000, 1100, 1200, contacts=(WANG, LI))
    agency.deliver(rounds=12)
    assert {m.status for m in of(agency, accounts, "sms", "李明")} == {DeliveryStatus.SPARED}
    assert not [row for row in agency.received() if row[1] in {LI_SMS, LI_MAIL}]


def test_a_bundle_that_was_never_taken_is_dissolved_and_each_member_goes_by_itself(agency: Agency) -> None:
    agency.cloud.control.add_fault("dysms", "reset_before", operation="SendSms")
    accounts = fallen(agency, 1000, 1100, 1200)
    agency.deliver(rounds=8)
    assert [row for row in agency.received() if row[0] == "sms"] == [("sms", WANG_SMS, "warning")] * 3
    (bundle,) = bundles(agency)
    assert bundle.status is DeliveryStatus.REPLACED
    assert {m.status for m in of(agency, accounts, "sms")} == {DeliveryStatus.DELIVERED}


def test_a_bundle_whose_answer_was_lost_is_not_sent_again(agency: Agency) -> None:
    agency.cloud.control.add_fault("dysms", "reset_after", operation="SendSms")
    accounts = fallen(agency, 1000, 1100, 1200)
    agency.deliver(rounds=8)
    assert [row for row in agency.received() if row[0] == "sms"] == [("sms", WANG_SMS, "bundle")]
    assert {m.status for m in of(agency, accounts, "sms")} == {DeliveryStatus.DELIVERED}


def test_a_bundle_that_the_provider_puts_off_goes_out_later_as_another_with_what_still_holds(agency: Agency) -> None:
    agency.cloud.control.add_fault("dysms", "business", operation="SendSms", code="isv.BUSINESS_LIMIT_CONTROL")
    accounts = fallen(agency, 1000, 1100, 1200, 1300)
    agency.deliver()
    agency.top_up(accounts[0], 5000)
    for _ in range(30):
        agency.wait(minutes=55)
        agency.check()
        agency.deliver()
    (sms,) = [row for row in agency.cloud.control.sms() if row["phone"] == WANG_SMS]
    assert "您有3个账号额度不足" in sms["content"]
    assert sorted(bundle.status for bundle in bundles(agency)) == [DeliveryStatus.DELIVERED, DeliveryStatus.REPLACED]


def test_a_bundle_counts_once_towards_the_days_limit(cloud: RunningCloud, tmp_path: Path) -> None:
    agency = opened(cloud, tmp_path)
    fallen(agency, 1000, 1100, 1200, 1300)
    agency.deliver()
    usage = agency.stores.limits.load_usage()
    assert [one.channel for one in usage.sendings].count(ChannelName.SMS) == 1


def test_members_are_held_back_where_the_limit_is_used_up(cloud: RunningCloud, tmp_path: Path) -> None:
    agency = opened(cloud, tmp_path)
    config = agency.config_file
    config.write_text(config.read_text("utf-8").replace("mails_per_day: 1800", "mails_per_day: 2"), "utf-8")
    agency.wait(hours=6)
    fallen(agency, 300, 350)
    agency.deliver()
    by_mail_only = Contact(WANG.name, None, WANG_MAIL)
    accounts = [agency.watch(number, 2500, contacts=(by_mail_only,)) for number in (3, 4)]
    agency.wait(hours=1)
    agency.check()
    agency.wait(seconds=(MORNING - agency.now).total_seconds() + 60)
    agency.deliver()
    assert {m.status for m in of(agency, accounts, "mail")} == {DeliveryStatus.DEFERRED}
    assert bundles(agency) == ()
    agency.wait(hours=8)
    agency.deliver()
    assert [b.status for b in bundles(agency)] == [DeliveryStatus.SENT]


def test_staff_are_told_of_the_account_and_not_of_a_bundle(agency: Agency) -> None:
    agency.cloud.control.sms_fate(WANG_SMS, refused="isv.PARAM_LENGTH_LIMIT")
    accounts = fallen(agency, 1000, 1100, 1200, contacts=(WANG, LI))
    agency.deliver(rounds=3)
    tasks = [m for a in accounts for m in agency.messages(a) if m.topic == "task"]
    assert {m.account_id for m in tasks} <= {a.account_id for a in accounts}
    assert tasks


def test_a_person_without_mail_gets_every_sms_since_that_has_the_figures(agency: Agency) -> None:
    fallen(agency, 1000, 1100, 1200, contacts=(Contact("赵敏", WANG_SMS),))
    agency.deliver()
    assert agency.received() == [("sms", WANG_SMS, "warning")] * 3


def test_customers_are_never_mixed(agency: Agency) -> None:
    fallen(agency, 1000, 1100, 1200)
    for number in range(4, 7):
        agency.watch(number, 1000, contacts=(LI,))
    agency.check()
    agency.deliver()
    texts = {row["phone"]: row["content"] for row in agency.cloud.control.sms()}
    assert set(texts) == {WANG_SMS, LI_SMS}
    names = {WANG_SMS: ("客户1", "客户2", "客户3"), LI_SMS: ("客户4", "客户5", "客户6")}
    for phone, text in texts.items():
        assert "您有3个账号" in text
        assert any(name in text for name in names[str(phone)])
