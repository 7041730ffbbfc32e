"""A task for staff as mail or SMS: what happened, whom it concerns, what to do. In Chinese or English."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

from shared.messages import words
from shared.messages.letter import Letter, plain_text
from shared.messages.mail_html import html_page
from shared.messages.sms import fill_template
from shared.messages.variables import VARIABLE_LIMIT, plain_variable
from shared.model import Language, MailContent, SmsContent, TaskKind

if TYPE_CHECKING:
    from datetime import datetime

    from shared.config import MessageSettings
    from shared.model import Contact, StaffTask

_TITLES: Final = {
    Language.CHINESE: {
        TaskKind.UNACKNOWLEDGED: "客户还没有回应",
        TaskKind.NOBODY_REACHED: "预警没有送到任何人",
        TaskKind.CONTACT_BAD: "联系人的号码或邮箱无效",
        TaskKind.MESSAGE_REFUSED: "消息内容被拒",
        TaskKind.CHANNEL_DOWN: "发送渠道停用",
        TaskKind.CODE_UNLISTED: "收到未知的错误码",
        TaskKind.OVERDUE: "客户的可用额度已用完",
        TaskKind.SUSPENDED: "客户的服务可能已停",
        TaskKind.RELEASE: "客户的数据即将释放",
        TaskKind.RELEASED: "客户的数据可能已释放",
        TaskKind.AGENCY_SHORT: "自己的账号额度不足",
        TaskKind.SILENCE_ENDED: "静默结束，余额仍然偏低",
        TaskKind.BUDGET_REACHED: "当日发送额度用完",
        TaskKind.CONFIG_BAD: "新的配置不能用",
    },
    Language.ENGLISH: {
        TaskKind.UNACKNOWLEDGED: "No reaction from the customer",
        TaskKind.NOBODY_REACHED: "A warning reached nobody",
        TaskKind.CONTACT_BAD: "A contact's number or address is no good",
        TaskKind.MESSAGE_REFUSED: "A message was refused",
        TaskKind.CHANNEL_DOWN: "A channel is down",
        TaskKind.CODE_UNLISTED: "An unknown error code",
        TaskKind.OVERDUE: "Balance of a customer is used up",
        TaskKind.SUSPENDED: "Services of a customer have stopped",
        TaskKind.RELEASE: "Data of a customer goes soon",
        TaskKind.RELEASED: "Data of a customer may be gone",
        TaskKind.AGENCY_SHORT: "Our own account is short",
        TaskKind.SILENCE_ENDED: "A silence is over, the balance still low",
        TaskKind.BUDGET_REACHED: "The day's share of messages is used up",
        TaskKind.CONFIG_BAD: "A new configuration cannot be used",
    },
}
_STEPS: Final = {
    Language.CHINESE: {
        TaskKind.UNACKNOWLEDGED: (
            "打电话联系客户，确认对方知道余额情况。",
            "客户知道了，就运行 arrears ack $account --by 您的姓名，重复通知随即停止。",
        ),
        TaskKind.NOBODY_REACHED: (
            "打电话联系客户：短信和邮件都没有送到。",
            "核对名单里的手机和邮箱，改好后重新导入。",
        ),
        TaskKind.CONTACT_BAD: (
            "向客户核实这位联系人的手机或邮箱。",
            "在名单里改好后重新导入；在此之前，消息改走其他渠道和其他联系人。",
        ),
        TaskKind.MESSAGE_REFUSED: (
            "看错误码：多半是客户名称里有短信不许的字词，或模板与审核通过的不一致。",
            "改好名称或模板；这条消息已改走其他渠道。",
        ),
        TaskKind.CHANNEL_DOWN: (
            "按错误码处理：余额不足先充值，签名或模板有问题到控制台查看，权限问题检查函数角色。",
            "消息都还在队列里，每小时自动再试；渠道恢复后会自动发出。",
        ),
        TaskKind.CODE_UNLISTED: (
            "把错误码告诉维护本程序的人，由他在错误码表里补上。",
            "这条消息会先向服务商查询，没有发出才会再发。",
        ),
        TaskKind.OVERDUE: (
            "运行 arrears explain $account：超出多少、会停什么、建议充多少，都在里面。客户也已收到通知。",
            (
                "打电话联系客户。已经在付款，就运行 arrears paying $account --by 您的姓名；"
                "只是知道了，就运行 arrears ack $account --by 您的姓名。"
            ),
            "能垫付或调高额度的，请在服务停下之前处理。",
        ),
        TaskKind.SUSPENDED: (
            "延停已用完：停下的服务要全部补足才会恢复。运行 arrears explain $account 看金额和各产品的释放时间。",
            "打电话联系客户，说清要补足的数目和最早的释放时间。",
            "已经在付款，就运行 arrears paying $account --by 您的姓名；到账后请客户确认服务都已恢复。",
        ),
        TaskKind.RELEASE: (
            "运行 arrears explain $account，看哪些数据何时释放；释放后充值也无法找回。",
            "今天就打电话联系客户，请他全部补足，或先备份要紧的数据。",
            "已经在付款，就运行 arrears paying $account --by 您的姓名，并盯到到账为止。",
        ),
        TaskKind.RELEASED: (
            "按规则，有产品的数据保留期已过。运行 arrears explain $account，看哪些已过、哪些还来得及。",
            "和客户一起在控制台核实：还在的数据，全部补足后可以保住；回收站里的，看能否恢复。",
            "留存证明：arrears proof $account 导出这次从预警到现在的全过程。",
        ),
        TaskKind.AGENCY_SHORT: (
            "先给我们自己的账号充值：用它付费的客户会跟着停，短信和表格存储也会停。",
            "用我们的钱的客户（funded_by_agency）暂时不通知，额度不足不是他们的事；补足后自动恢复通知。",
            "运行 arrears status 看自己的账号和受影响的客户，arrears explain $account 看其中一个。",
        ),
        TaskKind.SILENCE_ENDED: (
            "静默期间没有通知客户；从这次检查起恢复通知，客户会收到预警。",
            "静默 $code 由谁设置、为什么，运行 arrears silence list --all 可以看到。",
            "还不该打扰客户，就再设一次：arrears silence add account=$account --for 2d --by 您的姓名 --reason 原因。",
        ),
        TaskKind.BUDGET_REACHED: (
            "不急的消息已推迟，紧急的优先；没有消息丢失。",
            "需要的话，调高 agency.yaml 里的 $code。",
        ),
        TaskKind.CONFIG_BAD: (
            "运行 arrears config history，看这一版是谁、何时应用的；现在用的是它之前能用的一版，检查照常。",
            "把改好的文件再应用一次：arrears config apply。若这一版是新程序写的，请先部署新程序。",
        ),
    },
    Language.ENGLISH: {
        TaskKind.UNACKNOWLEDGED: (
            "Call the customer and make sure that they know of their balance.",
            "If they do, run arrears ack $account --by YOUR-NAME: the repeats stop.",
        ),
        TaskKind.NOBODY_REACHED: (
            "Call the customer: neither SMS nor mail arrived.",
            "Check the numbers and addresses in the list, mend them, and import it again.",
        ),
        TaskKind.CONTACT_BAD: (
            "Ask the customer for the right number or address of this contact.",
            "Mend the list and import it again; until then messages go other ways and to other contacts.",
        ),
        TaskKind.MESSAGE_REFUSED: (
            "Look at the code: mostly a word in the name that SMS does not allow, or a template that is not approved.",
            "Mend the name or the template; this message went another way.",
        ),
        TaskKind.CHANNEL_DOWN: (
            "Do what the code asks for: pay, look at signature and templates, or check the functions' role.",
            "All messages are still queued and tried again every hour; they go out once the channel works.",
        ),
        TaskKind.CODE_UNLISTED: (
            "Give the code to whoever maintains this program, who adds it to the table of codes.",
            "The provider is asked about the message first; it is sent again only if it was not taken.",
        ),
        TaskKind.OVERDUE: (
            "Run arrears explain $account: what is missing, what will stop, what to pay. The customer was told too.",
            (
                "Call the customer. If money is on its way, run arrears paying $account --by YOUR-NAME; if they know, "
                "run arrears ack $account --by YOUR-NAME."
            ),
            "If you can lend the money or raise the credit line, do so before services stop.",
        ),
        TaskKind.SUSPENDED: (
            (
                "The grace is used up: what stopped resumes only when all is paid. Run arrears explain $account for "
                "the amount and for when each product is released."
            ),
            "Call the customer and name the amount and the earliest release.",
            "If money is on its way, run arrears paying $account --by YOUR-NAME; then let them see that all is back.",
        ),
        TaskKind.RELEASE: (
            "Run arrears explain $account for which data is released when; no payment brings it back.",
            "Call the customer today: they should pay all of it, or back up what matters.",
            "If money is on its way, run arrears paying $account --by YOUR-NAME, and watch until it is there.",
        ),
        TaskKind.RELEASED: (
            (
                "By the rules the data of some product is no longer kept. Run arrears explain $account for which, and "
                "for what can still be saved."
            ),
            (
                "Look in the console together with the customer: what is there is saved by paying all of it, and "
                "the recycle bin may hold the rest."
            ),
            "Keep the proof: arrears proof $account writes down all of it, from the first warning on.",
        ),
        TaskKind.AGENCY_SHORT: (
            "Pay for our own account first: customers that it pays for stop with it, and so do SMS and Tablestore.",
            (
                "Customers on our money (funded_by_agency) are told nothing meanwhile, since it is no fault of theirs; "
                "that resumes by itself."
            ),
            "arrears status shows our account and who is concerned, arrears explain $account one of them.",
        ),
        TaskKind.SILENCE_ENDED: (
            "The customer was told nothing meanwhile; from this check on they are told again.",
            "Who made silence $code, and why: arrears silence list --all.",
            "If it is still too early: arrears silence add account=$account --for 2d --by YOUR-NAME --reason WHY.",
        ),
        TaskKind.BUDGET_REACHED: (
            "What is not urgent was put off, urgent messages go first; none is lost.",
            "If that is too little, raise $code in agency.yaml.",
        ),
        TaskKind.CONFIG_BAD: (
            "Run arrears config history to see who applied it; meanwhile the last good version before it is used.",
            "Apply a sound file: arrears config apply. If a newer program wrote this version, deploy that first.",
        ),
    },
}
_WORDS: Final = {
    Language.CHINESE: {
        "badge": "待办",
        "greeting": "$contact，您好：",
        "opening": "预警服务有一件事需要处理：$title。涉及：$about。",
        "steps": "请这样处理",
        "account": "账号",
        "about": "涉及",
        "level": "级别",
        "code": "错误码、设置或静默编号",
        "at": "发生于",
        "closing": "不清楚时，运行 arrears doctor，或把编号告诉维护本程序的人。",
        "reference": "编号：",
    },
    Language.ENGLISH: {
        "badge": "To do",
        "greeting": "Hello $contact,",
        "opening": "Something in the alert service needs a hand: $title. It concerns: $about.",
        "steps": "What to do",
        "account": "Account",
        "about": "Concerns",
        "level": "Level",
        "code": "Code, setting or silence",
        "at": "Time",
        "closing": "If in doubt, run arrears doctor, or give the reference to whoever maintains this program.",
        "reference": "Reference: ",
    },
}


def task_title(kind: TaskKind, language: Language) -> str:
    """What a kind of task is called."""
    return _TITLES[language][kind]


def render_task_sms(task: StaffTask, contact: Contact, settings: MessageSettings) -> SmsContent:
    """The task as SMS: its title and whom it concerns; what to do stands in the mail."""
    title = plain_variable(task_title(task.kind, contact.language), VARIABLE_LIMIT)
    return fill_template("task", contact.language, settings, {"what": title, "about": plain_variable(task.about)})


def render_task_mail(task: StaffTask, contact: Contact, at: datetime, reference: str) -> MailContent:
    """The task as a mail; ``reference`` stands in the subject, in square brackets."""
    text = _WORDS[contact.language]
    title, about = task_title(task.kind, contact.language), words.one_line(task.about)
    values = {"contact": contact.name, "title": title, "about": about, "account": task.account_id, "code": task.code}
    letter = Letter(
        language=contact.language.value,
        key="task",
        badge=text["badge"],
        headline=title,
        greeting=Template(text["greeting"]).safe_substitute(values),
        opening=Template(text["opening"]).safe_substitute(values),
        steps_title=text["steps"],
        steps=tuple(Template(step).safe_substitute(values) for step in _STEPS[contact.language][task.kind]),
        button=None,
        facts=tuple(_facts(task, about, at, contact.language)),
        consequence="",
        notes=(),
        closing=text["closing"],
        reference=text["reference"] + reference,
    )
    subject = words.shorten(f"{title}：{about}", 230) + f" [{reference}]"
    return MailContent(subject, html_page(letter), plain_text(letter))


def _facts(task: StaffTask, about: str, at: datetime, language: Language) -> list[tuple[str, str]]:
    text = _WORDS[language]
    facts = [(text["about"], about), (text["account"], task.account_id), (text["at"], words.minute(at, language))]
    facts = [fact for fact in facts if fact[1]]
    if task.level:
        facts.append((text["level"], words.level_name(task.level, language)))
    if task.code:
        facts.append((text["code"], task.code))
    return facts
