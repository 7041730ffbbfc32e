"""What the cloud knows of a function: its settings, as they were put."""

from __future__ import annotations

import shutil
import sys
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, DirectoryPath, Field
from pydantic.dataclasses import dataclass


def _is_interpreter(path: str) -> str:
    if shutil.which(path) is None:
        raise ValueError(f"there is no interpreter {path}")
    return path


Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Function:
    """A function's settings; the limits are those of the product (24 h of run time, 0 to 8 retries).

    Raises:
        ValueError: A setting is unknown, missing or out of its bounds.
    """

    name: Name
    code: Annotated[DirectoryPath, AfterValidator(Path.resolve)]
    """The directory whose files are the function's code."""
    handler: Annotated[str, Field(pattern=r"^\w+\.\w+$")]
    """``file.method``."""
    runtime: Literal["python3.9", "python3.10", "python3.12"] = "python3.12"
    """What the context looks like; ``python`` says what really runs."""
    timeout: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    """Seconds of real time after which a run is killed."""
    memory: Annotated[int, Field(ge=128, le=32_768)] = 512
    """MB; told to the function, not enforced."""
    cpu: Annotated[float, Field(ge=0.05, le=16)] = 0.35
    """Told to those who ask, not enforced."""
    environment: dict[str, str] = field(default_factory=dict)
    python: Annotated[str, AfterValidator(_is_interpreter)] = sys.executable
    """The interpreter that plays the runtime; needs time-machine installed while the cloud's clock is virtual."""
    max_retries: Annotated[int, Field(ge=0, le=8)] = 3
    """How often a failed asynchronous run is tried again."""
    async_config: dict[str, Any] = field(default_factory=dict)
    """As GetAsyncInvokeConfig answers it; what it says of retries and tasks is said in the two beside it, too."""
    async_task: bool = False
    """Whether asynchronous tasks are enabled: then each task id is taken once. Otherwise ids that callers give are
    passed over; what the service does with them is not documented."""
    log_config: dict[str, Any] = field(default_factory=dict)
    """Told to those who ask; logs are kept by this cloud itself."""
    internet_access: bool = True
    """Told to those who ask, not enforced."""
    disabled: str = ""
    """Why it may not be invoked; told to those who ask, not enforced."""
    service: Name | None = None
    """The service a function of the 2.0 API belongs to; a 3.0 function has none."""
    role: Name = "aliyunfcdefaultrole"
    """The RAM role that its credentials are of."""
    credential_hours: Annotated[float, Field(gt=0)] = 36.0
    """How long the credentials of its role are valid, and so how long an instance is used. Longer in a replay of many
    days, so that it is not spent on cold starts."""
    instances: Annotated[int, Field(gt=0, le=100)] = 10
    """How many run at once; more invocations wait."""

    @property
    def key(self) -> str:
        """The name that the 3.0 API and the control side know: 2.0 functions appear there as ``service$name``."""
        return f"{self.service}${self.name}" if self.service else self.name
