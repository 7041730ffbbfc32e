"""The versions of agency.yaml, as ``arrears config history`` lists them; their texts are not among it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from shared.app.in_force import load_stored
from shared.app.screen import screen_table
from shared.frozen import frozen
from shared.masking import mask_text
from shared.messages.words import minute
from shared.model import SHANGHAI, Language

if TYPE_CHECKING:
    from rich.table import Table

    from shared.app.in_force import Stored
    from shared.config.versions import ConfigVersion
    from shared.errors import MalformedRow
    from shared.state import Configs

_HEADINGS = {
    Language.CHINESE: ("版", "应用于", "应用人", "说明", "摘要", "状态"),
    Language.ENGLISH: ("Version", "Applied", "By", "Note", "Digest", "Status"),
}
_IN_FORCE = {Language.CHINESE: "生效", Language.ENGLISH: "in force"}
_BAD = {Language.CHINESE: "不能用", Language.ENGLISH: "cannot be used"}
_OF_THE_PACKAGE = {
    Language.CHINESE: "没有能用的版本：生效的是随代码部署的 agency.yaml",
    Language.ENGLISH: "no version can be used: the agency.yaml that was deployed with the code is in force",
}


@frozen
class History:
    """Every version, and which one holds."""

    versions: tuple[ConfigVersion, ...]
    """The oldest first."""
    malformed: tuple[MalformedRow, ...]
    stored: Stored


def history(configs: Configs) -> History:
    """All versions; raises ``StoreUnavailable`` if the store failed."""
    rows = configs.load_history()
    return History(rows.values, rows.malformed, load_stored(configs))


def history_table(found: History, language: Language) -> Table:
    """The newest first; times in Asia/Shanghai."""
    table = screen_table(_HEADINGS[language])
    bad = {one.number for one in found.stored.bad}
    rows = {int(row.key): (row.key, "—", "—", "—", "—", _BAD[language]) for row in found.malformed}
    for one in found.versions:
        status = (
            _BAD[language] if one.number in bad else _IN_FORCE[language] if one.number == found.stored.number else ""
        )
        applied = minute(one.applied_at, language)
        author, note = escape(one.author), escape(mask_text(one.note))
        rows[one.number] = (str(one.number), applied, author, note, one.digest, status)
    for number in sorted(rows, reverse=True):
        table.add_row(*rows[number])
    if found.stored.version is None:
        table.caption = _OF_THE_PACKAGE[language]
    return table


def history_json(found: History) -> dict[str, object]:
    """As plain values, the oldest first; ``in_force`` is null where the file of the package is."""
    return {
        "in_force": found.stored.number or None,
        "versions": [
            {
                "number": one.number,
                "applied_at": one.applied_at.astimezone(SHANGHAI).isoformat(),
                "by": one.author,
                "note": mask_text(one.note),
                "digest": one.digest,
            }
            for one in found.versions
        ],
        "bad": [{"number": one.number, "why": one.why} for one in found.stored.bad],
    }
