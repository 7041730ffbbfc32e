"""Nested values as the JSON text of one column, and back.

Amounts are text (``Decimal`` survives exactly), times of the history are epoch seconds, its days are ordinals:
72 readings, 90 days and a month of bills stay well below 6 KB.

Every ``decode_`` function raises ``LookupError``, ``TypeError``, ``ValueError`` or ``ArithmeticError`` on text that it
does not understand; rows.py turns those into a MalformedRow that names the place.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime, timedelta
from datetime import time as Clock  # noqa: N812 -- time() here reads a moment
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from shared.model import (
    AlertState,
    Certainty,
    ChannelName,
    Contact,
    DayForecast,
    DaySpend,
    DeliveryStatus,
    HorizonScore,
    Language,
    Level,
    MailContent,
    PaidAfter,
    ProductCost,
    Reading,
    Scorecard,
    Sending,
    SmsContent,
    SpendHistory,
    Summary,
    Transaction,
    TransactionKind,
)

K = TypeVar("K", list[Any], dict[str, Any])
Json: TypeAlias = list[Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LETTER = {Certainty.MEASURED: "m", Certainty.ESTIMATED: "e", Certainty.MISSING: "x"}
_CERTAINTY = {letter: certainty for certainty, letter in _LETTER.items()}

# ---------------------------------------------------------------- single values


def text(value: object) -> str:
    """A text, and nothing else."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {value!r}")
    return value


def integer(value: object) -> int:
    """An integer, and nothing else."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected an integer, found {value!r}")
    return value


def positive(value: object) -> int:
    """An integer above zero."""
    if integer(value) < 1:
        raise ValueError(f"expected an integer above zero, found {value!r}")
    return integer(value)


def truth(value: object) -> bool:
    """True or false, and nothing else."""
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, found {value!r}")
    return value


def digest(value: object) -> str:
    """Ten hex digits, as ``config_version`` makes them."""
    if re.fullmatch("[0-9a-f]{10}", text(value)) is None:
        raise ValueError(f"expected ten hex digits, found {value!r}")
    return text(value)


def amount(value: object) -> Decimal:
    """A finite decimal number, written as text."""
    # Two hundred of them in an account's past: the usual kind is not handed on to be asked for its kind.
    number = Decimal(value if type(value) is str else text(value))
    if not number.is_finite():
        raise ValueError(f"expected an amount, found {value!r}")
    return number


def encode_time(at: datetime) -> str:
    """A moment as ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat()


def time(value: object) -> datetime:
    """A moment in ISO 8601 with its offset from UTC."""
    at = datetime.fromisoformat(text(value))
    if at.tzinfo is None:
        raise ValueError(f"expected a time with its offset from UTC, found {value!r}")
    return at.astimezone(UTC)


def dump(value: object) -> str:
    """JSON text, as short as it can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def load(value: object, kind: type[K]) -> K:
    """JSON text of a list or of an object, and nothing else."""
    found = json.loads(text(value))
    if not isinstance(found, kind):
        raise TypeError(f"expected a JSON {kind.__name__}, found {found!r}")
    return found


def _seconds(at: datetime) -> int | float:
    since = at - _EPOCH
    return since.total_seconds() if since.microseconds else since // timedelta(seconds=1)


def _moment(value: float) -> datetime:
    return _EPOCH + timedelta(seconds=value)


def _optional_time(at: datetime | None) -> str | None:
    return None if at is None else encode_time(at)


def _time_or_none(value: object) -> datetime | None:
    return None if value is None else time(value)


def _text_or_none(value: object) -> str | None:
    return None if value is None else text(value)


# ---------------------------------------------------------------- accounts


def encode_contacts(contacts: tuple[Contact, ...]) -> str:
    """The people of an account."""
    return dump(
        [
            {
                "name": c.name,
                "phone": c.phone,
                "mail": c.mail,
                "language": c.language,
                "timezone": c.timezone,
                "quiet": None if c.quiet is None else [one.isoformat("minutes") for one in c.quiet],
            }
            for c in contacts
        ]
    )


def decode_contacts(value: object) -> tuple[Contact, ...]:
    """The people of an account."""
    return tuple(
        Contact(
            name=text(c["name"]),
            phone=_text_or_none(c["phone"]),
            mail=_text_or_none(c["mail"]),
            language=Language(c["language"]),
            timezone=_text_or_none(c.get("timezone")),
            quiet=_quiet_or_none(c.get("quiet")),
        )
        for c in load(value, list)
    )


def _quiet_or_none(value: Json | None) -> tuple[Clock, Clock] | None:
    if value is None:
        return None
    start, end = (Clock.fromisoformat(text(one)) for one in value)
    return start, end


# ---------------------------------------------------------------- account states


def encode_alert(alert: AlertState) -> str:
    """Where an account stands on the ladder."""
    return dump(
        {
            "level": alert.level.label,
            "since": _optional_time(alert.since),
            "told_level": alert.told_level.label,
            "worst_told": alert.worst_told.label,
            "told_at": _optional_time(alert.told_at),
            "repeats": alert.repeats,
            "overdue_since": _optional_time(alert.overdue_since),
            "seen_at": _optional_time(alert.seen_at),
            "acknowledged_at": _optional_time(alert.acknowledged_at),
            "acknowledged_by": alert.acknowledged_by,
            "paying_until": _optional_time(alert.paying_until),
            "paying_by": alert.paying_by,
            "escalated_at": _optional_time(alert.escalated_at),
            "failed_runs": alert.failed_runs,
            "failure": alert.failure,
            "short": None if alert.short is None else alert.short.label,
            "told_short": None if alert.told_short is None else alert.told_short.label,
            "entering": [[level.label, encode_time(since)] for level, since in alert.entering],
            "suspended_since": _optional_time(alert.suspended_since),
            "warned_at": _optional_time(alert.warned_at),
            "topped_up_at": _optional_time(alert.topped_up_at),
            "road_told": _optional_time(alert.road_told),
            "reason": alert.reason,
            "because": [list(figure) for figure in alert.because],
        }
    )


def decode_alert(value: object) -> AlertState:
    """Where an account stands on the ladder."""
    found = load(value, dict)
    return AlertState(
        level=Level.of(text(found["level"])),
        since=_time_or_none(found["since"]),
        told_level=Level.of(text(found["told_level"])),
        worst_told=Level.of(text(found.get("worst_told", found["told_level"]))),
        told_at=_time_or_none(found["told_at"]),
        repeats=integer(found["repeats"]),
        overdue_since=_time_or_none(found["overdue_since"]),
        seen_at=_time_or_none(found["seen_at"]),
        acknowledged_at=_time_or_none(found.get("acknowledged_at")),
        acknowledged_by=text(found.get("acknowledged_by", "")),
        paying_until=_time_or_none(found.get("paying_until")),
        paying_by=text(found.get("paying_by", "")),
        escalated_at=_time_or_none(found.get("escalated_at")),
        failed_runs=integer(found["failed_runs"]),
        failure=text(found["failure"]),
        short=_level_or_none(found.get("short")),
        told_short=_level_or_none(found.get("told_short")),
        entering=tuple((Level.of(text(level)), time(since)) for level, since in found.get("entering", [])),
        suspended_since=_time_or_none(found.get("suspended_since")),
        warned_at=_time_or_none(found.get("warned_at")),
        topped_up_at=_time_or_none(found.get("topped_up_at")),
        road_told=_time_or_none(found.get("road_told")),
        reason=text(found.get("reason", "")),
        because=tuple((text(name), text(value)) for name, value in found.get("because", [])),
    )


def _level_or_none(value: object) -> Level | None:
    return None if value is None else Level.of(text(value))


def encode_payments(record: tuple[PaidAfter, ...]) -> str:
    """How long paying took, time after time."""
    return dump([[_seconds(one.warned_at), _seconds(one.paid_at)] for one in record])


def decode_payments(value: object) -> tuple[PaidAfter, ...]:
    """How long paying took, time after time."""
    return tuple(PaidAfter(_moment(number(warned)), _moment(number(paid))) for warned, paid in load(value, list))


def encode_history(history: SpendHistory) -> str:
    """An account's past; each product's names stand once, and its bills point at them."""
    products = {(p.product_code, p.product_name, p.prepaid): None for p in history.products}
    number = {product: index for index, product in enumerate(products)}
    return dump(
        {
            "readings": [
                [_seconds(r.at), str(r.available_amount), *_extras(r.credit_amount, r.quota)] for r in history.readings
            ],
            "days": [
                [d.day.toordinal(), str(d.amount), _LETTER[d.certainty], *_unless_zero(d.one_off)] for d in history.days
            ],
            "movements": [[m.transaction_id, _seconds(m.at), m.kind, str(m.amount)] for m in history.movements],
            "products": [list(product) for product in products],
            "bills": [
                [p.day.toordinal(), number[p.product_code, p.product_name, p.prepaid], str(p.billed_cost)]
                for p in history.products
            ],
            "movements_until": _optional_time(history.movements_until),
            "bills_until": None if history.bills_until is None else history.bills_until.isoformat(),
            "currency": history.currency,
            "former_currency": history.former_currency,
        }
    )


def decode_history(value: object) -> SpendHistory:
    """An account's past."""
    found = load(value, dict)
    until = found["bills_until"]
    return SpendHistory(
        readings=tuple(
            Reading(_moment(at), amount(left), *map(amount, extras)) for at, left, *extras in found["readings"]
        ),
        days=tuple(
            DaySpend(_day(day), amount(spent), _CERTAINTY[letter], *map(amount, one_off))
            for day, spent, letter, *one_off in found["days"]
        ),
        movements=tuple(
            Transaction(text(name), _moment(at), TransactionKind(kind), amount(moved))
            for name, at, kind, moved in found["movements"]
        ),
        products=_decode_bills(found["products"], found["bills"]),
        movements_until=_time_or_none(found["movements_until"]),
        bills_until=None if until is None else date.fromisoformat(text(until)),
        currency=_text_or_none(found.get("currency")),
        former_currency=_text_or_none(found.get("former_currency")),
    )


def _decode_bills(products: Json, bills: Json) -> tuple[ProductCost, ...]:
    names = {index: (text(code), text(name), truth(prepaid)) for index, (code, name, prepaid) in enumerate(products)}
    found = []
    for day, index, cost in bills:
        code, name, prepaid = names[index]
        found.append(ProductCost(_day(day), code, name, amount(cost), prepaid))
    return tuple(found)


def _extras(credit: Decimal, quota: Decimal) -> list[str]:
    """The last places of a reading, left out where they say nothing."""
    return [str(credit), str(quota)] if quota else _unless_zero(credit)


def _unless_zero(value: Decimal) -> list[str]:
    """The last place of a list, left out where it says nothing: as rows written by an older program have it."""
    return [str(value)] if value else []


def _day(value: object) -> date:
    return date.fromordinal(integer(value))


def encode_scorecard(card: Scorecard) -> str:
    """How good the projection was for an account: some hundred bytes, and eighty for each forecast not yet scored."""
    return dump(
        {
            "currency": card.currency,
            "pending": [
                [
                    f.day.toordinal(),
                    _seconds(f.made_at),
                    [*f.three_days, *f.week],
                    None if f.ends_at is None else int(f.ends_at.timestamp()),
                ]
                for f in card.pending
            ],
            "three_days": _encode_score(card.three_days),
            "week": _encode_score(card.week),
            "ended": card.ended,
            "end_error_hours": card.end_error_hours,
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
    day, made_at, amounts, ends_at = value
    a, b, c, d, e, f = map(number, amounts)
    ends = None if ends_at is None else _moment(integer(ends_at))
    return DayForecast(_day(day), _moment(number(made_at)), (a, b, c), (d, e, f), ends)


def _encode_score(score: HorizonScore) -> Json:
    return [score.days, score.weight, *score.below, score.loss, score.naive_loss, score.plain_loss]


def _decode_score(value: Json) -> HorizonScore:
    days, *figures = value
    weight, low, middle, high, loss, naive_loss, plain_loss = map(number, figures)
    return HorizonScore(integer(days), weight, (low, middle, high), loss, naive_loss, plain_loss)


def number(value: object) -> float:
    """An integer or a fraction, and nothing else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"expected a number, found {value!r}")
    return value


# ---------------------------------------------------------------- snapshots


def encode_days_left(days_left: tuple[float, ...]) -> str:
    """Runways in days; null for one whose end is not in sight, since JSON has no infinity."""
    return dump([None if math.isinf(days) else days for days in days_left])


def decode_days_left(value: object) -> tuple[float, float, float]:
    """Runways in days: early, likely, late."""
    early, likely, late = (math.inf if days is None else float(days) for days in load(value, list))
    return early, likely, late


# ---------------------------------------------------------------- messages


def encode_content(content: SmsContent | MailContent) -> str:
    """What a message says."""
    if isinstance(content, MailContent):
        return dump({"subject": content.subject, "html": content.html, "text": content.text})
    return dump(
        {
            "sign_name": content.sign_name,
            "template_code": content.template_code,
            "parameters": content.parameters,
            "text": content.text,
        }
    )


def decode_content(channel: ChannelName, value: object) -> SmsContent | MailContent:
    """What a message on ``channel`` says."""
    found = load(value, dict)
    if channel is ChannelName.MAIL:
        return MailContent(text(found["subject"]), text(found["html"]), text(found["text"]))
    parameters = tuple((text(name), text(said)) for name, said in found["parameters"])
    return SmsContent(text(found["sign_name"]), text(found["template_code"]), parameters, text(found["text"]))


def encode_transitions(transitions: tuple[tuple[datetime, DeliveryStatus, str], ...]) -> str:
    """A message's way so far: when, into what, why."""
    return dump([[encode_time(at), status, why] for at, status, why in transitions])


def decode_transitions(value: object) -> tuple[tuple[datetime, DeliveryStatus, str], ...]:
    """A message's way so far: when, into what, why."""
    return tuple((time(at), DeliveryStatus(status), text(why)) for at, status, why in load(value, list))


def encode_summary(summary: Summary) -> str:
    """What a bundle would say of a message's account."""
    return dump(
        {
            "language": summary.language,
            "name": summary.name,
            "as_of": encode_time(summary.as_of),
            "end": summary.end,
            "ends_at": _optional_time(summary.ends_at),
            "figures": summary.figures,
            "digest": summary.digest,
        }
    )


def decode_summary(value: object) -> Summary:
    """What a bundle would say of a message's account."""
    found = load(value, dict)
    return Summary(
        language=Language(found["language"]),
        name=text(found["name"]),
        as_of=time(found["as_of"]),
        end=text(found["end"]),
        ends_at=_time_or_none(found["ends_at"]),
        figures=_pairs(found["figures"]),
        digest=truth(found["digest"]),
    )


def encode_members(members: tuple[tuple[str, str], ...]) -> str:
    """The messages of a bundle: account and id."""
    return dump(members)


def decode_members(value: object) -> tuple[tuple[str, str], ...]:
    """The messages of a bundle: account and id."""
    return _pairs(load(value, list))


def _pairs(found: Json) -> tuple[tuple[str, str], ...]:
    return tuple((text(one), text(other)) for one, other in found)


# ---------------------------------------------------------------- limits


def encode_sendings(sendings: tuple[Sending, ...]) -> str:
    """What was handed over: when, on which channel, to whom in short, for how much."""
    return dump([[_seconds(s.at), s.channel, s.line, str(s.price)] for s in sendings])


def decode_sendings(value: object) -> tuple[Sending, ...]:
    """What was handed over: when, on which channel, to whom in short, for how much."""
    return tuple(
        Sending(_moment(at), ChannelName(channel), text(line), amount(price))
        for at, channel, line, price in load(value, list)
    )
