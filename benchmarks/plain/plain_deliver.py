"""What is due in Tablestore, by SMS and mail: the SDK's clients, imported plainly."""

from __future__ import annotations

import json
import os
from typing import Any

import tablestore
from alibabacloud_dm20151123.client import Client as Mail
from alibabacloud_dm20151123.models import SingleSendMailRequest
from alibabacloud_dysmsapi20170525.client import Client as Sms
from alibabacloud_dysmsapi20170525.models import SendSmsRequest
from alibabacloud_tea_openapi.utils_models import Config


def handler(event: bytes, context: Any) -> str:  # noqa: ANN401, ARG001 -- as the platform calls it
    """How many were sent; event: {sms: [SendSmsRequest's fields], mail: [SingleSendMailRequest's fields]}."""
    due = json.loads(event)
    store = tablestore.OTSClient(
        os.environ["ARREARS_TABLESTORE_ENDPOINT"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        os.environ["ARREARS_TABLESTORE_INSTANCE"],
    )
    bounds = [("message_id", tablestore.INF_MIN)], [("message_id", tablestore.INF_MAX)]
    store.get_range("arrears_outbox", "FORWARD", *bounds, max_version=1)
    sms, mail = Sms(_config("SMS")), Mail(_config("MAIL"))
    for fields in due["sms"]:
        sms.send_sms(SendSmsRequest(**fields))
    for fields in due["mail"]:
        mail.single_send_mail(SingleSendMailRequest(**fields))
    return str(len(due["sms"]) + len(due["mail"]))


def _config(service: str) -> Config:
    scheme, _, host = os.environ[f"ARREARS_{service}_ENDPOINT"].partition("://")
    return Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint=host,
        protocol=scheme,
    )
