"""A table's definition, and whether a primary key fits it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tablestore.protobuf import table_store_pb2 as pb

from localcloud.tablestore.errors import invalid, invalid_primary_key, table_exists, table_missing
from localcloud.tablestore.plainbuffer import (
    AUTO_INCREMENT,
    INF_MAX,
    INF_MIN,
    VT_BLOB,
    VT_BOOLEAN,
    VT_DOUBLE,
    VT_INTEGER,
    VT_STRING,
    Marker,
    Value,
    size_of,
    variant_name,
    variant_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localcloud.tablestore.plainbuffer import Cell

Key = tuple[Value, ...]

MAX_KEY_COLUMNS: Final = 4
MAX_KEY_BYTES: Final = 1024
MAX_NAME_BYTES: Final = 255
MAX_DEFINED_COLUMNS: Final = 32
RANGE_MARKERS: Final = (INF_MIN, INF_MAX)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIANT_OF_TYPE = {pb.INTEGER: VT_INTEGER, pb.STRING: VT_STRING, pb.BINARY: VT_BLOB}
_VARIANT_OF_DEFINED_TYPE = {
    pb.DCT_INTEGER: VT_INTEGER,
    pb.DCT_DOUBLE: VT_DOUBLE,
    pb.DCT_BOOLEAN: VT_BOOLEAN,
    pb.DCT_STRING: VT_STRING,
    pb.DCT_BLOB: VT_BLOB,
}
_TYPE_NAMES = {
    VT_INTEGER: "VT_INTEGER",
    VT_STRING: "VT_STRING",
    VT_BLOB: "VT_BLOB",
    VT_BOOLEAN: "VT_BOOLEAN",
    VT_DOUBLE: "VT_DOUBLE",
}


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """One column of a primary key."""

    name: str
    variant: int
    auto_increment: bool


@dataclass(frozen=True, slots=True)
class Options:
    """What a table keeps, and for how long."""

    time_to_live: int
    """Seconds from a version's timestamp to its end; -1 = for ever."""
    max_versions: int
    max_deviation: int
    """Seconds that a given timestamp may lie before or after now."""
    allow_update: bool
    """Whether UpdateRow may be used."""

    def message(self) -> pb.TableOptions:
        """These options as a TableOptions message."""
        return pb.TableOptions(
            time_to_live=self.time_to_live,
            max_versions=self.max_versions,
            deviation_cell_version_in_sec=self.max_deviation,
            allow_update=self.allow_update,
        )


@dataclass(frozen=True, slots=True)
class Schema:
    """A table's name, primary key and options; ``meta`` and the rest are as the client gave them."""

    meta: pb.TableMeta
    key: tuple[KeyColumn, ...]
    options: Options
    read_units: int
    write_units: int
    created: int
    """Seconds since 1970."""
    indexes: tuple[pb.IndexMeta, ...] = ()

    @property
    def name(self) -> str:
        """The table's name."""
        name: str = self.meta.table_name
        return name

    def dump(self) -> bytes:
        """The definition as the CreateTableRequest that ``load_schema`` reads again."""
        request = pb.CreateTableRequest()
        request.table_meta.CopyFrom(self.meta)
        request.reserved_throughput.CopyFrom(self.throughput())
        request.table_options.CopyFrom(self.options.message())
        request.index_metas.extend(self.indexes)
        dumped: bytes = request.SerializeToString()
        return dumped

    def throughput(self) -> pb.ReservedThroughput:
        """The reserved capacity as a ReservedThroughput message."""
        message = pb.ReservedThroughput()
        message.capacity_unit.read = self.read_units
        message.capacity_unit.write = self.write_units
        return message

    def key_of(self, cells: Sequence[Cell], allowed: tuple[Marker, ...] = ()) -> Key:
        """The primary key in ``cells``, checked; ``allowed`` markers may stand for values.

        Raises:
            TablestoreError: OTSInvalidPK where names, types or their number differ; OTSParameterInvalid where a value
                is too long.
        """
        if len(cells) != len(self.key):
            raise invalid_primary_key(f"Validate PK size fail. Input: {len(cells)}, Meta: {len(self.key)}.")
        return tuple(_key_value(cell, column, allowed) for cell, column in zip(cells, self.key, strict=True))

    def partition_of(self, cells: Sequence[Cell]) -> Value:
        """The partition key in ``cells``, which hold nothing else.

        Raises:
            TablestoreError: OTSInvalidPK.
        """
        if len(cells) != 1:
            raise invalid_primary_key(f"Validate PK size fail. Input: {len(cells)}, Meta: 1.")
        return _key_value(cells[0], self.key[0], ())


def _key_value(cell: Cell, column: KeyColumn, allowed: tuple[Marker, ...]) -> Value:
    if cell.name != column.name:
        raise invalid_primary_key(f"Validate PK name fail. Input: {cell.name}, Meta: {column.name}.")
    value = cell.value
    if value is None:
        raise invalid(f"Cell data broken, PK value cannot be NULL, name: {cell.name}.")
    if isinstance(value, Marker) and value in allowed and (value is not AUTO_INCREMENT or column.auto_increment):
        return value
    if value in RANGE_MARKERS:
        raise invalid(f"{variant_name(value)} is an invalid type for the primary key.")
    if value is AUTO_INCREMENT and column.auto_increment:
        raise invalid("PKAutoIncr can't be used for read operations.")
    if variant_of(value) != column.variant:
        wanted = _TYPE_NAMES[column.variant]
        raise invalid_primary_key(f"Validate PK type fail. Input: {variant_name(value)}, Meta: {wanted}.")
    if isinstance(value, str | bytes) and size_of(value) > MAX_KEY_BYTES:
        limit = f"exceeds the MaxLength:{MAX_KEY_BYTES} with CurrentLength:{size_of(value)}."
        raise invalid(f"The length of primary key column: '{cell.name}' {limit}")
    return value


def new_schema(request: pb.CreateTableRequest, created: int) -> Schema:
    """The definition in a CreateTableRequest.

    Raises:
        TablestoreError: OTSParameterInvalid, with the rule that it breaks.
    """
    meta = request.table_meta
    if not valid_name(meta.table_name):
        raise invalid(f"Invalid table name: '{meta.table_name}'.")
    if len(meta.defined_column) > MAX_DEFINED_COLUMNS:
        raise invalid(f"The number of defined columns must be in range: [0, {MAX_DEFINED_COLUMNS}].")
    units = request.reserved_throughput.capacity_unit
    _check_units(units)
    options = merge_options(request.table_options, Options(-1, 1, 86400, allow_update=True))
    schema = Schema(meta, _key_columns(meta), options, units.read, units.write, created)
    for index in request.index_metas:
        schema = add_index(schema, index)
    return schema


def load_schema(dumped: bytes, created: int) -> Schema:
    """What ``Schema.dump`` gave."""
    return new_schema(pb.CreateTableRequest.FromString(dumped), created)


def change_schema(schema: Schema, request: pb.UpdateTableRequest) -> Schema:
    """The definition after an UpdateTableRequest.

    Raises:
        TablestoreError: OTSParameterInvalid, with the rule that it breaks.
    """
    if not request.HasField("reserved_throughput") and not request.HasField("table_options"):
        raise invalid("No parameter is specified in table options.")
    units = request.reserved_throughput.capacity_unit
    _check_units(units)
    return replace(
        schema,
        options=merge_options(request.table_options, schema.options),
        read_units=units.read if units.HasField("read") else schema.read_units,
        write_units=units.write if units.HasField("write") else schema.write_units,
    )


def add_index(schema: Schema, index: pb.IndexMeta) -> Schema:
    """The definition with one more secondary index.

    Raises:
        TablestoreError: OTSParameterInvalid for a wrong name or key; OTSObjectAlreadyExist for a second of that name.
    """
    if not valid_name(index.name):
        raise invalid(f"Invalid table name: '{index.name}'.")
    if any(other.name == index.name for other in schema.indexes):
        raise table_exists()
    index_schema(schema, index)
    return replace(schema, indexes=(*schema.indexes, index))


def remove_index(schema: Schema, name: str) -> Schema:
    """The definition without the index called ``name``.

    Raises:
        TablestoreError: OTSObjectNotExist.
    """
    others = tuple(index for index in schema.indexes if index.name != name)
    if len(others) == len(schema.indexes):
        raise table_missing()
    return replace(schema, indexes=others)


def index_schema(schema: Schema, index: pb.IndexMeta) -> Schema:
    """What an index of ``schema`` looks like to a reader: its own key, and the rest of the table's behind it.

    Raises:
        TablestoreError: OTSParameterInvalid for a column that is neither key nor predefined.
    """
    known = {column.name: replace(column, auto_increment=False) for column in schema.key}
    for column in schema.meta.defined_column:
        known[column.name] = KeyColumn(column.name, _VARIANT_OF_DEFINED_TYPE[column.type], auto_increment=False)
    for name in (*index.primary_key, *index.defined_column):
        if name not in known:
            raise invalid(f"Column does not exist:{name}.")
    rest = [column.name for column in schema.key if column.name not in index.primary_key]
    meta = pb.TableMeta(table_name=index.name)
    return replace(schema, meta=meta, key=tuple(known[name] for name in (*index.primary_key, *rest)), indexes=())


def valid_name(name: str) -> bool:
    """Whether a table or key column may be called ``name``."""
    return len(name) <= MAX_NAME_BYTES and _NAME.fullmatch(name) is not None


def _key_columns(meta: pb.TableMeta) -> tuple[KeyColumn, ...]:
    columns = tuple(_key_column(column) for column in meta.primary_key)
    if not 1 <= len(columns) <= MAX_KEY_COLUMNS:
        raise invalid(f"The number of primary key columns must be in range: [1, {MAX_KEY_COLUMNS}].")
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"Duplicated primary key name: '{name}'.")
    if columns[0].auto_increment:
        raise invalid(f"First primary key can't be auto increment, table: {meta.table_name}.")
    if sum(column.auto_increment for column in columns) > 1:
        raise invalid("AUTO_INCREMENT primary key count must <= 1.")
    return columns


def _key_column(column: pb.PrimaryKeySchema) -> KeyColumn:
    if not valid_name(column.name):
        raise invalid(f"Invalid column name: '{column.name}'.")
    auto_increment = column.HasField("option") and column.option == pb.AUTO_INCREMENT
    if auto_increment and column.type != pb.INTEGER:
        raise invalid("AUTO_INCREMENT primary key must be integer.")
    if column.type not in _VARIANT_OF_TYPE:
        raise invalid(
            f"{pb.PrimaryKeyType.Name(column.type).removeprefix('PK_')} is an invalid type for the primary key."
        )
    return KeyColumn(column.name, _VARIANT_OF_TYPE[column.type], auto_increment)


def merge_options(given: pb.TableOptions, before: Options) -> Options:
    """The options ``before``, changed where ``given`` says so.

    Raises:
        TablestoreError: OTSParameterInvalid, with the rule that one of them breaks.
    """
    options = Options(
        given.time_to_live if given.HasField("time_to_live") else before.time_to_live,
        given.max_versions if given.HasField("max_versions") else before.max_versions,
        given.deviation_cell_version_in_sec
        if given.HasField("deviation_cell_version_in_sec")
        else before.max_deviation,
        given.allow_update if given.HasField("allow_update") else before.allow_update,
    )
    if options.time_to_live == 0 or options.time_to_live < -1:
        raise invalid("TimeToLive cannot be 0 or less than -1.")
    if options.max_versions <= 0:
        raise invalid("The maximum versions cannot be less than or equal to 0.")
    if options.max_deviation <= 0:
        raise invalid("The maximum deviation must be in range [0, INT64_MAX/1000000].")
    return options


def _check_units(units: pb.CapacityUnit) -> None:
    for amount in (units.read, units.write):
        if amount < 0:
            raise invalid(f"Invalid Capacity Unit:{amount} . Capacity Unit must be nonnegative.")
