"""The roster: the table in which staff keep accounts and contacts, one row for each contact of an account.

Columns may be headed in Chinese or in English. What belongs to the account (its name, role, policy ...) may stand in
every row of the account or in the first one only. Nothing is taken over from a table that has a problem.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import time
from operator import itemgetter
from typing import TYPE_CHECKING

from shared.addresses import MAIL_MEND, MOBILE_MEND, parse_mail, parse_mobile
from shared.config.mends import Fault, closest
from shared.config.values import is_timezone
from shared.errors import InvalidInput, Problem
from shared.frozen import frozen
from shared.model import Account, Contact, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from shared.config import Config

COLUMNS = {
    "account_id": "账号UID",
    "name": "客户名称",
    "contact": "联系人",
    "phone": "手机",
    "mail": "邮箱",
    "language": "语言",
    "timezone": "时区",
    "quiet": "免打扰",
    "currency": "币种",
    "policy": "策略",
    "role_arn": "角色ARN",
    "external_id": "ExternalId",
    "paused": "暂停",
}
"""Every column, in English and in Chinese."""

_REQUIRED = ("account_id", "name", "contact")
_OF_THE_ACCOUNT = ("name", "currency", "policy", "role_arn", "external_id", "paused")
_HEADERS = {header.lower(): column for column, chinese in COLUMNS.items() for header in (column, chinese)}
_LANGUAGES = {"": Language.CHINESE, "中文": Language.CHINESE, "zh": Language.CHINESE, "英文": Language.ENGLISH}
_LANGUAGES |= {language.lower(): language for language in Language}
_CURRENCIES = ("CNY", "USD", "JPY")
_PAUSED = {"": False, "no": False, "否": False, "yes": True, "是": True}
_AS_A_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+|[0-9]+\.0+")
_NO_QUIET = ("无", "none")
_QUIET = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])\s*[-–—~～－至]\s*([01]?[0-9]|2[0-3])[:：]([0-5][0-9])")
_ROLE_ARN = re.compile(r"acs:ram::([0-9]+):role/[A-Za-z0-9.@_-]{1,64}")


@frozen
class _Row:
    line: int
    cells: dict[str, str]
    """By English column, without blanks around; every column is there."""

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def parse_roster(
    rows: Iterable[tuple[int, Mapping[str, str]]], file: str, config: Config | None = None
) -> tuple[Account, ...]:
    """The accounts of a table, in its order.

    ``rows`` are the line of each row and its cells by header; a row without any text is passed over. With ``config``,
    a row may only name a policy that is there. Raises ``InvalidInput`` with every problem of the table.
    """
    written = [(line, cells) for line, cells in rows if any(text.strip() for text in cells.values())]
    if not written:
        what = "表中没有账号 / the table holds no accounts"
        raise InvalidInput([Problem(file, None, what, "至少写一行 / write at least one row")])
    if faults := list(_header_faults(list(written[0][1]))):
        raise InvalidInput([Problem(file, 1, fault.what, fault.mend) for fault in faults])
    table = [_Row(line, _by_column(cells)) for line, cells in written]
    accounts: dict[str, list[_Row]] = {}
    for row in table:
        if _check_account_id(row["account_id"]):
            continue  # the row has this fault of its own, and belongs to no account
        accounts.setdefault(row["account_id"], []).append(row)
    found = [(row.line, fault) for row in table for fault in _row_faults(row, config)]
    found += [located for account in accounts.values() for located in _account_faults(account)]
    if found:
        found.sort(key=itemgetter(0))
        raise InvalidInput([Problem(file, line, fault.what, fault.mend) for line, fault in found])
    return tuple(_account(account) for account in accounts.values())


# ---------------------------------------------------------------- headers


def _header_faults(headers: list[str]) -> Iterator[Fault]:
    known = Counter(_HEADERS.get(header.strip().lower()) for header in headers)
    for header in headers:
        if header.strip().lower() not in _HEADERS:
            names = [name for pair in COLUMNS.items() for name in pair]
            shown = header.strip() or "(空 empty)"
            yield Fault(f"不认识列“{shown}” / unknown column {shown}", closest(header.strip(), names))
    for column, chinese in COLUMNS.items():
        if column in _REQUIRED and not known[column]:
            yield Fault(f"缺少列“{chinese}” / the column {column} is missing", f"请加上这一列 / add {column}")
        if known[column] > 1:
            yield Fault(f"列“{chinese}”有两列 / the column {column} is there twice", "只留一列 / keep one of them")


def _by_column(cells: Mapping[str, str]) -> dict[str, str]:
    named = {_HEADERS[header.strip().lower()]: text.strip() for header, text in cells.items()}
    return {column: named.get(column, "") for column in COLUMNS}


# ---------------------------------------------------------------- the cells of one row


def _row_faults(row: _Row, config: Config | None) -> Iterator[Fault]:
    for column in ("account_id", "phone"):
        if _AS_A_NUMBER.fullmatch(row[column]):
            yield _damaged(column, row[column])
        elif fault := _CHECKS[column](row[column]):
            yield fault
    for column in ("mail", "language", "timezone", "quiet", "currency", "role_arn", "paused"):
        if fault := _CHECKS[column](row[column]):
            yield fault
    if not row["contact"]:
        yield Fault("缺少联系人 / contact is missing", "请写姓名 / write the person's name")
    if not row["phone"] and not row["mail"]:
        what = "这位联系人没有手机也没有邮箱 / this contact has neither phone nor mail"
        yield Fault(what, "至少填一项 / give one at least")
    if config and row["policy"] and row["policy"] not in config.policies:
        what = f"agency.yaml 里没有策略“{row['policy']}” / no policy {row['policy']} in agency.yaml"
        yield Fault(what, closest(row["policy"], config.policies))


def _damaged(column: str, text: str) -> Fault:
    return Fault(
        f"{COLUMNS[column]} {text} 被 Excel 当成了数字 / Excel made a number of {column}: {text}",
        "请把整列格式设为“文本”后重新填写 / format the column as text and write it again",
    )


def _check_account_id(text: str) -> Fault | None:
    if re.fullmatch(r"[0-9]{5,20}", text):
        return None
    what = f"账号UID“{text}”不是 UID / account_id {text!r} is no UID"
    return Fault(what, "请写控制台显示的账号 ID，只有数字 / write the account id that the console shows, digits only")


def _check_phone(text: str) -> Fault | None:
    if not text or parse_mobile(text):
        return None
    return Fault(f"手机“{text}”不是大陆手机号 / phone {text} is no mainland mobile number", MOBILE_MEND)


def _check_mail(text: str) -> Fault | None:
    if not text or parse_mail(text):
        return None
    return Fault(f"邮箱“{text}”有误 / mail {text} is no mail address", MAIL_MEND)


def _check_role_arn(text: str) -> Fault | None:
    if not text or _ROLE_ARN.fullmatch(text):
        return None
    what = f"角色ARN“{text}”有误 / role_arn {text} is no role"
    return Fault(what, "形如 acs:ram::<账号UID>:role/<角色名> / write acs:ram::<uid>:role/<name>")


def _check_timezone(text: str) -> Fault | None:
    if not text or is_timezone(text):
        return None
    what = f"时区“{text}”不认识 / unknown timezone {text}"
    return Fault(what, "写 IANA 名称，如 Asia/Shanghai / write an IANA name, for example Asia/Shanghai")


def _check_quiet(text: str) -> Fault | None:
    if not text or text.lower() in _NO_QUIET:
        return None
    night, mend = _quiet(text), "形如 22:00-08:00；不要免打扰写“无” / write 22:00-08:00, or none for no quiet hours"
    if night is None:
        return Fault(f"免打扰“{text}”有误 / quiet {text} is no time of day", mend)
    if night[0] == night[1]:
        return Fault(f"免打扰“{text}”的起止相同 / quiet {text} begins and ends at the same time", mend)
    return None


def _quiet(text: str) -> tuple[time, time] | None:
    """A person's night; the same time twice for none at all."""
    if text.lower() in _NO_QUIET:
        return time(0), time(0)
    found = _QUIET.fullmatch(text)
    if found is None:
        return None
    hours = [int(one) for one in found.groups()]
    return time(hours[0], hours[1]), time(hours[2], hours[3])


def _one_of(column: str, known: Iterable[str]) -> Callable[[str], Fault | None]:
    """A check that a cell holds one of ``known``, in small or capital letters, or nothing."""
    words = [word for word in known if word]

    def check(text: str) -> Fault | None:
        if not text or text.lower() in {word.lower() for word in words}:
            return None
        return Fault(f"{COLUMNS[column]}“{text}”不认识 / unknown {column} {text}", closest(text, words))

    return check


_CHECKS: dict[str, Callable[[str], Fault | None]] = {
    "account_id": _check_account_id,
    "phone": _check_phone,
    "mail": _check_mail,
    "role_arn": _check_role_arn,
    "language": _one_of("language", _LANGUAGES),
    "timezone": _check_timezone,
    "quiet": _check_quiet,
    "currency": _one_of("currency", _CURRENCIES),
    "paused": _one_of("paused", _PAUSED),
}


# ---------------------------------------------------------------- the rows of one account


def _account_faults(rows: list[_Row]) -> Iterator[tuple[int, Fault]]:
    first = rows[0]
    if not any(row["name"] for row in rows):
        yield first.line, Fault("缺少客户名称 / name is missing", "请写客户名称 / write the customer's name")
    for column in _OF_THE_ACCOUNT:
        yield from _contradictions(rows, column)
    for column in ("contact", "phone", "mail"):
        yield from _repetitions(rows, column)
    yield from _role_faults(rows)


def _contradictions(rows: list[_Row], column: str) -> Iterator[tuple[int, Fault]]:
    said = [row for row in rows if row[column]]
    for row in said[1:]:
        if _said(row, column) != _said(said[0], column):
            before, now, line = said[0][column], row[column], said[0].line
            what = (
                f"同一账号的{COLUMNS[column]}前后不一：“{now}”与第 {line} 行“{before}” / "
                f"{column} {now} contradicts line {line}: {before}"
            )
            mend = f"与第 {line} 行一致，或留空 / write the same as in line {line}, or nothing"
            yield row.line, Fault(what, mend)


def _repetitions(rows: list[_Row], column: str) -> Iterator[tuple[int, Fault]]:
    lines: dict[str, int] = {}
    for row in rows:
        text = _said(row, column)
        if text and (line := lines.setdefault(text, row.line)) != row.line:
            what = (
                f"同一账号的{COLUMNS[column]}重复：{row[column]} / {column} {row[column]} is there twice in one account"
            )
            yield (
                row.line,
                Fault(what, f"第 {line} 行已有，请改或删去此行 / line {line} has it: change or remove this row"),
            )


def _role_faults(rows: list[_Row]) -> Iterator[tuple[int, Fault]]:
    row = next((row for row in rows if row["role_arn"]), None)
    if row is None:
        if alone := next((row for row in rows if row["external_id"]), None):
            what = "有 ExternalId 而没有角色ARN / external_id without role_arn"
            yield alone.line, Fault(what, "补上角色ARN，或删去 ExternalId / add role_arn, or remove external_id")
        return
    match = _ROLE_ARN.fullmatch(row["role_arn"])
    if match and match[1] != row["account_id"]:
        what = f"角色ARN 属于账号 {match[1]} / role_arn belongs to account {match[1]}, not to {row['account_id']}"
        yield row.line, Fault(what, "改用该客户账号里的角色 / name a role in this customer's account")


def _said(row: _Row, column: str) -> str | None:
    """What a cell means, however it is written."""
    text = row[column]
    match column:
        case "paused":
            return str(_PAUSED.get(text.lower()))
        case "currency":
            return text.upper()
        case "phone":
            return parse_mobile(text)
        case "mail":
            return text.lower()
        case _:
            return text


def _account(rows: list[_Row]) -> Account:
    said = {column: next((row[column] for row in rows if row[column]), "") for column in _OF_THE_ACCOUNT}
    return Account(
        account_id=rows[0]["account_id"],
        name=said["name"],
        contacts=tuple(_contact(row) for row in rows),
        currency=said["currency"].upper() or "CNY",
        policy=said["policy"] or "default",
        role_arn=said["role_arn"] or None,
        external_id=said["external_id"] or None,
        paused=_PAUSED[said["paused"].lower()],
    )


def _contact(row: _Row) -> Contact:
    return Contact(
        name=row["contact"],
        phone=parse_mobile(row["phone"]),
        mail=parse_mail(row["mail"]),
        language=_LANGUAGES[row["language"].lower()],
        timezone=row["timezone"] or None,
        quiet=_quiet(row["quiet"]),
    )
