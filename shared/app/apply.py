"""Putting a text of agency.yaml in force: it becomes the next version, which the functions take at their next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.app.in_force import load_stored
from shared.config import config_version
from shared.config.versions import ConfigVersion, accept, held_before, note_of_going_back
from shared.errors import ArrearsError, WrongUsage
from shared.frozen import frozen, replace

if TYPE_CHECKING:
    from datetime import datetime

    from shared.app.wiring import Stores


class NotApplied(ArrearsError):
    """Somebody else's version stands where this one should; nothing was stored, and the text is still the caller's."""


class NoSuchVersion(WrongUsage):
    """There is no version of that number."""


@frozen
class Applied:
    """The version that is in force now."""

    version: ConfigVersion
    new: bool
    """False: the text was in force already, and nothing was stored."""
    back_to: int | None = None
    """The earlier version whose text it is, where staff went back."""


def apply(
    text: str, file: str, author: str, note: str, stores: Stores, now: datetime, expect: int | None = None
) -> Applied:
    """Store ``text`` as the next version.

    Args:
        text: Of agency.yaml.
        file: What problems name as their place.
        author: Who applies it.
        note: Why.
        stores: Versions and roster.
        now: The moment.
        expect: The version that must be in force as yet, 0 for none; None: whichever is.

    Raises:
        InvalidInput: With everything that is wrong in the text, or that would break for accounts.
        NotApplied: Another version is in force than was expected, or somebody else was faster.
    """
    accept(text, file, stores.accounts.load_accounts().values)
    stored = load_stored(stores.configs)
    if expect is not None and expect != stored.number:
        raise NotApplied(_unexpected(expect, stored.version))
    if stored.version is not None and not stored.bad and stored.version.digest == config_version(text):
        return Applied(stored.version, new=False)
    version = ConfigVersion(stored.newest + 1, text, author, note, now)
    if stores.configs.save_version(version):
        return Applied(version, new=True)
    other = stores.configs.load_version(version.number)
    if other is not None and other.digest == version.digest:
        return Applied(other, new=False)
    raise NotApplied(_overtaken(version.number, "?" if other is None else other.author))


def roll_back(number: int | None, author: str, stores: Stores, now: datetime) -> Applied:
    """Store the text of an earlier version as the next one; None: of the one that held before, see ``held_before``.

    Raises:
        NoSuchVersion: There is none of that number.
        MalformedRow: It cannot be read back.
        InvalidInput: As ``apply``: what was sound once may not be any more.
        NotApplied: As ``apply``.
    """
    if number is None:
        number = held_before(stores.configs.load_history().values, load_stored(stores.configs).number)
    version = find_version(number, stores)
    done = apply(version.text, version.file, author, note_of_going_back(version.number), stores, now)
    return replace(done, back_to=version.number)


def find_version(number: int, stores: Stores) -> ConfigVersion:
    """The version of that number.

    Raises:
        NoSuchVersion: There is none.
        MalformedRow: It cannot be read back.
    """
    version = stores.configs.load_version(number) if number > 0 else None
    if version is None:
        what = f"没有第 {number} 版" if number > 0 else "没有更早的版本"
        english = f"there is no version {number}" if number > 0 else "there is no earlier version"
        raise NoSuchVersion(f"{what}，arrears config history 列出全部 / {english}; arrears config history lists them")
    return version


def _unexpected(expect: int, version: ConfigVersion | None) -> str:
    if version is None:
        return (
            f"没有存入：还没有版本生效，不是第 {expect} 版 / not stored: no version is in force, {expect} was expected"
        )
    return (
        f"没有存入：生效的是第 {version.number} 版（{version.author}），不是第 {expect} 版；"
        f"先看 arrears config show {version.number}，再应用 / not stored: version {version.number} "
        f"({version.author}) is in force, {expect} was expected; see arrears config show {version.number}, then apply"
    )


def _overtaken(number: int, author: str) -> str:
    return (
        f"没有存入：{author} 刚应用了第 {number} 版；先看 arrears config show {number}，再应用一次 "
        f"/ not stored: {author} has just applied version {number}; see arrears config show {number}, then apply again"
    )
