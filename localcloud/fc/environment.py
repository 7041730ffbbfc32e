"""What a new instance finds in its environment, and for how long its credentials last."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from localcloud.identities import Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.clock import Clock
    from localcloud.fc.functions import Function
    from localcloud.identities import Identities


@dataclass(frozen=True, slots=True)
class NewEnvironment:
    """Called once for each cold start.

    A process cannot be given new credentials from outside, so an instance whose credentials ended is replaced.
    """

    clock: Clock
    identities: Identities
    account_id: str
    region: str
    extra: Callable[[], dict[str, str]]
    """What the platform injects besides; a function's own settings win over it."""

    def __call__(self, function: Function) -> tuple[dict[str, str], datetime]:
        """The environment, and when its credentials end."""
        expires = self.clock.now() + timedelta(hours=function.credential_hours)
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            **self.extra(),
            **function.environment,
            **self._about(function),
            **self._credentials(function, expires),
        }, expires

    def _about(self, function: Function) -> dict[str, str]:
        return {
            "FC_ACCOUNT_ID": self.account_id,
            "FC_FUNC_CODE_PATH": str(function.code),
            "FC_FUNCTION_HANDLER": function.handler,
            "FC_FUNCTION_MEMORY_SIZE": str(function.memory),
            "FC_FUNCTION_NAME": function.name,
            "FC_INSTANCE_ID": f"c-{secrets.token_hex(4)}-{secrets.token_hex(6)}",
            "FC_QUALIFIER": "LATEST",
            "FC_REGION": self.region,
            "FC_RUNTIME": function.runtime,
            "FC_RUNTIME_VERSION": function.runtime,
            "FC_SERVICE_NAME": function.service or "",
            "FC_TIMEOUT": f"{function.timeout:g}",
            "FC_VER_ID": "LATEST",
        }

    def _credentials(self, function: Function, expires: datetime) -> dict[str, str]:
        key, secret, token = f"STS.{secrets.token_hex(12)}", secrets.token_hex(22), secrets.token_hex(64)
        arn = f"acs:ram::{self.account_id}:assumed-role/{function.role}/{function.name}"
        self.identities.add(Identity(key, secret, self.account_id, arn, token, expires))
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": key,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": token,
        }
