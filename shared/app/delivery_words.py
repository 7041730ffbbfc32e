"""What became of a message, and why, in words: Chinese with English beside it, or English alone."""

from __future__ import annotations

import re
from typing import Final

from shared.app.proof_words import status_words
from shared.channels.codes import verdict
from shared.channels.mail_codes import MAIL_CODES
from shared.channels.sms_codes import SMS_CODES
from shared.errors import Remedy
from shared.model import ChannelName, DeliveryStatus, Language

_REASONS: Final = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        ("claimed", "正在交给服务商"),
        ("accepted", "服务商已受理"),
        ("on its way", "服务商在发，等回执"),
        ("no receipt yet", "还没有回执"),
        ("no receipt came", "一直没有回执"),
        ("due again", "时间已到，再发"),
        ("not shown yet", "服务商还查不到"),
        (r"not shown after (\d+) attempts", r"交出 \1 次，服务商都查不到"),
        ("not shown by the provider: never taken", "服务商查不到，说明没有受理"),
        ("could not be asked: (.+)", r"没能向服务商查询：\1"),
        ("(.+) used up", r"上限 \1 已用完"),
        (r"(\w+) says it better", r"已有更新的消息 \1"),
        ("the warning never went out", "此前的预警没有发出，不必说恢复"),
        ("the account is well again", "账号已经恢复"),
        (r"(\w+) still has time", r"还在等 \1 的回执"),
        (r"(\w+) is (\w+)", r"\1 已有结果（\2），不用再发"),
        (r"(\w+) did not arrive", r"\1 没有送达"),
        (r"(\w+) goes out instead", r"改发 \1"),
        (r"goes out within (\w+)", r"合并在 \1 里发"),
        ("nothing to bundle it with", "没有可合并的，单独发"),
        (r"(\w+) was never queued", r"合并的 \1 没有发成"),
        (r"(\w+) was dissolved", r"合并的 \1 已拆开"),
        ("not sent by the run that made it", "合并后没有及时发出，已拆开"),
        ("(?i:delivered)", "已送达"),
    )
)
"""The reasons of ``delivery.py`` and ``bundles.py``; providers' codes come besides."""
_REMEDIES: Final = {
    Remedy.LATER: "到了服务商的频次上限，稍后再发",
    Remedy.CONTACT_BAD: "号码或邮箱无效",
    Remedy.MESSAGE_BAD: "内容不合服务商的规则",
    Remedy.CHANNEL_DOWN: "渠道停用，要处理",
    Remedy.UNCERTAIN: "结果不明，先查询",
}
_WITHIN: Final = re.compile(r"(.*) \(within (\w+)\)")


def outcome_words(status: DeliveryStatus, language: Language) -> str:
    """A step of a message."""
    return status_words(status) if language is Language.CHINESE else status.value


def why_words(reason: str, channel: ChannelName, language: Language) -> str:
    """Why a message is where it is; a provider's code that is not known stays alone."""
    chinese = _chinese(reason, channel) if language is Language.CHINESE else None
    return f"{chinese} / {reason}" if chinese else reason


def _chinese(reason: str, channel: ChannelName) -> str | None:
    if within := _WITHIN.fullmatch(reason):
        said = _chinese(within[1], channel) or within[1]
        return f"{said}（合并在 {within[2]} 里）"
    for pattern, chinese in _REASONS:
        if found := pattern.fullmatch(reason):
            return found.expand(chinese)
    entry = verdict(SMS_CODES if channel is ChannelName.SMS else MAIL_CODES, reason.partition(":")[0])
    return None if entry is None else _REMEDIES[entry.remedy]
