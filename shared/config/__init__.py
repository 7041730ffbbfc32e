"""The schema of agency.yaml, the file that staff edit, and how it is read.

One rule for all policies: **what is written replaces, what is not written stays.** The policy ``default`` starts from
the values below, a named policy from ``default``, and an override from the policy of its account; ``null`` turns
a thing off.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from shared.config.lines import (
    AmountLines,
    Band,
    BudgetLines,
    RisingBand,
    RiskLines,
    RunwayLines,
    ShareLines,
    ShareReference,
    SpikeLines,
    WorstDayLines,
)
from shared.config.mends import Fault, Located, closest, located, refuse
from shared.config.overrides import judged_values, overlaid
from shared.config.part import Part, key
from shared.config.policies import (
    AtOnce,
    Digest,
    HoldFor,
    LeadTime,
    Policy,
    QuietHours,
    Reach,
    RepeatAfter,
    StaffAfter,
    Tell,
)
from shared.config.settings import (
    BundleSettings,
    Limits,
    MailSettings,
    MessageSettings,
    OwnAccount,
    SmsSettings,
    StaffContact,
    SweepSettings,
)
from shared.config.values import AccountId, PolicyName, WebUrl
from shared.errors import InvalidInput, Problem
from shared.model import Account, Contact

if TYPE_CHECKING:
    from shared.config.yaml_lines import YamlTree

__all__ = [
    "AmountLines",
    "AtOnce",
    "Band",
    "BudgetLines",
    "BundleSettings",
    "Config",
    "Digest",
    "HoldFor",
    "LeadTime",
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
    "ShareLines",
    "ShareReference",
    "SmsSettings",
    "SpikeLines",
    "StaffAfter",
    "StaffContact",
    "SweepSettings",
    "Tell",
    "WorstDayLines",
    "config_version",
    "parse_config",
]

DEFAULT = "default"
"""The policy that every account has unless its row names another."""


# ---------------------------------------------------------------- the whole


class Config(Part):
    """agency.yaml, checked and complete."""

    messages: MessageSettings = key(description="消息 / messages")
    staff: tuple[StaffContact, ...] = key(default=(), description="员工 / staff")
    limits: Limits = key(default=Limits(), description="发送上限 / limits on sending")
    policies: dict[PolicyName, Policy] = key(
        default_factory=lambda: {DEFAULT: Policy()},
        description="策略；没写的沿用 default / policies; what is not written is as in default",
    )
    overrides: dict[AccountId, dict[str, Any]] = key(
        default_factory=dict, description="个别账号的例外，键是账号 UID / exceptions for single accounts, by UID"
    )
    """What is written for each, with the values that ``parse_config`` understood it as; see overrides.py."""
    own_account: OwnAccount | None = key(
        default=None,
        description="贵公司自己的账号，最先检查 / the agency's own account, looked at first; null: unwatched",
    )
    sweep: SweepSettings = key(default=SweepSettings(), description="每小时的检查 / the hourly check")
    heartbeat_url: WebUrl | None = key(
        default=None,
        description="一切正常时每小时访问一次的网址，停了就由对方报警 "
        "/ visited every hour while all is well, so that its owner sounds the alarm when it is not",
    )

    def __post_init__(self) -> None:
        if self.own_account is not None and self.own_account.policy not in self.policies:
            name = self.own_account.policy
            what = f"own_account: 没有策略 {name} / own_account: no policy {name}"
            raise refuse(Fault(what, closest(name, self.policies), (("own_account", "policy"), ("own_account",))))

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

    _version: ClassVar[str] = ""

    @property
    def version(self) -> str:
        """Which text this was read from; see ``config_version``. Empty if it was read from none."""
        return self._version

    def read_from(self, text: str) -> Self:
        """The same, knowing the text that it was read from."""
        object.__setattr__(self, "_version", config_version(text))
        return self

    @property
    def funds_accounts(self) -> bool:
        """Whether the agency's own money pays for any account."""
        overridden = any(override.get("funded_by_agency") for override in self.overrides.values())
        return overridden or any(policy.funded_by_agency for policy in self.policies.values())

    def policy_for(self, account_id: str, policy_name: str) -> Policy:
        """The policy of an account: the one its row names, with its override.

        Raises ``InvalidInput`` if there is no policy of that name.
        """
        policy = self.policies.get(policy_name)
        if policy is None:
            what = f"账号 {account_id}: 没有策略 {policy_name} / account {account_id}: no policy {policy_name}"
            raise InvalidInput([Problem("agency.yaml", None, what, closest(policy_name, self.policies))])
        return overlaid(policy, self.overrides.get(account_id, {}))


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with everything that ``over`` says; groups are merged, anything else is replaced."""
    merged = dict(base)
    for name, value in over.items():
        below = merged.get(name)
        merged[name] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def config_version(text: str) -> str:
    """Ten hex digits that name a text of agency.yaml. Line ends, blanks before them and a byte order mark do not count.

    Comments do: a file that says something else to its readers is another one.
    """
    lines = [line.rstrip() for line in text.removeprefix("\ufeff").strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:10]


def parse_config(text: str, file: str = "agency.yaml") -> Config:
    """Reads agency.yaml. Raises ``InvalidInput`` with every problem in it; then nothing of it holds."""
    from shared.config.yaml_lines import read_yaml

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
    return _with_judged_overrides(config)


def _with_judged_overrides(config: Config) -> Config:
    """The overrides as they are understood, which is the same over every policy."""
    default = config.policies[DEFAULT].as_values()
    judged = {name: Policy.validate(merge(default, written)) for name, written in config.overrides.items()}
    overrides = {name: judged_values(written, judged[name]) for name, written in config.overrides.items()}
    return replace(config, overrides=overrides)


def _layered(policies: object) -> object:
    """Every policy in full: the default over our own values, the others over the default."""
    if not isinstance(policies, Mapping):
        return policies
    default = _over(Policy().as_values(), policies.get(DEFAULT))
    base = default if isinstance(default, Mapping) else Policy().as_values()
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
    bases = sound or {DEFAULT: Policy().as_values()}
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
    from pydantic import ValidationError

    try:
        return model.validate(value), []
    except ValidationError as error:
        return None, located(error.errors(include_url=False), model, below)


def _problem(tree: "YamlTree", file: str, fault: Located) -> Problem:
    """The fault at the first of its places that is written in the file, or near the first."""
    path = next((path for path in fault.paths if path in tree.lines), fault.paths[0])
    return Problem(file, tree.line(path), fault.what, fault.mend)
