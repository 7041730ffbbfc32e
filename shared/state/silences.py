"""Silences, in Tablestore: one small table, read as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.state import Rows, rows
from shared.state.tables import SILENCES, Absent, Equals

if TYPE_CHECKING:
    from datetime import datetime

    from shared.silences import Silence
    from shared.state.gateway import Gateway


class TablestoreSilences:
    """The port ``Silences``."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def load_silences(self, since: datetime | None = None) -> Rows[Silence]:
        """The silences that were not over at ``since``, by their beginning; None: all that are kept."""
        found = rows.read_rows(self._gateway.scan_all(SILENCES), rows.silence_of)
        kept = (one for one in found.values if since is None or one.until > since)
        return Rows(tuple(sorted(kept, key=lambda one: (one.begins_at, one.silence_id))), found.malformed)

    def save_silence(self, silence: Silence) -> bool:
        """Insert ``silence``; whether it was new. One of the same id stays as it is."""
        (stored,) = self._gateway.write(SILENCES, [rows.put_silence(silence, Absent())])
        return stored

    def end_silence(self, silence: Silence) -> bool:
        """Store a silence with its early end; whether it was stored. False: somebody ended it before; that stands."""
        (stored,) = self._gateway.write(SILENCES, [rows.put_silence(silence, Equals(rows.ENDED_BY, ""))])
        return stored
