"""Whose key signed a request, and whose account it is about; nothing is verified here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from localcloud.identities import Identities
    from localcloud.service import Received

_ACS3 = re.compile(r"\bCredential=([^,]+)")
_FC = re.compile(r"FC ([^:]+):")
_ROLE = re.compile(r"\bRoleArn=acs:ram::(\d+):role/")


def access_key_of(received: Received) -> str:
    """The id of the key that signed a request, by any of the four methods; empty if it says none."""
    authorization = received.headers.get("authorization", "")
    if found := _ACS3.search(authorization) or _FC.match(authorization):
        return found[1]
    if named := received.headers.get("x-ots-accesskeyid"):
        return named
    older = re.search(r"\bAccessKeyId=([^&]+)", received.query)
    return older[1] if older else ""


def account_of(received: Received, identities: Identities) -> str:
    """The account that a request acts on: the asked-for role's, else the key's; empty if unknown."""
    role = _ROLE.search(unquote(received.query))
    return role[1] if role else identities.owner(access_key_of(received))
