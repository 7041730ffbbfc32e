from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.errors import MalformedRow
from shared.frozen import replace
from shared.model import (
    AccountState,
    AlertState,
    Certainty,
    DayForecast,
    DaySpend,
    HorizonScore,
    Level,
    PaidAfter,
    ProductCost,
    Reading,
    Runway,
    Scorecard,
    SpendHistory,
    Transaction,
    TransactionKind,
)
from shared.snapshot import Snapshot
from shared.state import rows
from shared.state.encoding.history import decode_history, encode_history
from shared.state.tables import Columns, StoredRow
from tests.builders import HOUR, figures

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
FIRST = date(2026, 2, 1)
DAY = timedelta(days=1)
HISTORY = SpendHistory(
    readings=(
        Reading(NOON, Decimal("1252.95")),
        Reading(NOON + HOUR, Decimal("1252.70"), Decimal(1000)),
        Reading(NOON + 2 * HOUR + timedelta(seconds=0.5), Decimal(-3), Decimal(0), Decimal("500.00")),
    ),
    days=(
        DaySpend(FIRST, Decimal("5.80"), Certainty.MISSING),
        DaySpend(FIRST + DAY, Decimal("15.19"), Certainty.MEASURED, Decimal("99.9")),
        DaySpend(FIRST + 4 * DAY, Decimal(0), Certainty.ESTIMATED),
    ),
    movements=(Transaction("2026030100", NOON, TransactionKind.PAYMENT, Decimal(5000)),),
    products=(
        ProductCost(FIRST, "ecs", "云服务器", Decimal("4.28"), prepaid=False),
        ProductCost(FIRST, "ecs", "云服务器", Decimal(300), prepaid=True),
        ProductCost(FIRST + DAY, "ecs", "云服务器", Decimal("3.12"), prepaid=False),
    ),
    movements_until=NOON,
    bills_until=FIRST + DAY,
    currency="CNY",
    former_currency="USD",
)
WRITTEN: dict[str, Any] = {
    "form": 2,
    "readings": {
        "from": 1772337600,
        "steps": [[3600, 1], [3600.5, 1]],
        "left": "1252.95 1252.70 -3",
        "credit": [["0", 1], ["1000", 1], ["0", 1]],
        "quota": [["0", 2], ["500.00", 1]],
    },
    "days": {
        "from": 739648,
        "steps": [[1, 1], [3, 1]],
        "spent": "5.80 15.19 0",
        "certainty": [["x", 1], ["m", 1], ["e", 1]],
        "one_off": [["0", 1], ["99.9", 1], ["0", 1]],
    },
    "movements": [["2026030100", 1772337600, "payment", "5000"]],
    "bills": {
        "products": [["ecs", "云服务器", False], ["ecs", "云服务器", True]],
        "days": [[739648, 2], [739649, 1]],
        "which": [0, 1, 0],
        "costs": "4.28 300 3.12",
    },
    "movements_until": "2026-03-01T04:00:00+00:00",
    "bills_until": "2026-02-02",
    "currency": "CNY",
    "former_currency": "USD",
}


def test_a_history_is_written_in_columns() -> None:
    assert json.loads(encode_history(HISTORY, {})) == WRITTEN
    assert decode_history(json.dumps(WRITTEN))[0] == HISTORY


def test_amounts_keep_every_digit() -> None:
    back, _ = decode_history(encode_history(HISTORY, {}))
    assert [str(one.available_amount) for one in back.readings] == ["1252.95", "1252.70", "-3"]
    assert [str(one.billed_cost) for one in back.products] == ["4.28", "300", "3.12"]


# ---------------------------------------------------------------- what did not change


def stored(state: AccountState) -> StoredRow:
    put = rows.put_state(state)
    return StoredRow(put.key, put.columns)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"readings": HISTORY.readings[1:]},
        {"days": HISTORY.days[1:]},
        {"movements": ()},
        {"products": HISTORY.products[:1]},
        {"movements_until": None, "bills_until": None},
    ],
)
def test_a_state_that_was_read_is_written_as_one_that_was_not(change: dict[str, Any]) -> None:
    read = rows.state_of(stored(replace(usual(), history=HISTORY)))
    card = replace(read.scorecard, ended=3) if change else read.scorecard
    later = replace(read, history=replace(read.history, **change), scorecard=card)
    assert later.as_read
    assert stored(later) == stored(replace(later, as_read={}))


def test_what_did_not_change_is_written_as_it_was_read() -> None:
    odd = json.dumps({**WRITTEN, "days": {**WRITTEN["days"], "spent": " 5.80  15.19 0 "}})
    columns = {**rows.put_state(AccountState("42")).columns, "history": odd, "scorecard": f" {FORMER_SCORECARD}"}
    written = rows.put_state(rows.state_of(StoredRow(rows.account_key("42"), columns))).columns
    assert json.loads(str(written["history"]))["days"]["spent"] == " 5.80  15.19 0 "
    assert written["scorecard"] == f" {FORMER_SCORECARD}"


# ---------------------------------------------------------------- size


def usual(days: int = 90, products: int = 6) -> AccountState:
    """An account that is read every hour, with a bill of some products."""
    past = SpendHistory(
        readings=tuple(Reading(NOON + n * HOUR, Decimal("123456.78") - n) for n in range(72)),
        days=tuple(DaySpend(FIRST + n * DAY, Decimal("1234.56") + n, Certainty.MEASURED) for n in range(days)),
        movements=(Transaction("2026030100000001", NOON, TransactionKind.PAYMENT, Decimal(5000)),),
        products=tuple(
            ProductCost(FIRST + day * DAY, f"product{n}", f"product {n}", Decimal("123.45") + n, prepaid=False)
            for day in range(8)
            for n in range(products)
        ),
        movements_until=NOON,
        bills_until=FIRST,
        currency="CNY",
    )
    card = Scorecard(
        "CNY",
        tuple(DayForecast(FIRST + n * DAY, NOON, (123.45,) * 3, (1234.56,) * 3, NOON) for n in range(7)),
        HorizonScore(90, 1 / 3, (1 / 3,) * 3, 100 / 3, 100 / 3, 100 / 3),
        HorizonScore(90, 1 / 3, (1 / 3,) * 3, 100 / 3, 100 / 3, 100 / 3),
    )
    alert = AlertState(Level.WARNING, NOON, Level.WARNING, Level.WARNING, NOON, seen_at=NOON, reason="repeated")
    return AccountState("1234567890123456", 4711, alert, past, card, (PaidAfter(NOON, NOON),))


def size(state: AccountState) -> int:
    """In bytes, with some for what the gateway adds."""
    put = rows.put_state(state)
    return sum(len(str(part).encode()) for part in (*put.key, *put.columns, *put.columns.values())) + 50


def test_a_usual_state_is_read_and_written_as_one_capacity_unit() -> None:
    assert size(usual()) < 4096


def test_a_day_of_history_takes_ten_bytes_and_a_product_some_hundred() -> None:
    assert size(usual(90)) - size(usual(30)) <= 60 * 10
    assert size(usual(products=16)) - size(usual(products=6)) <= 10 * 120


# ---------------------------------------------------------------- what cannot be read back


def wrong(part: str, **changes: object) -> dict[str, Any]:
    return {part: {**WRITTEN[part], **changes}}


def refusal(history: dict[str, Any]) -> MalformedRow:
    put = rows.put_state(AccountState("42"))
    with pytest.raises(MalformedRow, match="row 42: hash 7347, column history: ") as caught:
        rows.state_of(StoredRow(put.key, {**put.columns, "history": json.dumps(history)}))
    return caught.value


@pytest.mark.parametrize(
    "change",
    [
        {"form": 3},
        {"form": None},
        {"readings": [[0, "1"]]},
        {"readings": "none"},
        {"readings": {"from": 0}},
        {"readings": None},
        {"readings": []},
        {"days": 0},
        {"bills": ""},
        wrong("readings", **{"from": "0"}),
        wrong("readings", **{"from": 1e300}),
        wrong("readings", steps=[[3600, 1]]),
        wrong("readings", steps=[[3600, 3]]),
        wrong("readings", steps=[[3600, 10**12]]),
        wrong("readings", steps=[[3600, 10**30]]),
        wrong("readings", steps=[["3600", 2]]),
        wrong("readings", steps=[[3600, 2.0]]),
        wrong("readings", steps=[[True, 2]]),
        wrong("readings", steps=[3600, 2]),
        wrong("readings", steps=[[3600, 2, 9]]),
        wrong("readings", **{"from": 10**17}),
        wrong("readings", **{"from": 10**18}),
        wrong("readings", left="1252.95 1252.70"),
        wrong("readings", left="1252.95 1252.70 NaN"),
        wrong("readings", left="1252.95 1252.70 1,000"),
        wrong("readings", left=[1252.95, 1252.70, -3]),
        wrong("readings", credit=[["0", 2]]),
        wrong("readings", credit=[[0, 3]]),
        wrong("readings", quota=[["Infinity", 3]]),
        wrong("days", **{"from": 0}),
        wrong("days", **{"from": 1.5}),
        wrong("days", steps=[[1, 2], [10**9, 1]]),
        wrong("days", certainty=[["?", 3]]),
        wrong("days", certainty=[[["m"], 3]]),
        wrong("days", one_off=[["0", -3]]),
        wrong("bills", which=[0, 1, 2]),
        wrong("bills", which=[0, 1, -1]),
        wrong("bills", which=[]),
        wrong("bills", products=[["ecs", "云服务器", 0], ["ecs", "云服务器", True]]),
        wrong("bills", days=[[739648, 2]]),
        {"movements": [["t", 0, "gift", "1"]]},
        {"movements_until": "2026-03-01T10:00:00"},
        {"bills_until": 738000},
        {"currency": 1},
    ],
)
def test_a_history_with_one_wrong_entry_is_refused(change: dict[str, Any]) -> None:
    refusal({**WRITTEN, **change})


@pytest.mark.parametrize("name", [name for name in WRITTEN if name != "form"])
def test_a_history_that_lacks_a_part_is_refused(name: str) -> None:
    refusal({other: value for other, value in WRITTEN.items() if other != name})


def test_a_form_of_a_newer_program_is_named() -> None:
    assert "expected form 2, found 3: a newer program wrote it" in str(refusal({**WRITTEN, "form": 3}))


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_figure_that_json_cannot_hold_is_not_written(odd: float) -> None:
    state = usual()
    (first, *others), week = state.scorecard.pending, state.scorecard.week
    for card in (
        replace(state.scorecard, end_error_hours=odd),
        replace(state.scorecard, week=replace(week, loss=odd)),
        replace(state.scorecard, pending=(first._replace(week=(1.0, odd, 2.0)), *others)),
    ):
        with pytest.raises(ValueError, match="expected finite numbers"):
            rows.put_state(replace(state, scorecard=card))
    seen = figures(lasts=Runway(NOON, (9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0), (1.0,) * 6 + (odd,), 30))
    with pytest.raises(ValueError, match="expected finite numbers"):
        rows.put_snapshot(Snapshot("42", NOON, "CNY", Decimal(1), Level.HEALTHY, figures=seen))


@pytest.mark.parametrize("odd", [math.nan, -math.inf])
def test_days_left_that_are_none_are_not_written_as_an_end_out_of_sight(odd: float) -> None:
    seen = figures(lasts=Runway(NOON, (math.inf, 8.0, 7.0, 6.0, 5.0, 4.0, odd), (1.0,) * 7, 30))
    for snapshot in (
        Snapshot("42", NOON, "CNY", Decimal(1), Level.HEALTHY, figures=seen),
        Snapshot("42", NOON, "CNY", Decimal(1), Level.HEALTHY, (3.0, 4.0, odd)),
    ):
        with pytest.raises(ValueError, match="expected finite numbers"):
            rows.put_snapshot(snapshot)


# ---------------------------------------------------------------- what an older program wrote

FORMER: dict[str, Any] = {
    "readings": [[1772337600, "1252.95"], [1772341200, "1252.70", "1000"], [1772344800.5, "-3", "0", "500.00"]],
    "days": [[739648, "5.80", "x"], [739649, "15.19", "m", "99.9"], [739652, "0", "e"]],
    "movements": [["2026030100", 1772337600, "payment", "5000"]],
    "products": [["ecs", "云服务器", False], ["ecs", "云服务器", True]],
    "bills": [[739648, 0, "4.28"], [739648, 1, "300"], [739649, 0, "3.12"]],
    "movements_until": "2026-03-01T04:00:00+00:00",
    "bills_until": "2026-02-02",
    "currency": "CNY",
    "former_currency": "USD",
}
FORMER_ALERT = (
    '{"level":"warning","since":"2026-03-01T04:00:00+00:00","told_level":"warning","worst_told":"critical",'
    '"told_at":"2026-03-01T04:00:00+00:00","repeats":2,"overdue_since":null,"seen_at":"2026-03-01T05:00:00+00:00",'
    '"acknowledged_at":"2026-03-01T04:00:00+00:00","acknowledged_by":"王丽","paying_until":null,"paying_by":"",'
    '"escalated_at":null,"failed_runs":0,"failure":"","short":"warning","told_short":null,'
    '"entering":[["critical","2026-03-01T04:00:00+00:00"]],"suspended_since":null,'
    '"warned_at":"2026-03-01T04:00:00+00:00","topped_up_at":null,"road_told":null,"reason":"repeated",'
    '"because":[["hours","24"]]}'
)
FORMER_SCORECARD = (
    '{"currency":"CNY","pending":[[739648,1772337600,[1.25,2.5,3.0,4.0,5.5,6.123456789],1772370000],'
    '[739649,1772341200,[1.0,2.0,3.0,4.0,5.0,6.0],null]],"three_days":[3,2.9,1.0,2.0,2.5,1.5,2.5,3.5],'
    '"week":[0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"ended":1,"end_error_hours":12.5}'
)


def test_a_row_of_the_former_form_is_read() -> None:
    columns: Columns = {
        "version": 8,
        "alert": FORMER_ALERT,
        "history": json.dumps(FORMER),
        "scorecard": FORMER_SCORECARD,
        "paid_after": "[[1772337600,1772341200]]",
        "seen": 1772341200,
    }
    assert rows.state_of(StoredRow(rows.account_key("42"), columns)) == AccountState(
        "42",
        8,
        AlertState(
            level=Level.WARNING,
            since=NOON,
            told_level=Level.WARNING,
            worst_told=Level.CRITICAL,
            told_at=NOON,
            repeats=2,
            seen_at=NOON + HOUR,
            acknowledged_at=NOON,
            acknowledged_by="王丽",
            short=Level.WARNING,
            entering=((Level.CRITICAL, NOON),),
            warned_at=NOON,
            reason="repeated",
            because=(("hours", "24"),),
        ),
        HISTORY,
        Scorecard(
            "CNY",
            (
                DayForecast(FIRST, NOON, (1.25, 2.5, 3.0), (4.0, 5.5, 6.123456789), NOON + 9 * HOUR),
                DayForecast(FIRST + DAY, NOON + HOUR, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0), None),
            ),
            HorizonScore(3, 2.9, (1.0, 2.0, 2.5), 1.5, 2.5, 3.5),
            ended=1,
            end_error_hours=12.5,
        ),
        (PaidAfter(NOON, NOON + HOUR),),
    )


def test_a_history_from_before_currencies_were_remembered_is_read() -> None:
    older = {name: value for name, value in FORMER.items() if "currency" not in name}
    found, _ = decode_history(json.dumps(older))
    assert (found.readings, found.currency, found.former_currency) == (HISTORY.readings, None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"readings": [[0, "1", "2", "3", "4"]]},
        {"readings": [[0]]},
        {"readings": [["0", "1"]]},
        {"readings": [[1e300, "1"]]},
        {"days": [[738000, "1", "m", 2]]},
        {"days": [[738000, "1", "?"]]},
        {"days": [[0, "1", "m"]]},
        {"bills": [[738000, 2, "1"]]},
        {"movements": [["t", 0, "gift", "1"]]},
        {"movements_until": "2026-03-01T10:00:00"},
        {"bills_until": 738000},
        {"currency": 1},
    ],
)
def test_a_former_history_with_one_wrong_entry_is_refused(change: dict[str, Any]) -> None:
    refusal({**FORMER, **change})
