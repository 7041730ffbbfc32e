"""One account's balance, read with its role, and its row in Tablestore: the SDK's clients, imported plainly."""

from __future__ import annotations

import json
import os
from typing import Any

import tablestore
from alibabacloud_bssopenapi20171214.client import Client as Bss
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_sts20150401.models import AssumeRoleRequest
from alibabacloud_tea_openapi.utils_models import Config


def handler(event: bytes, context: Any) -> str:  # noqa: ANN401, ARG001 -- as the platform calls it
    """The balance as it was answered; event: {account_id, role_arn, external_id}."""
    account = json.loads(event)
    keys = _keys()
    role = AssumeRoleRequest(
        role_arn=account["role_arn"], role_session_name="plain", external_id=account["external_id"]
    )
    given = Sts(_config("STS", *keys)).assume_role(role).body.credentials
    key, secret, token = given.access_key_id, given.access_key_secret, given.security_token
    data = Bss(_config("BSS", key, secret, token)).query_account_balance().body.data
    store = tablestore.OTSClient(
        os.environ["ARREARS_TABLESTORE_ENDPOINT"],
        keys[0],
        keys[1],
        os.environ["ARREARS_TABLESTORE_INSTANCE"],
        sts_token=keys[2],
    )
    store.get_row("arrears_account_states", [("hash", "0000"), ("account_id", account["account_id"])], max_version=1)
    return str(data.available_amount)


def _keys() -> tuple[str, str, str | None]:
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    return os.environ[names[0]], os.environ[names[1]], os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN")


def _config(service: str, key: str, secret: str, token: str | None) -> Config:
    scheme, _, host = os.environ[f"ARREARS_{service}_ENDPOINT"].partition("://")
    return Config(access_key_id=key, access_key_secret=secret, security_token=token, endpoint=host, protocol=scheme)
