"""One account in one run: read everything, then think. Nothing is written here."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.app.compose import Rules, compose_notice, compose_task
from shared.errors import UnexpectedAnswer, Unreadable
from shared.intervals import READ_WITHIN
from shared.model import AccountState, Level, Message, Notice, Snapshot, StaffTask, TaskKind, Topic
from shared.notifications import Decision, channels_for, decide
from shared.outlook import balance_ahead, balance_past, spend_past
from shared.policy import Evaluation, advance, evaluate, fail
from shared.runway import days_at, ends_at, likely_daily_spend, project_runway, suggest_top_up
from shared.scorecard import observe, use_plain_lines
from shared.spend import (
    bill_due,
    in_currency,
    last_top_up,
    movements_due,
    spend_series,
    with_bill,
    with_movements,
    with_reading,
)

if TYPE_CHECKING:
    from datetime import datetime

    from shared.billing import Billing
    from shared.config import Policy
    from shared.model import Account, Balance, Runway, SpendHistory

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run found and decided about one account, ready to be written."""

    account: Account
    state: AccountState
    """To be stored if the version that was read still stands."""
    snapshot: Snapshot
    decision: Decision
    messages: tuple[Message, ...] = ()
    evaluation: Evaluation | None = None
    """None where the account could not be read."""
    runway: Runway | None = None
    before: Level = Level.HEALTHY
    """The level that the run found."""


def look_at(account: Account, state: AccountState, rules: Rules, billing: Billing, now: datetime) -> Outcome:
    """Read an account and decide what is told of it."""
    try:
        balance = _read_balance(account, billing, now)
    except Unreadable as error:
        return _unreadable(account, state, rules, error, now)
    history = _read_history(account, state.history, balance, billing)
    return think(account, replace(state, history=history), rules, balance)


def think(account: Account, state: AccountState, rules: Rules, balance: Balance) -> Outcome:
    """What a reading means: runway, level, and what is told."""
    policy = rules.config.policy_for(account.account_id, account.policy)
    series = spend_series(state.history, balance.currency, balance.at)
    runway = project_runway(series, balance, plain=use_plain_lines(state.scorecard))
    topped_up = last_top_up(state.history)
    scorecard = observe(state.scorecard, series, balance, runway, topped_up.at if topped_up else None)
    evaluation = evaluate(state.alert, policy, balance, series, runway)
    decision = decide(state.alert, advance(state.alert, evaluation.level, balance), policy, balance.at)
    outcome = Outcome(
        account=account,
        state=replace(state, alert=decision.alert, scorecard=scorecard),
        snapshot=_snapshot(account, balance, evaluation.level, runway),
        decision=decision,
        evaluation=evaluation,
        runway=runway,
        before=state.alert.level,
    )
    return replace(outcome, messages=_told(outcome, rules, policy, balance))


def _told(outcome: Outcome, rules: Rules, policy: Policy, balance: Balance) -> tuple[Message, ...]:
    """The messages of a decision; where there is nobody to tell, staff are told so."""
    topic = outcome.decision.topic
    if topic is None:
        return ()
    if topic is Topic.TASK:
        return compose_task(_task(TaskKind.UNACKNOWLEDGED, outcome), rules.config, balance.at)
    notice = _notice(outcome, topic, policy, balance)
    told = compose_notice(notice, outcome.account.contacts, outcome.state.version, rules, policy, balance.at)
    if not told and channels_for(topic, notice.level, policy):
        return compose_task(_task(TaskKind.NOBODY_REACHED, outcome), rules.config, balance.at)
    return told


def _read_balance(account: Account, billing: Billing, now: datetime) -> Balance:
    balance = billing.fetch_balance(account, now)
    if balance.currency != account.currency:
        raise UnexpectedAnswer(f"the account is kept in {balance.currency}, the roster says {account.currency}")
    return balance


def _read_history(account: Account, history: SpendHistory, balance: Balance, billing: Billing) -> SpendHistory:
    """The history with this reading; movements and bills only when due, and not missed if they fail once."""
    history = in_currency(history, balance.currency)
    try:
        if since := movements_due(history, balance):
            movements = billing.fetch_transactions(account, since, balance.at + READ_WITHIN)
            history = with_movements(history, movements, balance.at)
        if day := bill_due(history, balance.at):
            history = with_bill(history, billing.fetch_bill(account, day), day)
    except Unreadable as error:
        log.warning("account %s: balance read, details not (%s: %s)", account.account_id, error.cause, error)
    return with_reading(history, balance)


def _unreadable(account: Account, state: AccountState, rules: Rules, error: Unreadable, now: datetime) -> Outcome:
    """Unknown is a state of its own: it resolves nothing, and after some runs staff hear of it."""
    log.warning("account %s could not be read (%s: %s)", account.account_id, error.cause, error)
    policy = rules.config.policy_for(account.account_id, account.policy)
    decision = decide(state.alert, fail(state.alert, error.cause, now), policy, now)
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
    return StaffTask(kind, key, account.account_id, state.alert.level, account.name)


def _notice(outcome: Outcome, topic: Topic, policy: Policy, balance: Balance) -> Notice:
    runway, evaluation = outcome.runway, outcome.evaluation
    assert evaluation is not None, "an account that was read was evaluated"
    series = spend_series(outcome.state.history, balance.currency, balance.at)
    return Notice(
        account=outcome.account,
        topic=topic,
        level=evaluation.level,
        as_of=balance.at,
        currency=balance.currency,
        available_amount=balance.available_amount,
        ends=_ends(runway),
        daily_spend=Decimal(0) if runway is None else likely_daily_spend(runway),
        top_up=suggest_top_up(balance, runway, policy.top_up_days),
        top_up_days=policy.top_up_days,
        overdue_since=outcome.state.alert.overdue_since,
        lines=evaluation.crossed,
        past=balance_past(outcome.state.history),
        ahead=balance_ahead(series, balance, plain=runway is not None and runway.plain),
        daily=spend_past(series),
    )


def _ends(runway: Runway | None) -> tuple[datetime | None, datetime | None, datetime | None]:
    if runway is None:
        return None, None, None
    return ends_at(runway, 0.10), ends_at(runway, 0.50), ends_at(runway, 0.90)


def _snapshot(account: Account, balance: Balance, level: Level, runway: Runway | None) -> Snapshot:
    days = None if runway is None else (days_at(runway, 0.10), days_at(runway, 0.50), days_at(runway, 0.90))
    return Snapshot(account.account_id, balance.at, balance.currency, balance.available_amount, level, days)
