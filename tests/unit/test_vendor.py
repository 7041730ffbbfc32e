"""What is spared of the vendor's packages: not imported by our edges, and the real thing for whoever uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from shared.vendor import SPARED

ROOT = Path(__file__).parents[2]
EDGES = (
    "shared.billing.bss",
    "shared.channels.direct_mail",
    "shared.channels.mail_health",
    "shared.channels.sms",
    "shared.channels.sms_health",
    "shared.compute.fc3",
    "shared.dispatch.fc2",
    "shared.dispatch.fc3",
    "shared.state.gateway",
)
PRODUCTS = (
    "alibabacloud_bssopenapi20171214",
    "alibabacloud_dm20151123",
    "alibabacloud_dysmsapi20170525",
    "alibabacloud_fc20230330",
    "alibabacloud_sts20150401",
)


def alone(program: str) -> str:
    """What a program prints that has imported nothing before."""
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_imports_nothing_that_is_spared(edge: str) -> None:
    loaded = json.loads(alone(f"import json, sys, {edge}; print(json.dumps(list(sys.modules)))"))
    assert not [name for name in loaded if any(name == one or name.startswith(f"{one}.") for one in SPARED)]


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_has_all_its_models_and_imports_none_before_it_is_asked_for(product: str) -> None:
    spared = json.loads(
        alone(
            f"import json, sys, shared.vendor, {product}.models as models\n"
            f"early = [name for name in sys.modules if name.startswith('{product}.models.')]\n"
            "found = sorted(name for name in models.__all__ if getattr(models, name).__name__ == name)\n"
            "print(json.dumps([early, found]))"
        )
    )
    whole = json.loads(
        alone(
            f"import json, {product}.models as models\n"
            "print(json.dumps(sorted(name for name, value in vars(models).items() if isinstance(value, type))))"
        )
    )
    assert spared == [[], whole]


def test_models_know_no_other_names() -> None:
    program = "import shared.vendor, alibabacloud_sts20150401.models as models; print(hasattr(models, 'Nothing'))"
    assert alone(program) == "False"


def test_a_promise_is_the_real_thing_when_it_is_used() -> None:
    program = (
        "import shared.state.gateway, tablestore.connection as vendor\n"
        "timeout = vendor.ClientTimeout(3)\n"
        "import aiohttp\n"
        "print(type(timeout) is aiohttp.ClientTimeout, vendor.aiohttp.ClientSession is aiohttp.ClientSession)"
    )
    assert alone(program) == "True True"


def test_everybody_else_imports_what_is_spared_as_ever() -> None:
    program = "import shared.openapi, aiohttp, asyncio; print(aiohttp.ClientSession.__name__, asyncio.run.__name__)"
    assert alone(program) == "ClientSession run"


def test_what_is_imported_already_is_not_replaced() -> None:
    program = "import aiohttp, shared.openapi, darabonba.core; print(darabonba.core.aiohttp is aiohttp)"
    assert alone(program) == "True"


def test_what_an_import_itself_needs_cannot_be_spared() -> None:
    program = (
        "from shared.vendor import sparing\n"
        "try:\n"
        "    with sparing(('colorsys',)):\n"
        "        from colorsys import rgb_to_hls; rgb_to_hls(0, 0, 0)\n"
        "except ImportError as error:\n"
        "    print(error)"
    )
    assert alone(program) == "colorsys.rgb_to_hls is needed by an import: it cannot be spared"


@pytest.mark.parametrize("name", SPARED)
def test_everything_spared_is_there_to_be_imported(name: str) -> None:
    assert import_module(name).__name__ == name
