"""PlainBuffer: how rows travel inside Tablestore's messages.

A buffer is the int32 0x75 and then rows; a row is its primary key cells, its attribute cells, an optional delete marker
and a CRC-8; a cell is a name, a value, an operation, a timestamp (the last three optional) and a CRC-8. Numbers are
little-endian. Source: the public clients, and replies of the real service.

A cell keeps the bytes of its name and value together with their checksum: what was written is sent back as it came,
and a page of a thousand rows is joined, not encoded.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from localcloud.tablestore.checksum import crc8
from localcloud.tablestore.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from localcloud.tablestore.errors import TablestoreError

HEADER: Final = b"\x75\x00\x00\x00"
ROW_KEY, ROW_DATA, CELL, NAME, VALUE, OPERATION, TIMESTAMP, DELETE_MARKER, ROW_CHECKSUM, CELL_CHECKSUM = range(1, 11)

DELETE_ALL: Final = 1
DELETE_ONE: Final = 3
INCREMENT: Final = 4

VT_INTEGER, VT_DOUBLE, VT_BOOLEAN, VT_STRING, VT_NULL, VT_BLOB = 0, 1, 2, 3, 6, 7
VT_INF_MIN, VT_INF_MAX, VT_AUTO_INCREMENT = 9, 10, 11

Scalar = int | float | bool | str | bytes
"""A stored value: INTEGER (64-bit), DOUBLE, BOOLEAN, STRING or BINARY."""

_INT32 = struct.Struct("<i")
_INT64 = struct.Struct("<q")
_DOUBLE = struct.Struct("<d")
_FIXED_SIZES = {VT_INTEGER: 8, VT_DOUBLE: 8, VT_BOOLEAN: 1, VT_INF_MIN: 0, VT_INF_MAX: 0, VT_AUTO_INCREMENT: 0}


class Marker:
    """A key value that stands for no value: below all others, above all others, or still to be given out."""

    def __init__(self, variant: int, rank: int) -> None:
        self.variant = variant
        self._rank = rank

    def __lt__(self, other: object) -> bool:
        return self is not other and self._rank < 0

    def __gt__(self, other: object) -> bool:
        return self is not other and self._rank > 0

    def __repr__(self) -> str:
        return variant_name(self)


INF_MIN: Final = Marker(VT_INF_MIN, -1)
INF_MAX: Final = Marker(VT_INF_MAX, +1)
AUTO_INCREMENT: Final = Marker(VT_AUTO_INCREMENT, 0)
_MARKERS = {marker.variant: marker for marker in (INF_MIN, INF_MAX, AUTO_INCREMENT)}

Value = Scalar | Marker


class Encoded(NamedTuple):
    """Bytes of a cell, or of a part of it, and their checksum so far."""

    wire: bytes
    crc: int


class Cell(NamedTuple):
    """A cell as received; ``operation`` and ``timestamp`` (ms) are None unless given."""

    name: str
    value: Value | None
    operation: int | None
    timestamp: int | None
    named: Encoded
    """Name and value as on the wire."""


class WireRow(NamedTuple):
    """A row as received."""

    key: list[Cell]
    cells: list[Cell]
    deletes: bool


def variant_of(value: Value) -> int:
    """The wire's type number of ``value``."""
    return value.variant if isinstance(value, Marker) else _VARIANTS[type(value)]


def variant_name(value: Value) -> str:
    """The type of ``value`` as error messages name it: VT_INTEGER, VT_STRING ..."""
    return _VARIANT_NAMES[variant_of(value)]


_VARIANTS: dict[type, int] = {int: VT_INTEGER, float: VT_DOUBLE, bool: VT_BOOLEAN, str: VT_STRING, bytes: VT_BLOB}
_VARIANT_NAMES = {
    VT_INTEGER: "VT_INTEGER",
    VT_DOUBLE: "VT_DOUBLE",
    VT_BOOLEAN: "VT_BOOLEAN",
    VT_STRING: "VT_STRING",
    VT_BLOB: "VT_BLOB",
    VT_INF_MIN: "VT_INF_MIN",
    VT_INF_MAX: "VT_INF_MAX",
    VT_AUTO_INCREMENT: "VT_AUTO_INCREMENT",
}


def size_of(value: Value) -> int:
    """What ``value`` counts towards sizes and capacity units, in bytes."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    return 1 if isinstance(value, bool | Marker) else 8


# --- writing


def encode_variant(value: Value) -> bytes:
    """Type and value, without a length in front."""
    if isinstance(value, str):
        raw = value.encode()
        return b"\x03" + _INT32.pack(len(raw)) + raw
    if isinstance(value, bytes):
        return b"\x07" + _INT32.pack(len(value)) + value
    if isinstance(value, Marker):
        return bytes((value.variant,))
    if isinstance(value, bool):
        return b"\x02\x01" if value else b"\x02\x00"
    return b"\x01" + _DOUBLE.pack(value) if isinstance(value, float) else b"\x00" + _INT64.pack(value)


def encode_named(name: str, value: Value) -> Encoded:
    """A cell's name and value."""
    raw, variant = name.encode(), encode_variant(value)
    wire = b"\x04" + _INT32.pack(len(raw)) + raw + b"\x05" + _INT32.pack(len(variant)) + variant
    return Encoded(wire, crc8(variant, crc8(raw)))


def finish_cell(named: Encoded, timestamp: int | None = None) -> Encoded:
    """The whole cell; attributes carry their version's ``timestamp`` (ms), keys none."""
    wire, crc = named
    if timestamp is None:
        return Encoded(b"\x03" + wire + bytes((CELL_CHECKSUM, crc)), crc)
    stamp = _INT64.pack(timestamp)
    crc = crc8(stamp, crc)
    return Encoded(b"\x03" + wire + b"\x07" + stamp + bytes((CELL_CHECKSUM, crc)), crc)


def join_row(key: Encoded, cells: Iterable[Encoded]) -> bytes:
    """A row without the buffer's header; ``key`` is what ``join_key`` made."""
    parts = [b"\x01", key.wire]
    crcs = bytearray()
    for wire, crc in cells:
        parts.append(wire)
        crcs.append(crc)
    if crcs:
        parts.insert(2, b"\x02")
    crcs.append(0)  # no delete marker
    parts.append(bytes((ROW_CHECKSUM, crc8(bytes(crcs), key.crc))))
    return b"".join(parts)


def join_key(cells: Iterable[Encoded]) -> Encoded:
    """The cells of a primary key in one piece, with the row's checksum over them."""
    finished = list(cells)
    return Encoded(b"".join(cell.wire for cell in finished), crc8(bytes(cell.crc for cell in finished)))


# --- reading


def decode_rows(data: bytes) -> list[WireRow]:
    """All rows of a buffer; zeros after the last row are padding, which one public client adds.

    Raises:
        TablestoreError: OTSParameterInvalid, with what is broken.
    """
    if data[:4] != HEADER:
        header = _INT32.unpack_from(data)[0] if len(data) >= len(HEADER) else None
        raise invalid(f"Cell data broken, mismatch header, actual: {header} , expect: {HEADER[0]}.")
    try:
        return _Reader(data).rows()
    except (IndexError, struct.error):
        raise invalid("data format is invalid.") from None
    except UnicodeDecodeError as broken:
        raise invalid(f"Cell data broken, wrong string format, size: {len(broken.object)}.") from None


def decode_row(data: bytes) -> WireRow:
    """The only row of a buffer.

    Raises:
        TablestoreError: OTSParameterInvalid, with what is broken.
    """
    rows = decode_rows(data)
    if len(rows) != 1:
        raise invalid("Cell data broken, PK is empty.")
    return rows[0]


def decode_variant(data: bytes) -> Value:
    """A value as conditions carry it.

    Raises:
        TablestoreError: OTSParameterInvalid, with what is broken.
    """
    try:
        return _Reader(data, 0).variant()
    except (IndexError, struct.error, UnicodeDecodeError):
        raise invalid("Deserialize relation filter failed.") from None


class _Reader:
    def __init__(self, data: bytes, position: int = len(HEADER)) -> None:
        self.data = data
        self.at = position
        self.end = len(data)

    def rows(self) -> list[WireRow]:
        rows = []
        while self._tag() == ROW_KEY:
            rows.append(self._row())
        if self.data.count(0, self.at) != self.end - self.at:
            raise _wrong_tag(self._tag(), ROW_KEY)
        return rows

    def _tag(self) -> int:
        return self.data[self.at] if self.at < self.end else 0

    def _skip(self, tag: int) -> bool:
        if self._tag() != tag:
            return False
        self.at += 1
        return True

    def _row(self) -> WireRow:
        self.at += 1
        key = self._cells()
        cells = self._cells() if self._skip(ROW_DATA) else []
        deletes = self._skip(DELETE_MARKER)
        if not self._skip(ROW_CHECKSUM):
            raise invalid("Cell data broken, row is not end with checksum tag.")
        crcs = bytes(crc for _, crc in key + cells) + bytes((deletes,))
        self._check(crc8(crcs))
        return WireRow([cell for cell, _ in key], [cell for cell, _ in cells], deletes)

    def _cells(self) -> list[tuple[Cell, int]]:
        cells = []
        while self._skip(CELL):
            cells.append(self._cell())
        return cells

    def _cell(self) -> tuple[Cell, int]:
        start = self.at
        if not self._skip(NAME):
            raise invalid("Cell data broken, attr has no name.")
        raw_name = self._blob()
        crc, value = crc8(raw_name), None
        if self._skip(VALUE):
            self.at += 4  # the length of what follows, which its type tells as well
            value_at = self.at
            value = self.variant()
            crc = crc8(self.data[value_at : self.at], crc)
        named = Encoded(self.data[start : self.at], crc)
        operation = self._byte() if self._skip(OPERATION) else None
        timestamp = None
        if self._skip(TIMESTAMP):
            crc = crc8(self.data[self.at : self.at + 8], crc)
            timestamp = self._int64()
        if operation is not None:  # stands before the timestamp, is summed after it
            crc = crc8(bytes((operation,)), crc)
        if not self._skip(CELL_CHECKSUM):
            raise invalid("Cell data broken, cell is not end with checksum[0x0A] tag.")
        self._check(crc)
        return Cell(raw_name.decode(), value, operation, timestamp, named), crc

    def variant(self) -> Value:
        kind = self._byte()
        if kind == VT_STRING:
            return self._blob().decode()
        if kind == VT_BLOB:
            return self._blob()
        if kind not in _FIXED_SIZES:
            raise invalid("data format is invalid, unknown variant type occured.")
        if kind in _MARKERS:
            return _MARKERS[kind]
        start = self.at
        self.at += _FIXED_SIZES[kind]
        if kind == VT_BOOLEAN:
            return self.data[start] != 0
        unpacked: int | float = (_INT64 if kind == VT_INTEGER else _DOUBLE).unpack_from(self.data, start)[0]
        return unpacked

    def _check(self, crc: int) -> None:
        received = self._byte()
        if received != crc:
            raise invalid(f"Cell data broken, checksum is mismatch, {received} :{crc} :")

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _int64(self) -> int:
        self.at += 8
        value: int = _INT64.unpack_from(self.data, self.at - 8)[0]
        return value

    def _blob(self) -> bytes:
        size: int = _INT32.unpack_from(self.data, self.at)[0]
        start = self.at + 4
        if size < 0 or start + size > self.end:
            raise invalid("data format is invalid.")
        self.at = start + size
        return self.data[start : self.at]


def _wrong_tag(actual: int, expected: int) -> TablestoreError:
    return invalid(f"Cell data broken, mismatch tag, actual tag({actual}), expect({expected}).")
