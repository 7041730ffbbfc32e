"""The runtime inside one instance: load the function's module once, then run its handler for every frame received.

Started by path as ``python -u worker.py FD`` with the code directory as working directory. It imports nothing but the
standard library (and time-machine, when the cloud's clock is virtual), so that it runs under any interpreter from
Python 3.9 on. ``FD`` is a socket to the cloud; a frame is two lengths (header, body; big-endian, 4 bytes each), a JSON
header, and a body of bytes. When the cloud goes away, so does this process with all that it started.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import queue
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

Header = dict[str, Any]
Frame = tuple[Header, bytes]
LENGTHS = struct.Struct(">II")


def read_frame(channel: BinaryIO) -> Frame:
    """The next frame of a binary file; EOFError if there is none."""
    prefix = channel.read(LENGTHS.size)
    if len(prefix) < LENGTHS.size:
        raise EOFError
    header_length, body_length = LENGTHS.unpack(prefix)
    return json.loads(channel.read(header_length)), channel.read(body_length)


def write_frame(channel: socket.socket, header: Header, body: bytes) -> None:
    """Send one frame."""
    text = json.dumps(header).encode()
    channel.sendall(LENGTHS.pack(len(text), len(body)) + text + body)


def receive(channel: socket.socket, frames: queue.Queue[Frame]) -> None:
    """Queue every frame; die with the whole process group when the cloud hangs up, even in the middle of a run."""
    with contextlib.suppress(EOFError, OSError), channel.makefile("rb") as file:
        while True:
            frames.put(read_frame(file))
    os.killpg(0, signal.SIGKILL)


def clock(now: float | None) -> contextlib.AbstractContextManager[object]:
    """The cloud's time for as long as one run lasts; real time if ``now`` is None."""
    if now is None:
        return contextlib.nullcontext()
    travel: contextlib.AbstractContextManager[object] = importlib.import_module("time_machine").travel(now, tick=True)
    return travel


class RequestFormatter(logging.Formatter):
    """Log lines as the runtime writes them: time, request id, level, message."""

    request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        """One line, or several with a traceback."""
        second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return f"{second}.{int(record.msecs):03d}Z {self.request_id} [{record.levelname}] {super().format(record)}"


def start_logging() -> RequestFormatter:
    """The root logger writes to standard output from INFO on, as the runtime's does."""
    formatter = RequestFormatter("%(message)s")
    to_stdout = logging.StreamHandler(sys.stdout)
    to_stdout.setFormatter(formatter)
    logging.getLogger().addHandler(to_stdout)
    logging.getLogger().setLevel(logging.INFO)
    return formatter


def new_context(settings: dict[str, str], request_id: str) -> SimpleNamespace:
    """What a handler gets beside its event; its shape depends on the runtime's Python version.

    Up to 3.10 it carries the role's credentials and a service; from 3.12 on credentials are in the environment only.
    """
    function = {
        "name": settings["FC_FUNCTION_NAME"],
        "handler": settings["FC_FUNCTION_HANDLER"],
        "memory": int(settings["FC_FUNCTION_MEMORY_SIZE"]),
        "timeout": float(settings["FC_TIMEOUT"]),
    }
    version = {"version_id": settings["FC_VER_ID"], "qualifier": settings["FC_QUALIFIER"]}
    logs = {"log_project": "", "log_store": ""}
    common = {"request_id": request_id, "region": settings["FC_REGION"], "account_id": settings["FC_ACCOUNT_ID"]}
    if settings["FC_RUNTIME"] == "python3.12":
        function_3_12 = SimpleNamespace(**function, **version)
        return SimpleNamespace(**common, **logs, function=function_3_12, logger=logging.getLogger())
    credentials = SimpleNamespace(
        access_key_id=settings["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=settings["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        security_token=settings["ALIBABA_CLOUD_SECURITY_TOKEN"],
    )
    service = SimpleNamespace(**logs, **version)
    return SimpleNamespace(**common, function=SimpleNamespace(**function), service=service, credentials=credentials)


def load(handler: str) -> Callable[[bytes, Any], Any]:
    """Import ``file.method`` from the code directory."""
    module, _, method = handler.partition(".")
    loaded: Callable[[bytes, Any], Any] = getattr(importlib.import_module(module), method)
    return loaded


def encode(result: object) -> bytes:
    """A handler's result on the wire: bytes and text as they are, everything else as JSON."""
    if isinstance(result, bytes):
        return result
    return (result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)).encode()


def report(error: Exception) -> bytes:
    """An exception as callers see it; the frames of this file are left out."""
    lines = [line for line in traceback.format_tb(error.__traceback__) if __file__ not in line]
    found = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": lines}
    return json.dumps(found, ensure_ascii=False).encode()


def write_line(text: str) -> None:
    """A line of the log, whatever the function did to ``sys.stdout``."""
    sys.stdout.flush()
    os.write(1, f"{text}\n".encode())


def run(frame: Frame, handle: Callable[[bytes, Any], Any], settings: dict[str, str]) -> Frame:
    """One invocation: its reply frame, and its two log lines."""
    header, event = frame
    request_id = header["request_id"]
    write_line(f"FC Invoke Start RequestId: {request_id}")
    try:
        with clock(header["now"]):
            body = encode(handle(event, new_context(settings, request_id)))
    except Exception as error:  # noqa: BLE001 - whatever a function raises is its caller's to see
        traceback.print_exc(file=sys.stdout)
        write_line(f"FC Invoke End RequestId: {request_id}, Error: Unhandled function error")
        return {"ok": False}, report(error)
    write_line(f"FC Invoke End RequestId: {request_id}")
    return {"ok": True}, body


def main() -> None:
    """Load at the first frame, run at every following one."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    frames: queue.Queue[Frame] = queue.Queue()
    threading.Thread(target=receive, args=(channel, frames), daemon=True).start()
    settings = dict(os.environ)
    formatter = start_logging()
    sys.path[0] = str(settings["FC_FUNC_CODE_PATH"])
    header, _ = frames.get()
    try:
        with clock(header["now"]):
            handle = load(settings["FC_FUNCTION_HANDLER"])
    except Exception as error:  # noqa: BLE001 - whatever a function raises is its caller's to see
        traceback.print_exc(file=sys.stdout)
        write_frame(channel, {"ok": False}, report(error))
        return
    write_frame(channel, {"ok": True}, b"")
    while True:
        frame = frames.get()
        formatter.request_id = frame[0]["request_id"]
        write_frame(channel, *run(frame, handle, settings))


if __name__ == "__main__":
    main()
