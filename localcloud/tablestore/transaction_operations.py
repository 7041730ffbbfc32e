"""StartLocalTransaction, CommitTransaction, AbortTransaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tablestore.protobuf import table_store_pb2 as pb

from localcloud.tablestore.plainbuffer import decode_row
from localcloud.tablestore.requests import parse

if TYPE_CHECKING:
    from localcloud.tablestore.instance import Instance


def start_local_transaction(instance: Instance, body: bytes) -> bytes:
    """StartLocalTransaction: lock one partition key, which is all the key that is given."""
    request = parse(pb.StartLocalTransactionRequest, body)
    table = instance.tables.get(request.table_name)
    cells = decode_row(request.key).key
    partition = table.schema.partition_of(cells)
    transaction_id = instance.transactions.start(table, partition, instance.now())
    data: bytes = pb.StartLocalTransactionResponse(transaction_id=transaction_id).SerializeToString()
    return data


def commit_transaction(instance: Instance, body: bytes) -> bytes:
    """CommitTransaction: all writes at once."""
    instance.transactions.finish(parse(pb.CommitTransactionRequest, body).transaction_id, commit=True)
    return b""


def abort_transaction(instance: Instance, body: bytes) -> bytes:
    """AbortTransaction: none of the writes."""
    instance.transactions.finish(parse(pb.AbortTransactionRequest, body).transaction_id, commit=False)
    return b""
