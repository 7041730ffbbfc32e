"""``python -m localcloud up``: its options, its first line, its end."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from localcloud.__main__ import main
from tests.cloud import running_cloud
from tests.localcloud.sdk import billing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cloud import RunningCloud


def test_with_tls_it_serves_what_its_certificate_signs(tmp_path: Path) -> None:
    with running_cloud("--tls") as cloud:
        assert (cloud.tablestore[:8], cloud.fc[:8]) == ("https://", "https://")
        cloud.control.open_accounts({"id": cloud.account_id, "balance": 5})
        reply = billing(cloud, protocol="https", ca=cloud.ca).query_account_balance()
        assert reply.body.data.available_amount == "5.00"


def test_with_a_clock_it_starts_at_that_time_and_stands_still() -> None:
    with running_cloud("--clock", "2026-03-01T08:00+08:00", "--latency-ms", "80") as cloud:
        assert cloud.control.now() == "2026-03-01T00:00:00+00:00"
        cloud.control.open_accounts({"id": cloud.account_id, "balance": 5})
        begin = time.monotonic()
        billing(cloud).query_account_balance()
        assert time.monotonic() - begin >= 0.08


def test_it_ends_cleanly_when_told_to_even_with_a_call_that_hangs() -> None:
    with running_cloud() as cloud:
        number = cloud.control.add_fault("*", "hang")
        host, port = cloud.openapi.split(":")
        with socket.create_connection((host, int(port))) as caller:
            caller.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            cloud.control.wait_fault(number)
            cloud.process.terminate()
            assert cloud.process.wait(5) == 0


def test_a_port_that_is_taken_is_said_so(cloud: RunningCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--port", cloud.openapi.partition(":")[2]]) == 1
    assert "in use" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["down"], ["up", "--clock", "2026-03-01T08:00"], ["up", "--port", "x"]])
def test_a_wrong_command_line_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
