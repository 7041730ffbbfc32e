from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.billing.amounts import amount_from_number, amount_from_text


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("10000.00", "10000.00"),
        ("10000.00\n", "10000.00"),
        (" 8 ", "8"),
        ("-11.19", "-11.19"),
        ("1,234.50", "1234.50"),
        ("-1,234,567,890.01", "-1234567890.01"),
        ("0", "0"),
        ("0.000001", "0.000001"),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: str) -> None:
    assert amount_from_text(text) == Decimal(amount)
    assert str(amount_from_text(text)) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "--1",
        "+1",
        "1e5",
        "NaN",
        "Infinity",
        ".5",
        "5.",
        "1.2.3",
        "12_000",
        "1 000",
        "１２",
        "¥5",
        "5 CNY",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        amount_from_text(text)


@pytest.mark.parametrize("text", ["1,00", "1,0000", ",100", "12,345,", "1,234,56.00", "1.234,56", "1234,567"])
def test_separators_stand_where_they_belong(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        amount_from_text(text)


@pytest.mark.parametrize("value", [None, 12, 1.5, True, Decimal(1), [], {}])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        amount_from_text(value)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.sampled_from(["", " ", "\n"]))
def test_what_is_written_with_separators_is_read_back(amount: Decimal, blank: str) -> None:
    assert amount_from_text(f"{amount:,}{blank}") == amount


@given(st.text())
def test_no_text_is_read_as_something_else(text: str) -> None:
    try:
        amount = amount_from_text(text)
    except ValueError:
        return
    assert amount == Decimal(text.replace(",", ""))


@pytest.mark.parametrize(("number", "amount"), [(0.1, "0.1"), (12, "12"), (-3.07, "-3.07"), (1e-7, "0.0000001")])
def test_a_number_of_a_bill_is_the_decimal_that_was_written(number: float, amount: str) -> None:
    assert amount_from_number(number) == Decimal(amount)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_bill_line_survives_its_float(amount: Decimal) -> None:
    assert amount_from_number(float(amount)) == amount


@pytest.mark.parametrize("value", [None, "1.5", True, float("nan"), float("inf"), [1]])
def test_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        amount_from_number(value)
