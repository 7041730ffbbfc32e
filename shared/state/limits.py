"""What delivery learned about the outside, in Tablestore: addresses that are no good, and the day's usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.state import rows
from shared.state.tables import BAD_ADDRESSES, USAGE

if TYPE_CHECKING:
    from shared.model import BadAddress, Usage
    from shared.state.gateway import Gateway


class TablestoreLimits:
    """The port ``Limits``."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def mark_bad(self, address: BadAddress) -> None:
        """Remember an address that the provider will not take; marked again, it is remembered for longer."""
        self._gateway.write(BAD_ADDRESSES, [rows.put_bad_address(address)])

    def load_bad(self) -> frozenset[str]:
        """The keys of all addresses that are no good."""
        return frozenset(str(row.key[0]) for row in self._gateway.scan_all(BAD_ADDRESSES))

    def load_usage(self) -> Usage:
        """What was handed over in the last 24 hours; a row that cannot be read back raises ``MalformedRow``."""
        return rows.usage_of(self._gateway.get(USAGE, [rows.USAGE_KEY]).get(rows.USAGE_KEY))

    def save_usage(self, usage: Usage) -> bool:
        """Store ``usage`` as version + 1 if the stored version is still the one that was read; whether it was."""
        (stored,) = self._gateway.write(USAGE, [rows.put_usage(usage)])
        return stored
