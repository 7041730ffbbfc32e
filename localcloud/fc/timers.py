"""Timer triggers: when each is due, and the event that it sends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from localcloud.fc.cron import Schedule, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAYLOAD_LIMIT = 128 * 1024
SETTINGS = {"function": str, "name": str, "cron": str, "payload": str, "enable": bool}


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer trigger of a function."""

    function: str
    name: str
    cron: str
    schedule: Schedule
    payload: str = ""
    enable: bool = True

    def event(self, at: datetime) -> bytes:
        """The event of a firing, as the function gets it (help.aliyun.com/document_detail/2513615.html)."""
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = {"triggerTime": moment, "triggerName": self.name, "payload": self.payload}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def read_timer(body: dict[str, Any], anchor: datetime) -> Timer:
    """Check the settings of ``timers/put``; ``anchor`` is where an interval starts to count.

    Raises:
        ValueError: A setting is unknown, missing, or not understood.
    """
    unknown = sorted(set(body) - set(SETTINGS))
    if unknown:
        raise ValueError(f"unknown settings of a timer: {', '.join(unknown)}")
    missing = [name for name in ("function", "name", "cron") if not body.get(name)]
    if missing:
        raise ValueError(f"a timer needs {', '.join(missing)}")
    wrong = [name for name, value in body.items() if not isinstance(value, SETTINGS[name])]
    if wrong:
        raise ValueError(f"of another type than they should be (strings; true or false): {', '.join(wrong)}")
    if len(body.get("payload", "").encode()) > PAYLOAD_LIMIT:
        raise ValueError("the payload of a timer is at most 128 KB")
    return Timer(**{**body, "schedule": parse(body["cron"], anchor)})


def firings(timers: Iterable[Timer], after: datetime, until: datetime) -> Iterator[tuple[datetime, Timer]]:
    """Every firing after ``after`` up to ``until``, in order; at the same time, in the order in which they were put."""
    upcoming = [(timer.schedule.next_after(after), timer) for timer in timers if timer.enable]
    while upcoming:
        at, timer = min(upcoming, key=lambda firing: firing[0])
        if at > until:
            return
        yield at, timer
        index = upcoming.index((at, timer))
        upcoming[index] = (timer.schedule.next_after(at), timer)
