"""Conditions on rows: what a writer expects of a row, and what a reader wants to see of it."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import DecodeError, Message
from tablestore.protobuf import table_store_filter_pb2 as filter_pb
from tablestore.protobuf import table_store_pb2 as pb

from localcloud.tablestore.errors import condition_failed, invalid
from localcloud.tablestore.plainbuffer import Value, decode_variant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localcloud.tablestore.rows import StoredRow, Version

    Versions = Mapping[str, tuple[Version, ...]]
    Predicate = Callable[[Versions], bool]

MAX_FILTERS: Final = 10

_COMPARATORS: dict[int, Callable[[Any, Any], bool]] = {
    filter_pb.CT_EQUAL: operator.eq,
    filter_pb.CT_NOT_EQUAL: operator.ne,
    filter_pb.CT_GREATER_THAN: operator.gt,
    filter_pb.CT_GREATER_EQUAL: operator.ge,
    filter_pb.CT_LESS_THAN: operator.lt,
    filter_pb.CT_LESS_EQUAL: operator.le,
}
_CASTS: dict[int, Callable[[str], Value]] = {
    filter_pb.VT_INTEGER: int,
    filter_pb.VT_DOUBLE: float,
    filter_pb.VT_STRING: str,
}


def check_condition(condition: pb.Condition, row: StoredRow | None) -> None:
    """Whether ``row`` (None: there is none) is as the message ``condition`` expects.

    A condition on columns fails on a row that is not there, unless every column may be missing.

    Raises:
        TablestoreError: OTSConditionCheckFail if it is not; OTSParameterInvalid for a broken condition.
    """
    expected = condition.row_existence
    if (expected == pb.EXPECT_EXIST and row is None) or (expected == pb.EXPECT_NOT_EXIST and row is not None):
        raise condition_failed()
    if condition.column_condition:
        predicate = parse_filter(condition.column_condition)
        if not predicate({} if row is None else row.columns):
            raise condition_failed()


def parse_filter(data: bytes) -> Predicate:
    """The predicate that a serialized Filter stands for.

    Raises:
        TablestoreError: OTSParameterInvalid, with what is broken.
    """
    message = parse_message(filter_pb.Filter, data, "filter")
    if _count(message) > MAX_FILTERS:
        raise invalid(f"The count of filter exceeds the max:{MAX_FILTERS}.")
    return _predicate(message)


def parse_message(kind: type[Message], data: bytes, what: str) -> Message:
    """``data`` as one of the filter messages; ``what`` names it in the error.

    Raises:
        TablestoreError: OTSParameterInvalid if it is none.
    """
    message = kind()
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise invalid(f"Deserialize {what} failed.") from None
    return message


def _count(message: filter_pb.Filter) -> int:
    if message.type != filter_pb.FT_COMPOSITE_COLUMN_VALUE:
        return 1
    composite = parse_message(filter_pb.CompositeColumnValueFilter, message.filter, "composite filter")
    return 1 + sum(_count(sub) for sub in composite.sub_filters)


def _predicate(message: filter_pb.Filter) -> Predicate:
    if message.type == filter_pb.FT_SINGLE_COLUMN_VALUE:
        return _single(parse_message(filter_pb.SingleColumnValueFilter, message.filter, "relation filter"))
    if message.type == filter_pb.FT_COMPOSITE_COLUMN_VALUE:
        return _composite(parse_message(filter_pb.CompositeColumnValueFilter, message.filter, "composite filter"))
    raise invalid(f"Invalid type of filter: {filter_pb.FilterType.Name(message.type)}.")


def _composite(message: filter_pb.CompositeColumnValueFilter) -> Predicate:
    parts = [_predicate(sub) for sub in message.sub_filters]
    if message.combinator == filter_pb.LO_NOT:
        if len(parts) != 1:
            raise invalid("Invalid NOT operator: the number of sub-filters must be 1.")
        return lambda columns: not parts[0](columns)
    if len(parts) < 2:  # noqa: PLR2004 - two sides make an AND
        raise invalid("Invalid AND/OR operator: the number of sub-filters must be 2.")
    combine = all if message.combinator == filter_pb.LO_AND else any
    return lambda columns: combine(part(columns) for part in parts)


def _single(message: filter_pb.SingleColumnValueFilter) -> Predicate:
    name = message.column_name
    if message.comparator in {filter_pb.CT_EXIST, filter_pb.CT_NOT_EXIST}:
        wanted = message.comparator == filter_pb.CT_EXIST
        return lambda columns: (name in columns) is wanted
    compare = _COMPARATORS[message.comparator]
    reference = decode_variant(message.column_value)
    transfer = _transfer(message.value_trans_rule) if message.HasField("value_trans_rule") else None
    if_missing = not message.filter_if_missing
    count = 1 if message.latest_version_only else None

    def passes(columns: Versions) -> bool:
        versions = columns.get(name)
        if not versions:
            return if_missing
        values = [version.value if transfer is None else transfer(version.value) for version in versions[:count]]
        return any(_holds(compare, value, reference) for value in values)

    return passes


def _holds(compare: Callable[[Any, Any], bool], value: Value | None, reference: Value) -> bool:
    """Values of different types are unequal, and neither is the greater one."""
    if type(value) is not type(reference):
        return compare is operator.ne
    return compare(value, reference)


def _transfer(rule: filter_pb.ValueTransferRule) -> Callable[[Value], Value | None]:
    """The part of a string that a regular expression picks (its first group), cast; None if there is no such part."""
    try:
        pattern = re.compile(rule.regex)
    except re.error:
        raise invalid("Deserialize relation filter failed.") from None
    cast = _CASTS.get(rule.cast_type, str)

    def transfer(value: Value) -> Value | None:
        found = pattern.search(value) if isinstance(value, str) else None
        if found is None:
            return None
        try:
            return cast(found.group(1 if pattern.groups else 0))
        except ValueError:
            return None

    return transfer
