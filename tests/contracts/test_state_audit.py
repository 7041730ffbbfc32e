from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.audit import MessageEntry, transitions
from shared.model import DeliveryStatus
from shared.state.audit import AuditedOutbox, TablestoreAudit
from shared.state.outbox import TablestoreOutbox
from shared.state.tables import AUDIT, Put
from tests.builders import DAY, HOUR, NOON, message
from tests.contracts.conftest import LOST_REPLIES

if TYPE_CHECKING:
    from shared.model import Message
    from shared.state import Audit, Outbox
    from shared.state.gateway import Gateway
    from tests.contracts.conftest import Store

MINUTE = timedelta(minutes=1)
ACCOUNT = message().account_id
SENDING, SENT, DELIVERED = DeliveryStatus.SENDING, DeliveryStatus.SENT, DeliveryStatus.DELIVERED


def stepped(*statuses: DeliveryStatus) -> Message:
    history = tuple((NOON + n * MINUTE, status, status.value) for n, status in enumerate(statuses))
    return replace(message(), status=statuses[-1], history=history, provider_id="biz^1")


@pytest.fixture
def audit(gateway: Gateway) -> Audit:
    return TablestoreAudit(gateway)


@pytest.fixture
def outbox(gateway: Gateway, audit: Audit) -> Outbox:
    queued = AuditedOutbox(TablestoreOutbox(gateway), audit)
    queued.enqueue([message()])
    return queued


def filed(audit: Audit) -> list[DeliveryStatus]:
    entries = audit.load(ACCOUNT, NOON - DAY, NOON + DAY).values
    return [entry.status for entry in entries if isinstance(entry, MessageEntry)]


# ---------------------------------------------------------------- the audit


def test_what_was_appended_is_there_oldest_first(audit: Audit) -> None:
    entries = transitions(stepped(SENDING, SENT, DELIVERED))
    audit.append(entries[::-1])
    assert audit.load(ACCOUNT, NOON - HOUR, NOON + HOUR).values == entries


def test_appended_twice_is_there_once(audit: Audit) -> None:
    for _ in range(2):
        audit.append(transitions(stepped(SENDING, SENT)))
    assert filed(audit) == [SENDING, SENT]


def test_an_entry_is_never_changed(audit: Audit) -> None:
    (entry,) = transitions(stepped(SENT))
    audit.append([entry])
    audit.append([replace(entry, reason="something else"), *transitions(stepped(SENT, DELIVERED))])
    first, second = audit.load(ACCOUNT, NOON, NOON + HOUR).values
    assert first == entry
    assert second.at == NOON + MINUTE


@pytest.mark.parametrize("kind", LOST_REPLIES)
def test_a_reply_lost_while_appending_changes_nothing(store: Store, audit: Audit, kind: str) -> None:
    store.disturb(kind, "BatchWriteRow")
    audit.append(transitions(stepped(SENDING, SENT)))
    assert filed(audit) == [SENDING, SENT]


def test_appending_again_is_one_request(store: Store, audit: Audit) -> None:
    audit.append(transitions(stepped(SENDING, SENT)))
    before = len(store.requests)
    audit.append(transitions(stepped(SENDING, SENT, DELIVERED)))
    assert store.requests[before:] == ["BatchWriteRow"]


def test_nothing_to_append_is_no_request(store: Store, audit: Audit) -> None:
    before = len(store.requests)
    audit.append([])
    assert len(store.requests) == before


def test_the_end_of_a_span_is_not_in_it(audit: Audit) -> None:
    entries = transitions(stepped(SENDING, SENT, DELIVERED))
    audit.append([*entries, *transitions(replace(stepped(SENT), account_id=ACCOUNT + "0"))])
    assert audit.load(ACCOUNT, NOON + MINUTE, NOON + 2 * MINUTE).values == entries[1:2]
    assert audit.load(ACCOUNT, NOON + MINUTE, NOON + 2 * MINUTE + timedelta(microseconds=1)).values == entries[1:]


def test_a_malformed_entry_is_named_and_hides_no_other(gateway: Gateway, audit: Audit) -> None:
    audit.append(transitions(stepped(SENT)))
    gateway.write(AUDIT, [Put((ACCOUNT, f"{int(NOON.timestamp())}-x"), {"at": NOON.isoformat(), "kind": "rumour"})])
    found = audit.load(ACCOUNT, NOON, NOON + HOUR)
    assert len(found.values) == 1
    (problem,) = map(str, found.malformed)
    assert "kind: KeyError: 'rumour'" in problem


# ---------------------------------------------------------------- the outbox that files


def test_every_step_is_filed_and_a_claim_with_what_comes_of_it(store: Store, outbox: Outbox, audit: Audit) -> None:
    before = len(store.requests)
    outbox.save_message(stepped(SENDING))
    assert filed(audit) == []
    outbox.save_message(replace(stepped(SENDING, SENT), version=1))
    assert filed(audit) == [SENDING, SENT]
    claim, step = ["BatchWriteRow"] * 2, ["BatchWriteRow"] * 3
    assert store.requests[before:] == [*claim, "GetRange", *step, "GetRange"]


def test_a_step_that_another_run_took_is_not_filed(outbox: Outbox, audit: Audit) -> None:
    assert not outbox.save_message(replace(stepped(SENT), version=7))
    assert filed(audit) == []


def test_what_could_not_be_filed_is_filed_with_the_next_step(store: Store, outbox: Outbox, audit: Audit) -> None:
    store.disturb("error", "BatchWriteRow", nth=3, code="OTSAuthFailed")
    assert outbox.save_message(stepped(SENDING, SENT))
    assert filed(audit) == []
    outbox.save_message(replace(stepped(SENDING, SENT, DELIVERED), version=1))
    assert filed(audit) == [SENDING, SENT, DELIVERED]


def test_a_finished_message_stays_in_the_work_list_until_it_is_filed(
    store: Store, outbox: Outbox, audit: Audit
) -> None:
    ended = replace(stepped(SENDING, SENT, DELIVERED), due=NOON)
    store.disturb("error", "BatchWriteRow", nth=3, times=2, code="OTSAuthFailed")
    outbox.save_message(ended)
    outbox.close_message(ended)
    assert filed(audit) == []
    (left,) = outbox.load_open(NOON).values
    outbox.close_message(left)
    assert filed(audit) == [SENDING, SENT, DELIVERED]
    assert outbox.load_open(NOON).values == ()
