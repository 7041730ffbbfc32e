"""``arrears silence``: mute what is told of some accounts for a time, see what is muted, and end it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.text import Text

from shared.app.cli_word import BY
from shared.app.in_force import config_in_force
from shared.app.screen import screen_table
from shared.app.silencing import covered, end_silence, silence
from shared.app.terminal import AT, Staff, failures, settings
from shared.app.wiring import open_stores
from shared.masking import mask_text
from shared.messages.words import level_name, minute
from shared.model import Language, Level
from shared.silences import InvalidSilence, new_silence, overlapping, parse_end, parse_length, parse_selector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from shared.model import Account
    from shared.silences import Silence

SHOWN = 20
"""So many of the accounts that a silence means are named."""
_LEVELS = [level.label for level in Level if level > Level.HEALTHY]
_HEADINGS = {
    Language.CHINESE: ("编号", "账号", "级别不高于", "设置人", "原因", "自", "至", "状态"),
    Language.ENGLISH: ("Id", "Accounts", "Up to", "By", "Reason", "From", "Until", "State"),
}


@click.group("silence")
def silence_group() -> None:
    """静默：一段时间内不通知某些账号 / tell nothing of some accounts for a time."""


@silence_group.command("add")
@click.argument("selector")
@click.option("--for", "length", help="多久，如 2d 或 12h / how long: 2d, 12h")
@click.option("--until", "end", help="到哪天（含）或几点 / until when: 2026-03-04 (included), 2026-03-04T18:00")
@BY
@click.option("--reason", required=True, help="原因 / why")
@click.option(
    "--up-to",
    type=click.Choice(_LEVELS),
    default=Level.CRITICAL.label,
    show_default=True,
    help="静默到哪个级别（含）/ the worst level that is muted",
)
@click.option("--force", is_flag=True, help="现在没有账号符合也照设 / even if no account fits now")
@click.option("--again", is_flag=True, help="已有同样范围的静默也照设，例如要延长 / even if there is one, to extend it")
@AT
@click.pass_obj
def add(
    staff: Staff,
    selector: str,
    length: str | None,
    end: str | None,
    who: str,
    reason: str,
    up_to: str,
    at: datetime | None,
    *,
    force: bool,
    again: bool,
) -> None:
    """设一次静默。SELECTOR 写 account=UID、policy=名称、name=常州* 或 all，逗号表示“并且” / a comma means and."""
    now = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    try:
        chosen = parse_selector(selector)
        one = new_silence(chosen, who, reason, now, _ends_at(length, end, now), Level.of(up_to))
    except InvalidSilence as error:
        raise click.UsageError(str(error)) from error
    with failures():
        here = settings()
        stores = open_stores(here)
        accounts = covered(stores, config_in_force(here, stores).config, chosen)
        if not accounts and not force:
            what = f"现在没有账号符合 {chosen}；确实要设就加 --force / no account fits; to silence it anyway: --force"
            raise click.UsageError(what)
        if not again and (there := overlapping(stores.silences.load_silences(now).values, one)):
            raise click.UsageError(_there_already(there))
        silence(stores, one, accounts)
    _report(staff, one, accounts)


@silence_group.command("list")
@click.option("--all", "everything", is_flag=True, help="也列出已结束的 / those that are over, too")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@AT
@click.pass_obj
def list_(staff: Staff, at: datetime | None, *, everything: bool, as_json: bool) -> None:
    """现有的静默 / the silences in force."""
    now = at or datetime.now(UTC)
    with failures():
        found = open_stores(settings()).silences.load_silences(None if everything else now)
    for row in found.malformed:
        click.echo(str(row), err=True)
    if as_json:
        click.echo(json.dumps([silence_json(one, now) for one in found.values], ensure_ascii=False, indent=2))
    else:
        staff.console.print(silences_table(found.values, staff.language, now))


@silence_group.command("end")
@click.argument("silence_id")
@BY
@AT
@click.pass_obj
def end_(staff: Staff, silence_id: str, who: str, at: datetime | None) -> None:
    """提前结束一次静默 / end a silence before its time."""
    with failures():
        here = settings()
        stores = open_stores(here)
        now = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
        try:
            ended = end_silence(stores, config_in_force(here, stores).config, silence_id, who, now)
        except InvalidSilence as error:
            raise click.UsageError(str(error)) from error
    staff.say(
        f"静默 {ended.silence_id} 已结束；仍然偏低的账号，下次检查时恢复通知。",
        f"Silence {ended.silence_id} is over; of accounts that are still low the next check tells.",
    )


def silence_json(one: Silence, now: datetime) -> dict[str, object]:
    """A silence as plain values; numbers and addresses in what people wrote are masked."""
    return {
        "silence_id": one.silence_id,
        "selector": str(one.selector),
        "up_to": one.up_to.label,
        "author": mask_text(one.author),
        "reason": mask_text(one.reason),
        "begins_at": one.begins_at.isoformat(),
        "until": one.until.isoformat(),
        "active": one.active(now),
        "ended_by": mask_text(one.ended_by) or None,
    }


def silences_table(silences: Iterable[Silence], language: Language, now: datetime) -> Table:
    """Silences as a table."""
    table = screen_table(_HEADINGS[language])
    for one in silences:
        table.add_row(
            one.silence_id,
            Text(str(one.selector)),
            level_name(one.up_to, language),
            Text(mask_text(one.author)),
            Text(mask_text(one.reason)),
            minute(one.begins_at, language),
            minute(one.until, language),
            _state(one, language, now),
        )
    return table


def _state(one: Silence, language: Language, now: datetime) -> Text:
    chinese = language is Language.CHINESE
    if one.active(now):
        return Text("静默中" if chinese else "in force")
    if one.ended_at is None:
        return Text("已结束" if chinese else "over")
    who = mask_text(one.ended_by)
    return Text(f"{who} 提前结束" if chinese else f"ended early by {who}")


def _ends_at(length: str | None, end: str | None, now: datetime) -> datetime:
    if length is not None and end is None:
        return now + parse_length(length)
    if end is not None and length is None:
        return parse_end(end)
    if end is not None:
        raise InvalidSilence(
            "--for 和 --until 都写了 / there are both --for and --until", "只写其中一个 / write one of them"
        )
    raise InvalidSilence("要写多久 / how long is missing", "写 --for 或 --until 之一 / write either --for or --until")


def _there_already(there: Silence) -> str:
    name, selector = there.silence_id, str(there.selector)
    return (
        f"已有静默 {name}：{selector}，至 {minute(there.until, Language.CHINESE)}。要延长就加 --again（晚结束的算数），"
        f"要改就先 arrears silence end {name} / there is silence {name} of {selector} already, until "
        f"{minute(there.until, Language.ENGLISH)}: to extend it add --again (the one that ends last counts), to "
        f"change it first arrears silence end {name}"
    )


def _report(staff: Staff, one: Silence, accounts: tuple[Account, ...]) -> None:
    level, until = level_name(one.up_to, staff.language), minute(one.until, staff.language)
    staff.say(
        f"静默 {one.silence_id} 已设：{one.selector}，至 {until}，级别不高于“{level}”。",
        f"Silence {one.silence_id} is set: {one.selector}, until {until}, up to {level}.",
    )
    staff.say(f"现在符合的账号 {len(accounts)} 个：", f"Accounts that fit now: {len(accounts)}")
    for account in accounts[:SHOWN]:
        click.echo(f"  {account.account_id}  {account.name}")
    if len(accounts) > SHOWN:
        staff.say(f"  …另有 {len(accounts) - SHOWN} 个", f"  … and {len(accounts) - SHOWN} more")
