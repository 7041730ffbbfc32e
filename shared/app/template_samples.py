"""How the filed texts read: with made-up figures, or with those of an account as it was last read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from shared.app.compose import Rules
from shared.app.look import Outcome, notice_of, think
from shared.config.values import BUNDLE_TEMPLATE, OPTIONAL_TEMPLATES
from shared.consequences import MilestoneKind, milestones
from shared.frozen import frozen, replace
from shared.messages.sms import filed_templates, sms_pieces, sms_text
from shared.model import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.config import Config, MessageSettings, Policy
    from shared.messages.sms import FiledTemplate
    from shared.model import Account, AccountState, Balance
    from shared.notice import Notice

_OF_NO_ACCOUNT = frozenset({"task", "drill", "bundle"})
"""Texts without figures of one account."""
_ABOVE_ZERO = frozenset({"notice", "warning", "critical", "recovered"})
_BELOW_ZERO = frozenset({"overdue", "suspended", "release", "released"})
_EVENTS = frozenset({"receipt", "released", "unreadable"})
"""Texts about what need not have happened to the account."""
_A_DEBT = Decimal(100)
"""What is supposed to be missing where the spend is not known."""


@frozen
class Sample:
    """One filed text, filled in."""

    filed: FiledTemplate
    text: str
    """As a phone shows it, signature included."""
    supposed: bool = False
    """Whether the text tells of another balance than the account's, of a made-up event, or of a made-up account."""

    @property
    def pieces(self) -> int:
        """The messages that it is billed as."""
        return sms_pieces(self.text)

    @property
    def optional(self) -> bool:
        """Whether agency.yaml may lack its code."""
        return self.filed.key in {*OPTIONAL_TEMPLATES, BUNDLE_TEMPLATE}


def examples(settings: MessageSettings) -> tuple[Sample, ...]:
    """Every text with made-up figures, as reviewers read it."""
    return tuple(_example(filed, settings) for filed in filed_templates(settings.hotline))


def samples(account: Account, state: AccountState, balance: Balance, config: Config) -> tuple[Sample, ...]:
    """Every text with the figures of an account.

    Args:
        account: Whose.
        state: As stored.
        balance: The last reading.
        config: Policy, signature and hotline.
    """
    settings, policy = config.messages, config.policy_for(account.account_id, account.policy)
    now = _seen(account, state, balance, config, policy)
    supposed = {True: now, False: now}
    below = balance.available_amount < 0
    supposed[not below] = _seen(account, state, _other_side(balance, now), config, policy)
    return tuple(
        _example(filed, settings)
        if filed.key in _OF_NO_ACCOUNT
        else _sample(filed, supposed, settings, policy, below=below)
        for filed in filed_templates(settings.hotline)
    )


def _example(filed: FiledTemplate, settings: MessageSettings) -> Sample:
    return Sample(filed, f"【{settings.sms.sign_name}】{filed.example}", supposed=True)


def _seen(account: Account, state: AccountState, balance: Balance, config: Config, policy: Policy) -> Notice:
    outcome = think(account, state, Rules(config), balance)
    return _with_payment(notice_of(outcome, Topic.LEVEL, policy, balance), outcome)


def _with_payment(notice: Notice, outcome: Outcome) -> Notice:
    """The last payment, or what would have to be paid, stands for one that is seen now."""
    figures = outcome.snapshot.figures
    paid = figures.last_top_up if figures else None
    return replace(notice, topped_up=paid or notice.top_up)


def _other_side(balance: Balance, notice: Notice) -> Balance:
    """Above zero a day's spend is supposed to be missing; below, the suggested top-up to be there."""
    amount = balance.available_amount
    return replace(balance, available_amount=amount + notice.top_up if amount < 0 else -(notice.daily_spend or _A_DEBT))


def _sample(
    filed: FiledTemplate, seen: dict[bool, Notice], settings: MessageSettings, policy: Policy, *, below: bool
) -> Sample:
    wanted = True if filed.key in _BELOW_ZERO else False if filed.key in _ABOVE_ZERO else below
    notice = _about(filed.key, seen[wanted], policy)
    _, text = sms_text(notice, filed.key, filed.language, settings)
    return Sample(filed, text, supposed=wanted is not below or filed.key in _EVENTS)


def _about(key: str, notice: Notice, policy: Policy) -> Notice:
    """The notice with what its level or topic has of its own."""
    if key == Topic.UNREADABLE:
        return replace(notice, failure="access_revoked", failed_runs=policy.unreadable_after)
    if key == Topic.RELEASED and notice.road is not None:
        gone = [one for one in milestones(notice.road, policy.release_days) if one.kind is MilestoneKind.RELEASED]
        return replace(notice, milestone=gone[0] if gone else None)
    return notice


def samples_json(found: Iterable[Sample]) -> list[dict[str, object]]:
    """The texts as plain values."""
    return [
        {
            "key": one.filed.key,
            "language": one.filed.language.value,
            "name": one.filed.name,
            "optional": one.optional,
            "content": one.filed.content,
            "variables": dict(one.filed.kinds),
            "example": one.filed.example,
            "text": one.text,
            "supposed": one.supposed,
            "characters": len(one.text),
            "pieces": one.pieces,
        }
        for one in found
    ]
