"""What cannot be done with less: AssumeRole and QueryAccountBalance, signed and sent, and nothing else.

The signature is ACS3-HMAC-SHA256 (help.aliyun.com, "V3 request structure and signature"), the session aiohttp's, which
was the cheapest of three that were tried (urllib3 and http.client in threads are the others).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import aiohttp

if TYPE_CHECKING:
    from shared.model import Account

EMPTY = hashlib.sha256(b"").hexdigest()
ALGORITHM = "ACS3-HMAC-SHA256"


def read_all(url: str, ca: str | None, key: str, secret: str, accounts: list[Account], at_once: int) -> None:
    """Read the balance of every account, ``at_once`` of them at a time."""
    asyncio.run(_Floor(url, ca, key, secret).read(accounts, at_once))


class _Floor:
    def __init__(self, url: str, ca: str | None, key: str, secret: str) -> None:
        self._url, self._host = url, urlsplit(url).netloc
        self._tls = ssl.create_default_context(cafile=ca) if ca is not None else None
        self._key, self._secret = key, secret

    async def read(self, accounts: list[Account], at_once: int) -> None:
        left = iter(accounts)
        connector = aiohttp.TCPConnector(limit=at_once, ssl=self._tls or False)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def take_turns() -> None:
                for one in left:
                    await self._balance(session, one)

            await asyncio.gather(*(take_turns() for _ in range(at_once)))

    async def _balance(self, session: aiohttp.ClientSession, one: Account) -> None:
        role = {
            "DurationSeconds": "3600",
            "ExternalId": one.external_id or "",
            "RoleArn": one.role_arn or "",
            "RoleSessionName": "sweep",
        }
        given = (await self._call(session, "AssumeRole", "2015-04-01", role, self._key, self._secret))["Credentials"]
        key, secret, token = given["AccessKeyId"], given["AccessKeySecret"], given["SecurityToken"]
        answer = await self._call(session, "QueryAccountBalance", "2017-12-14", {}, key, secret, token)
        assert answer["Success"] is True

    async def _call(
        self,
        session: aiohttp.ClientSession,
        action: str,
        version: str,
        query: dict[str, str],
        key: str,
        secret: str,
        token: str | None = None,
    ) -> dict[str, Any]:
        headers = {
            "host": self._host,
            "x-acs-action": action,
            "x-acs-content-sha256": EMPTY,
            "x-acs-date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": version,
        }
        if token is not None:
            headers |= {"x-acs-accesskey-id": key, "x-acs-security-token": token}
        line = "&".join(f"{name}={quote(query[name], safe='~')}" for name in sorted(query))
        headers["Authorization"] = _authorization(line, headers, key, secret)
        async with session.post(f"{self._url}/?{line}", headers=headers) as answer:
            found: dict[str, Any] = json.loads(await answer.read())
            return found


def _authorization(line: str, headers: dict[str, str], key: str, secret: str) -> str:
    names = sorted(headers)
    signed = ";".join(names)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    request = f"POST\n/\n{line}\n{lines}\n{signed}\n{EMPTY}"
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key},SignedHeaders={signed},Signature={signature}"
