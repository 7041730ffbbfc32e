"""The roster, in Tablestore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.state import EVERYONE, rows
from shared.state.tables import ACCOUNTS, PAUSED, Delete

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.model import Account
    from shared.state import Bucket, Rows
    from shared.state.gateway import Gateway


class TablestoreAccounts:
    """The roster: who is looked after, and who is told."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def load_accounts(self, bucket: Bucket = EVERYONE) -> Rows[Account]:
        """The accounts of a bucket, ordered by hash and account id."""
        return rows.read_rows(self._gateway.scan(ACCOUNTS, (bucket.lower,), (bucket.upper,)), rows.account_of)

    def load_watched(self, bucket: Bucket = EVERYONE) -> tuple[str, ...]:
        """The ids of the accounts of a bucket that are not paused, ordered by hash and account id."""
        found = self._gateway.scan(ACCOUNTS, (bucket.lower,), (bucket.upper,), ("account_id", PAUSED))
        return tuple(str(row.key[1]) for row in found if row.columns.get(PAUSED) is not True)

    def save_accounts(self, accounts: Iterable[Account]) -> None:
        """Insert or replace these accounts."""
        self._gateway.write(ACCOUNTS, map(rows.put_account, accounts))

    def remove_accounts(self, account_ids: Iterable[str]) -> None:
        """Stop looking after these accounts; absent ones are no error."""
        self._gateway.write(ACCOUNTS, (Delete(rows.account_key(account_id)) for account_id in account_ids))
