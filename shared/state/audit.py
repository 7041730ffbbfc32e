"""The audit, in Tablestore, and the outbox that files every step there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from shared.audit import entry_time, transitions
from shared.errors import StoreUnavailable
from shared.model import DeliveryStatus
from shared.state import Rows, rows
from shared.state.tables import AUDIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.audit import Entry
    from shared.model import Message
    from shared.state import Audit, Outbox
    from shared.state.gateway import Gateway

log = logging.getLogger(__name__)


class TablestoreAudit:
    """What was told, why, and what became of it: written once, never changed, kept for two years."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def append(self, entries: Sequence[Entry]) -> None:
        """Write entries down. One that is there already stays as it is: a second time is harmless."""
        self._gateway.insert(AUDIT, map(rows.put_entry, entries))

    def load(self, account_id: str, since: datetime, until: datetime) -> Rows[Entry]:
        """The entries of an account in ``[since, until)``, oldest first."""
        # Ids begin with whole seconds, and "." sorts after the "-" that follows them.
        end = (account_id, entry_time(until) + ".")
        found = rows.read_rows(self._gateway.scan(AUDIT, (account_id, entry_time(since)), end), rows.entry_of)
        return Rows(tuple(entry for entry in found.values if since <= entry.at < until), found.malformed)


class AuditedOutbox:
    """An outbox whose every step is filed: late perhaps, but before the message leaves the work list.

    A message carries all its transitions, so each step files those that an earlier one could not. Delivery does not
    wait for the audit: if that cannot be written, the message goes on, and stays in the work list until it is filed.
    """

    def __init__(self, outbox: Outbox, audit: Audit) -> None:
        self._outbox = outbox
        self._audit = audit

    def enqueue(self, messages: Sequence[Message]) -> int:
        """Insert messages whose id was never seen before; returns how many were new."""
        return self._outbox.enqueue(messages)

    def load_open(self, now: datetime) -> Rows[Message]:
        """The messages that are due: their next step may be taken at ``now``, if only to close them."""
        return self._outbox.load_open(now)

    def save_message(self, message: Message) -> bool:
        """Store ``message`` as version + 1 if the stored version is still ``message.version``; file its steps."""
        stored = self._outbox.save_message(message)
        # A claim is filed with what comes of it: nothing stands between it and the provider.
        if stored and message.status is not DeliveryStatus.SENDING:
            self._file(message)
        return stored

    def close_message(self, message: Message) -> None:
        """Take a finished message from the work list, once all its steps are filed; the message itself is kept."""
        if self._file(message):
            self._outbox.close_message(message)

    def load_messages(self, account_id: str) -> Rows[Message]:
        """All messages of an account, oldest first by ``queued_at``."""
        return self._outbox.load_messages(account_id)

    def load_message(self, account_id: str, message_id: str) -> Message | None:
        """One message as it stands; None if there is none."""
        return self._outbox.load_message(account_id, message_id)

    def _file(self, message: Message) -> bool:
        try:
            self._audit.append(transitions(message))
        except StoreUnavailable:
            log.exception("message %s: its steps could not be filed, and will be later", message.message_id)
            return False
        return True
