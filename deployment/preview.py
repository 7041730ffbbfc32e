"""Whether Serverless Devs, the program that deploys, renders our files as we mean them; nothing is sent anywhere.

``python -m deployment.preview`` installs the locked release below ``.venv`` with npm and runs ``s preview``. Without
node or npm, or offline, it says so and ends well. The file for Function Compute 2.0, which this release does not
take, is read by our own checker alone. Source: Serverless-Devs/Serverless-Devs, docs/zh/yaml.md.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from deployment.fc2 import component
from deployment.s_yaml import problems

ROOT = Path(__file__).parents[1]
FILES = ("s.yaml", "s.test.yaml")
OLD_FILE = ROOT / "deployment" / "fc2" / "s.yaml"
SET = {
    "ARREARS_ROLE": "acs:ram::1000000000000009:role/arrears-alert-function",
    "ARREARS_IMAGE": "registry.cn-hangzhou.aliyuncs.com/agency/arrears-alert:1",
}
"""What that one takes from the environment, as it may look."""
RELEASE = Path(__file__).with_name("serverless-devs")
INSTALLED = ROOT / ".venv" / "serverless-devs"
PROGRAM = INSTALLED / "node_modules" / "@serverless-devs" / "s" / "bin" / "s"
INSTALL_LIMIT = 120
RUN_LIMIT = 60
"""Seconds."""


class Skipped(Exception):
    """The program cannot be had here; the message says why."""


def install() -> None:
    """Put the locked release in place, once.

    Raises:
        Skipped: No node, no npm, or no registry.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        raise Skipped("node and npm are not here")
    lock = RELEASE / "package-lock.json"
    if PROGRAM.exists() and (INSTALLED / lock.name).read_bytes() == lock.read_bytes():
        return
    shutil.copytree(RELEASE, INSTALLED, dirs_exist_ok=True)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", f"--cache={INSTALLED / 'cache'}"]
    try:
        subprocess.run(command, cwd=INSTALLED, timeout=INSTALL_LIMIT, check=True, capture_output=True, text=True)
    except subprocess.TimeoutExpired as error:
        raise Skipped(f"npm did not finish within {INSTALL_LIMIT} s") from error
    except subprocess.CalledProcessError as error:
        raise Skipped(f"npm could not install it: {error.stderr.strip().partition(chr(10))[0]}") from error


def render(file: str) -> dict[str, Any]:
    """``file`` as it would be deployed with nothing set in the environment, and with an empty HOME.

    Raises:
        RuntimeError: Serverless Devs refused it, or took too long; the message is its own.
    """
    home = INSTALLED / "home"
    home.mkdir(exist_ok=True)
    # NODE_ENV=test: it starts no daemon that looks for updates, and would stay behind.
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "CI": "true", "NODE_ENV": "test"}
    command = ["node", str(PROGRAM), "preview", "-t", str(ROOT / file), "-o", "json", "--silent"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=RUN_LIMIT, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"s preview did not finish within {RUN_LIMIT} s") from error
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"s preview refused {file}:\n{error.stdout}{error.stderr}") from error
    rendered: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    return rendered


def main() -> int:
    """Exit status 1 if one of the files cannot be deployed as it is."""
    found = component.problems(component.render(OLD_FILE, SET))
    well = (
        f"check-preview: Serverless Devs renders {' and '.join(FILES)}, and every property is in order; that of fc2 too"
    )
    try:
        install()
        found += [problem for file in FILES for problem in problems(render(file), file)]
    except Skipped as reason:
        well = f"check-preview: skipped, {reason}"
    except RuntimeError as refusal:
        found.append(str(refusal))
    print("\n".join(found) if found else well)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
