"""The hourly check: look at every account of a bucket, queue what people should be told, remember what was seen.

It never sends. Per account it reads everything, thinks, and then writes everything; accounts are written in groups,
so that a run that dies has done part of its work for good, and the rest is done by the next one. Whoever was not looked
at for longest comes first: what a run could not reach in its time heads the next.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.app.compose import Rules, compose_task
from shared.app.deadline import NEVER, STOP_BEFORE_END, Deadline
from shared.app.look import Outcome, look_at
from shared.app.sweep import sweep
from shared.audit import decision_entry
from shared.errors import InvalidInput, StoreRefused, StoreUnavailable
from shared.frozen import frozen, replace
from shared.model import AccountState, Level
from shared.silences import RECENTLY
from shared.state import EVERYONE, Bucket, Rows, bucket_of, hash_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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
    left: list[str] = field(default_factory=list)
    """The accounts that nobody has looked at in this hour, since the time was nearly over."""
    unusable: list[str] = field(default_factory=list)
    """What only people can mend: rows that cannot be understood, policies that are missing. The run does not fail for
    it, as it would do so on every retry, too: the audit does, once an hour, and names it."""
    broken: list[str] = field(default_factory=list)
    """What went wrong besides, for which the run ends failed and is started again."""

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
            "left": len(self.left),
            "unusable": self.unusable,
            "broken": self.broken,
        }


def check(
    stores: Stores,
    in_force: InForce,
    billing: Billing,
    now: datetime,
    bucket: Bucket = EVERYONE,
    deadline: Deadline = NEVER,
    *,
    own_first: bool = True,
) -> CheckReport:
    """Look at every account of ``bucket``; ``now``, the time that the timer was set for, names the run.

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
    run = _Run(stores, rules, billing, now, deadline, report)
    if own_first and own is not None and bucket.lower <= hash_of(own.account_id) < bucket.upper:
        run.look_at_own(own)
    seen = stores.states.load_seen(bucket)
    others = replace(run, rules=replace(rules, agency_short=_is_short(stores, config, own)), seen=seen)
    others.look_at_all(_oldest_first(stores, bucket, own, seen), stores.accounts.load_some)
    if own_first:
        _tell_staff(stores, in_force, now, report)
    if report.left:
        count = len(report.left)
        report.broken.append(f"{count} accounts were not reached in the time; they come first in the next run")
    return report


def check_own(
    stores: Stores, in_force: InForce, billing: Billing, now: datetime, deadline: Deadline = NEVER
) -> CheckReport:
    """What comes before all buckets, once a run: the own account, and what staff have to hear of the configuration.

    Raises:
        StoreUnavailable: As ``check``.
    """
    report = CheckReport(config=in_force.as_json())
    own = in_force.config.watched_own()
    if own is not None:
        rules = _rules(stores, in_force.config, now, report)
        _Run(stores, rules, billing, now, deadline, report).look_at_own(own)
    _tell_staff(stores, in_force, now, report)
    return report


def _rules(stores: Stores, config: Config, now: datetime, report: CheckReport) -> Rules:
    silences = stores.silences.load_silences(now - RECENTLY)
    report.unusable += [str(row) for row in silences.malformed]
    return Rules(config, stores.limits.load_bad(), silences.values)


def _tell_staff(stores: Stores, in_force: InForce, now: datetime, report: CheckReport) -> None:
    tasks = [message for bad in in_force.bad for message in compose_task(bad.task(), in_force.config, now)]
    report.queued += stores.outbox.enqueue(tasks)


def _oldest_first(stores: Stores, bucket: Bucket, own: Account | None, seen: Mapping[str, int]) -> list[str]:
    """The accounts of a bucket but the own one, those first that were not looked at for longest."""
    others = (one for one in stores.accounts.load_watched(bucket) if own is None or one != own.account_id)
    return sorted(others, key=lambda account_id: seen.get(account_id, 0))


def _is_short(stores: Stores, config: Config, own: Account | None) -> bool:
    """Whether the agency's own account is at its critical line or beyond; asked only if its money pays for others."""
    if own is None or not config.funds_accounts:
        return False
    rows = stores.states.load_states(bucket_of(own.account_id)).values
    return any(state.account_id == own.account_id and state.alert.level >= Level.CRITICAL for state in rows)


@frozen
class _Run:
    """What looking at an account needs besides the account."""

    stores: Stores
    rules: Rules
    billing: Billing
    now: datetime
    deadline: Deadline
    report: CheckReport
    seen: Mapping[str, int] = field(default_factory=dict)
    """When each account was last looked at before this run, in seconds since 1970; it may be missing."""

    def look_at_own(self, own: Account) -> None:
        """Look at the agency's own account, which stands in the configuration and not in the roster."""
        self.look_at_all([own.account_id], lambda _: Rows((own,)))

    def look_at_all(self, account_ids: Sequence[str], load: Callable[[Sequence[str]], Rows[Account]]) -> None:
        """Look at these accounts, and write what was found."""
        self.report.accounts += len(account_ids)
        sweep(account_ids, lambda some: self._jobs(some, load), self._try_look, self._write)

    def _jobs(self, account_ids: Sequence[str], load: Callable[[Sequence[str]], Rows[Account]]) -> list[Job]:
        """Each account with what is remembered of it; unreadable rows are reported, and who was looked at is left out.

        A run that was started again finds part of its work done.
        """
        if self.deadline.is_within(STOP_BEFORE_END):
            this_run = self.now.timestamp()
            self.report.left += [one for one in account_ids if self.seen.get(one, 0) < this_run]
            return []
        accounts = load(account_ids)
        states = self.stores.states.load_some(account_ids)
        self.report.unusable += [str(row) for row in (*accounts.malformed, *states.malformed)]
        unusable = {row.key for row in states.malformed}
        known = {state.account_id: state for state in states.values}
        jobs = [
            (account, known.get(account.account_id, AccountState(account.account_id)))
            for account in accounts.values
            if account.account_id not in unusable
        ]
        to_do = [(account, state) for account, state in jobs if not _done(state, self.now)]
        self.report.seen_before += len(jobs) - len(to_do)
        return to_do

    def _try_look(self, job: Job) -> Outcome | None:
        """One account is the unit of failure: whatever goes wrong with it is reported, and the others go on."""
        account, state = job
        if self.deadline.is_within(STOP_BEFORE_END):
            self.report.left.append(account.account_id)
            return None
        try:
            return look_at(account, state, self.rules, self.billing, self.now, self.deadline.clock())
        except Exception as error:
            log.exception("account %s: the check broke", account.account_id)
            kind = self.report.unusable if isinstance(error, InvalidInput) else self.report.broken
            kind.append(f"account {account.account_id}: {type(error).__name__}: {error}")
            return None

    def _write(self, found: list[Outcome | None]) -> None:
        """Write what was found, together, or else one by one, so that what cannot be written stops no other account.

        Raises:
            StoreUnavailable: The store failed.
        """
        outcomes = [outcome for outcome in found if outcome is not None]
        for outcome in outcomes:
            self.report.read += not outcome.snapshot.failure
            if outcome.snapshot.failure:
                self.report.unreadable[outcome.snapshot.failure] += 1
        try:
            self._write_together(outcomes)
        except Exception as error:
            if _is_of_the_store(error):
                raise
            for outcome in outcomes:
                self._write_alone(outcome)

    def _write_alone(self, outcome: Outcome) -> None:
        try:
            self._write_together([outcome])
        except Exception as error:
            if _is_of_the_store(error):
                raise
            account_id = outcome.account.account_id
            log.exception("account %s: what was found cannot be written", account_id)
            self.report.broken.append(f"account {account_id}: not written ({type(error).__name__}: {error})")

    def _write_together(self, outcomes: Sequence[Outcome]) -> None:
        """First why and what is told, then what was seen, last the states.

        A crash in between repeats, and loses nothing. What cannot be filed for the audit is queued all the same; the
        states then stay, so that the next run files it.
        """
        stores, config, report = self.stores, self.rules.config, self.report
        try:
            stores.audit.append([entry for outcome in outcomes if (entry := _entry(outcome, config))])
        finally:
            report.queued += stores.outbox.enqueue([message for outcome in outcomes for message in outcome.messages])
        stores.states.save_snapshots([outcome.snapshot for outcome in outcomes])
        report.overtaken += len(stores.states.save_states([outcome.state for outcome in outcomes]))


def _is_of_the_store(error: Exception) -> bool:
    """Whether the store failed as such, and not over what it was given."""
    return isinstance(error, StoreUnavailable) and not isinstance(error, StoreRefused)


def _done(state: AccountState, now: datetime) -> bool:
    """Whether this run, or a later one, has looked at the account; one that could not be read is tried again."""
    seen = state.alert.seen_at
    return seen is not None and (seen > now or (seen == now and not state.alert.failure))


def _entry(outcome: Outcome, config: Config) -> DecisionEntry | None:
    return decision_entry(
        outcome.before,
        outcome.state.version,
        outcome.decision,
        outcome.snapshot,
        None if outcome.judgement is None else outcome.judgement.evaluation,
        outcome.messages,
        config_version=config.version,
        policy=outcome.account.policy,
    )
