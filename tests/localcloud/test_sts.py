"""One account's key reads another account's balance, if that account lets it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alibabacloud_credentials.client import Client as CredentialClient
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import RamRoleArnCredentialsProvider
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.localcloud.sdk import Key, Untyped, assume, billing, key_of, sts

if TYPE_CHECKING:
    from tests.cloud import RunningCloud

CUSTOMER = "2000000000000002"
ROLE = f"acs:ram::{CUSTOMER}:role/arrears-reader"
HOUR = 3600


@pytest.fixture
def customer(cloud: RunningCloud) -> str:
    """A customer with 77 CNY whose role the agency may assume with ExternalId x-1."""
    open_customer(cloud)
    return CUSTOMER


def open_customer(cloud: RunningCloud, **more: object) -> None:
    cloud.control.open_accounts({"id": CUSTOMER, "balance": 77, "role_arn": ROLE, "external_id": "x-1", **more})


def available(cloud: RunningCloud, key: Key) -> Untyped:
    return billing(cloud, key).query_account_balance().body.data.available_amount


def test_an_assumed_role_reads_its_own_accounts_balance(cloud: RunningCloud, customer: str) -> None:
    assert available(cloud, assume(cloud, ROLE, "x-1")) == "77.00"


def test_the_credentials_package_gets_its_keys_with_the_older_signature(cloud: RunningCloud, customer: str) -> None:
    provider = RamRoleArnCredentialsProvider(
        access_key_id=cloud.access_key_id,
        access_key_secret=cloud.access_key_secret,
        role_arn=ROLE,
        role_session_name="alert",
        external_id="x-1",
        sts_endpoint=f"http://{cloud.openapi}",
    )
    credential = CredentialClient(provider=provider).get_credential()
    key = Key(credential.access_key_id, credential.access_key_secret, credential.security_token)
    assert available(cloud, key) == "77.00"


@pytest.mark.parametrize("external_id", [None, "x-2"])
def test_a_wrong_external_id_is_refused(cloud: RunningCloud, customer: str, external_id: str | None) -> None:
    with pytest.raises(ClientException) as caught:
        assume(cloud, ROLE, external_id)
    assert (caught.value.status_code, caught.value.code) == (403, "NoPermission")


def test_the_credentials_package_reports_a_refusal(cloud: RunningCloud, customer: str) -> None:
    provider = RamRoleArnCredentialsProvider(
        access_key_id=cloud.access_key_id,
        access_key_secret=cloud.access_key_secret,
        role_arn=ROLE,
        role_session_name="alert",
        sts_endpoint=f"http://{cloud.openapi}",
    )
    with pytest.raises(CredentialException, match="NoPermission"):
        provider.get_credentials()


@pytest.mark.parametrize("change", [{"revoked": True}, {"trusted_principal": "acs:ram::999:root"}])
def test_a_role_that_does_not_trust_the_caller_is_refused(cloud: RunningCloud, change: dict[str, object]) -> None:
    open_customer(cloud, **change)
    with pytest.raises(ClientException) as caught:
        assume(cloud, ROLE, "x-1")
    assert caught.value.code == "NoPermission"


def test_a_role_may_trust_one_role_alone(cloud: RunningCloud) -> None:
    function_role = f"acs:ram::{cloud.account_id}:role/function"
    cloud.control.open_accounts({"id": cloud.account_id, "role_arn": function_role})
    open_customer(cloud, trusted_principal=function_role)
    with pytest.raises(ClientException):
        assume(cloud, ROLE, "x-1")
    assert available(cloud, assume(cloud, ROLE, "x-1", key=assume(cloud, function_role))) == "77.00"


def test_a_session_outlives_the_revocation_of_its_role(cloud: RunningCloud, customer: str) -> None:
    key = assume(cloud, ROLE, "x-1")
    open_customer(cloud, revoked=True)
    assert available(cloud, key) == "77.00"


def test_a_role_that_is_not_there_is_named(cloud: RunningCloud) -> None:
    with pytest.raises(ClientException) as caught:
        assume(cloud, "acs:ram::3:role/none")
    assert (caught.value.status_code, caught.value.code) == (404, "EntityNotExist.Role")
    assert "acs:ram::3:role/none" in caught.value.message


@pytest.mark.parametrize(
    ("arn", "seconds", "code"),
    [
        (ROLE, 899, "InvalidParameter.DurationSeconds"),
        (ROLE, 3601, "InvalidParameter.DurationSeconds"),
        ("role/arrears-reader", 900, "InvalidParameter.RoleArn"),
        ("", 900, "MissingRoleArn"),
    ],
)
def test_malformed_requests_are_refused(cloud: RunningCloud, customer: str, arn: str, seconds: int, code: str) -> None:
    with pytest.raises(ClientException) as caught:
        assume(cloud, arn, "x-1", seconds)
    assert caught.value.code == code


def test_a_temporary_key_ends_with_its_time(cloud: RunningCloud, customer: str) -> None:
    cloud.control.set_clock(datetime(2026, 3, 1, 0, 0, 0, 500_000, tzinfo=UTC))
    key = assume(cloud, ROLE, "x-1", 900)
    cloud.control.advance(899)
    assert available(cloud, key) == "77.00"
    cloud.control.advance(0.5)
    with pytest.raises(ClientException) as caught:
        available(cloud, key)
    assert caught.value.code == "InvalidSecurityToken.Expired"


def test_a_temporary_key_without_its_token_is_refused(cloud: RunningCloud, customer: str) -> None:
    key = assume(cloud, ROLE, "x-1")
    for token in (None, "other"):
        with pytest.raises(ClientException) as caught:
            available(cloud, Key(key.access_key_id, key.access_key_secret, token))
        assert caught.value.code == "InvalidSecurityToken.Malformed"


def test_get_caller_identity_tells_whose_key_it_is(cloud: RunningCloud, customer: str) -> None:
    agency = sts(cloud, key_of(cloud)).get_caller_identity().body
    assumed = sts(cloud, assume(cloud, ROLE, "x-1")).get_caller_identity().body
    assert (agency.account_id, agency.identity_type) == (cloud.account_id, "RAMUser")
    assert (assumed.account_id, assumed.identity_type) == (CUSTOMER, "AssumedRoleUser")
    assert assumed.arn == f"acs:ram::{CUSTOMER}:assumed-role/arrears-reader/test"
