"""``python -m demo``: a month of an agency's customers on the local cloud, and a report to look at.

Exit code 1 if something did not hold that must: see ``findings``.
"""

from __future__ import annotations

import argparse
import io
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from demo.customers import CUSTOMERS
from demo.findings import Findings, find
from demo.page import page
from demo.replay import ACCOUNTS, Replay
from demo.site import ROOT
from demo.terminal import Progress, print_findings
from localcloud.running import running_cloud
from shared.model import ChannelName

if TYPE_CHECKING:
    from types import FrameType

WIDTH = 150
"""Columns where the terminal does not say how wide it is."""


def main(arguments: list[str] | None = None) -> int:
    """Replay, show, and say whether everything held."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="days to replay (default: 30)")
    parser.add_argument("--out", type=Path, default=Path(".demo"), help="where the report goes (default: .demo)")
    options = parser.parse_args(arguments)
    _speak_utf8()
    signal.signal(signal.SIGTERM, _stop)
    try:
        findings = _replay(options.days)
    except KeyboardInterrupt:
        sys.stdout.write("\n已中断 / interrupted\n")
        return 130
    place = write_report(findings, options.out)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    print_findings(console, findings)
    sys.stdout.write(f"\n报告 report: {place.resolve()}\n")
    return 1 if findings.broken else 0


def write_report(findings: Findings, directory: Path) -> Path:
    """The page, and the mails as their readers see them; what an earlier run left there goes."""
    shutil.rmtree(directory, ignore_errors=True)
    mails = directory / "mails"
    mails.mkdir(parents=True)
    sent = [arrival for arrival in findings.arrivals if arrival.channel is ChannelName.MAIL]
    for number, mail in enumerate(sent, 1):
        (mails / f"{number:03}-{mail.message_id}.html").write_text(mail.html, encoding="utf-8")
    place = directory / "report.html"
    place.write_text(page(findings), encoding="utf-8")
    return place


def _replay(days: int) -> Findings:
    with running_cloud() as cloud:
        replay = Replay(cloud, ROOT / "agency.yaml", CUSTOMERS, ACCOUNTS)
        replay.set_up(print)
        progress = Progress(replay.site.stores, days * 24, live=sys.stdout.isatty())
        try:
            replay.run(days * 24, progress)
        finally:
            progress.end()
        return find(replay)


def _speak_utf8() -> None:
    """Whatever the terminal says of itself: the texts are Chinese."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _stop(number: int, frame: FrameType | None) -> None:
    """End as on Ctrl-C, so that nothing is left running."""
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
