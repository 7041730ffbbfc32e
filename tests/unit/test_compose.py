"""Notices made into messages: who gets one, and on which way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shared.app.compose import Rules, compose_notice
from shared.config import Policy, Tell, parse_config
from shared.model import ChannelName, Contact, DeliveryStatus, Message
from tests.unit.message_cases import OPTIONAL, READ_AT, SETTINGS, a_notice, without

CONFIG = parse_config(Path("agency.yaml").read_text(encoding="utf-8"), "agency.yaml")
BOTH, TEXT_ONLY = (ChannelName.SMS, ChannelName.MAIL), (ChannelName.SMS,)
EVERYWHERE = Contact("王敏", "13800138000", "wang@example.com")
ONLY_PHONE = Contact("李强", "13900139000")


def composed(key: str, *contacts: Contact, ways: tuple[ChannelName, ...], approved: bool) -> tuple[Message, ...]:
    settings = SETTINGS if approved else without(*OPTIONAL)
    rules = Rules(replace(CONFIG, messages=settings))
    policy = Policy(tell=Tell(receipt=ways, release=ways))
    return compose_notice(a_notice(key), contacts, 1, rules, policy, READ_AT)


def sent(messages: tuple[Message, ...]) -> list[tuple[str, ChannelName]]:
    return [(m.contact, m.channel) for m in messages if m.status is DeliveryStatus.PENDING]


@pytest.mark.parametrize("ways", [BOTH, TEXT_ONLY])
def test_a_receipt_without_a_template_goes_by_mail(ways: tuple[ChannelName, ...]) -> None:
    messages = composed("receipt", EVERYWHERE, ONLY_PHONE, ways=ways, approved=False)
    assert sent(messages) == [("王敏", ChannelName.MAIL)]
    assert {m.channel for m in messages} == {ChannelName.MAIL}, "nor does an SMS stand in"


def test_a_receipt_with_a_template_is_texted() -> None:
    messages = composed("receipt", EVERYWHERE, ONLY_PHONE, ways=TEXT_ONLY, approved=True)
    assert sent(messages) == [("王敏", ChannelName.SMS), ("李强", ChannelName.SMS)]


@pytest.mark.parametrize("key", ["release", "released"])
def test_a_release_without_a_template_is_texted_all_the_same(key: str) -> None:
    messages = composed(key, ONLY_PHONE, ways=BOTH, approved=False)
    assert sent(messages) == [("李强", ChannelName.SMS)]
