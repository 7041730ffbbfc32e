"""``arrears doctor --cloud``: whether what runs in Function Compute is what s.yaml asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.app.s_yaml_file import read_wanted
from shared.app.wiring import open_compute
from shared.deployed import differences
from shared.findings import Finding, Flaw
from shared.openapi import CallFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from shared.app.wiring import Settings


def examine_cloud(settings: Settings, file: Path, environment: Mapping[str, str]) -> list[Finding]:
    """What is deployed otherwise than ``file`` says; a platform that cannot be asked is a finding, too.

    Raises:
        InvalidInput: ``file`` is no s.yaml.
    """
    wanted = read_wanted(file, environment)
    try:
        found = open_compute(settings, wanted.region).load_functions(wanted.prefix)
    except CallFailed as failure:
        return [Finding(Flaw.COMPUTE_SILENT, "Function Compute", str(failure))]
    return list(differences(wanted.functions, {one.name: one for one in found}))
