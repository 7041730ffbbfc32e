"""Messages on their way, in Tablestore: the messages themselves, and a work list that points at the open ones.

The message is the truth and its pointer a hint, which may be early but never late, and may be too many but never
missing: pointers are written before a message is inserted and moved after it was saved. What a crash leaves behind is
mended by the next look at the work list.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.state import Rows, rows
from shared.state.tables import MESSAGES, OUTBOX, VERSION, WRITER, Absent, Below, Delete, Equals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.model import Message
    from shared.state.gateway import Gateway
    from shared.state.tables import Key, StoredRow

ORPHAN_AFTER = timedelta(days=2)
"""How long past its due time a pointer waits for its message: no run takes that long between the two."""


class TablestoreOutbox:
    """Messages on their way, and what became of them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def enqueue(self, messages: Sequence[Message]) -> int:
        """Insert messages whose id was never seen before; returns how many were new."""
        self._gateway.write(OUTBOX, (rows.put_pointer(m, m.version, None) for m in messages))
        return sum(self._gateway.write(MESSAGES, (rows.put_message(m, m.version, Absent()) for m in messages)))

    def load_open(self, now: datetime) -> Rows[Message]:
        """The messages that are due: their next step may be taken at ``now``, if only to close them."""
        # Compared here and not by the service, which might pass over a due time of the wrong type without a word.
        listed = rows.read_rows(self._gateway.scan_all(OUTBOX), lambda row: (row, rows.due_of(row)))
        due = rows.read_rows(
            (row for row, at in listed.values if at <= now.timestamp()), lambda row: (row, rows.message_key_of(row))
        )
        stored = self._gateway.get(MESSAGES, [key for _, key in due.values])
        messages = rows.read_rows((stored[key] for _, key in due.values if key in stored), rows.message_of)
        self._drop_pointers(self._orphans(due.values, stored, now))
        open_ = tuple(m for m in messages.values if m.due <= now)
        return Rows(open_, (*listed.malformed, *due.malformed, *messages.malformed))

    def save_message(self, message: Message) -> bool:
        """Store ``message`` as version + 1 if the stored version is still ``message.version``.

        Returns:
            Whether it was stored. False: another run took this step; its word stands.
        """
        version = message.version + 1
        put = rows.put_message(message, version, Equals(VERSION, message.version))
        (stored,) = self._gateway.write(MESSAGES, [put])
        if stored:
            # Neither brings back a pointer that was dropped, nor undoes the move of a later version.
            self._gateway.write(OUTBOX, [rows.put_pointer(message, version, Below(VERSION, version))])
        return stored

    def close_message(self, message: Message) -> None:
        """Take a finished message from the work list; the message itself is kept."""
        self._gateway.write(OUTBOX, [Delete((message.message_id,))])

    def load_messages(self, account_id: str) -> Rows[Message]:
        """All messages of an account, oldest first by ``queued_at``."""
        found = rows.read_rows(self._gateway.scan(MESSAGES, (account_id,), (account_id + "\0",)), rows.message_of)
        return Rows(tuple(sorted(found.values, key=lambda m: (m.queued_at, m.message_id))), found.malformed)

    def load_message(self, account_id: str, message_id: str) -> Message | None:
        """One message as it stands; None if there is none."""
        key = (account_id, message_id)
        row = self._gateway.get(MESSAGES, [key]).get(key)
        return None if row is None else rows.message_of(row)

    @staticmethod
    def _orphans(
        pointers: Iterable[tuple[StoredRow, Key]], stored: dict[Key, StoredRow], now: datetime
    ) -> list[StoredRow]:
        long_ago = (now - ORPHAN_AFTER).timestamp()
        return [row for row, key in pointers if key not in stored and rows.due_of(row) < long_ago]

    def _drop_pointers(self, pointers: Iterable[StoredRow]) -> None:
        """Drop pointers that are still as they were read: one written anew in between has a message to come."""
        self._gateway.write(OUTBOX, (Delete(row.key, Equals(WRITER, row.columns.get(WRITER, ""))) for row in pointers))
