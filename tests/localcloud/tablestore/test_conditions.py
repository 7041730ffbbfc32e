from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tablestore import (
    CastType,
    ComparatorType,
    CompositeColumnCondition,
    LogicalOperator,
    OTSClient,
    RegexRule,
    SingleColumnCondition,
    SingleColumnRegexCondition,
)

from tests.localcloud.tablestore.builders import NOON, create_table, equals, get, invalid, put, put_version

if TYPE_CHECKING:
    from tablestore.metadata import ColumnCondition

    from tests.localcloud.tablestore.builders import Scalar
    from tests.localcloud.tablestore.server import Server


@pytest.fixture(autouse=True)
def row(client: OTSClient) -> None:
    create_table(client)
    put(client, "a", n=5, text="m", x=2.5, yes=True, raw=bytearray(b"k"), price="¥12.50")


def passes(client: OTSClient, condition: ColumnCondition) -> bool:
    return get(client, "a", column_filter=condition) is not None


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [
        (ComparatorType.EQUAL, [False, True, False]),
        (ComparatorType.NOT_EQUAL, [True, False, True]),
        (ComparatorType.LESS_THAN, [False, False, True]),
        (ComparatorType.LESS_EQUAL, [False, True, True]),
        (ComparatorType.GREATER_THAN, [True, False, False]),
        (ComparatorType.GREATER_EQUAL, [True, True, False]),
    ],
)
@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("n", [4, 5, 6]),
        ("n", [-(2**63), 5, 2**63 - 1]),
        ("text", ["lz", "m", "ma"]),
        ("x", [2.25, 2.5, 1e9]),
        ("raw", [bytearray(b"j"), bytearray(b"k"), bytearray(b"k\x00")]),
    ],
)
def test_comparisons(
    client: OTSClient, column: str, values: list[Scalar], comparator: str, expected: list[bool]
) -> None:
    found = [passes(client, SingleColumnCondition(column, value, comparator)) for value in values]

    assert found == expected


def test_a_missing_column_passes_if_it_may(client: OTSClient) -> None:
    assert passes(client, equals("gone", 1))
    assert passes(client, equals("gone", 1, pass_if_missing=True))
    assert not passes(client, equals("gone", 1, pass_if_missing=False))


def composite(operator: str, *parts: ColumnCondition) -> CompositeColumnCondition:
    condition = CompositeColumnCondition(operator)
    for part in parts:
        condition.add_sub_condition(part)
    return condition


def test_conditions_combine(client: OTSClient) -> None:
    true, false = equals("n", 5), equals("n", 6)
    both, either, negated = LogicalOperator.AND, LogicalOperator.OR, LogicalOperator.NOT

    assert passes(client, composite(both, true, equals("text", "m")))
    assert not passes(client, composite(both, true, false))
    assert passes(client, composite(either, false, true))
    assert not passes(client, composite(either, false, false))
    assert passes(client, composite(negated, false))
    assert passes(client, composite(both, composite(negated, composite(either, false, false)), true))


def test_combinations_have_the_right_number_of_parts(client: OTSClient) -> None:
    with invalid("Invalid NOT operator: the number of sub-filters must be 1."):
        passes(client, composite(LogicalOperator.NOT, equals("n", 5), equals("n", 5)))
    with invalid("Invalid AND/OR operator: the number of sub-filters must be 2."):
        passes(client, composite(LogicalOperator.AND, equals("n", 5)))


def test_a_part_of_a_string_is_compared_as_a_number(client: OTSClient) -> None:
    def priced(comparator: str, value: float, regex: str = r"([0-9.]+)") -> SingleColumnRegexCondition:
        rule = RegexRule(regex, CastType.VT_DOUBLE)
        return SingleColumnRegexCondition("price", comparator, regex_rule=rule, column_value=value)

    assert passes(client, priced(ComparatorType.GREATER_THAN, 9.75))
    assert not passes(client, priced(ComparatorType.GREATER_THAN, 13.0))
    assert not passes(client, priced(ComparatorType.EQUAL, 12.5, regex="USD([0-9.]+)"))


def test_older_versions_count_when_asked_for(server: Server, client: OTSClient) -> None:
    server.clock.set(NOON)
    client.delete_table("t")
    create_table(client, max_version=3)
    for value in (1, 2):
        put_version(client, "a", value, server.clock)

    newest_only = SingleColumnCondition("n", 1, ComparatorType.EQUAL, latest_version_only=True)
    any_version = SingleColumnCondition("n", 1, ComparatorType.EQUAL, latest_version_only=False)

    assert get(client, "a", max_version=3, column_filter=newest_only) is None
    assert get(client, "a", max_version=3, column_filter=any_version) == {"n": 2}


def test_a_condition_has_at_most_ten_parts(client: OTSClient) -> None:
    assert passes(client, composite(LogicalOperator.AND, *[equals("n", 5)] * 9))

    with invalid("The count of filter exceeds the max:10."):
        passes(client, composite(LogicalOperator.AND, *[equals("n", 5)] * 10))
