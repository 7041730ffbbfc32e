"""What must arrive in which window, and nothing else: a flow's expectations, settled at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.model import SHANGHAI
from tests.agency import START

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.agency import Agency, Arrival


@dataclass(frozen=True, slots=True)
class Expected:
    """One message that must arrive from ``after`` to ``before``, both included."""

    channel: str
    address: str
    about: str
    """A level's label, or a topic."""
    after: datetime
    before: datetime

    def fits(self, arrival: Arrival) -> bool:
        """Whether ``arrival`` is this message, in its window."""
        same = (arrival.channel, arrival.address, arrival.about) == (self.channel, self.address, self.about)
        return same and self.after <= arrival.at <= self.before

    def __str__(self) -> str:
        return f"{self.channel} to {self.address} ({self.about}), {clock(self.after)} to {clock(self.before)}"


@dataclass(slots=True)
class Collector:
    """Collects what a story must bring, and compares it with what the providers accepted."""

    expected: list[Expected] = field(default_factory=list)

    def expect(self, address: str, about: str, after: datetime, before: datetime) -> None:
        """One message to ``address`` in this window; a mail if it is a mail address, else an SMS."""
        channel = "mail" if "@" in address else "sms"
        self.expected.append(Expected(channel, address, about, after, before))

    def verify(self, agency: Agency) -> None:
        """Each expected message arrived in its window, and nothing else did.

        Raises:
            AssertionError: Naming what is missing, what is extra, and when it came.
        """
        missing, extra = match(self.expected, agency.arrivals())
        lines = [f"missing: {one}" for one in missing]
        lines += [f"extra: {one.channel} to {one.address} ({one.about}) at {clock(one.at)}" for one in extra]
        assert not lines, "\n".join(lines)


def match(expected: Iterable[Expected], arrivals: Iterable[Arrival]) -> tuple[list[Expected], list[Arrival]]:
    """What did not arrive in its window, and what arrived and fits no window that is still open.

    Windows that close first are filled first, each by the earliest arrival that fits: if a full match exists among
    windows of the same message, this finds it as long as none of them lies within another.
    """
    missing, left = [], sorted(arrivals, key=lambda arrival: arrival.at)
    for one in sorted(expected, key=lambda e: (e.before, e.after)):
        found = next((arrival for arrival in left if one.fits(arrival)), None)
        if found is None:
            missing.append(one)
        else:
            left.remove(found)
    return missing, left


def on(day: int, time: str) -> datetime:
    """A moment of the story in Shanghai: ``on(1, "08:30")`` is on the first day, a Monday, at half past eight."""
    hour, minute = map(int, time.split(":"))
    first = START.astimezone(SHANGHAI)
    return (first.replace(hour=hour, minute=minute) + timedelta(days=day - 1)).astimezone(UTC)


def clock(moment: datetime) -> str:
    """The same, to read."""
    days = (moment.astimezone(SHANGHAI).date() - START.astimezone(SHANGHAI).date()).days
    return f"day {days + 1} {moment.astimezone(SHANGHAI):%H:%M}"
