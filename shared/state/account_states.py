"""What is remembered of each account, in Tablestore."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shared.state import EVERYONE, Rows, rows
from shared.state.tables import ACCOUNT_STATES, SEEN, SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.model import AccountState, Standing
    from shared.snapshot import Snapshot
    from shared.state import Bucket
    from shared.state.gateway import Gateway


class TablestoreAccountStates:
    """What is remembered of each account, and what was seen of it hour by hour."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def load_states(self, bucket: Bucket = EVERYONE) -> Rows[AccountState]:
        """The states of a bucket; accounts never looked at have none."""
        return rows.read_rows(self._gateway.scan(ACCOUNT_STATES, (bucket.lower,), (bucket.upper,)), rows.state_of)

    def load_standings(self) -> Rows[Standing]:
        """Where all accounts stand; accounts never looked at stand nowhere."""
        found = self._gateway.scan(ACCOUNT_STATES, (EVERYONE.lower,), (EVERYONE.upper,))
        return rows.read_rows(found, lambda row: rows.state_of(row).standing)

    def load_seen(self, bucket: Bucket = EVERYONE) -> dict[str, int]:
        """When each account of a bucket was looked at last, in epoch seconds; the others were not, or long ago."""
        found = self._gateway.scan(ACCOUNT_STATES, (bucket.lower,), (bucket.upper,), (SEEN,))
        return {str(row.key[1]): rows.seen_of(row) for row in found}

    def load_some(self, account_ids: Sequence[str]) -> Rows[AccountState]:
        """The states of these accounts; those never looked at have none."""
        keys = map(rows.account_key, account_ids)
        return rows.read_rows(self._gateway.get_in_order(ACCOUNT_STATES, keys), rows.state_of)

    def save_states(self, states: Sequence[AccountState]) -> frozenset[str]:
        """Store each state as version + 1 if the stored version is still the one that was read.

        Returns:
            The ids of the accounts that lost the race: another run stored first, and its word stands.
        """
        stored = self._gateway.write(ACCOUNT_STATES, map(rows.put_state, states))
        return frozenset(state.account_id for state, won in zip(states, stored, strict=True) if not won)

    def save_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Store what was seen; the same account and hour again replaces itself."""
        self._gateway.write(SNAPSHOTS, map(rows.put_snapshot, snapshots))

    def load_snapshots(self, account_id: str, since: datetime, until: datetime) -> Rows[Snapshot]:
        """What was seen of an account in ``[since, until)``, oldest first."""
        end = (account_id, math.ceil(until.timestamp()))
        found = rows.read_rows(
            self._gateway.scan(SNAPSHOTS, rows.snapshot_key(account_id, since), end), rows.snapshot_of
        )
        return Rows(tuple(s for s in found.values if since <= s.at < until), found.malformed)
