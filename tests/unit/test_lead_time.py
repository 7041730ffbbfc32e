"""How long a customer needs to pay."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import stretch
from shared.lead_time import KEPT, LONGEST, SHORTEST, lead_days, with_payment
from shared.model import PaidAfter
from tests.builders import DAY, HOUR, NOON

DEFAULT = Decimal(3)
tenths = st.integers(0, 200).map(lambda n: Decimal(n) / 10)


def paid(days: Decimal | float, nth: int = 0) -> PaidAfter:
    """The ``nth`` episode: warned on a Wednesday noon, paid after so many working days."""
    warned_at = NOON + nth * 28 * DAY
    return PaidAfter(warned_at, warned_at + stretch(warned_at, days))


def record(*days: Decimal | float) -> tuple[PaidAfter, ...]:
    return tuple([paid(one, nth) for nth, one in enumerate(days)])


@pytest.mark.parametrize(
    ("days", "lead", "by_default"),
    [
        ([], "3", True),
        ([1], "3", True),
        ([1, 1], "3", True),
        ([1, 4], "4", False),  # slower than the default already
        ([1, 1, 1], "1", False),
        ([1, 2, 5], "5", False),  # below ten episodes, the slowest
        ([1, 1, 1, 1, 1, 1, 1, 1, 2, 5], "2", False),  # nine of ten
        ([5, 1, 1, 1, 1, 1, 1, 1, 1, 2], "2", False),
        ([0.1, 0.1, 0.1], "0.5", False),
        ([30, 30, 30], "15", False),
        ([1, 1, 1.01], "1.1", False),  # rounded up
    ],
)
def test_the_figure_is_what_nine_of_ten_payments_needed(days: list[float], lead: str, by_default: bool) -> None:  # noqa: FBT001
    found = lead_days(record(*days), DEFAULT)
    assert (found.days, found.measured, found.by_default) == (Decimal(lead), len(days), by_default)


def test_only_the_last_twenty_episodes_count() -> None:
    slow_once = record(*[9] * 10, *[1] * KEPT)
    assert lead_days(slow_once, DEFAULT).days == 1
    assert lead_days(slow_once, DEFAULT).measured == KEPT
    assert lead_days(tuple(reversed(slow_once)), DEFAULT) == lead_days(slow_once, DEFAULT)


def test_days_off_do_not_make_a_customer_slow() -> None:
    friday = datetime(2026, 2, 13, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai, before Spring Festival
    after = PaidAfter(friday, datetime(2026, 2, 24, 10, 0, tzinfo=UTC))
    assert lead_days((after,) * 3, DEFAULT).days == 2


def test_a_payment_is_remembered_once_and_in_its_place() -> None:
    first, second = paid(1, 0), paid(2, 1)
    assert with_payment([second], first) == (first, second)
    assert with_payment([first, second], second) == (first, second)
    full = tuple(record(*[1] * KEPT))
    assert with_payment(full, paid(2, KEPT)) == (*full[1:], paid(2, KEPT))


@given(st.lists(tenths, max_size=25), tenths, tenths)
def test_one_more_payment_that_is_no_quicker_never_shortens_it(
    days: list[Decimal], default: Decimal, more: Decimal
) -> None:
    before = lead_days(record(*days), default)
    slow = paid(before.days + more, len(days))
    assert lead_days(with_payment(record(*days), slow), default).days >= before.days


@given(st.lists(tenths, min_size=1, max_size=25), st.data(), tenths)
def test_a_slower_payment_in_place_of_another_never_shortens_it(
    days: list[Decimal], data: st.DataObject, default: Decimal
) -> None:
    which = data.draw(st.integers(0, len(days) - 1))
    slower = [*days]
    slower[which] += data.draw(tenths)
    assert lead_days(record(*slower), default).days >= lead_days(record(*days), default).days


@given(st.lists(tenths, max_size=5), tenths, tenths)
def test_a_longer_default_never_shortens_it_and_counts_only_until_three_were_measured(
    days: list[Decimal], default: Decimal, more: Decimal
) -> None:
    shorter, longer = lead_days(record(*days), default), lead_days(record(*days), default + more)
    assert longer.days >= shorter.days
    if len(days) >= 3:
        assert longer == shorter
        assert not shorter.by_default


@given(st.lists(tenths, max_size=25), tenths)
def test_it_stays_within_its_bounds(days: list[Decimal], default: Decimal) -> None:
    assert SHORTEST <= lead_days(record(*days), default).days <= LONGEST


@given(st.lists(tenths, min_size=3, max_size=KEPT), tenths)
def test_at_least_nine_of_ten_payments_came_within_it(days: list[Decimal], default: Decimal) -> None:
    lead = lead_days(record(*days), default).days
    within = sum(1 for one in days if min(one, LONGEST) <= lead)
    assert within * 10 >= len(days) * 9


def test_a_payment_before_its_warning_took_no_time() -> None:
    odd = paid(1)._replace(paid_at=NOON - HOUR)
    assert lead_days((odd,) * 3, DEFAULT).days == SHORTEST
