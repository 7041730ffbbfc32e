"""A case as staff write it in ``tests/cases``: readings in, and what must be told of them. See the README there."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from shared.decisions import Reason
from shared.model import SHANGHAI, Level, TaskKind, Topic
from shared.silences import parse_length

CASES = Path(__file__).parent / "cases"

_USUAL = {
    Topic.LEVEL: Reason.WORSENED,
    Topic.RECOVERED: Reason.RECOVERED,
    Topic.RECEIPT: Reason.TOPPED_UP,
    Topic.RELEASE: Reason.RELEASE_NEAR,
    Topic.RELEASED: Reason.RELEASED,
}
"""The reason that a topic has where the case names none."""


FALLING = ("runway", "available_amount", "share", "worst_day")
RISING = ("risk", "month_budget", "month_projection", "spike")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_text(value: object) -> object:
    """YAML reads a bare day as a date, and a single figure as a number."""
    return str(value) if isinstance(value, date | int | float) else value


def _as_level(value: object) -> object:
    return Level.of(value) if isinstance(value, str) else value


def _with_tuples(value: Any) -> Any:
    """Lists as ``agency.yaml`` is read: policies do not change."""
    if isinstance(value, dict):
        return {key: _with_tuples(below) for key, below in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


Text = Annotated[str, BeforeValidator(_as_text)]
LevelName = Annotated[Level, BeforeValidator(_as_level)]
Varying: TypeAlias = Decimal | dict[Text, Decimal]
"""One figure for all of the case, or from each of these moments on."""


class TopUp(_Part):
    """Money that came in, or went out, not at once known."""

    amount: Decimal
    known: Text
    """From when on the provider tells of it."""
    kind: str = "payment"


class AccountPart(_Part):
    """What the account is, besides its balance."""

    currency: str | dict[Text, str] = "CNY"
    """As the roster says, for all of the case or from each of these moments on."""
    read_in: str | dict[Text, str] | None = None
    """The currency that the provider answers in; None: as the roster says."""
    credit: Varying = Decimal(0)
    quota: Varying = Decimal(0)
    own: bool = False


class Person(_Part):
    """The one who is told, where the case looks at when messages go out."""

    timezone: str | None = None


class Told(_Part):
    """One thing that the account's people must be told."""

    at: Text
    topic: Topic = Topic.LEVEL
    level: LevelName
    reason: Reason | None = None
    lines: tuple[str, ...] | None = None
    """The lines that were crossed; None: whichever."""
    due: Text | None = None
    """When the message may go out; None: whenever."""

    @property
    def because(self) -> Reason | None:
        """Why it is told."""
        return self.reason or _USUAL.get(self.topic)


class Task(_Part):
    """One thing that staff must be told."""

    at: Text
    task: TaskKind | Topic


class SilencePart(_Part):
    """Somebody's word that nothing is to be said."""

    begins: Text
    ends: Text
    up_to: LevelName = Level.CRITICAL


class Case(_Part):
    """One account over some time."""

    name: str
    start: Text
    every: str = "1h"
    balance: Text
    past: Text = ""
    """Spend of the days before the start, oldest first, as ``balance`` is written."""
    top_ups: dict[Text, Decimal | TopUp] = {}
    account: AccountPart = AccountPart()
    person: Person = Person()
    bills: dict[str, Decimal] = {}
    """What each product costs on every day, by its code in bills."""
    bought: dict[Text, Decimal] = {}
    """Prepaid purchases by day, as the bill names them."""
    lines: dict[str, Any] | None = None
    """The only lines that are drawn, a band as ``enter/leave``; None: those of the default policy."""
    config: Annotated[dict[str, Any], AfterValidator(_with_tuples)] = {}
    """Anything else, over the default policy."""
    acknowledged: tuple[Text, ...] = ()
    paying: dict[Text, Text] = {}
    """When somebody said so, and until when money is under way."""
    silences: tuple[SilencePart, ...] = ()
    agency_short: dict[Text, Text] = {}
    """From when, until when the agency's own account is short."""
    paid_after: tuple[tuple[Text, Text], ...] = ()
    """Former warnings, each with its payment."""
    told: tuple[Told, ...]
    staff: tuple[Task, ...] = ()
    levels: dict[Text, LevelName] | None = None
    """Every change of the level; None: not looked at."""
    why: dict[Text, Reason] = {}
    """The reason at some readings."""
    xfail: str = ""
    """A known mistake that this case shows."""
    file: str = Field(default="", exclude=True)

    @property
    def begins(self) -> datetime:
        """The first reading."""
        return _shanghai(self.start)

    @property
    def step(self) -> timedelta:
        """The time from one reading to the next."""
        return parse_length(self.every)

    @property
    def readings(self) -> tuple[Decimal | None, ...]:
        """The available amount at each reading; None where it fails."""
        return amounts(self.balance)

    def moment(self, text: str) -> datetime:
        """``2026-03-04 14:00``, ``03-04 14:00`` or ``03-04``; without a year, the one that is nearest to the start."""
        if re.match(r"\d{4}-", text):
            return _shanghai(text)
        year = self.begins.astimezone(SHANGHAI).year
        near = [at for n in (-1, 0, 1) if (at := _if_there_is(f"{year + n}-{text}"))]
        return min(near, key=lambda at: abs(at - self.begins))


def drawn(lines: dict[str, Any]) -> dict[str, Any]:
    """Every kind of line as a policy has it: off unless it is in ``lines``, ``500/700`` made into a band."""
    return dict.fromkeys((*FALLING, *RISING)) | {kind: _bands(kind, part) for kind, part in lines.items()}


def _bands(kind: str, part: dict[str, Any]) -> dict[str, Any]:
    enter = "enter_below" if kind in FALLING else "enter_above"
    bands = dict(part)
    for level in {"notice", "warning", "critical"} & part.keys():
        first, _, second = str(part[level]).partition("/")
        bands[level] = {enter: Decimal(first), "leave_at": Decimal(second)}
    return bands


def load_cases() -> list[Case]:
    """Every case of every file, in order."""
    paths = sorted(CASES.glob("*.yaml"))
    return [case for path in paths for case in parse_cases(path.read_text(encoding="utf-8"), path.name)]


def parse_cases(text: str, file: str) -> list[Case]:
    """The cases of one file's text."""
    return [Case.model_validate({**row, "file": file}) for row in yaml.safe_load(text)]


_TOKEN = re.compile(r"(?P<first>_|-?\d+(?:\.\d+)?)(?:\.\.(?P<last>-?\d+(?:\.\d+)?))?(?: *[x×](?P<count>\d+))?(?=\s|$)")
_CENT = Decimal("0.01")


@cache
def amounts(text: str) -> tuple[Decimal | None, ...]:
    """``1000 900 x3 _ 500..0 x6``: amounts, repeated ones, unknown ones, and ramps with both ends in them.

    Raises:
        ValueError: Naming what cannot be read.
    """
    found: list[Decimal | None] = []
    rest = text.strip()
    while rest:
        token = _TOKEN.match(rest)
        if token is None:
            raise ValueError(f"看不懂 {rest[:20]!r} / cannot read it: write 1000, 900 x3, _ or 500..0 x6")
        found += _run(token["first"], token["last"], int(token["count"] or 1))
        rest = rest[token.end() :].lstrip()
    return tuple(found)


def _run(first: str, last: str | None, count: int) -> list[Decimal | None]:
    if first == "_":
        return [None] * count
    a, b = Decimal(first), Decimal(last or first)
    return [(a + (b - a) * n / max(count - 1, 1)).quantize(_CENT) for n in range(count)]


def _if_there_is(text: str) -> datetime | None:
    """29 February is not there every year."""
    try:
        return _shanghai(text)
    except ValueError:
        return None


def _shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)
