"""Finds an interpreter of a given version on this machine, one that really runs.

``python -m deployment.interpreters 3.12`` prints its path; without one it prints nothing and ends with status 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROBE = "import sys; print(sys.implementation.name, '.'.join(map(str, sys.version_info[:2])))"
_PATIENCE = 20
"""Seconds that an interpreter, or uv, may take to answer."""


@cache
def find_python(version: str) -> Path | None:
    """The path of a CPython of ``version`` (as "3.12"), or None if this machine has none."""
    return next((candidate for candidate in _candidates(version) if _is_python(candidate, version)), None)


def _candidates(version: str) -> Iterator[Path]:
    """From the likely to the far-fetched: PATH, pyenv's and uv's folders of versions, what uv finds."""
    name = f"python{version}"
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    yield from (folder / name for folder in folders)
    roots = [folder.parent / "versions" for folder in folders if folder.name == "shims"]
    roots += [Path(sys.base_prefix).parent, Path.home() / ".pyenv" / "versions"]
    for root in roots:
        yield from sorted(root.glob(f"*{version}.*/bin/{name}"), reverse=True)
    yield from _found_by_uv(version)


def _found_by_uv(version: str) -> Iterator[Path]:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        return
    command = [uv, "python", "find", "--no-python-downloads", "--no-config", version]
    answer = _output(command)
    if answer:
        yield Path(answer)


def _is_python(candidate: Path, version: str) -> bool:
    """Whether it runs and is what its name says: pyenv's shims are there without running."""
    return os.access(candidate, os.X_OK) and _output([str(candidate), "-I", "-c", _PROBE]) == f"cpython {version}"


def _output(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    found = find_python(sys.argv[1])
    if found is None:
        sys.exit(1)
    print(found)
