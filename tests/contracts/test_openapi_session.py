"""The session that the SDK's clients share, over TLS."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from alibabacloud_sts20150401.client import Client
from darabonba.core import DaraCore

from shared.keys import Credentials
from shared.openapi import Unanswered, call, client_config
from shared.openapi.session import the_session
from tests.cloud import RunningCloud, running_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLERS = 8


@pytest.fixture(scope="module")
def secure() -> Iterator[RunningCloud]:
    with running_cloud("--tls") as cloud:
        yield cloud


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process that has not called yet."""
    monkeypatch.setattr(DaraCore, "_sessions", {})
    the_session.cache_clear()
    yield
    the_session.cache_clear()


def who_are_we(cloud: RunningCloud) -> str:
    key = Credentials(cloud.access_key_id, cloud.access_key_secret)
    client = Client(client_config(key, cloud.openapi))
    return str(call(client.get_caller_identity_with_options).account_id)


@pytest.mark.usefixtures("no_session")
def test_the_sdk_sends_with_the_one_session_and_authorities_are_read_once(
    secure: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", secure.ca or "")
    read: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(self: ssl.SSLContext, *args: object, **kwargs: object) -> None:
        read.append(self)
        load(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    with ThreadPoolExecutor(CALLERS) as pool:
        assert set(pool.map(lambda _: who_are_we(secure), range(CALLERS * 4))) == {secure.account_id}
    assert set(DaraCore._sessions.values()) == {the_session()}
    assert len(read) == 1


@pytest.mark.usefixtures("no_session")
def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(
    secure: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.control.reset()
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(Unanswered):
        who_are_we(secure)
    assert secure.control.counts() == {}
