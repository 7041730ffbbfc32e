"""What a policy says: the lines that raise a level, and how people are told."""

# The annotations are read at run time, so their names are imported for real.
from datetime import time
from decimal import Decimal
from typing import Annotated

from shared.config.lines import (
    AmountLines,
    Band,
    BudgetLines,
    RisingBand,
    RiskLines,
    RunwayLines,
    ShareLines,
    SpikeLines,
    WorstDayLines,
)
from shared.config.mends import Fault, refuse
from shared.config.part import Part, Within, key
from shared.config.values import (
    Channels,
    Hours,
    LevelName,
    Number,
    People,
    TimeOfDay,
    TimezoneName,
)
from shared.model import ChannelName, Level


class RepeatAfter(Part):
    """After how many hours people are told again while the level stays; None: never."""

    notice: Hours | None = key(default=None, description="提醒级，小时 / notice, hours")
    warning: Hours | None = key(default=72, description="警告级，小时 / warning, hours")
    critical: Hours | None = key(default=24, description="紧急级，小时 / critical, hours")
    overdue: Hours | None = key(default=24, description="欠费，小时 / overdue, hours")
    suspended: Hours | None = key(default=72, description="停服，小时 / suspended, hours")

    def at(self, level: Level) -> int | None:
        """The hours of ``level``; None for the healthy level."""
        return None if level is Level.HEALTHY else getattr(self, level.label)


class HoldFor(Part):
    """For how many hours a line must have been crossed before its level is entered; None: at once."""

    notice: Hours | None = key(default=None, description="提醒级，小时 / notice, hours")
    warning: Hours | None = key(default=None, description="警告级，小时 / warning, hours")
    critical: Hours | None = key(default=None, description="紧急级，小时 / critical, hours")

    def at(self, level: Level) -> int:
        """The hours of ``level``; none for facts, and for the healthy level."""
        return getattr(self, level.label, None) or 0


class LeadTime(Part):
    """How long customers need to pay, in working days."""

    default_days: Annotated[Number, Within(gt=0, le=15)] = key(
        default=Decimal("2.5"),
        description="一般需要几个工作日付款；有了这个客户自己的记录就按记录 "
        "/ working days that paying takes, until there is a record of this customer's own",
    )
    measure: bool = key(
        default=True,
        description="是否按客户自己的付款记录 / whether the customer's own record counts",
    )


class QuietHours(Part):
    """The night: what is not urgent waits until it ends."""

    start: TimeOfDay = key(
        default=time(22), description="开始时刻 / when it begins", json_schema_extra={"default": "22:00"}
    )
    end: TimeOfDay = key(default=time(8), description="结束时刻 / when it ends", json_schema_extra={"default": "08:00"})
    timezone: TimezoneName = key(
        default="Asia/Shanghai", description="时区 (IANA 名称) / the time zone, by its IANA name"
    )
    let_through: LevelName = key(
        default=Level.CRITICAL,
        description="从哪一级起不受限制 / from which level on messages pass",
        json_schema_extra={"default": Level.CRITICAL.label},
    )

    def __post_init__(self) -> None:
        if self.start == self.end:
            mend = "改动其中一个；不要免打扰就写 quiet: null / change one of them, or write quiet: null for none"
            raise refuse(Fault("start 与 end 相同 / start and end are the same", mend, (("end",), ("start",))))


class Digest(Part):
    """Once a day: the mails that are not urgent, all that are for one person in one."""

    up_to: LevelName = key(
        default=Level.NOTICE,
        description="到哪一级为止等汇总：notice 或 warning / up to which level mails wait: notice or warning",
        json_schema_extra={"default": Level.NOTICE.label},
    )
    at: TimeOfDay = key(
        default=time(9), description="几点发 / when it goes out", json_schema_extra={"default": "09:00"}
    )

    def __post_init__(self) -> None:
        if self.up_to > Level.WARNING:
            what = f"{self.up_to.label} 不能等汇总 / {self.up_to.label} cannot wait for a digest"
            raise refuse(Fault(what, "写 notice 或 warning / write notice or warning", (("up_to",),)))


_MAIL_ONLY = (ChannelName.MAIL,)
_BOTH = (ChannelName.SMS, ChannelName.MAIL)


class Tell(Part):
    """Which ways a message goes; an empty list: no message."""

    notice: Channels = key(default=_MAIL_ONLY, description="提醒级 / notice")
    warning: Channels = key(default=_BOTH, description="警告级 / warning")
    critical: Channels = key(default=_BOTH, description="紧急级 / critical")
    overdue: Channels = key(default=_BOTH, description="欠费 / overdue")
    suspended: Channels = key(default=_BOTH, description="停服 / suspended")
    recovered: Channels = key(default=_MAIL_ONLY, description="恢复正常 / recovered")
    receipt: Channels = key(default=_MAIL_ONLY, description="收到充值 / a payment was seen")
    release: Channels = key(default=_BOTH, description="数据即将释放、已到释放时间 / data is to be released, or was")

    def at(self, level: Level) -> tuple[ChannelName, ...]:
        """The channels of ``level``; none for the healthy level."""
        return () if level is Level.HEALTHY else getattr(self, level.label)


class AtOnce(Part):
    """How many of an account's people are told at once; None: all. The others stand in for who is not reached."""

    notice: People = key(default=1, description="提醒级，几个人 / notice, people")
    warning: People = key(default=2, description="警告级，几个人 / warning, people")
    critical: People = key(default=None, description="紧急级，几个人 / critical, people")
    overdue: People = key(default=None, description="欠费，几个人 / overdue, people")
    suspended: People = key(default=None, description="停服，几个人 / suspended, people")
    recovered: People = key(default=None, description="恢复正常，几个人 / recovered, people")

    def at(self, level: Level) -> int | None:
        """The people of ``level``; of the healthy level, those who hear that it is over."""
        found: int | None = getattr(self, "recovered" if level is Level.HEALTHY else level.label)
        return found


class StaffAfter(Part):
    """After how many hours without any reaction staff are told; None: never."""

    notice: Hours | None = key(default=None, description="提醒级，小时 / notice, hours")
    warning: Hours | None = key(default=None, description="警告级，小时 / warning, hours")
    critical: Hours | None = key(default=4, description="紧急级，小时 / critical, hours")
    overdue: Hours | None = key(default=12, description="欠费，小时 / overdue, hours")
    suspended: Hours | None = key(default=24, description="停服，小时 / suspended, hours")

    def at(self, level: Level) -> int | None:
        """The hours of ``level``; None for the healthy level."""
        return None if level is Level.HEALTHY else getattr(self, level.label)


class Reach(Part):
    """How people are reached: who at once, who if that fails, and when staff step in."""

    at_once: AtOnce = key(
        default=AtOnce(), description="同时通知几个人，其余候补 / people told at once, others stand in"
    )
    receipt_minutes: Annotated[int, Within(ge=5, le=1440)] = key(
        default=30, description="多少分钟内没有回执就换渠道或换人 / minutes for a receipt, then another way or person"
    )
    staff_after: StaffAfter = key(default=StaffAfter(), description="无人回应多久后告知员工 / when staff hear of it")


_RUNWAY = RunwayLines(
    notice=Band(enter_below=Decimal(14), leave_at=Decimal(17)),
    critical=Band(enter_below=Decimal(2), leave_at=Decimal(3)),
)
_RISK = RiskLines(warning=RisingBand(enter_above=Decimal(80), leave_at=Decimal(60)))
_WORST_DAY = WorstDayLines(notice=Band(enter_below=Decimal(1), leave_at=Decimal("1.5")))


class Policy(Part):
    """How an account is watched: the lines that raise its level, and how its people are told."""

    runway: RunwayLines | None = key(default=_RUNWAY, description="按可用天数 / by days of runway")
    risk: RiskLines | None = key(default=_RISK, description="按用完的概率 / by the probability of running out")
    available_amount: AmountLines | None = key(default=None, description="按可用额度 / by the available amount")
    share: ShareLines | None = key(
        default=None,
        description="按占上次充值或额度的百分比 / by the share of the last top-up, credit or quota that is left",
    )
    worst_day: WorstDayLines | None = key(
        default=_WORST_DAY, description="按最贵的一天够用几天 / by how many days like the dearest it covers"
    )
    month_budget: BudgetLines | None = key(default=None, description="按当月预算已用 / by the month's budget as used")
    month_projection: BudgetLines | None = key(
        default=None, description="按当月预算预计 / by the month's budget as projected"
    )
    spike: SpikeLines | None = key(default=None, description="按消费突增 / by a spike in spend")
    lead_time: LeadTime = key(default=LeadTime(), description="客户付款需要多久 / how long paying takes")
    hold_for: HoldFor = key(
        default=HoldFor(), description="越线持续多少小时才算 / hours a line must be crossed before its level is entered"
    )
    min_daily_spend: Annotated[Number, Within(gt=0)] | None = key(
        default=None,
        description="日均消费低于此数不打扰（欠费照发）；null 都发 "
        "/ nobody is bothered below this spend a day, unless in arrears; null: everybody is told",
    )
    repeat_after: RepeatAfter = key(
        default=RepeatAfter(), description="级别不变时隔多少小时再次通知 / hours after which people are told again"
    )
    max_repeats: Annotated[int, Within(ge=0, le=50)] = key(
        default=5, description="同一级别最多重复几次 / how often at most, at one level"
    )
    quiet: QuietHours | None = key(default=QuietHours(), description="夜间免打扰 / quiet hours")
    digest: Digest | None = key(
        default=Digest(),
        description="不急的邮件（含恢复通知）每天汇总；null 随时发 "
        "/ mails that are not urgent, all-clears too, go out once a day; null: at once",
    )
    unreadable_after: Annotated[int, Within(ge=1, le=168)] = key(
        default=3, description="连续几次读不到账号就告知员工 / staff are told after so many failed runs in a row"
    )
    grace_hours: Annotated[int, Within(ge=0, le=2160)] | None = key(
        default=None,
        description="该客户的延停小时数；欠费超过它算停服；未知写 null "
        "/ hours from arrears to suspension, as the customer's console shows; null if unknown",
    )
    grace_amount: Annotated[Number, Within(ge=0)] | None = key(
        default=None,
        description="该客户的延停额度；欠费超过它算停服；未知写 null。它不是欠费的上限 "
        "/ debt from which services stop, as the customer's console shows; null if unknown. It is no cap on the debt",
    )
    release_days: tuple[Annotated[int, Within(ge=1, le=15)], ...] = key(
        default=(3, 1), description="数据释放前几天各提醒一次 / days before data is released on which people are told"
    )
    funded_by_agency: bool = key(
        default=False,
        description="该客户用的是贵公司的钱（配额、划拨）；贵公司自己的账号不足时不怪客户，只告诉员工 "
        "/ the agency's money pays for this account: while its own account is short, only staff are told",
    )
    top_up_days: Annotated[int, Within(ge=1, le=366)] = key(
        default=30,
        description="充入建议的金额后，共够用几天 / days that the balance lasts in all after a suggested top-up",
    )
    tell: Tell = key(default=Tell(), description="各级别的通知渠道 / the channels of each level")
    reach: Reach = key(default=Reach(), description="通知不到怎么办 / what happens when nobody is reached")
