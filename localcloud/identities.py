"""Who may call: access keys of accounts, and the temporary ones that STS hands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from localcloud.clock import Clock


@dataclass(frozen=True, slots=True)
class Identity:
    """One access key: whose it is, what signs with it, and until when."""

    access_key_id: str
    access_key_secret: str
    account_id: str
    """The Alibaba Cloud account (UID) that calls made with this key act on."""
    arn: str
    security_token: str | None = None
    """Given with every request signed by a temporary key; None for a permanent one."""
    expires: datetime | None = None


class IdentityError(Exception):
    """A key, or its token, that may not call; ``code`` is the gateway's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Identities:
    """All keys of the local cloud."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_key: dict[str, Identity] = {}

    def add(self, identity: Identity) -> None:
        """Let ``identity`` call from now on."""
        self._by_key[identity.access_key_id] = identity

    def owner(self, access_key_id: str) -> str:
        """The account that a key acts on; empty if the key is unknown."""
        identity = self._by_key.get(access_key_id)
        return "" if identity is None else identity.account_id

    def find(self, access_key_id: str, security_token: str | None) -> Identity:
        """The identity behind a key and its token.

        Raises:
            IdentityError: The key is unknown, its token is missing or wrong, or it has expired.
        """
        identity = self._by_key.get(access_key_id)
        if identity is None:
            raise IdentityError("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        if (security_token or None) != identity.security_token:
            raise IdentityError("InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
        if identity.expires is not None and self._clock.now() >= identity.expires:
            raise IdentityError("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
        return identity
