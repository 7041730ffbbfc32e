"""What a package weighs: unpacked, which cold starts read, and zipped, which is uploaded; whether two are the same."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UPLOAD_LIMIT_MB = 100
"""A zip that is sent to the API; through OSS it may be 500 ("Limits of usage", document_detail/51907.html)."""
GOAL_MB = 20
"""Zipped, bytecode included: what we allow ourselves."""
MEGABYTE = 1_000_000
_SHOWN = 12
_WIDTH = 40


def weigh(package: Path) -> str:
    """A table in megabytes, heaviest first.

    Raises:
        ValueError: Too heavy to be uploaded.
    """
    unpacked, zipped = _sizes(package)
    total = sum(zipped.values())
    rows = [_row(name, size, zipped[name]) for name, size in unpacked.most_common(_SHOWN)]
    shown = {name for name, _ in unpacked.most_common(_SHOWN)}
    rest = [name for name in unpacked if name not in shown]
    rows.append(_row(f"{len(rest)} others", sum(unpacked[name] for name in rest), sum(zipped[name] for name in rest)))
    rows.append(_row("total", sum(unpacked.values()), total))
    if total > UPLOAD_LIMIT_MB * MEGABYTE:
        raise ValueError(f"{total / MEGABYTE:.1f} MB zipped; Function Compute takes {UPLOAD_LIMIT_MB} at most")
    return "\n".join([f"{package.name:<{_WIDTH}} {'MB':>6} {'zipped':>7}", *rows])


def zipped_bytes(package: Path) -> int:
    """The package in a zip."""
    return sum(_sizes(package)[1].values())


def digest(package: Path) -> str:
    """SHA-256 of everything in it: names, rights, times and bytes. The same commit gives the same, on any machine.

    That is, on any that has the runtime's Python in the same release, which makes the bytecode.
    """
    whole = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        about = path.stat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        line = f"{path.relative_to(package).as_posix()} {about.st_mode:o} {about.st_mtime_ns} {content}\n"
        whole.update(line.encode())
    return whole.hexdigest()


def _sizes(package: Path) -> tuple[Counter[str], Counter[str]]:
    """Bytes of each top package, unpacked and in a zip; bytecode counts with its source."""
    unpacked: Counter[str] = Counter()
    zipped: Counter[str] = Counter()
    with tempfile.TemporaryFile() as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(package.rglob("*")):
            if path.is_file():
                name = path.relative_to(package)
                archive.write(path, name)
                packed = archive.getinfo(name.as_posix())
                unpacked[_owner(name)] += packed.file_size
                zipped[_owner(name)] += packed.compress_size
    return unpacked, zipped


def _owner(name: Path) -> str:
    return "/".join(name.parts[: 2 if name.parts[0] == "python" else 1])


def _row(name: str, size: int, packed: int) -> str:
    return f"  {name:<{_WIDTH - 2}} {size / MEGABYTE:6.1f} {packed / MEGABYTE:7.1f}"
