"""``arrears config``: agency.yaml checked, applied, looked at and taken back."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.app.cli_templates import templates
from shared.app.terminal import BROKEN, Staff, failures, named, settings
from shared.app.wiring import open_stores, read_config, read_text
from shared.masking import mask_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.app.apply import Applied


FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
_MASKED = (
    "手机和邮箱没有完整显示，这份内容不能再应用；要原文：arrears --reveal config show"
    " / phones and addresses are masked, so that this cannot be applied; as it is written: arrears --reveal config show"
)
BY = click.option("--by", "author", required=True, callback=named, help="您的姓名 / your name")


@click.group()
def config() -> None:
    """配置 agency.yaml / the configuration agency.yaml."""


@config.command("check")
@FILE
@click.pass_obj
def config_check(staff: Staff, file: Path | None) -> None:
    """检查配置文件，列出全部问题 / name everything that is wrong in it."""
    file = file or config_file()
    with failures():
        found = read_config(file)
    policies = "、".join(found.policies)
    staff.say(
        f"{file.name} 没有问题：策略 {policies}；个别账号例外 {len(found.overrides)} 个。",
        f"{file.name} is sound: policies {', '.join(found.policies)}; {len(found.overrides)} overrides.",
    )


config.add_command(templates)  # its name of old


@config.command("apply")
@FILE
@BY
@click.option("--note", required=True, callback=named, help="为什么改 / why")
@click.option(
    "--expect", type=click.IntRange(min=0), help="只在这一版生效时才应用 / only while this version is in force"
)
@click.pass_obj
def config_apply(staff: Staff, file: Path | None, author: str, note: str, expect: int | None) -> None:
    """存为新的一版，函数下次运行时生效，不用部署 / store it as a version; functions take it at their next run."""
    from shared.app.apply import apply  # noqa: PLC0415 - as above

    file = file or config_file()
    with failures(), _refusals():
        done = apply(read_text(file), file.name, author, note, open_stores(settings()), datetime.now(UTC), expect)
    _say_applied(staff, done)


@config.command("rollback")
@click.argument("number", type=click.IntRange(min=1), required=False)
@BY
@click.pass_obj
def config_rollback(staff: Staff, number: int | None, author: str) -> None:
    """退回上一版或第 NUMBER 版，存为新的一版；再退就再往前 / to the version before; once more goes further back."""
    from shared.app.apply import roll_back  # noqa: PLC0415 - as above

    with failures(), _refusals():
        done = roll_back(number, author, open_stores(settings()), datetime.now(UTC))
    _say_applied(staff, done)


@config.command("history")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.pass_obj
def config_history(staff: Staff, *, as_json: bool) -> None:
    """应用过的各版：何时、谁、为什么 / the versions that were applied: when, by whom, why."""
    from shared.app.config_history import history, history_json, history_table  # noqa: PLC0415 - as above

    with failures():
        found = history(open_stores(settings()).configs)
    if as_json:
        click.echo(json.dumps(history_json(found), ensure_ascii=False, indent=2))
    else:
        staff.console.print(history_table(found, staff.language))


@config.command("show")
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.pass_obj
def config_show(staff: Staff, number: int | None) -> None:
    """一版的内容，默认生效的这一版 / the text of a version, by default of the one in force."""
    from shared.app.apply import find_version  # noqa: PLC0415 - as above
    from shared.app.in_force import config_in_force  # noqa: PLC0415 - as above

    with failures():
        here = settings()
        stores = open_stores(here)
        version = config_in_force(here, stores).version if number is None else find_version(number, stores)
        text = read_text(here.config_file) if version is None else version.text
    shown = text if staff.reveal else mask_text(text)
    click.echo(shown, nl=not shown.endswith("\n"))
    if shown != text:
        click.echo(_MASKED, err=True)


def config_file() -> Path:
    """By default the one of the directory that staff are in."""
    return Path(os.environ.get("ARREARS_CONFIG") or "agency.yaml")


def _say_applied(staff: Staff, done: Applied) -> None:
    number, digest = done.version.number, done.version.digest
    if done.new and done.back_to is not None:
        staff.say(
            f"已退回第 {done.back_to} 版的内容，存为第 {number} 版（{digest}），函数下次运行时生效。",
            f"Back to version {done.back_to}, stored as version {number} ({digest}); the functions take it at their "
            "next run.",
        )
    elif done.new:
        staff.say(
            f"已存为第 {number} 版（{digest}），函数下次运行时生效。",
            f"Stored as version {number} ({digest}); the functions take it at their next run.",
        )
    else:
        staff.say(
            f"没有存入：这份配置已经生效，是第 {number} 版（{digest}）。",
            f"Nothing was stored: this text is in force as version {number} ({digest}).",
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """Somebody else came in between: that has to be looked at, and no service failed."""
    from shared.app.apply import NotApplied  # noqa: PLC0415 - as above

    try:
        yield
    except NotApplied as error:
        click.echo(str(error), err=True)
        raise SystemExit(BROKEN) from error
