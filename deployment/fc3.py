"""The properties of one function, as the fc3 component knows them: strictly, since it lets typos and bad timers pass.

Names, types and ranges: devsapp/fc3, src/schema.json. A property that is in neither ``Function`` nor ``NOT_WANTED`` is
one that the component does not know.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]


def _is_mainland(region: str) -> str:
    if region.startswith("cn-hongkong"):
        raise ValueError("not in the mainland")
    return region


MainlandRegion = Annotated[str, StringConstraints(pattern=r"^cn-[a-z]+(-[a-z0-9]+)*$"), AfterValidator(_is_mainland)]
"""Domestic SMS is refused from abroad, and personal data stays in the country."""
LowerCaseRole = Annotated[str, StringConstraints(pattern=r"^(acs:ram::\d+:role/)?[a-z0-9.-]{1,64}$")]
"""The component lower-cases it (src/base.ts), so that another spelling would name a role that is not there."""
LogName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$")]
Handler = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]
_CRON_FIELDS = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 7),
)
_CRON_ITEM = re.compile(r"(?:\*|\?|(?P<low>\d+)(?:-(?P<high>\d+))?)(?:/(?P<step>[1-9]\d*))?")
_CRON_ZONE = "CRON_TZ=Asia/Shanghai "
_HUNDREDTHS = 100


NOT_WANTED = {
    "annotations": "only calls over HTTP have headers",
    "customContainerConfig": "the runtime is Python's own",
    "customDNS": "the cloud's own names are asked for",
    "customDomain": "nothing is called over HTTP",
    "customRuntimeConfig": "the runtime is Python's own",
    "enableLongLiving": "a timer's run needs no session",
    "gpuConfig": "nothing is computed on one",
    "instanceIsolationMode": "a timer's run needs no session",
    "nasConfig": "nothing is kept on disk",
    "ossMountConfig": "nothing is kept on disk",
    "provisionConfig": "instances that wait cost money all month; a cold start costs milliseconds",
    "scalingConfig": "instances that wait cost money all month; a cold start costs milliseconds",
    "sessionAffinity": "a timer's run needs no session",
    "sessionAffinityConfig": "a timer's run needs no session",
    "supplement": "not described anywhere",
    "tracingConfig": "another paid service; the log has what is needed",
}
"""Properties that the component knows besides, and why they are refused; with them its list is whole."""


class Strict(BaseModel):
    """No unknown keys, and no value of another type than its own."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TimerConfig(Strict):
    """When a timer fires, and what it says."""

    cronExpression: str
    enable: bool
    payload: str = ""

    @field_validator("cronExpression")
    @classmethod
    def _is_cron(cls, text: str) -> str:
        """Six fields (seconds first), in Shanghai's time: without CRON_TZ it would be UTC."""
        fields = text.removeprefix(_CRON_ZONE).split()
        if not text.startswith(_CRON_ZONE) or len(fields) != len(_CRON_FIELDS):
            raise ValueError(f"write {_CRON_ZONE.strip()} and six fields, seconds first")
        for field, (name, lowest, highest) in zip(fields, _CRON_FIELDS, strict=True):
            if not all(_fits(item, lowest, highest) for item in field.split(",")):
                raise ValueError(f"{field} is no {name} ({lowest}-{highest})")
        return text


class Timer(Strict):
    """The one kind of trigger that is used here."""

    triggerName: Name
    triggerType: Literal["timer"]
    description: str = ""
    qualifier: str = "LATEST"
    triggerConfig: TimerConfig


class Destination(Strict):
    """Where an invocation's record goes: an MNS topic, or another function."""

    destination: Annotated[
        str,
        StringConstraints(
            pattern=r"^acs:(mns:[a-z0-9-]+:\d*:/topics/[A-Za-z0-9-]+/messages|fc:[a-z0-9-]+:\d*:functions/[\w-]+)$"
        ),
    ]


class Destinations(Strict):
    """What becomes of invocations that ended."""

    onSuccess: Destination | None = None
    onFailure: Destination | None = None


class AsyncInvokeConfig(Strict):
    """Retries of a failed run; both numbers are written down, since the sources name different defaults."""

    maxAsyncRetryAttempts: int = Field(ge=0, le=8)
    maxAsyncEventAgeInSeconds: int = Field(ge=1, le=604_800)
    asyncTask: bool = False
    qualifier: str = "LATEST"
    destinationConfig: Destinations


class LogConfig(Strict):
    """A log project of the agency's own, in place of ``auto``."""

    project: LogName
    logstore: LogName
    enableRequestMetrics: bool = False
    enableInstanceMetrics: bool = False
    enableLlmMetrics: bool = False
    logBeginRule: Literal["DefaultRegex", "None"] = "None"


class ConcurrencyConfig(Strict):
    """At most so many instances."""

    reservedConcurrency: int = Field(ge=0)


class VpcConfig(Strict):
    """A network of the agency's own; then Tablestore's address has to be the one inside it."""

    vpcId: str
    vSwitchIds: list[str] = Field(min_length=1)
    securityGroupId: str


class VpcBinding(Strict):
    """From which networks alone the function may be called."""

    vpcIds: list[str]


class Hook(Strict):
    """A function that runs when an instance begins or ends."""

    handler: Handler | None = None
    timeout: int = Field(ge=1, le=300)
    command: list[str] | None = None


class Lifecycle(Strict):
    """Both hooks."""

    initializer: Hook | None = None
    preStop: Hook | None = None


class Tag(Strict):
    """For the bill."""

    key: str = Field(min_length=1)
    value: str


class Code(Strict):
    """Code from a folder, or from a bucket."""

    src: str | None = None
    ossBucketName: str | None = None
    ossObjectName: str | None = None


class Function(Strict):
    """The properties of one function."""

    region: MainlandRegion
    functionName: Name
    description: str = ""
    runtime: Literal["python3.10", "python3.12"]
    handler: Handler
    code: str | Code
    cpu: float = Field(ge=0.05, le=16)
    memorySize: int = Field(ge=128, le=32_768, multiple_of=64)
    diskSize: Literal[512, 10_240]
    timeout: int = Field(ge=1, le=86_400)
    role: LowerCaseRole
    internetAccess: Literal[True]
    logConfig: Literal["auto"] | LogConfig
    environmentVariables: dict[str, str]
    asyncInvokeConfig: AsyncInvokeConfig
    concurrencyConfig: ConcurrencyConfig | None = None
    endpoint: str = ""
    resourceGroupId: str = ""
    tags: list[Tag] = []
    layers: list[str] = Field(default=[], max_length=5)
    vpcConfig: Literal["auto"] | VpcConfig | None = None
    vpcBinding: VpcBinding | None = None
    instanceLifecycleConfig: Lifecycle | None = None
    instanceConcurrency: Literal[1] = 1
    triggers: list[Timer] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _is_meant(cls, props: Any) -> Any:  # noqa: ANN401 -- whatever the file holds
        """What the component knows and we do not want is refused in other words than what is misspelt."""
        for key, why in NOT_WANTED.items():
            if isinstance(props, dict) and key in props:
                raise ValueError(f"{key} is known to fc3, but not wanted here: {why}")
        return props

    @model_validator(mode="after")
    def _is_sized(self) -> Function:
        """Between 1 and 4 GB of memory for each vCPU, in steps of 0.05."""
        if round(self.cpu * _HUNDREDTHS, 6) % 5:
            raise ValueError(f"cpu {self.cpu} is no multiple of 0.05")
        if not self.cpu <= self.memorySize / 1024 <= 4 * self.cpu:
            raise ValueError(f"memorySize {self.memorySize} is not between 1 and 4 GB for each of {self.cpu} vCPU")
        return self


def _fits(item: str, lowest: int, highest: int) -> bool:
    found = _CRON_ITEM.fullmatch(item)
    return found is not None and all(
        lowest <= int(found[bound]) <= highest for bound in ("low", "high") if found[bound] is not None
    )
