"""The kinds of values that agency.yaml holds: what may be written, what becomes of it, and how to mend the rest."""

import re
from datetime import time
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from shared.addresses import MAIL_MEND, MOBILE_MEND, parse_mail, parse_mobile
from shared.config.mends import Fault, closest, refuse
from shared.config.part import After, Before, ByName, Length, Schema, Within
from shared.model import ChannelName, Level

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75)
"""The quantiles of runway that a policy may look at."""

TEMPLATE_NAMES = ("notice", "warning", "critical", "overdue", "suspended", "recovered", "unreadable", "task", "drill")
"""What an SMS may be about: a level, or another topic."""

OPTIONAL_TEMPLATES = ("receipt", "release", "released")
"""Texts that came later: approval takes days, so a file without them stays sound, and another way is taken."""
BUNDLE_TEMPLATE = "bundle"
"""Needed only where SMS are bundled."""
_KNOWN_TEMPLATES = (*TEMPLATE_NAMES, *OPTIONAL_TEMPLATES, BUNDLE_TEMPLATE)


def _to_decimal(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


def _to_quantile(value: object) -> float:
    written = float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None
    if written not in QUANTILES:
        known = ", ".join(map(str, QUANTILES))
        raise refuse(
            Fault(
                f"quantile 不能是 {value} / quantile cannot be {value}",
                f"可以写：{known}；通常 0.5 / write one of {known}; mostly 0.5",
            )
        )
    assert written is not None
    return written


Number = Annotated[Decimal, Before(_to_decimal), Schema({"type": "number", "minimum": 0})]
Quantile = Annotated[float, Before(_to_quantile), Schema({"type": "number", "enum": list(QUANTILES)})]


def _to_text(value: object) -> object:
    """Numbers that are written without quotes, such as a telephone number, are text all the same."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _to_time(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and (match := re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", value)):
        return time(int(match[1]), int(match[2]))
    raise refuse(
        Fault(f"{value} 不是时刻 / {value} is no time of day", '请写 "22:00" 这样的时刻 / write it as "22:00"')
    )


def _to_level(value: object) -> Level:
    if isinstance(value, Level):
        return value
    known = [level.label for level in Level if level is not Level.HEALTHY]
    if isinstance(value, str) and value in known:
        return Level.of(value)
    raise refuse(Fault(f"不认识级别 {value} / unknown level {value}", closest(str(value), known)))


def _to_mobile(value: object) -> object:
    if isinstance(value, str | int) and (mobile := parse_mobile(str(value))):
        return mobile
    raise refuse(Fault(f"{value} 不是大陆手机号 / {value} is no mainland mobile number", MOBILE_MEND))


def _to_mail(value: object) -> object:
    if isinstance(value, str) and (mail := parse_mail(value)):
        return mail
    raise refuse(Fault(f"{value} 不是邮箱 / {value} is no mail address", MAIL_MEND))


def is_timezone(name: str) -> bool:
    """Whether there is a time zone of that IANA name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _known_timezone(value: str) -> str:
    if not is_timezone(value):
        mend = "通常写 Asia/Shanghai / mostly Asia/Shanghai"
        raise refuse(Fault(f"不认识时区 {value} / unknown timezone {value}", mend))
    return value


def _shaped(pattern: str, chinese: str, english: str, mend: str) -> tuple[After, Schema]:
    """Text of one form, with a mend for whoever misses it."""

    def check(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise refuse(Fault(f"{value} 不是{chinese} / {value} is no {english}", mend))
        return value

    return After(check), Schema({"type": "string", "pattern": f"^{pattern}$"})


def _sound_signature(value: str) -> str:
    """The rules of CreateSmsSign (help.aliyun.com, api-dysmsapi-2017-05-25-createsmssign)."""
    faults = []
    if not 2 <= len(value) <= 12:  # noqa: PLR2004 - said in the message
        what = f"sign_name 有 {len(value)} 个字 / sign_name has {len(value)} characters"
        faults.append(Fault(what, "签名须为 2-12 个字 / write 2 to 12 characters"))
    if odd := sorted(set(re.findall(r"[【】()\[\]、，。\s]", value))):
        what = f"sign_name 含有不许的字符 {''.join(odd)!r} / sign_name may not hold {''.join(odd)!r}"
        faults.append(
            Fault(what, "只写签名本身，不带【】、标点和空格 / the name alone, without 【】, marks and blanks")
        )
    if re.search("测试|test", value, re.IGNORECASE):
        mend = "请写审核通过的正式签名 / write the signature that was approved"
        faults.append(Fault("sign_name 不能含“测试”或 test / sign_name cannot hold 测试 or test", mend))
    if faults:
        raise refuse(*faults)
    return value


def _all_templates(templates: dict[str, str]) -> dict[str, str]:
    faults = [
        Fault(f"不认识模板 {name} / unknown template {name}", closest(name, _KNOWN_TEMPLATES), ((name,),))
        for name in templates
        if name not in _KNOWN_TEMPLATES
    ]
    faults += [
        Fault(f"缺少模板 {name} / the template {name} is missing", f"请补上 {name}: SMS_… / add {name}: SMS_…")
        for name in TEMPLATE_NAMES
        if name not in templates
    ]
    if faults:
        raise refuse(*faults)
    return templates


def _each_once(channels: tuple[ChannelName, ...]) -> tuple[ChannelName, ...]:
    if len(set(channels)) < len(channels):
        raise refuse(Fault("同一渠道写了两次 / a channel is there twice", "只留一个 / keep one of them"))
    return channels


def _level_schema() -> Schema:
    return Schema({"type": "string", "enum": [level.label for level in Level if level is not Level.HEALTHY]})


Text = Annotated[str, Before(_to_text), Length(least=1)]
TimeOfDay = Annotated[time, Before(_to_time), Schema({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"})]
LevelName = Annotated[Level, Before(_to_level), _level_schema()]
Mobile = Annotated[str, Before(_to_mobile), Schema({"type": ["string", "integer"]})]
Mail = Annotated[str, Before(_to_mail), Schema({"type": "string", "format": "email"})]
Hours = Annotated[int, Within(ge=1, le=720)]
People = Annotated[int, Within(ge=1, le=20)] | None
Channels = Annotated[tuple[Annotated[ChannelName, ByName()], ...], After(_each_once)]
HttpsUrl = Annotated[
    str, *_shaped(r"https://\S+", "https 网址", "https address", "以 https:// 开头 / begin it with https://")
]
WebUrl = Annotated[str, *_shaped(r"https?://\S+", "网址", "web address", "以 https:// 开头 / begin it with https://")]
MailTag = Annotated[
    str,
    *_shaped("[A-Za-z0-9_-]{1,128}", "邮件标签", "mail tag", "只用字母、数字、_ 和 - / letters, digits, _ and - only"),
]
TemplateCode = Annotated[
    str,
    *_shaped(
        "SMS_[0-9]+", "模板代码", "template code", "写成 SMS_ 加数字 / write SMS_ and digits, as the console shows"
    ),
]
AccountId = Annotated[
    str,
    Before(_to_text),
    *_shaped(
        "[0-9]{5,20}", "账号 UID", "account UID", "只写数字，如 1234567890123456 / digits only, as in the console"
    ),
]
PolicyName = Annotated[
    str,
    *_shaped(
        r"\S(.{0,38}\S)?", "策略名", "policy name", "1-40 个字，首尾无空格 / 1 to 40 characters, no blanks around"
    ),
]
SignName = Annotated[str, After(_sound_signature)]
TimezoneName = Annotated[str, After(_known_timezone)]
Templates = Annotated[
    dict[str, TemplateCode],
    After(_all_templates),
    Schema(extra={"propertyNames": {"enum": list(_KNOWN_TEMPLATES)}, "required": list(TEMPLATE_NAMES)}),
]
