"""One account's month as an SVG: its balance, its level as a band, its messages as marks, and where it is heading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import groupby
from math import floor, inf, isinf, log10
from typing import TYPE_CHECKING

from demo.findings import HOUR, reached_at
from shared.masking import mask_address
from shared.messages.words import level_name, minute
from shared.model import SHANGHAI, ChannelName, Language, Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.findings import Story
    from shared.model import Message, Snapshot

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
DAYS_AHEAD = 7
"""How far the projection is drawn."""
_TICKS = 4


@dataclass(frozen=True, slots=True)
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


def draw(story: Story) -> str:
    """The chart as an ``<svg>`` element."""
    scale = _scale(story)
    title = escape(f"{story.account.name} {story.account.account_id}")
    parts = [
        *_grid(scale),
        *_unknown(story, scale),
        *_fan(story, scale),
        _line(story, scale),
        *_top_ups(story, scale),
        *_dry(story, scale),
        *_band(story, scale),
        *_marks(story, scale),
    ]
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">' + "".join(parts) + "</svg>"
    )


def _scale(story: Story) -> _Scale:
    amounts = [float(amount) for amount in story.balances]
    high, low = max(*amounts, 1.0), min(*amounts, 0.0)
    end = story.start + (len(story.balances) - 1) * HOUR
    return _Scale(story.start, end + timedelta(days=DAYS_AHEAD), low - (0.04 if low < 0 else 0.0) * high, high * 1.06)


def _grid(scale: _Scale) -> Iterator[str]:
    """Amounts at the left, weeks below, the line of zero, and the red below it."""
    zero = scale.y(0.0)
    if scale.low < 0:
        yield f'<rect x="{LEFT}" y="{zero:.1f}" width="{RIGHT - LEFT}" height="{BOTTOM - zero:.1f}" fill="#fbe5e2"/>'
    for amount in _ticks(scale):
        y = scale.y(amount)
        yield f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="{"zero" if amount == 0 else "grid"}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" class="axis" text-anchor="end">{_short(amount)}</text>'
    day = scale.start
    while day < scale.end:
        x, local = scale.x(day), day.astimezone(SHANGHAI)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BAND_TOP + BAND_HEIGHT + 4}" class="grid"/>'
        yield f'<text x="{x + 3:.1f}" y="{HEIGHT - 8}" class="axis">{local.month}月{local.day}日</text>' if x < RIGHT - 60 else ""
        day += timedelta(days=7)


def _ticks(scale: _Scale) -> list[float]:
    """Round amounts, at most six of them."""
    raw = (scale.high - scale.low) / _TICKS
    power = 10.0 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    first = -floor(-scale.low / step) if scale.low < 0 else 0
    return [step * n for n in range(-int(first), int(scale.high / step) + 1) if step * n >= scale.low]


def _short(amount: float) -> str:
    return f"{amount:,.0f}"


def _line(story: Story, scale: _Scale) -> str:
    places = (
        f"{scale.x(story.start + n * HOUR):.1f},{scale.y(float(amount)):.1f}" for n, amount in enumerate(story.balances)
    )
    return f'<polyline points="{" ".join(places)}" class="balance"/>'


def _unknown(story: Story, scale: _Scale) -> Iterator[str]:
    """Grey where the product could not see."""
    for blind, group in groupby(story.snapshots, key=lambda snapshot: bool(snapshot.failure)):
        if not blind:
            continue
        seen = list(group)
        left, right = scale.x(seen[0].at), scale.x(seen[-1].at + HOUR)
        yield f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{BOTTOM - TOP}" class="unknown"/>'
        if right - left > LEFT:
            yield f'<text x="{left + 4:.1f}" y="{TOP + 12}" class="axis">读不到 unknown</text>'


def _fan(story: Story, scale: _Scale) -> Iterator[str]:
    """From the last balance to zero: early, likely and late."""
    days, amount = story.last.days_left, float(story.balance)
    if days is None or amount <= 0:
        return
    start = story.last.at
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


def _top_ups(story: Story, scale: _Scale) -> Iterator[str]:
    for at, amount in story.top_ups:
        hour = int((at - story.start) / HOUR)
        x, y = scale.x(at), scale.y(float(story.balances[hour]))
        yield (
            f'<g><path d="M{x - 5:.1f} {y - 3:.1f}h10l-5 -8z" class="paid"/>'
            f'<text x="{min(x + 7, RIGHT - 60):.1f}" y="{y - 3:.1f}" class="paid-text">+{amount:,}</text></g>'
        )


def _dry(story: Story, scale: _Scale) -> Iterator[str]:
    """Where the balance ended."""
    for dry in story.dry_outs:
        x, y = scale.x(dry.at), scale.y(0.0)
        title = f"用完 ran dry · {minute(dry.at, Language.CHINESE)}"
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="dry-mark"><title>{title}</title></circle>'


def _band(story: Story, scale: _Scale) -> Iterator[str]:
    """The level over time; grey where it was not known."""
    for (level, blind), group in groupby(story.snapshots, key=lambda s: (s.level, bool(s.failure))):
        seen: list[Snapshot] = list(group)
        left, right = scale.x(seen[0].at), scale.x(seen[-1].at + HOUR)
        words = "读不到 unknown" if blind else _both(level)
        title = f"{words} · {minute(seen[0].at, Language.CHINESE)} – {minute(seen[-1].at, Language.CHINESE)}"
        yield (
            f'<rect x="{left:.1f}" y="{BAND_TOP}" width="{right - left:.1f}" height="{BAND_HEIGHT}" '
            f'fill="{UNKNOWN if blind else COLOURS[level]}"><title>{escape(title)}</title></rect>'
        )


def _marks(story: Story, scale: _Scale) -> Iterator[str]:
    """A mark for each moment at which something was sent; what it was is said when it is pointed at."""
    last = -inf
    row = 0
    for _, group in groupby(story.messages, key=lambda message: message.queued_at):
        together = list(group)
        x = scale.x(reached_at(together[0]) or together[0].queued_at)
        row = row + 1 if x - last < 13 else 0  # marks that would touch stand one above the other
        last = x
        yield _mark(together, x, TOP - 14 - 13 * (row % 2))


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
