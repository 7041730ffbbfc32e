"""STS 2015-04-01: a key of one account becomes, for a while, a key of another.

Sources: help.aliyun.com/document_detail/371864.html (AssumeRole), /371869.html (GetCallerIdentity), and the errors
that public issue reports quote.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from localcloud.identities import Identity
from localcloud.openapi.errors import ApiError

if TYPE_CHECKING:
    from localcloud.clock import Clock
    from localcloud.identities import Identities
    from localcloud.openapi.rpc import Call, Operation

VERSION = "2015-04-01"
SHORTEST_SESSION = 900
ARN = re.compile(r"acs:ram::(\d+):role/([A-Za-z0-9.@_-]{1,64})")
SESSION_NAME = re.compile(r"[A-Za-z0-9.@_-]{2,64}")


@dataclass(frozen=True, slots=True)
class Role:
    """A RAM role and whom it trusts."""

    arn: str
    trusted_principal: str
    """``acs:ram::UID:root`` for everyone of that account, or the ARN of one user or role of it."""
    external_id: str | None = None
    """What the caller has to name as ExternalId; None if nothing."""
    revoked: bool = False
    """The trust was taken back; sessions that began before live on until they expire."""
    max_session_seconds: int = 3600


class Sts:
    """The security token service."""

    def __init__(self, clock: Clock, identities: Identities) -> None:
        self._clock = clock
        self._identities = identities
        self._roles: dict[str, Role] = {}
        self._sessions: list[Identity] = []

    def add_role(self, role: Role) -> None:
        """Create a role, or replace it."""
        self._roles[role.arn] = role

    @property
    def roles(self) -> list[Role]:
        """All roles."""
        return list(self._roles.values())

    @property
    def sessions(self) -> list[Identity]:
        """Temporary keys that have not expired."""
        now = self._clock.now()
        self._sessions = [key for key in self._sessions if key.expires is not None and key.expires > now]
        return self._sessions

    def begin(self, session: Identity) -> None:
        """Let a temporary key call."""
        self._sessions.append(session)
        self._identities.add(session)

    def reset(self) -> None:
        """Forget all roles; temporary keys live on until they expire."""
        self._roles.clear()

    def operations(self) -> dict[str, Operation]:
        """Its actions."""
        return {"AssumeRole": self.assume_role, "GetCallerIdentity": self.get_caller_identity}

    def assume_role(self, call: Call) -> dict[str, Any]:
        """A temporary key of the role's account."""
        match = ARN.fullmatch(call.text("RoleArn"))
        if match is None:
            raise ApiError(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
        session = call.text("RoleSessionName")
        if SESSION_NAME.fullmatch(session) is None:
            raise ApiError(400, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
        role = self._role(match[0])
        self._trusts(role, call)
        seconds = call.integer("DurationSeconds", min(3600, role.max_session_seconds), low=0)
        if not SHORTEST_SESSION <= seconds <= role.max_session_seconds:
            raise ApiError(
                400,
                "InvalidParameter.DurationSeconds",
                f"The Min/Max value of DurationSeconds is 15min/{role.max_session_seconds // 60}min.",
            )
        return self._assumed(match[1], match[2], session, timedelta(seconds=seconds))

    def get_caller_identity(self, call: Call) -> dict[str, Any]:
        """Who the key belongs to."""
        identity = call.identity
        assumed = identity.security_token is not None
        number = f"3{identity.account_id[-15:]}"
        return {
            "AccountId": identity.account_id,
            "Arn": identity.arn,
            "IdentityType": "AssumedRoleUser" if assumed else "RAMUser",
            "PrincipalId": f"{number}:{identity.arn.rpartition('/')[2]}" if assumed else number,
            **({"RoleId": number} if assumed else {"UserId": number}),
        }

    def _role(self, arn: str) -> Role:
        role = self._roles.get(arn)
        if role is None:
            raise ApiError(404, "EntityNotExist.Role", f"The role not exists: {arn}.")
        return role

    def _trusts(self, role: Role, call: Call) -> None:
        caller = call.identity
        assumed = caller.arn.replace(":assumed-role/", ":role/").rpartition("/")[0]
        trusted = role.trusted_principal in {f"acs:ram::{caller.account_id}:root", caller.arn, assumed}
        known = role.external_id is None or call.optional("ExternalId") == role.external_id
        if role.revoked or not (trusted and known):
            raise ApiError(
                403, "NoPermission", "You are not authorized to do this action. You should be authorized by RAM."
            )

    def _assumed(self, account_id: str, role_name: str, session: str, duration: timedelta) -> dict[str, Any]:
        arn = f"acs:ram::{account_id}:assumed-role/{role_name}/{session}"
        # Whole seconds, as Expiration is written: the token must not outlive what it says.
        expires = self._clock.now().replace(microsecond=0) + duration
        identity = Identity(
            access_key_id=f"STS.{secrets.token_hex(12)}",
            access_key_secret=secrets.token_hex(22),
            account_id=account_id,
            arn=arn,
            security_token=secrets.token_urlsafe(450),
            expires=expires,
        )
        self.begin(identity)
        return {
            "AssumedRoleUser": {"Arn": arn, "AssumedRoleId": f"3{account_id[-15:]}:{session}"},
            "Credentials": {
                "AccessKeyId": identity.access_key_id,
                "AccessKeySecret": identity.access_key_secret,
                "SecurityToken": identity.security_token,
                "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
            },
        }
