"""A reader for the pictures in mails: as strict as the format is, and no more than they need."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Png:
    width: int
    height: int
    rows: tuple[tuple[Colour, ...], ...]

    def column(self, x: int) -> list[Colour]:
        return [row[x] for row in self.rows]


def read_png(data: bytes) -> Png:
    """A palette picture of one byte a pixel, unfiltered; ``AssertionError`` for anything else."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: list[tuple[bytes, bytes]] = []
    place = 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        name, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length) == (zlib.crc32(name + content),)
        chunks.append((name, content))
        place += 12 + length
    assert [name for name, _ in chunks] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    header, palette, pixels, end = (content for _, content in chunks)
    width, height, *form = struct.unpack(">IIBBBBB", header)
    assert form == [8, 3, 0, 0, 0]
    assert end == b""
    colours = [(palette[n], palette[n + 1], palette[n + 2]) for n in range(0, len(palette), 3)]
    assert len(colours) <= 256
    raw = zlib.decompress(pixels)
    assert len(raw) == (width + 1) * height
    lines = [raw[start : start + width + 1] for start in range(0, len(raw), width + 1)]
    assert {line[0] for line in lines} == {0}
    return Png(width, height, tuple(tuple(colours[pixel] for pixel in line[1:]) for line in lines))
