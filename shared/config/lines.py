"""The lines of a policy: where each level begins, and where it is left again.

Every line is a band with two ends, so that a figure that trembles around one number does not send a message each hour:
the level is entered beyond the one end, and left at the other.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar

from shared.config.mends import Fault, refuse
from shared.config.part import ByName, Part, Within, key
from shared.config.values import Number, Quantile
from shared.model import Level


class Band(Part):
    """A level that is entered when a figure falls: days of runway, or an amount."""

    falling: ClassVar[bool] = True

    enter_below: Annotated[Number, Within(gt=0)] = key(
        description="低于此数进入该级别 / the level is entered below this"
    )
    leave_at: Number = key(description="回升到此数才离开，须大于 enter_below / left at this, above enter_below")

    @property
    def enter(self) -> Decimal:
        """Where the level begins."""
        return self.enter_below

    def __post_init__(self) -> None:
        if self.leave_at <= self.enter_below:
            raise refuse(_ends_swapped(self.leave_at, "大于", "larger than", "enter_below", self.enter_below))


class RisingBand(Part):
    """A level that is entered when a percentage rises: a risk, or the used part of a budget."""

    falling: ClassVar[bool] = False

    enter_above: Annotated[Number, Within(gt=0, le=1000)] = key(
        description="高于此百分数进入该级别 / the level is entered above this many percent"
    )
    leave_at: Annotated[Number, Within(ge=0)] = key(
        description="降到此百分数才离开，须小于 enter_above / left at this many percent, below enter_above"
    )

    @property
    def enter(self) -> Decimal:
        """Where the level begins."""
        return self.enter_above

    def __post_init__(self) -> None:
        if self.leave_at >= self.enter_above:
            raise refuse(_ends_swapped(self.leave_at, "小于", "smaller than", "enter_above", self.enter_above))


def _ends_swapped(leave: Decimal, chinese: str, english: str, other: str, enter: Decimal) -> Fault:
    return Fault(
        f"leave_at {leave} 须{chinese} {other} {enter} / leave_at {leave} must be {english} {other} {enter}",
        f"请写{chinese} {enter} 的数 / write a number {english} {enter}",
        (("leave_at",), (other,)),
    )


class _Lines(Part):
    """What the kinds of lines share: up to one band a level, in order."""

    _bands: ClassVar[tuple[tuple[Level, Band | RisingBand], ...]] = ()

    def bands(self) -> tuple[tuple[Level, Band | RisingBand], ...]:
        """The lines that are drawn, the mildest level first."""
        return self._bands

    def __post_init__(self) -> None:
        drawn = ((level, getattr(self, level.label)) for level in (Level.NOTICE, Level.WARNING, Level.CRITICAL))
        self.__dict__["_bands"] = tuple((level, band) for level, band in drawn if band is not None)
        if faults := [fault for milder, worse in pairwise(self.bands()) for fault in _out_of_order(milder, worse)]:
            raise refuse(*faults)


def _out_of_order(milder: tuple[Level, Band | RisingBand], worse: tuple[Level, Band | RisingBand]) -> Iterator[Fault]:
    """A worse level begins strictly further out, and is left no later than the milder one."""
    (mild_level, mild), (worse_level, bad) = milder, worse
    falling = isinstance(bad, Band)
    outward = -1 if falling else 1
    if outward * bad.enter <= outward * mild.enter:
        end = "enter_below" if falling else "enter_above"
        must = ("须小于", "must be smaller than") if falling else ("须大于", "must be larger than")
        yield _order_fault(end, (worse_level, bad.enter), (mild_level, mild.enter), must)
    if outward * bad.leave_at < outward * mild.leave_at:
        must = ("不得大于", "must not be larger than") if falling else ("不得小于", "must not be smaller than")
        yield _order_fault("leave_at", (worse_level, bad.leave_at), (mild_level, mild.leave_at), must)


def _order_fault(end: str, worse: tuple[Level, Decimal], milder: tuple[Level, Decimal], must: tuple[str, str]) -> Fault:
    (worse_level, worse_at), (mild_level, mild_at) = worse, milder
    this, other = f"{worse_level.label}.{end}", f"{mild_level.label}.{end}"
    return Fault(
        f"{this} {worse_at} 与 {other} {mild_at} 次序颠倒 / {this} {worse_at} and {other} {mild_at} are out of order",
        f"{this} {must[0]} {other} ({mild_at}) / {this} {must[1]} {other} ({mild_at})",
        ((worse_level.label, end), (mild_level.label, end)),
    )


class _FallingLines(_Lines):
    notice: Band | None = key(default=None, description="提醒级 / the level notice")
    warning: Band | None = key(default=None, description="警告级 / the level warning")
    critical: Band | None = key(default=None, description="紧急级 / the level critical")


class _RisingLines(_Lines):
    notice: RisingBand | None = key(default=None, description="提醒级 / the level notice")
    warning: RisingBand | None = key(default=None, description="警告级 / the level warning")
    critical: RisingBand | None = key(default=None, description="紧急级 / the level critical")


class RunwayLines(_FallingLines):
    """Lines in days of runway: how long the balance lasts at one quantile of the projected spend."""

    quantile: Quantile = key(
        default=0.5,
        description="看哪个分位：0.5 最可能，0.1 偏早、更谨慎 / the quantile: 0.5 is likely, 0.1 early, more careful",
    )


class RiskLines(_RisingLines):
    """Lines in percent: how probable it is that the balance is empty before this customer has paid."""

    within_lead_times: Annotated[Number, Within(gt=0, le=10)] = key(
        default=Decimal(2),
        description="付款所需时间的几倍之内用完，见 lead_time / empty within how many lead times, see lead_time",
    )
    within_days: Annotated[Number, Within(gt=0, le=60)] | None = key(
        default=None,
        description="改用固定的天数；null 按 lead_time / a fixed number of days instead; null: by lead_time",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        faults = [
            Fault(
                f"{level.label}.enter_above 超过 100 / {level.label}.enter_above is above 100",
                "概率最大 100，请写小于 100 的数 / a probability ends at 100: write a smaller number",
                ((level.label, "enter_above"),),
            )
            for level, band in self.bands()
            if band.enter >= _CERTAIN
        ]
        if faults:
            raise refuse(*faults)


_CERTAIN = Decimal(100)


class AmountLines(_FallingLines):
    """Lines in the account's currency: the available amount."""


class WorstDayLines(_FallingLines):
    """Lines in days: how many days like the dearest of the last two weeks the available amount covers.

    A product that is billed once a day (CDN, for one) takes a whole day's cost in one bill, past any other line.
    """


class ShareReference(StrEnum):
    """What the available amount is a share of."""

    LAST_TOP_UP = "last_top_up"
    CREDIT = "credit"
    QUOTA = "quota"


class ShareLines(_FallingLines):
    """Lines in percent: what is left of the last top-up, of the credit line, or of the quota."""

    of: Annotated[ShareReference, ByName()] = key(
        default=ShareReference.LAST_TOP_UP,
        description="占什么的百分比：last_top_up 上次充值，credit 信用额度，quota 配额 "
        "/ of what: the last top-up, the credit line, the quota",
    )


class SpikeLines(_RisingLines):
    """Lines in percent: how far today's or yesterday's spend is above its usual range, and by no less than an amount.

    Usual is what nine days in ten of the four weeks before did not exceed.
    """

    min_amount: Annotated[Number, Within(gt=0)] = key(
        description="至少超出多少才算，以账号币种计 / it is no spike below this amount, in the account's currency"
    )


class BudgetLines(_RisingLines):
    """Lines in percent of the month's budget: what is used, or what the whole month will likely have cost."""

    amount: Annotated[Number, Within(gt=0)] = key(
        description="每月预算，以账号币种计 / the month's budget, in the account's currency"
    )
