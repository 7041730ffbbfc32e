"""``python -m localcloud up``: start the local cloud and serve until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from localcloud.certificate import make_certificate
from localcloud.cloud import HOST, Cloud, Ground, Settings
from localcloud.fc import FunctionCompute
from localcloud.tablestore import Tablestore

EXPLANATION = """\
The first line of output is one JSON object: openapi (host:port), tablestore, fc and control (URLs), instance,
access_key_id, access_key_secret, account_id, and with --tls the path of the CA file. See localcloud/README.md.
"""


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and serve; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud",
        description="A cloud on 127.0.0.1 that speaks Alibaba Cloud's wire protocols.",
        epilog=EXPLANATION,
    )
    up = parser.add_subparsers(required=True, metavar="up").add_parser(
        "up", help="start and serve until stopped", epilog=EXPLANATION
    )
    up.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    up.add_argument("--state", type=Path, metavar="FILE", help="keep Tablestore's rows in FILE, the rest in FILE.books")
    up.add_argument("--latency-ms", type=float, default=0, metavar="N", help="be late with every reply (default: 0)")
    up.add_argument("--tls", action="store_true", help="serve HTTPS with a certificate made for this run")
    up.add_argument(
        "--clock", type=_moment, metavar="ISO", help="start at this time, frozen, e.g. 2026-03-01T08:00+08:00"
    )
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"localcloud: {error}\n")
        return 1
    return 0


async def _serve(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="localcloud-") as directory:
        certificate = make_certificate(Path(directory)) if options.tls else None
        settings = Settings(port=options.port, latency=options.latency_ms / 1000)
        if certificate is not None:
            settings = replace(settings, tls=certificate.context)
        ground = Ground()
        books = options.state.with_name(f"{options.state.name}.books") if options.state is not None else None
        rows = Tablestore(ground.clock, ground.identities, settings.instance, options.state)
        functions = FunctionCompute(
            ground.clock, ground.identities, settings.account_id, settings.region, dict, ground.verifier.verify_acs3
        )
        cloud = Cloud(settings, ground, [rows, functions], functions, file=books)
        if options.clock is not None:
            ground.clock.set(options.clock)
        await cloud.start()
        await functions.start()
        try:
            endpoints = _endpoints(cloud.port, settings)
            if certificate is not None:
                endpoints["ca"] = str(certificate.ca)
            sys.stdout.write(json.dumps(endpoints) + "\n")
            sys.stdout.flush()
            await _stop_asked()
        finally:
            await functions.close()
            await cloud.close()
            rows.close()


def _endpoints(port: int, settings: Settings) -> dict[str, str]:
    host = f"{HOST}:{port}"
    url = f"{'https' if settings.tls else 'http'}://{host}"
    return {
        "openapi": host,
        "tablestore": url,
        "fc": url,
        "control": url,
        "instance": settings.instance,
        "access_key_id": settings.access_key_id,
        "access_key_secret": settings.access_key_secret,
        "account_id": settings.account_id,
    }


async def _stop_asked() -> None:
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("needs an offset, for example 2026-03-01T08:00+08:00")
    return moment


if __name__ == "__main__":
    sys.exit(main())
