"""The hourly check: look at every account of a bucket, queue what people should be told, remember what was seen.

It never sends. Per account it reads everything, thinks, and then writes everything; accounts are written in groups,
so that a run that dies has done part of its work for good, and the rest is done by the next one.
"""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from shared.app.compose import Rules, compose_task
from shared.app.look import Outcome, look_at
from shared.audit import decision_entry
from shared.model import AccountState, Level
from shared.silences import RECENTLY
from shared.state import EVERYONE, Bucket, bucket_of, hash_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from typing import TypeAlias

    from shared.app.in_force import InForce
    from shared.app.wiring import Stores
    from shared.audit import DecisionEntry
    from shared.billing import Billing
    from shared.config import Config
    from shared.model import Account

    Job: TypeAlias = tuple[Account, AccountState]

log = logging.getLogger(__name__)

ACCOUNTS_A_READER = 8
"""One thread for so many accounts of a group: they wait for the network, and for each other's turn to compute."""
GROUP = 200
"""Accounts whose results are written together."""


@dataclass(slots=True)
class CheckReport:
    """What a run did, in numbers; its JSON is the function's result."""

    config: Mapping[str, object] = field(default_factory=dict)
    """The version that the run went by: its number, null for the file of the package, and its digest."""
    accounts: int = 0
    """Accounts of the bucket that are not paused."""
    read: int = 0
    seen_before: int = 0
    """Looked at by this very run before: Function Compute started it again."""
    unreadable: Counter[str] = field(default_factory=Counter)
    """How many could not be read, by cause."""
    queued: int = 0
    """New messages."""
    overtaken: int = 0
    """Another run stored first; its word stands."""
    broken: list[str] = field(default_factory=list)
    """What went wrong that someone has to look at."""

    def as_json(self) -> dict[str, object]:
        """Plain values, for the log and the function's result."""
        return {
            "config": self.config,
            "accounts": self.accounts,
            "read": self.read,
            "seen_before": self.seen_before,
            "unreadable": dict(self.unreadable),
            "queued": self.queued,
            "overtaken": self.overtaken,
            "broken": self.broken,
        }


def check(
    stores: Stores,
    in_force: InForce,
    billing: Billing,
    now: datetime,
    bucket: Bucket = EVERYONE,
    *,
    own_first: bool = True,
) -> CheckReport:
    """Look at every account of ``bucket`` as of ``now``, the time that the timer was set for.

    The agency's own account comes first, and is written before any other is looked at: without it nothing is sent.
    Where another invocation has done that already (``own_first`` is false), it is passed over.
    A second run with the same ``now`` looks only at what the first did not finish.

    Raises:
        StoreUnavailable: The store failed; what is written is right, and the rest is done by the next run.
    """
    config = in_force.config
    report = CheckReport(config=in_force.as_json())
    rules = _rules(stores, config, now, report)
    own = config.watched_own()
    alone, others = _jobs(stores, own, bucket, now, report, own_first=own_first)
    if alone:
        _look_and_write(alone, stores, rules, billing, now, report)
    rules = replace(rules, agency_short=_is_short(stores, config, own))
    for group in _groups(others):
        _look_and_write(group, stores, rules, billing, now, report)
    if own_first:
        _tell_staff(stores, in_force, now, report)
    return report


def check_own(stores: Stores, in_force: InForce, billing: Billing, now: datetime) -> CheckReport:
    """What comes before all buckets, once a run: the own account, and what staff have to hear of the configuration.

    Raises:
        StoreUnavailable: As ``check``.
    """
    report = CheckReport(config=in_force.as_json())
    own = in_force.config.watched_own()
    if own is not None:
        alone, _ = _jobs(stores, own, bucket_of(own.account_id), now, report)
        rules = _rules(stores, in_force.config, now, report)
        _look_and_write(alone, stores, rules, billing, now, report)
    _tell_staff(stores, in_force, now, report)
    return report


def _rules(stores: Stores, config: Config, now: datetime, report: CheckReport) -> Rules:
    silences = stores.silences.load_silences(now - RECENTLY)
    report.broken += [str(row) for row in silences.malformed]
    return Rules(config, stores.limits.load_bad(), silences.values)


def _tell_staff(stores: Stores, in_force: InForce, now: datetime, report: CheckReport) -> None:
    tasks = [message for bad in in_force.bad for message in compose_task(bad.task(), in_force.config, now)]
    report.queued += stores.outbox.enqueue(tasks)


def _look_and_write(
    group: list[Job], stores: Stores, rules: Rules, billing: Billing, now: datetime, report: CheckReport
) -> None:
    with ThreadPoolExecutor(max(2, len(group) // ACCOUNTS_A_READER)) as pool:
        outcomes = pool.map(lambda job: _try_look(job[0], job[1], rules, billing, now, report), group)
    _write(stores, rules.config, [outcome for outcome in outcomes if outcome is not None], report)


def _is_short(stores: Stores, config: Config, own: Account | None) -> bool:
    """Whether the agency's own account is at its critical line or beyond; asked only if its money pays for others."""
    if own is None or not config.funds_accounts:
        return False
    rows = stores.states.load_states(bucket_of(own.account_id)).values
    return any(state.account_id == own.account_id and state.alert.level >= Level.CRITICAL for state in rows)


def _jobs(
    stores: Stores,
    own: Account | None,
    bucket: Bucket,
    now: datetime,
    report: CheckReport,
    *,
    own_first: bool = True,
) -> tuple[list[Job], Iterator[Job]]:
    """The own account, and the others, each with what is remembered of it; unreadable rows are reported."""
    accounts = stores.accounts.load_accounts(bucket)
    rows = stores.states.load_states(bucket)
    report.broken += [str(row) for row in (*accounts.malformed, *rows.malformed)]
    unusable = {row.key for row in rows.malformed}
    states = {state.account_id: state for state in rows.values}
    here = own_first and own is not None and bucket.lower <= hash_of(own.account_id) < bucket.upper
    first = [own] if own is not None and here else []
    others = (account for account in accounts.values if own is None or account.account_id != own.account_id)
    alone = list(_due((account for account in first if account.account_id not in unusable), states, now, report))
    return alone, _due((account for account in others if account.account_id not in unusable), states, now, report)


def _groups(jobs: Iterator[Job]) -> Iterator[list[Job]]:
    while group := list(islice(jobs, GROUP)):
        yield group


def _due(
    accounts: Iterable[Account], states: Mapping[str, AccountState], now: datetime, report: CheckReport
) -> Iterator[Job]:
    """The accounts that are not paused, and that this run has not looked at yet."""
    for account in accounts:
        state = states.get(account.account_id, AccountState(account.account_id))
        if account.paused:
            continue
        report.accounts += 1
        if _done(state, now):
            report.seen_before += 1
        else:
            yield account, state


def _done(state: AccountState, now: datetime) -> bool:
    """Whether this run, or a later one, has looked at the account; one that could not be read is tried again."""
    seen = state.alert.seen_at
    return seen is not None and (seen > now or (seen == now and not state.alert.failure))


def _try_look(
    account: Account, state: AccountState, rules: Rules, billing: Billing, now: datetime, report: CheckReport
) -> Outcome | None:
    """One account is the unit of failure: whatever goes wrong with it is reported, and the others go on."""
    try:
        return look_at(account, state, rules, billing, now)
    except Exception as error:
        log.exception("account %s: the check broke", account.account_id)
        report.broken.append(f"account {account.account_id}: {type(error).__name__}: {error}")
        return None


def _write(stores: Stores, config: Config, outcomes: Iterable[Outcome], report: CheckReport) -> None:
    """First why and what is told, then what was seen, last the states: a crash in between repeats, and loses nothing.

    What cannot be filed for the audit is queued all the same; the states then stay, so that the next run files it.
    """
    outcomes = list(outcomes)
    for outcome in outcomes:
        report.read += not outcome.snapshot.failure
        if outcome.snapshot.failure:
            report.unreadable[outcome.snapshot.failure] += 1
    try:
        stores.audit.append([entry for outcome in outcomes if (entry := _entry(outcome, config))])
    finally:
        report.queued += stores.outbox.enqueue([message for outcome in outcomes for message in outcome.messages])
    stores.states.save_snapshots([outcome.snapshot for outcome in outcomes])
    report.overtaken += len(stores.states.save_states([outcome.state for outcome in outcomes]))


def _entry(outcome: Outcome, config: Config) -> DecisionEntry | None:
    return decision_entry(
        outcome.before,
        outcome.state.version,
        outcome.decision,
        outcome.snapshot,
        outcome.evaluation,
        outcome.messages,
        config_version=config.version,
        policy=outcome.account.policy,
    )
