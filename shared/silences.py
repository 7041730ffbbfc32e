"""Silences: staff's word that nothing is to be said of some accounts for a time, with who said so, and why.

A silence mutes what would be told, and changes nothing of what is seen: the level moves on, and people go on not
knowing of it. So the first check after its end tells them, as of a level that they were never told.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from shared.errors import ArrearsError
from shared.frozen import frozen, replace
from shared.model import SHANGHAI, Level, start_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.model import Account

LONGEST = timedelta(days=90)
"""Who wants silence for longer pauses the account in the roster, or mends its policy."""
RECENTLY = timedelta(days=7)
"""How long a silence that is over still counts: an account that could not be read meanwhile is told of by then."""


class InvalidSilence(ArrearsError):
    """A silence is not as it should be; the text says what is wrong, and what to write instead."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what} — {mend}")


# ---------------------------------------------------------------- which accounts


@frozen
class Selector:
    """Which accounts are meant: those that fit everything that is named; with nothing named, all."""

    account_ids: tuple[str, ...] = ()
    """Any of these, in order."""
    policy: str | None = None
    name: str | None = None
    """A pattern of the account's name: ``*`` stands for any text, ``?`` for one character."""

    def covers(self, account: Account) -> bool:
        """Whether the account is meant. The agency's own account pays for every message: only its id means it."""
        if account.own and account.account_id not in self.account_ids:
            return False
        return (
            (not self.account_ids or account.account_id in self.account_ids)
            and self.policy in {None, account.policy}
            and (self.name is None or _is_like(account.name, self.name))
        )

    def __str__(self) -> str:
        parts = [f"account={account_id}" for account_id in self.account_ids]
        parts += [] if self.policy is None else [f"policy={self.policy}"]
        parts += [] if self.name is None else [f"name={self.name}"]
        return ",".join(parts) or _ALL


_ALL = "all"
_KEYS = {"account": "account", "policy": "policy", "name": "name", "账号": "account", "策略": "policy", "名称": "name"}
_FULL_WIDTH = str.maketrans("，＝＊？", ",=*?")
_ACCOUNT_ID = re.compile(r"[0-9]{5,20}")
_EXAMPLES = (
    "写 account=1234567890123456、policy=vip、name=常州* 或 all，用逗号表示“并且” / "
    "write account=1234567890123456, policy=vip, name=常州* or all; a comma means and"
)


def parse_selector(text: str) -> Selector:
    """A selector as staff write it: ``policy=vip,name=常州*``. Where ``account`` stands again, any of them is meant.

    Raises:
        InvalidSilence: Naming the part that is wrong, and what to write.
    """
    text = text.translate(_FULL_WIDTH).strip()
    if text.lower() == _ALL:
        return Selector()
    found: dict[str, list[str]] = {}
    for part in text.split(","):
        key, value = _parsed_part(part.strip())
        found.setdefault(key, []).append(value)
    for key in ("policy", "name"):
        if len(found.get(key, [])) > 1:
            what = f"{key} 写了两次 / {key} is there twice"
            raise InvalidSilence(what, "每个静默写一个 / write one of them, and a silence for each")
    (policy,), (name,) = found.get("policy", [None]), found.get("name", [None])
    return Selector(tuple(sorted(set(found.get("account", [])))), policy, name)


def _parsed_part(part: str) -> tuple[str, str]:
    key, sign, value = (piece.strip() for piece in part.partition("="))
    known = _KEYS.get(key.lower())
    if not sign or known is None:
        what = f"看不懂“{part}” / cannot read {part!r}"
        raise InvalidSilence(what, f"{_EXAMPLES}；名称里有逗号就写 ? / for a comma in a name write ?")
    if not value:
        raise InvalidSilence(f"{key} 没有写值 / nothing is written for {key}", _EXAMPLES)
    if known == "account" and not _ACCOUNT_ID.fullmatch(value):
        what = f"“{value}”不是账号 UID / {value} is no account UID"
        raise InvalidSilence(what, "只写数字，如 account=1234567890123456 / digits only, as in the console")
    return known, value


def _is_like(name: str, pattern: str) -> bool:
    """Capital and small letters are the same; only ``*`` and ``?`` mean something else than themselves."""
    return fnmatchcase(name.casefold(), pattern.casefold().replace("[", "[[]"))


# ---------------------------------------------------------------- one silence


@frozen
class Silence:
    """Nothing is said of these accounts from ``begins_at`` on until ``until``, up to a level."""

    silence_id: str
    selector: Selector
    author: str
    reason: str
    begins_at: datetime
    ends_at: datetime
    """As it was said at first."""
    up_to: Level = Level.CRITICAL
    """The worst level that is muted."""
    ended_at: datetime | None = None
    """When somebody ended it before its time."""
    ended_by: str = ""

    @property
    def until(self) -> datetime:
        """When it is over, or was."""
        return self.ends_at if self.ended_at is None else self.ended_at

    def active(self, at: datetime) -> bool:
        """Whether it holds at this moment; at the one of its end it does not any more."""
        return self.begins_at <= at < self.until

    def mutes(self, account: Account, level: Level) -> bool:
        """Whether it is about this account at this level."""
        return level <= self.up_to and self.selector.covers(account)


def new_silence(
    selector: Selector,
    author: str,
    reason: str,
    begins_at: datetime,
    ends_at: datetime,
    up_to: Level = Level.CRITICAL,
) -> Silence:
    """A silence, checked; the same person's word of the same accounts at the same moment has the same id.

    Raises:
        InvalidSilence: It is too long, ends before it begins, mutes nothing, or author or reason are missing.
    """
    author, reason = " ".join(author.split()), " ".join(reason.split())
    if not author:
        raise InvalidSilence("没有写是谁 / nobody is named", "用 --by 写您的姓名 / say who you are with --by")
    if not reason:
        raise InvalidSilence("没有写原因 / no reason is given", "用 --reason 写一句原因 / say why with --reason")
    if ends_at <= begins_at:
        raise InvalidSilence("结束时间已经过去 / its end is in the past", "写将来的时间 / write a time that is to come")
    if ends_at - begins_at > LONGEST:
        what = f"超过 {LONGEST.days} 天 / longer than {LONGEST.days} days"
        raise InvalidSilence(what, "写短一些；不再看护就在名单里暂停 / write less, or pause the account in the roster")
    if up_to is Level.HEALTHY:
        raise InvalidSilence(
            "级别“正常”没有消息可静默 / nothing is told of healthy", "写 notice 或更高 / notice or worse"
        )
    return Silence(_identity(selector, author, begins_at), selector, author, reason, begins_at, ends_at, up_to)


def end_now(silence: Silence, who: str, now: datetime) -> Silence:
    """The silence, ended by somebody before its time.

    Raises:
        InvalidSilence: It is over already, or nobody is named.
    """
    who = " ".join(who.split())
    if not who:
        raise InvalidSilence("没有写是谁 / nobody is named", "用 --by 写您的姓名 / say who you are with --by")
    if now >= silence.until:
        what = f"静默 {silence.silence_id} 已经结束 / silence {silence.silence_id} is over already"
        raise InvalidSilence(what, "arrears silence list 列出现有的 / arrears silence list shows those in force")
    return replace(silence, ended_at=now, ended_by=who)


def _identity(selector: Selector, author: str, begins_at: datetime) -> str:
    """Eight letters and digits, which staff can type."""
    text = "\x1f".join((str(selector), author, begins_at.isoformat()))
    return base64.b32encode(hashlib.sha256(text.encode()).digest()[:5]).decode()


# ---------------------------------------------------------------- what they mean for an account


def matching(silences: Iterable[Silence], account: Account, level: Level, now: datetime) -> Silence | None:
    """The silence that mutes the account at this level now: of several the one that ends last."""
    found = (one for one in silences if one.active(now) and one.mutes(account, level))
    return max(found, key=lambda one: (one.until, one.silence_id), default=None)


def overlapping(silences: Iterable[Silence], new: Silence) -> Silence | None:
    """The silence of the same accounts that holds within the time of a new one: of several the one that ends last.

    The same word given twice is one silence, and overlaps nothing.
    """
    found = (
        one
        for one in silences
        if one.silence_id != new.silence_id
        and one.selector == new.selector
        and one.begins_at < new.until
        and new.begins_at < one.until
    )
    return max(found, key=lambda one: (one.until, one.silence_id), default=None)


def just_ended(
    silences: Iterable[Silence], account: Account, level: Level, since: datetime, now: datetime
) -> tuple[Silence, ...]:
    """The silences that ended in ``(since, now]`` and had muted the level that the account is still at; by their end.

    None while the account is well, or as long as another silence goes on muting it.
    """
    silences = tuple(silences)
    if level is Level.HEALTHY or matching(silences, account, level, now):
        return ()
    found = (one for one in silences if since < one.until <= now and one.mutes(account, level))
    return tuple(sorted(found, key=lambda one: (one.until, one.silence_id)))


# ---------------------------------------------------------------- times, as staff write them

_LENGTH = re.compile(r"([0-9]{1,5}) ?(d|h|天|小时)")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")


def parse_length(text: str) -> timedelta:
    """``2d`` or ``12h``. Raises ``InvalidSilence`` for anything else."""
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None:
        raise InvalidSilence(f"看不懂时长“{text}” / cannot read the length {text!r}", "写 2d 或 12h / write 2d or 12h")
    count = int(match[1])
    return timedelta(days=count) if match[2] in {"d", "天"} else timedelta(hours=count)


def parse_end(text: str) -> datetime:
    """``2026-03-04``, which is in it as a whole, or ``2026-03-04T18:00``, in Shanghai. Raises ``InvalidSilence``."""
    text = text.strip()
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)
        return start_of_day(date.fromisoformat(text) + timedelta(days=1))
    except (ValueError, OverflowError):
        what = f"看不懂时间“{text}” / cannot read the time {text!r}"
        raise InvalidSilence(what, "写 2026-03-04 或 2026-03-04T18:00 / write it in this way") from None
