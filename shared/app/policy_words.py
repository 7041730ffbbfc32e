"""What the reasons of decisions are called, in Chinese and English."""

from __future__ import annotations

from typing import Final

from shared.decisions import Reason
from shared.model import Language

_REASONS: Final = {
    Reason.WORSENED: ("比已告知的更严重", "worse than told"),
    Reason.REPEATED: ("仍未解除，再次告知", "still so, told again"),
    Reason.RECOVERED: ("已解除", "recovered"),
    Reason.TOPPED_UP: ("收到充值，发回执", "topped up, a receipt"),
    Reason.RELEASE_NEAR: ("数据即将释放", "data is to be released"),
    Reason.RELEASED: ("已到数据释放时间", "the time of release has passed"),
    Reason.UNREADABLE: ("读不到账号，告知员工", "unreadable, staff told"),
    Reason.UNACKNOWLEDGED: ("无人回应，交给员工", "nobody reacts, handed to staff"),
    Reason.HEALTHY: ("正常，无需告知", "healthy, nothing to tell"),
    Reason.HELD: ("越线时间还不够长", "a line is crossed, not for long enough"),
    Reason.TOLD_ALREADY: ("已告知过，不重复", "told already"),
    Reason.REPEATED_ENOUGH: ("重复次数已到上限", "repeated often enough"),
    Reason.ACKNOWLEDGED: ("客户已知情，不重复", "acknowledged"),
    Reason.PAYING: ("正在付款，暂不催问", "a payment is under way"),
    Reason.NOT_READ: ("没有读到余额", "not read"),
    Reason.SMALL_SPEND: ("消费太少，不打扰", "spends too little to be bothered"),
    Reason.SILENCED: ("已静默", "silenced"),
    Reason.AGENCY_SHORT: ("代理商自己的账号不足，只告诉员工", "the agency's own account is short, staff told"),
}


def reason_text(reason: Reason, language: Language) -> str:
    """Why people were told something, or nothing."""
    chinese, english = _REASONS[reason]
    return english if language is Language.ENGLISH else chinese
