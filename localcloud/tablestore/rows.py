"""Rows as they are kept: a primary key and, for each column, versions from new to old.

Rows never change; they are replaced, so that a transaction or a failed batch leaves nothing half done.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from localcloud.tablestore.errors import invalid
from localcloud.tablestore.plainbuffer import (
    DELETE_ALL,
    DELETE_ONE,
    HEADER,
    INCREMENT,
    Encoded,
    Scalar,
    decode_row,
    encode_named,
    finish_cell,
    join_key,
    join_row,
    size_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from localcloud.tablestore.plainbuffer import Cell
    from localcloud.tablestore.schema import Key, Options, Schema

INT64: Final = range(-(2**63), 2**63)


class Version(NamedTuple):
    """One value of one column."""

    timestamp: int
    """Milliseconds since 1970; the version's number."""
    value: Scalar
    encoded: Encoded
    size: int
    """Bytes that count towards capacity: name and value."""


Columns = dict[str, tuple[Version, ...]]


@dataclass(frozen=True, slots=True)
class Retention:
    """What of a row can still be read at one moment."""

    oldest: int
    """Versions with a smaller timestamp (ms) have expired."""
    max_versions: int

    @classmethod
    def at(cls, now: int, options: Options) -> Retention:
        """By a table's ``options``, at ``now`` (ms)."""
        forever = options.time_to_live < 0
        return cls(0 if forever else now - options.time_to_live * 1000 + 1, options.max_versions)

    def apply(self, versions: tuple[Version, ...]) -> tuple[Version, ...]:
        """The readable ones of ``versions``."""
        if len(versions) <= self.max_versions and versions[-1].timestamp >= self.oldest:
            return versions
        return tuple(version for version in versions if version.timestamp >= self.oldest)[: self.max_versions]


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row with all its versions."""

    key: Key
    encoded_key: Encoded
    key_size: int
    written: int
    """When a value was last written, in ms: a row without columns lives from then on."""
    columns: Columns = field(default_factory=dict)

    @classmethod
    def empty(cls, schema: Schema, key: Key) -> StoredRow:
        """A row of ``key`` that nothing was written to yet."""
        names = [column.name for column in schema.key]
        cells = [finish_cell(encode_named(name, value)) for name, value in zip(names, key, strict=True)]
        size = sum(len(name) + size_of(value) for name, value in zip(names, key, strict=True))
        return cls(key, join_key(cells), size, -1)

    def readable(self, retention: Retention) -> StoredRow | None:
        """The row without expired or surplus versions; None when nothing of it is left."""
        columns = {name: kept for name, all_ in self.columns.items() if (kept := retention.apply(all_))}
        if not columns and self.written < retention.oldest:
            return None
        return replace(self, columns=columns)

    def touched(self, now: int) -> StoredRow:
        """The row as written to at ``now`` (ms) though no column was."""
        return replace(self, written=now)

    def holding(self, columns: Columns, written: int) -> StoredRow:
        """The row with other columns."""
        return replace(self, columns=columns, written=written)

    @property
    def size(self) -> int:
        """Bytes of key and columns."""
        return self.key_size + sum(version.size for versions in self.columns.values() for version in versions)

    def encode(self) -> bytes:
        """The row in a buffer of its own."""
        return HEADER + self.encode_part(self.columns)

    def encode_part(self, columns: Mapping[str, tuple[Version, ...]]) -> bytes:
        """The row with only ``columns``, without the buffer's header."""
        return join_row(self.encoded_key, (v.encoded for versions in columns.values() for v in versions))


def decode_stored(schema: Schema, data: bytes, written: int) -> StoredRow:
    """What ``StoredRow.encode`` gave."""
    wire = decode_row(data)
    columns: dict[str, list[Version]] = {}
    for cell in wire.cells:
        columns.setdefault(cell.name, []).append(_version(cell, cell.timestamp or 0))
    row = StoredRow.empty(schema, schema.key_of(wire.key))
    return replace(row, written=written, columns={name: tuple(versions) for name, versions in columns.items()})


def write_cells(row: StoredRow, cells: Sequence[Cell], now: int, options: Options) -> StoredRow:
    """``row`` after ``cells`` were applied in their order at ``now`` (ms).

    Raises:
        TablestoreError: OTSParameterInvalid for an increment of something that is not an integer.
    """
    columns = dict(row.columns)
    written = row.written
    for cell in cells:
        if cell.operation == DELETE_ALL:
            columns.pop(cell.name, None)
        elif cell.operation == DELETE_ONE:
            _keep(columns, cell.name, [v for v in columns.get(cell.name, ()) if v.timestamp != cell.timestamp])
        else:
            version = _increment(columns, cell, now) if cell.operation == INCREMENT else _put(cell, now)
            others = [v for v in columns.get(cell.name, ()) if v.timestamp != version.timestamp]
            _keep(columns, cell.name, sorted([version, *others], key=lambda v: -v.timestamp)[: options.max_versions])
            written = now
    return replace(row, written=written, columns=dict(sorted(columns.items())))


def _keep(columns: Columns, name: str, versions: Iterable[Version]) -> None:
    columns.pop(name, None)
    if kept := tuple(versions):
        columns[name] = kept


def _put(cell: Cell, now: int) -> Version:
    return _version(cell, now if cell.timestamp is None else cell.timestamp)


def _version(cell: Cell, timestamp: int) -> Version:
    value = cell.value
    assert isinstance(value, Scalar), "checked when the request was read"
    size = len(cell.name) + size_of(value)
    return Version(timestamp, value, finish_cell(cell.named, timestamp), size)


def _increment(columns: Columns, cell: Cell, now: int) -> Version:
    versions = columns.get(cell.name)
    before = versions[0].value if versions else 0
    step = cell.value
    if type(before) is not int or type(step) is not int:
        raise invalid(f"The type of column '{cell.name}' is not INTEGER: it cannot be incremented.")
    if before + step not in INT64:
        raise invalid(f"The value of column '{cell.name}' would leave the range of 64-bit integers.")
    named = encode_named(cell.name, before + step)
    return _put(cell._replace(value=before + step, named=named), now)
