"""The vendor's clients, pointed at a local cloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alibabacloud_bssopenapi20171214.client import Client as BssClient
from alibabacloud_dm20151123.client import Client as MailClient
from alibabacloud_dysmsapi20170525.client import Client as SmsClient
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.utils_models import Config

if TYPE_CHECKING:
    from tests.cloud import RunningCloud

Untyped = Any
"""What the vendor's packages are made of: they carry no type information."""


@dataclass(frozen=True, slots=True)
class Key:
    """What signs."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None = None


def key_of(cloud: RunningCloud) -> Key:
    """The agency's permanent key."""
    return Key(cloud.access_key_id, cloud.access_key_secret)


def config(cloud: RunningCloud, key: Key | None = None, **more: Untyped) -> Untyped:
    """A configuration for any of the clients."""
    key = key or key_of(cloud)
    return Config(
        access_key_id=key.access_key_id,
        access_key_secret=key.access_key_secret,
        security_token=key.security_token,
        endpoint=cloud.openapi,
        **{"protocol": "http", "read_timeout": 5000} | more,
    )


def billing(cloud: RunningCloud, key: Key | None = None, **more: Untyped) -> Untyped:
    """BssOpenApi 2017-12-14."""
    return BssClient(config(cloud, key, **more))


def sts(cloud: RunningCloud, key: Key | None = None, **more: Untyped) -> Untyped:
    """STS 2015-04-01."""
    return StsClient(config(cloud, key, **more))


def sms(cloud: RunningCloud, key: Key | None = None, **more: Untyped) -> Untyped:
    """Dysmsapi 2017-05-25."""
    return SmsClient(config(cloud, key, **more))


def mail(cloud: RunningCloud, key: Key | None = None) -> Untyped:
    """DirectMail 2015-11-23."""
    return MailClient(config(cloud, key))


def stranger(cloud: RunningCloud) -> Key:
    """A key of an account that is not the agency's."""
    role = "acs:ram::2000000000000009:role/stranger"
    cloud.control.open_accounts({"id": "2000000000000009", "role_arn": role})
    return assume(cloud, role)


def assume(
    cloud: RunningCloud,
    role_arn: str,
    external_id: str | None = None,
    seconds: int | None = None,
    key: Key | None = None,
) -> Key:
    """A temporary key, by the agency's own one or ``key``."""
    request = sts_models.AssumeRoleRequest(
        role_arn=role_arn, role_session_name="test", external_id=external_id, duration_seconds=seconds
    )
    credentials = sts(cloud, key).assume_role(request).body.credentials
    return Key(credentials.access_key_id, credentials.access_key_secret, credentials.security_token)
