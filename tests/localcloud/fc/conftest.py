from __future__ import annotations

import hashlib
import hmac
import threading
import time
from asyncio import AbstractEventLoop, new_event_loop, run_coroutine_threadsafe, set_event_loop
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pytest
from aiohttp import web

from localcloud.clock import Clock
from localcloud.fc import FunctionCompute
from localcloud.identities import Identities, Identity, IdentityError
from localcloud.service import Received

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

Result = TypeVar("Result")

ACCOUNT = "1234567890123456"
CALLER = Identity("LTAItest", "secret", ACCOUNT, f"acs:ram::{ACCOUNT}:user/dispatcher")
STRANGER = Identity("LTAIother", "secret", "6543210987654321", "acs:ram::6543210987654321:user/other")

CODE = """
import json, logging, os, sys, time, uuid

BORN = uuid.uuid4().hex

def handler(event, context):
    asked = json.loads(event)
    return globals()[asked.pop("do")](context, **asked)

def born(context): return BORN
def echo(context, value): return value
def raw(context): return b"\\x00\\xff"
def fail(context): raise KeyError("balance")
def sleep(context, seconds): time.sleep(seconds); return BORN
def leave(context): os._exit(3)
def leave_soon(context): import threading; threading.Timer(0.05, os._exit, [3]).start()
def spawn(context): import subprocess; return str(subprocess.Popen(["sleep", "60"]).pid)
def pid(context): return str(os.getpid())
def now(context): return str(time.time())
def environment(context): return dict(os.environ)
def request_id(context): return context.request_id

def flaky(context, path, failures):
    with open(path, "a") as file: file.write(context.request_id + "\\n")
    with open(path) as file: runs = len(file.readlines())
    if runs <= failures: raise RuntimeError(f"run {runs}")

def meet(context, folder, name, count):
    open(f"{folder}/met-{name}", "w").write(str(os.getpid()))
    while len([each for each in os.listdir(folder) if each.startswith("met-")]) < count: time.sleep(0.01)

def wait_for(context, path, key):
    with open(key + ".new", "w") as file: file.write(os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"])
    os.rename(key + ".new", key)
    while not os.path.exists(path): time.sleep(0.01)

def record(event, context):
    with open(os.environ["RECORD"], "a") as file:
        file.write(f"{context.request_id} {int(time.time())} {event.decode()}\\n")

def speak(context):
    print("to standard output")
    print("to standard error", file=sys.stderr)
    logging.getLogger().info("to the log")

def shape(context):
    def unfold(value):
        if isinstance(value, logging.Logger) or not hasattr(value, "__dict__"): return str(value)
        return {name: unfold(field) for name, field in vars(value).items()}
    return unfold(context)
"""


def running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def soon(true: Callable[[], bool], seconds: float = 1) -> bool:
    """Whether it comes true within a second: the kernel takes its time over a killed process that is not ours."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def verify_acs3(received: Received, identities: Identities) -> Identity:
    """The least that tells a valid ACS3 request from a tampered one; the product's check is in localcloud/openapi."""
    fields = dict(
        part.split("=", 1) for part in received.headers["authorization"].removeprefix("ACS3-HMAC-SHA256 ").split(",")
    )
    identity = identities.find(fields["Credential"], received.headers.get("x-acs-security-token"))
    names = fields["SignedHeaders"].split(";")
    digest = hashlib.sha256(received.body).hexdigest()
    lines = [received.method, received.path, received.query, *(f"{name}:{received.headers[name]}" for name in names)]
    canonical = "\n".join([*lines, "", ";".join(names), digest])
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    if hmac.digest(identity.access_key_secret.encode(), text.encode(), "sha256").hex() != fields["Signature"]:
        raise IdentityError("SignatureDoesNotMatch", "Specified signature does not match our calculation.")
    return identity


class Cloud:
    """Only Function Compute, on a free port, in a thread of its own: the clients block."""

    def __init__(self, code: Path) -> None:
        self.clock = Clock()
        self.identities = Identities(self.clock)
        for identity in (CALLER, STRANGER):
            self.identities.add(identity)
        self.code = code
        self.extra = {"FROM_THE_PLATFORM": "yes"}
        self.fc = FunctionCompute(
            self.clock,
            self.identities,
            ACCOUNT,
            "cn-hangzhou",
            lambda: self.extra,
            lambda received: verify_acs3(received, self.identities),
        )
        self.port = 0
        self._loop: AbstractEventLoop = new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._runner: web.AppRunner

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def control(self, path: str, **body: object) -> dict[str, Any]:
        return self._wait(self.fc.control(path, body))

    def put(self, name: str = "worker", **settings: object) -> str:
        settings = {"code": str(self.code), "handler": "index.handler", "timeout": 10, **settings}
        return str(self.control("functions/put", name=name, **settings)["function"])

    def advance(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))

    def close(self) -> None:
        self._wait(self.fc.close())

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        return run_coroutine_threadsafe(work, self._loop).result(30)

    def _serve(self) -> None:
        set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self) -> None:
        await self.fc.start()
        app = web.Application(client_max_size=40 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        await self.fc.close()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = await self.fc.answer(Received(request.method, request.raw_path, headers, await request.read()))
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    code = tmp_path / "code"
    code.mkdir()
    (code / "index.py").write_text(CODE)
    with Cloud(code) as cloud:
        yield cloud
