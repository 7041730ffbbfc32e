"""A case replayed: hour by hour through the real look at an account, its memory carried on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from shared.app.compose import Rules
from shared.app.look import Outcome, look_at
from shared.config import Config, Policy, merge, parse_config
from shared.errors import Unreachable
from shared.model import (
    SHANGHAI,
    Account,
    AccountState,
    AlertState,
    Balance,
    Certainty,
    Contact,
    DaySpend,
    DeliveryStatus,
    Level,
    PaidAfter,
    ProductCost,
    SpendHistory,
    TaskKind,
    Topic,
    Transaction,
    TransactionKind,
    shanghai_day,
)
from shared.silences import Selector, new_silence
from tests.case import TopUp, amounts, drawn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from shared.decisions import Reason
    from tests.case import Case, Told

T = TypeVar("T")
UID = "1000000000000001"
STAFF_ONLY = frozenset({Topic.TASK, Topic.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Bank:
    """The port Billing, answering as the case says."""

    case: Case

    def fetch_balance(self, _account: Account, now: datetime) -> Balance:
        case = self.case
        amount = case.readings[(now - case.begins) // case.step]
        if amount is None:
            raise Unreachable("the case says so")
        part = case.account
        return Balance(
            now,
            _at(case, part.read_in or part.currency, now, "CNY"),
            amount,
            _at(case, part.credit, now, Decimal(0)),
            _at(case, part.quota, now, Decimal(0)),
        )

    def fetch_transactions(self, _account: Account, since: datetime, until: datetime) -> tuple[Transaction, ...]:
        return tuple(m for m, known in _movements(self.case) if since <= m.at < until and known < until)

    def fetch_bill(self, _account: Account, day: date) -> tuple[ProductCost, ...]:
        bills, bought = self.case.bills.items(), self.case.bought.items()
        burnt = [ProductCost(day, code, code, cost, prepaid=False) for code, cost in bills]
        once = [
            ProductCost(day, "ecs", "ecs", cost, prepaid=True)
            for text, cost in bought
            if shanghai_day(self.case.moment(text)) == day
        ]
        return (*burnt, *once)


def replay(case: Case) -> Iterator[Outcome]:
    """What comes of each reading, oldest first."""
    state, now = _remembered(case), case.begins
    bank, config = Bank(case), _config_of(case)
    for version in range(len(case.readings)):
        state = replace(state, version=version, alert=_heard(case, state, now))
        outcome = look_at(_account(case, now), state, _rules(case, config, now), bank, now, now)
        yield outcome
        state, now = outcome.state, now + case.step


def differences(case: Case) -> list[str]:
    """What came out otherwise than the case says, a line each; none if all is as it says."""
    outcomes = list(replay(case))
    found = _compared("told", _expected_told(case), _told(case, outcomes))
    found += _compared("staff", _expected_tasks(case), _tasks(case, outcomes))
    if case.levels is not None:
        wanted = [f"{_text(case.moment(at))} {level.label}" for at, level in case.levels.items()]
        found += _compared("levels", wanted, _levels(outcomes))
    reasons = {outcome.snapshot.at: outcome.decision.reason for outcome in outcomes}
    for at, reason in case.why.items():
        seen = reasons.get(case.moment(at))
        found += [] if seen is reason else [f"why: {_text(case.moment(at))} {reason}, was {seen}"]
    return found


# ---------------------------------------------------------------- what the case gives


def _at(case: Case, varying: T | dict[str, T], now: datetime, before: T) -> T:
    """The value that holds now: the last of those that begin up to now."""
    if not isinstance(varying, dict):
        return varying
    begun = [(case.moment(text), value) for text, value in varying.items() if case.moment(text) <= now]
    return max(begun, key=lambda pair: pair[0])[1] if begun else before


def _movements(case: Case) -> Iterator[tuple[Transaction, datetime]]:
    for text, paid in case.top_ups.items():
        at = case.moment(text)
        one = paid if isinstance(paid, TopUp) else TopUp(amount=paid, known=text)
        yield Transaction(f"T{at.timestamp():.0f}", at, TransactionKind(one.kind), one.amount), case.moment(one.known)


def _account(case: Case, now: datetime) -> Account:
    """Nobody is reachable but where the case looks at messages: what is decided does not depend on it."""
    looked_at = any(told.due for told in case.told)
    people = (Contact("王丽", "13800000000", "wang@example.com", timezone=case.person.timezone),) if looked_at else ()
    return Account(
        UID, "常州示例科技有限公司", people, currency=_at(case, case.account.currency, now, "CNY"), own=case.account.own
    )


def _remembered(case: Case) -> AccountState:
    spent = amounts(case.past)
    first = shanghai_day(case.begins) - timedelta(days=len(spent))
    days = tuple(
        DaySpend(first + timedelta(days=n), amount or Decimal(0), _certainty(amount)) for n, amount in enumerate(spent)
    )
    history = SpendHistory(days=days) if days else SpendHistory()
    paid = tuple(PaidAfter(case.moment(warned), case.moment(came)) for warned, came in case.paid_after)
    return AccountState(UID, history=history, paid_after=paid)


def _certainty(amount: Decimal | None) -> Certainty:
    return Certainty.MISSING if amount is None else Certainty.MEASURED


@cache
def _config() -> Config:
    """The project's own agency.yaml without staff: so nothing is rendered for them."""
    file = Path(__file__).parents[1] / "agency.yaml"
    return replace(parse_config(file.read_text(encoding="utf-8")), staff=(), overrides={})


def _config_of(case: Case) -> Config:
    lines = {} if case.lines is None else drawn(case.lines)
    policy = Policy.validate(merge({**Policy().as_values(), **lines}, case.config))
    return replace(_config(), policies={"default": policy})


def _rules(case: Case, config: Config, now: datetime) -> Rules:
    short = any(case.moment(a) <= now < case.moment(b) for a, b in case.agency_short.items())
    silences = tuple(
        new_silence(Selector(), "小李", "测试", case.moment(one.begins), case.moment(one.ends), one.up_to)
        for one in case.silences
    )
    return Rules(config, silences=silences, agency_short=short)


def _heard(case: Case, state: AccountState, now: datetime) -> AlertState:
    """What somebody said since the last reading, as ``arrears ack`` writes it."""
    alert = state.alert
    for text in case.acknowledged:
        if now - case.step < (at := case.moment(text)) <= now:
            alert = replace(alert, acknowledged_at=at, acknowledged_by="小李")
    for text, until in case.paying.items():
        if now - case.step < case.moment(text) <= now:
            alert = replace(alert, paying_until=case.moment(until), paying_by="小李")
    return alert


# ---------------------------------------------------------------- what came of it, as text


def _text(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _line(at: datetime, topic: Topic, level: Level, reason: Reason | None, lines: str, due: str) -> str:
    return f"{_text(at)} {topic} {level.label} {reason}{lines}{due}"


def _expected_told(case: Case) -> list[str]:
    return [
        _line(
            case.moment(one.at),
            one.topic,
            one.level,
            one.because,
            "" if one.lines is None else f" lines {', '.join(one.lines)}",
            "" if one.due is None else f" due {_text(case.moment(one.due))}",
        )
        for one in case.told
    ]


def _told(case: Case, outcomes: list[Outcome]) -> list[str]:
    asked = {case.moment(one.at): one for one in case.told}
    found = []
    for outcome in outcomes:
        decision = outcome.decision
        if decision.topic is not None and decision.topic not in STAFF_ONLY:
            found.append(_as_told(outcome, decision.topic, asked.get(outcome.snapshot.at)))
    return found


def _as_told(outcome: Outcome, topic: Topic, asked: Told | None) -> str:
    """With lines and due time only where the case names them."""
    lines = due = ""
    if asked is not None and asked.lines is not None and outcome.judgement is not None:
        lines = f" lines {', '.join(outcome.judgement.evaluation.crossed)}"
    if asked is not None and asked.due is not None:
        pending = {message.due for message in outcome.messages if message.status is DeliveryStatus.PENDING}
        due = f" due {', '.join(map(_text, sorted(pending)))}"
    alert = outcome.decision.alert
    return _line(outcome.snapshot.at, topic, alert.level, outcome.decision.reason, lines, due)


def _expected_tasks(case: Case) -> list[str]:
    return [f"{_text(case.moment(one.at))} {one.task}" for one in case.staff]


def _tasks(case: Case, outcomes: list[Outcome]) -> list[str]:
    """The tasks as they are decided; that the agency is short is one task a day."""
    found: list[str] = []
    short: set[date] = set()
    for outcome in outcomes:
        at, decision = outcome.snapshot.at, outcome.decision
        task = Topic.UNREADABLE if decision.topic is Topic.UNREADABLE else decision.task
        if task is TaskKind.AGENCY_SHORT:
            task = None if shanghai_day(at) in short else task
            short.add(shanghai_day(at))
        if task is not None:
            found.append(f"{_text(at)} {task}")
    return found


def _levels(outcomes: list[Outcome]) -> list[str]:
    found, last = [], Level.HEALTHY
    for outcome in outcomes:
        level = outcome.decision.alert.level
        if level is not last:
            found.append(f"{_text(outcome.snapshot.at)} {level.label}")
        last = level
    return found


def _compared(what: str, wanted: list[str], found: list[str]) -> list[str]:
    missing = [f"{what}: 缺少 missing  {line}" for line in wanted if line not in found]
    extra = [f"{what}: 多出 extra    {line}" for line in found if line not in wanted]
    return missing + extra
