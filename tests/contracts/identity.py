"""The cheapest call that is signed: who are we?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alibabacloud_sts20150401.client import Client

from shared.keys import Credentials
from shared.openapi import call, client_config

if TYPE_CHECKING:
    from tests.cloud import RunningCloud


def who_are_we(cloud: RunningCloud) -> str:
    """The account that the cloud takes us for."""
    scheme = "http" if cloud.ca is None else "https"
    key = Credentials(cloud.access_key_id, cloud.access_key_secret)
    client = Client(client_config(key, f"{scheme}://{cloud.openapi}"))
    return str(call(client.get_caller_identity_with_options).account_id)
