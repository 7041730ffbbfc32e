"""What the cloud knows of a function: its settings, as they were put."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
RUNTIMES = ("python3.9", "python3.10", "python3.12")
MOST_RETRIES = 8
LONGEST_RUN = 86_400


@dataclass(frozen=True, slots=True)
class Function:
    """A function's settings; the limits are those of the product (24 h of run time, 0 to 8 retries)."""

    name: str
    code: Path
    """The directory whose files are the function's code."""
    handler: str
    """``file.method``."""
    runtime: str = "python3.12"
    timeout: float = 60.0
    """Seconds after which a run is killed."""
    memory: int = 512
    """MB; told to the function, not enforced."""
    environment: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable
    """The interpreter that plays the runtime."""
    max_retries: int = 3
    """How often a failed asynchronous run is tried again."""
    service: str | None = None
    """The service a function of the 2.0 API belongs to; a 3.0 function has none."""
    role: str = "aliyunfcdefaultrole"
    instances: int = 10
    """How many run at once; more invocations wait."""

    @property
    def key(self) -> str:
        """The name that the 3.0 API and the control side know: 2.0 functions appear there as ``service$name``."""
        return f"{self.service}${self.name}" if self.service else self.name


def read_function(body: dict[str, Any]) -> Function:
    """Check the settings of ``functions/put``.

    Raises:
        ValueError: A setting is unknown, missing or out of its bounds.
    """
    unknown = sorted(set(body) - set(Function.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown settings of a function: {', '.join(unknown)}")
    missing = [name for name in ("name", "code", "handler") if not body.get(name)]
    if missing:
        raise ValueError(f"a function needs {', '.join(missing)}")
    function = Function(**{**body, "code": Path(str(body["code"])).resolve()})
    _check(function)
    return function


def _check(function: Function) -> None:
    rules = {
        "a name is 1 to 64 letters, digits, - or _": NAME.fullmatch(function.name),
        "a handler is written file.method": function.handler.count(".") == 1,
        f"the runtime is one of {', '.join(RUNTIMES)}": function.runtime in RUNTIMES,
        "the timeout is above 0 and at most 86400 s": 0 < function.timeout <= LONGEST_RUN,
        "max_retries is 0 to 8": 0 <= function.max_retries <= MOST_RETRIES,
        "at least one instance is needed": function.instances > 0,
        f"there is no directory {function.code}": function.code.is_dir(),
        f"there is no interpreter {function.python}": shutil.which(function.python),
        "environment maps strings to strings": all(
            isinstance(text, str) for pair in function.environment.items() for text in pair
        ),
    }
    broken = [rule for rule, kept in rules.items() if not kept]
    if broken:
        raise ValueError(f"function {function.name!r}: {'; '.join(broken)}")
