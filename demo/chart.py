"""One account's month as a picture: what the replay knows of it, for the product's own chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from demo.findings import HOUR
from shared.app.chart import Picture, draw

if TYPE_CHECKING:
    from demo.findings import Story

DAYS_AHEAD = 7
"""How far the projection is drawn."""


def draw_story(story: Story) -> str:
    """The chart as an ``<svg>`` element."""
    readings = tuple((story.start + n * HOUR, amount) for n, amount in enumerate(story.balances))
    picture = Picture(
        title=f"{story.account.name} {story.account.account_id}",
        start=story.start,
        end=readings[-1][0] + timedelta(days=DAYS_AHEAD),
        readings=readings,
        snapshots=story.snapshots,
        messages=story.messages,
        top_ups=tuple((at, amount, story.balances[int((at - story.start) / HOUR)]) for at, amount in story.top_ups),
        empty_at=tuple(dry.at for dry in story.dry_outs),
        heading=replace(story.last, available_amount=story.balance),
    )
    return draw(picture)
