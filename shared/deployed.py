"""What is deployed, beside what s.yaml asks for: each difference is a finding."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.findings import Finding, Flaw
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime


@frozen
class TimerSetting:
    """When a function runs by itself."""

    name: str
    cron: str
    enabled: bool
    version: str = "LATEST"
    """Of the function that it starts: a published version, or what was deployed last."""


@frozen
class FunctionSetting:
    """One function: as a file asks for it, or as it is deployed."""

    name: str
    runtime: str
    handler: str
    cpu: float
    """vCPU."""
    memory: int
    """MB."""
    timeout: int
    """Seconds."""
    role: str
    """Its name, without the account."""
    environment: Mapping[str, str]
    retries: int | None = None
    """Of a failed run; None: the platform's default."""
    failures_to: str = ""
    """Where an invocation goes that failed for good; empty: nowhere."""
    async_task: bool = False
    """Whether asynchronous tasks are enabled: then a bucket's id is taken once, however often it is handed over."""
    event_age: int | None = None
    """Seconds that an invocation may wait; None: the platform's default."""
    logs_to: str | None = None
    """Project and log store, with a slash; None: the platform's own, or nowhere."""
    internet: bool = True
    """Whether it reaches anything outside: OpenAPI lies there."""
    timers: tuple[TimerSetting, ...] = field(default=())
    modified: datetime | None = None
    """When it was last deployed, or changed by hand; None of one that is only asked for."""
    trouble: str = ""
    """What the platform says is wrong with it; never of one that is only asked for."""


_COMPARED = (
    "runtime", "handler", "cpu", "memory", "timeout", "role", "retries", "event_age", "failures_to", "async_task",
    "logs_to", "internet",
)  # fmt: skip
APART = timedelta(hours=1)
"""Functions that were last changed farther apart may not be of one deployment."""


def differences(wanted: Sequence[FunctionSetting], deployed: Mapping[str, FunctionSetting]) -> Iterator[Finding]:
    """What of ``wanted`` is not ``deployed`` (by name), or is otherwise."""
    for one in wanted:
        there = deployed.get(one.name)
        if there is None:
            yield Finding(Flaw.FUNCTION_MISSING, one.name)
            continue
        if there.trouble:
            yield Finding(Flaw.FUNCTION_TROUBLED, one.name, there.trouble)
        unlike = [*_unlike(one, there), *_unlike_environment(one, there)]
        if unlike:
            yield Finding(Flaw.FUNCTION_DIFFERS, one.name, "; ".join(unlike))
        yield from _timers(one, there)
    yield from _apart([deployed[one.name] for one in wanted if one.name in deployed])


def _apart(found: Iterable[FunctionSetting]) -> Iterator[Finding]:
    """A deployment that ended half-way leaves an older function behind, a change by hand makes a newer one."""
    times = sorted((one.modified, one.name) for one in found if one.modified is not None)
    if times and times[-1][0] - times[0][0] > APART:
        (first, oldest), *_, (last, newest) = times
        yield Finding(Flaw.DEPLOYED_APART, oldest, f"{first:%m-%d %H:%M}Z; {newest} {last:%m-%d %H:%M}Z")


def _unlike(wanted: FunctionSetting, there: FunctionSetting) -> Iterator[str]:
    for name in _COMPARED:
        ours, theirs = getattr(wanted, name), getattr(there, name)
        if ours != theirs and ours is not None:
            yield f"{name} {theirs or '-'} ({ours or '-'})"


def _unlike_environment(wanted: FunctionSetting, there: FunctionSetting) -> Iterator[str]:
    """Names alone: what an environment holds is not shown."""
    for name, value in wanted.environment.items():
        if there.environment.get(name) != value:
            yield name


def _timers(wanted: FunctionSetting, there: FunctionSetting) -> Iterator[Finding]:
    known = {timer.name: timer for timer in there.timers}
    for timer in wanted.timers:
        found = known.pop(timer.name, None)
        subject = f"{wanted.name}/{timer.name}"
        if found is None:
            yield Finding(Flaw.TIMER_MISSING, subject, timer.cron)
        elif timer.enabled and not found.enabled:
            yield Finding(Flaw.TIMER_OFF, subject)
        elif found.cron != timer.cron:
            yield Finding(Flaw.TIMER_DIFFERS, subject, f"{found.cron} ({timer.cron})")
        elif found.version != timer.version:
            yield Finding(Flaw.TIMER_DIFFERS, subject, f"version {found.version} ({timer.version})")
    for name, timer in known.items():
        if timer.enabled:
            yield Finding(Flaw.TIMER_EXTRA, f"{wanted.name}/{name}", timer.cron)
