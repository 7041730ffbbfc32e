"""What holds for all accounts: messages, staff, limits, and the agency's own account."""

# The annotations are read at run time, so their names are imported for real.
from decimal import Decimal
from typing import Annotated

from shared.config.mends import Fault, refuse
from shared.config.part import ByName, Length, Part, Within, key
from shared.config.values import (
    BUNDLE_TEMPLATE,
    AccountId,
    HttpsUrl,
    Mail,
    MailTag,
    Mobile,
    Number,
    PolicyName,
    SignName,
    Templates,
    Text,
)
from shared.model import Language


class SmsSettings(Part):
    """What Short Message Service needs, as approved in its console."""

    sign_name: SignName = key(description="短信签名，2-12 字 / the approved signature, 2 to 12 characters")
    templates: Templates = key(description="中文模板代码 / the codes of the Chinese templates")
    templates_en: Templates | None = key(
        default=None, description="英文模板代码；没有则用中文 / the English templates; null: the Chinese ones are used"
    )


class MailSettings(Part):
    """What DirectMail needs, as set up in its console."""

    sender: Mail = key(description="发信地址 / the sender address")
    alias: Annotated[Text, Length(most=15)] = key(
        description="发件人昵称，最多 15 字 / the sender's name, 15 characters at most"
    )
    tag: MailTag | None = key(
        default=None, description="邮件标签，须先在控制台建好 / the mail tag, which must exist in the console"
    )
    reply_to: Mail | None = key(default=None, description="回信地址 / where replies go")


class BundleSettings(Part):
    """From how many accounts on one person gets one message instead of many."""

    sms_from: Annotated[int, Within(ge=2, le=50)] | None = key(
        default=None,
        description="同一号码同时有几个账号要通知就合成一条短信；null 不合并 "
        "/ one SMS for so many accounts or more of one number, due at once; null: never",
    )
    mail_from: Annotated[int, Within(ge=2, le=50)] | None = key(
        default=2,
        description="汇总邮件里有几个账号就合成一封；null 不合并 "
        "/ one mail for so many accounts or more that waited for the digest; null: never",
    )


class MessageSettings(Part):
    """What messages say of the agency, and what they are sent with."""

    agency_name: Text = key(description="贵公司名称 / the agency's name")
    hotline: Text = key(description="客服电话 (座机、400 或 95) / the telephone that customers call")
    pay_url: HttpsUrl = key(description="充值页面，只写进邮件 / where to top up; in mails only")
    sms: SmsSettings = key(description="短信 / text messages")
    mail: MailSettings = key(description="邮件 / mail")
    bundle: BundleSettings = key(
        default=BundleSettings(), description="一人多个账号时合并发送 / one message for a person of many accounts"
    )

    def __post_init__(self) -> None:
        if self.bundle.sms_from is None:
            return
        given = {"templates": self.sms.templates, "templates_en": self.sms.templates_en}
        faults = [
            Fault(
                f"合并短信缺少模板 {BUNDLE_TEMPLATE} / the template {BUNDLE_TEMPLATE} is missing; bundled SMS need it",
                f"请补上 {BUNDLE_TEMPLATE}: SMS_…，或写 sms_from: null "
                f"/ add {BUNDLE_TEMPLATE}: SMS_…, or write sms_from: null",
                (("sms", name),),
            )
            for name, codes in given.items()
            if codes is not None and BUNDLE_TEMPLATE not in codes
        ]
        if faults:
            raise refuse(*faults)


class StaffContact(Part):
    """Someone of the agency's who is told what concerns the service itself."""

    name: Text = key(description="姓名 / name")
    phone: Mobile | None = key(default=None, description="手机 / mobile number")
    mail: Mail | None = key(default=None, description="邮箱 / mail address")
    language: Annotated[Language, ByName()] = key(default=Language.CHINESE, description="语言 / language")

    def __post_init__(self) -> None:
        if self.phone is None and self.mail is None:
            what = f"{self.name} 没有手机也没有邮箱 / {self.name} has neither phone nor mail"
            raise refuse(Fault(what, "请补上 phone 或 mail / add phone or mail", (("name",),)))


class Limits(Part):
    """The share of 24 hours: what is not urgent waits when it is used up."""

    sms_per_number: Annotated[int, Within(ge=1, le=50)] = key(
        default=20,
        description="同一号码同一模板 24 小时几条，运营商上限 50 / to one number by one template, 50 at most",
    )
    sms_per_day: Annotated[int, Within(ge=1)] = key(default=500, description="24 小时几条短信 / SMS in 24 hours")
    mails_per_day: Annotated[int, Within(ge=1)] = key(
        default=1800, description="24 小时几封邮件，新账号上限 2000 / mails in 24 hours; a new account may send 2000"
    )
    yuan_per_day: Annotated[Number, Within(gt=0)] | None = key(
        default=None, description="24 小时最多花几元；null 不限 / CNY in 24 hours; null: no limit"
    )
    sms_price: Annotated[Number, Within(ge=0)] = key(
        default=Decimal("0.045"), description="每条短信几元 / price of an SMS"
    )
    mail_price: Annotated[Number, Within(ge=0)] = key(default=Decimal("0.002"), description="每封邮件几元 / CNY a mail")


class SweepSettings(Part):
    """How the hourly check shares the accounts out over invocations."""

    accounts_per_invocation: Annotated[int, Within(ge=1, le=20_000)] = key(
        default=5000,
        description="一次函数调用最多检查多少个账号；更多就分给几次并行的调用 "
        "/ accounts that one invocation looks at, at the most; more are shared out over invocations side by side",
    )


class OwnAccount(Part):
    """The agency's own account: when it is in arrears, every warning dies without a sound."""

    account_id: AccountId = key(description="贵公司自己的账号 UID / the UID of the agency's own account")
    policy: PolicyName = key(default="own", description="用哪一份策略 / the policy that it is watched by")
