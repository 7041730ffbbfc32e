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
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from localcloud.identities import IdentityError

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

    def forgive(self, nonce: str) -> None:
        """Forget that ``nonce`` was used."""
        self._used.discard(nonce)


class Verifier:
    """Tells who sent a request, or refuses it as the gateway does."""

    def __init__(self, clock: Clock, identities: Identities) -> None:
        self._clock = clock
        self._identities = identities
        self._nonces = Nonces()

    def verify(self, received: Received, parameters: dict[str, str]) -> Identity:
        """The identity that signed ``received``, by either method.

        Args:
            received: The request as it came.
            parameters: Those of its query string and form, decoded.

        Raises:
            IdentityError: The signature is missing, wrong, late or replayed, or its key may not call.
        """
        if "authorization" not in received.headers and "Signature" in parameters:
            return self._verify_parameters(received, parameters)
        return self.verify_acs3(received)

    def verify_acs3(self, received: Received) -> Identity:
        """The identity that signed ``received`` with ACS3-HMAC-SHA256.

        Raises:
            IdentityError: As ``verify``.
        """
        headers = received.headers
        credential, signed, signature = _authorization(headers.get("authorization", ""))
        identity = self._identities.find(credential, headers.get("x-acs-security-token"))
        digest = hashlib.sha256(received.body).hexdigest()
        if headers.get("x-acs-content-sha256") != digest:
            raise _mismatch("x-acs-content-sha256 does not fit the body")
        unsigned = [name for name in headers if name.startswith("x-acs-") and name not in signed]
        if unsigned or "host" not in signed:
            raise _mismatch(f"headers that must be signed are not: {', '.join(unsigned) or 'host'}")
        request = canonical_request(received, signed, digest)
        text = f"{ALGORITHM}\n{hashlib.sha256(_bytes(request)).hexdigest()}"
        expected = hmac.new(identity.access_key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), _bytes(signature)):
            raise _mismatch(f"server canonicalRequest is [{request}]")
        self._fresh(headers.get("x-acs-date", ""), headers.get("x-acs-signature-nonce", ""))
        return identity

    def forgive(self, nonce: str) -> None:
        """Let ``nonce`` be used once more: a fault rule delivers its request again."""
        self._nonces.forgive(nonce)

    def _verify_parameters(self, received: Received, parameters: dict[str, str]) -> Identity:
        for name in ("AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"):
            if name not in parameters:
                raise IdentityError(f"Missing{name}", f"{name} is mandatory for this action.")
        if parameters["SignatureMethod"] != "HMAC-SHA1" or parameters["SignatureVersion"] != "1.0":
            raise IdentityError("InvalidSignatureMethod", "Specified signature method is not valid.")
        identity = self._identities.find(parameters["AccessKeyId"], parameters.get("SecurityToken"))
        pairs = sorted((name, value) for name, value in parameters.items() if name != "Signature")
        text = f"{received.method}&%2F&{quote(canonical_query(pairs), safe='~')}"
        digest = hmac.new(f"{identity.access_key_secret}&".encode(), text.encode(), hashlib.sha1).digest()
        if not hmac.compare_digest(base64.b64encode(digest), _bytes(parameters["Signature"])):
            raise _mismatch(f"server string to sign is:{text}")
        self._fresh(parameters["Timestamp"], parameters["SignatureNonce"])
        return identity

    def _fresh(self, date: str, nonce: str) -> None:
        try:
            moment = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise IdentityError(
                "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."
            ) from None
        if not self._clock.near(moment.timestamp()):
            raise IdentityError("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        if not nonce:
            raise IdentityError("MissingSignatureNonce", "SignatureNonce is mandatory for this action.")
        if not self._nonces.spend(nonce):
            raise IdentityError("SignatureNonceUsed", "Specified signature nonce was used already.")


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
        raise IdentityError("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    return parts["Credential"], parts["SignedHeaders"].split(";"), parts["Signature"]


def _mismatch(detail: str) -> IdentityError:
    return IdentityError("SignatureDoesNotMatch", f"Specified signature is not matched with our calculation. {detail}")


def _bytes(text: str) -> bytes:
    """What ``text`` was on the wire; bytes that are no UTF-8 stand in it as surrogates."""
    return text.encode("utf-8", "surrogateescape")
