"""People, messages and what was handed over, as the JSON text of one column, and back."""

from __future__ import annotations

import math
from datetime import datetime
from datetime import time as Clock  # noqa: N812 -- time() here reads a moment
from typing import TYPE_CHECKING

from shared.model import (
    ChannelName,
    Contact,
    DeliveryStatus,
    Language,
    MailContent,
    Sending,
    SmsContent,
    Summary,
)
from shared.state.encoding.values import (
    amount,
    days_ahead,
    dump,
    encode_time,
    encode_time_or_none,
    load,
    moment,
    seconds,
    text,
    text_or_none,
    time,
    time_or_none,
    truth,
)

if TYPE_CHECKING:
    from shared.state.encoding.values import Json


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
            phone=text_or_none(c["phone"]),
            mail=text_or_none(c["mail"]),
            language=Language(c["language"]),
            timezone=text_or_none(c.get("timezone")),
            quiet=_quiet_or_none(c.get("quiet")),
        )
        for c in load(value, list)
    )


def _quiet_or_none(value: Json | None) -> tuple[Clock, Clock] | None:
    if value is None:
        return None
    start, end = (Clock.fromisoformat(text(one)) for one in value)
    return start, end


def encode_days_left(days_left: tuple[float, ...]) -> str:
    """Runways in days; null for one whose end is not in sight."""
    return dump(days_ahead(days_left))


def decode_days_left(value: object) -> tuple[float, float, float]:
    """Runways in days: early, likely, late."""
    early, likely, late = (math.inf if days is None else float(days) for days in load(value, list))
    return early, likely, late


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
            "ends_at": encode_time_or_none(summary.ends_at),
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
        ends_at=time_or_none(found["ends_at"]),
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


def encode_sendings(sendings: tuple[Sending, ...]) -> str:
    """What was handed over: when, on which channel, to whom in short, for how much."""
    return dump([[seconds(s.at), s.channel, s.line, str(s.price)] for s in sendings])


def decode_sendings(value: object) -> tuple[Sending, ...]:
    """What was handed over: when, on which channel, to whom in short, for how much."""
    return tuple(
        Sending(moment(at), ChannelName(channel), text(line), amount(price))
        for at, channel, line, price in load(value, list)
    )
