"""Function Compute 2.0: the functions in a service, as their own s.yaml says, and the handlers in the container."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from deployment.fc2.component import render
from shared.model import Level
from tests.agency import AUDIT, CHECK, DELIVER, ROOT, Agency
from tests.container import invoke, serving

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "arrears-alert"
CHECK_IN_SERVICE, DELIVER_IN_SERVICE, AUDIT_IN_SERVICE = (
    (f"{SERVICE}${function}", timer) for function, timer in (CHECK, DELIVER, AUDIT)
)
SET = {"ARREARS_ROLE": "acs:ram::1:role/arrears-alert-function", "ARREARS_IMAGE": "the-image"}


def put(agency: Agency, props: Mapping[str, Any], settings: Mapping[str, str]) -> None:
    """One function and its timer; the runtime of the local cloud takes the place of the container."""
    function, later = props["function"], props["function"]["asyncConfiguration"]
    (handler,) = json.loads(function["customContainerConfig"]["args"])
    body = {
        "name": function["name"],
        "service": props["service"]["name"],
        "code": str(ROOT / "functions"),
        "handler": handler,
        "runtime": "python3.10",
        "timeout": function["timeout"],
        "memory": function["memorySize"],
        "environment": {**function["environmentVariables"], **settings},
        "max_retries": later["maxAsyncRetryAttempts"],
        "async_task": later.get("statefulInvocation", False),
    }
    agency.cloud.control.functions("functions/put", body)
    for trigger in props["triggers"]:
        config = trigger["config"]
        timer = {"function": f"{body['service']}${body['name']}", "name": trigger["name"]}
        timer |= {"cron": config["cronExpression"], "payload": config["payload"], "enable": config["enable"]}
        agency.cloud.control.functions("timers/put", timer)


@pytest.fixture
def old(agency: Agency) -> Agency:
    """An agency all of whose functions lie in a service, as deployment/fc2/s.yaml says."""
    agency.cloud.control.request("POST", "/fc/reset", {})
    for service in render(ROOT / "deployment" / "fc2" / "s.yaml", SET)["services"].values():
        put(agency, service["props"], agency.environment | {"PYTHONPATH": str(ROOT)})
    return agency


def test_a_customer_whose_balance_runs_out_is_told_and_the_auditor_finds_all_well(old: Agency) -> None:
    account = old.watch(1, 1000)
    for _ in range(24):
        old.wait(hours=1)
        old.spend(account, 6)
        assert [one["outcome"] for one in old.fire(CHECK_IN_SERVICE)] == ["Succeeded"]
    assert old.level(account) is Level.WARNING
    for _ in range(2):
        assert [one["outcome"] for one in old.fire(DELIVER_IN_SERVICE)] == ["Succeeded"]
        old.wait(minutes=5)
    assert {(one.channel, one.about) for one in old.arrivals()} == {("sms", "warning"), ("mail", "warning")}
    (audit,) = old.fire(AUDIT_IN_SERVICE)
    assert audit["outcome"] == "Succeeded", audit["error"]


def test_a_check_that_fails_for_good_is_tried_as_often_as_the_file_says_and_kept(old: Agency) -> None:
    old.watch(1, 1000)
    old.cloud.control.add_fault("tablestore", "error", times=-1, code="OTSAuthFailed", status=403)
    ended = old.fire(CHECK_IN_SERVICE)
    assert [one["outcome"] for one in ended] == ["Failed"] * 4
    (letter,) = old.cloud.control.functions("dead-letters")["dead_letters"]
    assert (letter["function"], letter["attempts"]) == (CHECK_IN_SERVICE[0], 4)


def test_the_server_in_the_container_runs_the_check_with_the_keys_of_the_headers(agency: Agency) -> None:
    agency.now = datetime.now(UTC).replace(microsecond=0)
    agency.cloud.control.set_clock(agency.now, frozen=False)
    account = agency.watch(1, 1000)
    said = {"request-id": "r-1", "function-name": CHECK[0], "region": "cn-hangzhou", "account-id": "1"}
    keys = {"access-key-id": agency.cloud.access_key_id, "access-key-secret": agency.cloud.access_key_secret}
    event = json.dumps({"triggerTime": agency.now.isoformat(), "triggerName": "hourly", "payload": ""}).encode()
    settings = agency.environment | {"ARREARS_TIMEOUT": "600", "ARREARS_FC_SERVICE": SERVICE}
    with serving(f"{ROOT}:{ROOT / 'functions'}", "check_balances.handler", settings) as port:
        status, _, body = invoke(port, event, said | keys)
        refused, _, why = invoke(port, b"{}", said | keys)
    assert (status, json.loads(body)["read"]) == (200, 1)
    assert agency.state(account).alert.seen_at == agency.now
    assert (refused, json.loads(why)["errorType"]) == (404, "InvalidEvent")
