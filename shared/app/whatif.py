"""What another configuration would have told: the stored hours of every account, judged by it and by the one in force.

Nothing is written.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from multiprocessing import get_context
from typing import TYPE_CHECKING

from shared.app.runs import settle
from shared.app.wiring import open_stores
from shared.audit import TAKEN, MessageEntry, WordEntry
from shared.comparison import compare, total
from shared.config.difference import difference
from shared.consequences import products_at_stake
from shared.frozen import frozen
from shared.model import BUNDLES, AccountState, ChannelName, DeliveryStatus
from shared.replay import Past

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shared.app.wiring import Settings, Stores
    from shared.audit import Entry
    from shared.comparison import Pair, Totals
    from shared.config import Config
    from shared.config.difference import Change
    from shared.errors import MalformedRow
    from shared.model import Account
    from shared.silences import Silence

_GROUP = 20
"""Accounts that a process takes at once, at most; so few are done before another process would have begun."""
_TURNS = 4
"""How often each process takes some, at least, so that all end at nearly the same time."""


@frozen
class WhatIf:
    """Two configurations and what they make of the same past."""

    changes: tuple[Change, ...]
    since: datetime
    until: datetime
    pairs: tuple[Pair, ...]
    """In the order of the roster."""
    before: Totals
    after: Totals
    malformed: tuple[MalformedRow, ...]
    """Rows that could not be read back: they are missing here."""
    sent: Counter[ChannelName]
    """What providers really took of these accounts' messages in that time, a bundle once."""

    @property
    def hours(self) -> tuple[int, int, int]:
        """Hours that were judged, that could not be read, and that an older program stored without figures."""
        ours = [pair.before.replayed for pair in self.pairs]
        return sum(one.hours for one in ours), sum(one.unread for one in ours), sum(one.left_out for one in ours)


def watched_accounts(stores: Stores, *configs: Config) -> tuple[Account, ...]:
    """The accounts that a check looks at, the agency's own first: as any of the configurations names it."""
    own = {one.account_id: one for config in configs if (one := config.watched_own()) is not None}
    others = (one for one in stores.accounts.load_accounts().values if not one.paused)
    return (*own.values(), *(one for one in others if one.account_id not in own))


@frozen
class _Trial:
    """What all accounts have in common."""

    before: Config
    after: Config
    settings: Settings
    span: tuple[datetime, datetime]
    silences: tuple[Silence, ...]
    alone: bool
    """Whether one account is asked for: then what it was told within bundles counts, too."""


@frozen
class _Share:
    """What became of some accounts."""

    pairs: tuple[Pair, ...]
    malformed: tuple[MalformedRow, ...]
    sent: Counter[ChannelName]


def what_if(
    before: Config,
    after: Config,
    accounts: Sequence[Account],
    settings: Settings,
    span: tuple[datetime, datetime],
    progress: Callable[[int], None],
    processes: int | None = None,
) -> WhatIf:
    """Replay the stored hours in ``span`` by both configurations.

    Args:
        before: The one in force.
        after: The one that may come.
        accounts: Whose hours; see ``watched_accounts``.
        settings: Where they are stored.
        span: From when, and until when.
        progress: Told how many accounts are done.
        processes: How many share the work; by default one for each core, and no more than there are shares of it.

    Raises:
        InvalidInput: An account names a policy that one of the configurations lacks.
        StoreUnavailable: The store failed.
    """
    stores = open_stores(settings)
    silences = stores.silences.load_silences()
    trial = _Trial(before, after, settings, span, silences.values, alone=len(accounts) == 1)
    pairs: list[Pair] = []
    sent: Counter[ChannelName] = Counter()
    malformed = [*silences.malformed]
    for share in _shares(trial, accounts, processes or os.cpu_count() or 1):
        pairs += share.pairs
        malformed += share.malformed
        sent += share.sent
        progress(len(pairs))
    if not trial.alone:
        sent += taken(stores.audit.load(BUNDLES, *span).values)
    return WhatIf(
        changes=difference(before, after),
        since=span[0],
        until=span[1],
        pairs=tuple(pairs),
        before=total((pair.before for pair in pairs), before),
        after=total((pair.after for pair in pairs), after),
        malformed=tuple(malformed),
        sent=sent,
    )


def _shares(trial: _Trial, accounts: Sequence[Account], processes: int) -> Iterator[_Share]:
    """In the order of the accounts."""
    replay_some = partial(_replay, trial)
    if processes <= 1 or len(accounts) <= _GROUP:
        yield from map(replay_some, _groups(accounts, _GROUP))
        return
    # Processes begin anew: a fork would take over the threads of this one's progress bar.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(replay_some, _groups(accounts, min(_GROUP, ceil(len(accounts) / (processes * _TURNS)))))


def _groups(accounts: Sequence[Account], size: int) -> Iterator[Sequence[Account]]:
    return (accounts[start : start + size] for start in range(0, len(accounts), size))


def _replay(trial: _Trial, accounts: Sequence[Account]) -> _Share:
    """Some accounts, one after the other: the hours of all of them at once would not fit."""
    stores = open_stores(trial.settings)
    settle()
    pairs: list[Pair] = []
    sent: Counter[ChannelName] = Counter()
    states = stores.states.load_some([account.account_id for account in accounts])
    malformed = [*states.malformed]
    known = {state.account_id: state for state in states.values}
    for account in accounts:
        state = known.get(account.account_id, AccountState(account.account_id))
        found = stores.states.load_snapshots(account.account_id, *trial.span)
        filed = stores.audit.load(account.account_id, *trial.span)
        malformed += [*found.malformed, *filed.malformed]
        words = tuple(one for one in filed.values if isinstance(one, WordEntry))
        products = products_at_stake(state.history.products)
        past = Past(account, found.values, state.paid_after, products, words, trial.silences)
        pairs.append(compare(past, trial.before, trial.after))
        sent += taken(filed.values, whole=trial.alone)
    return _Share(tuple(pairs), tuple(malformed), sent)


def taken(filed: Iterable[Entry], *, whole: bool = False) -> Counter[ChannelName]:
    """How many messages of these entries a provider took.

    Args:
        filed: The entries of an account, or of all bundles.
        whole: Count what went out within a bundle, too.
    """
    steps = [one for one in filed if isinstance(one, MessageEntry)]
    alone = {one.message_id for one in steps if one.status is DeliveryStatus.SENDING or whole}
    sent = {one.message_id: one.channel for one in steps if one.status in TAKEN and one.message_id in alone}
    return Counter(sent.values())


def span_of(now: datetime, days: int) -> tuple[datetime, datetime]:
    """The last days, the hour of ``now`` included."""
    return now - timedelta(days=days), now + timedelta(seconds=1)
