"""Values to rows and back: which column holds what.

Columns that are None are left out. Columns that are not known are left alone, so that an older program can read what a
newer one wrote. Everything else that is not as it was written raises MalformedRow naming table, key and column.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from shared.audit import DecisionEntry, MessageEntry, WordEntry
from shared.errors import MalformedRow
from shared.frozen import replace
from shared.model import (
    Account,
    AccountState,
    AsRead,
    BadAddress,
    ChannelName,
    DeliveryStatus,
    Level,
    Message,
    Scorecard,
    Topic,
    Usage,
)
from shared.silences import InvalidSilence, Selector, Silence, parse_selector
from shared.snapshot import Snapshot
from shared.state import Rows, entries, hash_of
from shared.state.encoding import history, messages, standing, values
from shared.state.seen import decode_figures, encode_figures
from shared.state.tables import (
    ACCOUNT_STATES,
    ACCOUNTS,
    AUDIT,
    CONFIG_VERSIONS,
    MESSAGES,
    OUTBOX,
    SEEN,
    SILENCES,
    SNAPSHOTS,
    USAGE,
    VERSION,
    Absent,
    Columns,
    Condition,
    Equals,
    Key,
    Put,
    Scalar,
    StoredRow,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from shared.audit import Entry
    from shared.config.versions import ConfigVersion

V = TypeVar("V")

HOUR = 3600


class _Reader:
    """One row's columns, each decoded by name."""

    def __init__(self, table: Table, row: StoredRow) -> None:
        self._table = table
        self._row = row

    def read(self, name: str, decode: Callable[[Any], V]) -> V:
        if name not in self._row.columns:
            raise self._malformed(f"column {name} is missing")
        try:
            return decode(self._row.columns[name])
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise self._malformed(f"column {name}: {type(error).__name__}: {error}") from error

    def optional(self, name: str, decode: Callable[[Any], V]) -> V | None:
        return self.read(name, decode) if name in self._row.columns else None

    def _malformed(self, what: str) -> MalformedRow:
        key = dict(zip(self._table.key_names, map(str, self._row.key), strict=True))
        known_by = key.pop(self._table.known_by)
        rest = "".join(f"{name} {value}, " for name, value in key.items())
        return MalformedRow(self._table.name, known_by, rest + what)


def read_rows(rows: Iterable[StoredRow], decode: Callable[[StoredRow], V]) -> Rows[V]:
    """Understand what can be understood; a malformed row is named and hides no other."""
    found: list[V] = []
    malformed: list[MalformedRow] = []
    for row in rows:
        try:
            found.append(decode(row))
        except MalformedRow as error:
            malformed.append(error)
    return Rows(tuple(found), tuple(malformed))


def version_read(version: int) -> Condition:
    """The condition that a stored row still has the version that was read; 0 stands for no row."""
    return Equals(VERSION, version) if version else Absent()


def _present(**columns: Scalar | None) -> Columns:
    return {name: value for name, value in columns.items() if value is not None}


# ---------------------------------------------------------------- accounts


def account_key(account_id: str) -> Key:
    """Of the tables that are read in buckets."""
    return (hash_of(account_id), account_id)


def put_account(account: Account) -> Put:
    """A row of the roster."""
    return Put(
        account_key(account.account_id),
        _present(
            name=account.name,
            contacts=messages.encode_contacts(account.contacts),
            currency=account.currency,
            policy=account.policy,
            role_arn=account.role_arn,
            external_id=account.external_id,
            paused=account.paused,
        ),
    )


def account_of(row: StoredRow) -> Account:
    """A row of the roster, understood."""
    reader = _Reader(ACCOUNTS, row)
    return Account(
        account_id=str(row.key[1]),
        name=reader.read("name", values.text),
        contacts=reader.read("contacts", messages.decode_contacts),
        currency=reader.read("currency", values.text),
        policy=reader.read("policy", values.text),
        role_arn=reader.optional("role_arn", values.text),
        external_id=reader.optional("external_id", values.text),
        paused=reader.read("paused", values.truth),
    )


# ---------------------------------------------------------------- account states


def put_state(state: AccountState) -> Put:
    """``state`` as the version after the one that was read, on condition that no other came in between."""
    seen = state.alert.seen_at
    columns: Columns = {
        VERSION: state.version + 1,
        "alert": standing.encode_alert(state.alert),
        "history": history.encode_history(state.history, state.as_read),
        "scorecard": values.written("scorecard", state.scorecard, state.as_read, standing.encode_scorecard),
        "paid_after": standing.encode_payments(state.paid_after),
    }
    if seen is not None:
        columns[SEEN] = int(seen.timestamp())
    return Put(account_key(state.account_id), columns, version_read(state.version))


def seen_of(row: StoredRow) -> int:
    """When an account was looked at last, in epoch seconds; 0 where that cannot be said: it is looked at first."""
    seen = row.columns.get(SEEN)
    return seen if isinstance(seen, int) else 0


def state_of(row: StoredRow) -> AccountState:
    """An account's memory, understood."""
    reader = _Reader(ACCOUNT_STATES, row)
    version, alert = reader.read(VERSION, values.positive), reader.read("alert", standing.decode_alert)
    past, as_read = reader.read("history", history.decode_history)
    card = reader.optional("scorecard", standing.decode_scorecard)
    if card is not None:
        as_read["scorecard"] = AsRead(card, row.columns["scorecard"])
    return AccountState(
        account_id=str(row.key[1]),
        version=version,
        alert=alert,
        history=past,
        scorecard=card or Scorecard(),
        paid_after=reader.optional("paid_after", standing.decode_payments) or (),
        as_read=as_read,
    )


# ---------------------------------------------------------------- snapshots


def snapshot_key(account_id: str, at: datetime) -> Key:
    """An account's hour: a second look within it replaces the first."""
    return (account_id, int(at.timestamp() // HOUR) * HOUR)


def put_snapshot(snapshot: Snapshot) -> Put:
    """What was seen of an account in an hour."""
    left, days = snapshot.available_amount, snapshot.days_left
    return Put(
        snapshot_key(snapshot.account_id, snapshot.at),
        _present(
            at=values.encode_time(snapshot.at),
            currency=snapshot.currency,
            available_amount=None if left is None else str(left),
            level=snapshot.level.label,
            days_left=None if days is None else messages.encode_days_left(days),
            failure=snapshot.failure,
            figures=None if snapshot.figures is None else encode_figures(snapshot.figures),
        ),
    )


def snapshot_of(row: StoredRow) -> Snapshot:
    """What was seen of an account in an hour, understood."""
    reader = _Reader(SNAPSHOTS, row)
    at, currency = reader.read("at", values.time), reader.read("currency", values.text)
    left = reader.optional("available_amount", values.amount)
    return Snapshot(
        account_id=str(row.key[0]),
        at=at,
        currency=currency,
        available_amount=left,
        level=reader.read("level", lambda label: Level.of(values.text(label))),
        days_left=reader.optional("days_left", messages.decode_days_left),
        failure=reader.read("failure", values.text),
        figures=None
        if left is None
        else reader.optional("figures", lambda value: decode_figures(value, at, currency, left)),
    )


# ---------------------------------------------------------------- messages


def put_message(message: Message, version: int, condition: Condition) -> Put:
    """``message`` at ``version``."""
    first = message.first_sent_at
    return Put(
        (message.account_id, message.message_id),
        _present(
            version=version,
            status=message.status.value,
            due=values.encode_time(message.due),
            queued_at=values.encode_time(message.queued_at),
            contact=message.contact,
            channel=message.channel.value,
            address=message.address,
            topic=message.topic.value,
            level=message.level.label,
            content=messages.encode_content(message.content),
            attempts=message.attempts,
            first_sent_at=None if first is None else values.encode_time(first),
            provider_id=message.provider_id,
            reason=message.reason,
            history=messages.encode_transitions(message.history),
            stands_in_for=message.stands_in_for,
            fallback=message.fallback,
            patience=int(message.patience.total_seconds()) or None,
            summary=None if message.summary is None else messages.encode_summary(message.summary),
            bundled_in=message.bundled_in,
            members=messages.encode_members(message.members) if message.members else None,
        ),
        condition,
    )


def message_of(row: StoredRow) -> Message:
    """A message, understood."""
    reader = _Reader(MESSAGES, row)
    channel = reader.read("channel", ChannelName)
    return Message(
        message_id=str(row.key[1]),
        account_id=str(row.key[0]),
        contact=reader.read("contact", values.text),
        channel=channel,
        address=reader.read("address", values.text),
        topic=reader.read("topic", Topic),
        level=reader.read("level", lambda label: Level.of(values.text(label))),
        content=reader.read("content", lambda value: messages.decode_content(channel, value)),
        queued_at=reader.read("queued_at", values.time),
        due=reader.read("due", values.time),
        status=reader.read("status", DeliveryStatus),
        version=reader.read(VERSION, values.integer),
        attempts=reader.read("attempts", values.integer),
        first_sent_at=reader.optional("first_sent_at", values.time),
        provider_id=reader.optional("provider_id", values.text),
        reason=reader.read("reason", values.text),
        history=reader.read("history", messages.decode_transitions),
        stands_in_for=reader.optional("stands_in_for", values.text),
        fallback=reader.optional("fallback", values.text),
        patience=timedelta(seconds=reader.optional("patience", values.integer) or 0),
        summary=reader.optional("summary", messages.decode_summary),
        bundled_in=reader.optional("bundled_in", values.text),
        members=reader.optional("members", messages.decode_members) or (),
    )


# ---------------------------------------------------------------- the work list


def put_pointer(message: Message, version: int, condition: Condition) -> Put:
    """The place of a message, then at version ``version``, in the work list."""
    columns: Columns = {"account_id": message.account_id, "due": int(message.due.timestamp()), VERSION: version}
    return Put((message.message_id,), columns, condition)


def due_of(row: StoredRow) -> int:
    """From which epoch second on a pointer's message is worth a look."""
    return _Reader(OUTBOX, row).read("due", values.integer)


def message_key_of(row: StoredRow) -> Key:
    """The key of the message that a pointer points at."""
    return (_Reader(OUTBOX, row).read("account_id", values.text), row.key[0])


# ---------------------------------------------------------------- limits

USAGE_KEY: Key = ("last-24-hours",)


def put_bad_address(address: BadAddress) -> Put:
    """An address that a provider will not take, by its hash."""
    columns: Columns = {
        "channel": address.channel.value,
        "since": values.encode_time(address.since),
        "code": address.code,
    }
    return Put((address.key,), columns)


def put_usage(usage: Usage) -> Put:
    """What was handed over, as the version after the one that was read."""
    columns: Columns = {VERSION: usage.version + 1, "sendings": messages.encode_sendings(usage.sendings)}
    return Put(USAGE_KEY, columns, version_read(usage.version))


def usage_of(row: StoredRow | None) -> Usage:
    """What was handed over, understood; nothing if there is no row yet."""
    if row is None:
        return Usage()
    reader = _Reader(USAGE, row)
    return Usage(reader.read(VERSION, values.positive), reader.read("sendings", messages.decode_sendings))


# ---------------------------------------------------------------- versions of the configuration


def put_config_version(version: ConfigVersion) -> Put:
    """A version of agency.yaml; written only if its number is free."""
    columns: Columns = {
        "text": version.text,
        "author": version.author,
        "note": version.note,
        "applied_at": values.encode_time(version.applied_at),
        "config_version": version.digest,
    }
    if version.prepared:
        columns["prepared"] = version.prepared
    return Put((version.number,), columns, Absent())


def put_prepared(version: ConfigVersion) -> Put:
    """A version that is stored, with how it is understood; written only over the same text."""
    return replace(put_config_version(version), condition=Equals("config_version", version.digest))


def config_version_of(row: StoredRow) -> ConfigVersion:
    """A version of agency.yaml, understood; a text that is not the one its digest was made of is refused."""
    reader = _Reader(CONFIG_VERSIONS, row)
    digest = reader.read("config_version", values.digest)
    from shared.config.versions import ConfigVersion

    return ConfigVersion(
        number=int(row.key[0]),
        text=reader.read("text", lambda value: _whole(values.text(value), digest)),
        author=reader.read("author", values.text),
        note=reader.read("note", values.text),
        applied_at=reader.read("applied_at", values.time),
        prepared=str(row.columns.get("prepared", "")),  # sealed: what is damaged is not used
    )


def _whole(text: str, digest: str) -> str:
    from shared.config import config_version

    if (found := config_version(text)) != digest:
        raise ValueError(f"expected the text of {digest}, found one of {found}")
    return text


# ---------------------------------------------------------------- silences

ENDED_BY = "ended_by"
"""Who ended a silence before its time, empty while nobody has: ending it asks for that."""


def put_silence(silence: Silence, condition: Condition) -> Put:
    """A silence, whole."""
    columns = _present(
        selector=str(silence.selector),
        author=silence.author,
        reason=silence.reason,
        begins_at=values.encode_time(silence.begins_at),
        ends_at=values.encode_time(silence.ends_at),
        up_to=silence.up_to.label,
        ended_at=None if silence.ended_at is None else values.encode_time(silence.ended_at),
        ended_by=silence.ended_by,
    )
    return Put((silence.silence_id,), columns, condition)


def silence_of(row: StoredRow) -> Silence:
    """A silence, understood."""
    reader = _Reader(SILENCES, row)
    return Silence(
        silence_id=str(row.key[0]),
        selector=reader.read("selector", _selector),
        author=reader.read("author", values.text),
        reason=reader.read("reason", values.text),
        begins_at=reader.read("begins_at", values.time),
        ends_at=reader.read("ends_at", values.time),
        up_to=reader.read("up_to", lambda label: Level.of(values.text(label))),
        ended_at=reader.optional("ended_at", values.time),
        ended_by=reader.read("ended_by", values.text),
    )


def _selector(value: object) -> Selector:
    try:
        return parse_selector(values.text(value))
    except InvalidSilence as error:
        raise ValueError(str(error)) from error


# ---------------------------------------------------------------- the audit


def put_entry(entry: Entry) -> Put:
    """An entry of the audit; written only if it is not there."""
    columns: Columns = {
        "at": values.encode_time(entry.at),
        "kind": _KINDS[type(entry)],
        "entry": entries.encode(entry),
    }
    return Put((entry.account_id, entry.entry_id), columns, Absent())


def entry_of(row: StoredRow) -> Entry:
    """An entry of the audit, understood."""
    reader = _Reader(AUDIT, row)
    account_id, at = str(row.key[0]), reader.read("at", values.time)
    decode = reader.read("kind", _DECODERS.__getitem__)
    return reader.read("entry", lambda value: decode(value, account_id, at))


_KINDS: dict[type[Entry], str] = {
    MessageEntry: "message",
    DecisionEntry: "decision",
    WordEntry: "word",
}
_DECODERS: dict[str, Callable[[object, str, datetime], Entry]] = {
    "message": entries.decode_message,
    "decision": entries.decode_decision,
    "word": entries.decode_word,
    "acknowledgement": entries.decode_acknowledgement,
}
