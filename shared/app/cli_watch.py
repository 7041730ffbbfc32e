"""``arrears doctor`` and ``arrears drill``: the staff's look at the watcher itself."""

from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.app.in_force import config_in_force
from shared.app.terminal import AT, BROKEN, Staff, failures, settings
from shared.app.wiring import open_stores, s_yaml
from shared.masking import mask_address, mask_text

if TYPE_CHECKING:
    from shared.app.doctor import Examination


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.option("--cloud", is_flag=True, help="也看部署得是否与 s.yaml 一致 / also whether it is deployed as s.yaml says")
@click.option(
    "-t",
    "--template",
    type=click.Path(dir_okay=False, path_type=Path),
    help="与 --cloud 一起：哪个环境，默认 s.yaml / with --cloud: which environment, by default s.yaml",
)
@AT
@click.pass_obj
def doctor(staff: Staff, at: datetime | None, template: Path | None, *, as_json: bool, cloud: bool) -> None:
    """检查服务自身：每条一行，附处理办法 / what is wrong with the service itself, and what to do."""
    from shared.app.auditor import finding_json  # noqa: PLC0415 - imports of a command stay with it, so --help is quick
    from shared.app.doctor import examine  # noqa: PLC0415 - as above
    from shared.app.doctor_cloud import examine_cloud  # noqa: PLC0415 - as above

    with failures():
        here = settings()
        found = examine(here, at or datetime.now(UTC))
        if cloud:
            found.findings += examine_cloud(here, template or s_yaml(), os.environ)
    if as_json:
        facts = {
            "accounts": found.accounts,
            "checked_at": found.checked_at.isoformat() if found.checked_at else None,
            "due_messages": found.open_messages,
            "config": found.in_force.as_json() if found.in_force else None,
            "findings": [finding_json(finding) for finding in found.findings],
        }
        click.echo(mask_text(json.dumps(facts, ensure_ascii=False, indent=2)))
    else:
        _report(staff, found)
    if any(finding.serious for finding in found.findings):
        raise SystemExit(BROKEN)


@click.command()
@click.option("--contact", "name", help="只发给这位员工 / only to this one of the staff")
@click.option("--by", "author", default=getpass.getuser, help="发起人，写进消息 / who starts it, as the message says")
@AT
@click.pass_obj
def drill(staff: Staff, name: str | None, author: str, at: datetime | None) -> None:
    """演练：给员工发一条注明是演练的消息 / send staff a message that says it is a drill."""
    from shared.app.drill import DRILL, drill_messages  # noqa: PLC0415 - as in doctor

    with failures():
        here = settings()
        stores = open_stores(here)
        config = config_in_force(here, stores).config
        messages = drill_messages(config, author, name, at or datetime.now(UTC))
        new = stores.outbox.enqueue(messages)
    for message in messages:
        address = message.address if staff.reveal else mask_address(message.address)
        click.echo(f"{message.message_id}  {message.contact}  {message.channel}  {address}")
    staff.say(
        f"已排队 {new} 条，五分钟内发出。看是否送达：arrears outbox --account {DRILL}",
        f"{new} queued, to be sent within five minutes. For their receipts: arrears outbox --account {DRILL}",
    )


def _report(staff: Staff, found: Examination) -> None:
    from shared.app.doctor_words import closing, opening, words  # noqa: PLC0415 - as in doctor

    lines = list(opening(found, staff.language))
    for finding in sorted(found.findings, key=lambda one: not one.serious):
        what, to_do = words(finding, staff.language)
        lines.append(f"{'✗' if finding.serious else '!'} {what} → {to_do}")
    for line in (*lines, closing(found.findings, staff.language)):
        click.echo(mask_text(line))
