"""Builds the folder that ``s deploy`` uploads: handlers, ``shared/``, ``agency.yaml``, and dependencies in ``python/``.

What ``agency.yaml`` says is judged here, and shipped beside it as understood, so that no starting function need do it.

``python -m deployment.build [FOLDER]`` (by default ``.package``) prints what weighs how much. The functions run on
python3.12 on Debian 11 with glibc 2.31 (alibabacloud.com/help/en/functioncompute/fc/python/), whatever the machine is
that builds: so the dependencies are wheels for manylinux2014, of the releases in ``requirements.functions.lock``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from deployment.interpreters import find_python
from deployment.weight import digest, weigh
from shared.app.prepared import prepare_beside
from shared.errors import InvalidInput

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.functions.lock"
RUNTIME = "3.12"
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64")
"""The tags that Debian 11 surely runs; pip takes each literally."""
SOURCE_ONLY = ("aliyun-fc2", "alibabacloud-tea")
"""Released as sources alone; pure Python, so that they can be built on any machine."""
OF_THE_BUILDER = ("WHEEL", "METADATA", "RECORD")
"""Of those, what the setuptools of the day writes beside them, each release otherwise; no run reads it."""
TESTS = frozenset({"tests", "test"})
UNUSED = (".c", ".h", ".pxd", ".pyi", ".pyx", "-darwin.so")
"""Endings of files that no running function opens."""
EPOCH = 315_532_800
"""1980-01-01T00:00Z, the first time that a zip can hold: every file's, so that equal inputs make equal packages."""


def build(target: Path) -> None:
    """Make ``target`` anew; it is replaced only when everything is in place.

    Raises:
        InvalidInput: agency.yaml has problems: the functions would fail with it at each start.
        subprocess.CalledProcessError: pip, or the compiler, failed; it has said why.
    """
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    copy_own(fresh)
    prepare_beside(fresh / "agency.yaml")
    install_dependencies(fresh / "python")
    prune(fresh / "python")
    compile_modules(fresh)
    settle(fresh)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def copy_own(target: Path) -> None:
    """Handlers at the root, as ``handler: check_balances.handler`` asks, and what they import and read."""
    target.mkdir(parents=True)
    for handler in sorted((ROOT / "functions").glob("[!_]*.py")):
        shutil.copy(handler, target)
    shutil.copytree(ROOT / "shared", target / "shared", ignore=shutil.ignore_patterns("__pycache__", "*.md"))
    shutil.copy(ROOT / "agency.yaml", target)


def install_dependencies(target: Path) -> None:
    """The locked releases, each checked against its hash, for the runtime's Python and platform."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    what = ["--require-hashes", "--no-deps", "--only-binary=:all:", f"--no-binary={','.join(SOURCE_ONLY)}"]
    where = ["--implementation=cp", f"--python-version={RUNTIME}", *(f"--platform={name}" for name in PLATFORMS)]
    subprocess.run([*pip, *what, *where, "--no-compile", f"--target={target}", f"--requirement={LOCK}"], check=True)


def prune(target: Path) -> None:
    """Take out commands, tests, and files for other machines and for compilers: about a tenth of the files.

    Also what differs with the builder's setuptools, in what was built here.
    """
    shutil.rmtree(target / "bin", ignore_errors=True)
    for path in sorted(target.rglob("*")):
        if path.is_dir() and path.name in TESTS:
            shutil.rmtree(path)
        elif path.is_file() and (path.name.endswith(UNUSED) or _is_of_the_builder(path)):
            path.unlink()


def _is_of_the_builder(path: Path) -> bool:
    built = path.parent.name.partition("-")[0].replace("_", "-").lower() in SOURCE_ONLY
    return built and path.parent.suffix == ".dist-info" and path.name in OF_THE_BUILDER


def compile_modules(target: Path) -> None:
    """Ship bytecode if this machine has the runtime's Python: /code is read-only, and imports are 3-4 times quicker.

    The interpreter is told not to compare it with the sources, whose times an upload does not keep.
    """
    python = find_python(RUNTIME)
    if python is None:
        print(f"no Python {RUNTIME} here: the package has no bytecode, and cold starts will be slower")
        return
    how = ["--invalidation-mode=unchecked-hash", "-s", str(target), "-p", "/code"]
    command = [str(python), "-I", "-W", "ignore", "-m", "compileall", "-q", "-j", "0", *how, str(target)]
    subprocess.run(command, check=True)


def settle(target: Path) -> None:
    """Give every file the same time, and the same rights for everyone: the runtime's user is not the builder."""
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))


if __name__ == "__main__":
    package = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".package").resolve()
    try:
        build(package)
    except InvalidInput as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        sys.exit("no package was built: mend agency.yaml first")
    except subprocess.CalledProcessError as error:
        sys.exit(f"no package was built: {error.cmd[0]} failed, as said above")
    print(weigh(package))
    print(f"sha256 of the whole: {digest(package)}")
