"""Dysmsapi 2017-05-25: short messages within mainland China, and their receipts.

Every breach of a rule is HTTP 200 with a ``Code``, as the real service does. Sources:
help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms, document_detail/419277.html
(QuerySendDetails), /44335.htm (limits, length), /101346.html (codes).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from localcloud.clock import SHANGHAI
from localcloud.openapi.errors import ApiError
from localcloud.sms_reviews import APPROVED, Review, signature_row, template_list_row, template_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.clock import Clock
    from localcloud.openapi.rpc import Call, Operation

VERSION = "2017-05-25"
PER_DAY = 50
"""Accepted messages per signature, template and number in 24 rolling hours."""
LONGEST_VALUE = 35
MAX_NUMBERS = 1000
LONGEST_OUT_ID = 255
ONE_PIECE = 70
PIECE_OF_SEVERAL = 67
MEMORY_OF_DETAILS = timedelta(days=30)
MOBILE = re.compile(r"(?:\+86|0086|86|\+)?(1[3-9]\d{9})")
OK = {"Code": "OK", "Message": "OK"}
VARIABLE = re.compile(r"\$\{(\w+)\}")
URL = re.compile(r"https?://|www\.|[a-z0-9-]+\.(?:com|cn|net|org)\b", re.IGNORECASE)
WAITING, FAILED, DELIVERED = 1, 2, 3
STATUSES = {WAITING: "waiting", FAILED: "failed", DELIVERED: "delivered"}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of messages to one number."""

    refused: str | None = None
    """Code with which SendSms refuses the number, for example isv.MOBILE_NUMBER_ILLEGAL; None accepts it."""
    error: str | None = None
    """Carrier's code of a message that is not delivered, for example MOBILE_NOT_ON_SERVICE; None delivers it."""
    visible_after: timedelta = timedelta(seconds=30)
    """From sending until QuerySendDetails knows the message."""
    receipt_after: timedelta = timedelta(seconds=60)
    """From sending until its final status."""


@dataclass(frozen=True, slots=True)
class Sms:
    """One accepted message to one number."""

    biz_id: str
    account_id: str
    phone: str
    signature: str
    template: str
    content: str
    """Signature in 【】, then the template with its variables filled in."""
    out_id: str
    sent_at: datetime
    fate: Fate

    @property
    def pieces(self) -> int:
        """Messages that the carrier bills: 70 characters fit one, longer texts are cut into 67."""
        length = len(self.content)
        return 1 if length <= ONE_PIECE else -(-length // PIECE_OF_SEVERAL)

    def status(self, now: datetime) -> int:
        """1 waiting, 2 failed, 3 delivered."""
        if now < self.sent_at + self.fate.receipt_after:
            return WAITING
        return FAILED if self.fate.error else DELIVERED

    def shown(self, now: datetime) -> dict[str, Any]:
        """As the control side lists it."""
        status = self.status(now)
        return {
            "biz_id": self.biz_id,
            "account": self.account_id,
            "phone": self.phone,
            "signature": self.signature,
            "template": self.template,
            "content": self.content,
            "pieces": self.pieces,
            "out_id": self.out_id,
            "sent_at": self.sent_at.isoformat(),
            "status": STATUSES[status],
            "error": self.fate.error if status == FAILED else None,
        }


@dataclass(slots=True)
class Dysms:
    """The short message service."""

    clock: Clock
    signatures: set[str] = field(default_factory=set)
    """Approved ones, unless their review says otherwise."""
    templates: dict[str, str] = field(default_factory=dict)
    """Text by code; approved, unless their review says otherwise."""
    signature_reviews: dict[str, Review] = field(default_factory=dict)
    template_reviews: dict[str, Review] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    """By number of 11 digits; ``*`` for all numbers without one of their own."""
    sent: list[Sms] = field(default_factory=list)
    on_accepted: Callable[[], None] = lambda: None
    """Called before the reply: what was accepted is never forgotten."""
    _accepted: defaultdict[tuple[str, str, str], deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def operations(self) -> dict[str, Operation]:
        """Its actions."""
        return {
            "SendSms": self.send_sms,
            "QuerySendDetails": self.query_send_details,
            "GetSmsSign": self.get_sms_sign,
            "QuerySmsTemplate": self.query_sms_template,
            "QuerySmsTemplateList": self.query_sms_template_list,
        }

    def reset(self) -> None:
        """Forget everything."""
        for part in (self.signatures, self.templates, self.signature_reviews, self.template_reviews, self.fates):
            part.clear()
        self.sent.clear()
        self._accepted.clear()

    def keep(self, messages: list[Sms]) -> None:
        """Take over messages that were accepted before, oldest first: they count towards the daily share."""
        for sms in messages:
            self.sent.append(sms)
            self._accepted[sms.signature, sms.template, sms.phone].append(sms.sent_at)

    def send_sms(self, call: Call) -> dict[str, Any]:
        """Accept a message for each number, or refuse all; accepted is not delivered."""
        phones = self._phones(call.text("PhoneNumbers"))
        signature, template = call.text("SignName"), call.text("TemplateCode")
        if self._signature(signature).status != APPROVED:
            raise _breach("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        text, review = self._template(template)
        if review.status != APPROVED:
            raise _breach("isv.SMS_TEMPLATE_ILLEGAL", "模板未审批通过")
        out_id = call.optional("OutId")
        if len(out_id) > LONGEST_OUT_ID:
            raise _breach("isv.INVALID_PARAMETERS", "参数异常")
        content = f"【{signature}】{_filled(text, _values(call.optional('TemplateParam')))}"
        now = self.clock.now()
        self._admit(signature, template, phones, now)
        biz_id = f"{len(self.sent) + 1:06d}{int(now.timestamp() * 1000)}^0"
        account = call.identity.account_id
        self.keep(
            [
                Sms(biz_id, account, phone, signature, template, content, out_id, now, self._fate(phone))
                for phone in phones
            ]
        )
        self.on_accepted()
        return OK | {"BizId": biz_id}

    def query_send_details(self, call: Call) -> dict[str, Any]:
        """The messages to one number on one day (Shanghai), newest first."""
        size = call.integer("PageSize", high=50)
        number = call.integer("CurrentPage")
        now = self.clock.now()
        day = _day(call.text("SendDate"), now)
        match = MOBILE.fullmatch(call.text("PhoneNumber"))
        if match is None:
            raise _breach("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误")
        rows = [
            _detail(sms, now)
            for sms in reversed(self.sent)
            if sms.phone == match[1]
            and sms.account_id == call.identity.account_id
            and f"{sms.sent_at.astimezone(SHANGHAI):%Y%m%d}" == day
            and now >= sms.sent_at + sms.fate.visible_after
            and call.optional("BizId") in {"", sms.biz_id}
        ]
        shown = rows[(number - 1) * size : number * size]
        details = {"SmsSendDetailDTO": shown}
        return OK | {"TotalCount": str(len(rows)), "SmsSendDetailDTOs": details}

    def get_sms_sign(self, call: Call) -> dict[str, Any]:
        """How one signature stands with the reviewers and with the carriers."""
        name = call.text("SignName")
        return OK | signature_row(name, self._signature(name))

    def query_sms_template(self, call: Call) -> dict[str, Any]:
        """How one template stands with the reviewers."""
        code = call.text("TemplateCode")
        return OK | template_row(code, *self._template(code))

    def query_sms_template_list(self, call: Call) -> dict[str, Any]:
        """All templates by their codes, page by page."""
        number, size = call.integer("PageIndex", 1), call.integer("PageSize", 10, high=50)
        rows = [template_list_row(code, *self._template(code)) for code in sorted(self.templates)]
        shown = rows[(number - 1) * size : number * size]
        return OK | {"SmsTemplateList": shown, "TotalCount": len(rows), "CurrentPage": number, "PageSize": size}

    def _signature(self, name: str) -> Review:
        if name not in self.signatures:
            raise _breach("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        return self.signature_reviews.get(name, Review())

    def _template(self, code: str) -> tuple[str, Review]:
        text = self.templates.get(code)
        if text is None:
            raise _breach("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
        return text, self.template_reviews.get(code, Review())

    def _phones(self, text: str) -> list[str]:
        numbers = text.split(",")
        if len(numbers) > MAX_NUMBERS:
            raise _breach("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
        phones = []
        for number in numbers:
            match = MOBILE.fullmatch(number)
            if match is None:
                raise _breach("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误")
            refused = self._fate(match[1]).refused
            if refused is not None:
                raise _breach(refused, "手机号码格式错误" if refused == "isv.MOBILE_NUMBER_ILLEGAL" else refused)
            phones.append(match[1])
        return phones

    def _fate(self, phone: str) -> Fate:
        return self.fates.get(phone) or self.fates.get("*") or Fate()

    def _admit(self, signature: str, template: str, phones: list[str], now: datetime) -> None:
        """Refuse if one number has had its share of the last 24 hours."""
        for phone in phones:
            window = self._accepted[signature, template, phone]
            while window and window[0] <= now - timedelta(hours=24):
                window.popleft()
            if len(window) >= PER_DAY:
                raise _breach("isv.BUSINESS_LIMIT_CONTROL", f"触发天级流控Permits:{PER_DAY}")


def _values(text: str) -> dict[str, str]:
    """The template's variables, from their JSON object."""
    try:
        values = json.loads(text) if text else {}
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise _breach("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
    return values


def _filled(text: str, values: dict[str, str]) -> str:
    """A template's text with its variables filled in, each of which keeps the rules."""
    names = set(VARIABLE.findall(text))
    if names - values.keys():
        raise _breach("isv.TEMPLATE_MISSING_PARAMETERS", f"模版缺少变量: {', '.join(sorted(names - values.keys()))}")
    if values.keys() - names:
        raise _breach("isv.SMS_TEMPLATE_ILLEGAL", "模版变量与模版不符")
    for name, value in values.items():
        if not 1 <= len(value) <= LONGEST_VALUE:
            raise _breach("isv.PARAM_LENGTH_LIMIT", f"参数超出长度限制: {name}")
        if URL.search(value):
            raise _breach("isv.PARAM_NOT_SUPPORT_URL", f"不支持URL: {name}")
    return VARIABLE.sub(lambda match: values[match[1]], text)


def _day(text: str, now: datetime) -> str:
    try:
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise _breach("isv.INVALID_PARAMETERS", "SendDate 格式错误") from None
    if day < now - MEMORY_OF_DETAILS - timedelta(days=1):
        raise _breach("isv.INVALID_PARAMETERS", "SendDate 超出最近30天")
    return text


def _detail(sms: Sms, now: datetime) -> dict[str, Any]:
    status = sms.status(now)
    row: dict[str, Any] = {
        "PhoneNum": sms.phone,
        "SendStatus": status,
        "SendDate": _local(sms.sent_at),
        "TemplateCode": sms.template,
        "Content": sms.content,
        "OutId": sms.out_id,
    }
    if status == WAITING:
        return row
    received = _local(sms.sent_at + sms.fate.receipt_after)
    return row | {"ReceiveDate": received, "ErrCode": sms.fate.error or "DELIVERED"}


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _breach(code: str, message: str) -> ApiError:
    return ApiError(200, code, message)
