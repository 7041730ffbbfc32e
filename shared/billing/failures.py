"""What a failed billing or STS call means for the account: by the provider's code, not by the HTTP status.

Source: the error codes of QueryAccountBalance (help.aliyun.com/document_detail/87997.html), whose documentation sends
even InternalError with status 400, and those of AssumeRole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import AccessRevoked, Throttled, UnexpectedAnswer, Unreachable, Unreadable
from shared.openapi import SERVER_ERROR, CallFailed, Rejected, Unanswered

if TYPE_CHECKING:
    from shared.model import Account

EXPIRED = ("InvalidSecurityToken.Expired", "SecurityTokenExpired")
"""The token of an assumed role is past its time: a new one cures it."""

# Beginnings of codes.
_PROVIDER_FAILED = ("InternalError", "UndefinedError", "ServiceUnavailable")
_NO_ENTRY = ("NoPermission", "NotAuthorized", "NotApplicable", "Forbidden", "InvalidOwner", "EntityNotExist",
             "InvalidAccessKeyId", "InvalidSecurityToken", "SecurityTokenExpired", "AuthenticationFail")  # fmt: skip
_ROLE_NOT_USABLE = ("InvalidParameter",)


def unreadable(failure: CallFailed, account: Account) -> Unreadable:
    """The error of our own for a failed reading of ``account``."""
    return _kind(failure, _NO_ENTRY)(f"account {account.account_id}: {failure}")


def not_assumed(failure: CallFailed, account: Account) -> Unreadable:
    """The error of our own for a role that could not be assumed.

    We send the role's ARN and external id, so that a parameter that STS does not like is the customer's entry, too.
    """
    return _kind(failure, _NO_ENTRY + _ROLE_NOT_USABLE)(f"account {account.account_id}: role not assumed: {failure}")


def _kind(failure: CallFailed, no_entry: tuple[str, ...]) -> type[Unreadable]:
    if isinstance(failure, Unanswered):
        return Unreachable
    if not isinstance(failure, Rejected):
        return UnexpectedAnswer
    if failure.throttled or failure.code.startswith("Throttling"):
        return Throttled
    if failure.code.startswith(_PROVIDER_FAILED) or failure.status >= SERVER_ERROR:
        return Unreachable
    return AccessRevoked if failure.code.startswith(no_entry) else UnexpectedAnswer
