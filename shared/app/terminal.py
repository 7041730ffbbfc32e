"""What every command of ``arrears`` shares: who sits there, the settings, and how a failure ends."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from shared.app.wiring import Settings, settings_from
from shared.errors import ArrearsError, InvalidInput, StoreUnavailable, WrongUsage
from shared.frozen import frozen
from shared.model import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from shared.app.wiring import Stores
    from shared.config import Config
    from shared.model import Account

AT = click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), hidden=True, help="As if it were then.")
MEND, USAGE, SERVICE, BROKEN = 1, 2, 3, 4
"""Exit codes: something to mend in a file; the command itself; a service or a setting; something to look at."""
_STORE_MEND = (
    "表格存储没有完成请求：第一次用，先运行 arrears init；否则核对 ARREARS_TABLESTORE_* 和密钥，或稍后再试"
    " / Tablestore did not do it: run arrears init if it is the first time, else look at ARREARS_TABLESTORE_* and the"
    " key, or try again later"
)


@frozen
class Staff:
    """Whoever sits at the terminal: what language they read, and whether addresses are shown in full."""

    language: Language
    reveal: bool
    console: Console

    def say(self, chinese: str, english: str) -> None:
        """One line, in their language."""
        self.console.print(chinese if self.language is Language.CHINESE else english, highlight=False, markup=False)


def settings() -> Settings:
    """The settings of this environment."""
    return settings_from(os.environ)


@contextmanager
def failures() -> Iterator[None]:
    """What goes wrong on purpose ends in one line a problem and an exit code, never in a traceback."""
    try:
        yield
    except InvalidInput as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        raise SystemExit(MEND) from error
    except WrongUsage as error:
        click.echo(str(error), err=True)
        raise SystemExit(USAGE) from error
    except ArrearsError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        if isinstance(error, StoreUnavailable):
            click.echo(_STORE_MEND, err=True)
        raise SystemExit(SERVICE) from error


def named(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Words that say something: what staff did is read later, by others."""
    if not value.strip():
        raise click.BadParameter("不能为空 / must not be empty")
    return value.strip()


def find_account(stores: Stores, config: Config, account_id: str) -> Account:
    """The account that staff named, the agency's own among them; wrong usage if there is none."""
    own = config.watched_own()
    for account in ((own,) if own else ()) + stores.accounts.load_accounts().values:
        if account.account_id == account_id:
            return account
    what = f"没有账号 {account_id}，arrears status --all 列出全部 / no such account; arrears status --all lists them"
    raise click.BadParameter(what, param_hint="ACCOUNT_ID")
