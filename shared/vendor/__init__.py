"""The vendor's packages, imported only as far as they are used: an instance that starts pays for every module.

The SDKs import at once what a run of ours never touches: an asynchronous HTTP client, web sockets, a scheduler, RSA,
and the hundreds of request and answer models of a product. No file of theirs is changed. What stands in ``SPARED`` is
promised instead of imported, and is the real thing from the moment on that anybody uses it; a product's models are
imported one by one, as they are asked for; and ``certifi`` is the one function that is called.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.abc import Loader
else:
    Loader = object  # of importlib.abc, which reads a dozen modules, a finder needs the names of its methods only

SPARED = (
    "aiohttp",  # the asynchronous methods, as the next one
    "asyncio",
    "alibabacloud_tea_openapi.websocket_utils",  # calls over a web socket, as the next one
    "darabonba.websocket",
    "darabonba.utils.xml",  # answers of other products
    "apscheduler",  # renews the keys of a virtual machine
    "cryptography",  # signs with RSA keys
    "charset_normalizer",  # guesses how a text is encoded
    "tempfile",  # authorities out of a zipped package, as the next one
    "zipfile",
    "urllib.request",  # the machine's proxies
    "google.protobuf.internal.python_message",  # messages without the compiled library
    "google.protobuf.text_format",  # requests as text, for a log that is off
    "crc32c",  # checks rows of time series; asks the installed packages for its own version
    "urllib3.http2",  # asks them likewise
    "alibabacloud_gateway_spi",  # gateways of products that sign in ways of their own
    *(
        f"alibabacloud_credentials.provider.{name}"  # keys from files, other programs, and other services
        for name in (
            "cli_profile",
            "cloud_sso",
            "default",
            "ecs_ram_role",
            "env",
            "external",
            "oauth",
            "oidc",
            "profile",
            "ram_role_arn",
            "rsa_key_pair",
            "uri",
        )
    ),
)
"""Packages that the vendor's modules name when they are imported, and use only in calls that we do not make."""

_MODELS = re.compile(r"alibabacloud_\w+\d{8}\.models")
_AUTHORITIES = "cacert.pem"
_MODEL = re.compile(r"^from \.(\w+) import (\w+)", re.MULTILINE)


@contextmanager
def sparing(names: Sequence[str] = SPARED) -> Iterator[None]:
    """While this is open, imports of what is spared bring promises; one that is there already is taken as it is.

    Afterwards everybody else's import of it is an ordinary one. Open it before there are threads: what another one
    imports of it meanwhile is a promise as well.
    """
    finder = _Promises(tuple(name for name in names if name not in sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        finder.withdraw()


class Promised:
    """A name of a module that is not imported yet: a class or a function, as far as anybody can tell by using it."""

    __slots__ = ("_module", "_name")

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def _kept(self) -> Any:  # noqa: ANN401 -- whatever the module holds
        module = import_module(self._module)
        if isinstance(module, _StandIn):
            needed = f"{self._module}.{self._name} is needed by an import: it cannot be spared"
            raise ImportError(needed)  # noqa: TRY004 -- of an import
        return getattr(module, self._name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 -- as above
        """Keep the promise: from here on, the module is imported."""
        return self._kept()(*arguments, **options)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- as above
        return getattr(self._kept(), name)


class _StandIn(ModuleType):
    """Holds a module's place for those who imported it while it was spared."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__dict__["_withdrawn"] = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- as above
        real = self.__name__
        if name == "__version__":
            return _version(real)
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(real), name) if self.__dict__["_withdrawn"] else Promised(real, name)


def _version(package: str) -> str:
    """What the package's module ``version`` says, as by custom; ``requests`` asks at once whether it is new enough."""
    found = PathFinder.find_spec(package)
    spec = PathFinder.find_spec(f"{package}.version", found.submodule_search_locations) if found is not None else None
    if spec is None or spec.loader is None:
        raise AttributeError("__version__")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.__dict__["__version__"])


class _Promises(Loader):
    """Finds a stand-in for each spared module, and for what lies below it."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._given: dict[str, _StandIn] = {}

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Every part of a spared package is spared."""
        del path, target
        spared = any(fullname == name or fullname.startswith(f"{name}.") for name in self._names)
        return ModuleSpec(fullname, self, is_package=True) if spared else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module that is there until it is needed."""
        return self._given.setdefault(spec.name, _StandIn(spec.name))

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""

    def withdraw(self) -> None:
        """Leave the places to the real modules."""
        for name, module in self._given.items():
            module.__dict__["_withdrawn"] = True
            sys.modules.pop(name, None)
            parent, _, child = name.rpartition(".")
            above = sys.modules.get(parent)
            if above is not None and above.__dict__.get(child) is module:
                delattr(above, child)


class _Instead(Loader):
    """Finds a package where it lies, and puts itself in place of its loader."""

    def __init__(self, wanted: re.Pattern[str]) -> None:
        self._wanted = wanted

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        """The package's own spec, with us as its loader."""
        del target
        found = PathFinder.find_spec(fullname, path) if self._wanted.fullmatch(fullname) else None
        if found is not None:
            found.loader = self
        return found

    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary module."""
        del spec


class _Models(_Instead):
    """The ``models`` of a product: the package itself, but each of its classes only when it is asked for."""

    def exec_module(self, module: ModuleType) -> None:
        """Its source is read for what lies where, and not run."""
        assert module.__file__ is not None
        places = {name: file for file, name in _MODEL.findall(Path(module.__file__).read_text(encoding="utf-8"))}

        def find(name: str) -> Any:  # noqa: ANN401 -- as above
            if name not in places:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            found = getattr(import_module(f"{module.__name__}.{places[name]}"), name)
            setattr(module, name, found)
            return found

        module.__dict__.update(__getattr__=find, __all__=list(places))


class _Authorities(_Instead):
    """The package ``certifi``, of which all is used is where its file lies: itself asks a dozen modules for that."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        """None where the file does not lie beside it: then it is imported as it is."""
        found = super().find_spec(fullname, path, target)
        beside = found is not None and Path(str(found.origin)).with_name(_AUTHORITIES).is_file()
        return found if beside else None

    def exec_module(self, module: ModuleType) -> None:
        """One function of it."""
        assert module.__file__ is not None
        file = str(Path(module.__file__).with_name(_AUTHORITIES))
        module.__dict__.update(where=lambda: file)


sys.meta_path[:0] = [_Models(_MODELS), _Authorities(re.compile("certifi"))]
