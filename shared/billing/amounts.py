"""Amounts as the billing API writes them, read exactly or not at all."""

from __future__ import annotations

import re
from decimal import Decimal

_AMOUNT = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")


def amount_from_text(value: object) -> Decimal:
    r"""A balance or a movement of money: ``"12,345.67"``, ``"-11.19"``, ``"10000.00\n"``.

    Thousands separators must stand where they belong and be commas; blanks around the figure are dropped.

    Raises:
        ValueError: Anything else: no text, empty, an exponent, a sign other than a leading minus.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"not an amount: {value!r}")
    return Decimal(text.replace(",", ""))


def amount_from_number(value: object) -> Decimal:
    """A line of a bill, which is a JSON number: the decimal that was written, not the binary one nearest to it.

    Raises:
        ValueError: No finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"not a number: {value!r}")  # noqa: TRY004 -- a wrong answer, not a wrong program
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise ValueError(f"not an amount: {value!r}")
    return amount
