"""What an account spent is told from its balance readings and the movements of money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.model import (
    SHANGHAI,
    Balance,
    Certainty,
    DaySpend,
    ProductCost,
    SpendHistory,
    Transaction,
    TransactionKind,
)
from shared.spend import (
    bill_due,
    last_top_up,
    movements_due,
    spend_series,
    top_products,
    with_bill,
    with_movements,
    with_reading,
)
from tests.builders import DAY, HOUR, NOON, balance, history, payment


def total(past: SpendHistory, now: datetime) -> Decimal:
    series = spend_series(past, "CNY", now)
    return sum((d.amount + d.one_off for d in series.days), series.spent_today + series.one_off_today)


def cost(
    amount: str | float | Decimal, day: date = date(2026, 3, 3), code: str = "ecs", *, prepaid: bool = False
) -> ProductCost:
    return ProductCost(day, code, code.upper(), Decimal(str(amount)), prepaid)


def figures(*amounts: Decimal) -> tuple[float, ...]:
    return tuple(float(amount) for amount in amounts)


def falling(by_hour: dict[int, float], hours: int = 60) -> SpendHistory:
    """10 an hour up to Wednesday noon, and at some hours before the end something on top."""
    left, amounts = 100_000.0, []
    for back in range(hours - 1, -1, -1):
        left -= 10 + by_hour.get(back, 0)
        amounts.append(left)
    return history(amounts)


def test_what_the_balance_fell_was_spent() -> None:
    past = history([1000, 990, 975])
    assert spend_series(past, "CNY", NOON).spent_today == 25


def test_a_top_up_is_not_negative_spend() -> None:
    past = history([100, 90, 580], paid=(payment(500, NOON - HOUR / 2),))
    assert spend_series(past, "CNY", NOON).spent_today == 20


def test_a_refund_and_a_transfer_out_are_not_spend() -> None:
    out = payment(-30, NOON - HOUR / 2, TransactionKind.TRANSFER)
    back = payment(12, NOON - HOUR / 3, TransactionKind.REFUND)
    past = history([100, 80], paid=(out, back))
    assert spend_series(past, "CNY", NOON).spent_today == 2


def test_the_settlement_of_last_month_is_not_spend() -> None:
    settled = payment(-700, NOON - HOUR / 2, TransactionKind.CONSUMPTION)
    past = history([100, 98], paid=(settled,))
    assert spend_series(past, "CNY", NOON).spent_today == 2


def test_a_rise_without_a_known_movement_is_estimated_at_the_rate_of_the_other_hours() -> None:
    past = history([100, 90, 80, 900])
    assert spend_series(past, "CNY", NOON).spent_today == 30


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(seconds=20), timedelta(minutes=-10)])
def test_a_top_up_at_the_time_of_a_reading_belongs_where_the_balance_rose(offset: timedelta) -> None:
    paid = payment(500, NOON - HOUR + offset)
    for shown_at_once in (True, False):
        readings = [100, 590 if shown_at_once else 90, 580]
        assert spend_series(history(readings, paid=(paid,)), "CNY", NOON).spent_today == 20


@pytest.mark.parametrize("at", [NOON - 2 * HOUR - HOUR / 6, NOON + HOUR / 6])
def test_a_top_up_just_outside_the_readings_belongs_where_the_balance_rose(at: datetime) -> None:
    readings = [100, 585, 575] if at < NOON else [100, 90, 575]
    assert spend_series(history(readings, paid=(payment(500, at),)), "CNY", NOON).spent_today == 25


def test_a_movement_that_becomes_known_late_corrects_the_estimate() -> None:
    past = history([100, 90, 80, 900])
    known = with_movements(past, [payment(825, NOON - HOUR / 2)], NOON)
    assert spend_series(known, "CNY", NOON).spent_today == 25


def test_an_interval_over_midnight_is_shared_by_time() -> None:
    half_past_midnight = datetime(2026, 3, 3, 16, 30, tzinfo=UTC)
    past = history([100, 90], end=half_past_midnight)
    series = spend_series(past, "CNY", half_past_midnight)
    assert (series.days[-1].day, series.days[-1].amount, series.spent_today) == (
        date(2026, 3, 3),
        Decimal(5),
        Decimal(5),
    )


def test_a_day_is_a_shanghai_day() -> None:
    assert spend_series(history([10, 9]), "CNY", datetime(2026, 3, 4, 16, 0, tzinfo=UTC)).today == date(2026, 3, 5)


def test_a_day_without_readings_is_missing_and_the_sum_stays_right() -> None:
    past = history([1000, 700], end=NOON, every=3 * DAY)
    series = spend_series(past, "CNY", NOON)
    assert [d.certainty for d in series.days] == [Certainty.MISSING, Certainty.ESTIMATED, Certainty.ESTIMATED]
    assert total(past, NOON) == 300


def test_days_after_the_last_reading_are_missing_and_do_not_hide_those_before() -> None:
    past = history([1000 - n for n in range(49)])
    series = spend_series(past, "CNY", NOON + 3 * DAY)
    assert [d.day.day for d in series.days] == [2, 3, 4, 5, 6]
    assert [d.certainty for d in series.days[-4:]] == [Certainty.MEASURED, *[Certainty.MISSING] * 3]
    assert series.spent_today == 0


def test_a_series_tells_nothing_of_the_days_after_it() -> None:
    past = history([1000 - n for n in range(49)])
    series = spend_series(past, "CNY", NOON - DAY)
    assert [d.day.day for d in series.days] == [2]
    assert series.spent_today == 24, "the day as it ended, since it is known by now"


def test_hourly_readings_make_a_measured_day() -> None:
    past = history([1000 - n for n in range(49)])
    assert spend_series(past, "CNY", NOON).days[-1].certainty is Certainty.MEASURED


def test_the_first_part_of_a_day_is_no_whole_day() -> None:
    assert spend_series(history([100, 90], every=DAY), "CNY", NOON).days[0].certainty is Certainty.MISSING


def test_a_reading_that_is_not_newer_changes_nothing() -> None:
    past = history([100, 90])
    assert with_reading(past, balance(5, NOON)) is past


def test_old_readings_are_folded_into_days() -> None:
    past = history([10_000 - n for n in range(24 * 30)])
    assert len(past.readings) <= 24 * 3 + 1
    assert len(past.days) >= 26


def test_spend_of_the_month_starts_on_the_first() -> None:
    past = history([1000 - n for n in range(24 * 6)])
    assert spend_series(past, "CNY", NOON).spent_this_month == 3 * 24 + 12


def test_transactions_are_asked_for_at_first_after_a_rise_and_once_a_day() -> None:
    assert movements_due(SpendHistory(), balance(5)) == NOON - 30 * DAY
    past = history([100, 90])
    assert movements_due(past, balance(80, NOON + HOUR)) is None
    assert movements_due(past, balance(95, NOON + HOUR)) == NOON - DAY
    assert movements_due(past, balance(80, NOON + DAY)) == NOON - DAY


def test_a_reading_after_a_rise_transactions_are_asked_for_once_more() -> None:
    risen = history([100, 90, 290])
    assert movements_due(risen, balance(280, NOON + HOUR)) == NOON - DAY
    assert movements_due(with_reading(risen, balance(280, NOON + HOUR)), balance(270, NOON + 2 * HOUR)) is None


@pytest.mark.parametrize("hour", range(24))
def test_what_is_asked_once_a_day_is_asked_in_the_accounts_own_hour(hour: int) -> None:
    past = with_bill(with_movements(SpendHistory(), (), NOON), [], date(2026, 3, 2))
    asked = []
    for at in (NOON + HOUR * n for n in range(1, 73)):
        if movements_due(past, balance(5, at), hour):
            past = with_movements(past, (), at)
            asked.append((at.astimezone(SHANGHAI).hour, "movements"))
        if day := bill_due(past, at, hour):
            past = with_bill(past, [], day)
            asked.append((at.astimezone(SHANGHAI).hour, "bill"))
    assert asked[-4:] == [(hour, "movements"), (hour, "bill")] * 2, "once a day, after what was due at first"
    assert len(asked) <= 7


def test_a_bill_is_asked_for_once_and_when_it_is_complete() -> None:
    assert bill_due(SpendHistory(), NOON) == date(2026, 3, 2)
    assert bill_due(with_bill(SpendHistory(), [], date(2026, 3, 2)), NOON) is None


def test_the_last_top_up_is_remembered_after_its_readings_are_folded() -> None:
    paid = payment(500, NOON - 20 * DAY)
    past = history([10_000 - n for n in range(24 * 21)], paid=(paid,))
    assert last_top_up(past) == paid


# ---------------------------------------------------------------- purchases and bills


def test_a_prepaid_purchase_is_seen_but_not_burnt() -> None:
    bought = with_bill(falling({20: 3000}), [cost(3000, prepaid=True), cost(240)], date(2026, 3, 3))
    tuesday = spend_series(bought, "CNY", NOON).days[-1]
    assert figures(tuesday.amount, tuesday.one_off) == (240, 3000)
    assert tuesday.certainty is Certainty.MEASURED


def test_a_fall_without_a_purchase_is_burnt() -> None:
    billed = with_bill(falling({20: 3000}), [cost(3240)], date(2026, 3, 3))
    tuesday = spend_series(billed, "CNY", NOON).days[-1]
    assert figures(tuesday.amount, tuesday.one_off) == (3240, 0)


def test_a_purchase_paid_by_a_voucher_takes_nothing_from_the_burn() -> None:
    paid_otherwise = with_bill(falling({}), [cost(200, prepaid=True)], date(2026, 3, 3))
    assert spend_series(paid_otherwise, "CNY", NOON).days[-1].amount == 240


def test_purchases_at_two_hours_stand_on_one_line_of_the_bill() -> None:
    bought = with_bill(falling({20: 3000, 18: 500}), [cost(3500, prepaid=True)], date(2026, 3, 3))
    tuesday = spend_series(bought, "CNY", NOON).days[-1]
    assert figures(tuesday.amount, tuesday.one_off) == (240, 3500)


def test_a_purchase_is_known_apart_after_its_day_is_closed() -> None:
    bought = with_bill(falling({20: 3000}), [cost(3000, prepaid=True)], date(2026, 3, 3))
    for n in range(1, 24 * 5):
        bought = with_reading(bought, balance(50_000 - 10 * n, NOON + n * HOUR))
    assert {d.day: d.one_off for d in bought.days}[date(2026, 3, 3)] == 3000


def test_a_bill_that_comes_after_its_day_is_closed_still_tells_the_purchase() -> None:
    past = falling({100: 3000}, hours=24 * 12)
    day = date(2026, 2, 28)
    before = next(d for d in past.days if d.day == day)
    after = next(d for d in with_bill(past, [cost(3000, day, prepaid=True)], day).days if d.day == day)
    assert figures(before.amount, after.amount, after.one_off) == (3240, 240, 3000)


def test_a_bill_that_changes_replaces_what_it_said() -> None:
    day = date(2026, 3, 3)
    first = with_bill(falling({20: 3000}), [cost(3000, prepaid=True)], day)
    then = with_bill(first, [cost(3240)], day)
    assert spend_series(then, "CNY", NOON).days[-1].amount == 3240
    assert total(then, NOON) == total(first, NOON)


def test_purchases_count_for_the_month() -> None:
    bought = with_bill(falling({20: 3000}), [cost(3000, prepaid=True)], date(2026, 3, 3))
    assert spend_series(bought, "CNY", NOON).spent_this_month == 3000 + 10 * 59


def test_bills_that_were_missed_are_asked_for_one_by_one() -> None:
    assert bill_due(with_bill(SpendHistory(), [], date(2026, 2, 27)), NOON) == date(2026, 2, 28)
    assert bill_due(with_bill(SpendHistory(), [], date(2026, 1, 1)), NOON) == date(2026, 2, 23)


def test_the_dearest_products_stand_beside_the_days_before() -> None:
    past = SpendHistory()
    for day, ecs, oss in ((1, 100, 20), (2, 120, 10), (3, 400, 30)):
        costs = [cost(ecs, date(2026, 3, day)), cost(oss, date(2026, 3, day), "oss")]
        past = with_bill(past, costs, date(2026, 3, day))
    past = with_bill(past, [*past.products[-2:], cost(9000, prepaid=True), cost(5, code="cdn")], date(2026, 3, 3))
    assert [(p.name, *figures(p.cost, p.before or Decimal(0))) for p in top_products(past)] == [
        ("ECS", 400, 110),
        ("OSS", 30, 15),
        ("CDN", 5, 0),
    ]


def test_one_bill_says_nothing_of_change_and_none_says_nothing_at_all() -> None:
    assert top_products(with_bill(SpendHistory(), [cost(7)], date(2026, 3, 3)))[0].before is None
    assert top_products(SpendHistory()) == ()


# ---------------------------------------------------------------- readings at midnight


MIDNIGHT = NOON + 12 * HOUR


def five_days(changes: dict[int, int], paid: tuple[Transaction, ...] = (), bought: int = 0) -> SpendHistory:
    """Hourly readings from noon on: 10 an hour, and changes at some hours. Thursday's bill is known from the start."""
    past, left = with_movements(SpendHistory(), paid, NOON), 100_000
    past = with_bill(past, [cost(bought, date(2026, 3, 5), prepaid=True)], date(2026, 3, 5))
    for n in range(24 * 5):
        left += changes.get(n, 0) - 10
        past = with_reading(past, balance(left, NOON + n * HOUR))
    return past


@pytest.mark.parametrize(("hour", "one_off"), [(12, 0), (13, 3000)])
def test_a_purchase_is_looked_for_after_midnight_only_and_never_lost(hour: int, one_off: int) -> None:
    past = five_days({hour: -3000}, bought=3000)
    assert {d.day: figures(d.amount, d.one_off) for d in past.days}[date(2026, 3, 5)] == (240, one_off)
    assert total(past, past.readings[-1].at) == 3000 + 10 * (24 * 5 - 1)


@pytest.mark.parametrize("minutes", [-5, 3])
@pytest.mark.parametrize("shown", [12, 13])
def test_a_top_up_around_midnight_is_counted_once_after_its_day_is_closed(minutes: int, shown: int) -> None:
    paid = payment(500, MIDNIGHT + timedelta(minutes=minutes)), payment(800, MIDNIGHT + 30 * HOUR - HOUR / 2)
    past = five_days({shown: 500 - 7, 42: 800}, paid)
    assert past.days[-1].day > date(2026, 3, 5)
    assert total(past, past.readings[-1].at) == 10 * (24 * 5 - 1) + 7


def test_a_top_up_shown_late_is_counted_once_though_a_reading_stands_just_after_midnight() -> None:
    paid = payment(500, MIDNIGHT - HOUR / 30), payment(800, MIDNIGHT + DAY)
    past = with_movements(SpendHistory(), paid, NOON)
    left = [(-3, 1000), (0, 1000), (1, 1490), (24, 1490), (25, 2290), (60, 2290), (80, 2270)]
    for hours, amount in left:
        past = with_reading(past, balance(amount, MIDNIGHT + hours * HOUR + HOUR / 30))
    assert past.days[-1].day >= date(2026, 3, 4)
    assert total(past, past.readings[-1].at) == 30


@pytest.mark.parametrize("shown", [12, 13])
@pytest.mark.parametrize("minutes", [-5, 3])
def test_a_withdrawal_around_midnight_is_no_spend(minutes: int, shown: int) -> None:
    past = five_days({shown: -700}, (payment(-700, MIDNIGHT + timedelta(minutes=minutes), TransactionKind.WITHDRAW),))
    assert past.days[-1].day > date(2026, 3, 5)
    assert total(past, past.readings[-1].at) == 10 * (24 * 5 - 1)


def test_a_top_up_over_midnight_that_becomes_known_on_the_third_day_corrects_the_sum() -> None:
    past, left = SpendHistory(), 1000
    for n in range(24 * 5):
        left += (500 - 7 if n == 10 else 0) - 10
        at = NOON + HOUR / 2 + (n + 2) * HOUR
        if n == 10 + 60:
            past = with_movements(past, [payment(500, MIDNIGHT - HOUR / 4)], at)
        past = with_reading(past, balance(left, at))
    assert past.days[-1].day > date(2026, 3, 5)
    assert total(past, past.readings[-1].at) == 10 * (24 * 5 - 1) + 7


def test_a_few_cents_over_many_days_make_no_day_negative() -> None:
    past = history([1, "0.94"], every=10 * DAY)
    series = spend_series(past, "CNY", NOON)
    assert min(*(d.amount for d in series.days), series.spent_today) >= 0
    assert total(past, NOON) == Decimal("0.06")


# ---------------------------------------------------------------- months, credit lines, currencies


def test_the_settlement_at_the_start_of_a_month_lowers_cash_and_not_what_is_available() -> None:
    first = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
    settled = payment(-7000, first - HOUR, TransactionKind.CONSUMPTION)
    past = history([100 - n for n in range(36)], end=first, paid=(settled,))
    series = spend_series(past, "CNY", first)
    assert figures(series.days[-1].amount, series.spent_today) == (23, 12)  # the first reading is at one o'clock


def test_a_fee_on_the_first_is_spend_of_the_first() -> None:
    first = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
    past = history([1000 - n - (500 if n > 30 else 0) for n in range(37)], end=first)
    assert spend_series(past, "CNY", first).spent_today == 512


@pytest.mark.parametrize("line", [1500, 200])
def test_a_credit_line_that_is_changed_is_neither_a_top_up_nor_spend(line: int) -> None:
    past = SpendHistory()
    for n, (left, credit) in enumerate([(1100, 1000), (1090, 1000), (80 + line, line), (70 + line, line)]):
        past = with_reading(past, Balance(NOON + (n - 3) * HOUR, "CNY", Decimal(left), Decimal(credit)))
    assert spend_series(past, "CNY", NOON).spent_today == 30


def test_a_credit_users_balance_below_its_line_is_spend_like_any() -> None:
    past = SpendHistory()
    for n, left in enumerate([40, 10, -20]):
        past = with_reading(past, Balance(NOON + (n - 2) * HOUR, "CNY", Decimal(left), Decimal(1000)))
    assert spend_series(past, "CNY", NOON).spent_today == 60


def test_a_new_currency_starts_a_new_history() -> None:
    changed = with_reading(history([1000, 900]), balance(70, NOON + HOUR, "USD"))
    changed = with_reading(changed, balance(69, NOON + 2 * HOUR, "USD"))
    assert spend_series(changed, "USD", NOON + 2 * HOUR).spent_today == 1
    assert (changed.currency, changed.former_currency) == ("USD", "CNY")


def test_a_history_without_a_currency_is_in_that_of_its_next_reading() -> None:
    older = replace(history([1000, 900]), currency=None)
    assert spend_series(with_reading(older, balance(880, NOON + HOUR)), "CNY", NOON + HOUR).spent_today == 120


def test_one_reading_is_a_series_without_spend() -> None:
    series = spend_series(history([100]), "CNY", NOON)
    assert series.days == ()
    assert series.spent_today == 0
    assert series.since == NOON


def test_what_was_burnt_by_this_time_of_the_last_whole_days_is_known() -> None:
    dear_afternoon = spend_series(falling({20: 3000}), "CNY", NOON)  # 20 hours before noon: at four on the day before
    assert dear_afternoon.usually_spent == pytest.approx(
        (110 + 120) / (230 + 3240)
    )  # Monday is known from one in the morning on
    dear_morning = spend_series(falling({30: 3000}), "CNY", NOON)
    assert dear_morning.usually_spent == pytest.approx((110 + 3120) / (230 + 3240))


def test_a_time_of_the_day_has_its_part_of_the_intervals_that_reach_over_it() -> None:
    hourly = [8 if n == 12 else 2 for n in range(49)]  # read at half past; the dear interval begins before midnight
    left = [10_000 - sum(hourly[: n + 1]) for n in range(49)]
    series = spend_series(history(left, end=NOON + HOUR / 2), "CNY", NOON + HOUR / 2)
    assert series.usually_spent == pytest.approx((4 + 12 * 2) / (4 + 23.5 * 2))


def test_of_days_on_which_nothing_was_burnt_no_time_is_usual() -> None:
    assert spend_series(history([100] * 60), "CNY", NOON).usually_spent is None


# ---------------------------------------------------------------- the sum


steps = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([1, 12, 24, 240]), st.integers(1, 40)),  # hours to the next reading; midnight is one
        st.one_of(st.integers(0, 3), st.integers(0, 50_000)),  # cents spent meanwhile
        st.one_of(st.none(), st.integers(1, 2_000_000)),  # cents topped up meanwhile
        st.one_of(st.none(), st.integers(1, 4), st.integers(1, 500_000)),  # cents of a purchase meanwhile
        st.integers(0, 4),  # days until its bill is known
    ),
    min_size=1,
    max_size=60,
)


@given(steps)
@example(
    [(26, 0, None, None, 0), (10, 1, None, None, 0), (1, 0, None, 1, 0), (21, 0, None, None, 0), (26, 0, None, None, 0)]
)
def test_burn_and_purchases_add_up_to_what_was_spent(
    moves: list[tuple[int, int, int | None, int | None, int]],
) -> None:
    at, cents, spent = NOON, 1_000_000, 0
    bills: list[tuple[datetime, ProductCost]] = []
    past = with_reading(SpendHistory(), balance(Decimal(cents) / 100, at))
    for hours, out, paid, price, late in moves:
        at += timedelta(hours=hours)
        gone = out + (price or 0)
        cents += (paid or 0) - gone
        spent += gone
        movements: list[Transaction] = []
        if paid:
            movements = [payment(Decimal(paid) / 100, at - timedelta(minutes=10))]
        if price:
            day = (at - timedelta(minutes=30) + 8 * HOUR).date()
            bills.append((at + late * DAY, cost(Decimal(price) / 100, day, prepaid=True)))
        due, bills = [b for b in bills if b[0] <= at], [b for b in bills if b[0] > at]
        for day in sorted({b[1].day for b in due}):
            past = with_bill(past, [b[1] for b in due if b[1].day == day], day)
        past = with_reading(with_movements(past, movements, at), balance(Decimal(cents) / 100, at))
    if at - NOON < 90 * DAY:
        assert total(past, at) == Decimal(spent) / 100


def test_days_without_readings_are_a_series_that_nothing_is_known_of_today() -> None:
    days = tuple(DaySpend(date(2026, 3, day), Decimal(5), Certainty.MEASURED) for day in (2, 3))
    series = spend_series(SpendHistory(days=days, currency="CNY"), "CNY", NOON)
    assert series.days == days
    assert series.spent_today == 0
    assert series.usually_spent is None
