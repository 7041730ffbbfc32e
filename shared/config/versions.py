"""Versions of agency.yaml as they are kept, and what is asked of a text before it becomes one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.config import config_version, parse_config
from shared.errors import InvalidInput, Problem
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from shared.config import Config
    from shared.model import Account

MOST_BYTES = 1_000_000
"""Of a text. Tablestore takes 2 MB an attribute (help.aliyun.com, "limits on the wide column model")."""
ACCOUNTS_NAMED = 10
"""So many accounts are named in a problem; of the others their number is told."""


@frozen
class ConfigVersion:
    """A text of agency.yaml that was applied. It is never changed: who goes back applies it anew."""

    number: int
    """1 for the first."""
    text: str
    author: str
    note: str
    applied_at: datetime
    prepared: str = ""
    """How a program understood the text, see prepared.py; the only thing of a version that is ever written again."""

    @property
    def digest(self) -> str:
        """What decisions name it by; see ``config_version``."""
        return config_version(self.text)

    @property
    def file(self) -> str:
        """What a problem in it names as its place."""
        return f"agency.yaml v{self.number}"


_BACK_TO = re.compile(r"back to ([0-9]+)")


def note_of_going_back(number: int) -> str:
    """What a version is noted with that holds the text of an earlier one again."""
    return f"back to {number}"


def held_before(history: Iterable[ConfigVersion], in_force: int) -> int:
    """The number of the version that held before the one in force and was not taken back; 0 if there is none.

    So whoever goes back twice is two versions back, and not where they began.

    Args:
        history: The versions, the oldest first.
        in_force: The number of the one in force.
    """
    known: dict[int, ConfigVersion] = {}
    held: list[int] = []
    for version in history:
        if version.number > in_force:
            break
        known[version.number] = version
        target = _gone_back_to(version, known)
        if target in held:
            del held[held.index(target) + 1 :]
        else:
            held.append(version.number)
    return held[-2] if len(held) > 1 else 0


def _gone_back_to(version: ConfigVersion, known: Mapping[int, ConfigVersion]) -> int:
    """Which version holds again with this one; 0 if it was applied for itself."""
    said = _BACK_TO.fullmatch(version.note)
    earlier = known.get(int(said[1])) if said else None
    return earlier.number if earlier is not None and earlier.text == version.text else 0


def accept(text: str, file: str, accounts: Iterable[Account]) -> Config:
    """The configuration that ``text`` would put in force.

    Args:
        text: Of agency.yaml.
        file: What problems name as their place.
        accounts: The stored roster, paused accounts included: they may be taken up again.

    Raises:
        InvalidInput: With everything that is wrong in it, or that would break for accounts.
    """
    if (size := len(text.encode())) > MOST_BYTES:
        what = f"文件有 {size} 字节 / the file has {size} bytes"
        mend = f"最多 {MOST_BYTES} 字节，删去多余内容 / {MOST_BYTES} at most: take out what is not needed"
        raise InvalidInput([Problem(file, None, what, mend)])
    config = parse_config(text, file).read_from(text)
    if problems := _without_policy(config, file, accounts):
        raise InvalidInput(problems)
    return config


def _without_policy(config: Config, file: str, accounts: Iterable[Account]) -> list[Problem]:
    """One problem for each policy that accounts name and the configuration lacks."""
    lacking: dict[str, list[str]] = {}
    for account in accounts:
        if account.policy not in config.policies:
            lacking.setdefault(account.policy, []).append(account.account_id)
    return [_lacking(file, name, sorted(ids)) for name, ids in sorted(lacking.items())]


def _lacking(file: str, policy: str, ids: list[str]) -> Problem:
    named, more = ", ".join(ids[:ACCOUNTS_NAMED]), len(ids) - ACCOUNTS_NAMED
    chinese, english = (f" 等 {len(ids)} 个账号", f" and {more} more") if more > 0 else ("", "")
    return Problem(
        file,
        None,
        f"policies 里没有 {policy}，名单里仍在用：{named}{chinese} "
        f"/ policies lacks {policy}, which the roster still names: {named}{english}",
        f"补上策略 {policy}，或先改名单再 arrears import "
        f"/ add the policy {policy}, or first change the roster and import it",
    )
