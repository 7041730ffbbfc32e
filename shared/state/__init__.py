"""The ports to what is stored between runs, and what their adapters have in common.

Every write is made so that a second time is harmless: inserts ask for absence, updates for the version that was
read. Losing such a race is an answer, not an error.

Errors of every method: ``StoreUnavailable`` if the store did not answer (what it did is then unknown).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from shared.buckets import EVERYONE, Bucket, bucket_of, hash_of
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from shared.audit import Entry
    from shared.config.versions import ConfigVersion
    from shared.errors import MalformedRow
    from shared.model import Account, AccountState, BadAddress, Message, Standing, Usage
    from shared.silences import Silence
    from shared.snapshot import Snapshot

__all__ = [
    "EVERYONE",
    "AccountStates",
    "Accounts",
    "Audit",
    "Bucket",
    "Configs",
    "Limits",
    "Outbox",
    "Rows",
    "Silences",
    "bucket_of",
    "hash_of",
]

T = TypeVar("T")

# On being imported the SDK says that it has no native codec for this Python: nobody can change that.
logging.getLogger("tablestore").setLevel(logging.ERROR)


@frozen
class Rows(Generic[T]):
    """What was read: the rows that could be understood, and the ones that could not, each named."""

    values: tuple[T, ...]
    malformed: tuple[MalformedRow, ...] = ()


class Accounts(Protocol):
    """The roster: who is looked after, and who is told."""

    def load_accounts(self, bucket: Bucket = EVERYONE) -> Rows[Account]:
        """The accounts of a bucket, ordered by hash and account id."""

    def load_watched(self, bucket: Bucket = EVERYONE) -> tuple[str, ...]:
        """The ids of the accounts of a bucket that are not paused, ordered by hash and account id."""

    def load_some(self, account_ids: Sequence[str]) -> Rows[Account]:
        """These accounts, in this order; ids that are not there are passed over."""

    def save_accounts(self, accounts: Iterable[Account]) -> None:
        """Insert or replace these accounts."""

    def remove_accounts(self, account_ids: Iterable[str]) -> None:
        """Stop looking after these accounts; absent ones are no error."""


class AccountStates(Protocol):
    """What is remembered of each account, and what was seen of it hour by hour."""

    def load_states(self, bucket: Bucket = EVERYONE) -> Rows[AccountState]:
        """The states of a bucket; accounts never looked at have none."""

    def load_standings(self) -> Rows[Standing]:
        """Where all accounts stand. Each row is understood as a whole, and let go: tens of thousands would not fit."""

    def load_seen(self, bucket: Bucket = EVERYONE) -> dict[str, int]:
        """When each account of a bucket was looked at last, in epoch seconds; the others were not, or long ago."""

    def load_some(self, account_ids: Sequence[str]) -> Rows[AccountState]:
        """The states of these accounts; those never looked at have none."""

    def save_states(self, states: Sequence[AccountState]) -> frozenset[str]:
        """Store each state as version + 1 if the stored version is still the one that was read.

        Returns:
            The ids of the accounts that lost the race: another run stored first, and its word stands.
        """

    def save_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Store what was seen; the same account and hour again replaces itself."""

    def load_snapshots(self, account_id: str, since: datetime, until: datetime) -> Rows[Snapshot]:
        """What was seen of an account in ``[since, until)``, oldest first."""


class Outbox(Protocol):
    """Messages on their way, and what became of them.

    A message is stored in two steps: a place in the work list, then the message itself, inserted only if its id
    was never seen. So a message that exists is always found by delivery, and one that is queued again stays one.
    """

    def enqueue(self, messages: Sequence[Message]) -> int:
        """Insert messages whose id was never seen before; returns how many were new."""

    def load_open(self, now: datetime) -> Rows[Message]:
        """The messages that are due: their next step may be taken at ``now``, if only to close them."""

    def save_message(self, message: Message) -> bool:
        """Store ``message`` as version + 1 if the stored version is still ``message.version``.

        Returns:
            Whether it was stored. False: another run took this step; its word stands.
        """

    def close_message(self, message: Message) -> None:
        """Take a finished message from the work list; the message itself is kept."""

    def load_messages(self, account_id: str) -> Rows[Message]:
        """All messages of an account, oldest first by ``queued_at``."""

    def load_message(self, account_id: str, message_id: str) -> Message | None:
        """One message as it stands; None if there is none. A row that cannot be read back raises ``MalformedRow``."""


class Limits(Protocol):
    """What delivery learns about the outside: addresses that are no good, and how much was sent in a day."""

    def mark_bad(self, address: BadAddress) -> None:
        """Remember an address that the provider will not take; it is forgotten after 30 days, and tried again."""

    def load_bad(self) -> frozenset[str]:
        """The keys of all addresses that are no good."""

    def load_usage(self) -> Usage:
        """What was handed over in the last 24 hours."""

    def save_usage(self, usage: Usage) -> bool:
        """Store ``usage`` as version + 1 if the stored version is still the one that was read; whether it was."""


class Silences(Protocol):
    """What staff said is to be muted."""

    def load_silences(self, since: datetime | None = None) -> Rows[Silence]:
        """The silences that were not over at ``since``, by their beginning; None: all that are kept."""

    def save_silence(self, silence: Silence) -> bool:
        """Insert ``silence``; whether it was new. One of the same id stays as it is."""

    def end_silence(self, silence: Silence) -> bool:
        """Store a silence with its early end; whether it was stored. False: somebody ended it before; that stands."""


class Audit(Protocol):
    """What was told, why, and what became of it: written once, never changed, kept for two years."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Write entries down. One that is there already stays as it is: a second time is harmless."""

    def load(self, account_id: str, since: datetime, until: datetime) -> Rows[Entry]:
        """The entries of an account in ``[since, until)``, oldest first."""


class Configs(Protocol):
    """The versions of agency.yaml: numbered from 1 without gaps, each written once and never changed."""

    def load_latest(self) -> Iterator[ConfigVersion | MalformedRow]:
        """The versions, the newest first; each is read when it is asked for, so that a run reads one as a rule.

        A row that cannot be read back takes its place as the error; its ``key`` is the number.
        """

    def load_version(self, number: int) -> ConfigVersion | None:
        """One version; None if there is none. A row that cannot be read back raises ``MalformedRow``."""

    def load_history(self) -> Rows[ConfigVersion]:
        """All versions, the oldest first."""

    def save_version(self, version: ConfigVersion) -> bool:
        """Store a version under its number, if that is free.

        Returns:
            Whether it was stored. False: somebody else's has that number, and stands.
        """

    def save_prepared(self, version: ConfigVersion) -> None:
        """Put beside the text of a stored version how it is understood."""
