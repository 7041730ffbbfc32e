from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config.versions import ConfigVersion
from shared.errors import MalformedRow
from shared.model import (
    Account,
    AccountState,
    AlertState,
    Certainty,
    ChannelName,
    Contact,
    DayForecast,
    DaySpend,
    DeliveryStatus,
    HorizonScore,
    Language,
    Level,
    MailContent,
    Message,
    PaidAfter,
    ProductCost,
    Reading,
    Runway,
    Scorecard,
    SmsContent,
    SpendHistory,
    Summary,
    Topic,
    Transaction,
    TransactionKind,
)
from shared.silences import Selector, Silence
from shared.snapshot import Figures, Snapshot, Spike
from shared.state import rows
from shared.state.encoding import standing
from shared.state.tables import WRITER, Columns, Put, StoredRow

if TYPE_CHECKING:
    from collections.abc import Callable

V = TypeVar("V")

TEXT = st.text(max_size=8)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30))])
TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=ZONES)  # noqa: DTZ001 - the zone is drawn
MAYBE_TIMES = st.none() | TIMES
DAYS = st.dates(date(2001, 1, 1), date(2099, 1, 1))
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 2**62)
LEVELS = st.sampled_from(Level)


def tuples(values: st.SearchStrategy[V]) -> st.SearchStrategy[tuple[V, ...]]:
    return st.lists(values, max_size=4).map(tuple)


CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
CONTACTS = st.builds(
    Contact,
    TEXT,
    st.none() | TEXT,
    st.none() | TEXT,
    st.sampled_from(Language),
    st.none() | TEXT,
    st.none() | st.tuples(CLOCKS, CLOCKS),
)
ACCOUNTS = st.builds(
    Account, TEXT, TEXT, tuples(CONTACTS), TEXT, TEXT, st.none() | TEXT, st.none() | TEXT, st.booleans()
)
ALERTS = st.builds(
    AlertState,
    level=LEVELS,
    since=MAYBE_TIMES,
    told_level=LEVELS,
    worst_told=LEVELS,
    told_at=MAYBE_TIMES,
    repeats=COUNTS,
    overdue_since=MAYBE_TIMES,
    seen_at=MAYBE_TIMES,
    acknowledged_at=MAYBE_TIMES,
    acknowledged_by=TEXT,
    paying_until=MAYBE_TIMES,
    paying_by=TEXT,
    escalated_at=MAYBE_TIMES,
    failed_runs=COUNTS,
    failure=TEXT,
    short=st.none() | LEVELS,
    told_short=st.none() | LEVELS,
    entering=tuples(st.tuples(LEVELS, TIMES)),
    suspended_since=MAYBE_TIMES,
    warned_at=MAYBE_TIMES,
    topped_up_at=MAYBE_TIMES,
    road_told=MAYBE_TIMES,
    reason=TEXT,
    because=tuples(st.tuples(TEXT, TEXT)),
)
HISTORIES = st.builds(
    SpendHistory,
    readings=tuples(st.builds(Reading, TIMES, AMOUNTS, AMOUNTS, AMOUNTS)),
    days=tuples(st.builds(DaySpend, DAYS, AMOUNTS, st.sampled_from(Certainty), AMOUNTS)),
    movements=tuples(st.builds(Transaction, TEXT, TIMES, st.sampled_from(TransactionKind), AMOUNTS)),
    products=tuples(st.builds(ProductCost, DAYS, TEXT, TEXT, AMOUNTS, st.booleans())),
    movements_until=MAYBE_TIMES,
    bills_until=st.none() | DAYS,
    currency=st.none() | TEXT,
    former_currency=st.none() | TEXT,
)
FIGURES = st.floats(0, 1e12)
THREE = st.tuples(FIGURES, FIGURES, FIGURES)
SECONDS = TIMES.map(lambda at: at.replace(microsecond=0))
SCORES = st.builds(HorizonScore, COUNTS, FIGURES, THREE, FIGURES, FIGURES, FIGURES)
SCORECARDS = st.builds(
    Scorecard,
    TEXT,
    tuples(st.builds(DayForecast, DAYS, TIMES, THREE, THREE, st.none() | SECONDS)),
    SCORES,
    SCORES,
    COUNTS,
    FIGURES,
)
PAYMENTS = st.builds(PaidAfter, SECONDS, SECONDS)
STATES = st.builds(AccountState, TEXT, COUNTS, ALERTS, HISTORIES, SCORECARDS, tuples(PAYMENTS))
SPANS = st.floats(0, allow_nan=False)
SNAPSHOTS = st.builds(
    Snapshot, TEXT, TIMES, TEXT, st.none() | AMOUNTS, LEVELS, st.none() | st.tuples(SPANS, SPANS, SPANS), TEXT
)
ROUNDED = st.integers(0, 10**8).map(lambda n: n / 10**4)
SEVEN = st.lists(ROUNDED, min_size=7, max_size=7)
RUNWAYS = st.builds(
    lambda days, spend, known, plain: ([*days, math.inf], tuple(round(one, 2) for one in spend), known, plain),
    st.lists(ROUNDED, min_size=6, max_size=6),
    SEVEN,
    COUNTS,
    st.booleans(),
)
SPIKES = st.builds(Spike, AMOUNTS, AMOUNTS, AMOUNTS)


@st.composite
def seen(draw: st.DrawFn) -> Snapshot:
    at, left = draw(TIMES), draw(AMOUNTS)
    runway = draw(st.none() | RUNWAYS)
    figures = Figures(
        at=at.astimezone(UTC),
        currency="CNY",
        available_amount=left,
        runway=None if runway is None else Runway(at.astimezone(UTC), tuple(runway[0]), *runway[1:]),
        daily_spend=draw(st.none() | AMOUNTS),
        credit=draw(AMOUNTS),
        quota=draw(AMOUNTS),
        last_top_up=draw(st.none() | AMOUNTS),
        spent_this_month=draw(AMOUNTS),
        month_spend=draw(st.none() | AMOUNTS),
        spike=draw(st.none() | SPIKES),
        worst_day=draw(AMOUNTS),
        topped_up=draw(AMOUNTS),
    )
    return Snapshot("42", at, "CNY", left, Level.NOTICE, figures=figures)


SMS = st.builds(SmsContent, TEXT, TEXT, tuples(st.tuples(TEXT, TEXT)), TEXT)
MAIL = st.builds(MailContent, TEXT, TEXT, TEXT)
PAIRS = tuples(st.tuples(TEXT, TEXT))
SUMMARIES = st.builds(Summary, st.sampled_from(Language), TEXT, TIMES, TEXT, MAYBE_TIMES, PAIRS, st.booleans())


def messages(channel: ChannelName) -> st.SearchStrategy[Message]:
    return st.builds(
        Message,
        message_id=TEXT,
        account_id=TEXT,
        contact=TEXT,
        channel=st.just(channel),
        address=TEXT,
        topic=st.sampled_from(Topic),
        level=LEVELS,
        content=SMS if channel is ChannelName.SMS else MAIL,
        queued_at=TIMES,
        due=TIMES,
        status=st.sampled_from(DeliveryStatus),
        version=COUNTS,
        attempts=COUNTS,
        first_sent_at=MAYBE_TIMES,
        provider_id=st.none() | TEXT,
        reason=TEXT,
        history=tuples(st.tuples(TIMES, st.sampled_from(DeliveryStatus), TEXT)),
        stands_in_for=st.none() | TEXT,
        fallback=st.none() | TEXT,
        patience=st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
        summary=st.none() | SUMMARIES,
        bundled_in=st.none() | TEXT,
        members=PAIRS,
    )


SELECTORS = st.builds(
    Selector,
    st.lists(st.from_regex(r"[0-9]{5,20}", fullmatch=True), max_size=3).map(lambda ids: tuple(sorted(set(ids)))),
    st.sampled_from([None, "vip", "default"]),
    st.sampled_from([None, "常州*", "示例?[1]", "*"]),
)
SILENCES = st.builds(Silence, TEXT, SELECTORS, TEXT, TEXT, TIMES, TIMES, LEVELS, MAYBE_TIMES, TEXT)


def stored(put: Put) -> StoredRow:
    return StoredRow(put.key, put.columns)


# ---------------------------------------------------------------- there and back


@given(ACCOUNTS)
def test_accounts_come_back(account: Account) -> None:
    assert rows.account_of(stored(rows.put_account(account))) == account


@given(STATES)
def test_states_come_back_one_version_on(state: AccountState) -> None:
    back = rows.state_of(stored(rows.put_state(state)))
    assert back == replace(state, version=state.version + 1)


@given(SNAPSHOTS)
def test_snapshots_come_back(snapshot: Snapshot) -> None:
    assert rows.snapshot_of(stored(rows.put_snapshot(snapshot))) == snapshot


@given(SILENCES)
def test_silences_come_back(silence: Silence) -> None:
    assert rows.silence_of(stored(rows.put_silence(silence, None))) == silence


def test_an_alert_that_was_stored_before_payments_were_promised_awaits_none() -> None:
    found = json.loads(standing.encode_alert(AlertState(paying_until=NOW, paying_by="王丽")))
    old = json.dumps({name: value for name, value in found.items() if not name.startswith("paying")})
    assert standing.decode_alert(old) == AlertState()


@given(messages(ChannelName.SMS) | messages(ChannelName.MAIL))
def test_messages_come_back(message: Message) -> None:
    assert rows.message_of(stored(rows.put_message(message, message.version, None))) == message


def test_a_spend_of_nothing_is_not_an_unknown_one() -> None:
    idle = Figures(NOW, "CNY", Decimal(5), daily_spend=Decimal(0), last_top_up=Decimal(0), month_spend=Decimal(0))
    snapshot = Snapshot("42", NOW, "CNY", Decimal(5), Level.HEALTHY, figures=idle)
    assert rows.snapshot_of(stored(rows.put_snapshot(snapshot))).figures == idle


@given(seen())
def test_what_a_policy_looked_at_comes_back(snapshot: Snapshot) -> None:
    assert rows.snapshot_of(stored(rows.put_snapshot(snapshot))) == snapshot


@given(messages(ChannelName.SMS))
def test_pointers_lead_to_their_message_and_are_never_late(message: Message) -> None:
    pointer = stored(rows.put_pointer(message, 1, None))
    assert rows.message_key_of(pointer) == rows.put_message(message, 1, None).key
    assert 0 <= message.due.timestamp() - rows.due_of(pointer) < 1


@given(AMOUNTS)
def test_amounts_keep_every_digit(amount: Decimal) -> None:
    back = rows.snapshot_of(
        stored(rows.put_snapshot(Snapshot("1", datetime(2026, 1, 1, tzinfo=UTC), "CNY", amount, Level.HEALTHY)))
    )
    assert str(back.available_amount) == str(amount)


EXAMPLES: list[tuple[Any, Callable[[Any], Put]]] = [
    (ACCOUNTS, rows.put_account),
    (STATES, rows.put_state),
    (SNAPSHOTS, rows.put_snapshot),
    (SILENCES, lambda silence: rows.put_silence(silence, None)),
    (messages(ChannelName.MAIL), lambda message: rows.put_message(message, 1, None)),
    (messages(ChannelName.MAIL), lambda message: rows.put_pointer(message, 1, None)),
]


@given(st.data())
@pytest.mark.parametrize(("values", "put"), EXAMPLES)
def test_columns_are_what_the_service_takes(
    values: st.SearchStrategy[Any], put: Callable[[Any], Put], data: st.DataObject
) -> None:
    columns = put(data.draw(values)).columns
    assert WRITER not in columns
    assert all(name.isascii() for name in columns)
    assert {type(value) for value in columns.values()} <= {str, int, bool}


# ---------------------------------------------------------------- what cannot be read back

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
ACCOUNT = Account("42", "甲", (Contact("安娜", "13800000001"),), "CNY", "default", "arn", "ext", paused=True)
SEEN = Snapshot("42", NOW, "CNY", Decimal("1.5"), Level.NOTICE, (1.0, 2.0, 3.0), "throttled")
SENT = Message(
    "m1",
    "42",
    "安娜",
    ChannelName.SMS,
    "13800000001",
    Topic.LEVEL,
    Level.WARNING,
    SmsContent("签名", "SMS_1", (("name", "甲"),), "甲"),
    NOW,
    NOW,
    first_sent_at=NOW,
    provider_id="biz",
    history=((NOW, DeliveryStatus.SENT, "OK"),),
    summary=Summary(Language.CHINESE, "甲", NOW, "明天", NOW, (("可用额度", "1元"),), digest=True),
    bundled_in="b1",
    members=(("42", "m1"),),
)
MUTED = Silence("42", Selector(policy="vip"), "李雷", "搬迁", NOW, NOW, Level.CRITICAL, ended_at=NOW, ended_by="韩梅")
READERS: dict[str, tuple[Put, Callable[[StoredRow], object]]] = {
    "arrears_accounts": (rows.put_account(ACCOUNT), rows.account_of),
    "arrears_account_states": (rows.put_state(AccountState("42")), rows.state_of),
    "arrears_snapshots": (rows.put_snapshot(SEEN), rows.snapshot_of),
    "arrears_messages": (rows.put_message(SENT, 1, None), rows.message_of),
    "arrears_config_versions": (
        rows.put_config_version(ConfigVersion(42, "staff: []", "李雷", "试一试", NOW)),
        rows.config_version_of,
    ),
    "arrears_silences": (rows.put_silence(MUTED, None), rows.silence_of),
}
MAY_BE_MISSING = {
    "role_arn",
    "external_id",
    "available_amount",
    "days_left",
    "first_sent_at",
    "provider_id",
    "scorecard",
    "paid_after",
    "figures",
    "ended_at",
    "summary",
    "bundled_in",
    "members",
}
PLACES = [(table, column) for table, (put, _) in READERS.items() for column in put.columns]
NONSENSE = [b"\x00", 1.5, -1, "", "nonsense", "NaN", "[]", "{}", "[1]", '{"level":1}', "[[1,2,3]]", "null"]


def refusal(table: str, columns: Columns) -> MalformedRow:
    put, read = READERS[table]
    with pytest.raises(MalformedRow) as caught:
        read(StoredRow(put.key, columns))
    return caught.value


@pytest.mark.parametrize(("table", "column"), [p for p in PLACES if p[1] not in MAY_BE_MISSING])
def test_a_missing_column_is_named(table: str, column: str) -> None:
    columns = READERS[table][0].columns
    problem = refusal(table, {name: value for name, value in columns.items() if name != column})
    assert problem.table == table
    assert problem.key == {"arrears_messages": "m1"}.get(table, "42")
    assert f"column {column} is missing" in str(problem)


@pytest.mark.parametrize(("table", "column"), PLACES)
def test_a_column_of_another_type_is_named(table: str, column: str) -> None:
    problem = refusal(table, {**READERS[table][0].columns, column: 1.5})
    assert f"column {column}: " in str(problem)


@pytest.mark.parametrize(("table", "column"), PLACES)
@pytest.mark.parametrize("value", NONSENSE)
def test_nonsense_is_read_or_refused_and_breaks_nothing(table: str, column: str, value: Any) -> None:
    put, read = READERS[table]
    try:
        read(StoredRow(put.key, {**put.columns, column: value}))
    except MalformedRow as problem:
        assert f"column {column}: " in str(problem)  # noqa: PT017 - either end is right


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "1,234.50", ""])
def test_an_amount_that_is_no_number_is_refused(wrong: str) -> None:
    refusal("arrears_snapshots", {**READERS["arrears_snapshots"][0].columns, "available_amount": wrong})


@pytest.mark.parametrize("name", ["level", "told_level"])
def test_an_account_that_does_not_say_where_it_stands_is_not_well(name: str) -> None:
    found = json.loads(standing.encode_alert(AlertState()))
    rest = json.dumps({other: value for other, value in found.items() if other != name})
    problem = refusal("arrears_account_states", {**READERS["arrears_account_states"][0].columns, "alert": rest})
    assert f"column alert: KeyError: '{name}'" in str(problem)


def test_unknown_columns_are_left_alone() -> None:
    put, read = READERS["arrears_accounts"]
    assert read(StoredRow(put.key, {**put.columns, "colour": "red"})) == ACCOUNT
