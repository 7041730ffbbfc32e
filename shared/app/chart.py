"""One account over time as an SVG: its balance, its level as a band, its messages as marks, and where it is heading."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from itertools import groupby
from math import floor, inf, isinf, log10
from typing import TYPE_CHECKING

from shared.frozen import frozen
from shared.masking import mask_address
from shared.messages.words import level_name, minute
from shared.model import SHANGHAI, ChannelName, DeliveryStatus, Language, Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from shared.model import Message
    from shared.snapshot import Snapshot

COLOURS = {
    Level.HEALTHY: "#2f9e62",
    Level.NOTICE: "#1f9bb5",
    Level.WARNING: "#e0a100",
    Level.CRITICAL: "#dc4437",
    Level.OVERDUE: "#9c1c12",
    Level.SUSPENDED: "#5a0b0b",
}
"""The colours of the staff's overview (green, cyan, yellow, red ...), as a page shows them."""
UNKNOWN = "#9aa0a8"
"""For hours in which the account could not be read."""
WIDTH, HEIGHT = 760, 244
LEFT, RIGHT, TOP, BOTTOM = 62, 750, 34, 196
BAND_TOP, BAND_HEIGHT = 206, 12
MARK = 13
"""The height and width that a mark takes."""
HOUR = timedelta(hours=1)
_TICKS = 4
_DAYS_BETWEEN = ((10, 1), (21, 2), (70, 7), (400, 30))
"""Up to so many days, a line is drawn every so many."""

STYLE = """
.chart{width:100%;height:auto;display:block;margin:6px 0}
.chart text{font-family:inherit}
.axis{font-size:11px;fill:#6a7482}
.grid{stroke:#eceff3}.zero{stroke:#a5adb8}
.balance{fill:none;stroke:#24466f;stroke-width:1.8;stroke-linejoin:round}
.fan{fill:#24569f;opacity:.16}.likely{stroke:#24569f;stroke-dasharray:4 4}.today{stroke:#a5adb8;stroke-dasharray:2 3}
.dry-mark{fill:#fff;stroke:#9c1c12;stroke-width:2.2}
.unknown{fill:#9aa0a8;opacity:.16}
.paid{fill:#2457a6}.paid-text{font-size:11px;fill:#2457a6}
.mark line{opacity:.35}.sign{font-size:9px;font-weight:700;fill:#fff}
"""
"""What a page that shows a chart needs in its style sheet."""


@frozen
class Picture:
    """What is drawn."""

    title: str
    start: datetime
    end: datetime
    """The right edge, which may lie ahead of the last reading."""
    readings: tuple[tuple[datetime, Decimal], ...]
    """The balance, oldest first."""
    snapshots: tuple[Snapshot, ...]
    messages: tuple[Message, ...]
    """Oldest first."""
    top_ups: tuple[tuple[datetime, Decimal, Decimal], ...] = ()
    """When, how much, and the balance it stands at."""
    empty_at: tuple[datetime, ...] = ()
    """When the balance ended."""
    heading: Snapshot | None = None
    """Where the projection starts from; None for no projection."""


def reached_at(message: Message) -> datetime | None:
    """When the provider took a message that was then delivered; None if it did not reach anyone."""
    if message.status is not DeliveryStatus.DELIVERED:
        return None
    taken = {DeliveryStatus.SENT, DeliveryStatus.BUNDLED}
    return next((at for at, status, _ in reversed(message.history) if status in taken), None)


@frozen
class _Scale:
    """From moments and amounts to places in the picture."""

    start: datetime
    end: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)

    def y(self, amount: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (amount - self.low) / (self.high - self.low)


def draw(picture: Picture) -> str:
    """The chart as an ``<svg>`` element."""
    scale = _scale(picture)
    title = escape(picture.title)
    parts = [
        *_grid(scale),
        *_unknown(picture, scale),
        *_fan(picture, scale),
        _line(picture, scale),
        *_top_ups(picture, scale),
        *_dry(picture, scale),
        *_band(picture, scale),
        *_marks(picture, scale),
    ]
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
        + "".join(parts)
        + "</svg>"
    )


def _scale(picture: Picture) -> _Scale:
    amounts = [float(amount) for _, amount in picture.readings]
    high, low = max([*amounts, 1.0]), min([*amounts, 0.0])
    end = max(picture.end, picture.start + HOUR)
    return _Scale(picture.start, end, low - (0.04 if low < 0 else 0.0) * high, high * 1.06)


def _grid(scale: _Scale) -> Iterator[str]:
    """Amounts at the left, days below, the line of zero, and the red below it."""
    zero = scale.y(0.0)
    if scale.low < 0:
        yield f'<rect x="{LEFT}" y="{zero:.1f}" width="{RIGHT - LEFT}" height="{BOTTOM - zero:.1f}" fill="#fbe5e2"/>'
    for amount in _ticks(scale):
        y, kind = scale.y(amount), "grid" if amount else "zero"
        yield f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="{kind}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" class="axis" text-anchor="end">{_short(amount)}</text>'
    span = scale.end - scale.start
    step = next((days for longest, days in _DAYS_BETWEEN if span <= timedelta(days=longest)), 60)
    day = scale.start
    while day < scale.end:
        x, local = scale.x(day), day.astimezone(SHANGHAI)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BAND_TOP + BAND_HEIGHT + 4}" class="grid"/>'
        if x < RIGHT - LEFT:  # where there is room for it
            yield f'<text x="{x + 3:.1f}" y="{HEIGHT - 8}" class="axis">{local.month}月{local.day}日</text>'
        day += timedelta(days=step)


def _ticks(scale: _Scale) -> list[float]:
    """Round amounts, at most six of them."""
    raw = (scale.high - scale.low) / _TICKS
    power = 10.0 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    first = -floor(-scale.low / step) if scale.low < 0 else 0
    return [step * n for n in range(-int(first), int(scale.high / step) + 1) if step * n >= scale.low]


def _short(amount: float) -> str:
    return f"{amount:,.0f}"


def _line(picture: Picture, scale: _Scale) -> str:
    places = (f"{scale.x(at):.1f},{scale.y(float(amount)):.1f}" for at, amount in picture.readings)
    return f'<polyline points="{" ".join(places)}" class="balance"/>'


def _unknown(picture: Picture, scale: _Scale) -> Iterator[str]:
    """Grey where the product could not see."""
    for blind, group in groupby(picture.snapshots, key=lambda snapshot: bool(snapshot.failure)):
        if not blind:
            continue
        seen = list(group)
        left, right = scale.x(seen[0].at), scale.x(seen[-1].at + HOUR)
        yield f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{BOTTOM - TOP}" class="unknown"/>'
        if right - left > LEFT:
            yield f'<text x="{left + 4:.1f}" y="{TOP + 12}" class="axis">读不到 unknown</text>'


def _fan(picture: Picture, scale: _Scale) -> Iterator[str]:
    """From the last balance to zero: early, likely and late."""
    seen = picture.heading
    if seen is None or seen.days_left is None or not seen.available_amount or seen.available_amount <= 0:
        return
    start, amount, days = seen.at, float(seen.available_amount), seen.days_left
    early, likely, late = (_aim(start, amount, one, scale) for one in days)
    x, y = scale.x(start), scale.y(amount)
    corners = [(x, y), *early, *reversed(late)]
    places = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
    yield f'<polygon points="{places}" class="fan"/>'
    (a, b) = likely[0]
    yield f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{a:.1f}" y2="{b:.1f}" class="likely"/>'
    yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BOTTOM}" class="today"/>'


def _aim(start: datetime, amount: float, days: float, scale: _Scale) -> list[tuple[float, float]]:
    """Where a straight way down to zero in ``days`` leaves the picture, and the corner at its lower right if needed."""
    room = (scale.end - start) / timedelta(days=1)
    if days <= room:
        return [(scale.x(start + timedelta(days=days)), scale.y(0.0)), (scale.x(scale.end), scale.y(0.0))]
    share = 0.0 if isinf(days) else room / days
    return [(scale.x(scale.end), scale.y(amount * (1.0 - share)))]


def _top_ups(picture: Picture, scale: _Scale) -> Iterator[str]:
    for at, amount, left in picture.top_ups:
        x, y = scale.x(at), scale.y(float(left))
        yield (
            f'<g><path d="M{x - 5:.1f} {y - 3:.1f}h10l-5 -8z" class="paid"/>'
            f'<text x="{min(x + 7, RIGHT - 60):.1f}" y="{y - 3:.1f}" class="paid-text">+{amount:,}</text></g>'
        )


def _dry(picture: Picture, scale: _Scale) -> Iterator[str]:
    """Where the balance ended."""
    for at in picture.empty_at:
        x, y = scale.x(at), scale.y(0.0)
        title = f"用完 ran dry · {minute(at, Language.CHINESE)}"
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="dry-mark"><title>{title}</title></circle>'


def _band(picture: Picture, scale: _Scale) -> Iterator[str]:
    """The level over time; grey where it was not known."""
    for (level, blind), group in groupby(picture.snapshots, key=lambda s: (s.level, bool(s.failure))):
        seen: list[Snapshot] = list(group)
        left, right = scale.x(seen[0].at), scale.x(seen[-1].at + HOUR)
        words = "读不到 unknown" if blind else _both(level)
        title = f"{words} · {minute(seen[0].at, Language.CHINESE)} – {minute(seen[-1].at, Language.CHINESE)}"
        yield (
            f'<rect x="{left:.1f}" y="{BAND_TOP}" width="{right - left:.1f}" height="{BAND_HEIGHT}" '
            f'fill="{UNKNOWN if blind else COLOURS[level]}"><title>{escape(title)}</title></rect>'
        )


def _marks(picture: Picture, scale: _Scale) -> Iterator[str]:
    """A mark for each moment at which something was sent; what it was is said when it is pointed at."""
    last = -inf
    row = 0
    for _, group in groupby(picture.messages, key=lambda message: message.queued_at):
        together = list(group)
        x = scale.x(reached_at(together[0]) or together[0].queued_at)
        row = row + 1 if x - last < MARK else 0  # marks that would touch stand one above the other
        last = x
        yield _mark(together, x, TOP - 14 - MARK * (row % 2))


def _mark(together: list[Message], x: float, y: float) -> str:
    first = together[0]
    colour = COLOURS[Level.HEALTHY] if first.topic is Topic.RECOVERED else COLOURS[first.level]
    sign = "✓" if first.topic is Topic.RECOVERED else "!"
    words = "恢复 recovered" if first.topic is Topic.RECOVERED else _both(first.level)
    lines = [f"{words} · {minute(first.queued_at, Language.CHINESE)}"]
    lines += [f"{_channel(m)} {m.contact} {mask_address(m.address)}: {m.status}" for m in together]
    bottom = BAND_TOP
    return (
        f'<g class="mark"><line x1="{x:.1f}" x2="{x:.1f}" y1="{y + 6:.1f}" y2="{bottom}" stroke="{colour}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>'
        f'<text x="{x:.1f}" y="{y + 3.5:.1f}" text-anchor="middle" class="sign">{sign}</text>'
        f"<title>{escape(chr(10).join(lines))}</title></g>"
    )


def _channel(message: Message) -> str:
    return "短信 SMS" if message.channel is ChannelName.SMS else "邮件 mail"


def _both(level: Level) -> str:
    return f"{level_name(level, Language.CHINESE)} {level_name(level, Language.ENGLISH)}"
