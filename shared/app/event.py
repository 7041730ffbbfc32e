"""The events that the functions are started with: the timer's, and the one that a check hands a bucket over with."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from shared.buckets import END, Bucket, BucketRun
from shared.errors import ArrearsError
from shared.frozen import frozen


class InvalidEvent(ArrearsError):
    """The function was started with something that is neither a timer's event nor a bucket's."""


@frozen
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


_HASH = re.compile(r"[0-9a-f]{4}")
_MEND = (
    "桶的调用由定时触发的检查自己发出，不要手工编写；要补查，只写 triggerTime "
    "/ the hourly check itself invokes buckets: do not write such an event by hand; triggerTime alone means everyone. "
    "It looks like "
    '{"triggerTime": "2026-01-31T08:07:00Z", "bucket": ["4000", "8000"]}'
)


def parse_check_event(event: bytes) -> TimerEvent | BucketRun:
    """The event of a check: the timer's, for everyone, or that of one bucket.

    Raises:
        InvalidEvent: It is neither; says what it should look like.
    """
    timer = parse_timer_event(event)
    fields = json.loads(event)
    if "bucket" not in fields:
        return timer
    if unknown := fields.keys() - {"triggerTime", "bucket"}:
        raise InvalidEvent(f"不认识的键 / unknown keys: {', '.join(sorted(unknown))}. {_MEND}")
    return BucketRun(timer.at, _bucket(fields["bucket"]))


def _bucket(bounds: object) -> Bucket:
    match bounds:
        case [str(lower), str(upper)] if _HASH.fullmatch(lower) and (_HASH.fullmatch(upper) or upper == END):
            if lower < upper:
                return Bucket(lower, upper)
    raise InvalidEvent(f"桶的界限不对 / these are no bounds of a bucket: {json.dumps(bounds)[:80]}. {_MEND}")
