"""The timer's event, as Function Compute hands it over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.errors import ArrearsError


class InvalidEvent(ArrearsError):
    """The function was started with something that is not a timer's event."""


@dataclass(frozen=True, slots=True)
class TimerEvent:
    """What a timer says when it fires (help.aliyun.com/document_detail/2513615.html)."""

    at: datetime
    """``triggerTime``: the moment the timer was set for."""
    name: str
    payload: str


def parse_timer_event(event: bytes) -> TimerEvent:
    """The event of a timer.

    Raises:
        InvalidEvent: Not JSON, or without a ``triggerTime``; says what such an event looks like.
    """
    try:
        fields = json.loads(event)
        at = datetime.fromisoformat(fields["triggerTime"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidEvent(
            f"not a timer event ({type(error).__name__}: {error}); it looks like "
            '{"triggerTime": "2026-01-31T08:07:00Z", "triggerName": "hourly", "payload": ""}'
        ) from error
    if at.tzinfo is None:
        raise InvalidEvent(f"triggerTime {fields['triggerTime']} names no time zone; write it as 2026-01-31T08:07:00Z")
    return TimerEvent(at.astimezone(UTC), str(fields.get("triggerName", "")), str(fields.get("payload") or ""))
