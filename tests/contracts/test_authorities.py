"""Whom both SDKs trust, over TLS."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from shared.authorities import read_authorities
from shared.errors import StoreUnavailable
from shared.openapi import Unanswered
from shared.openapi.transport import TRANSPORT
from shared.state.accounts import TablestoreAccounts
from shared.state.gateway import Gateway, connect
from shared.state.tables import create_tables
from tests.cloud import RunningCloud, running_cloud
from tests.contracts.identity import who_are_we

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLERS = 8


@pytest.fixture(scope="module")
def secure() -> Iterator[RunningCloud]:
    with running_cloud("--tls") as cloud:
        yield cloud


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    """As in one that has read no authorities yet."""
    read_authorities.cache_clear()
    yield
    TRANSPORT.close()
    read_authorities.cache_clear()


def store_of(cloud: RunningCloud) -> Gateway:
    keys = (cloud.access_key_id, cloud.access_key_secret)
    return connect(cloud.tablestore, *keys, None, cloud.instance, pauses=())


def test_both_sdks_trust_whom_we_name_and_authorities_are_read_once(
    secure: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", secure.ca or "")
    read: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(self: ssl.SSLContext, *args: object, **kwargs: object) -> None:
        read.append(self)
        load(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    gateway = store_of(secure)
    create_tables(gateway)
    accounts = TablestoreAccounts(gateway)
    with ThreadPoolExecutor(CALLERS) as pool:
        stored = pool.map(lambda _: accounts.load_watched(), range(CALLERS))
        known = pool.map(lambda _: who_are_we(secure), range(CALLERS * 4))
        assert (list(stored), set(known)) == ([()] * CALLERS, {secure.account_id})
    TablestoreAccounts(store_of(secure)).load_watched()
    assert len(read) == 1


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(
    secure: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.control.reset()
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(Unanswered):
        who_are_we(secure)
    with pytest.raises(StoreUnavailable):
        TablestoreAccounts(store_of(secure)).load_watched()
    assert secure.control.counts() == {}


def test_a_file_of_authorities_that_is_not_there_is_said(secure: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    with pytest.raises(StoreUnavailable, match="authorities"):
        store_of(secure)
    with pytest.raises(Unanswered):
        who_are_we(secure)
