"""What is deployed, beside what s.yaml asks for: each difference is a finding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.findings import Finding, Flaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class TimerSetting:
    """When a function runs by itself."""

    name: str
    cron: str
    enabled: bool


@dataclass(frozen=True, slots=True)
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
    timers: tuple[TimerSetting, ...] = field(default=())
    trouble: str = ""
    """What the platform says is wrong with it; never of one that is only asked for."""


_COMPARED = ("runtime", "handler", "cpu", "memory", "timeout", "role", "retries", "failures_to", "async_task")


def differences(wanted: Iterable[FunctionSetting], deployed: Mapping[str, FunctionSetting]) -> Iterator[Finding]:
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
    for name, timer in known.items():
        if timer.enabled:
            yield Finding(Flaw.TIMER_EXTRA, f"{wanted.name}/{name}", timer.cron)
