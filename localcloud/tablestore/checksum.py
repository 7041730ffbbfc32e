"""CRC-8 with the polynomial x^8 + x^2 + x + 1, most significant bit first, as PlainBuffer uses it."""

from __future__ import annotations

_POLYNOMIAL = 0x107
_SHORT = 96
_PERIOD = 127


def _table() -> bytes:
    remainders = []
    for byte in range(256):
        value = byte << 8
        for bit in range(15, 7, -1):
            if value >> bit & 1:
                value ^= _POLYNOMIAL << (bit - 8)
        remainders.append(value)
    return bytes(remainders)


_TABLE = _table()


def crc8(data: bytes, crc: int = 0) -> int:
    """The checksum of ``data``, continued from ``crc``."""
    if len(data) > _SHORT:
        data, crc = _fold(data, crc), 0
    table = _TABLE
    for byte in data:
        crc = table[crc ^ byte]
    return crc


def _fold(data: bytes, crc: int) -> bytes:
    """Sixteen bytes with the same checksum as ``data``.

    The polynomial divides x^127 - 1, so bits 127 places apart weigh the same: halves are laid over each other until
    127 bits are left. A dozen operations on whole integers replace one step for each byte.
    """
    bits = int.from_bytes(data, "big") ^ crc << 8 * (len(data) - 1)
    width = _PERIOD
    while width < 4 * len(data):
        width *= 2
    while width >= _PERIOD:
        bits = (bits >> width) ^ (bits & (1 << width) - 1)
        width //= 2
    return bits.to_bytes(16, "big")
