"""The gateway verifies what arrives; requests signed by hand, then changed on their way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cloud import RunningCloud
    from tests.localcloud.sdk import Untyped

NONCES = (f"{datetime.now(UTC).timestamp()}-{number}" for number in itertools.count())


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Request:
    """What goes over the wire."""

    query: str
    headers: dict[str, str]
    method: str = "POST"
    body: bytes = b""

    def send(self, cloud: RunningCloud) -> tuple[int, dict[str, Any]]:
        connection = HTTPConnection(cloud.openapi, timeout=5)
        connection.request(self.method, f"/?{self.query}", self.body, self.headers)
        reply = connection.getresponse()
        answer = reply.status, json.loads(reply.read())
        connection.close()
        return answer

    def header(self, **headers: str) -> Request:
        return replace(self, headers=self.headers | {name.replace("_", "-"): value for name, value in headers.items()})

    def without(self, name: str) -> Request:
        return replace(self, headers={key: value for key, value in self.headers.items() if key != name})


@dataclass
class Signer:
    """Signs as the documentation says, for QueryAccountTransactions."""

    cloud: RunningCloud
    parameters: dict[str, str] = field(default_factory=lambda: {"PageNum": "1", "TransactionType": "a b*~/中"})
    more: dict[str, str] = field(default_factory=dict)
    unsigned: str = ""

    def sign(self) -> Request:
        headers = {
            "host": self.cloud.openapi,
            "x-acs-action": "QueryAccountTransactions",
            "x-acs-version": "2017-12-14",
            "x-acs-date": now(),
            "x-acs-signature-nonce": next(NONCES),
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        } | self.more
        query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(self.parameters.items()))
        names = sorted(headers.keys() - {self.unsigned})
        lines = "".join(f"{name}:{headers[name]}\n" for name in names)
        canonical = f"POST\n/\n{query}\n{lines}\n{';'.join(names)}\n{hashlib.sha256(b'').hexdigest()}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self.cloud.access_key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        authorization = (
            f"ACS3-HMAC-SHA256 Credential={self.cloud.access_key_id},"
            f"SignedHeaders={';'.join(names)},Signature={signature}"
        )
        return Request(query, headers | {"Authorization": authorization})


@pytest.fixture
def signer(cloud: RunningCloud) -> Signer:
    cloud.control.open_accounts({"id": cloud.account_id})
    return Signer(cloud)


def test_a_request_signed_as_documented_is_answered(cloud: RunningCloud, signer: Signer) -> None:
    status, answer = signer.sign().send(cloud)
    assert (status, answer["Success"]) == (200, True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda query: query.replace("%20", "+"), id="plus for a space"),
        pytest.param(lambda query: "&".join(reversed(query.split("&"))), id="another order"),
        pytest.param(lambda query: query.replace("~", "%7E"), id="encoded more than needed"),
    ],
)
def test_the_same_parameters_in_another_encoding_are_accepted(
    cloud: RunningCloud, signer: Signer, change: Callable[[str], str]
) -> None:
    request = signer.sign()
    assert replace(request, query=change(request.query)).send(cloud)[0] == 200
    assert change(request.query) != request.query


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda r: replace(r, query=r.query.replace("PageNum=1", "PageNum=2")), id="changed parameter"),
        pytest.param(lambda r: replace(r, query=f"{r.query}&PageSize=1"), id="added parameter"),
        pytest.param(lambda r: replace(r, query=f"PageNum=1&{r.query}"), id="doubled parameter"),
        pytest.param(lambda r: replace(r, query="PageNum=1"), id="dropped parameter"),
        pytest.param(lambda r: replace(r, method="GET"), id="changed method"),
        pytest.param(lambda r: replace(r, body=b"PageNum=2"), id="added body"),
        pytest.param(lambda r: r.header(host="elsewhere"), id="changed host"),
        pytest.param(lambda r: r.header(x_acs_date="2026-01-01T00:00:00Z"), id="changed date"),
        pytest.param(lambda r: r.header(x_acs_signature_nonce="other"), id="changed nonce"),
        pytest.param(lambda r: r.header(x_acs_action="QueryAccountBalance"), id="changed action"),
        pytest.param(lambda r: r.header(x_acs_extra="1"), id="unsigned x-acs header"),
        pytest.param(lambda r: r.without("x-acs-content-sha256"), id="no body hash"),
        pytest.param(lambda r: r.header(Authorization=r.headers["Authorization"][:-1] + "é"), id="no hex"),
    ],
)
def test_a_tampered_request_is_refused(
    cloud: RunningCloud, signer: Signer, tamper: Callable[[Request], Request]
) -> None:
    status, answer = tamper(signer.sign()).send(cloud)
    assert (status, answer["Code"]) == (400, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda r: r.without("Authorization"), "IncompleteSignature", id="no authorization"),
        pytest.param(lambda r: r.header(Authorization="Basic x"), "IncompleteSignature", id="another scheme"),
        pytest.param(
            lambda r: r.header(Authorization=r.headers["Authorization"].replace("Credential=", "Credential=x")),
            "InvalidAccessKeyId.NotFound",
            id="unknown key",
        ),
    ],
)
def test_a_request_without_a_usable_signature_is_refused(
    cloud: RunningCloud, signer: Signer, spoil: Callable[[Request], Request], code: str
) -> None:
    assert spoil(signer.sign()).send(cloud)[1]["Code"] == code


@pytest.mark.parametrize("name", ["host", "x-acs-action", "x-acs-content-sha256"])
def test_what_is_not_signed_is_refused_even_if_nobody_changed_it(
    cloud: RunningCloud, signer: Signer, name: str
) -> None:
    signer.unsigned = name
    assert signer.sign().send(cloud)[1]["Code"] == "SignatureDoesNotMatch"


def test_a_request_without_the_hash_of_its_body_is_refused(cloud: RunningCloud, signer: Signer) -> None:
    signer.unsigned = "x-acs-content-sha256"
    assert signer.sign().without("x-acs-content-sha256").send(cloud)[1]["Code"] == "SignatureDoesNotMatch"


def test_a_body_that_its_hash_does_not_fit_is_refused(cloud: RunningCloud, signer: Signer) -> None:
    request = replace(signer.sign(), body=b"x=1").header(Content_Type="application/x-www-form-urlencoded")
    assert request.send(cloud)[1]["Code"] == "SignatureDoesNotMatch"


def test_a_replayed_request_is_refused(cloud: RunningCloud, signer: Signer) -> None:
    request = signer.sign()
    assert request.send(cloud)[0] == 200
    assert request.send(cloud)[1]["Code"] == "SignatureNonceUsed"


def test_a_refused_request_does_not_use_up_its_nonce(cloud: RunningCloud, signer: Signer) -> None:
    request = signer.sign()
    replace(request, method="GET").send(cloud)
    assert request.send(cloud)[0] == 200


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_date_far_from_now_is_refused(cloud: RunningCloud, signer: Signer, minutes: int) -> None:
    signer.more["x-acs-date"] = f"{datetime.now(UTC) + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"
    assert signer.sign().send(cloud)[1]["Code"] == "InvalidTimeStamp.Expired"


def test_a_date_that_is_none_is_refused(cloud: RunningCloud, signer: Signer) -> None:
    signer.more["x-acs-date"] = "yesterday"
    assert signer.sign().send(cloud)[1]["Code"] == "InvalidTimeStamp.Format"


def test_a_date_near_the_virtual_clock_is_accepted(cloud: RunningCloud, signer: Signer) -> None:
    cloud.control.set_clock(datetime(2025, 1, 1, tzinfo=UTC))
    signer.more["x-acs-date"] = "2025-01-01T00:10:00Z"
    assert signer.sign().send(cloud)[0] == 200


def test_a_signed_parameter_of_the_older_method_cannot_be_changed(cloud: RunningCloud, signer: Signer) -> None:
    parameters = {
        "Action": "QueryAccountBalance",
        "Version": "2017-12-14",
        "AccessKeyId": cloud.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": next(NONCES),
        "Timestamp": now(),
    }
    query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(parameters.items()))
    text = f"GET&%2F&{quote(query, safe='~')}"
    digest = hmac.new(f"{cloud.access_key_secret}&".encode(), text.encode(), hashlib.sha1).digest()
    signed = parameters | {"Signature": base64.b64encode(digest).decode()}

    def answer(**change: str) -> Untyped:
        return Request(urlencode(signed | change), {}, "GET").send(cloud)[1]["Code"]

    assert answer(Action="QueryAccountBill") == "SignatureDoesNotMatch"
    assert answer(SignatureMethod="HMAC-SHA256") == "InvalidSignatureMethod"
    assert answer() == "200"
    assert answer() == "SignatureNonceUsed"


def test_an_action_that_is_not_there_is_an_error_of_its_own(cloud: RunningCloud, signer: Signer) -> None:
    for more in ({"x-acs-action": "QueryEverything"}, {"x-acs-version": "1999-01-01"}):
        signer.more = more
        status, answer = signer.sign().send(cloud)
        assert (status, answer["Code"]) == (404, "InvalidAction.NotFound")
        assert answer["Message"] == "Specified api is not found, please check your url and method."


def test_a_request_that_is_no_text_is_refused_like_any_other(cloud: RunningCloud) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert Request("%ff=%fe", headers, body=b"\xff=\xfe&%").send(cloud)[0] == 404
