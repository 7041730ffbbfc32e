from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tablestore import INF_MAX as SDK_INF_MAX
from tablestore import INF_MIN as SDK_INF_MIN
from tablestore import PK_AUTO_INCR
from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder
from tablestore.plainbuffer.plain_buffer_crc8 import PlainBufferCrc8

from localcloud.tablestore.checksum import crc8
from localcloud.tablestore.errors import TablestoreError
from localcloud.tablestore.plainbuffer import (
    AUTO_INCREMENT,
    DELETE_ALL,
    DELETE_ONE,
    HEADER,
    INCREMENT,
    INF_MAX,
    INF_MIN,
    Value,
    decode_row,
    decode_rows,
    decode_variant,
    encode_named,
    encode_variant,
    finish_cell,
    join_key,
    join_row,
)

if TYPE_CHECKING:
    from localcloud.tablestore.plainbuffer import Cell
    from localcloud.tablestore.schema import Key

INT64 = st.integers(-(2**63), 2**63 - 1)
VALUES = st.one_of(INT64, st.floats(allow_nan=False), st.booleans(), st.text(), st.binary())


@given(st.binary(max_size=400), st.integers(0, 255))
def test_the_checksum_is_the_clients(data: bytes, start: int) -> None:
    assert crc8(data, start) == PlainBufferCrc8.crc_bytes(start, data)


@given(st.lists(st.tuples(st.text(), VALUES, INT64), max_size=5), st.one_of(INT64, st.text(), st.binary()))
def test_rows_are_read_as_they_were_written(cells: list[tuple[str, Value, int]], key: Value) -> None:
    encoded_key = join_key([finish_cell(encode_named("id", key))])
    encoded = [finish_cell(encode_named(name, value), timestamp) for name, value, timestamp in cells]

    rows = decode_rows(HEADER + join_row(encoded_key, encoded) * 2)

    assert len(rows) == 2
    for row in rows:
        assert [(cell.name, cell.value) for cell in row.key] == [("id", key)]
        assert [(cell.name, cell.value, cell.timestamp) for cell in row.cells] == cells
        assert [type(cell.value) for cell in row.cells] == [type(value) for _, value, _ in cells]


@given(VALUES)
def test_values_of_conditions(value: Value) -> None:
    assert decode_variant(encode_variant(value)) == value


def parts(cell: Cell) -> tuple[str, object, int | None, int | None]:
    return cell.name, cell.value, cell.operation, cell.timestamp


def test_the_clients_changes_are_understood() -> None:
    changes = {
        "PUT": [("a", 1), ("b", "two", 1000)],
        "DELETE": [("c", None, 2000)],
        "DELETE_ALL": ["d"],
        "INCREMENT": [("e", -1)],
    }
    row = decode_row(bytes(PlainBufferBuilder.serialize_for_update_row([("id", "k")], changes)))

    assert [parts(cell) for cell in row.cells] == [
        ("a", 1, None, None),
        ("b", "two", None, 1000),
        ("c", None, DELETE_ONE, 2000),
        ("d", None, DELETE_ALL, None),
        ("e", -1, INCREMENT, None),
    ]
    assert not row.deletes
    assert decode_row(bytes(PlainBufferBuilder.serialize_for_delete_row([("id", "k")]))).deletes


def test_markers_and_the_zeros_that_one_client_puts_behind_them() -> None:
    key = [("a", SDK_INF_MIN), ("b", SDK_INF_MAX), ("c", PK_AUTO_INCR)]
    data = bytes(PlainBufferBuilder.serialize_primary_key(key))

    for padding in (b"", b"\x00\x00\x00"):
        assert [cell.value for cell in decode_row(data + padding).key] == [INF_MIN, INF_MAX, AUTO_INCREMENT]


def test_markers_are_beyond_all_values() -> None:
    for value in (-(2**63), 2**63, "", "\U0010ffff", b"", b"\xff"):
        keys: list[Key] = [(INF_MIN,), (value,), (INF_MAX,)]
        assert sorted([keys[2], keys[0], keys[1]]) == keys


GOOD = bytes(PlainBufferBuilder.serialize_for_put_row([("id", "key")], [("n", 5), ("t", "text")]))


@pytest.mark.parametrize("at", range(len(GOOD)))
def test_no_byte_can_be_changed_unnoticed(at: int) -> None:
    changed = GOOD[:at] + bytes((GOOD[at] ^ 0x15,)) + GOOD[at + 1 :]
    try:
        row = decode_row(changed)
    except TablestoreError:
        return
    # Only the four length bytes in front of a value are redundant.
    assert [parts(cell) for cell in row.cells] == [("n", 5, None, None), ("t", "text", None, None)]


@pytest.mark.parametrize("end", range(len(GOOD)))
def test_no_row_can_be_cut_short(end: int) -> None:
    with pytest.raises(TablestoreError) as caught:
        decode_row(GOOD[:end])
    assert caught.value.code == "OTSParameterInvalid"


def test_broken_text_is_refused() -> None:
    named = encode_named("n", b"\xff\xfe")
    text = named.wire.replace(b"\x07\x02\x00\x00\x00\xff", b"\x03\x02\x00\x00\x00\xff")
    crc = crc8(b"\x03" + struct.pack("<i", 2) + b"\xff\xfe", crc8(b"n"))
    key = join_key([finish_cell(type(named)(text, crc))])

    with pytest.raises(TablestoreError, match="wrong string format"):
        decode_row(HEADER + join_row(key, []))
