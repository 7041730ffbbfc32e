"""Which configuration a run goes by: the newest stored version that can be used, else the file of the package.

Thresholds so change without a deploy. The file of a newer package takes nothing over: what staff applied stands.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from shared.app.prepared import program
from shared.app.wiring import parse_text, read_config
from shared.config.prepared import is_of, prepare
from shared.config.versions import MOST_BYTES, ConfigVersion
from shared.errors import InvalidInput, StoreUnavailable
from shared.findings import Finding, Flaw
from shared.frozen import frozen, replace
from shared.masking import mask_text
from shared.model import Level, StaffTask, TaskKind

if TYPE_CHECKING:
    from shared.app.wiring import Settings, Stores
    from shared.config import Config
    from shared.state import Configs

log = logging.getLogger(__name__)


@frozen
class BadVersion:
    """A stored version that cannot be used: its row is damaged, or a newer program wrote it."""

    number: int
    why: str
    """In words, addresses masked."""

    def finding(self) -> Finding:
        """As doctor and auditor tell it."""
        return Finding(Flaw.CONFIG_VERSION_BAD, str(self.number), self.why)

    def task(self) -> StaffTask:
        """As staff are told of it: one message, however often a run comes upon it."""
        about = f"配置第 {self.number} 版 / version {self.number}"
        return StaffTask(TaskKind.CONFIG_BAD, str(self.number), "", Level.HEALTHY, about, self.why)


@frozen
class Stored:
    """What the store has to say: the newest version that can be used, and the newer ones that cannot."""

    config: Config | None = None
    """Of ``version``; None, both, if none can be used."""
    version: ConfigVersion | None = None
    bad: tuple[BadVersion, ...] = ()
    """The newest first."""

    @property
    def number(self) -> int:
        """Of the version; 0 for none."""
        return 0 if self.version is None else self.version.number

    @property
    def newest(self) -> int:
        """The highest number that is taken; 0 if nothing is stored."""
        return self.bad[0].number if self.bad else self.number


@frozen
class InForce:
    """The configuration that holds, and where it comes from."""

    config: Config
    version: ConfigVersion | None = None
    """None: no stored version can be used; it is the file of the package."""
    bad: tuple[BadVersion, ...] = ()
    """The versions that are newer and cannot be used, the newest first."""

    def as_json(self) -> dict[str, object]:
        """Plain values, for a run's report."""
        return {"number": None if self.version is None else self.version.number, "digest": self.config.version}


def config_in_force(settings: Settings, stores: Stores) -> InForce:
    """The newest stored version that can be used, else the file of the package.

    Raises:
        InvalidInput: No stored version can be used, and the file has problems.
        StoreUnavailable: The store failed.
    """
    stored = load_stored(stores.configs)
    if stored.config is not None and stored.version is not None:
        _prepare(stores.configs, stored.config, stored.version)
    for one in stored.bad:
        log.error("config version %s cannot be used: %s", one.number, one.why)
    config = stored.config or read_config(settings.config_file)
    where = "the file of the package" if stored.version is None else f"version {stored.number}"
    log.info("config in force: %s (%s)", where, config.version)
    return InForce(config, stored.version, stored.bad)


def _prepare(configs: Configs, config: Config, version: ConfigVersion) -> None:
    """Put beside a text how this program understands it, once: the next instances need not judge it.

    A new version has nothing there, and a newer program understands texts anew. That it fails holds up no run.
    """
    if is_of(version.prepared, version.text, program()):
        return
    prepared = prepare(config, version.text, program())
    if len(prepared.encode()) > MOST_BYTES:
        return
    try:
        configs.save_prepared(replace(version, prepared=prepared))
    except StoreUnavailable:
        log.exception("config version %s could not be prepared, and will be later", version.number)


def load_stored(configs: Configs) -> Stored:
    """The newest version that can be used: one small request, unless a version is bad.

    Raises:
        StoreUnavailable: The store failed.
    """
    bad: list[BadVersion] = []
    for found in configs.load_latest():
        if not isinstance(found, ConfigVersion):
            bad.append(BadVersion(int(found.key), mask_text(str(found))))
            continue
        try:
            return Stored(parse_text(found.text, found.file, found.prepared), found, tuple(bad))
        except InvalidInput as error:
            bad.append(BadVersion(found.number, mask_text(str(error.problems[0]))))
    return Stored(bad=tuple(bad))
