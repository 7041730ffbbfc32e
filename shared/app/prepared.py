"""Which program judges a text of agency.yaml, and what a package holds of its own file beside it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.config import Config

_SHARED = Path(__file__).parents[1]
_ENDING = ".prepared"


@cache
def program() -> str:
    """Names all sources that decide how a text is understood, the values that are not written included."""
    sources = [*sorted((_SHARED / "config").glob("*.py")), _SHARED / "addresses.py", _SHARED / "model.py"]
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


def restore_text(prepared: str, text: str) -> Config | None:
    """What ``prepared`` says of ``text``; None if that was another text, or another program."""
    from shared.config.prepared import restore

    return restore(prepared, text, program())


def prepared_beside(file: Path) -> str:
    """What lies beside the agency.yaml of a package; empty where nothing does."""
    beside = file.with_suffix(_ENDING)
    return beside.read_text(encoding="utf-8") if beside.exists() else ""


def prepare_beside(file: Path) -> None:
    """Put beside a sound agency.yaml how it is understood.

    Raises:
        InvalidInput: It is not sound; nothing is put there.
    """
    from shared.app.wiring import read_config, read_text
    from shared.config.prepared import prepare

    text = read_text(file)
    file.with_suffix(_ENDING).write_text(prepare(read_config(file), text, program()), encoding="utf-8")
