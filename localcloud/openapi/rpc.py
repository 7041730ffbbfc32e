"""Services in RPC style: one action per request, parameters in the query string or a form, JSON back.

The gateway's general errors are worded as public error reports quote them; see the README for what is doubtful.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from localcloud.identities import IdentityError
from localcloud.openapi.errors import ApiError
from localcloud.openapi.signature import FORM
from localcloud.service import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.identities import Identity
    from localcloud.openapi.signature import Verifier
    from localcloud.service import Received


OK = 200
STATUSES = {"InvalidAccessKeyId.NotFound": 404}
"""HTTP statuses of refused keys and signatures; 400 for the others."""


@dataclass(frozen=True, slots=True)
class Call:
    """A verified request: its parameters, and who made it."""

    parameters: dict[str, str]
    identity: Identity

    def text(self, name: str) -> str:
        """A mandatory parameter.

        Raises:
            ApiError: ``Missing<name>``, as the gateway names it.
        """
        value = self.parameters.get(name, "")
        if not value:
            raise ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")
        return value

    def optional(self, name: str, default: str = "") -> str:
        """A parameter that may be left out."""
        return self.parameters.get(name, default)

    def integer(self, name: str, default: int | None = None, *, low: int = 1, high: int = 2**31) -> int:
        """A whole number from ``low`` to ``high``; mandatory without a default.

        Raises:
            ApiError: Missing, not a number, or out of range (``InvalidParameter``).
        """
        if default is not None and not self.parameters.get(name):
            return default
        try:
            value = int(self.text(name))
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ApiError(400, "InvalidParameter", f"The specified parameter {name} is not valid.")
        return value

    def flag(self, name: str) -> bool:
        """A boolean; the Python SDK writes True and False."""
        return self.optional(name).lower() == "true"


Operation = Callable[[Call], dict[str, Any]]
"""What an action does; it returns the reply's body without ``RequestId``."""


class RpcService:
    """One product of the gateway: a version and the actions it has."""

    def __init__(self, name: str, version: str, operations: Mapping[str, Operation], verifier: Verifier) -> None:
        self.name = name
        self.version = version
        self._operations = operations
        self._verifier = verifier

    def operation(self, received: Received) -> str:
        """The action named in the header or among the parameters."""
        return action_and_version(received)[0]

    async def answer(self, received: Received) -> Reply:
        """Verify, apply, reply."""
        try:
            return json_reply(OK, self._apply(received))
        except ApiError as error:
            return self._error(error)

    def refuse(self, received: Received, status: int, code: str, message: str) -> Reply:
        """An error reply that a fault rule asks for."""
        del received  # all actions word their errors alike
        return self._error(ApiError(status, code, message))

    def _apply(self, received: Received) -> dict[str, Any]:
        parameters = parameters_of(received)
        operation = self._operations.get(self.operation(received))
        if operation is None:
            raise ApiError(
                404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."
            )
        try:
            identity = self._verifier.verify(received, parameters)
        except IdentityError as error:
            raise ApiError(STATUSES.get(error.code, 400), error.code, error.message) from error
        return operation(Call(parameters, identity))

    def _error(self, error: ApiError) -> Reply:
        body: dict[str, Any] = {"Code": error.code, "Message": error.message}
        if error.status == OK or self.name == "bss":
            body["Success"] = False
        if error.status != OK:
            body["HostId"] = f"{self.name}.localcloud"
            body["Recommend"] = f"https://api.aliyun.com/troubleshoot?q={error.code}"
        return json_reply(error.status, body)


class Gateway:
    """The products behind one endpoint, told apart by their version."""

    def __init__(self, services: list[RpcService], verifier: Verifier) -> None:
        self._by_version = {service.version: service for service in services}
        self._unknown = RpcService("openapi", "", {}, verifier)
        self._verifier = verifier

    def find(self, received: Received) -> RpcService:
        """The product that ``received`` is for; one without any action if there is none of that version."""
        return self._by_version.get(action_and_version(received)[1], self._unknown)

    def forgive(self, received: Received) -> None:
        """Let the nonce of ``received`` be used once more."""
        nonce = received.headers.get("x-acs-signature-nonce") or parameters_of(received).get("SignatureNonce", "")
        self._verifier.forgive(nonce)


def action_and_version(received: Received) -> tuple[str, str]:
    """Action and version, from the headers (ACS3) or the parameters (older signature); empty if not given."""
    headers = received.headers
    if "x-acs-action" in headers:
        return headers["x-acs-action"], headers.get("x-acs-version", "")
    parameters = parameters_of(received)
    return parameters.get("Action", ""), parameters.get("Version", "")


def parameters_of(received: Received) -> dict[str, str]:
    """The parameters of the query string and of a form body, decoded."""
    pairs = parse_qsl(received.query, keep_blank_values=True) if received.query else []
    if received.body and received.headers.get("content-type", FORM).startswith(FORM):
        pairs += parse_qsl(received.body.decode(errors="replace"), keep_blank_values=True)
    return dict(pairs)


def json_reply(status: int, body: dict[str, Any]) -> Reply:
    """A JSON reply with a fresh ``RequestId``."""
    digits = os.urandom(16).hex().upper()
    request_id = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    text = json.dumps({"RequestId": request_id} | body, ensure_ascii=False)
    headers = {"Content-Type": "application/json;charset=utf-8", "x-acs-request-id": request_id}
    return Reply(status, text.encode(), headers)
