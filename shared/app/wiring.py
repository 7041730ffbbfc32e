"""The one place where adapters are put behind ports, from the environment that the deployment gives."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.app.deadline import NEVER, ONE_MORE_TRY, STOP_BEFORE_END, Deadline
from shared.app.prepared import prepared_beside, restore_text
from shared.buckets import EVERYONE, side_by_side
from shared.errors import InvalidInput, MissingSetting, Problem
from shared.frozen import frozen
from shared.keys import Credentials
from shared.model import ChannelName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.billing import Billing
    from shared.billing.access import CustomerAccess
    from shared.billing.pace import Pace
    from shared.buckets import Bucket
    from shared.channels import Channel, ChannelHealth
    from shared.compute import Compute
    from shared.config import Config
    from shared.dispatch import Dispatch
    from shared.heartbeat import Heartbeat
    from shared.state import Accounts, AccountStates, Audit, Configs, Limits, Outbox, Silences
    from shared.state.gateway import Gateway


@frozen
class OwnFunction:
    """The function that runs, as other invocations of it can be asked for."""

    endpoint: str
    name: str
    service: str | None = None
    """Of a function of Function Compute 2.0; those of 3.0 have none."""


@frozen
class Settings:
    """Where everything is, and who we are: read from environment variables, each named in s.yaml."""

    credentials: Credentials
    tablestore_endpoint: str
    tablestore_instance: str
    bss_endpoint: str
    sts_endpoint: str
    sms_endpoint: str
    mail_endpoint: str
    fc_endpoint: str | None
    """None: the one of the region that s.yaml names."""
    config_file: Path
    assume_roles_per_second: float = 100.0
    """The agency's quota of AssumeRole, or what of it is for all buckets of a run together; published is 100."""
    gives_heartbeat: bool = True
    """Not in a second environment: its sign of life would hide that the first has none."""
    function: OwnFunction | None = None
    """None on any other machine than the cloud's: there everything is done by the one run."""


@frozen
class Stores:
    """The ports to what is stored."""

    accounts: Accounts
    states: AccountStates
    outbox: Outbox
    limits: Limits
    audit: Audit
    configs: Configs
    silences: Silences


def settings_from(environment: Mapping[str, str], context: Any = None) -> Settings:  # noqa: ANN401 -- the runtime's class
    """The settings of this invocation.

    Args:
        environment: Usually ``os.environ``.
        context: Function Compute's; runtimes up to python3.10 give the role's keys there, later ones in the
            environment (help.aliyun.com, "Python runtime, context").

    Raises:
        MissingSetting: Naming every variable that is missing, or one that says what it cannot say.
    """
    missing = [
        name for name in ("ARREARS_TABLESTORE_ENDPOINT", "ARREARS_TABLESTORE_INSTANCE") if not environment.get(name)
    ]
    credentials = _credentials(environment, context)
    if credentials is None:
        missing += ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    if missing or credentials is None:
        names = ", ".join(missing)
        what = (
            f"缺环境变量 {names}，写什么见 README“设置” / set {names} in the environment; README.md, section Settings"
        )
        raise MissingSetting(f"{what}, says to what")
    return Settings(
        credentials=credentials,
        tablestore_endpoint=environment["ARREARS_TABLESTORE_ENDPOINT"],
        tablestore_instance=environment["ARREARS_TABLESTORE_INSTANCE"],
        bss_endpoint=environment.get("ARREARS_BSS_ENDPOINT", "business.aliyuncs.com"),
        sts_endpoint=environment.get("ARREARS_STS_ENDPOINT", "sts.cn-hangzhou.aliyuncs.com"),
        sms_endpoint=environment.get("ARREARS_SMS_ENDPOINT", "dysmsapi.aliyuncs.com"),
        mail_endpoint=environment.get("ARREARS_MAIL_ENDPOINT", "dm.aliyuncs.com"),
        fc_endpoint=environment.get("ARREARS_FC_ENDPOINT"),
        config_file=Path(environment.get("ARREARS_CONFIG") or _ROOT / "agency.yaml"),
        assume_roles_per_second=_roles_per_second(environment.get("ARREARS_ASSUME_ROLES_PER_SECOND") or "100"),
        gives_heartbeat=_gives_heartbeat(environment.get("ARREARS_HEARTBEAT") or "on"),
        function=_own_function(environment, context),
    )


_ROOT = Path(__file__).parents[2]


def s_yaml() -> Path:
    """The deployment's file: the one where we are, or else the project's own."""
    return here if (here := Path("s.yaml")).exists() else _ROOT / here


def _roles_per_second(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < inf:
        raise MissingSetting(f"ARREARS_ASSUME_ROLES_PER_SECOND is {text!r}; write a number above 0, or leave it out")
    return number


def _gives_heartbeat(text: str) -> bool:
    if text not in {"on", "off"}:
        raise MissingSetting(f"ARREARS_HEARTBEAT is {text!r}; write on or off")
    return text == "on"


def _credentials(environment: Mapping[str, str], context: Any) -> Credentials | None:  # noqa: ANN401 -- as above
    given = getattr(context, "credentials", None)
    if given is not None and given.access_key_id:
        return Credentials(given.access_key_id, given.access_key_secret, given.security_token or None)
    key, secret = environment.get("ALIBABA_CLOUD_ACCESS_KEY_ID"), environment.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    if not key or not secret:
        return None
    return Credentials(key, secret, environment.get("ALIBABA_CLOUD_SECURITY_TOKEN") or None)


def _own_function(environment: Mapping[str, str], context: Any) -> OwnFunction | None:  # noqa: ANN401 -- as above
    """Hosts: the endpoint map of alibabacloud-fc20230330; help.aliyun.com/document_detail/52984.html for 2.0."""
    region = getattr(context, "region", None)
    if not region:
        return None
    service = environment.get("ARREARS_FC_SERVICE") or None
    host = f"{context.account_id}.{region}.fc.aliyuncs.com" if service else f"fcv3.{region}.aliyuncs.com"
    return OwnFunction(environment.get("ARREARS_FC_ENDPOINT") or host, context.function.name, service)


def read_config(file: Path) -> Config:
    """The configuration in ``file``, whether it is in force or not: see ``in_force.py``.

    Raises:
        InvalidInput: With every problem of the file; it may also not be there, or be in another encoding.
    """
    return parse_text(read_text(file), file.name, prepared_beside(file))


def read_text(file: Path, mend: str = "检查 ARREARS_CONFIG / look at ARREARS_CONFIG") -> str:
    """The text of ``file``, which is UTF-8; ``mend`` is what to do if it is not there.

    Raises:
        InvalidInput: It is not there, or in another encoding.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        what = f"打不开 / cannot be opened: {error.strerror}"
        raise InvalidInput([Problem(str(file), None, what, mend)]) from error
    except UnicodeDecodeError as error:
        what, mend = "编码不是 UTF-8 / not in UTF-8", "另存为 UTF-8 / save it as UTF-8"
        raise InvalidInput([Problem(file.name, None, what, mend)]) from error


@lru_cache(maxsize=1)
def parse_text(text: str, file: str, prepared: str = "") -> Config:
    """A warm instance reads the text in every run, and parses it once as long as it stays the same.

    Where it was ``prepared`` by this very program, it is not parsed at all: that, with the imports that it needs, is a
    third of a cold start.
    """
    found = restore_text(prepared, text) if prepared else None
    if found is None:
        from shared.config import parse_config

        found = parse_config(text, file)
    return found.read_from(text)


def open_gateway(settings: Settings, *, patient_until: Deadline | None = None) -> Gateway:
    """The Tablestore instance; nothing is sent yet.

    With ``patient_until``, a minute in which the store is busy is waited out, as long as that deadline allows.
    """
    from shared.state.gateway import PATIENT_PAUSES, PAUSES, connect

    keys = settings.credentials
    return connect(
        settings.tablestore_endpoint,
        keys.access_key_id,
        keys.access_key_secret,
        keys.security_token,
        settings.tablestore_instance,
        PAUSES if patient_until is None else PATIENT_PAUSES,
        _time_until(patient_until or NEVER, ONE_MORE_TRY),
    )


def _time_until(deadline: Deadline, last_try: timedelta) -> Callable[[float], bool]:
    """Whether so many seconds may be waited for, and then be tried once more."""
    return lambda seconds: not deadline.is_within(last_try + timedelta(seconds=seconds))


def open_stores(settings: Settings, *, patient_until: Deadline | None = None) -> Stores:
    """The stores on Tablestore; ``patient_until`` as in ``open_gateway``."""
    from shared.state.account_states import TablestoreAccountStates
    from shared.state.accounts import TablestoreAccounts
    from shared.state.audit import AuditedOutbox, TablestoreAudit
    from shared.state.configs import TablestoreConfigs
    from shared.state.limits import TablestoreLimits
    from shared.state.outbox import TablestoreOutbox
    from shared.state.silences import TablestoreSilences

    gateway = open_gateway(settings, patient_until=patient_until)
    audit = TablestoreAudit(gateway)
    return Stores(
        TablestoreAccounts(gateway),
        TablestoreAccountStates(gateway),
        AuditedOutbox(TablestoreOutbox(gateway), audit),
        TablestoreLimits(gateway),
        audit,
        TablestoreConfigs(gateway),
        TablestoreSilences(gateway),
    )


def open_billing(settings: Settings, deadline: Deadline = NEVER, bucket: Bucket = EVERYONE) -> Billing:
    """Customers' accounts, each read with the role that the customer gave.

    A reading that fails is tried again while there is time until ``deadline``. Of the agency's quota of AssumeRole,
    this run of ``bucket`` takes an equal part beside those of the other buckets.
    """
    from shared.billing.bss import BssBilling
    from shared.billing.patience import PatientBilling

    access, pace = _ways_in(settings.sts_endpoint, settings.assume_roles_per_second / side_by_side(bucket))
    access.call_as(settings.credentials)
    access.drop_expired(datetime.now(UTC))
    there_is_time = _time_until(deadline, STOP_BEFORE_END)
    return PatientBilling(BssBilling(access, settings.bss_endpoint, pace=pace), there_is_time)


@lru_cache(maxsize=4)
def _ways_in(sts_endpoint: str, per_second: float) -> tuple[CustomerAccess, Pace]:
    """Kept in the memory of a warm instance, and nowhere else: a role is assumed anew only when its key ends."""
    from shared.billing.access import CustomerAccess
    from shared.billing.pace import LIMITS, Pace

    pace = Pace(time.monotonic, limits={**LIMITS, "AssumeRole": per_second})
    nobody = Credentials("", "")
    return CustomerAccess(nobody, sts_endpoint, pace=pace), pace


def open_dispatch(settings: Settings) -> Dispatch | None:
    """Other invocations of the function that runs; None if there can be none."""
    own = settings.function
    if own is None:
        return None
    if own.service is not None:
        from shared.dispatch.fc2 import Fc2Dispatch

        return Fc2Dispatch(settings.credentials, own.endpoint, own.service, own.name)
    from shared.dispatch.fc3 import Fc3Dispatch

    return Fc3Dispatch(settings.credentials, own.endpoint, own.name)


def open_channels(settings: Settings, config: Config) -> Mapping[ChannelName, Channel]:
    """The ways of sending; each is opened when something is first due on it, which in most runs is never."""
    return _OnDemand(
        {
            ChannelName.SMS: lambda: _open_sms(settings),
            ChannelName.MAIL: lambda: _open_mail(settings, config),
        }
    )


def _open_sms(settings: Settings) -> Channel:
    from shared.channels.sms import SmsChannel

    return SmsChannel(settings.credentials, settings.sms_endpoint)


def _open_mail(settings: Settings, config: Config) -> Channel:
    from shared.channels.direct_mail import MailChannel

    mail = config.messages.mail
    return MailChannel(
        settings.credentials,
        settings.mail_endpoint,
        mail.sender,
        alias=mail.alias,
        tag=mail.tag or "",
        reply_to=mail.reply_to,
    )


class _OnDemand(dict[ChannelName, "Channel"]):
    """Channels, each opened when it is first asked for."""

    def __init__(self, ways: Mapping[ChannelName, Callable[[], Channel]]) -> None:
        super().__init__()
        self._ways = ways

    def __missing__(self, name: ChannelName) -> Channel:
        self[name] = self._ways[name]()
        return self[name]


def open_health(settings: Settings, config: Config) -> tuple[ChannelHealth, ...]:
    """What the providers say of the ways of sending."""
    from shared.channels.mail_health import MailHealth
    from shared.channels.sms_health import SmsHealth
    from shared.messages.sms import filed_codes

    sms = config.messages.sms
    return (
        SmsHealth(settings.credentials, settings.sms_endpoint, sms.sign_name, filed_codes(config.messages)),
        MailHealth(settings.credentials, settings.mail_endpoint, config.messages.mail.sender),
    )


def open_compute(settings: Settings, region: str) -> Compute:
    """What is deployed in ``region``."""
    from shared.compute.fc3 import FunctionCompute

    return FunctionCompute(settings.credentials, settings.fc_endpoint or f"fcv3.{region}.aliyuncs.com")


def open_heartbeat(settings: Settings, config: Config) -> Heartbeat | None:
    """Where the sign of life goes; None if nobody listens, or if it is not this environment's to give."""
    from shared.heartbeat.http import HttpHeartbeat

    return HttpHeartbeat(config.heartbeat_url) if config.heartbeat_url and settings.gives_heartbeat else None
