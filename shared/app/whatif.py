"""What another configuration would have told: the stored hours of every account, judged by it and by the one in force.

Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.audit import TAKEN, MessageEntry, WordEntry
from shared.comparison import compare, total
from shared.config.difference import difference
from shared.consequences import products_at_stake
from shared.frozen import frozen
from shared.model import BUNDLES, AccountState, ChannelName, DeliveryStatus
from shared.replay import Past

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shared.app.wiring import Stores
    from shared.audit import Entry
    from shared.comparison import Pair, Totals
    from shared.config import Config
    from shared.config.difference import Change
    from shared.errors import MalformedRow
    from shared.model import Account


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


def what_if(
    before: Config,
    after: Config,
    accounts: Sequence[Account],
    stores: Stores,
    span: tuple[datetime, datetime],
    progress: Callable[[int], None],
) -> WhatIf:
    """Replay the stored hours in ``span`` by both configurations.

    Args:
        before: The one in force.
        after: The one that may come.
        accounts: Whose hours; see ``watched_accounts``.
        stores: Where they are.
        span: From when, and until when.
        progress: Told how many accounts are done.

    Raises:
        InvalidInput: An account names a policy that one of the configurations lacks.
        StoreUnavailable: The store failed.
    """
    malformed: list[MalformedRow] = []
    pairs, sent = [], Counter[ChannelName]()
    for done, (past, filed) in enumerate(_pasts(accounts, stores, span, malformed), start=1):
        pairs.append(compare(past, before, after))
        sent += taken(filed, whole=len(accounts) == 1)
        progress(done)
    if len(accounts) > 1:
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


def _pasts(
    accounts: Sequence[Account], stores: Stores, span: tuple[datetime, datetime], malformed: list[MalformedRow]
) -> Iterator[tuple[Past, tuple[Entry, ...]]]:
    """One account at a time: the hours of all of them at once would not fit."""
    rows = stores.states.load_states()
    malformed += rows.malformed
    states = {state.account_id: state for state in rows.values}
    silences = stores.silences.load_silences()
    malformed += silences.malformed
    for account in accounts:
        state = states.get(account.account_id, AccountState(account.account_id))
        found = stores.states.load_snapshots(account.account_id, *span)
        filed = stores.audit.load(account.account_id, *span)
        malformed += [*found.malformed, *filed.malformed]
        words = tuple(one for one in filed.values if isinstance(one, WordEntry))
        products = products_at_stake(state.history.products)
        yield Past(account, found.values, state.paid_after, products, words, silences.values), filed.values


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
