"""The doctor's findings in words: what is wrong, and what to do, in Chinese and English."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

from shared.findings import Finding, Flaw
from shared.messages.words import level_name, minute, money
from shared.model import Language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shared.app.doctor import Examination
    from shared.app.in_force import InForce

WORDS: Final[Mapping[Flaw, tuple[str, str, str, str]]] = {
    Flaw.NOT_TOLD: (
        "账号 $subject 处于 $detail 级（自$since），但没有送达或在途的通知",
        "看 arrears outbox --account $subject；请先打电话通知客户",
        "account $subject is at $detail (since $since), and no message of it arrived or is on its way",
        "see arrears outbox --account $subject; call the customer now",
    ),
    Flaw.NOBODY_TO_TELL: (
        "账号 $subject 处于 $detail 级，但没有联系人能在这一级的渠道上收到通知",
        "在客户名单里补上手机或邮箱，再 arrears import",
        "account $subject is at $detail, and none of its contacts can be reached on the channels of that level",
        "add a phone or mail to the roster and import it again",
    ),
    Flaw.NOT_SEEN: (
        "账号 $subject 超过两轮没有检查（上次$since）",
        "刚导入的等下一个整点后再看；否则看 check_balances 的日志",
        "account $subject was not looked at for two runs (last: $since)",
        "wait for the next hour if it is new; else see the log of check_balances",
    ),
    Flaw.STAFF_NOT_TOLD: (
        "账号 $subject 读不到（$detail），而员工没有收到通知",
        "看 arrears explain $subject；检查员工的联系方式",
        "account $subject cannot be read ($detail), and staff were not told",
        "see arrears explain $subject; check the staff's addresses",
    ),
    Flaw.MESSAGE_STUCK: (
        "消息 $subject 卡住了（$detail，本应在$since处理）",
        "看 deliver_notifications 的定时器是否启用，以及它的日志",
        "message $subject is stuck ($detail, its next step was due $since)",
        "see whether the timer of deliver_notifications is on, and its log",
    ),
    Flaw.ROW_MALFORMED: (
        "存储里有一行无法读取：$detail",
        "请维护人员看这一行；在此之前该账号或消息没有人看",
        "a stored row cannot be read: $detail",
        "have a maintainer look at it; until then that account or message is unwatched",
    ),
    Flaw.POLICY_MISSING: (
        "账号 $subject 的策略 $detail 不在 agency.yaml 里",
        "改客户名单或补上这份策略；在此之前该账号没有人看",
        "account $subject names the policy $detail, which is not in agency.yaml",
        "change the roster or add the policy; until then the account is unwatched",
    ),
    Flaw.SIGN_NOT_APPROVED: (
        "短信签名 $subject 不可用：$detail",
        "在短信服务控制台查看签名；在此之前一条短信也发不出去",
        "the SMS signature $subject cannot be used: $detail",
        "look at it in the SMS console; until then no SMS goes out",
    ),
    Flaw.SIGN_LAPSED: (
        "短信签名 $subject 的运营商报备已失效（$detail）：六个月没有发送",
        "在控制台重新报备；之后每月 arrears drill 一次可防失效",
        "the signature $subject has lapsed with a carrier ($detail): nothing was sent for six months",
        "register it again in the console; a monthly arrears drill keeps it alive",
    ),
    Flaw.SIGN_NOT_REGISTERED: (
        "短信签名 $subject 没有运营商报备（$detail），该运营商会拦截",
        "在控制台补报备；一般要 5-10 个工作日",
        "the signature $subject is not registered with a carrier ($detail), who will intercept it",
        "register it in the console; it takes 5 to 10 working days",
    ),
    Flaw.SIGN_PENDING: (
        "短信签名 $subject 的运营商报备还没有结果（$detail）",
        "过几天再看；可以 arrears drill 试一试",
        "a carrier has not decided on the signature $subject ($detail)",
        "look again in some days; arrears drill tries it",
    ),
    Flaw.TEMPLATE_NOT_APPROVED: (
        "短信模板 $subject 不可用：$detail",
        "在控制台查看审核意见，或改 agency.yaml 里的代码",
        "the SMS template $subject cannot be used: $detail",
        "see the review in the console, or mend its code in agency.yaml",
    ),
    Flaw.TEMPLATE_DIFFERS: (
        "短信模板 $subject 的内容与本服务的不同：$detail",
        "按本服务的文本重新申请，或检查 agency.yaml 里代码是否对调、hotline 是否一致",
        "the SMS template $subject holds another text than ours: $detail",
        "file our text anew, or see whether codes in agency.yaml are swapped and the hotline is the same",
    ),
    Flaw.MAIL_NOT_IN_ORDER: (
        "邮件推送账号状态异常：$detail",
        "在邮件推送控制台处理；在此之前一封邮件也发不出去",
        "the mail account is not in order: $detail",
        "see the DirectMail console; until then no mail goes out",
    ),
    Flaw.MAIL_QUOTA: (
        "邮件推送今天没有额度",
        "在邮件推送控制台申请提高额度",
        "no mail may be sent today",
        "ask for a higher quota in the DirectMail console",
    ),
    Flaw.CHANNEL_SILENT: (
        "问不到 $subject 的状态：$detail",
        "稍后再试；一直如此请检查权限（deployment/ram-policy.json）和网络",
        "the provider could not be asked about $subject: $detail",
        "try again later; if it stays so, check permissions (deployment/ram-policy.json) and the network",
    ),
    Flaw.CONFIG_INVALID: (
        "配置有误：$detail",
        "改好后 arrears config check",
        "the configuration is wrong: $detail",
        "mend it, then arrears config check",
    ),
    Flaw.CONFIG_VERSION_BAD: (
        "存储里的配置第 $subject 版不能用，现用它之前的一版：$detail",
        "把改好的文件再应用一次：arrears config apply；若是新程序写的，先部署新程序",
        "version $subject of the stored configuration cannot be used, the one before it is: $detail",
        "apply a sound file: arrears config apply; if a newer program wrote it, deploy that program first",
    ),
    Flaw.CONFIG_DIFFERS: (
        "$subject 与生效的配置不同：生效的是存储里的第 $detail 版",
        "要让文件生效：arrears config apply；要看生效的：arrears config show",
        "$subject is not what is in force: that is version $detail in the store",
        "to put the file in force: arrears config apply; to see what is: arrears config show",
    ),
    Flaw.STORE_SILENT: (
        "读不了表格存储：$detail",
        "检查实例名、地址和权限；自己的账号是否欠费",
        "Tablestore does not answer: $detail",
        "check instance, endpoint and permissions, and whether your own account is in arrears",
    ),
    Flaw.TABLE_MISSING: (
        "没有表 $subject",
        "运行 arrears init",
        "there is no table $subject",
        "run arrears init",
    ),
    Flaw.NO_CHECK: (
        "每小时的检查没有在运行（上次$since）",
        "看 check_balances 的定时器是否启用，以及它的日志",
        "the hourly check does not run (last: $since)",
        "see whether the timer of check_balances is on, and its log",
    ),
    Flaw.NO_STAFF: (
        "$subject 里没有员工：服务自身出问题时没有人知道",
        "在 staff 下写上值班人员",
        "$subject names no staff: nobody hears of trouble with the service itself",
        "name somebody under staff",
    ),
    Flaw.OWN_UNWATCHED: (
        "没有看护贵公司自己的账号：它一欠费，所有预警都会无声中断",
        "在 $subject 里写上 own_account",
        "the agency's own account is not watched: in arrears, every warning dies without a sound",
        "set own_account in $subject",
    ),
    Flaw.NO_HEARTBEAT: (
        "没有外部心跳：本服务整个停掉时没有人知道",
        "在 $subject 里写上 heartbeat_url",
        "no heartbeat goes out: nobody would notice if the service stopped as a whole",
        "set heartbeat_url in $subject",
    ),
    Flaw.CONTACT_UNREACHABLE: (
        "账号 $subject 有联系人没有手机也没有邮箱（$detail）",
        "在客户名单里补上，再 arrears import",
        "account $subject has contacts without phone and mail ($detail)",
        "add them to the roster and import it again",
    ),
    Flaw.NO_ROLE: (
        "客户账号 $subject 没有角色：读到的会是贵公司自己的余额",
        "在客户名单里写上角色 ARN；自己的账号请写在 own_account",
        "account $subject has no role: what is read is your own balance",
        "add the role's ARN to the roster; your own account belongs into own_account",
    ),
    Flaw.OWN_IN_ROSTER: (
        "自己的账号 $subject 也在客户名单里，那一行不起作用",
        "从名单里删掉",
        "your own account $subject is in the roster, too, where it counts for nothing",
        "take it out of the roster",
    ),
    Flaw.CURRENCY_DIFFERS: (
        "账号 $subject 的币种与名单不同（账号, 名单：$detail）",
        "改客户名单里的币种，再 arrears import",
        "account $subject is kept in another currency than the roster says (account, roster: $detail)",
        "mend the currency in the roster and import it again",
    ),
    Flaw.TOO_MANY_ACCOUNTS: (
        "要扮演角色的账号太多：$subject 个，一次检查在时限内只够 $detail 个，其余靠重试",
        "向阿里云申请提高 AssumeRole 的配额，并写进 ARREARS_ASSUME_ROLES_PER_SECOND；或调大 s.yaml 里检查的 timeout",
        "too many accounts to assume roles for: $subject; one check has time for $detail, its retries read the others",
        "have the quota of AssumeRole raised and set ARREARS_ASSUME_ROLES_PER_SECOND, or give the check a longer time",
    ),
    Flaw.FUNCTION_MISSING: (
        "函数 $subject 没有部署",
        "运行 s deploy；如果部署在别的地域或账号，检查 s.yaml 的 vars",
        "the function $subject is not deployed",
        "run s deploy; if it is in another region or account, look at vars in s.yaml",
    ),
    Flaw.FUNCTION_TROUBLED: (
        "函数 $subject 状态异常：$detail",
        "在函数计算控制台看原因，再 s deploy",
        "the function $subject is in trouble: $detail",
        "see the Function Compute console, then s deploy again",
    ),
    Flaw.FUNCTION_DIFFERS: (
        "函数 $subject 与 s.yaml 不同，括号里是 s.yaml 的值：$detail",
        "s.yaml 是对的就 s deploy；控制台里改的是对的就写回 s.yaml",
        "the function $subject is not as s.yaml says (in brackets): $detail",
        "s deploy if s.yaml is right; if the console is, write it into s.yaml",
    ),
    Flaw.DEPLOYED_APART: (
        "三个函数不是同时部署的，也可能在控制台里改过：最早的 $subject $detail",
        "再运行一次 s deploy，三个一起",
        "the functions were not deployed together, or one was changed by hand; the oldest is $subject: $detail",
        "s deploy once more, all of them",
    ),
    Flaw.TIMER_MISSING: (
        "定时器 $subject 不存在（$detail）：这个函数不会自己运行",
        "运行 s deploy",
        "the timer $subject is not there ($detail): the function does not run by itself",
        "run s deploy",
    ),
    Flaw.TIMER_OFF: (
        "定时器 $subject 被停用：这个函数不会自己运行",
        "在函数计算控制台启用它，或 s deploy",
        "the timer $subject is switched off: the function does not run by itself",
        "switch it on in the Function Compute console, or s deploy",
    ),
    Flaw.TIMER_DIFFERS: (
        "定时器 $subject 的时间与 s.yaml 不同，括号里是 s.yaml 的值：$detail",
        "s.yaml 是对的就 s deploy；否则写回 s.yaml",
        "the timer $subject fires at other times than s.yaml says (in brackets): $detail",
        "s deploy if s.yaml is right; else write it into s.yaml",
    ),
    Flaw.TIMER_EXTRA: (
        "定时器 $subject（$detail）不在 s.yaml 里",
        "不需要就在函数计算控制台删掉",
        "the timer $subject ($detail) is not in s.yaml",
        "delete it in the Function Compute console if nobody needs it",
    ),
    Flaw.COMPUTE_SILENT: (
        "问不到 $subject 部署了什么：$detail",
        "检查地域，以及这把密钥的 fc:ListFunctions、fc:ListTriggers、fc:GetAsyncInvokeConfig 权限",
        "$subject could not be asked what is deployed: $detail",
        "look at the region, and whether this key may fc:ListFunctions, fc:ListTriggers and fc:GetAsyncInvokeConfig",
    ),
    Flaw.UNREADABLE: (
        "账号 $subject 读不到（原因, 次数：$detail）",
        "看 arrears explain $subject",
        "account $subject cannot be read (cause, runs: $detail)",
        "see arrears explain $subject",
    ),
}
"""What is wrong and what to do: Chinese, Chinese, English, English."""

NEVER: Final = {Language.CHINESE: "从未", Language.ENGLISH: "never"}


def words(finding: Finding, language: Language) -> tuple[str, str]:
    """A finding in words: what is wrong, and what to do."""
    chinese, mend, english, mend_english = WORDS[finding.flaw]
    what, to_do = (chinese, mend) if language is Language.CHINESE else (english, mend_english)
    values = {
        "subject": finding.subject,
        "detail": finding.detail,
        "since": minute(finding.since, language) if finding.since else NEVER[language],
    }
    return Template(what).substitute(values), Template(to_do).substitute(values)


def opening(found: Examination, language: Language) -> Iterator[str]:
    """How much was looked at, and how the agency's own account is."""
    chinese = language is Language.CHINESE
    last = minute(found.checked_at, language) if found.checked_at else NEVER[language]
    yield (
        f"账号 {found.accounts} 个；上次检查：{last}；到期待处理的消息 {found.open_messages} 条"
        if chinese
        else f"{found.accounts} accounts; last check: {last}; {found.open_messages} messages due"
    )
    if found.in_force is not None:
        yield _in_force(found.in_force, chinese=chinese)
    if found.own is None:
        return
    account, state = found.own
    level = level_name(state.alert.level, language)
    reading = state.history.readings[-1] if state.history.readings else None
    left = money(reading.available_amount, account.currency, language) if reading else "—"
    yield (f"自己的账号：{level}，可用额度 {left}" if chinese else f"own account: {level}, {left} left")


def _in_force(found: InForce, *, chinese: bool) -> str:
    """Which configuration holds; the functions' own file is not to be seen from here."""
    if found.version is not None:
        number = found.version.number
        return f"生效的配置：存储里的第 {number} 版" if chinese else f"configuration: version {number} of the store"
    return (
        "生效的配置：部署包里的 agency.yaml，与这里的文件可能不同（还没有应用过：arrears config apply）"
        if chinese
        else "configuration: the package's agency.yaml, which may differ from the file here (nothing was applied yet: "
        "arrears config apply)"
    )


def closing(findings: Sequence[Finding], language: Language) -> str:
    """The sum of it."""
    serious = sum(finding.serious for finding in findings)
    if serious:
        chinese, english = (
            f"{serious} 处要马上处理，否则有人收不到预警",
            f"{serious} to be mended now: warnings are at stake",
        )
    elif findings:
        chinese, english = "预警都能送达；以上各条建议处理", "all warnings find their way; the above is worth mending"
    else:
        chinese, english = "一切正常", "all is well"
    return chinese if language is Language.CHINESE else english
