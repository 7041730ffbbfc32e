"""The vendor's client libraries for Node, unmodified, against the local cloud: see tests/node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cloud import RunningCloud

NODE = Path(__file__).parent.parent / "node"
MODULES = NODE / "node_modules"
FACTS = ("openapi", "tablestore", "fc", "instance", "access_key_id", "access_key_secret", "account_id")
"""What a test is told about the local cloud."""
AS_STARTED = dict(os.environ)
"""Installing may need the proxies that the tests do without."""
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1")
INSTALL_SECONDS = 180
TEST_SECONDS = 30
FUNCTION = """
import json

def handler(event, context):
    return 2 * json.loads(event)["number"]
"""


def run(*command: str, seconds: float, **environment: str) -> subprocess.CompletedProcess[str]:
    """One process in tests/node, its two outputs in one text."""
    return subprocess.run(
        command,
        cwd=NODE,
        env=os.environ | environment,
        timeout=seconds,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


@pytest.fixture(scope="module", autouse=True)
def _packages() -> None:
    """What package-lock.json pins, installed once; without node, npm or a registry there is nothing to judge."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not found: the vendor's Node clients cannot be run")
    lock, installed = NODE / "package-lock.json", MODULES / ".installed"
    if installed.exists() and installed.read_text() == lock.read_text():
        return
    try:
        done = run(*INSTALL, seconds=INSTALL_SECONDS, **AS_STARTED)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm ci took more than {INSTALL_SECONDS} s: the vendor's Node clients cannot be run")
    if done.returncode:
        pytest.skip(f"npm ci failed, so the vendor's Node clients cannot be run: {done.stdout.strip()[-300:]}")
    installed.write_text(lock.read_text())


@pytest.mark.parametrize("client", ["bss", "fc", "mail", "sms", "sts", "tablestore"])
def test_the_vendors_node_client_is_satisfied(cloud: RunningCloud, tmp_path: Path, client: str) -> None:
    (tmp_path / "index.py").write_text(FUNCTION)
    facts = {name: getattr(cloud, name) for name in FACTS} | {"control": f"http://{cloud.openapi}"}
    done = run(
        "node",
        f"{client}.test.mjs",
        seconds=TEST_SECONDS,
        LOCALCLOUD=json.dumps(facts),
        FUNCTION_CODE=str(tmp_path),
    )
    assert done.returncode == 0, done.stdout


def test_the_tests_that_the_vendor_ships_with_the_tablestore_client_pass(cloud: RunningCloud) -> None:
    """Those without a search index or SQL: 13 cases, run in place from the installed package."""
    tests = MODULES / "tablestore" / "test"
    names = ["data_opration.test.js", "globalIndex.test.js", "table.test.js", "long.test.js", "protocol"]
    done = run(
        "node",
        str(MODULES / "mocha" / "bin" / "mocha.js"),
        "--exit",
        "--reporter=json",
        f"--reporter-option=output={MODULES / 'vendor-tests.json'}",
        *(str(tests / name) for name in names),
        seconds=TEST_SECONDS,
        endpoint=cloud.tablestore,
        instancename=cloud.instance,
        accessKeyId=cloud.access_key_id,
        secretAccessKey=cloud.access_key_secret,
    )
    stats = json.loads((MODULES / "vendor-tests.json").read_text())["stats"]
    assert (stats["passes"], stats["failures"]) == (13, 0), done.stdout
