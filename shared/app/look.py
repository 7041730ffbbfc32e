"""One account in one run: read everything, then think. Nothing is written here."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.app.compose import Rules, compose_notice, compose_task
from shared.consequences import before_zero, products_at_stake
from shared.decisions import Decision, Reason, decide
from shared.errors import UnexpectedAnswer, Unreadable
from shared.figures import measure
from shared.frozen import frozen, replace
from shared.intervals import READ_WITHIN
from shared.judgement import judge
from shared.lead_time import with_payment
from shared.model import (
    AccountState,
    AlertState,
    Level,
    Message,
    PaidAfter,
    StaffTask,
    TaskKind,
    Topic,
    shanghai_day,
)
from shared.notice import Notice
from shared.notifications import channels_for
from shared.outlook import balance_ahead, balance_past, spend_past
from shared.policy import fail
from shared.runway import days_at, ends_at, suggest_top_up
from shared.scorecard import observe, use_plain_lines
from shared.silences import just_ended
from shared.snapshot import Figures, Snapshot
from shared.spend import (
    bill_due,
    in_currency,
    last_top_up,
    movements_due,
    movements_since,
    spend_series,
    top_products,
    topped_up,
    with_bill,
    with_movements,
    with_reading,
)
from shared.state import hash_of

if TYPE_CHECKING:
    from datetime import datetime

    from shared.billing import Billing
    from shared.config import Policy
    from shared.judgement import Judgement
    from shared.model import Account, Balance, Runway, SpendHistory
    from shared.silences import Silence

log = logging.getLogger(__name__)


@frozen
class Outcome:
    """What one run found and decided about one account, ready to be written."""

    account: Account
    state: AccountState
    """To be stored if the version that was read still stands."""
    snapshot: Snapshot
    decision: Decision
    messages: tuple[Message, ...] = ()
    judgement: Judgement | None = None
    """None where the account could not be read."""
    before: Level = Level.HEALTHY
    """The level that the run found."""


def look_at(
    account: Account, state: AccountState, rules: Rules, billing: Billing, now: datetime, clock: datetime
) -> Outcome:
    """Read an account and decide what is told of it.

    A balance is dated by ``now``, the time of the run, unless by the ``clock`` it is read so much later that a payment
    in between would be sought in the wrong interval.
    """
    try:
        balance = _read_balance(account, billing, clock if clock > now + READ_WITHIN else now)
    except Unreadable as error:
        return _unreadable(account, state, rules, error, now)
    history = _read_history(account, state.history, balance, billing)
    outcome = _judge(account, state, history, rules, balance)
    if outcome.decision.reason is Reason.WORSENED and history.movements_until != balance.at:
        # Somebody may have paid less than was spent since: whoever paid is not warned.
        history = _ask_for_movements(account, history, balance, billing)
        outcome = _judge(account, state, history, rules, balance)
    return outcome


def _judge(account: Account, state: AccountState, history: SpendHistory, rules: Rules, balance: Balance) -> Outcome:
    paid = topped_up(state.history, history, balance.at)
    return think(account, replace(state, history=history), rules, balance, paid)


def think(account: Account, state: AccountState, rules: Rules, balance: Balance, paid: Decimal = Decimal(0)) -> Outcome:
    """What a reading means: figures, level, and what is told; ``paid`` came in since the last look."""
    policy = rules.config.policy_for(account.account_id, account.policy)
    series = spend_series(state.history, balance.currency, balance.at)
    plain = use_plain_lines(state.scorecard)
    record = _payments(state, balance.at) if paid else state.paid_after
    figures = measure(balance, series, state.history, topped_up=paid, paid_after=record, plain=plain)
    last = last_top_up(state.history)
    scorecard = observe(state.scorecard, series, balance, figures.runway, last.at if last else None)
    found = judge(
        account,
        state.alert,
        figures,
        policy,
        lambda: products_at_stake(state.history.products),
        rules.silences,
        agency_short=rules.agency_short,
    )
    outcome = Outcome(
        account=account,
        state=replace(state, alert=found.decision.alert, scorecard=scorecard, paid_after=record),
        snapshot=_snapshot(account, figures, found.evaluation.level),
        decision=found.decision,
        judgement=found,
        before=state.alert.level,
    )
    told = (*_told(outcome, rules, policy, balance), *_told_of_silences(outcome, rules, state.alert, balance))
    return replace(outcome, messages=told) if told else outcome


def _payments(state: AccountState, now: datetime) -> tuple[PaidAfter, ...]:
    warned = state.alert.warned_at
    return state.paid_after if warned is None else with_payment(state.paid_after, PaidAfter(warned, now))


def _told(outcome: Outcome, rules: Rules, policy: Policy, balance: Balance) -> tuple[Message, ...]:
    """The messages of a decision: to the account's people, and to staff; the own account's people are the staff."""
    task = outcome.decision.task
    to_staff = task is not None and not (outcome.account.own and outcome.decision.topic is not Topic.TASK)
    asked = compose_task(_task(task, outcome), rules.config, balance.at) if task is not None and to_staff else ()
    return (*_to_people(outcome, rules, policy, balance), *asked)


def _to_people(outcome: Outcome, rules: Rules, policy: Policy, balance: Balance) -> tuple[Message, ...]:
    """The messages of a decision to the account's people; where there is nobody to tell, staff are told so."""
    topic = outcome.decision.topic
    if topic in {None, Topic.TASK}:
        return ()
    assert topic is not None
    notice = notice_of(outcome, topic, policy, balance)
    told = compose_notice(notice, outcome.account.contacts, outcome.state.version, rules, policy, balance.at)
    if not told and topic is not Topic.RECEIPT and channels_for(topic, notice.level, policy):
        return compose_task(_task(TaskKind.NOBODY_REACHED, outcome), rules.config, balance.at)
    return told


_SKEW = timedelta(minutes=10)
"""Clocks of staff and functions differ by less, and a run reads the silences soon after its time. A task told of twice
is one."""


def _told_of_silences(outcome: Outcome, rules: Rules, before: AlertState, balance: Balance) -> tuple[Message, ...]:
    """Staff are told of each silence that ended since the last reading, if the account is still low."""
    earlier = [reading.at for reading in outcome.state.history.readings if reading.at < balance.at]
    since = earlier[-1] if earlier else before.since
    if since is None:
        return ()
    account, level = outcome.account, outcome.state.alert.level
    return tuple(
        message
        for silence in just_ended(rules.silences, account, level, since - _SKEW, balance.at)
        for message in compose_task(_silence_task(silence, account, level), rules.config, balance.at)
    )


def _silence_task(silence: Silence, account: Account, level: Level) -> StaffTask:
    key = f"{silence.silence_id}:{account.account_id}"
    return StaffTask(TaskKind.SILENCE_ENDED, key, account.account_id, level, account.name, silence.silence_id)


def _read_balance(account: Account, billing: Billing, now: datetime) -> Balance:
    balance = billing.fetch_balance(account, now)
    if balance.currency != account.currency:
        raise UnexpectedAnswer(f"the account is kept in {balance.currency}, the roster says {account.currency}")
    return balance


def _read_history(account: Account, history: SpendHistory, balance: Balance, billing: Billing) -> SpendHistory:
    """The history with this reading; movements and bills only when due, and not missed if they fail once."""
    history, hour = in_currency(history, balance.currency), hour_of(account.account_id)
    try:
        if since := movements_due(history, balance, hour):
            movements = billing.fetch_transactions(account, since, balance.at + READ_WITHIN)
            history = with_movements(history, movements, balance.at)
        if day := bill_due(history, balance.at, hour):
            history = with_bill(history, billing.fetch_bill(account, day), day)
    except Unreadable as error:
        log.warning("account %s: balance read, details not (%s: %s)", account.account_id, error.cause, error)
    return with_reading(history, balance)


def _ask_for_movements(account: Account, history: SpendHistory, balance: Balance, billing: Billing) -> SpendHistory:
    """The history with the movements up to now; as it is if they cannot be read."""
    try:
        since = movements_since(history, balance)
        movements = billing.fetch_transactions(account, since, balance.at + READ_WITHIN)
    except Unreadable as error:
        log.warning("account %s: warned without a look at payments (%s: %s)", account.account_id, error.cause, error)
        return history
    return with_movements(history, movements, balance.at)


def hour_of(account_id: str) -> int:
    """The hour of the day, of Asia/Shanghai, from which an account is asked for what is asked for once a day."""
    return int(hash_of(account_id), 16) % 24


def _unreadable(account: Account, state: AccountState, rules: Rules, error: Unreadable, now: datetime) -> Outcome:
    """Unknown is a state of its own: it resolves nothing, and after some runs staff hear of it."""
    log.warning("account %s could not be read (%s: %s)", account.account_id, error.cause, error)
    policy = rules.config.policy_for(account.account_id, account.policy)
    decision = decide(state.alert, fail(state.alert, error.cause, now), policy, None)
    last = state.history.readings[-1] if state.history.readings else None
    notice = Notice(
        account=account,
        topic=Topic.UNREADABLE,
        level=state.alert.level,
        as_of=last.at if last else now,
        currency=account.currency,
        available_amount=last.available_amount if last else Decimal(0),
        failure=error.cause,
        failed_runs=decision.alert.failed_runs,
    )
    told: tuple[Message, ...] = ()
    if decision.topic is not None:
        told = compose_notice(notice, rules.config.staff_contacts, state.version, rules, policy, now)
    snapshot = Snapshot(account.account_id, now, account.currency, None, state.alert.level, failure=error.cause)
    changed = replace(state, alert=decision.alert)
    return Outcome(account, changed, snapshot, decision, told, before=state.alert.level)


def _task(kind: TaskKind, outcome: Outcome) -> StaffTask:
    account, state = outcome.account, outcome.state
    key = f"{account.account_id}:{state.version}"
    if kind is TaskKind.AGENCY_SHORT:
        key = shanghai_day(outcome.snapshot.at).isoformat()
    return StaffTask(kind, key, account.account_id, state.alert.level, account.name)


def notice_of(outcome: Outcome, topic: Topic, policy: Policy, balance: Balance) -> Notice:
    """What an account's people would be told of ``topic``, with the figures of this reading."""
    figures, judgement = outcome.snapshot.figures, outcome.judgement
    assert figures is not None, "an account that was read was measured"
    assert judgement is not None, "an account that was read was judged"
    series = spend_series(outcome.state.history, balance.currency, balance.at)
    return Notice(
        account=outcome.account,
        topic=topic,
        level=judgement.evaluation.level,
        as_of=balance.at,
        currency=balance.currency,
        available_amount=balance.available_amount,
        ends=_ends(figures.runway),
        daily_spend=figures.daily_spend or Decimal(0),
        top_up=suggest_top_up(balance, figures.runway, policy.top_up_days),
        top_up_days=policy.top_up_days,
        topped_up=figures.topped_up,
        overdue_since=outcome.state.alert.overdue_since,
        lines=judgement.evaluation.kept or judgement.evaluation.crossed,
        products=top_products(outcome.state.history),
        stakes=before_zero(products_at_stake(outcome.state.history.products)),
        road=judgement.road,
        milestone=judgement.milestone,
        past=balance_past(outcome.state.history),
        ahead=balance_ahead(series, balance, plain=figures.runway is not None and figures.runway.plain),
        daily=spend_past(series),
    )


def _ends(runway: Runway | None) -> tuple[datetime | None, datetime | None, datetime | None]:
    if runway is None:
        return None, None, None
    return ends_at(runway, 0.10), ends_at(runway, 0.50), ends_at(runway, 0.90)


def _snapshot(account: Account, figures: Figures, level: Level) -> Snapshot:
    runway = figures.runway
    days = None if runway is None else (days_at(runway, 0.10), days_at(runway, 0.50), days_at(runway, 0.90))
    return Snapshot(
        account.account_id, figures.at, figures.currency, figures.available_amount, level, days, figures=figures
    )
