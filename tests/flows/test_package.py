"""The package that is deployed: what is in it, and that its handlers work from it alone, on the runtime's Python."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deployment.build import LOCK, PLATFORMS, SOURCE_ONLY, build
from deployment.interpreters import find_python
from deployment.weight import GOAL_MB, MEGABYTE, digest, weigh, zipped_bytes
from localcloud.serverless import deploy, read_functions
from shared.app.prepared import prepared_beside, restore_text
from shared.app.wiring import open_gateway
from shared.config import parse_config
from shared.model import Level
from shared.state.tables import create_tables
from tests.agency import AUDIT, DELIVER, ROOT, Agency

if TYPE_CHECKING:
    from tests.cloud import RunningCloud

DEBIAN_11_GLIBC = 31
"""Of glibc 2.31, which the runtime has."""
EARLY_TAGS = {"any", "manylinux1_x86_64", "manylinux_2_5_x86_64", *PLATFORMS}
"""What a wheel says of itself: manylinux2014, or older."""
PLATFORM_TAG = re.compile(r"^Tag: \S+-(\w+)$", re.MULTILINE)
IMPORT_ALL = """
import audit_warnings, check_balances, deliver_notifications, importlib, pkgutil, shared, sys
for module in pkgutil.walk_packages(shared.__path__, "shared."):
    if not module.name.startswith("shared.app."):
        importlib.import_module(module.name)
print(*(module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)), sep="\\n")
"""
"""Everything that a handler may import: the staff's commands, in ``shared.app``, need packages that are not there."""
PYTHON = find_python("3.12")
NEEDS_THE_RUNTIMES_PYTHON = pytest.mark.skipif(
    PYTHON is None, reason="this machine has no Python 3.12, which the functions run on"
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built as ``make package`` does."""
    target = tmp_path_factory.mktemp("package") / "code"
    build(target)
    return target


def test_handlers_lie_where_s_yaml_looks_for_them(package: Path) -> None:
    for props in read_functions(ROOT / "s.yaml", {}):
        assert (package / f"{props['handler'].partition('.')[0]}.py").is_file()


def test_the_root_holds_nothing_else_than_what_runs(package: Path) -> None:
    handlers = {path.name for path in (ROOT / "functions").glob("[!_]*.py")}
    assert {path.name for path in package.iterdir()} - {"__pycache__"} == handlers | {
        "agency.prepared",
        "agency.yaml",
        "python",
        "shared",
    }


def test_what_agency_yaml_says_is_shipped_as_understood(package: Path) -> None:
    text = (package / "agency.yaml").read_text(encoding="utf-8")
    assert restore_text(prepared_beside(package / "agency.yaml"), text) == parse_config(text)


def test_the_dependencies_are_those_of_the_lock(package: Path) -> None:
    locked = set(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    named = [path.stem.rpartition("-") for path in (package / "python").glob("*.dist-info")]
    assert {(name.lower().replace("_", "-"), version) for name, _, version in named} == locked


def test_what_no_run_imports_stays_at_home(package: Path) -> None:
    top = {path.name for path in (package / "python").iterdir()}
    assert not top & {
        "_cffi_backend.cpython-312-x86_64-linux-gnu.so",
        "aiohttp",
        "apscheduler",
        "cryptography",
        "numpy",
    }
    assert not top & {"attr", "bin", "future", "multidict", "past", "yarl"}
    assert not [path for path in (package / "python").rglob("tests") if path.is_dir()]


def test_every_library_loads_with_the_runtimes_glibc(package: Path) -> None:
    libraries = list(package.rglob("*.so"))
    needed = {path.name: re.findall(rb"GLIBC_2\.(\d+)", path.read_bytes()) for path in libraries}
    assert not {name for name, minors in needed.items() if any(int(minor) > DEBIAN_11_GLIBC for minor in minors)}
    assert not [name for name in needed if "cpython-" in name and "cpython-312-x86_64" not in name]


def test_no_wheel_is_one_for_a_later_glibc_alone(package: Path) -> None:
    wheels = list((package / "python").glob("*.dist-info/WHEEL"))
    tags = {path.parent.name: PLATFORM_TAG.findall(path.read_text(encoding="utf-8")) for path in wheels}
    assert not {name for name, of_wheel in tags.items() if not set(of_wheel) & EARLY_TAGS}


def test_nothing_in_it_hangs_on_the_release_of_setuptools_that_built_it(package: Path) -> None:
    for name in SOURCE_ONLY:
        (about,) = (package / "python").glob(f"{name.replace('-', '_')}-*.dist-info")
        assert {path.name for path in about.iterdir()} == {"INSTALLER", "REQUESTED", "top_level.txt"}


def test_an_agency_yaml_that_cannot_be_used_makes_no_package_and_leaves_the_one_before(tmp_path: Path) -> None:
    for folder in ("deployment", "functions", "shared"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "agency.yaml").write_text("messages: 1\n", encoding="utf-8")
    before = tmp_path / ".package"
    before.mkdir()
    (before / "kept").touch()
    command = [sys.executable, "-m", "deployment.build"]
    env = {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "agency.yaml:1" in done.stderr
    assert "mend agency.yaml first" in done.stderr
    assert (before / "kept").exists()


@NEEDS_THE_RUNTIMES_PYTHON
def test_every_module_has_bytecode_that_is_used_whatever_its_files_time_is(package: Path) -> None:
    compiled = list((package / "shared").rglob("*.pyc"))
    assert {path.name for path in compiled} == {
        f"{path.stem}.cpython-312.pyc" for path in package.glob("shared/**/*.py")
    }
    assert {path.read_bytes()[4:8] for path in compiled} == {b"\1\0\0\0"}, "hash-based, not checked (PEP 552)"


def test_equal_inputs_make_equal_packages(package: Path, tmp_path: Path) -> None:
    build(tmp_path / "again")
    assert digest(tmp_path / "again") == digest(package)
    rights = {path.stat().st_mode & 0o777 for path in package.rglob("*") if path.is_file()}
    assert rights == {0o644}, "the runtime's user is not the builder"


def test_the_digest_tells_packages_apart(tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text("a = 1")
    before = digest(tmp_path)
    (tmp_path / "file.py").write_text("a = 2")
    assert digest(tmp_path) != before


def test_the_package_is_as_light_as_we_allow_ourselves(package: Path) -> None:
    assert "total" in weigh(package)
    assert zipped_bytes(package) < GOAL_MB * MEGABYTE


@NEEDS_THE_RUNTIMES_PYTHON
def test_every_import_is_answered_from_the_package_and_in_silence(package: Path) -> None:
    environment = {"PYTHONPATH": f"{package}:{package}/python"}
    command = [str(PYTHON), "-S", "-c", IMPORT_ALL]
    done = subprocess.run(
        command, env=environment, cwd=package, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    files = [Path(line) for line in done.stdout.splitlines()]
    assert any(file.is_relative_to(package / "python" / "tablestore") for file in files)
    assert not [file for file in files if "site-packages" in file.parts or file.is_relative_to(ROOT)]


@dataclass(slots=True)
class PackagedAgency(Agency):
    """An agency whose functions come from a package alone, on another interpreter, in real time."""

    package: Path | None = None

    def __post_init__(self) -> None:
        self.now = datetime.now(UTC)
        self.approve()
        create_tables(open_gateway(self.settings))
        environment = self.environment | {"PYTHONPATH": f"{self.package}:{self.package}/python"}
        deploy(self.cloud.control, ROOT / "s.yaml", {}, self.package, environment, python=str(PYTHON))


@NEEDS_THE_RUNTIMES_PYTHON
def test_the_packaged_handlers_warn_a_customer_in_arrears(package: Path, cloud: RunningCloud) -> None:
    agency = PackagedAgency(cloud, package / "agency.yaml", package=package)
    agency.watch(1, -5)
    assert [run["outcome"] for run in agency.check()] == ["Succeeded"]
    agency.fire(DELIVER)
    assert [state.alert.level for state in agency.stores.states.load_states().values] == [Level.OVERDUE]
    assert {(channel, about) for channel, _, about in agency.received()} == {
        ("mail", "overdue"),
        ("sms", "overdue"),
        ("mail", "task"),
    }


@NEEDS_THE_RUNTIMES_PYTHON
def test_the_packaged_audit_asks_the_providers(package: Path, cloud: RunningCloud) -> None:
    """It imports what the other two do not: what is asked once an hour has to be in the package, too."""
    agency = PackagedAgency(cloud, package / "agency.yaml", package=package)
    agency.watch(1, 100_000)
    agency.check()
    agency.fire(AUDIT)
    asked = {(service, operation) for _, service, operation in cloud.control.log()}
    assert {("dysms", "GetSmsSign"), ("dysms", "QuerySmsTemplate"), ("dm", "DescAccountSummary")} <= asked
