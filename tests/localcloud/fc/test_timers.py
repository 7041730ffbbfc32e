from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.localcloud.fc.conftest import Cloud


@pytest.fixture
def record(cloud: Cloud, tmp_path: Path) -> Path:
    """A function that writes down request id, time and event of each run."""
    path = tmp_path / "record"
    cloud.put(handler="index.record", environment={"RECORD": str(path)})
    return path


def put(cloud: Cloud, name: str, cron: str, **settings: object) -> dict[str, Any]:
    return cloud.control("timers/put", function="worker", name=name, cron=cron, **settings)


def lines(record: Path) -> list[list[str]]:
    return [line.split(" ", 2) for line in record.read_text().splitlines()]


def test_event_to_the_letter(cloud: Cloud, record: Path) -> None:
    put(cloud, "timer-trigger", "0 49 7 * * *", payload="awesome-fc")
    cloud.control("timers/fire", function="worker", name="timer-trigger", at="2023-12-26T15:49:00+08:00")
    event = lines(record)[0][2]
    assert event == '{"triggerTime":"2023-12-26T07:49:00Z","triggerName":"timer-trigger","payload":"awesome-fc"}'


def test_fired_twice(cloud: Cloud, record: Path) -> None:
    put(cloud, "hourly", "0 0 * * * *")
    reply = cloud.control("timers/fire", function="worker", name="hourly", at="2026-01-01T00:00:00Z", times=2)
    assert [row["outcome"] for row in reply["executions"]] == ["Succeeded", "Succeeded"]
    first, second = lines(record)
    assert first[2] == second[2]
    assert first[0] != second[0]


def test_fired_twice_at_the_same_time(cloud: Cloud, record: Path) -> None:
    put(cloud, "hourly", "0 0 * * * *")
    cloud.control("timers/fire", function="worker", name="hourly", times=2, overlap=True)
    first, second = lines(record)
    assert first[2] == second[2]


def test_failed_firing_is_retried_and_every_run_reported(cloud: Cloud) -> None:
    cloud.put()
    put(cloud, "hourly", "0 0 * * * *", payload="{}")
    reply = cloud.control("timers/fire", function="worker", name="hourly")
    assert [row["attempt"] for row in reply["executions"]] == [1, 2, 3, 4]
    assert {row["error_type"] for row in reply["executions"]} == {"KeyError"}
    assert json.loads(reply["executions"][0]["error"])["errorMessage"] == "'do'"


def test_clock_runs_from_firing_to_firing(cloud: Cloud, record: Path) -> None:
    cloud.clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    put(cloud, "check", "0 0 * * * *")
    put(cloud, "deliver", "@every 40m")
    put(cloud, "digest", "CRON_TZ=Asia/Shanghai 0 0 10 * * *")
    put(cloud, "off", "0 * * * * *", enable=False)
    reply = cloud.control("timers/run", until="2026-01-01T02:10:00Z")
    events = [json.loads(line[2]) for line in lines(record)]
    assert [(event["triggerTime"][11:16], event["triggerName"]) for event in events] == [
        ("00:40", "deliver"),
        ("01:00", "check"),
        ("01:20", "deliver"),
        ("02:00", "check"),
        ("02:00", "deliver"),
        ("02:00", "digest"),
    ]
    moments = [datetime.fromisoformat(event["triggerTime"]).timestamp() for event in events]
    assert [float(line[1]) for line in lines(record)] == moments
    assert reply["now"] == "2026-01-01T02:10:00+00:00"
    assert [row["times"] for row in reply["fired"]] == [2, 3, 1, 0]
    assert reply["failed"] == []


def test_running_again_goes_on_where_it_stopped(cloud: Cloud, record: Path) -> None:
    cloud.clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    put(cloud, "check", "0 0 * * * *")
    cloud.control("timers/run", until="2026-01-01T01:00:00Z")
    cloud.control("timers/run", until="2026-01-01T02:00:00Z")
    assert [json.loads(line[2])["triggerTime"] for line in lines(record)] == [
        "2026-01-01T01:00:00Z",
        "2026-01-01T02:00:00Z",
    ]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"cron": "0 0 * * *"}, "6 fields"),
        ({"payload": {"a": 1}}, "strings"),
        ({"payload": "x" * 131_073}, "128 KB"),
        ({"cronExpression": "0 0 * * * *"}, "unknown settings of a timer"),
    ],
)
def test_timer_settings(cloud: Cloud, settings: dict[str, Any], reason: str) -> None:
    cloud.put()
    with pytest.raises(ValueError, match=reason):
        put(cloud, "hourly", **({"cron": "0 0 * * * *"} | settings))


def test_timer_of_no_function(cloud: Cloud) -> None:
    with pytest.raises(LookupError, match="no function 'worker'"):
        put(cloud, "hourly", "0 0 * * * *")


CALLER = """
import json, os, fc2

def handler(event, context):
    client = fc2.Client(
        endpoint=os.environ["ENDPOINT"],
        accessKeyID=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        accessKeySecret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        securityToken=os.environ["ALIBABA_CLOUD_SECURITY_TOKEN"],
    )
    for bucket in range(3):
        client.invoke_function("alerts", "worker", str(bucket).encode(), {"x-fc-invocation-type": "Async"})
"""


def test_what_a_firing_queued_runs_before_the_next_firing(cloud: Cloud, tmp_path: Path) -> None:
    (cloud.code / "caller.py").write_text(CALLER)
    cloud.extra["ENDPOINT"] = f"http://127.0.0.1:{cloud.port}"
    path = tmp_path / "record"
    cloud.put(service="alerts", handler="index.record", environment={"RECORD": str(path)}, instances=1)
    cloud.put("caller", handler="caller.handler")
    cloud.clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    cloud.control("timers/put", function="caller", name="hourly", cron="0 0 * * * *")
    assert cloud.control("timers/run", until="2026-01-01T02:00:00Z")["failed"] == []
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    runs = [((float(moment) - start) // 3600, event) for _, moment, event in lines(path)]
    assert runs == [(hour, bucket) for hour in (1, 2) for bucket in ("0", "1", "2")]


def test_reset_forgets_everything(cloud: Cloud, record: Path) -> None:
    put(cloud, "hourly", "0 0 * * * *")
    cloud.control("timers/fire", function="worker", name="hourly")
    cloud.control("reset")
    assert cloud.control("functions/list") == {"functions": []}
    assert cloud.control("timers/list") == {"timers": []}
    assert cloud.control("invocations") == {"invocations": []}
    cloud.put()
    assert cloud.control("logs", function="worker") == {"lines": []}
