"""``arrears score``: how good the projection was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from shared.app.terminal import failures, settings
from shared.app.wiring import open_stores

if TYPE_CHECKING:
    from shared.app.terminal import Staff


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.pass_obj
def score(staff: Staff, *, as_json: bool) -> None:
    """预测准不准：每个账号的成绩单 / how good the projection was, account by account."""
    from shared.app.score import score_json, score_lines, score_table  # noqa: PLC0415 - so that --help is quick

    with failures():
        lines = score_lines(open_stores(settings()))
    if as_json:
        click.echo(json.dumps(score_json(lines), ensure_ascii=False, indent=2))
    else:
        staff.console.print(score_table(lines, staff.language))
