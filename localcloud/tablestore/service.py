"""Tablestore, wide column model: the service as the front calls it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from tablestore.protobuf import table_store_pb2 as pb

from localcloud.service import Reply
from localcloud.tablestore import range_operations, row_operations, table_operations, transaction_operations
from localcloud.tablestore.errors import (
    TablestoreError,
    auth_failed,
    body_too_large,
    internal_error,
    method_not_allowed,
    unsupported,
)
from localcloud.tablestore.instance import Instance
from localcloud.tablestore.signature import Caller, content_md5, find_caller, parse_date, sign_reply, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from localcloud.clock import Clock
    from localcloud.identities import Identities
    from localcloud.service import Received

MAX_BODY_BYTES: Final = 5 * 1024 * 1024

OPERATIONS: Final[dict[str, Callable[[Instance, bytes], bytes]]] = {
    "CreateTable": table_operations.create_table,
    "ListTable": table_operations.list_table,
    "DescribeTable": table_operations.describe_table,
    "UpdateTable": table_operations.update_table,
    "DeleteTable": table_operations.delete_table,
    "CreateIndex": table_operations.create_index,
    "DropIndex": table_operations.drop_index,
    "ListSearchIndex": table_operations.list_search_index,
    "GetRow": row_operations.get_row,
    "PutRow": row_operations.put_row,
    "UpdateRow": row_operations.update_row,
    "DeleteRow": row_operations.delete_row,
    "BatchGetRow": row_operations.batch_get_row,
    "BatchWriteRow": row_operations.batch_write_row,
    "GetRange": range_operations.get_range,
    "StartLocalTransaction": transaction_operations.start_local_transaction,
    "CommitTransaction": transaction_operations.commit_transaction,
    "AbortTransaction": transaction_operations.abort_transaction,
}

_log = logging.getLogger(__name__)


class Tablestore:
    """One instance of Tablestore behind the front.

    Requests are verified from the received bytes and applied one after the other; the reply is given after the rows are
    in ``state_file``, if there is one. A reply's x-ots-date repeats the request's: clients compare it with their own
    clock, which may or may not be the virtual one.
    """

    name = "tablestore"

    def __init__(self, clock: Clock, identities: Identities, instance: str, state_file: Path | None = None) -> None:
        self._clock = clock
        self._identities = identities
        self._instance_name = instance
        self._instance = Instance(clock, state_file)
        self._requests = 0
        self._refused = 0

    def operation(self, received: Received) -> str:
        """The last segment of the path; what stands in front of it belongs to the endpoint."""
        return received.path.rpartition("/")[2]

    async def answer(self, received: Received) -> Reply:
        """Verify the request, apply it, and reply."""
        self._requests += 1
        operation = self.operation(received)
        caller = None
        try:
            caller = self._admit(received, operation)
            return self._reply(received, operation, caller, 200, self._apply(operation, received.body))
        except TablestoreError as error:
            refusal = error
        except Exception:  # noqa: BLE001 - the service answers 500 where it fails, and goes on
            _log.exception("Tablestore failed in %s", operation)
            refusal = internal_error()
        self._refused += 1
        return self._reply(received, operation, caller, refusal.status, _error_body(refusal.code, refusal.message))

    def refuse(self, received: Received, status: int, code: str, message: str) -> Reply:
        """An error reply that was asked for; the request was not looked at, but the reply is signed."""
        try:
            caller = find_caller(received, self._identities)
        except TablestoreError:
            caller = None
        return self._reply(received, self.operation(received), caller, status, _error_body(code, message))

    def stats(self) -> dict[str, int]:
        """Tables and rows as they are; requests answered, and refused ones among them, since the start."""
        tables = self._instance.tables
        return {
            "tables": len(tables.names()),
            "rows": tables.row_count(),
            "requests": self._requests,
            "refused": self._refused,
        }

    def reset(self) -> None:
        """Drop all tables."""
        for name in self._instance.tables.names():
            table = self._instance.tables.get(name)
            self._instance.tables.drop(name)
            self._instance.transactions.drop(table)
        self._instance.tables.commit()

    def close(self) -> None:
        """Let go of the state file."""
        self._instance.tables.close()

    def _admit(self, received: Received, operation: str) -> Caller:
        if received.method != "POST":
            raise method_not_allowed()
        if len(received.body) > MAX_BODY_BYTES:
            raise body_too_large()
        caller = verify(received, operation, self._clock, self._identities)
        if received.headers["x-ots-instancename"] != self._instance_name:
            raise auth_failed("The instance is not found.")
        return caller

    def _apply(self, operation: str, body: bytes) -> bytes:
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise unsupported(operation)
        self._instance.transactions.expire(self._instance.now())
        try:
            return handler(self._instance, body)
        finally:
            self._instance.tables.commit()

    def _reply(self, received: Received, operation: str, caller: Caller | None, status: int, body: bytes) -> Reply:
        headers = {
            "x-ots-contentmd5": content_md5(body),
            "x-ots-requestid": str(uuid4()),
            "x-ots-date": self._reply_date(received),
            "x-ots-contenttype": "protocol buffer",
        }
        if caller is not None:
            headers["Authorization"] = sign_reply(headers, operation, caller)
        return Reply(status, body, headers)

    def _reply_date(self, received: Received) -> str:
        date = parse_date(received.headers.get("x-ots-date", "")) or self._clock.now()
        return _format_date(date)


def _format_date(date: datetime) -> str:
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _error_body(code: str, message: str) -> bytes:
    data: bytes = pb.Error(code=code, message=message).SerializeToString()
    return data
