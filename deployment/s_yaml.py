"""What may stand in a rendered ``s.yaml``, strictly: the fc3 component lets typos and bad timers pass.

Properties and ranges: devsapp/fc3, src/schema.json; the rest of the file: Serverless-Devs, docs/zh/yaml.md. Only what
this project uses, or soon may, is known here; a property that is not is refused until it is written down.
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
    ValidationError,
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


class AsyncInvokeConfig(Strict):
    """Retries of a failed run; both numbers are written down, since the sources name different defaults."""

    maxAsyncRetryAttempts: int = Field(ge=0, le=8)
    maxAsyncEventAgeInSeconds: int = Field(ge=1, le=604_800)
    asyncTask: bool = False


class LogConfig(Strict):
    """A log project of the agency's own, in place of ``auto``."""

    project: str
    logstore: str
    enableRequestMetrics: bool = False
    enableInstanceMetrics: bool = False
    logBeginRule: Literal["DefaultRegex", "None"] = "None"


class ConcurrencyConfig(Strict):
    """At most so many instances."""

    reservedConcurrency: int = Field(ge=0)


class Function(Strict):
    """The properties of one function."""

    region: MainlandRegion
    functionName: Name
    description: str = ""
    runtime: Literal["python3.10", "python3.12"]
    handler: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]
    code: str
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
    resourceGroupId: str = ""
    triggers: list[Timer] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_sized(self) -> Function:
        """Between 1 and 4 GB of memory for each vCPU, in steps of 0.05."""
        if round(self.cpu * _HUNDREDTHS, 6) % 5:
            raise ValueError(f"cpu {self.cpu} is no multiple of 0.05")
        if not self.cpu <= self.memorySize / 1024 <= 4 * self.cpu:
            raise ValueError(f"memorySize {self.memorySize} is not between 1 and 4 GB for each of {self.cpu} vCPU")
        return self


class Command(Strict):
    """A program to run before or after a command of Serverless Devs."""

    run: str
    path: str = "./"


class Resource(Strict):
    """One function, and what is to be done around its deployment."""

    component: Literal["fc3"]
    actions: dict[
        Annotated[str, StringConstraints(pattern=r"^(pre|success|fail|complete)-[a-z]+$")], list[Command]
    ] = {}
    props: Function


class Document(Strict):
    """The whole file."""

    edition: Literal["3.0.0"]
    name: Name
    access: str
    vars: dict[str, str] = {}
    resources: dict[Name, Resource] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_each_once(self) -> Document:
        """A second function of the same name would replace the first."""
        names = [resource.props.functionName for resource in self.resources.values()]
        if len(names) != len(set(names)):
            raise ValueError("two functions have the same functionName")
        return self


def problems(rendered: dict[str, Any]) -> list[str]:
    """What is wrong, a line each with its place; empty if the file may be deployed."""
    unresolved = [f"s.yaml: {place}: {text} was not filled in" for place, text in _texts(rendered) if "${" in text]
    try:
        Document.model_validate(rendered)
    except ValidationError as error:
        return unresolved + [f"s.yaml: {'.'.join(map(str, at['loc']))}: {at['msg']}" for at in error.errors()]
    return unresolved


def _fits(item: str, lowest: int, highest: int) -> bool:
    found = _CRON_ITEM.fullmatch(item)
    return found is not None and all(
        lowest <= int(found[bound]) <= highest for bound in ("low", "high") if found[bound] is not None
    )


def _texts(value: object, place: str = "") -> list[tuple[str, str]]:
    """Every text below ``resources`` with its place; ``access`` is filled in only when something is deployed."""
    if isinstance(value, dict):
        inner = [(f"{place}.{key}" if place else str(key), each) for key, each in value.items() if key != "access"]
        return [found for where, each in inner for found in _texts(each, where)]
    if isinstance(value, list):
        return [found for number, each in enumerate(value) for found in _texts(each, f"{place}.{number}")]
    return [(place, value)] if isinstance(value, str) else []
