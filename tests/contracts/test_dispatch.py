"""The port Dispatch on all three adapters: this invocation, and the two APIs of Function Compute by the real SDKs."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared.app.event import parse_check_event
from shared.buckets import Bucket, BucketRun
from shared.dispatch import Handover, HandOverLater, HandOverRefused, NotHandedOver
from shared.dispatch.fc2 import Fc2Dispatch
from shared.dispatch.fc3 import Fc3Dispatch
from shared.dispatch.inline import InlineDispatch
from shared.keys import Credentials
from shared.openapi import Timeouts
from tests.cloud import free_port
from tests.contracts.canned import answering

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.dispatch import Dispatch
    from tests.cloud import RunningCloud

NOW = datetime(2026, 3, 2, 0, 7, tzinfo=UTC)
RUN = BucketRun(NOW, Bucket("4000", "8000"))
QUICK = Timeouts(connect_ms=500, read_ms=300)
CODE = "def handler(event, context):\n    with open('runs', 'ab') as file: file.write(event + b'\\n')\n"
SERVICE, FUNCTION = "arrears-alert", "check"
SECRET, TOKEN = "a-secret-that-nobody-may-see", "a-token-that-nobody-may-see"


@dataclass
class World:
    """One adapter, and what was looked at through it."""

    dispatch: Dispatch
    seen: Callable[[], list[BucketRun]]


@dataclass
class Here:
    """What this invocation looked at."""

    runs: list[BucketRun] = field(default_factory=list)

    def look(self, run: BucketRun) -> None:
        self.runs.append(run)


def remote(api: str, url: str, key: Credentials, function: str = FUNCTION) -> Dispatch:
    """An adapter to Function Compute."""
    if api == "fc2":
        return Fc2Dispatch(key, url, SERVICE, function, QUICK)
    return Fc3Dispatch(key, url, function, QUICK)


def key_of(cloud: RunningCloud) -> Credentials:
    return Credentials(cloud.access_key_id, cloud.access_key_secret)


@pytest.fixture
def code(cloud: RunningCloud, tmp_path: Path) -> Path:
    """The folder of a function, deployed in both ways, that writes down what it is started with."""
    (tmp_path / "index.py").write_text(CODE)
    function = {"name": FUNCTION, "code": str(tmp_path), "handler": "index.handler", "async_task": True}
    cloud.control.functions("functions/put", function)
    cloud.control.functions("functions/put", function | {"service": SERVICE})
    return tmp_path


@pytest.fixture(params=["inline", "fc3", "fc2"])
def world(request: pytest.FixtureRequest, cloud: RunningCloud, code: Path) -> World:
    if request.param == "inline":
        here = Here()
        return World(InlineDispatch(here.look), lambda: here.runs)

    def seen() -> list[BucketRun]:
        cloud.control.functions("queue/drain")
        return [_read(line) for line in (code / "runs").read_bytes().splitlines()]

    return World(remote(request.param, cloud.fc, key_of(cloud)), seen)


@pytest.fixture(params=["fc3", "fc2"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def dispatch(api: str, cloud: RunningCloud, code: Path) -> Dispatch:
    return remote(api, cloud.fc, key_of(cloud))


def _read(line: bytes) -> BucketRun:
    run = parse_check_event(line)
    assert isinstance(run, BucketRun)
    return run


# ---------------------------------------------------------------- what holds for all three


def test_a_bucket_that_is_taken_is_looked_at_as_it_was_handed_over(world: World) -> None:
    assert world.dispatch.hand_over(RUN) is Handover.TAKEN
    assert world.seen() == [RUN]


def test_the_same_part_of_the_same_run_is_looked_at_once(world: World) -> None:
    assert [world.dispatch.hand_over(RUN) for _ in range(3)] == [Handover.TAKEN, Handover.BEFORE, Handover.BEFORE]
    assert world.seen() == [RUN]


def test_other_buckets_and_other_hours_are_other_parts(world: World) -> None:
    runs = [RUN, BucketRun(NOW, Bucket("8000", "g")), BucketRun(NOW.replace(hour=1), RUN.bucket)]
    assert [world.dispatch.hand_over(run) for run in runs] == [Handover.TAKEN] * 3
    assert sorted(run.task_id for run in world.seen()) == sorted(run.task_id for run in runs)


# ---------------------------------------------------------------- what may go wrong on the way


@pytest.mark.parametrize(
    ("kind", "refusal", "status"),
    [
        ("error", "ResourceThrottled", 429),
        ("error", "ResourceExhausted", 429),
        ("error", "InternalServerError", 500),
        ("error", "ServiceUnavailable", 503),
        ("reset_before", "", 0),
        ("hang", "", 0),
        ("html", "", 0),
    ],
)
def test_what_may_pass_is_worth_another_try(
    cloud: RunningCloud, dispatch: Dispatch, kind: str, refusal: str, status: int
) -> None:
    cloud.control.add_fault("fc", kind, code=refusal, status=status)
    with pytest.raises(HandOverLater):
        dispatch.hand_over(RUN)
    assert dispatch.hand_over(RUN) is Handover.TAKEN


@pytest.mark.parametrize("kind", ["reset_after", "hang_after", "error_after", "truncated"])
def test_a_bucket_whose_answer_was_lost_is_known_as_taken_at_the_next_try(
    cloud: RunningCloud, code: Path, dispatch: Dispatch, kind: str
) -> None:
    cloud.control.add_fault("fc", kind)
    with pytest.raises(HandOverLater):
        dispatch.hand_over(RUN)
    assert dispatch.hand_over(RUN) is Handover.BEFORE
    cloud.control.functions("queue/drain")
    assert len((code / "runs").read_bytes().splitlines()) == 1


def test_a_function_that_is_not_there_has_to_be_mended(api: str, cloud: RunningCloud, code: Path) -> None:
    with pytest.raises(HandOverRefused, match="FunctionNotFound"):
        remote(api, cloud.fc, key_of(cloud), "another").hand_over(RUN)


@pytest.mark.parametrize(("refusal", "status"), [("AccessDenied", 403), ("InvalidArgument", 400)])
def test_a_permission_that_is_missing_has_to_be_mended(
    cloud: RunningCloud, dispatch: Dispatch, refusal: str, status: int
) -> None:
    cloud.control.add_fault("fc", "error", code=refusal, status=status)
    with pytest.raises(HandOverRefused, match=refusal):
        dispatch.hand_over(RUN)


def test_a_wrong_key_has_to_be_mended(api: str, cloud: RunningCloud, code: Path) -> None:
    with pytest.raises(HandOverRefused):
        remote(api, cloud.fc, Credentials(cloud.access_key_id, "wrong")).hand_over(RUN)


def test_nobody_there_is_told_at_once(api: str) -> None:
    started = time.monotonic()
    with pytest.raises(HandOverLater):
        remote(api, f"http://127.0.0.1:{free_port()}", Credentials("id", SECRET, TOKEN)).hand_over(RUN)
    assert time.monotonic() - started < 5, "the packages' own tries would take half a minute"


# ---------------------------------------------------------------- what must not be seen


@pytest.mark.parametrize("trouble", ["refused", "not there", "not JSON"])
def test_neither_logs_nor_errors_show_a_key(
    api: str, cloud: RunningCloud, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    url = f"http://127.0.0.1:{free_port()}" if trouble == "not there" else cloud.fc
    if trouble == "not JSON":
        cloud.control.add_fault("fc", "html")
    with caplog.at_level(logging.DEBUG), pytest.raises(NotHandedOver) as caught:
        remote(api, url, Credentials("the-id", SECRET, TOKEN)).hand_over(RUN)
    chain: list[Any] = [caught.value, caught.value.__cause__]
    seen = caplog.text + "".join(f"{error!s} {error!r}" for error in chain)
    assert SECRET not in seen
    assert TOKEN not in seen
    assert "Authorization" not in seen
    assert "authorization" not in seen


def test_any_success_is_a_bucket_that_was_taken(api: str) -> None:
    with answering([1]) as url:
        assert remote(api, url, Credentials("id", SECRET)).hand_over(RUN) is Handover.TAKEN


def test_an_event_is_json_of_two_keys() -> None:
    assert json.loads(RUN.as_event()) == {"triggerTime": "2026-03-02T00:07:00+00:00", "bucket": ["4000", "8000"]}
