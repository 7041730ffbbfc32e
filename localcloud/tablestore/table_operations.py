"""CreateTable, ListTable, DescribeTable, UpdateTable, DeleteTable; CreateIndex, DropIndex, ListSearchIndex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tablestore.protobuf import table_store_pb2 as pb

from localcloud.tablestore.errors import table_exists
from localcloud.tablestore.requests import parse
from localcloud.tablestore.schema import add_index, change_schema, new_schema, remove_index

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from localcloud.tablestore.instance import Instance
    from localcloud.tablestore.schema import Schema

_STATUS_ACTIVE: Final = b"\x20\x01"
"""DescribeTableResponse.table_status = 1: field 4, which Python's message lacks and the Node client requires."""


def create_table(instance: Instance, body: bytes) -> bytes:
    """CreateTable: an empty table, usable at once."""
    request = parse(pb.CreateTableRequest, body)
    instance.tables.create(new_schema(request, instance.now() // 1000))
    return b""


def list_table(instance: Instance, _body: bytes) -> bytes:
    """ListTable: names in alphabetical order."""
    return _serialized(pb.ListTableResponse(table_names=instance.tables.names()))


def describe_table(instance: Instance, body: bytes) -> bytes:
    """DescribeTable: definition, options and reserved capacity."""
    schema = instance.tables.get(parse(pb.DescribeTableRequest, body).table_name).schema
    response = pb.DescribeTableResponse(table_meta=schema.meta, table_options=schema.options.message())
    response.index_metas.extend(schema.indexes)
    _describe_throughput(response.reserved_throughput_details, schema)
    return _serialized(response) + _STATUS_ACTIVE


def update_table(instance: Instance, body: bytes) -> bytes:
    """UpdateTable: other options or reserved capacity, from the next request on."""
    request = parse(pb.UpdateTableRequest, body)
    schema = change_schema(instance.tables.get(request.table_name).schema, request)
    instance.tables.change(schema)
    response = pb.UpdateTableResponse(table_options=schema.options.message())
    _describe_throughput(response.reserved_throughput_details, schema)
    return _serialized(response)


def delete_table(instance: Instance, body: bytes) -> bytes:
    """DeleteTable: the table, its rows, its indexes and its open transactions."""
    table = instance.tables.get(parse(pb.DeleteTableRequest, body).table_name)
    instance.tables.drop(table.schema.name)
    instance.transactions.drop(table)
    return b""


def create_index(instance: Instance, body: bytes) -> bytes:
    """CreateIndex: a secondary index, readable at once under its own name."""
    request = parse(pb.CreateIndexRequest, body)
    tables, name = instance.tables, request.index_meta.name
    if tables.find(name) is not None or tables.find_index(name) is not None:
        raise table_exists()
    tables.change(add_index(tables.get(request.main_table_name).schema, request.index_meta))
    return b""


def drop_index(instance: Instance, body: bytes) -> bytes:
    """DropIndex: the index, not the rows."""
    request = parse(pb.DropIndexRequest, body)
    instance.tables.change(remove_index(instance.tables.get(request.main_table_name).schema, request.index_name))
    return b""


def list_search_index(_instance: Instance, _body: bytes) -> bytes:
    """ListSearchIndex: there are none."""
    return b""


def _describe_throughput(details: pb.ReservedThroughputDetails, schema: Schema) -> None:
    details.capacity_unit.CopyFrom(schema.throughput().capacity_unit)
    details.last_increase_time = schema.created


def _serialized(message: Message) -> bytes:
    data: bytes = message.SerializeToString()
    return data
