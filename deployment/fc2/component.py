"""What may stand in ``s.yaml`` beside this file: strictly, since Serverless Devs passes on what it does not know.

Names, types and ranges: devsapp/fc, docs/en/yaml (function, service, triggers) and publish.yaml; what is not wanted
here is left out. Variables are filled in as Serverless Devs 2 does (2.2.2, @serverless-devs/core, ParseVariable): each
text once, ``${env(NAME)}`` without quotes or default, and ``${vars.NAME}``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import Field, field_validator, model_validator

from deployment.environment import Environment, Number
from deployment.fc3 import LogName, MainlandRegion, Name, TimerConfig
from deployment.strict import Filled, Strict, matching, mistakes, texts
from shared.app.s_yaml_file import change_texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RoleArn = Annotated[
    str,
    matching(r"acs:ram::\d+:role/[A-Za-z0-9.-]{1,64}", "the role in full: acs:ram::UID:role/arrears-alert-function"),
]
"""In full: unlike the newer component, this one completes no bare name."""
Target = Annotated[
    str,
    matching(
        r"acs:(mns:[a-z0-9-]+:\d*:/(topics|queues)/[A-Za-z0-9-]+/messages|fc:.+)",
        "acs:mns:REGION::/topics/TOPIC/messages, or acs:fc:...",
    ),
]
_VARIABLE = re.compile(r"\$\{(?P<name>[^{}]+)\}")
_ENV = re.compile(r"env\((?P<name>[A-Z_]+)\)")


class LogConfig(Strict):
    """A log project of the agency's own, in place of ``auto``."""

    project: LogName
    logstore: LogName
    enableRequestMetrics: bool
    enableInstanceMetrics: bool
    logBeginRule: Literal["DefaultRegex", "None"]


class Service(Strict):
    """What the functions have in common."""

    name: Name
    description: str = ""
    internetAccess: Literal[True]
    role: RoleArn
    logConfig: LogConfig


class Container(Strict):
    """The image, and what its program is started with."""

    image: Filled
    args: str

    @field_validator("args")
    @classmethod
    def _is_a_list(cls, text: str) -> str:
        """A list of texts, itself written as a text."""
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            found = None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ValueError("""write a list of texts in quotes, '["check_balances.handler"]'""")
        return text


class Destinations(Strict):
    """What becomes of invocations that ended; each is an address, not a mapping as in 3.0."""

    onFailure: Target
    onSuccess: Target | None = None


class AsyncConfiguration(Strict):
    """Retries of a failed run, and what becomes of one that failed for good."""

    maxAsyncRetryAttempts: int = Field(ge=0, le=8)
    maxAsyncEventAgeInSeconds: int = Field(ge=1, le=2_592_000)
    destination: Destinations
    statefulInvocation: bool = False


class ContainerEnvironment(Environment):
    """What the server in the container has to be told besides: what a built-in runtime of 3.0 knows by itself."""

    ARREARS_TIMEOUT: Number
    ARREARS_FC_SERVICE: Name | None = None


class Function(Strict):
    """The properties of one function in a container."""

    name: Name
    description: str = ""
    runtime: Literal["custom-container"]
    handler: str
    caPort: int = Field(ge=1, le=65_535)
    customContainerConfig: Container
    memorySize: Literal[128, 256, 512, 1024, 2048, 3072]
    instanceConcurrency: Literal[1]
    timeout: int = Field(ge=1, le=86_400)
    environmentVariables: ContainerEnvironment
    asyncConfiguration: AsyncConfiguration


class Timer(Strict):
    """The one kind of trigger that is used here."""

    name: Name
    type: Literal["timer"]
    qualifier: Filled = "LATEST"
    config: TimerConfig


class Props(Strict):
    """One function, its service and its timers."""

    region: MainlandRegion
    service: Service
    function: Function
    triggers: list[Timer] = Field(min_length=1)


class Entry(Strict):
    """One entry of ``services``."""

    component: Literal["fc"]
    props: Props


class Document(Strict):
    """The whole file."""

    edition: Literal["1.0.0"]
    name: Name
    access: str
    vars: dict[str, str] = Field(default={})
    services: dict[Name, Entry] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_one_service_and_each_function_once(self) -> Document:
        """Each entry puts the service anew: one that said otherwise would undo the others."""
        entries = [entry.props for entry in self.services.values()]
        if any(entry.service != entries[0].service for entry in entries):
            raise ValueError("the service is not the same everywhere")
        if len({entry.function.name for entry in entries}) != len(entries):
            raise ValueError("two functions have the same name")
        return self


def render(file: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The file as it would be deployed; what is not set stays as it is written, and is found as a problem."""
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    known: dict[str, str] = document.get("vars") or {}

    def fill(found: re.Match[str]) -> str:
        if called := _ENV.fullmatch(found["name"]):
            return environment.get(called["name"]) or found[0]
        return known.get(found["name"].removeprefix("vars."), found[0])

    filled = change_texts(document["services"], lambda text: _VARIABLE.sub(fill, text))
    return document | {"services": filled}


def problems(rendered: dict[str, Any], file: str = "deployment/fc2/s.yaml") -> list[str]:
    """What is wrong, a line each with its place and mend; empty if the file may be deployed."""
    left = {name for _, text in texts(rendered["services"]) for name in _VARIABLE.findall(text)}
    return [f"{file}: {name} was not filled in: set it" for name in sorted(left)] or mistakes(Document, rendered, file)
