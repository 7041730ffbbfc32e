"""The tables, and the values that reading and writing them is spoken in; nothing here knows the SDK.

A key is the tuple of a row's primary key values, in the order of its table's ``key``.

Source: limits of the wide column model, help.aliyun.com/en/tablestore/product-overview/limits-on-widecolumn-model.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from shared.frozen import frozen

if TYPE_CHECKING:
    from shared.state.gateway import Gateway

Scalar: TypeAlias = str | int | float | bool | bytearray
"""What a column holds; integers have 64 bits. ``bytes`` are not among them: the SDK sends those as text."""

Key: TypeAlias = tuple[str | int, ...]
Columns: TypeAlias = dict[str, Scalar]
"""Names must be ASCII: on Python 3.11 the SDK counts a name's characters where the protocol counts bytes."""

DAY = 86_400
NEVER = -1

WRITER = "writer"
"""The column in which the gateway notes whose write a row is; rows.py must not use it."""

VERSION = "version"
"""The column that conditional updates ask for."""

PAUSED = "paused"
SEEN = "seen"
"""The epoch second of an account's last look, beside the column that says so in full: many rows are asked for it."""


@frozen
class Table:
    """One table: its primary key in order, the part of it that rows are known by, and how long they live."""

    name: str
    key: tuple[tuple[str, type], ...]
    known_by: str
    time_to_live: int = NEVER
    """Seconds after a cell was written."""

    @property
    def key_names(self) -> tuple[str, ...]:
        """The primary key's column names, in order."""
        return tuple(name for name, _ in self.key)


ACCOUNTS = Table("arrears_accounts", (("hash", str), ("account_id", str)), "account_id")
ACCOUNT_STATES = Table("arrears_account_states", (("hash", str), ("account_id", str)), "account_id")
SNAPSHOTS = Table("arrears_snapshots", (("account_id", str), ("hour", int)), "account_id", 400 * DAY)
"""``hour``: the epoch second at which the hour began, so that an hour has one snapshot."""
OUTBOX = Table("arrears_outbox", (("message_id", str),), "message_id")
"""The work list: a pointer to each message that is not finished."""
MESSAGES = Table("arrears_messages", (("account_id", str), ("message_id", str)), "message_id", 2 * 365 * DAY)
"""Rows are always written whole, so that no part of one expires before the rest."""
AUDIT = Table("arrears_audit", (("account_id", str), ("entry_id", str)), "entry_id", 2 * 365 * DAY)
"""Rows are inserted, and never written again. ``entry_id`` begins with the entry's second: rows are in order."""

BAD_ADDRESSES = Table("arrears_bad_addresses", (("address_key", str),), "address_key", 30 * DAY)
USAGE = Table("arrears_usage", (("name", str),), "name")
"""One row: what was handed to the providers in the last 24 hours."""

CONFIG_VERSIONS = Table("arrears_config_versions", (("number", int),), "number")
"""Rows are inserted, and then only written again with the same text. Numbers begin with 1 and have no gaps."""

SILENCES = Table("arrears_silences", (("silence_id", str),), "silence_id", 2 * 365 * DAY)
"""Few rows, read as a whole; those that are over are kept to be shown."""

TABLES = (ACCOUNTS, ACCOUNT_STATES, SNAPSHOTS, OUTBOX, MESSAGES, AUDIT, BAD_ADDRESSES, USAGE, CONFIG_VERSIONS, SILENCES)


def create_tables(gateway: Gateway) -> None:
    """Create the tables that are not there yet; one that is there stays as it is.

    The service takes up to a minute until a new table can be used.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    for table in TABLES:
        gateway.create_table(table)


# ---------------------------------------------------------------- rows and writes


@frozen
class StoredRow:
    """A row as it was read: nothing of it has been understood yet."""

    key: Key
    columns: Columns


@frozen
class Absent:
    """Write only if there is no such row."""


@frozen
class Equals:
    """Write only if the row is there and its column holds this value."""

    column: str
    value: Scalar


@frozen
class Below:
    """Write only if the row is there and its column holds less than this value."""

    column: str
    value: int


Condition: TypeAlias = Absent | Equals | Below | None
"""None: write in any case."""


@frozen
class Put:
    """Write a whole row; what it held before is gone."""

    key: Key
    columns: Columns = field(default_factory=dict)
    condition: Condition = None


@frozen
class Delete:
    """Remove a row."""

    key: Key
    condition: Condition = None


Write: TypeAlias = Put | Delete
