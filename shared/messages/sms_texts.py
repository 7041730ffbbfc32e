"""The texts of the SMS as they are filed for approval, with what is filed beside them.

What the rules ask for: a text that tells the status of a service and asks for nothing owed (collecting money is a
banned business), no link, no mobile number, no brackets or symbols, 500 characters at most ("通知短信模板规范",
help.aliyun.com/document_detail/463270.htm); variables that are strings of 1-35 characters without URLs. The hotline
stands in the filed text itself: a number in a variable may be refused.

A text that was approved is not changed here alone: it has to be filed anew, and comes back with another code.
"""

from __future__ import annotations

from typing import Final

from shared.model import Language, Topic

VARIABLE_KINDS: Final = {
    "name": "others",  # "name" is a person's, 2-5 Chinese characters; "unit_name" takes Chinese characters only
    "paid": "others",
    "outlook": "others",
    "release": "others",
    "released": "others",
    "amount": "others",  # "money" takes bare digits, and the unit differs by account
    "end": "others",  # "time" has no "around", and no way to say that no end is in sight
    "runs": "other_number2",
    "count": "other_number2",
    "cause": "others",
    "what": "others",
    "about": "others",
    "time": "others",
}
"""The attribute (TemplateRule) that each variable is filed with (help.aliyun.com/document_detail/2806243.html)."""

TEXTS: Final[dict[Language, dict[str, tuple[str, str]]]] = {
    Language.CHINESE: {
        "notice": ("额度关注提醒", "账号${name}可用额度${amount}，预计${end}用完，请留意。"),
        "warning": ("额度不足预警", "账号${name}可用额度${amount}，预计${end}用完，请安排充值。"),
        "critical": ("额度即将用完提醒", "账号${name}可用额度${amount}，预计${end}用完，请尽快充值以免停服。"),
        "overdue": ("额度已用完提醒", "账号${name}可用额度已用完，超出${amount}，服务可能随时暂停，请尽快充值。"),
        "suspended": (
            "服务暂停提醒",
            "账号${name}额度不足，超出${amount}，服务可能已暂停，数据保留期有限，请尽快充值。",
        ),
        "recovered": ("额度恢复通知", "账号${name}可用额度已恢复为${amount}，此前的提醒已解除。"),
        "receipt": ("充值到账通知", "账号${name}收到充值${paid}，额度现为${amount}，${outlook}。"),
        "release": ("数据保留提醒", "账号${name}超额${amount}，${release}，请尽快充值。"),
        "released": ("数据保留期届满提醒", "账号${name}额度超出${amount}，${released}，其余数据请来电核实。"),
        "unreadable": (
            "监测中断提醒",
            "账号${name}的额度已连续${runs}次无法读取，原因是${cause}，监测已中断，处理办法见邮件。",
        ),
        "task": ("待办事项提醒", "预警服务有待办事项，${what}，涉及${about}，处理办法见邮件。"),
        "bundle": (
            "多账号额度提醒",
            "您有${count}个账号额度不足，最紧急的是${name}，最早一个${end}用完，详情见邮件。",
        ),
        "drill": ("预警演练通知", "这是一次预警演练，由${name}于${time}发起。收到即表示短信渠道正常，无需处理。"),
    },
    Language.ENGLISH: {
        "notice": ("Balance notice", "Account ${name}: ${amount} left, expected to last until ${end}."),
        "warning": (
            "Balance warning",
            "Account ${name}: ${amount} left, expected to last until ${end}. Please top up.",
        ),
        "critical": (
            "Balance critical",
            "Account ${name}: ${amount} left, expected to last until ${end}. Please top up now to avoid a stop.",
        ),
        "overdue": (
            "Balance used up",
            "Account ${name}: balance used up, ${amount} over. Services may stop at any time, please top up.",
        ),
        "suspended": (
            "Services stopped",
            "Account ${name}: ${amount} over, services may have stopped. Data is not kept for long, please top up.",
        ),
        "recovered": ("Balance recovered", "Account ${name}: balance is back at ${amount}, the earlier alert is over."),
        "receipt": ("Payment received", "Account ${name}: ${paid} received, balance is now ${amount}, ${outlook}."),
        "release": ("Data retention", "Account ${name}: ${amount} over. ${release}, please top up in full."),
        "released": (
            "Data retention over",
            "Account ${name}: ${amount} over. ${released}, please call about the rest.",
        ),
        "unreadable": (
            "Monitoring interrupted",
            "Account ${name}: balance not readable ${runs} times in a row (${cause}). See mail for what to do.",
        ),
        "task": ("Something to do", "The alert service needs a hand: ${what}, concerning ${about}. See the mail."),
        "bundle": (
            "Several balances low",
            "${count} accounts are low on balance, most urgent: ${name}. First to run out: ${end}. See mail.",
        ),
        "drill": (
            "Alert drill",
            "This is a drill, started by ${name} on ${time}. As you can read this, SMS work; nothing to do.",
        ),
    },
}
"""Name and text of each template, by language and key."""

INSTEAD: Final = {"release": "suspended", "released": "suspended"}
"""Which text is used while one that is optional has no code; without an entry: no SMS."""

TO_STAFF: Final = {Topic.UNREADABLE.value, Topic.TASK.value, Topic.DRILL.value}
HOTLINE: Final = {Language.CHINESE: "咨询${hotline}", Language.ENGLISH: " Call ${hotline}"}


EXAMPLES: Final = {
    Language.CHINESE: {
        "name": "星河网络科技",
        "amount": "1,234.56元",
        "end": "11月25日18时前后",
        "runs": "6",
        "count": "5",
        "cause": "访问授权失效",
        "what": "发送渠道停用",
        "about": "短信",
        "time": "2026年11月22日 14:05",
        "paid": "5,000元",
        "outlook": "可用到12月12日9时前后",
        "release": "云数据库RDS数据于12月1日18时释放",
        "released": "云数据库RDS数据应已释放",
    },
    Language.ENGLISH: {
        "name": "Galaxy Networks",
        "amount": "CNY 1,234.56",
        "end": "25 Nov 18:00",
        "runs": "6",
        "count": "5",
        "cause": "access revoked",
        "what": "A channel is down",
        "about": "SMS",
        "time": "22 Nov 2026 14:05",
        "paid": "CNY 5,000",
        "outlook": "enough until 12 Dec 09:00",
        "release": "RDS kept until 1 Dec",
        "released": "RDS gone",
    },
}
