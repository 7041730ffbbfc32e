"""One port for all services: what goes where, with stand-ins for the services beside OpenAPI."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from localcloud.client import Control, ControlError
from localcloud.cloud import Cloud, Ground, Settings
from localcloud.service import Received, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Echo:
    """A service that answers with its own name and what it was asked."""

    name: str
    applied: int = 0
    life: list[str] = field(default_factory=list)

    def operation(self, received: Received) -> str:
        return received.path.rpartition("/")[2]

    async def answer(self, received: Received) -> Reply:
        self.applied += 1
        return Reply(200, f"{self.name} {received.raw_path}".encode(), {"x-ots-contentmd5": "right"})

    def refuse(self, received: Received, status: int, code: str, message: str) -> Reply:
        return Reply(status, f"{received.path} {code} {message}".encode())

    async def start(self) -> None:
        self.life.append("start")

    async def close(self) -> None:
        self.life.append("close")

    def reset(self) -> None:
        self.applied = 0

    def stats(self) -> dict[str, object]:
        return {"applied": self.applied}


class EchoFunctions(Echo):
    """One with a control side of its own."""

    async def control(self, path: str, body: dict[str, object]) -> dict[str, object]:
        self.life.append(path)
        if path == "nowhere":
            raise LookupError("no such function")
        return {"path": path, "body": body}


@dataclass
class House:
    """A running cloud with stand-ins."""

    port: int
    control: Control
    rows: Echo
    functions: EchoFunctions

    async def ask(self, path: str, *headers: str) -> str:
        """The reply to a GET request, head and body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = "".join(f"{header}\r\n" for header in headers)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n".encode())
        data = await reader.read()
        writer.close()
        return data.decode()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    rows, functions = Echo("tablestore"), EchoFunctions("fc")
    cloud = Cloud(Settings(), Ground(), [rows, functions])
    await cloud.start()
    yield House(cloud.port, Control(f"http://127.0.0.1:{cloud.port}"), rows, functions)
    await cloud.close()
    assert rows.life == ["start", "close"]


@pytest.mark.parametrize(
    ("path", "header", "answer"),
    [
        ("/GetRow", "x-ots-apiversion: 2015-12-31", "tablestore /GetRow"),
        ("/any%20prefix/GetRow?a=%2f", "X-OTS-Date: now", "tablestore /any%20prefix/GetRow?a=%2f"),
        ("/2016-08-15/services/s/functions/f/invocations", "a: b", "fc /2016-08-15/services/s/functions/f/invocations"),
        ("/2023-03-30/functions/f/invocations", "a: b", "fc /2023-03-30/functions/f/invocations"),
        ("/?Action=Nothing&Version=2017-12-14", "a: b", "InvalidAction.NotFound"),
        ("/", "a: b", "InvalidAction.NotFound"),
    ],
)
async def test_a_request_goes_where_its_looks_say(house: House, path: str, header: str, answer: str) -> None:
    assert answer in await house.ask(path, header)


async def test_a_service_that_was_not_plugged_in_is_said_so() -> None:
    cloud = Cloud(Settings(), Ground(), [])
    await cloud.start()
    empty = House(cloud.port, Control(""), Echo(""), EchoFunctions(""))
    assert "501" in await empty.ask("/GetRow", "x-ots-apiversion: 2015-12-31")
    await cloud.close()


async def test_a_bad_checksum_does_not_fit_the_reply_that_was_applied(house: House) -> None:
    await asyncio.to_thread(house.control.add_fault, "tablestore", "bad_checksum", operation="PutRow")
    struck = await house.ask("/PutRow", "x-ots-apiversion: 2015-12-31")
    assert "x-ots-contentmd5: right" not in struck
    assert struck.endswith("tablestore /PutRow")
    assert "x-ots-contentmd5: right" in await house.ask("/PutRow", "x-ots-apiversion: 2015-12-31")


async def test_a_duplicate_is_applied_twice_by_any_service(house: House) -> None:
    await asyncio.to_thread(house.control.add_fault, "tablestore", "duplicate")
    await house.ask("/PutRow", "x-ots-apiversion: 2015-12-31")
    assert house.rows.applied == 2


async def test_the_control_side_reaches_the_services(house: House) -> None:
    answer = await asyncio.to_thread(house.control.functions, "workers/kill", {"function": "f"})
    assert answer == {"path": "workers/kill", "body": {"function": "f"}}
    with pytest.raises(ControlError, match="no such function"):
        await asyncio.to_thread(house.control.functions, "nowhere")
    await house.ask("/PutRow", "x-ots-apiversion: 2015-12-31")
    services = (await asyncio.to_thread(house.control.request, "GET", "/requests"))["services"]
    assert services == {"tablestore": {"applied": 1}, "fc": {"applied": 0}}
    await asyncio.to_thread(house.control.reset)
    assert house.rows.applied == 0
    assert house.functions.life[-1] == "reset"
