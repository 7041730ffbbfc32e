"""What a read asks for of each row: columns, versions, a filter, a page of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tablestore.protobuf import table_store_filter_pb2 as filter_pb
from tablestore.protobuf import table_store_pb2 as pb

from localcloud.tablestore.conditions import parse_filter, parse_message
from localcloud.tablestore.errors import invalid
from localcloud.tablestore.requests import check_columns_to_get

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from localcloud.tablestore.conditions import Predicate
    from localcloud.tablestore.rows import Columns, StoredRow
    from localcloud.tablestore.schema import Schema

ALL_TIME: Final = (0, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Selection:
    """The reading part of GetRow, BatchGetRow and GetRange: one meaning for the three."""

    names: frozenset[str]
    """Columns asked for; none means all."""
    wants_key: bool
    """Whether a key column was asked for by name: then a row counts even without other columns."""
    start_column: str | None
    end_column: str | None
    max_versions: int
    times: tuple[int, int]
    """Timestamps (ms) from the first up to, not including, the second."""
    filter: Predicate | None
    page: slice | None

    @classmethod
    def of(cls, request: Message, schema: Schema) -> Selection:
        """The selection in one of the three requests.

        Raises:
            TablestoreError: OTSParameterInvalid, with the rule that it breaks.
        """
        check_columns_to_get(request.columns_to_get)
        names = frozenset(request.columns_to_get)
        predicate, page = _filter(request.filter) if request.filter else (None, None)
        return cls(
            names,
            any(column.name in names for column in schema.key),
            request.start_column if request.HasField("start_column") else None,
            request.end_column if request.HasField("end_column") else None,
            _max_versions(request, schema),
            _times(request),
            predicate,
            page,
        )

    @property
    def everything(self) -> bool:
        """Whether a row is returned as it is, if it passes the filter."""
        return not self.names and self.start_column is None and self.end_column is None and self.page is None

    def columns(self, row: StoredRow) -> Columns | None:
        """What is returned of ``row``; None if the row is not returned at all.

        Columns are chosen first and filtered then: a filter sees only columns that were asked for.
        """
        chosen = {name: kept for name, kept in self._versions(row.columns).items() if self._wants(name)}
        if not chosen and not self.everything and not self.wants_key:
            return None
        if self.filter is not None and not self.filter(chosen):
            return None
        return chosen if self.page is None else dict(list(chosen.items())[self.page])

    def _versions(self, columns: Columns) -> Columns:
        if self.times == ALL_TIME:
            return {name: versions[: self.max_versions] for name, versions in columns.items()}
        first, end = self.times
        chosen = {name: tuple(v for v in vs if first <= v.timestamp < end) for name, vs in columns.items()}
        return {name: versions[: self.max_versions] for name, versions in chosen.items() if versions}

    def _wants(self, name: str) -> bool:
        if self.names and name not in self.names:
            return False
        if self.start_column is not None and name < self.start_column:
            return False
        return self.end_column is None or name < self.end_column


def _max_versions(request: Message, schema: Schema) -> int:
    if not request.HasField("max_versions"):
        if not request.HasField("time_range"):
            where = " while querying row" if isinstance(request, pb.TableInBatchGetRowRequest) else ""
            raise invalid(f"No version condition is specified{where}.")
        return schema.options.max_versions
    versions: int = request.max_versions
    if versions <= 0:
        raise invalid(f"Invalid max versions: {versions} . Reason: Max versions must be positive.")
    return versions


def _times(request: Message) -> tuple[int, int]:
    if not request.HasField("time_range"):
        return ALL_TIME
    times = request.time_range
    if times.HasField("specific_time"):
        if times.specific_time < 0:
            raise invalid("Specific timestamp cannot be less than 0.")
        return times.specific_time, times.specific_time + 1
    if not (times.HasField("start_time") and times.HasField("end_time")):
        raise invalid("Start and end time must be given at the same time.")
    if times.start_time < 0 or times.end_time < times.start_time:
        raise invalid("Timestamp must be in range [0, INT64_MAX/1000).")
    return times.start_time, times.end_time


def _filter(data: bytes) -> tuple[Predicate | None, slice | None]:
    message = parse_message(filter_pb.Filter, data, "filter")
    if message.type != filter_pb.FT_COLUMN_PAGINATION:
        return parse_filter(data), None
    page = parse_message(filter_pb.ColumnPaginationFilter, message.filter, "column pagination filter")
    if page.offset < 0:
        raise invalid("Offset in ColumnPaginationFilter must be greater than or equal to 0.")
    if page.limit <= 0:
        raise invalid("Limit in ColumnPaginationFilter must be greater than 0.")
    return None, slice(page.offset, page.offset + page.limit)
