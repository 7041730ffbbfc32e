"""The versions of agency.yaml, in Tablestore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import MalformedRow
from shared.state import rows
from shared.state.tables import CONFIG_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.config.versions import ConfigVersion
    from shared.state import Rows
    from shared.state.gateway import Gateway


class TablestoreConfigs:
    """The port ``Configs``."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def load_latest(self) -> Iterator[ConfigVersion | MalformedRow]:
        """The versions, the newest first; each is read when it is asked for, so that a run reads one as a rule."""
        for row in self._gateway.scan_back(CONFIG_VERSIONS):
            try:
                yield rows.config_version_of(row)
            except MalformedRow as error:
                yield error

    def load_version(self, number: int) -> ConfigVersion | None:
        """One version; None if there is none. A row that cannot be read back raises ``MalformedRow``."""
        row = self._gateway.get(CONFIG_VERSIONS, [(number,)]).get((number,))
        return None if row is None else rows.config_version_of(row)

    def load_history(self) -> Rows[ConfigVersion]:
        """All versions, the oldest first."""
        return rows.read_rows(self._gateway.scan_all(CONFIG_VERSIONS), rows.config_version_of)

    def save_version(self, version: ConfigVersion) -> bool:
        """Store a version under its number, if that is free; whether it was stored."""
        (stored,) = self._gateway.write(CONFIG_VERSIONS, [rows.put_config_version(version)])
        return stored

    def save_prepared(self, version: ConfigVersion) -> None:
        """Put beside the text of a stored version how it is understood."""
        self._gateway.write(CONFIG_VERSIONS, [rows.put_prepared(version)])
