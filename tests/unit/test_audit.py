"""Entries of the audit: made from what is stored, the same each time, and without anybody's address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit import (
    DecisionEntry,
    Line,
    Word,
    acknowledgement,
    address_mark,
    content_digest,
    decision_entry,
    entry_time,
    payment_promise,
    silence_entry,
    transitions,
)
from shared.config import Band, RisingBand, config_version
from shared.decisions import Decision, Reason
from shared.model import (
    AlertState,
    ChannelName,
    DeliveryStatus,
    Level,
    MailContent,
    Message,
    SmsContent,
    Topic,
)
from shared.policy import Evaluation, Gauge
from shared.silences import Selector, end_now, new_silence
from shared.snapshot import Snapshot
from shared.state import rows
from shared.state.tables import StoredRow
from tests.builders import HOUR, NOON, message

SECOND = timedelta(seconds=1)
TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone is drawn
REASONS = st.text(st.characters(exclude_characters="@", exclude_categories=["Cs"]), max_size=8)
STEPS = st.lists(st.tuples(TIMES, st.sampled_from(DeliveryStatus), REASONS), max_size=12).map(tuple)


def sent(*statuses: DeliveryStatus, provider_id: str | None = "biz^1") -> Message:
    history = tuple((NOON + n * SECOND, status, status.value) for n, status in enumerate(statuses))
    return replace(message(), history=history, provider_id=provider_id)


def decided(before: Level = Level.HEALTHY, level: Level = Level.WARNING, topic: Topic | None = Topic.LEVEL) -> Decision:
    return Decision(Reason.WORSENED, topic, AlertState(level, told_level=before))


SEEN = Snapshot("1", NOON, "CNY", Decimal("98.50"), Level.WARNING, (1.5, 4.25, float("inf")))
EVALUATION = Evaluation(
    Level.WARNING,
    (
        Gauge("runway", Decimal("4.25"), ((Level.WARNING, Band(enter_below=Decimal(7), leave_at=Decimal(9))),)),
        Gauge("risk", None, ((Level.CRITICAL, RisingBand(enter_above=Decimal(90), leave_at=Decimal(70))),)),
    ),
    ("runway.warning",),
)


def entry(decision: Decision, *, before: Level = Level.HEALTHY, seen: Snapshot = SEEN) -> DecisionEntry | None:
    return decision_entry(before, 3, decision, seen, EVALUATION, [message()], config_version="c1", policy="default")


# ---------------------------------------------------------------- messages


@given(STEPS)
def test_entries_reproduce_the_history(steps: tuple[tuple[datetime, DeliveryStatus, str], ...]) -> None:
    found = transitions(replace(message(), history=steps))
    assert tuple((e.at, e.status, e.reason) for e in sorted(found, key=lambda e: e.place)) == steps
    assert len({e.entry_id for e in found}) == len(steps)


@given(STEPS)
def test_entries_come_back_from_their_rows_as_they_were(
    steps: tuple[tuple[datetime, DeliveryStatus, str], ...],
) -> None:
    for one in transitions(replace(message(), history=steps, provider_id="biz^1")):
        put = rows.put_entry(one)
        assert rows.entry_of(StoredRow(put.key, put.columns)) == one


@pytest.mark.parametrize("known", range(4))
def test_an_entry_is_the_same_whenever_it_is_made(known: int) -> None:
    whole = sent(DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN, DeliveryStatus.SENT, DeliveryStatus.DELIVERED)
    taken = known > 2
    early = replace(whole, history=whole.history[:known], provider_id="biz^1" if taken else None)
    assert transitions(early) == transitions(whole)[:known]


def test_the_providers_id_stands_from_the_moment_it_is_known() -> None:
    found = transitions(sent(DeliveryStatus.SENDING, DeliveryStatus.SENT, DeliveryStatus.DELIVERED))
    assert [e.provider_id for e in found] == [None, "biz^1", "biz^1"]


def test_no_entry_holds_an_address() -> None:
    one = replace(sent(DeliveryStatus.REFUSED), history=((NOON, DeliveryStatus.REFUSED, "bad number 13800000000"),))
    (found,) = transitions(one)
    assert (found.address, found.reason) == ("138****0000", "bad number 138****0000")
    assert "13800000000" not in str(rows.put_entry(found))


def test_two_addresses_with_one_mask_have_two_marks() -> None:
    assert address_mark("13800000000") != address_mark("13811110000")


def test_many_numbers_behind_a_mask_have_the_same_mark() -> None:
    mark = address_mark("13800000000")
    assert sum(address_mark(f"138{n:04}0000") == mark for n in range(10_000)) > 20


@pytest.mark.parametrize("part", ["subject", "html", "text"])
def test_another_letter_is_another_digest(part: str) -> None:
    mail = replace(message(), channel=ChannelName.MAIL, content=MailContent("s", "<p>t</p>", "t"))
    content = MailContent(**({"subject": "s", "html": "<p>t</p>", "text": "t"} | {part: "another"}))
    assert content_digest(replace(mail, content=content)) != content_digest(mail)


def test_an_sms_is_known_by_its_text() -> None:
    other = SmsContent("云账户助手", "SMS_100001", (), "【云账户助手】别的")
    assert content_digest(replace(message(), content=other)) != content_digest(message())


# ---------------------------------------------------------------- decisions


def test_a_decision_names_its_figures_lines_and_messages() -> None:
    assert entry(decided()) == DecisionEntry(
        account_id="1",
        version=3,
        at=NOON,
        reason=Reason.WORSENED,
        topic=Topic.LEVEL,
        before=Level.HEALTHY,
        level=Level.WARNING,
        config_version="c1",
        policy="default",
        currency="CNY",
        available_amount=Decimal("98.50"),
        days_left=(1.5, 4.25, float("inf")),
        crossed=("runway.warning",),
        lines=(
            Line("runway", Decimal("4.25"), Level.WARNING, Decimal(7), Decimal(9), falling=True),
            Line("risk", None, Level.CRITICAL, Decimal(90), Decimal(70), falling=False),
        ),
        message_ids=("MXK3QH5TB2LZ7A4C",),
    )


@pytest.mark.parametrize(
    ("value", "falling", "crossed"),
    [("6.99", True, True), ("7", True, False), ("7", False, False), ("7.01", False, True), (None, True, False)],
)
def test_a_line_is_crossed_beyond_it(value: str | None, *, crossed: bool, falling: bool) -> None:
    figure = None if value is None else Decimal(value)
    assert Line("runway", figure, Level.WARNING, Decimal(7), Decimal(9), falling=falling).crossed is crossed


def test_a_decision_comes_back_from_its_row_as_it_was() -> None:
    made = entry(decided())
    assert made
    put = rows.put_entry(made)
    assert rows.entry_of(StoredRow(put.key, put.columns)) == made


def test_days_that_are_no_number_are_not_written_as_days_without_an_end() -> None:
    made = entry(decided(), seen=replace(SEEN, days_left=(float("nan"), 4.25, 9.0)))
    assert made
    with pytest.raises(ValueError, match="expected finite numbers"):
        rows.put_entry(made)


def test_a_level_that_changes_in_silence_is_written_down() -> None:
    eased = entry(decided(level=Level.NOTICE, topic=None), before=Level.WARNING)
    assert eased
    assert (eased.before, eased.level, eased.topic) == (Level.WARNING, Level.NOTICE, None)


def test_nothing_told_and_nothing_changed_is_no_entry() -> None:
    assert entry(decided(level=Level.WARNING, topic=None), before=Level.WARNING) is None


def test_the_same_decision_has_one_id_and_one_on_other_figures_another() -> None:
    first, again = entry(decided()), entry(decided())
    other = entry(decided(), seen=replace(SEEN, available_amount=Decimal(97)))
    assert first
    assert again
    assert other
    assert first.entry_id == again.entry_id != other.entry_id


def test_ids_are_in_the_order_of_time() -> None:
    steps = [e.entry_id for e in transitions(sent(*[DeliveryStatus.SENT] * 12))]
    assert steps == sorted(steps)
    assert steps[0].startswith(entry_time(NOON))


def test_somebodys_word_comes_back_from_its_row_without_their_number() -> None:
    muted = new_silence(Selector(), "王丽 13800000000", "问 li@example.com", NOON, NOON + 24 * HOUR)
    for word in (
        acknowledgement("1", Level.CRITICAL, "王丽 13800000000", NOON),
        payment_promise("1", Level.CRITICAL, "王丽 13800000000", NOON, NOON + HOUR),
        silence_entry("1", muted),
        silence_entry("1", end_now(muted, "王丽 13800000000", NOON + HOUR)),
    ):
        put = rows.put_entry(word)
        assert rows.entry_of(StoredRow(put.key, put.columns)) == word
        assert word.who == "王丽 138****0000"
        assert "li@example.com" not in str(put.columns)


def test_a_silence_and_its_early_end_are_two_words() -> None:
    muted = new_silence(Selector(policy="vip"), "李雷", "搬迁", NOON, NOON + 24 * HOUR, Level.WARNING)
    made, ended = silence_entry("1", muted), silence_entry("1", end_now(muted, "韩梅", NOON + HOUR))
    assert (made.word, made.at, made.until, made.who) == (Word.SILENCED, NOON, NOON + 24 * HOUR, "李雷")
    assert (ended.word, ended.at, ended.who) == (Word.SILENCE_ENDED, NOON + HOUR, "韩梅")
    assert made.level is ended.level is Level.WARNING
    assert made.silence == ended.silence == f"{muted.silence_id} policy=vip"


def test_an_acknowledgement_of_before_there_were_other_words_is_still_read() -> None:
    row = StoredRow(
        ("1", f"{entry_time(NOON)}-ack-12345678"),
        {"at": NOON.isoformat(), "kind": "acknowledgement", "entry": '{"level":"critical","who":"王丽"}'},
    )
    assert rows.entry_of(row) == acknowledgement("1", Level.CRITICAL, "王丽", NOON)


# ---------------------------------------------------------------- the version of the configuration


@pytest.mark.parametrize("same", ["a: 1\nb: 2", "a: 1\r\nb: 2\r\n", "\ufeffa: 1\nb: 2\n", "a: 1 \nb: 2\n\n"])
def test_a_file_saved_by_another_editor_is_the_same_version(same: str) -> None:
    assert config_version(same) == config_version("a: 1\nb: 2\n")


@pytest.mark.parametrize("other", ["a: 1\nb: 3\n", "a: 1\n b: 2\n", "# c\na: 1\nb: 2\n"])
def test_another_text_is_another_version(other: str) -> None:
    assert config_version(other) != config_version("a: 1\nb: 2\n")
