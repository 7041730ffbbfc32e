"""Where an account stands, how soon it is paid for and how good its projection was, each as one JSON text, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.model import AlertState, DayForecast, HorizonScore, Level, PaidAfter, Scorecard
from shared.state.encoding.values import (
    day,
    dump,
    encode_time,
    encode_time_or_none,
    finite,
    integer,
    load,
    moment,
    number,
    numbers,
    seconds,
    text,
    time,
    time_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.state.encoding.values import Json

# ---------------------------------------------------------------- the ladder


def encode_alert(alert: AlertState) -> str:
    """Where an account stands on the ladder; what is nothing is left out."""
    found = {
        "level": alert.level.label,
        "since": encode_time_or_none(alert.since),
        "told_level": alert.told_level.label,
        "worst_told": alert.worst_told.label,
        "told_at": encode_time_or_none(alert.told_at),
        "repeats": alert.repeats,
        "overdue_since": encode_time_or_none(alert.overdue_since),
        "seen_at": encode_time_or_none(alert.seen_at),
        "acknowledged_at": encode_time_or_none(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "paying_until": encode_time_or_none(alert.paying_until),
        "paying_by": alert.paying_by,
        "escalated_at": encode_time_or_none(alert.escalated_at),
        "failed_runs": alert.failed_runs,
        "failure": alert.failure,
        "short": None if alert.short is None else alert.short.label,
        "told_short": None if alert.told_short is None else alert.told_short.label,
        "entering": [[level.label, encode_time(since)] for level, since in alert.entering],
        "suspended_since": encode_time_or_none(alert.suspended_since),
        "warned_at": encode_time_or_none(alert.warned_at),
        "topped_up_at": encode_time_or_none(alert.topped_up_at),
        "road_told": encode_time_or_none(alert.road_told),
        "reason": alert.reason,
        "because": alert.because,
    }
    return dump({name: value for name, value in found.items() if value})


def decode_alert(value: object) -> AlertState:
    """Where an account stands on the ladder; what is not known is left alone."""
    found = {name: _ALERT[name](one) for name, one in load(value, dict).items() if name in _ALERT}
    level, told = found["level"], found["told_level"]  # never left out: an account that says neither is not well
    return AlertState(**{"level": level, "worst_told": told, **found})


def _level(value: object) -> Level:
    return Level.of(text(value))


def _level_or_none(value: object) -> Level | None:
    return None if value is None else _level(value)


_ALERT: dict[str, Callable[[Any], Any]] = {
    "level": _level,
    "since": time_or_none,
    "told_level": _level,
    "worst_told": _level,
    "told_at": time_or_none,
    "repeats": integer,
    "overdue_since": time_or_none,
    "seen_at": time_or_none,
    "acknowledged_at": time_or_none,
    "acknowledged_by": text,
    "paying_until": time_or_none,
    "paying_by": text,
    "escalated_at": time_or_none,
    "failed_runs": integer,
    "failure": text,
    "short": _level_or_none,
    "told_short": _level_or_none,
    "entering": lambda lines: tuple((_level(level), time(since)) for level, since in lines),
    "suspended_since": time_or_none,
    "warned_at": time_or_none,
    "topped_up_at": time_or_none,
    "road_told": time_or_none,
    "reason": text,
    "because": lambda figures: tuple((text(name), text(figure)) for name, figure in figures),
}

# ---------------------------------------------------------------- payments


def encode_payments(record: tuple[PaidAfter, ...]) -> str:
    """How long paying took, time after time."""
    return dump([[seconds(one.warned_at), seconds(one.paid_at)] for one in record])


def decode_payments(value: object) -> tuple[PaidAfter, ...]:
    """How long paying took, time after time."""
    return tuple(PaidAfter(moment(number(warned)), moment(number(paid))) for warned, paid in load(value, list))


# ---------------------------------------------------------------- the projection


def encode_scorecard(card: Scorecard) -> str:
    """How good the projection was for an account: some hundred bytes, and seventy for each forecast not yet scored."""
    return dump(
        {
            "currency": card.currency,
            "pending": [
                [
                    f.day.toordinal(),
                    seconds(f.made_at),
                    finite([*f.three_days, *f.week]),
                    None if f.ends_at is None else int(f.ends_at.timestamp()),
                ]
                for f in card.pending
            ],
            "three_days": _encode_score(card.three_days),
            "week": _encode_score(card.week),
            "ended": card.ended,
            "end_error_hours": finite([card.end_error_hours])[0],
        }
    )


def decode_scorecard(value: object) -> Scorecard:
    """How good the projection was for an account."""
    found = load(value, dict)
    return Scorecard(
        currency=text(found["currency"]),
        pending=tuple(_decode_forecast(one) for one in found["pending"]),
        three_days=_decode_score(found["three_days"]),
        week=_decode_score(found["week"]),
        ended=integer(found["ended"]),
        end_error_hours=number(found["end_error_hours"]),
    )


def _decode_forecast(value: Json) -> DayForecast:
    ordinal, made_at, amounts, ends_at = value
    a, b, c, d, e, f = numbers(amounts)
    ends = None if ends_at is None else moment(integer(ends_at))
    return DayForecast(day(ordinal), moment(number(made_at)), (a, b, c), (d, e, f), ends)


def _encode_score(score: HorizonScore) -> Json:
    return [score.days, *finite([score.weight, *score.below, score.loss, score.naive_loss, score.plain_loss])]


def _decode_score(value: Json) -> HorizonScore:
    days, *figures = value
    weight, low, middle, high, loss, naive_loss, plain_loss = numbers(figures)
    return HorizonScore(integer(days), weight, (low, middle, high), loss, naive_loss, plain_loss)
