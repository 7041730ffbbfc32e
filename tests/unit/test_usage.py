"""A command that is wrong is told so in Chinese, with English beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from shared.app.cli import main
from shared.app.usage import two_languages

if TYPE_CHECKING:
    from pathlib import Path


def said(*arguments: str, code: int = 2) -> str:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        (["--wrong"], "没有选项 --wrong", "No such option"),
        (["status", "--al"], "没有选项 --al", "No such option"),
        (["explian"], "没有命令 explian", "No such command"),
        (["explain"], "缺参数 ACCOUNT_ID", "Missing argument"),
        (["ack", "1"], "缺选项 --by", "Missing option"),
        (["ack", "1", "--by"], "选项 --by 要跟一个值", "requires an argument"),
        (["status", "--json=1"], "选项 --json 不带值", "does not take a value"),
        (["status", "more"], "多了参数 more", "unexpected extra argument"),
        (["paying", "1", "--by", "王丽", "--hours", "x"], "“x”不是数字", "not a valid integer"),
        (["paying", "1", "--by", "王丽", "--hours", "99"], "99 不在范围 1<=x<=72 内", "not in the range"),
        (["run", "chekc"], "“chekc”不在可选值", "not one of"),
        (["proof", "1", "--since", "May"], "“May”不合时间格式", "does not match the format"),
        (["import", "nowhere.csv"], "文件 nowhere.csv 不存在", "does not exist"),
    ],
)
def test_what_click_says_is_said_in_chinese_too(arguments: list[str], chinese: str, english: str) -> None:
    (what,) = (line for line in said(*arguments).splitlines() if line.startswith("错误 / Error: "))
    assert chinese in what
    assert english in what
    assert what.index(chinese) < what.index(english)


def test_how_the_command_is_used_stands_above_it() -> None:
    first, second, _ = said("ack", "1").splitlines()
    assert first == "用法 Usage: main ack [OPTIONS] ACCOUNT_ID"
    assert second == "说明 / help: main ack --help"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "是文件夹" in said("import", str(tmp_path))


def test_what_is_ours_is_said_as_it_is() -> None:
    assert said("ack", "1", "--by", " ").splitlines()[-1] == "错误 / Error: '--by'：不能为空 / must not be empty"
    assert two_languages("something new") == "something new"


def test_help_and_version_end_well() -> None:
    assert "Usage: main" in said("--help", code=0)
    assert re.search(r"version \d", said("--version", code=0))
    assert "Commands" in said()


def test_an_interruption_is_no_traceback() -> None:
    @main.command("interrupted", hidden=True)
    def interrupted() -> None:
        raise click.Abort

    try:
        assert said("interrupted", code=1) == "已中断 / aborted\n"
    finally:
        del main.commands["interrupted"]
