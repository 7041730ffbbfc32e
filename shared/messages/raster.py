"""A small raster of flat grounds and smooth inks, written as a palette PNG (www.w3.org/TR/png).

A pixel is one byte: what lies behind (a ground), and which ink covers how much of it. So a line may cross any ground
with soft edges, and the palette still has fewer than 256 colours.
"""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum
from itertools import pairwise
from math import ceil, floor, hypot
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Ground(IntEnum):
    """What lies behind, by its place in the palette."""

    PAGE = 0
    BELOW_ZERO = 1
    UNSEEN = 2
    FAN = 3


class Ink(IntEnum):
    """What is drawn on it."""

    BALANCE = 0
    LIKELY = 1
    FAN_EDGE = 2
    ZERO = 3
    TICK = 4
    NOW = 5
    BAR = 6
    END = 7


_GROUNDS: Final = (0xFFFFFF, 0xFBE5E2, 0xE6E9EE, 0xC9D9EE)
_INKS: Final = (0x1B3D66, 0x2F6BB8, 0xC9D9EE, 0xC23B30, 0xE3E7ED, 0x7C8693, 0x7FA6D6, 0x9C1C12)
_STEPS: Final = 7
"""In how many steps an ink covers a ground: 4 grounds times (1 + 8 inks times 7 steps) is 228 colours."""
_EFFORT: Final = 8
"""Of zlib: 9 takes twice as long for 2 % less, 6 gives a third more."""


def inked(ink: Ink, ground: Ground = Ground.PAGE, step: int = _STEPS) -> int:
    """The pixel whose ``ground`` is covered by ``step`` sevenths of ``ink``."""
    return ground + len(_GROUNDS) * (ink * _STEPS + step)


class Canvas:
    """Pixels to draw on, the origin at the upper left; what is drawn outside is not there."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        # Each row begins with its filter byte, as the file has it: 0 for none.
        self._row = width + 1
        self._pixels = bytearray(self._row * height)

    def area(self, left: float, top: float, right: float, bottom: float, pixel: int) -> None:
        """Fill the whole pixels of a rectangle, at least one pixel wide and high."""
        x, y = self._inside(round(left), self.width), self._inside(round(top), self.height)
        across = min(max(round(right) - x, 1), self.width - x)
        for row in range(y, min(max(round(bottom), y + 1), self.height)):
            start = row * self._row + 1 + x
            self._pixels[start : start + across] = bytes((pixel,)) * across

    def column(self, x: int, top: float, bottom: float) -> None:
        """Fill one column of the fan, its ends as soft as a line's."""
        first, last = ceil(top), floor(bottom)
        if first < last:
            start = first * self._row + 1 + x
            self._pixels[start : last * self._row + 1 + x : self._row] = bytes((Ground.FAN,)) * (last - first)
            self._cover(x, first - 1, Ink.FAN_EDGE, first - top)
            self._cover(x, last, Ink.FAN_EDGE, bottom - last)
        else:
            self._cover(x, floor(top), Ink.FAN_EDGE, bottom - top)

    def upright(self, x: float, ink: Ink, dash: int = 0) -> None:
        """A line from top to bottom, two pixels wide; with a ``dash``, strokes and gaps of so many pixels."""
        whole = bytes(inked(ink, Ground(pixel % len(_GROUNDS))) for pixel in range(256))
        left = self._inside(round(x) - 1, self.width - 1)
        for top in range(0, self.height, 2 * dash or self.height):
            for column in (left, left + 1):
                bottom = min(top + (dash or self.height), self.height)
                stroke = slice(top * self._row + 1 + column, bottom * self._row, self._row)
                self._pixels[stroke] = self._pixels[stroke].translate(whole)

    def line(self, points: Sequence[tuple[float, float]], width: float, ink: Ink) -> None:
        """A line through ``points`` with round joints."""
        for (x0, y0), (x1, y1) in pairwise(points):
            steep = abs(y1 - y0) > abs(x1 - x0)
            start, end = sorted(((y0, x0), (y1, x1)) if steep else ((x0, y0), (x1, y1)))
            for place, low, high in _strip(start, end, width):
                for other in range(floor(low), ceil(high)):
                    share = min(high, other + 1.0) - max(low, float(other))
                    self._cover(*((other, place) if steep else (place, other)), ink, share)
        for x, y in points:
            self.disc(x, y, width / 2, ink)

    def disc(self, x: float, y: float, radius: float, ink: Ink) -> None:
        """A filled circle."""
        for column, row, distance in _around(x, y, radius):
            self._cover(column, row, ink, radius + 0.5 - distance)

    def ring(self, x: float, y: float, radius: float, width: float, ink: Ink) -> None:
        """A circle that is white inside."""
        for column, row, distance in _around(x, y, radius):
            if distance < radius - width / 2 and self._is_inside(column, row):
                self._pixels[row * self._row + 1 + column] = Ground.PAGE
            self._cover(column, row, ink, min(radius + 0.5 - distance, distance - radius + width + 0.5))

    def png(self) -> bytes:
        """The picture as a file."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        # Four chunks are all that a palette picture needs: a package for them would only be more to deploy.
        chunks = (
            (b"IHDR", header),
            (b"PLTE", _PALETTE),
            (b"IDAT", zlib.compress(self._pixels, _EFFORT)),
            (b"IEND", b""),
        )
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)

    def _cover(self, x: int, y: int, ink: Ink, share: float) -> None:
        """Put ink on a pixel; what covers more of it stays, so that soft edges eat nothing away."""
        step = round(min(share, 1.0) * _STEPS)
        if step < 1 or not self._is_inside(x, y):
            return
        place = y * self._row + 1 + x
        before, ground = divmod(self._pixels[place], len(_GROUNDS))
        if before == 0 or (before - 1) % _STEPS < step:
            self._pixels[place] = ground + len(_GROUNDS) * (ink * _STEPS + step)

    def _is_inside(self, x: int, y: int) -> bool:
        return 0 <= x < self.width and 0 <= y < self.height

    @staticmethod
    def _inside(value: int, size: int) -> int:
        return min(max(value, 0), size - 1)


def _strip(start: tuple[float, float], end: tuple[float, float], width: float) -> Iterator[tuple[int, float, float]]:
    """Each pixel along a line's longer way, and from where to where the line covers the other way."""
    (a0, b0), (a1, b1) = start, end
    if a1 - a0 <= 0.0:
        return
    half = width / 2 * hypot(a1 - a0, b1 - b0) / (a1 - a0)
    for place in range(floor(a0), ceil(a1)):
        at = min(max(place + 0.5, a0), a1)
        middle = b0 + (b1 - b0) * (at - a0) / (a1 - a0)
        yield place, middle - half, middle + half


def _around(x: float, y: float, radius: float) -> Iterator[tuple[int, int, float]]:
    """The pixels that a circle may touch, with the distance of each from its middle."""
    for row in range(floor(y - radius), ceil(y + radius)):
        for column in range(floor(x - radius), ceil(x + radius)):
            yield column, row, hypot(column + 0.5 - x, row + 0.5 - y)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _mixed(ground: int, ink: int, step: int) -> bytes:
    pairs = zip(ground.to_bytes(3, "big"), ink.to_bytes(3, "big"), strict=True)
    return bytes(round(below + (above - below) * step / _STEPS) for below, above in pairs)


_PALETTE: Final = b"".join(ground.to_bytes(3, "big") for ground in _GROUNDS) + b"".join(
    _mixed(ground, ink, step) for ink in _INKS for step in range(1, _STEPS + 1) for ground in _GROUNDS
)
