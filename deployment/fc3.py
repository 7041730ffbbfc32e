"""The properties of one function, as the fc3 component knows them: strictly, since it lets typos and bad timers pass.

Names, types and ranges: devsapp/fc3, src/schema.json. A property that is in neither ``Function`` nor ``NOT_WANTED`` is
one that the component does not know.
"""

from __future__ import annotations

from math import ceil
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from deployment.cron import Cron
from deployment.environment import Environment
from deployment.strict import EITHER, KEYS, TEXT, Filled, Strict, matching, one_of

MAINLAND = (
    "cn-beijing",
    "cn-chengdu",
    "cn-hangzhou",
    "cn-hangzhou-finance",
    "cn-heyuan-acdr-1",
    "cn-huhehaote",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shanghai-finance-1",
    "cn-shenzhen",
    "cn-wulanchabu",
    "cn-zhangjiakou",
)
"""The regions of the mainland that have Function Compute: alibabacloud_fc20230330, its map of endpoints."""
MainlandRegion = Annotated[str, one_of(MAINLAND, "region of the mainland with Function Compute")]
"""Domestic SMS is refused from abroad, and personal data stays in the country."""
Name = Annotated[
    str, matching(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", "letters, digits, - and _, with a letter first, at most 64")
]
LowerCaseRole = Annotated[
    str,
    matching(r"(acs:ram::\d+:role/)?[a-z0-9.-]{1,64}", "the role's name: small letters, digits, - and ., at most 64"),
]
"""The component lower-cases it (src/base.ts), so that another spelling would name a role that is not there."""
LogName = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]", "3 to 63 small letters, digits, - and _, a letter or digit first and last"
    ),
]
Handler = Annotated[str, matching(r"[a-z_]+\.[a-z_]+", "FILE.FUNCTION, as check_balances.handler")]
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


class TimerConfig(Strict):
    """When a timer fires, and what it says."""

    cronExpression: Cron
    enable: bool
    payload: str = ""


class Timer(Strict):
    """The one kind of trigger that is used here."""

    triggerName: Name
    triggerType: Literal["timer"]
    description: str = ""
    qualifier: Filled = "LATEST"
    triggerConfig: TimerConfig


class Destination(Strict):
    """Where an invocation's record goes: an MNS topic, or another function."""

    destination: Annotated[
        str,
        matching(
            r"acs:(mns:[a-z0-9-]+:\d*:/topics/[A-Za-z0-9-]+/messages|fc:[a-z0-9-]+:\d*:functions/[\w-]+)",
            "acs:mns:REGION::/topics/TOPIC/messages, or acs:fc:REGION::functions/FUNCTION",
        ),
    ]


class Destinations(Strict):
    """What becomes of invocations that ended; one that failed for good is a warning that somebody has to look after."""

    onFailure: Destination
    onSuccess: Destination | None = None


class AsyncInvokeConfig(Strict):
    """Retries of a failed run; both numbers are written down, since the sources name different defaults."""

    maxAsyncRetryAttempts: int = Field(ge=0, le=8)
    maxAsyncEventAgeInSeconds: int = Field(ge=1, le=604_800)
    asyncTask: bool = False
    qualifier: Filled = "LATEST"
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


class StoredCode(Strict):
    """The package that ``make package`` makes, once it was zipped and put into a bucket."""

    ossBucketName: Filled
    ossObjectName: Filled


class OwnEnvironment(Environment):
    """What a built-in runtime has to be told besides: where the package lies."""

    PYTHONPATH: Literal["/code:/code/python"]
    PYDANTIC_DISABLE_PLUGINS: Literal["__all__"] | None = None


class Function(Strict):
    """The properties of one function."""

    not_wanted: ClassVar = NOT_WANTED

    region: MainlandRegion
    functionName: Name
    description: str = ""
    runtime: Literal["python3.12"]
    handler: Handler
    code: Annotated[Annotated[Literal["./.package"], TEXT] | Annotated[StoredCode, KEYS], EITHER]
    cpu: float = Field(ge=0.05, le=16)
    memorySize: int = Field(ge=128, le=32_768, multiple_of=64)
    diskSize: Literal[512, 10_240]
    timeout: int = Field(ge=1, le=86_400)
    role: LowerCaseRole
    internetAccess: Literal[True]
    logConfig: Annotated[Annotated[Literal["auto"], TEXT] | Annotated[LogConfig, KEYS], EITHER]
    environmentVariables: OwnEnvironment
    asyncInvokeConfig: AsyncInvokeConfig
    concurrencyConfig: ConcurrencyConfig | None = None
    endpoint: Filled | None = None
    resourceGroupId: Filled | None = None
    tags: list[Tag] = Field(default=[])
    layers: list[str] = Field(default=[], max_length=5)
    vpcConfig: Annotated[Annotated[Literal["auto"], TEXT] | Annotated[VpcConfig, KEYS], EITHER] | None = None
    vpcBinding: VpcBinding | None = None
    instanceLifecycleConfig: Lifecycle | None = None
    instanceConcurrency: Literal[1] = 1
    triggers: list[Timer] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_sized(self) -> Function:
        """Between 1 and 4 GB of memory for each vCPU, in steps of 0.05."""
        if round(self.cpu * _HUNDREDTHS, 6) % 5:
            raise ValueError(f"cpu {self.cpu} is no multiple of 0.05: write one")
        if not self.cpu <= self.memorySize / 1024 <= 4 * self.cpu:
            raise ValueError(
                f"memorySize {self.memorySize} does not go with cpu {self.cpu}: "
                f"write {ceil(self.cpu * 1024 / 64) * 64} to {int(self.cpu * 4096 / 64) * 64}"
            )
        return self

    @model_validator(mode="after")
    def _has_each_timer_once(self) -> Function:
        """A second one of the same name replaces the first; one of the same time starts everything twice."""
        for key, said in (
            ("name", [timer.triggerName for timer in self.triggers]),
            ("time", [timer.triggerConfig.cronExpression for timer in self.triggers]),
        ):
            if len(said) != len(set(said)):
                raise ValueError(f"two triggers have the same {key}: leave one of them out")
        return self

    @model_validator(mode="after")
    def _stays_in_its_region(self) -> Function:
        """What it stores, and where its failures go: another region is paid for by the byte."""
        endpoint = self.environmentVariables.ARREARS_TABLESTORE_ENDPOINT
        failures = self.asyncInvokeConfig.destinationConfig.onFailure.destination
        for place, is_here in (
            (f"ARREARS_TABLESTORE_ENDPOINT {endpoint}", f".{self.region}." in endpoint),
            (f"onFailure {failures}", failures.split(":")[2] == self.region),
        ):
            if not is_here:
                raise ValueError(f"{place} is not in {self.region}: write the same region everywhere")
        return self
