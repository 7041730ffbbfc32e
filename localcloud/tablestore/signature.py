"""Who sent a request, and the proof that a reply is the service's.

A request is signed with HMAC over its path and x-ots-* headers, among them the body's MD5: version 2 with the secret
and SHA-1, version 4 with a key derived from secret, day and region, and SHA-256. A reply is signed with the same key
and always SHA-1. Source: the public clients (Python, Node, Go), which agree.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from localcloud.identities import IdentityError
from localcloud.tablestore.errors import auth_failed, invalid

if TYPE_CHECKING:
    from localcloud.clock import Clock
    from localcloud.identities import Identities
    from localcloud.service import Received

PREFIX: Final = "x-ots-"
SIGNATURES: Final = frozenset({"x-ots-signature", "x-ots-signaturev4"})
REQUIRED: Final = ("x-ots-date", "x-ots-apiversion", "x-ots-accesskeyid", "x-ots-contentmd5", "x-ots-instancename")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose request was found genuine."""

    access_key_id: str
    signing_key: bytes


def verify(received: Received, operation: str, clock: Clock, identities: Identities) -> Caller:
    """Who sent ``received``.

    Raises:
        TablestoreError: OTSParameterInvalid for a missing header or unreadable date; OTSAuthFailed for anything that
            does not fit: body, date, key, token, signature.
    """
    headers = received.headers
    signed_v4 = "x-ots-signaturev4" in headers
    for name in (*REQUIRED, "x-ots-signaturev4" if signed_v4 else "x-ots-signature"):
        if name not in headers:
            raise invalid(f"Missing header: {name}.")
    _check_date(headers["x-ots-date"], clock)
    caller = find_caller(received, identities)
    text = text_to_sign(received, operation)
    if signed_v4:
        genuine = _same(_hmac(caller.signing_key, text + b"ots", "sha256"), headers["x-ots-signaturev4"])
    else:
        genuine = _same(_hmac(caller.signing_key, text, "sha1"), headers["x-ots-signature"])
    if not genuine:
        raise auth_failed("Signature mismatch.")
    if content_md5(received.body) != headers["x-ots-contentmd5"]:
        raise auth_failed("Mismatch between MD5 value of request body and x-ots-contentmd5 in header.")
    return caller


def find_caller(received: Received, identities: Identities) -> Caller:
    """Whose key ``received`` names, and the key that signs its reply; nothing is verified.

    Raises:
        TablestoreError: OTSAuthFailed for an unknown key or a wrong or expired token.
    """
    headers = received.headers
    access_key_id = headers.get("x-ots-accesskeyid", "")
    try:
        identity = identities.find(access_key_id, headers.get("x-ots-ststoken"))
    except IdentityError as error:
        unknown = error.code.startswith("InvalidAccessKeyId")
        raise auth_failed("The AccessKeyID does not exist." if unknown else error.message) from None
    secret = identity.access_key_secret
    if "x-ots-signaturev4" not in headers:
        return Caller(access_key_id, secret.encode())
    day, region = headers.get("x-ots-signdate", ""), headers.get("x-ots-signregion", "")
    if not headers.get("x-ots-date", "").replace("-", "").startswith(day) or not day:
        raise auth_failed("Signature mismatch.")
    return Caller(access_key_id, derive_key(secret, day, region))


def text_to_sign(received: Received, operation: str) -> bytes:
    """The bytes that a request's signature is made over; a path in front of the operation is not among them."""
    query = "&".join(sorted(filter(None, received.query.split("&"))))
    signed = {name: value for name, value in received.headers.items() if name not in SIGNATURES}
    return f"/{operation}\nPOST\n{query}\n{_header_lines(signed)}\n".encode()


@lru_cache(maxsize=64)
def derive_key(secret: str, day: str, region: str) -> bytes:
    """The signing key of version 4 for one day (yyyymmdd) and region."""
    key = f"aliyun_v4{secret}".encode()
    for part in (day, region, "ots", "aliyun_v4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return b64encode(key)


def sign_reply(headers: dict[str, str], operation: str, caller: Caller) -> str:
    """The Authorization header of a reply with ``headers``."""
    text = f"{_header_lines(headers)}\n/{operation}".encode()
    return f"OTS {caller.access_key_id}:{_hmac(caller.signing_key, text, 'sha1')}"


def content_md5(body: bytes) -> str:
    """The x-ots-contentmd5 of ``body``."""
    return b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def parse_date(text: str) -> datetime | None:
    """An x-ots-date, which has or has not fractions of a second; None if it is none."""
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _check_date(text: str, clock: Clock) -> None:
    date = parse_date(text)
    if date is None:
        raise invalid(f"Invalid date format: {text}.")
    if not clock.near(date.timestamp()):
        raise auth_failed(f"Mismatch between system time and x-ots-date: {text}.")


def _header_lines(headers: dict[str, str]) -> str:
    lines = [f"{name}:{value.strip()}" for name, value in headers.items() if name.startswith(PREFIX)]
    return "\n".join(sorted(lines))


def _hmac(key: bytes, text: bytes, digest: str) -> str:
    return b64encode(hmac.digest(key, text, digest)).decode()


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
