from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.delivery import ENDS
from shared.errors import StoreUnavailable
from shared.model import ChannelName, DeliveryStatus, Level, MailContent, Message, SmsContent, Topic
from shared.state.gateway import Gateway
from shared.state.outbox import TablestoreOutbox
from shared.state.tables import MESSAGES, OUTBOX, Put
from tests.contracts.conftest import LOST_REPLIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shared.state import Outbox
    from shared.state.tables import Table, Write
    from tests.contracts.conftest import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SMS = SmsContent("签名", "SMS_1", (("name", "甲"), ("days", "3")), "【签名】甲")
MAIL = MailContent("余额提醒", "<p>甲</p>", "甲")


def message(message_id: str = "m1", account_id: str = "1", at: datetime = NOW) -> Message:
    return Message(
        message_id, account_id, "安娜", ChannelName.SMS, "13800000001", Topic.LEVEL, Level.WARNING, SMS, at, at
    )


@pytest.fixture
def outbox(gateway: Gateway) -> Outbox:
    return TablestoreOutbox(gateway)


def pointers(gateway: Gateway) -> list[str]:
    return [str(row.key[0]) for row in gateway.scan_all(OUTBOX)]


# ---------------------------------------------------------------- queueing


def test_what_was_queued_is_open(outbox: Outbox) -> None:
    mail = replace(message("m2"), channel=ChannelName.MAIL, address="anna@example.com", content=MAIL)
    assert outbox.enqueue([message(), mail]) == 2
    assert outbox.load_open(NOW).values == (message(), mail)


def test_queued_twice_is_once(outbox: Outbox) -> None:
    assert outbox.enqueue([message()]) == 1
    assert outbox.enqueue([message(at=NOW + MINUTE), message("m2")]) == 1
    assert outbox.load_open(NOW + MINUTE).values == (message(), message("m2"))


def test_the_same_id_twice_in_one_call_is_once(outbox: Outbox) -> None:
    assert outbox.enqueue([message(), message()]) == 1
    assert outbox.load_messages("1").values == (message(),)


def test_two_that_queue_the_very_same_count_it_once(store: Store) -> None:
    one, other = TablestoreOutbox(store.gateway()), TablestoreOutbox(store.gateway())
    assert one.enqueue([message()]) + other.enqueue([message()]) == 1


def test_queueing_again_does_not_bring_back_what_is_finished(outbox: Outbox, gateway: Gateway) -> None:
    outbox.enqueue([message()])
    sent = replace(message(), status=DeliveryStatus.DELIVERED)
    outbox.save_message(sent)
    outbox.close_message(sent)
    assert outbox.enqueue([message()]) == 0
    (left,) = outbox.load_open(NOW).values
    assert left.status is DeliveryStatus.DELIVERED
    outbox.close_message(left)
    assert pointers(gateway) == []


def test_queueing_again_does_not_hasten_what_was_put_off(outbox: Outbox) -> None:
    outbox.enqueue([message()])
    later = replace(message(), due=NOW + DAY, status=DeliveryStatus.DEFERRED)
    outbox.save_message(later)
    outbox.enqueue([message()])
    assert outbox.load_open(NOW + MINUTE).values == ()
    assert outbox.load_open(NOW + DAY).values == (replace(later, version=1),)


@pytest.mark.parametrize("kind", LOST_REPLIES)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_reply_lost_while_queueing_changes_nothing(store: Store, outbox: Outbox, kind: str, nth: int) -> None:
    store.disturb(kind, "BatchWriteRow", nth=nth)
    assert outbox.enqueue([message()]) == 1
    assert outbox.load_open(NOW).values == (message(),)


def test_a_crash_between_pointer_and_message_is_mended_by_queueing_again(store: Store, outbox: Outbox) -> None:
    queue_only_pointer(store, outbox)
    assert outbox.load_open(NOW).values == ()
    assert outbox.enqueue([message()]) == 1
    assert outbox.load_open(NOW).values == (message(),)


def queue_only_pointer(store: Store, outbox: Outbox) -> None:
    store.disturb("error", "BatchWriteRow", nth=2, code="OTSAuthFailed")
    with pytest.raises(StoreUnavailable, match="BatchWriteRow: OTSAuthFailed"):
        outbox.enqueue([message()])
    store.cloud.control.clear_faults()


def test_a_pointer_without_a_message_is_dropped_after_two_days(store: Store, outbox: Outbox, gateway: Gateway) -> None:
    queue_only_pointer(store, outbox)
    outbox.load_open(NOW + 2 * DAY)
    assert pointers(gateway) == ["m1"]
    outbox.load_open(NOW + 2 * DAY + MINUTE)
    assert pointers(gateway) == []


def test_a_pointer_that_is_written_anew_while_it_is_being_dropped_stays(store: Store, outbox: Outbox) -> None:
    queue_only_pointer(store, outbox)
    late = NOW + 3 * DAY
    racing = TablestoreOutbox(BetweenReadAndWrite(store.gateway(), lambda: outbox.enqueue([message()])))
    assert racing.load_open(late).values == ()
    assert outbox.load_open(late).values == (message(),)


class BetweenReadAndWrite(Gateway):
    """A connection on which another run gets in before the first write."""

    def __init__(self, gateway: Gateway, other_run: Callable[[], object]) -> None:
        super().__init__(gateway._client)
        self._other_run: Callable[[], object] | None = other_run

    def write(self, table: Table, writes: Iterable[Write]) -> tuple[bool, ...]:
        writes = list(writes)
        other_run, self._other_run = self._other_run, None
        if other_run is not None:
            other_run()
        return super().write(table, writes)


# ---------------------------------------------------------------- the work list


def test_a_message_is_open_from_its_due_time_on(outbox: Outbox) -> None:
    outbox.enqueue([replace(message(), due=NOW + MINUTE)])
    assert outbox.load_open(NOW + MINUTE - timedelta(microseconds=1)).values == ()
    assert len(outbox.load_open(NOW + MINUTE).values) == 1


def test_finished_messages_are_open_until_they_are_closed_and_then_kept(outbox: Outbox, gateway: Gateway) -> None:
    for number, status in enumerate(sorted(ENDS)):
        outbox.enqueue([message(f"m{number}")])
        outbox.save_message(replace(message(f"m{number}"), status=status))
    left = outbox.load_open(NOW).values
    assert {m.status for m in left} == ENDS
    for one in left:
        outbox.close_message(one)
    assert outbox.load_open(NOW).values == ()
    assert pointers(gateway) == []
    assert {m.status for m in outbox.load_messages("1").values} == ENDS


@pytest.mark.parametrize("status", sorted(set(DeliveryStatus) - ENDS))
def test_other_messages_stay_open(outbox: Outbox, status: DeliveryStatus) -> None:
    outbox.enqueue([message()])
    outbox.save_message(replace(message(), status=status))
    assert [m.status for m in outbox.load_open(NOW).values] == [status]


def test_a_closed_message_is_off_the_list_and_closing_again_is_no_error(outbox: Outbox, gateway: Gateway) -> None:
    outbox.enqueue([message(), message("m2")])
    outbox.close_message(message())
    outbox.close_message(message())
    assert pointers(gateway) == ["m2"]
    assert len(outbox.load_messages("1").values) == 2


def test_more_open_messages_than_are_read_at_once(outbox: Outbox) -> None:
    many = [message(f"m{n:03}", str(n % 7)) for n in range(230)]
    assert outbox.enqueue(many) == 230
    assert outbox.load_open(NOW).values == tuple(many)


def test_messages_too_big_for_one_batch(outbox: Outbox) -> None:
    page = MailContent("s", "甲" * 200_000, "t")
    many = [replace(message(f"m{n}"), channel=ChannelName.MAIL, content=page) for n in range(8)]
    assert outbox.enqueue(many) == 8
    assert len(outbox.load_open(NOW).values) == 8


# ---------------------------------------------------------------- steps


def test_a_step_is_stored_as_the_next_version(outbox: Outbox) -> None:
    outbox.enqueue([message()])
    step = replace(
        message(),
        status=DeliveryStatus.SENT,
        due=NOW + MINUTE,
        attempts=1,
        first_sent_at=NOW,
        provider_id="biz^0",
        reason="OK",
        history=((NOW, DeliveryStatus.SENDING, ""), (NOW + MINUTE, DeliveryStatus.SENT, "OK")),
    )
    assert outbox.save_message(step)
    assert outbox.load_open(NOW).values == ()
    assert outbox.load_open(NOW + MINUTE).values == (replace(step, version=1),)


def test_of_two_that_claim_the_same_message_one_wins(store: Store) -> None:
    one, other = TablestoreOutbox(store.gateway()), TablestoreOutbox(store.gateway())
    one.enqueue([message()])
    claim = replace(message(), status=DeliveryStatus.SENDING)
    assert [one.save_message(claim), other.save_message(claim)] == [True, False]


def test_the_same_claim_twice_by_one_run_is_won_once(outbox: Outbox) -> None:
    outbox.enqueue([message()])
    claim = replace(message(), status=DeliveryStatus.SENDING)
    assert [outbox.save_message(claim), outbox.save_message(claim)] == [True, False]


@pytest.mark.parametrize("kind", LOST_REPLIES)
def test_a_step_whose_reply_was_lost_was_ours(store: Store, outbox: Outbox, kind: str) -> None:
    outbox.enqueue([message()])
    store.disturb(kind, "BatchWriteRow")
    assert outbox.save_message(replace(message(), status=DeliveryStatus.SENDING))
    assert [m.version for m in outbox.load_messages("1").values] == [1]


def test_a_message_that_was_never_queued_is_not_stored(outbox: Outbox, gateway: Gateway) -> None:
    assert not outbox.save_message(message())
    assert outbox.load_messages("1").values == ()
    assert pointers(gateway) == []


def test_a_late_step_does_not_put_a_closed_message_back(outbox: Outbox, gateway: Gateway) -> None:
    outbox.enqueue([message()])
    outbox.close_message(message())
    assert outbox.save_message(message())
    assert pointers(gateway) == []


# ---------------------------------------------------------------- an account's messages


def test_messages_of_an_account_oldest_first_and_no_one_elses(outbox: Outbox) -> None:
    outbox.enqueue([message("a", at=NOW + MINUTE), message("b"), message("c", "10"), message("d", "0")])
    assert [m.message_id for m in outbox.load_messages("1").values] == ["b", "a"]


# ---------------------------------------------------------------- malformed rows


def test_a_malformed_message_is_named_and_hides_no_other(outbox: Outbox, gateway: Gateway) -> None:
    outbox.enqueue([message(), message("m2")])
    (row,) = gateway.get(MESSAGES, [("1", "m1")]).values()
    gateway.write(MESSAGES, [Put(row.key, {**row.columns, "status": "lost"})])
    for found in (outbox.load_open(NOW), outbox.load_messages("1")):
        assert [m.message_id for m in found.values] == ["m2"]
        (problem,) = map(str, found.malformed)
        assert problem.startswith("table arrears_messages, row m1: account_id 1, column status: ValueError: 'lost'")
    assert pointers(gateway) == ["m1", "m2"]


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"account_id": "1"}, "due is missing"),
        ({"account_id": "1", "due": "soon"}, "due: TypeError: expected an integer, found 'soon'"),
        ({"due": 0}, "account_id is missing"),
    ],
)
def test_a_malformed_pointer_is_named_and_hides_no_other(
    outbox: Outbox, gateway: Gateway, columns: dict[str, str | int], named: str
) -> None:
    outbox.enqueue([message()])
    gateway.write(OUTBOX, [Put(("m0",), dict(columns))])
    found = outbox.load_open(NOW)
    assert found.values == (message(),)
    assert [str(m) for m in found.malformed] == [f"table arrears_outbox, row m0: column {named}"]
