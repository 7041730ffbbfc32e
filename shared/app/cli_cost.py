"""``arrears cost``: what the service costs in a month. It asks nobody, and needs no settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from shared.app.terminal import Staff
    from shared.measured import Measured

SIZES = (50, 1_000, 20_000)


@click.command()
@click.option(
    "--accounts", "sizes", type=click.IntRange(1), multiple=True, help="账号数，可写多次 / how many; may be repeated"
)
@click.option(
    "--measured",
    "outputs",
    type=click.File(encoding="utf-8"),
    multiple=True,
    help="基准测试的 --json 输出，- 为标准输入；可写多次 / what a benchmark printed with --json, - for standard input; "
    "may be repeated",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / as JSON")
@click.pass_obj
def cost(staff: Staff, sizes: tuple[int, ...], outputs: tuple[TextIO, ...], *, as_json: bool) -> None:
    """每月大约花多少钱，每个假设都写明 / what a month costs, every assumption named."""
    from shared.app.cost_words import cost_json, cost_notes, cost_table  # noqa: PLC0415 - so that --help is quick
    from shared.cost import monthly  # noqa: PLC0415 - as above

    measured = _measured(outputs)
    costs = [monthly(accounts, measured) for accounts in sizes or SIZES]
    if as_json:
        click.echo(json.dumps(cost_json(costs), ensure_ascii=False, indent=2))
        return
    staff.console.print(cost_table(costs, staff.language))
    for line in cost_notes(staff.language, measured):
        click.echo(line)


def _measured(outputs: tuple[TextIO, ...]) -> Measured:
    """Our own figures, replaced by what benchmarks printed."""
    from shared.measured import MEASURED, measured_anew  # noqa: PLC0415 - so that --help is quick

    measured = MEASURED
    for output in outputs:
        try:
            measured = measured_anew(measured, json.loads(output.read()))
        except ValueError as error:
            raise click.BadParameter(f"{output.name}: {error}", param_hint="--measured") from error
    return measured
