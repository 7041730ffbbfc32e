"""The schema of agency.yaml, the file that staff edit, and how it is read.

One rule for all policies: **what is written replaces, what is not written stays.** The policy ``default`` starts from
the values below, a named policy from ``default``, and an override from the policy of its account; ``null`` turns
a thing off.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from shared.config.lines import AmountLines, Band, BudgetLines, RisingBand, RiskLines, RunwayLines
from shared.config.mends import Fault, Located, closest, located, refuse
from shared.config.values import (
    AccountId,
    Channels,
    Hours,
    HttpsUrl,
    LevelName,
    Mail,
    MailTag,
    Mobile,
    Number,
    Part,
    People,
    PolicyName,
    SignName,
    Templates,
    Text,
    TimeOfDay,
    TimezoneName,
    WebUrl,
)
from shared.config.yaml_lines import YamlTree, read_yaml
from shared.errors import InvalidInput, Problem
from shared.model import Account, ChannelName, Contact, Language, Level

__all__ = [
    "AmountLines",
    "AtOnce",
    "Band",
    "BudgetLines",
    "Config",
    "Limits",
    "MailSettings",
    "MessageSettings",
    "OwnAccount",
    "Policy",
    "QuietHours",
    "Reach",
    "RepeatAfter",
    "RisingBand",
    "RiskLines",
    "RunwayLines",
    "SmsSettings",
    "StaffAfter",
    "StaffContact",
    "Tell",
    "config_version",
    "parse_config",
]

DEFAULT = "default"
"""The policy that every account has unless its row names another."""


# ---------------------------------------------------------------- policies


class RepeatAfter(Part):
    """After how many hours people are told again while the level stays; None: never."""

    notice: Hours | None = Field(default=None, description="提醒级，小时 / notice, hours")
    warning: Hours | None = Field(default=72, description="警告级，小时 / warning, hours")
    critical: Hours | None = Field(default=24, description="紧急级，小时 / critical, hours")
    overdue: Hours | None = Field(default=24, description="欠费，小时 / overdue, hours")
    suspended: Hours | None = Field(default=72, description="停服，小时 / suspended, hours")

    def at(self, level: Level) -> int | None:
        """The hours of ``level``; None for the healthy level."""
        return None if level is Level.HEALTHY else getattr(self, level.label)


class QuietHours(Part):
    """The night: what is not urgent waits until it ends."""

    start: TimeOfDay = Field(
        default=time(22), description="开始时刻 / when it begins", json_schema_extra={"default": "22:00"}
    )
    end: TimeOfDay = Field(
        default=time(8), description="结束时刻 / when it ends", json_schema_extra={"default": "08:00"}
    )
    timezone: TimezoneName = Field(
        default="Asia/Shanghai", description="时区 (IANA 名称) / the time zone, by its IANA name"
    )
    let_through: LevelName = Field(
        default=Level.CRITICAL,
        description="从哪一级起不受限制 / from which level on messages pass",
        json_schema_extra={"default": Level.CRITICAL.label},
    )

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.start == self.end:
            mend = "改动其中一个；不要免打扰就写 quiet: null / change one of them, or write quiet: null for none"
            raise refuse(Fault("start 与 end 相同 / start and end are the same", mend, (("end",), ("start",))))
        return self


_MAIL_ONLY = (ChannelName.MAIL,)
_BOTH = (ChannelName.SMS, ChannelName.MAIL)


class Tell(Part):
    """Which ways a message goes; an empty list: no message."""

    notice: Channels = Field(default=_MAIL_ONLY, description="提醒级 / notice")
    warning: Channels = Field(default=_BOTH, description="警告级 / warning")
    critical: Channels = Field(default=_BOTH, description="紧急级 / critical")
    overdue: Channels = Field(default=_BOTH, description="欠费 / overdue")
    suspended: Channels = Field(default=_BOTH, description="停服 / suspended")
    recovered: Channels = Field(default=_MAIL_ONLY, description="恢复正常 / recovered")

    def at(self, level: Level) -> tuple[ChannelName, ...]:
        """The channels of ``level``; none for the healthy level."""
        return () if level is Level.HEALTHY else getattr(self, level.label)


class AtOnce(Part):
    """How many of an account's people are told at once; None: all. The others stand in for who is not reached."""

    notice: People = Field(default=1, description="提醒级，几个人 / notice, people")
    warning: People = Field(default=2, description="警告级，几个人 / warning, people")
    critical: People = Field(default=None, description="紧急级，几个人 / critical, people")
    overdue: People = Field(default=None, description="欠费，几个人 / overdue, people")
    suspended: People = Field(default=None, description="停服，几个人 / suspended, people")
    recovered: People = Field(default=None, description="恢复正常，几个人 / recovered, people")

    def at(self, level: Level) -> int | None:
        """The people of ``level``; of the healthy level, those who hear that it is over."""
        found: int | None = getattr(self, "recovered" if level is Level.HEALTHY else level.label)
        return found


class StaffAfter(Part):
    """After how many hours without any reaction staff are told; None: never."""

    notice: Hours | None = Field(default=None, description="提醒级，小时 / notice, hours")
    warning: Hours | None = Field(default=None, description="警告级，小时 / warning, hours")
    critical: Hours | None = Field(default=4, description="紧急级，小时 / critical, hours")
    overdue: Hours | None = Field(default=12, description="欠费，小时 / overdue, hours")
    suspended: Hours | None = Field(default=24, description="停服，小时 / suspended, hours")

    def at(self, level: Level) -> int | None:
        """The hours of ``level``; None for the healthy level."""
        return None if level is Level.HEALTHY else getattr(self, level.label)


class Reach(Part):
    """How people are reached: who at once, who if that fails, and when staff step in."""

    at_once: AtOnce = Field(
        default=AtOnce(), description="同时通知几个人，其余候补 / people told at once, others stand in"
    )
    receipt_minutes: Annotated[int, Field(ge=5, le=1440)] = Field(
        default=30, description="多少分钟内没有回执就换渠道或换人 / minutes for a receipt, then another way or person"
    )
    staff_after: StaffAfter = Field(default=StaffAfter(), description="无人回应多久后告知员工 / when staff hear of it")


_RUNWAY = RunwayLines(
    notice=Band(enter_below=Decimal(14), leave_at=Decimal(17)),
    critical=Band(enter_below=Decimal(2), leave_at=Decimal(3)),
)
_RISK = RiskLines(within_days=Decimal(6), warning=RisingBand(enter_above=Decimal(80), leave_at=Decimal(60)))


class Policy(Part):
    """How an account is watched: the lines that raise its level, and how its people are told."""

    runway: RunwayLines | None = Field(default=_RUNWAY, description="按可用天数 / by days of runway")
    risk: RiskLines | None = Field(default=_RISK, description="按用完的概率 / by the probability of running out")
    available_amount: AmountLines | None = Field(default=None, description="按可用额度 / by the available amount")
    month_budget: BudgetLines | None = Field(default=None, description="按当月预算 / by the month's budget")
    repeat_after: RepeatAfter = Field(
        default=RepeatAfter(), description="级别不变时隔多少小时再次通知 / hours after which people are told again"
    )
    max_repeats: Annotated[int, Field(ge=0, le=50)] = Field(
        default=5, description="同一级别最多重复几次 / how often at most, at one level"
    )
    quiet: QuietHours | None = Field(default=QuietHours(), description="夜间免打扰 / quiet hours")
    unreadable_after: Annotated[int, Field(ge=1, le=168)] = Field(
        default=3, description="连续几次读不到账号就告知员工 / staff are told after so many failed runs in a row"
    )
    grace_hours: Annotated[int, Field(ge=0, le=2160)] | None = Field(
        default=None,
        description="该客户的延停小时数；欠费超过它算停服；未知写 null "
        "/ hours from arrears to suspension, as the customer's console shows; null if unknown",
    )
    top_up_days: Annotated[int, Field(ge=1, le=366)] = Field(
        default=30, description="建议的充值可再用几天 / a suggested top-up lasts this many days"
    )
    tell: Tell = Field(default=Tell(), description="各级别的通知渠道 / the channels of each level")
    reach: Reach = Field(default=Reach(), description="通知不到怎么办 / what happens when nobody is reached")


# ---------------------------------------------------------------- messages and staff


class SmsSettings(Part):
    """What Short Message Service needs, as approved in its console."""

    sign_name: SignName = Field(description="短信签名，2-12 字 / the approved signature, 2 to 12 characters")
    templates: Templates = Field(description="中文模板代码 / the codes of the Chinese templates")
    templates_en: Templates | None = Field(
        default=None, description="英文模板代码；没有则用中文 / the English templates; null: the Chinese ones are used"
    )


class MailSettings(Part):
    """What DirectMail needs, as set up in its console."""

    sender: Mail = Field(description="发信地址 / the sender address")
    alias: Annotated[Text, Field(max_length=15)] = Field(
        description="发件人昵称，最多 15 字 / the sender's name, 15 characters at most"
    )
    tag: MailTag | None = Field(
        default=None, description="邮件标签，须先在控制台建好 / the mail tag, which must exist in the console"
    )
    reply_to: Mail | None = Field(default=None, description="回信地址 / where replies go")


class MessageSettings(Part):
    """What messages say of the agency, and what they are sent with."""

    agency_name: Text = Field(description="贵公司名称 / the agency's name")
    hotline: Text = Field(description="客服电话 (座机、400 或 95) / the telephone that customers call")
    pay_url: HttpsUrl = Field(description="充值页面，只写进邮件 / where to top up; in mails only")
    sms: SmsSettings = Field(description="短信 / text messages")
    mail: MailSettings = Field(description="邮件 / mail")


class StaffContact(Part):
    """Someone of the agency's who is told what concerns the service itself."""

    name: Text = Field(description="姓名 / name")
    phone: Mobile | None = Field(default=None, description="手机 / mobile number")
    mail: Mail | None = Field(default=None, description="邮箱 / mail address")
    language: Annotated[Language, Field(strict=False)] = Field(default=Language.CHINESE, description="语言 / language")

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.phone is None and self.mail is None:
            what = f"{self.name} 没有手机也没有邮箱 / {self.name} has neither phone nor mail"
            raise refuse(Fault(what, "请补上 phone 或 mail / add phone or mail", (("name",),)))
        return self


class Limits(Part):
    """The share of 24 hours: what is not urgent waits when it is used up."""

    sms_per_number: Annotated[int, Field(ge=1, le=50)] = Field(
        default=20,
        description="同一号码同一模板 24 小时几条，运营商上限 50 / to one number by one template, 50 at most",
    )
    sms_per_day: Annotated[int, Field(ge=1)] = Field(default=500, description="24 小时几条短信 / SMS in 24 hours")
    mails_per_day: Annotated[int, Field(ge=1)] = Field(
        default=1800, description="24 小时几封邮件，新账号上限 2000 / mails in 24 hours; a new account may send 2000"
    )
    yuan_per_day: Annotated[Number, Field(gt=0)] | None = Field(
        default=None, description="24 小时最多花几元；null 不限 / CNY in 24 hours; null: no limit"
    )
    sms_price: Annotated[Number, Field(ge=0)] = Field(
        default=Decimal("0.045"), description="每条短信几元 / price of an SMS"
    )
    mail_price: Annotated[Number, Field(ge=0)] = Field(
        default=Decimal("0.002"), description="每封邮件几元 / CNY a mail"
    )


class OwnAccount(Part):
    """The agency's own account: when it is in arrears, every warning dies without a sound."""

    account_id: AccountId = Field(description="贵公司自己的账号 UID / the UID of the agency's own account")
    policy: PolicyName = Field(default="own", description="用哪一份策略 / the policy that it is watched by")


# ---------------------------------------------------------------- the whole


class Config(Part):
    """agency.yaml, checked and complete."""

    messages: MessageSettings = Field(description="消息 / messages")
    staff: tuple[StaffContact, ...] = Field(default=(), description="员工 / staff")
    limits: Limits = Field(default=Limits(), description="发送上限 / limits on sending")
    policies: dict[PolicyName, Policy] = Field(
        default={DEFAULT: Policy()},
        description="策略；没写的沿用 default / policies; what is not written is as in default",
    )
    overrides: dict[AccountId, dict[str, Any]] = Field(
        default={}, description="个别账号的例外，键是账号 UID / exceptions for single accounts, by UID"
    )
    own_account: OwnAccount | None = Field(
        default=None,
        description="贵公司自己的账号，最先检查 / the agency's own account, looked at first; null: unwatched",
    )
    heartbeat_url: WebUrl | None = Field(
        default=None,
        description="一切正常时每小时访问一次的网址，停了就由对方报警 "
        "/ visited every hour while all is well, so that its owner sounds the alarm when it is not",
    )

    @model_validator(mode="after")
    def _own_policy_is_there(self) -> Self:
        if self.own_account is not None and self.own_account.policy not in self.policies:
            name = self.own_account.policy
            what = f"own_account: 没有策略 {name} / own_account: no policy {name}"
            raise refuse(Fault(what, closest(name, self.policies), (("own_account", "policy"), ("own_account",))))
        return self

    @property
    def staff_contacts(self) -> tuple[Contact, ...]:
        """The staff, as people who are told."""
        return tuple(Contact(one.name, one.phone, one.mail, one.language) for one in self.staff)

    def watched_own(self) -> Account | None:
        """The agency's own account, read with the key that we run under; None if nobody asked to watch it."""
        if self.own_account is None:
            return None
        return Account(
            account_id=self.own_account.account_id,
            name=self.messages.agency_name,
            contacts=self.staff_contacts,
            policy=self.own_account.policy,
            own=True,
        )

    _version: str = PrivateAttr(default="")

    @property
    def version(self) -> str:
        """Which text this was read from; see ``config_version``. Empty if it was read from none."""
        return self._version

    def read_from(self, text: str) -> Self:
        """The same, knowing the text that it was read from."""
        self._version = config_version(text)
        return self

    def policy_for(self, account_id: str, policy_name: str) -> Policy:
        """The policy of an account: the one its row names, with its override.

        Raises ``InvalidInput`` if there is no policy of that name.
        """
        policy = self.policies.get(policy_name)
        if policy is None:
            what = f"账号 {account_id}: 没有策略 {policy_name} / account {account_id}: no policy {policy_name}"
            raise InvalidInput([Problem("agency.yaml", None, what, closest(policy_name, self.policies))])
        override = self.overrides.get(account_id)
        return policy if override is None else Policy.model_validate(merge(policy.model_dump(), override))


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with everything that ``over`` says; groups are merged, anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def config_version(text: str) -> str:
    """Ten hex digits that name a text of agency.yaml. Line ends, blanks before them and a byte order mark do not count.

    Comments do: a file that says something else to its readers is another one.
    """
    lines = [line.rstrip() for line in text.removeprefix("\ufeff").strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:10]


def parse_config(text: str, file: str = "agency.yaml") -> Config:
    """Reads agency.yaml. Raises ``InvalidInput`` with every problem in it; then nothing of it holds."""
    tree = read_yaml(text, file)
    found: list[Located] = []
    whole = tree.value
    if isinstance(whole, dict):
        whole = {key: value for key, value in whole.items() if value is not None or key not in _MAY_BE_EMPTY}
        whole["policies"] = _layered(whole.get("policies", {}))
        found = _override_faults(whole["policies"], whole.get("overrides"))
    config, more = _checked(Config, {} if whole is None else whole)
    problems = [*tree.problems, *(_problem(tree, file, fault) for fault in [*_own_faults(more), *found])]
    if config is None or problems:
        raise InvalidInput(sorted(problems, key=lambda problem: problem.line or 0))
    return config


def _layered(policies: object) -> object:
    """Every policy in full: the default over our own values, the others over the default."""
    if not isinstance(policies, Mapping):
        return policies
    default = _over(Policy().model_dump(), policies.get(DEFAULT))
    base = default if isinstance(default, Mapping) else Policy().model_dump()
    named = {name: _over(base, written) for name, written in policies.items() if name != DEFAULT}
    return {DEFAULT: default, **named}


def _over(base: Mapping[str, Any], written: object) -> object:
    """``written`` on top of ``base``; what is no group of keys stays for the schema to refuse."""
    if written is None:
        return base
    return merge(base, written) if isinstance(written, Mapping) else written


def _own_faults(faults: list[Located]) -> list[Located]:
    """Without those that a named policy only has from the default."""
    of_default = {(path[2:], f.what) for f in faults for path in f.paths if path[:2] == ("policies", DEFAULT)}
    return [
        f
        for f in faults
        if f.paths[0][:2] == ("policies", DEFAULT)
        or f.paths[0][:1] != ("policies",)
        or (f.paths[0][2:], f.what) not in of_default
    ]


def _override_faults(policies: object, overrides: object) -> list[Located]:
    """Each override is tried over every sound policy, since a row can name another policy any day."""
    if not (isinstance(policies, Mapping) and isinstance(overrides, Mapping)):
        return []
    sound = {name: policy for name, policy in policies.items() if _checked(Policy, policy)[0]}
    bases = sound or {DEFAULT: Policy().model_dump()}
    return [
        fault
        for account_id, override in overrides.items()
        if isinstance(override, Mapping)
        for fault in _faults_over(bases, override, account_id)
    ]


def _faults_over(bases: Mapping[str, Any], override: Mapping[str, Any], account_id: str) -> list[Located]:
    """The faults of one override, each once, with the policies that it has them with unless that is all."""
    having: dict[Located, list[str]] = {}
    for name, base in bases.items():
        for fault in _checked(Policy, merge(base, override), ("overrides", account_id))[1]:
            having.setdefault(fault, []).append(name)
    return [
        fault if len(names) == len(bases) else replace(fault, what=f"{fault.what} (策略 / policy: {', '.join(names)})")
        for fault, names in having.items()
    ]


_MAY_BE_EMPTY = ("staff", "policies", "overrides")
"""Sections that may stand there with nothing below them, as when the last override was taken out."""

_P = TypeVar("_P", bound=Part)


def _checked(model: type[_P], value: object, below: tuple[str, ...] = ()) -> tuple[_P | None, list[Located]]:
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, located(error.errors(include_url=False), model, below)


def _problem(tree: YamlTree, file: str, fault: Located) -> Problem:
    """The fault at the first of its places that is written in the file, or near the first."""
    path = next((path for path in fault.paths if path in tree.lines), fault.paths[0])
    return Problem(file, tree.line(path), fault.what, fault.mend)
