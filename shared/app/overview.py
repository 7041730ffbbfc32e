"""All accounts as staff read them: a table for people, plain values for programs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.text import Text

from shared.app.screen import screen_table
from shared.coverage import Sweep, sweep_of
from shared.frozen import frozen
from shared.masking import mask_text
from shared.messages.words import cause_words, level_name, minute, money
from shared.model import AccountState, Balance, Language, Level
from shared.runway import days_at, project_runway
from shared.scorecard import use_plain_lines
from shared.silences import matching
from shared.spend import spend_series

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from rich.table import Table

    from shared.app.wiring import Stores
    from shared.model import Account, Runway
    from shared.silences import Silence

COLOURS = {
    Level.HEALTHY: "green",
    Level.NOTICE: "cyan",
    Level.WARNING: "yellow",
    Level.CRITICAL: "red",
    Level.OVERDUE: "bold red",
    Level.SUSPENDED: "bold white on red",
}
_HEADINGS = {
    Language.CHINESE: ("账号", "客户", "可用额度", "可用天数（早–可能–晚）", "级别", "自", "读取于", "上次通知"),
    Language.ENGLISH: (
        "Account",
        "Customer",
        "Available",
        "Days left (early–likely–late)",
        "Level",
        "Since",
        "Read",
        "Told",
    ),
}


@frozen
class Line:
    """One account in the overview."""

    account: Account
    state: AccountState
    balance: Balance | None
    """The last reading; None if there is none."""
    runway: Runway | None
    silence: Silence | None = None
    """What mutes it now, at its level."""
    paying: bool = False
    """Whether money is said to be under way."""

    @property
    def is_well(self) -> bool:
        """Read, healthy and watched: nothing to look at. An account that was never read is not."""
        alert = self.state.alert
        return self.balance is not None and alert.level is Level.HEALTHY and not alert.failure and not self.paused

    @property
    def is_unknown(self) -> bool:
        """Watched, and not read, now or ever: it may be worse than what was last known."""
        return not self.paused and (self.balance is None or bool(self.state.alert.failure))

    @property
    def paused(self) -> bool:
        """Neither read nor spoken of."""
        return self.account.paused


def overview(stores: Stores, now: datetime) -> list[Line]:
    """Every account as it was last seen, the most urgent first; silences as of ``now``."""
    silences = stores.silences.load_silences(now).values
    states = {state.account_id: state for state in stores.states.load_states().values}
    lines = [
        _line(a, states.get(a.account_id, AccountState(a.account_id)), silences, now)
        for a in stores.accounts.load_accounts().values
    ]
    return by_urgency(lines)


def by_urgency(lines: Iterable[Line]) -> list[Line]:
    """The most serious and the shortest runway first; what cannot be read after what is critical: it may be worse."""
    return sorted(lines, key=_urgency)


def last_sweep(lines: Sequence[Line], now: datetime) -> Sweep:
    """How many of the accounts of an overview have a reading of the last hour."""
    states = {line.account.account_id: line.state.standing for line in lines}
    return sweep_of((line.account for line in lines), states, now)


def last_balance(account: Account, state: AccountState) -> Balance | None:
    """The last reading as a balance; None if the account was never read."""
    if not state.history.readings:
        return None
    last = state.history.readings[-1]
    currency = state.history.currency or account.currency
    return Balance(last.at, currency, last.available_amount, last.credit_amount, last.quota)


def overview_table(lines: Sequence[Line], language: Language, now: datetime, *, everyone: bool) -> Table:
    """The overview as a table; accounts that were read and are healthy are left out unless ``everyone``.

    Below it stands how far the last run has come as of ``now``.
    """
    table = screen_table(_HEADINGS[language], striped=True)
    table.columns[2].justify = "right"
    quiet = 0
    for line in lines:
        if not everyone and line.is_well:
            quiet += 1
            continue
        table.add_row(*_cells(line, language))
    table.caption = "\n".join(_caption(quiet, last_sweep(lines, now), chinese=language is Language.CHINESE))
    return table


def _caption(quiet: int, sweep: Sweep, *, chinese: bool) -> Iterator[str]:
    if not quiet and not sweep.accounts:
        yield (
            "还没有在看护的账号：用 arrears import FILE 导入"
            if chinese
            else "No account is watched: arrears import FILE"
        )
        return
    if quiet:
        yield f"另有 {quiet} 个账号正常" if chinese else f"{quiet} more are healthy"
    read, all_of_them = sweep.read, sweep.accounts
    text = f"最近一小时读到 {read}/{all_of_them}" if chinese else f"read within the last hour: {read}/{all_of_them}"
    if sweep.unreadable:
        text += f"，读不到 {sweep.unreadable}" if chinese else f", not readable: {sweep.unreadable}"
    if sweep.not_seen:
        text += f"，没看到 {sweep.not_seen}" if chinese else f", not looked at: {sweep.not_seen}"
    yield text


def overview_json(lines: Sequence[Line], now: datetime) -> dict[str, object]:
    """The overview as plain values: amounts as strings, times in ISO 8601, days as numbers or null.

    ``last_hour`` says how far the last run has come as of ``now``.
    """
    return {"accounts": _accounts_json(lines), "last_hour": last_sweep(lines, now).as_json()}


def _accounts_json(lines: Iterable[Line]) -> list[dict[str, object]]:
    return [
        {
            "account_id": line.account.account_id,
            "name": line.account.name,
            "currency": line.account.currency,
            "available_amount": str(line.balance.available_amount) if line.balance else None,
            "read_at": line.balance.at.isoformat() if line.balance else None,
            "days_left": [_number(d) for d in _days(line)],
            "level": line.state.alert.level.label,
            "since": _iso(line.state.alert.since),
            "told_at": _iso(line.state.alert.told_at),
            "failure": line.state.alert.failure or None,
            "paused": line.account.paused,
            "silence": silence_line(line.silence),
            "paying_until": _iso(line.state.alert.paying_until) if line.paying else None,
        }
        for line in lines
    ]


def silence_line(silence: Silence | None) -> dict[str, object] | None:
    """What mutes an account, as plain values; None if nothing does."""
    if silence is None:
        return None
    return {
        "silence_id": silence.silence_id,
        "author": mask_text(silence.author),
        "reason": mask_text(silence.reason),
        "until": silence.until.isoformat(),
        "up_to": silence.up_to.label,
    }


def _line(account: Account, state: AccountState, silences: Sequence[Silence], now: datetime) -> Line:
    balance, alert = last_balance(account, state), state.alert
    silence = matching(silences, account, alert.level, now)
    paying = alert.paying_until is not None and now < alert.paying_until
    if balance is None:
        return Line(account, state, None, None, silence, paying)
    series = spend_series(state.history, balance.currency, balance.at)
    runway = project_runway(series, balance, plain=use_plain_lines(state.scorecard))
    return Line(account, state, balance, runway, silence, paying)


def _cells(line: Line, language: Language) -> tuple[str | Text, ...]:
    alert, balance = line.state.alert, line.balance
    return (
        line.account.account_id,
        Text(line.account.name),
        money(balance.available_amount, balance.currency, language) if balance else "—",
        " – ".join("∞" if math.isinf(d) else f"{d:.1f}" for d in _days(line)) or "—",
        _level(line, language),
        minute(alert.since, language) if alert.since else "—",
        minute(balance.at, language) if balance else "—",
        minute(alert.told_at, language) if alert.told_at else "—",
    )


def _level(line: Line, language: Language) -> Text:
    """The level that was last known, and what stands in the way of knowing it now."""
    alert, chinese = line.state.alert, language is Language.CHINESE
    if line.balance is None:
        level = Text("未知" if chinese else "Unknown", style="magenta")
    else:
        level = Text(level_name(alert.level, language), style=COLOURS[alert.level])
    if line.paused:
        level.append("（已暂停）" if chinese else " (paused)", style="magenta")
    elif alert.failure:
        cause = cause_words(alert.failure, language)
        level.append(f"（读不到：{cause}）" if chinese else f" (not read: {cause})", style="magenta")
    elif line.balance is None:
        level.append("（还没读过）" if chinese else " (not read yet)", style="magenta")
    for words in _said(line, language):
        level.append(f"（{words}）" if chinese else f" ({words})", style="blue")
    return level


def _said(line: Line, language: Language) -> Iterator[str]:
    """With which word of somebody's less is told of the account now."""
    chinese, alert = language is Language.CHINESE, line.state.alert
    if line.silence is not None:
        who, until = mask_text(line.silence.author), minute(line.silence.until, language)
        yield f"{who} 静默至 {until}" if chinese else f"silenced by {who} until {until}"
    if line.paying and alert.paying_until is not None:
        who, until = mask_text(alert.paying_by), minute(alert.paying_until, language)
        yield f"{who}：付款在途，等到 {until}" if chinese else f"{who}: money under way, until {until}"


def _days(line: Line) -> list[float]:
    """Early, likely, late; nothing if the account was never read."""
    return [] if line.runway is None else [days_at(line.runway, quantile) for quantile in (0.10, 0.50, 0.90)]


def _urgency(line: Line) -> tuple[bool, bool, int, float, str]:
    level = line.state.alert.level
    return level < Level.CRITICAL, not line.is_unknown, -level, _likely(line), line.account.account_id


def _likely(line: Line) -> float:
    return math.inf if line.runway is None else days_at(line.runway, 0.50)


def _number(days: float) -> float | None:
    return None if math.isinf(days) else round(days, 2)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
