"""``arrears``: the staff's command line. Chinese first, English with ``--lang en``.

Exit codes: 0 done; 1 something to mend in a file of yours; 2 the command itself was wrong; 3 a service did not
answer, or a setting is missing; 4 a run ended with something that has to be looked at.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from shared.app.cli_config import config
from shared.app.cli_cost import cost
from shared.app.cli_plan import config_plan
from shared.app.cli_score import score
from shared.app.cli_silence import silence_group
from shared.app.cli_templates import templates
from shared.app.cli_watch import doctor, drill
from shared.app.cli_word import ack, paying
from shared.app.in_force import config_in_force
from shared.app.terminal import BROKEN, Staff, failures, find_account
from shared.app.terminal import settings as read_settings
from shared.app.usage import StaffCommands
from shared.app.wiring import open_gateway, open_stores
from shared.model import AGENCY, BUNDLES, Language

if TYPE_CHECKING:
    from shared.model import Account

_HELP = """\
阿里云客户账号余额预警 / watches the balances of an agency's Alibaba Cloud customers.

\b
连接哪里由环境变量决定，见 README 的“设置”。
Where it connects to is set by environment variables: README, section Settings.

\b
退出码 / exit codes:
  0  完成 / done
  1  文件有误，改好再来 / mend a file of yours
  2  用法有误 / wrong usage
  3  服务没有回应，或缺设置 / a service did not answer, or a setting is missing
  4  运行完了，但有事要处理 / the run is over, and something has to be looked at
"""


@click.group(
    cls=StaffCommands,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--lang",
    type=click.Choice([one.value for one in Language]),
    default="zh-CN",
    envvar="ARREARS_LANG",
    help="输出语言 / language of the output",
)
@click.option("--reveal", is_flag=True, help="完整显示手机和邮箱 / show phones and addresses in full")
@click.version_option(package_name="arrears-alert")
@click.pass_context
def main(context: click.Context, lang: str, *, reveal: bool) -> None:
    """Find out who is at the terminal."""
    logging.getLogger("tablestore").setLevel(logging.ERROR)  # its codec tells every command that it is the slower one
    width = None if sys.stdout.isatty() else 160
    context.obj = Staff(Language(lang), reveal, Console(width=width))


@main.command()
@click.pass_obj
def init(staff: Staff) -> None:
    """建表（可重复执行）/ create the tables; harmless the second time."""
    from shared.state.tables import create_tables

    with failures():
        create_tables(open_gateway(read_settings()))
        staff.say(
            "表已就绪。新建的表约一分钟后可用。", "The tables are there. New ones can be used after about a minute."
        )


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，不写入 / check only")
@click.option(
    "--remove-missing", is_flag=True, help="文件里没有的账号不再看护 / stop watching accounts not in the file"
)
@click.pass_obj
def import_(staff: Staff, file: Path, *, dry_run: bool, remove_missing: bool) -> None:
    """导入客户名单，CSV 或 XLSX，全部或全不 / take over the accounts, all or none."""
    from shared.app.roster_file import read_rows
    from shared.roster import parse_roster

    with failures():
        settings = read_settings()
        stores = open_stores(settings)
        accounts = parse_roster(read_rows(file), file.name, config_in_force(settings, stores).config)
        known = {account.account_id: account for account in stores.accounts.load_accounts().values}
        gone = sorted(known.keys() - {account.account_id for account in accounts})
        if not dry_run:
            stores.accounts.save_accounts(accounts)
            if remove_missing:
                stores.accounts.remove_accounts(gone)
    _report_import(staff, accounts, known, gone, dry_run=dry_run, removed=remove_missing)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.option("--all", "everyone", is_flag=True, help="也列出正常的账号 / list healthy accounts too")
@click.pass_obj
def status(staff: Staff, *, as_json: bool, everyone: bool) -> None:
    """所有账号的余额、可用天数和级别 / every account's balance, runway and level."""
    from shared.app.overview import overview, overview_json, overview_table

    with failures():
        stores = open_stores(read_settings())
        now = datetime.now(UTC)
        lines = overview(stores, now)
    if as_json:
        click.echo(json.dumps(overview_json(lines, now), ensure_ascii=False, indent=2))
    else:
        staff.console.print(overview_table(lines, staff.language, now, everyone=everyone))


@main.command()
@click.argument("account_id")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.pass_obj
def explain(staff: Staff, account_id: str, *, as_json: bool) -> None:
    """为什么是这个级别：一屏看完 / why an account is at its level, on one screen."""
    from shared.app.explain import explanation, explanation_json
    from shared.app.explain_words import explanation_text

    with failures():
        settings = read_settings()
        stores = open_stores(settings)
        config = config_in_force(settings, stores).config
        account = find_account(stores, config, account_id)
        found = explanation(account, stores, config, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(explanation_json(found), ensure_ascii=False, indent=2))
    else:
        click.echo(explanation_text(found, staff.language))


@main.command()
@click.option("--account", "account_id", help="只看一个账号的全部消息 / all messages of one account")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.pass_obj
def outbox(staff: Staff, account_id: str | None, *, as_json: bool) -> None:
    """在途的消息，或一个账号的全部消息 / messages on their way, or all of one account."""
    from shared.app.drill import DRILL
    from shared.app.outbox_list import messages_json, messages_table

    with failures():
        settings = read_settings()
        stores = open_stores(settings)
        if account_id:
            messages = stores.outbox.load_messages(account_id).values
            if not messages and account_id not in {AGENCY, BUNDLES, DRILL}:
                find_account(stores, config_in_force(settings, stores).config, account_id)
        else:
            messages = stores.outbox.load_open(datetime.max.replace(tzinfo=UTC)).values
    if as_json:
        click.echo(json.dumps(messages_json(messages, reveal=staff.reveal), ensure_ascii=False, indent=2))
    else:
        staff.console.print(messages_table(messages, staff.language, reveal=staff.reveal))


@main.command()
@click.argument("account_id")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="从哪天起；不写则取最近一次告警 / from this day on")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="到哪天为止 / up to and with this day")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="写到这个文件 / the file to write")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.pass_obj
def proof(
    staff: Staff, account_id: str, since: datetime | None, until: datetime | None, out: Path | None, *, as_json: bool
) -> None:
    """导出一次告警的全过程，可出示给客户 / one incident as a file that can be shown in a dispute."""
    from shared.app.cli_proof import export_proof

    with failures():
        settings = read_settings()
        stores = open_stores(settings)
        config = config_in_force(settings, stores).config
        account, version = find_account(stores, config, account_id), config.version
        text, digest = export_proof(
            account, stores, datetime.now(UTC), version, since, until, as_json=as_json, reveal=staff.reveal
        )
    if as_json and out is None:
        click.echo(text, nl=False)
        return
    out = out or Path(f"proof-{account_id}.html")
    out.write_bytes(text.encode())
    staff.say(f"已写入 {out}", f"Written to {out}")
    staff.say(f"正文的 SHA-256（请另行留存）：{digest}", f"SHA-256 of its content, to be kept elsewhere: {digest}")


@main.command()
@click.argument("job", type=click.Choice(["check", "deliver", "audit"]))
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]),
    metavar="TIME",
    help="触发时刻，例如 / the timer's moment, for example 2026-03-01T08:07:00+08:00",
)
def run(job: str, at: datetime | None) -> None:
    """在本机运行一次检查、发送或自查 / run a check, a delivery or an audit here."""
    from shared.app.own_key import demand_trust
    from shared.app.runs import LocalContext, RunFailed

    moment = (at or datetime.now(UTC)).astimezone(UTC)
    fields = {"triggerTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "triggerName": "arrears-run", "payload": ""}
    event = json.dumps(fields).encode()
    with failures():
        if job == "check":
            demand_trust(read_settings(), moment)
        try:
            click.echo(_handler(job)(event, LocalContext(job)))
        except RunFailed as failure:
            click.echo(str(failure))
            raise SystemExit(BROKEN) from failure


def _handler(job: str) -> Any:  # noqa: ANN401 -- a handler takes the runtime's context, of whatever class
    """The function's own handler: what the cloud starts."""
    from importlib import import_module

    name = {"check": "check_balances", "deliver": "deliver_notifications", "audit": "audit_warnings"}[job]
    return import_module(f"functions.{name}").handler


def _report_import(
    staff: Staff,
    accounts: tuple[Account, ...],
    known: dict[str, Account],
    gone: list[str],
    *,
    dry_run: bool,
    removed: bool,
) -> None:
    new = [a for a in accounts if a.account_id not in known]
    changed = [a for a in accounts if a.account_id in known and known[a.account_id] != a]
    people = sum(len(a.contacts) for a in accounts)
    if dry_run:
        staff.say("名单没有问题；没有写入。", "The list is sound; nothing was written.")
    staff.say(
        f"共 {len(accounts)} 个账号、{people} 位联系人：新增 {len(new)}，有改动 {len(changed)}。",
        f"{len(accounts)} accounts, {people} contacts: {len(new)} new, {len(changed)} changed.",
    )
    if gone and not removed:
        staff.say(
            f"名单里没有但仍在看护：{'、'.join(gone)}（--remove-missing 可移除）",
            f"Not in the list, still watched: {', '.join(gone)} (--remove-missing drops them)",
        )
    elif gone:
        staff.say(f"不再看护：{'、'.join(gone)}", f"No longer watched: {', '.join(gone)}")


config.add_command(config_plan)
for command in (ack, config, cost, doctor, drill, paying, score, silence_group, templates):
    main.add_command(command)

__all__ = ["main"]
