"""``arrears templates``: the SMS to file for approval, and how they read with an account's own figures."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.app.terminal import Staff, failures, find_account, settings
from shared.app.wiring import open_stores, read_config
from shared.model import Language
from shared.state import bucket_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.app.template_samples import Sample

_WORDS = {
    Language.CHINESE: ("通知短信", "可以先不报备", "变量属性", "申请说明", "实际", "假设", "{0} 字，计费 {1} 条"),
    Language.ENGLISH: (
        *("notification", "may be filed later", "variables", "remark", "as sent", "supposed"),
        "{0} characters, billed as {1}",
    ),
}


@click.command("templates")
@click.option("--account", "account_id", help="填入这个账号最近一次的真实数字 / with this account's last figures")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.pass_obj
def templates(staff: Staff, account_id: str | None, *, as_json: bool) -> None:
    """要报备的短信模板：文字、变量、示例、计费条数 / the SMS to file: text, variables, example, billed parts."""
    from shared.app.template_samples import samples_json  # noqa: PLC0415 - a command imports only what it needs

    with failures():
        found = _examples() if account_id is None else _samples(account_id)
    if as_json:
        click.echo(json.dumps(samples_json(found), ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo("\n".join(_lines(one, staff.language, real=account_id is not None)))


def _examples() -> tuple[Sample, ...]:
    from shared.app.template_samples import examples  # noqa: PLC0415 - as above

    return examples(read_config(Path(os.environ.get("ARREARS_CONFIG") or "agency.yaml")).messages)


def _samples(account_id: str) -> tuple[Sample, ...]:
    from shared.app.in_force import config_in_force  # noqa: PLC0415 - as above
    from shared.app.overview import last_balance  # noqa: PLC0415 - as above
    from shared.app.template_samples import samples  # noqa: PLC0415 - as above

    here = settings()
    stores = open_stores(here)
    config = config_in_force(here, stores).config
    account = find_account(stores, config, account_id)
    states = stores.states.load_states(bucket_of(account_id)).values
    state = next((state for state in states if state.account_id == account_id), None)
    balance = None if state is None else last_balance(account, state)
    if state is None or balance is None:
        raise click.BadParameter("这个账号还没有读到过 / the account was never read", param_hint="--account")
    return samples(account, state, balance, config)


def _lines(one: Sample, language: Language, *, real: bool) -> Iterator[str]:
    kind, optional, variables, remark, sent, supposed, length = _WORDS[language]
    filed = one.filed
    yield f"{filed.key} ({filed.language}) {filed.name}  {kind}" + (f"  [{optional}]" if one.optional else "")
    yield f"  {filed.content}"
    if filed.kinds:
        yield f"  {variables}: " + ", ".join(f"{name} = {kind}" for name, kind in filed.kinds)
    yield f"  {remark}: {filed.example}"
    if real:
        yield f"  {supposed if one.supposed else sent}: {one.text}"
    yield f"  {length.format(len(one.text), one.pieces)}"
