"""Line charts as SVG, written by hand: no library draws them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7c3aed", "#0e7490", "#a16207", "#be185d", "#475569")
WIDTH, HEIGHT = 640, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 170, 40, 50


@dataclass(frozen=True, slots=True)
class Line:
    """A named line; dashed ones are for comparison."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A shaded range: x, low, high."""

    name: str
    points: Sequence[tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines and bands in one frame; ``x`` and ``y`` are the ends of the axes."""

    title: str
    x_label: str
    y_label: str
    x: tuple[float, float]
    y: tuple[float, float]
    lines: Sequence[Line]
    bands: Sequence[Band] = ()
    ticks: tuple[int, int] = (5, 5)
    """Steps across and up."""

    def svg(self) -> str:
        """Return the whole file."""
        bands = [self._band(band, 0.45 if at else 0.2) for at, band in enumerate(self.bands)]
        lines = [self._line(line, COLOURS[at % len(COLOURS)], at) for at, line in enumerate(self.lines)]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
                "<style>text { font: 12px sans-serif }</style>",
                f"<title>{escape(self.title)}</title>",
                f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
                f'<text x="{LEFT}" y="22" style="font-size: 15px">{escape(self.title)}</text>',
                *self._axes(),
                *bands,
                *lines,
                "</svg>\n",
            ]
        )

    def _across(self, value: float) -> float:
        share = (value - self.x[0]) / (self.x[1] - self.x[0])
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def _up(self, value: float) -> float:
        share = (value - self.y[0]) / (self.y[1] - self.y[0])
        return HEIGHT - BOTTOM - min(max(share, 0.0), 1.0) * (HEIGHT - TOP - BOTTOM)

    def _axes(self) -> list[str]:
        out: list[str] = []
        middle = (WIDTH - RIGHT + LEFT) / 2
        for tick in range(self.ticks[0] + 1):
            value = self.x[0] + (self.x[1] - self.x[0]) * tick / self.ticks[0]
            x = f"{self._across(value):.1f}"
            out += [
                f'<path d="M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="#e2e8f0"/>',
                f'<text x="{x}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:.3g}</text>',
            ]
        for tick in range(self.ticks[1] + 1):
            value = self.y[0] + (self.y[1] - self.y[0]) * tick / self.ticks[1]
            y = self._up(value)
            out += [
                f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e2e8f0"/>',
                f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>',
            ]
        height = (TOP + HEIGHT - BOTTOM) / 2
        return [
            *out,
            f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">{escape(self.x_label)}</text>',
            f'<text transform="translate(16 {height}) rotate(-90)" text-anchor="middle">{escape(self.y_label)}</text>',
        ]

    def _line(self, line: Line, colour: str, at: int) -> str:
        path = " ".join(f"{self._across(x):.1f},{self._up(y):.1f}" for x, y in line.points)
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        label = TOP + 14 + 18 * at
        return (
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>\n'
            f'<path d="M{WIDTH - RIGHT + 10} {label - 4}h18" stroke="{colour}" stroke-width="2"{dash}/>'
            f'<text x="{WIDTH - RIGHT + 34}" y="{label}">{escape(line.name)}</text>'
        )

    def _band(self, band: Band, strength: float) -> str:
        upper = [f"{self._across(x):.1f},{self._up(high):.1f}" for x, _, high in band.points]
        lower = [f"{self._across(x):.1f},{self._up(low):.1f}" for x, low, _ in reversed(band.points)]
        path = " ".join([*upper, *lower])
        return (
            f'<polygon points="{path}" fill="#fb923c" opacity="{strength}"><title>{escape(band.name)}</title></polygon>'
        )
