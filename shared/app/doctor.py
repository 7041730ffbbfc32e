"""``arrears doctor``: the auditor's proof, and everything else that can be told before it goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.app.auditor import coverage, load_scene
from shared.app.deadline import STOP_BEFORE_END
from shared.app.in_force import config_in_force
from shared.app.wiring import open_billing, open_gateway, open_health, open_stores, read_config, read_text
from shared.billing.pace import BURST
from shared.config import config_version
from shared.coverage import SEEN_WITHIN
from shared.errors import InvalidInput, StoreUnavailable, UnexpectedAnswer, Unreadable
from shared.findings import Finding, Flaw
from shared.state.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from shared.app.auditor import Scene
    from shared.app.in_force import InForce
    from shared.app.wiring import Settings, Stores
    from shared.billing import Billing
    from shared.config import Config
    from shared.model import Account, AccountState
    from shared.state.gateway import Gateway

CHECK_TIMEOUT = timedelta(seconds=600)
"""Of the check, as s.yaml says."""
MOST_READINGS = 20
"""So many accounts that cannot be read are tried once more, to tell why."""


@dataclass(slots=True)
class Examination:
    """What the doctor found, and how much was looked at."""

    findings: list[Finding] = field(default_factory=list)
    accounts: int = 0
    checked_at: datetime | None = None
    """The last hourly check."""
    open_messages: int = 0
    """Messages whose next step is due by now."""
    in_force: InForce | None = None
    """What the functions go by; None if that cannot be told."""
    own: tuple[Account, AccountState] | None = None
    """The agency's own account as it was last seen; None if it is not watched, or was never looked at."""


def examine(settings: Settings, now: datetime) -> Examination:
    """Look everything over as of ``now``; what cannot be looked at is a finding, too, and stops nothing else."""
    found = Examination(list(_missing_tables(open_gateway(settings))))
    whole = not found.findings
    try:
        config = _config(settings, found) if whole else read_config(settings.config_file)
    except InvalidInput as error:
        found.findings += [Finding(Flaw.CONFIG_INVALID, problem.file, str(problem)) for problem in error.problems]
        return found
    found.findings += _settings_findings(config)
    if whole:
        _examine_store(settings, config, now, found)
    found.findings += [finding for channel in open_health(settings, config) for finding in channel.check()]
    return found


def _config(settings: Settings, found: Examination) -> Config:
    """The configuration in force; that it is not the newest, or not the one of the file, is a finding."""
    try:
        in_force = config_in_force(settings, open_stores(settings))
    except StoreUnavailable:  # found when the stores are examined
        return read_config(settings.config_file)
    found.in_force = in_force
    found.findings += [bad.finding() for bad in in_force.bad]
    if in_force.version is not None and _digest_of(settings.config_file) != in_force.version.digest:
        found.findings.append(Finding(Flaw.CONFIG_DIFFERS, settings.config_file.name, str(in_force.version.number)))
    return in_force.config


def _digest_of(file: Path) -> str | None:
    """None for a file that cannot be read."""
    try:
        return config_version(read_text(file))
    except InvalidInput:
        return None


def _settings_findings(config: Config) -> Iterator[Finding]:
    if not config.staff:
        yield Finding(Flaw.NO_STAFF, "agency.yaml")
    if config.own_account is None:
        yield Finding(Flaw.OWN_UNWATCHED, "agency.yaml")
    if config.heartbeat_url is None:
        yield Finding(Flaw.NO_HEARTBEAT, "agency.yaml")


_NO_TABLE = ("OTSObjectNotExist", "table not exist")
"""How the service says so: reading a range and reading rows have different codes."""


def _missing_tables(gateway: Gateway) -> Iterator[Finding]:
    """Each table is asked for a row that is in none; a store that answers nothing is told once."""
    for table in TABLES:
        key = tuple("0" if kind is str else 0 for _, kind in table.key)
        try:
            gateway.get(table, [key])
        except StoreUnavailable as error:
            if not any(words in str(error) for words in _NO_TABLE):
                yield Finding(Flaw.STORE_SILENT, "Tablestore", str(error))
                return
            yield Finding(Flaw.TABLE_MISSING, table.name)


def _examine_store(settings: Settings, config: Config, now: datetime, found: Examination) -> None:
    stores = open_stores(settings)
    try:
        scene = load_scene(stores, config)
        found.accounts = len(scene.accounts)
        found.checked_at = max((s.alert.seen_at for s in scene.states.values() if s.alert.seen_at), default=None)
        found.own = _own(stores, scene)
        found.open_messages = len(stores.outbox.load_open(now).values)
        gaps = coverage(stores, scene, config, now)
        roster = stores.accounts.load_accounts().values
    except StoreUnavailable as error:
        found.findings.append(Finding(Flaw.STORE_SILENT, "Tablestore", str(error)))
        return
    stopped = bool(scene.accounts) and (found.checked_at is None or found.checked_at < now - SEEN_WITHIN)
    if stopped:  # said once, not for every account
        found.findings.append(Finding(Flaw.NO_CHECK, "check_balances", since=found.checked_at))
        gaps = [finding for finding in gaps if finding.flaw is not Flaw.NOT_SEEN]
    found.findings += gaps
    found.findings += _roster_findings(roster, config)
    found.findings += _too_many(scene.accounts, settings.assume_roles_per_second)
    told = {finding.subject for finding in gaps if finding.flaw is Flaw.STAFF_NOT_TOLD}
    found.findings += _unreadable(scene, told, open_billing(settings), now)


def _own(stores: Stores, scene: Scene) -> tuple[Account, AccountState] | None:
    own = next((account for account in scene.accounts if account.own), None)
    states = stores.states.load_some([own.account_id]).values if own is not None else ()
    return (own, states[0]) if own is not None and states else None


def _roster_findings(accounts: Iterable[Account], config: Config) -> Iterator[Finding]:
    own = config.watched_own()
    for account in accounts:
        if own is not None and account.account_id == own.account_id:
            yield Finding(Flaw.OWN_IN_ROSTER, account.account_id)
        elif account.role_arn is None and not account.paused:
            yield Finding(Flaw.NO_ROLE, account.account_id)
        unreachable = sum(not contact.phone and not contact.mail for contact in account.contacts)
        if unreachable or not account.contacts:
            detail = f"{unreachable}/{len(account.contacts)}"
            yield Finding(Flaw.CONTACT_UNREACHABLE, account.account_id, detail)


def _too_many(accounts: Iterable[Account], roles_per_second: float) -> Iterator[Finding]:
    """However many buckets there are, they share one quota: what it allows in the time of a run is all that is read."""
    wanted = sum(account.role_arn is not None for account in accounts)
    possible = int((CHECK_TIMEOUT - STOP_BEFORE_END).total_seconds() * roles_per_second * (1 - BURST))
    if wanted > possible:
        yield Finding(Flaw.TOO_MANY_ACCOUNTS, str(wanted), str(possible))


def _unreadable(scene: Scene, told: set[str], billing: Billing, now: datetime) -> Iterator[Finding]:
    """Accounts that cannot be read; the first of them are tried once more, since a currency tells itself only so."""
    failing = [a for a in scene.accounts if a.account_id in scene.states and scene.states[a.account_id].alert.failure]
    for n, account in enumerate(failing):
        alert = scene.states[account.account_id].alert
        currency = (
            _currency(account, billing, now) if alert.failure == UnexpectedAnswer.cause and n < MOST_READINGS else ""
        )
        if currency and currency != account.currency:
            yield Finding(Flaw.CURRENCY_DIFFERS, account.account_id, f"{currency}, {account.currency}")
        elif account.account_id not in told:
            yield Finding(Flaw.UNREADABLE, account.account_id, f"{alert.failure}, {alert.failed_runs}")


def _currency(account: Account, billing: Billing, now: datetime) -> str:
    try:
        return billing.fetch_balance(account, now).currency
    except Unreadable:
        return ""
