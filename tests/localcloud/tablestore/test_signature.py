"""Who is let in, and who can trust the reply. Requests are the client's own, changed on their way."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tablestore import OTSClient, OTSServiceError, Row
from tablestore.error import OTSClientError
from tablestore.protobuf import table_store_pb2 as pb

from localcloud.identities import Identity
from localcloud.tablestore.signature import derive_key, find_caller, sign_reply
from tests.localcloud.tablestore.builders import ANY, create_table, get, invalid, key_of, put, refused
from tests.localcloud.tablestore.server import KEY_ID, SECRET, client_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.service import Received, Reply
    from tests.localcloud.tablestore.builders import Refusal
    from tests.localcloud.tablestore.server import Server


def auth_failed(message: str) -> Refusal:
    return refused(403, "OTSAuthFailed", message)


@pytest.fixture(params=[{}, {"region": "cn-hangzhou"}], ids=["v2", "v4"])
def signing(request: pytest.FixtureRequest, server: Server) -> OTSClient:
    """A client that signs in the one way or the other."""
    client = client_of(server.url, **request.param)
    create_table(client)
    return client


def on_the_way(server: Server, change: Callable[[Received], Received]) -> None:
    """Let ``change`` tamper with each request before the service gets it."""
    answer = server.service.answer

    async def tampered(received: Received) -> Reply:
        return await answer(change(received))

    server.service.answer = tampered  # type: ignore[method-assign]


def with_header(name: str, value: str | None) -> Callable[[Received], Received]:
    def change(received: Received) -> Received:
        headers = {key: given for key, given in received.headers.items() if key != name}
        return replace(received, headers=headers if value is None else {**headers, name: value})

    return change


def test_a_genuine_request_is_served_and_its_reply_believed(signing: OTSClient) -> None:
    put(signing, "a", n=1)

    assert get(signing, "a") == {"n": 1}


def test_a_wrong_secret(server: Server, signing: OTSClient) -> None:
    for options in ({}, {"region": "cn-hangzhou"}):
        with auth_failed("Signature mismatch."):
            client_of(server.url, KEY_ID, "another secret", **options).list_table()


def test_an_unknown_key(server: Server) -> None:
    with auth_failed("The AccessKeyID does not exist."):
        client_of(server.url, "LTAI5tNobody").list_table()


def test_another_instance(server: Server) -> None:
    with auth_failed("The instance is not found."):
        client_of(server.url, instance="other").list_table()


def test_a_changed_body(server: Server, signing: OTSClient) -> None:
    on_the_way(server, lambda received: replace(received, body=received.body.replace(b"paid", b"owed")))

    with auth_failed("Mismatch between MD5 value of request body and x-ots-contentmd5 in header."):
        put(signing, "a", state="paid")


def test_a_changed_body_with_its_md5(server: Server, signing: OTSClient) -> None:
    def change(received: Received) -> Received:
        body = received.body.replace(b"paid", b"owed")
        md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        return replace(received, body=body, headers={**received.headers, "x-ots-contentmd5": md5})

    on_the_way(server, change)

    with auth_failed("Signature mismatch."):
        put(signing, "a", state="paid")


@pytest.mark.parametrize(
    "change",
    [
        with_header("x-ots-apiversion", "2014-08-08"),
        with_header("x-ots-instancename", "alerts2"),
        with_header("x-ots-added", "1"),
        lambda received: replace(received, raw_path="/DeleteTable"),
        lambda received: replace(received, raw_path=received.raw_path + "?a=1"),
    ],
)
def test_a_request_that_was_changed_after_signing(
    server: Server, signing: OTSClient, change: Callable[[Received], Received]
) -> None:
    on_the_way(server, change)

    with auth_failed("Signature mismatch."):
        signing.describe_table("t")
    assert server.service.stats()["tables"] == 1


@pytest.mark.parametrize(
    "name",
    ["x-ots-date", "x-ots-apiversion", "x-ots-accesskeyid", "x-ots-contentmd5", "x-ots-instancename"],
)
def test_a_missing_header(server: Server, client: OTSClient, name: str) -> None:
    on_the_way(server, with_header(name, None))

    with invalid(f"Missing header: {name}."):
        client.list_table()


def test_an_unsigned_request(server: Server, client: OTSClient) -> None:
    on_the_way(server, with_header("x-ots-signature", None))

    with invalid("Missing header: x-ots-signature."):
        client.list_table()


def test_a_date_that_is_none(server: Server, client: OTSClient) -> None:
    on_the_way(server, with_header("x-ots-date", "yesterday"))

    with invalid("Invalid date format: yesterday."):
        client.list_table()


def dated(client: OTSClient, date: datetime, monkeypatch: pytest.MonkeyPatch) -> OTSClient:
    monkeypatch.setattr("tablestore.utils.get_now_utc_datetime", lambda: date.replace(tzinfo=None))
    return client


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_stale_date(client: OTSClient, monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    date = datetime.now(UTC) + timedelta(minutes=minutes)
    sent = date.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    with auth_failed(f"Mismatch between system time and x-ots-date: {sent}."):
        dated(client, date, monkeypatch).list_table()


@pytest.mark.parametrize("options", [{}, {"region": "cn-hangzhou"}])
def test_clients_on_virtual_and_on_real_time_are_both_served(
    server: Server, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    virtual = datetime(2026, 3, 1, 12, tzinfo=UTC)
    server.clock.set(virtual)
    client = client_of(server.url, **options)

    assert client.list_table() == ()
    assert dated(client, virtual + timedelta(minutes=5), monkeypatch).list_table() == ()


def test_a_day_of_the_key_that_is_not_the_dates(server: Server) -> None:
    client = client_of(server.url, region="cn-hangzhou")
    client._signer.sign_date, client._signer.auto_update_v4_sign = "20200101", False

    with auth_failed("Signature mismatch."):
        client.list_table()


def test_a_temporary_key_needs_its_token_until_it_expires(server: Server) -> None:
    expires = datetime.now(UTC) + timedelta(minutes=10)
    server.identities.add(Identity("STS.Key", "s", "1", "acs:ram::1:assumed-role/r/s", "token", expires))

    assert client_of(server.url, "STS.Key", "s", sts_token="token").list_table() == ()
    assert client_of(server.url, "STS.Key", "s", sts_token="token", region="cn-hangzhou").list_table() == ()
    with auth_failed("Specified SecurityToken is malformed."):
        client_of(server.url, "STS.Key", "s").list_table()
    server.clock.advance(timedelta(minutes=11))
    with auth_failed("Specified SecurityToken is expired."):
        client_of(server.url, "STS.Key", "s", sts_token="token").list_table()


def test_the_endpoint_may_have_a_path(server: Server) -> None:
    client = client_of(f"{server.url}/proxied/here")

    assert create_table(client) in client.list_table()


def test_errors_are_signed_too(server: Server, client: OTSClient) -> None:
    replies = []
    answer = server.service.answer

    async def remember(received: Received) -> Reply:
        replies.append((received, await answer(received)))
        return replies[-1][1]

    server.service.answer = remember  # type: ignore[method-assign]
    with pytest.raises(OTSServiceError):
        client.delete_table("missing")

    (received, reply) = replies[0]
    unsigned = {name: value for name, value in reply.headers.items() if name != "Authorization"}
    caller = find_caller(received, server.identities)
    assert reply.headers["Authorization"] == sign_reply(unsigned, "DeleteTable", caller)


def test_a_reply_that_was_changed_is_not_believed(server: Server, signing: OTSClient) -> None:
    answer = server.service.answer

    async def changed(received: Received) -> Reply:
        reply = await answer(received)
        reply.headers["x-ots-requestid"] = "another"
        return reply

    server.service.answer = changed  # type: ignore[method-assign]

    with pytest.raises(OTSClientError, match="Invalid signature in response"):
        signing.list_table()


def test_only_post(server: Server, client: OTSClient) -> None:
    on_the_way(server, lambda received: replace(received, method="GET"))

    with refused(405, "OTSMethodNotAllowed", "Only POST method for requests is supported."):
        client.list_table()


def test_an_error_that_was_asked_for_is_one_to_the_client(server: Server, client: OTSClient) -> None:
    async def refuse(received: Received) -> Reply:
        return server.service.refuse(received, 403, "OTSQuotaExhausted", "Too frequent.")

    server.service.answer = refuse  # type: ignore[method-assign]
    client.retry_policy = type("Never", (), {"should_retry": lambda *_: False})()

    with refused(403, "OTSQuotaExhausted", "Too frequent."):
        client.list_table()


def test_the_servers_own_fault_is_a_500(server: Server, client: OTSClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError

    monkeypatch.setitem(server.service.operation.__globals__["OPERATIONS"], "PutRow", fail)

    with refused(500, "OTSInternalServerError", "Internal server error."):
        client.put_row("t", Row(key_of("a"), []), ANY)


def test_a_body_that_is_no_message(server: Server) -> None:
    received = _signed_by_hand(server, b"\xff\xff")

    reply = asyncio.run(server.service.answer(received))

    assert pb.Error.FromString(reply.body).message == "Parse PBMessage from RawString failed."


def _signed_by_hand(server: Server, body: bytes) -> Received:
    """A signed CreateTable with ``body``, as the client would send it."""
    client = client_of(server.url)
    caught: list[Received] = []

    def catch(received: Received) -> Received:
        caught.append(received)
        return received

    on_the_way(server, catch)
    encoder = client.protocol.encoder
    encoder.encode_request = lambda *_: type("Raw", (), {"SerializeToString": lambda _: body})()
    with pytest.raises(OTSServiceError):
        client.create_table(None, None, None)
    return caught[0]


def test_the_derived_key_depends_on_secret_day_and_region() -> None:
    keys = {
        derive_key(SECRET, "20260301", "cn-hangzhou"),
        derive_key(SECRET, "20260302", "cn-hangzhou"),
        derive_key(SECRET, "20260301", "cn-beijing"),
        derive_key("other", "20260301", "cn-hangzhou"),
    }

    assert len(keys) == 4
