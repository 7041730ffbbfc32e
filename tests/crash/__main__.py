"""``python -m tests.crash``: disturb every request of every handler in every way, and show what people were told.

Its last lines read ``NAME scenarios=N lost=N doubled=N``, one for each handler and one in total.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.crash.runner import enumerate_accidents, new_world, run_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.crash.accidents import Accident
    from tests.crash.judge import Verdict

EVERY = 5.0
"""Seconds between two lines of progress."""
CHANNELWISE = ("lost:", "doubled:", "extra:")
"""Verdicts that are counted for each channel."""


class Account:
    """Counts what happened, and says how it goes."""

    def __init__(self, planned: int) -> None:
        self.planned = planned
        self.done: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.doubled: Counter[str] = Counter()
        self.failures = 0
        self.sorts: Counter[str] = Counter()
        """What went wrong, as ``sort_of`` says it."""
        self._started = self._told = time.monotonic()

    def report(self, accident: Accident, verdict: Verdict) -> None:
        """Count one scenario; a failure is shown at once, with what runs it again alone."""
        handler = accident.moment.handler
        self.done[handler] += 1
        self.lost[handler] += len(verdict.lost)
        self.doubled[handler] += len(verdict.doubled)
        if not verdict.good:
            self.failures += 1
            self.sorts.update(sort_of(text) for text in verdict.lines())
            say(f'FAILED --only "{accident.name}" ({accident.place})', *verdict.lines())
        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            self._say_progress()

    def _say_progress(self) -> None:
        count, elapsed = self.done.total(), self._told - self._started
        left = elapsed / count * (self.planned - count)
        say(f"{count}/{self.planned} scenarios, {elapsed:.0f} s, {left:.0f} s left, {self.failures} failed")

    def close(self) -> None:
        """The last lines."""
        say(f"{self.done.total()} scenarios in {time.monotonic() - self._started:.0f} s, {self.failures} failed")
        for sort, count in sorted(self.sorts.items()):
            say(f"  {sort} {count}")
        for handler in sorted(self.done):
            line(handler, self.done[handler], self.lost[handler], self.doubled[handler])
        line("total", self.done.total(), self.lost.total(), self.doubled.total())


def sort_of(text: str) -> str:
    """A line of a verdict without its particulars; what reached people, or did not, is told apart by channel."""
    return " ".join(text.split()[: 2 if text.startswith(CHANNELWISE) else 1])


def say(*lines: str) -> None:
    """Write, now."""
    sys.stdout.write("\n  ".join(lines) + "\n")
    sys.stdout.flush()


def line(name: str, scenarios: int, lost: int, doubled: int) -> None:
    """One result, in the form that others read."""
    say(f"{name} scenarios={scenarios} lost={lost} doubled={doubled}")


def select(accidents: Iterable[Accident], only: list[str]) -> list[Accident]:
    """The scenarios that were asked for: by their full names, or by how these begin."""
    return [
        one for one in accidents if not only or any(f"{one.name} ".startswith(f"{start.strip()} ") for start in only)
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run; 0 if every scenario came out right."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="SCENARIO",
        help='for example "deliver kill_after 7" or "deliver"',
    )
    parser.add_argument(
        "--workers", type=int, default=4, metavar="N", help="local clouds at the same time (default: 4)"
    )
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="only every Nth scenario, of all handlers (default: all)"
    )
    parser.add_argument("--list", action="store_true", help="only name the scenarios")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that the local clouds end, too
    with ExitStack() as stack:
        first = stack.enter_context(new_world())
        chosen = select(enumerate_accidents(first), options.only)[:: options.every]
        if options.list:
            say(*(f"{accident.name} ({accident.place})" for accident in chosen))
            return 0
        more = min(options.workers, len(chosen)) - 1
        worlds = [first, *(stack.enter_context(new_world()) for _ in range(more))]
        account = Account(len(chosen))
        run_all(chosen, worlds, account.report)
    account.close()
    return int(account.failures > 0)


if __name__ == "__main__":
    sys.exit(main())
