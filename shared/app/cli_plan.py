"""``arrears config plan``: what a configuration would have told, before it is switched on."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from shared.app.cli_config import FILE, config_file
from shared.app.in_force import config_in_force
from shared.app.terminal import failures, settings
from shared.app.wiring import open_stores, read_text
from shared.config.versions import accept
from shared.model import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.app.terminal import Staff
    from shared.app.whatif import WhatIf
    from shared.model import Account

_SAY_EVERY = 100
"""Accounts after which a line is written where there is no terminal."""


@click.command("plan")
@FILE
@click.option(
    "--days", type=click.IntRange(1, 400), default=90, show_default=True, help="回放最近几天 / days to replay"
)
@click.option("--account", "account_id", help="只看一个账号，列出每次通知 / one account, with everything it is told")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.pass_obj
def config_plan(staff: Staff, file: Path | None, days: int, account_id: str | None, *, as_json: bool) -> None:
    """用过去的读数试一份配置，什么都不改 / try a configuration on what was stored; nothing is changed."""
    file = file or config_file()
    began = time.monotonic()
    with failures():
        found = _plan(staff, file, days, account_id)
    if as_json:
        from shared.app.whatif_words import whatif_json  # noqa: PLC0415 - a command imports only what it needs

        click.echo(json.dumps(whatif_json(found), ensure_ascii=False, indent=2))
        return
    _show(staff, found, alone=account_id is not None)
    seconds = time.monotonic() - began
    staff.say(f"用时 {seconds:.1f} 秒；没有改动任何东西。", f"It took {seconds:.1f} s; nothing was changed.")


def _plan(staff: Staff, file: Path, days: int, account_id: str | None) -> WhatIf:
    from shared.app.whatif import span_of, watched_accounts, what_if  # noqa: PLC0415 - as above

    text, here = read_text(file), settings()
    stores = open_stores(here)
    after = accept(text, file.name, stores.accounts.load_accounts().values)
    before = config_in_force(here, stores).config
    accounts = _only(account_id, watched_accounts(stores, before, after))
    with _progress(staff, len(accounts)) as progress:
        return what_if(before, after, accounts, here, span_of(datetime.now(UTC), days), progress)


def _only(account_id: str | None, accounts: tuple[Account, ...]) -> tuple[Account, ...]:
    """All accounts, or the one that was asked for."""
    found = tuple(one for one in accounts if account_id in (None, one.account_id))
    if account_id is not None and not found:
        what = f"没有账号 {account_id}，或已暂停 / no such account, or it is paused"
        raise click.BadParameter(what, param_hint="--account")
    return found


def _show(staff: Staff, found: WhatIf, *, alone: bool) -> None:
    from shared.app import whatif_words as words  # noqa: PLC0415 - as above

    for line in words.difference_lines(found, staff.language):
        click.echo(line)
    staff.console.print(words.totals_table(found, staff.language))
    if alone:
        for pair in found.pairs:
            staff.console.print(words.tellings_table(pair, staff.language, after=False))
            staff.console.print(words.tellings_table(pair, staff.language, after=True))
    elif any(pair.changed for pair in found.pairs):
        staff.console.print(words.changes_table(found, staff.language))
    else:
        staff.say("所有账号的通知都一样。", "Every account would have been told the same.")
    for line in words.notes(found, staff.language):
        click.echo(line)


@contextmanager
def _progress(staff: Staff, accounts: int) -> Iterator[Callable[[int], None]]:
    """How far it is, on the error stream: a bar on a terminal, else a line now and then."""
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import Progress  # noqa: PLC0415 - as above

    console = Console(stderr=True)
    chinese = staff.language is Language.CHINESE
    if console.is_terminal:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("正在回放 / replaying" if chinese else "Replaying", total=accounts)
            yield lambda done: bar.update(task, completed=done)
        return

    said = 0

    def say(done: int) -> None:
        nonlocal said
        if done >= said + _SAY_EVERY:
            said = done
            words = f"已回放 {done}/{accounts} 个账号" if chinese else f"{done} of {accounts} accounts replayed"
            click.echo(words, err=True)

    yield say
