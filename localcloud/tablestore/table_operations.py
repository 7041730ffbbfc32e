"""CreateTable, ListTable, DescribeTable, UpdateTable, DeleteTable, ListSearchIndex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tablestore.protobuf import table_store_pb2 as pb

from localcloud.tablestore.requests import parse
from localcloud.tablestore.schema import change_schema, new_schema

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
    """DeleteTable: the table, its rows and its open transactions."""
    table = instance.tables.get(parse(pb.DeleteTableRequest, body).table_name)
    instance.tables.drop(table.schema.name)
    instance.transactions.drop(table)
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
