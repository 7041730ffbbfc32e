"""The day's share of messages and money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared.budget import WINDOW, hold, with_sending
from shared.config import Limits
from shared.model import ChannelName, MailContent, Message, Usage
from tests.builders import HOUR, NOON, message

SMS = message()
MAIL = replace(SMS, channel=ChannelName.MAIL, address="wang@example.com", content=MailContent("s", "h", "t"))
FEW = Limits(sms_per_number=2, sms_per_day=3, mails_per_day=1)


def used(*messages: Message, limits: Limits = FEW) -> Usage:
    """These messages, one an hour, the last one at noon."""
    usage = Usage()
    for number, one in enumerate(messages):
        usage = with_sending(usage, one, limits, NOON - HOUR * (len(messages) - 1 - number))
    return usage


def to(number: int) -> Message:
    return replace(SMS, address=f"138{number:08}")


def test_what_was_not_used_may_be_sent() -> None:
    assert hold(Usage(), SMS, FEW, NOON) is None


def test_one_number_has_its_own_share_by_template() -> None:
    held = hold(used(SMS, SMS), SMS, FEW, NOON)
    assert held is not None
    assert (held.limit, held.until) == ("limits.sms_per_number", NOON - HOUR + WINDOW)
    assert hold(used(SMS, SMS), to(2), FEW, NOON) is None


def test_all_numbers_share_the_day() -> None:
    held = hold(used(to(1), to(2), to(3)), to(4), FEW, NOON)
    assert held is not None
    assert held.limit == "limits.sms_per_day"


def test_mails_do_not_count_as_sms() -> None:
    assert hold(used(MAIL), SMS, FEW, NOON) is None
    assert hold(used(MAIL), MAIL, FEW, NOON) is not None


def test_money_is_a_limit_of_its_own() -> None:
    limits = Limits(yuan_per_day=Decimal("0.10"))
    held = hold(used(to(1), to(2), limits=limits), to(3), limits, NOON)
    assert held is not None
    assert (held.limit, held.until) == ("limits.yuan_per_day", NOON - HOUR + WINDOW)


def test_a_share_is_free_again_after_a_day() -> None:
    assert hold(used(SMS, SMS), SMS, FEW, NOON + WINDOW) is None


@given(st.lists(st.integers(0, 4000), max_size=60))
def test_no_limit_is_ever_overrun(minutes: list[int]) -> None:
    usage, sent = Usage(), []
    for minute in sorted(minutes):
        at = NOON + timedelta(minutes=minute)
        if hold(usage, SMS, FEW, at) is None:
            usage = with_sending(usage, SMS, FEW, at)
            sent.append(at)
    assert all(sum(at - WINDOW < other <= at for other in sent) <= 2 for at in sent)
