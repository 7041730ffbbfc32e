"""A command that is wrong, told in Chinese with English beside it: ``click`` itself knows English alone."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

_MESSAGES: Final = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        (r"No such option:? '?([^\s'.]+).*", r"没有选项 \1"),
        (r"No such command '(.+?)'\..*", r"没有命令 \1"),
        (r"Missing argument '?(.+?)'?\.(.*)", r"缺参数 \1"),
        (r"Missing option '(.+?)'\.(.*)", r"缺选项 \1"),
        (r"Missing command\.", "缺命令"),
        (r"Option '(.+?)' requires (?:an argument|\d+ arguments)\.", r"选项 \1 要跟一个值"),
        (r"Option '(.+?)' does not take a value\.", r"选项 \1 不带值"),
        (r"Got unexpected extra arguments? \((.+)\)", r"多了参数 \1"),
        (r"'(.*)' is not a valid (?:integer|float)( range)?\.", r"“\1”不是数字"),
        (r"(.+) is not in the range (.+)\.", r"\1 不在范围 \2 内"),
        (r"'(.*)' is not one of (.+)\.", r"“\1”不在可选值 \2 之中"),
        (r"'(.*)' does not match the formats? (.+)\.", r"“\1”不合时间格式 \2"),
        (r"(?:File|Path) '(.+)' does not exist\.", r"文件 \1 不存在"),
        (r"(?:File|Path) '(.+)' is a directory\.", r"\1 是文件夹，不是文件"),
        (r"(?:File|Path) '(.+)' is not readable\.", r"文件 \1 读不出来"),
    )
)
"""What ``click`` says of a command, in the wording of its releases 8.1 to 8.5."""
_OF_A_VALUE: Final = re.compile(r"Invalid value(?: for (.+?))?: (.+)", re.DOTALL)
_CHINESE: Final = re.compile("[一-鿿]")


class StaffCommands(click.Group):
    """A group that ends as ``click`` ends it, and says in two languages what is wrong with a command."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - as click has it
        **extra: Any,  # noqa: ANN401 - as click has it
    ) -> Any:  # noqa: ANN401 - as click has it
        """Run a command; by itself it ends the program with the command's exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            click.echo("\n".join(error_lines(error)), err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo("已中断 / aborted", err=True)
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)


def error_lines(error: click.ClickException) -> list[str]:
    """How the command is used, where more is said, and what is wrong."""
    lines = []
    if isinstance(error, click.UsageError) and error.ctx is not None:
        path = error.ctx.command_path
        lines += [f"用法 {error.ctx.get_usage()}", f"说明 / help: {path} --help"]
    return [*lines, f"错误 / Error: {two_languages(error.format_message())}"]


def two_languages(message: str) -> str:
    """A message of ``click`` with Chinese before it; what has Chinese in it is ours, and stays."""
    if of_a_value := _OF_A_VALUE.fullmatch(message):
        name, what = of_a_value.groups()
        about = f"{name}：" if name else ""
        return f"{about}{two_languages(what)}"
    if _CHINESE.search(message):
        return message
    for pattern, chinese in _MESSAGES:
        if found := pattern.fullmatch(message):
            return f"{found.expand(chinese)} / {message}"
    return message
