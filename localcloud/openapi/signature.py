"""Request signatures of the OpenAPI gateway, verified on the bytes that arrived.

Two methods: ACS3-HMAC-SHA256 in the ``Authorization`` header (help.aliyun.com/zh/sdk/product-overview/
v3-request-structure-and-signature), and the older HMAC-SHA1 over the parameters (the same site's
``rpc-mechanism``), which the credentials package still uses for AssumeRole.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from localcloud.identities import IdentityError
from localcloud.openapi.errors import ApiError

if TYPE_CHECKING:
    from localcloud.clock import Clock
    from localcloud.identities import Identities, Identity
    from localcloud.service import Received

ALGORITHM = "ACS3-HMAC-SHA256"
NONCE_LIFE = 900.0
"""Seconds for which a nonce cannot be used again."""
FORM = "application/x-www-form-urlencoded"


class Nonces:
    """Nonces of the last 15 minutes of real time."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._order: deque[tuple[float, str]] = deque()

    def spend(self, nonce: str) -> bool:
        """Use up ``nonce``; False if it was used before."""
        now = time.monotonic()
        while self._order and self._order[0][0] < now - NONCE_LIFE:
            self._used.discard(self._order.popleft()[1])
        if nonce in self._used:
            return False
        self._used.add(nonce)
        self._order.append((now, nonce))
        return True


class Verifier:
    """Tells who sent a request, or refuses it as the gateway does."""

    def __init__(self, clock: Clock, identities: Identities) -> None:
        self._clock = clock
        self._identities = identities
        self._nonces = Nonces()

    def verify(self, received: Received, parameters: dict[str, str], *, again: bool = False) -> Identity:
        """The identity that signed ``received``.

        Args:
            received: The request as it came.
            parameters: Those of its query string and form, decoded.
            again: Accept a nonce that was used before (a fault rule delivers the request twice).

        Raises:
            ApiError: The signature is missing, wrong, late or replayed, or its key may not call.
        """
        if "authorization" in received.headers:
            return self._header(received, again=again)
        if "Signature" in parameters:
            return self._parameters(received, parameters, again=again)
        raise ApiError(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")

    def _header(self, received: Received, *, again: bool) -> Identity:
        headers = received.headers
        credential, signed, signature = _authorization(headers["authorization"])
        identity = self._identify(credential, headers.get("x-acs-security-token"))
        digest = hashlib.sha256(received.body).hexdigest()
        if headers.get("x-acs-content-sha256") != digest:
            raise _mismatch("x-acs-content-sha256 does not fit the body")
        unsigned = [name for name in headers if name.startswith("x-acs-") and name not in signed]
        if unsigned or "host" not in signed:
            raise _mismatch(f"headers that must be signed are not: {', '.join(unsigned) or 'host'}")
        request = canonical_request(received, signed, digest)
        text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
        expected = hmac.new(identity.access_key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature):
            raise _mismatch(f"server canonicalRequest is [{request}]")
        self._fresh(headers.get("x-acs-date", ""), headers.get("x-acs-signature-nonce", ""), again=again)
        return identity

    def _parameters(self, received: Received, parameters: dict[str, str], *, again: bool) -> Identity:
        for name in ("AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"):
            if name not in parameters:
                raise ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")
        if parameters["SignatureMethod"] != "HMAC-SHA1" or parameters["SignatureVersion"] != "1.0":
            raise ApiError(400, "InvalidSignatureMethod", "Specified signature method is not valid.")
        identity = self._identify(parameters["AccessKeyId"], parameters.get("SecurityToken"))
        pairs = sorted((name, value) for name, value in parameters.items() if name != "Signature")
        text = f"{received.method}&%2F&{quote(canonical_query(pairs), safe='~')}"
        digest = hmac.new(f"{identity.access_key_secret}&".encode(), text.encode(), hashlib.sha1).digest()
        if not hmac.compare_digest(base64.b64encode(digest), parameters["Signature"].encode()):
            raise _mismatch(f"server string to sign is:{text}")
        self._fresh(parameters["Timestamp"], parameters["SignatureNonce"], again=again)
        return identity

    def _identify(self, access_key_id: str, token: str | None) -> Identity:
        try:
            return self._identities.find(access_key_id, token)
        except IdentityError as error:
            status = 404 if error.code == "InvalidAccessKeyId.NotFound" else 400
            raise ApiError(status, error.code, error.message) from error

    def _fresh(self, date: str, nonce: str, *, again: bool) -> None:
        try:
            moment = datetime.fromisoformat(date).timestamp()
        except ValueError:
            raise ApiError(
                400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."
            ) from None
        if not self._clock.near(moment):
            raise ApiError(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        if not nonce:
            raise ApiError(400, "MissingSignatureNonce", "SignatureNonce is mandatory for this action.")
        if not (again or self._nonces.spend(nonce)):
            raise ApiError(400, "SignatureNonceUsed", "Specified signature nonce was used already.")


def canonical_query(pairs: list[tuple[str, str]]) -> str:
    """Sorted, decoded ``pairs`` in RFC 3986 encoding."""
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def canonical_request(received: Received, signed: list[str], digest: str) -> str:
    """The text whose SHA-256 a client signs, built from what arrived: however it was encoded on its way."""
    query = canonical_query(sorted(parse_qsl(received.query, keep_blank_values=True))) if received.query else ""
    lines = "".join(f"{name}:{received.headers.get(name, '').strip()}\n" for name in signed)
    return f"{received.method}\n{received.path or '/'}\n{query}\n{lines}\n{';'.join(signed)}\n{digest}"


def _authorization(header: str) -> tuple[str, list[str], str]:
    algorithm, _, rest = header.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if algorithm != ALGORITHM or not {"Credential", "SignedHeaders", "Signature"} <= parts.keys():
        raise ApiError(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    return parts["Credential"], parts["SignedHeaders"].split(";"), parts["Signature"]


def _mismatch(detail: str) -> ApiError:
    return ApiError(400, "SignatureDoesNotMatch", f"Specified signature is not matched with our calculation. {detail}")
