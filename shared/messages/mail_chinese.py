"""The words of the mails in Chinese: every sentence that a reader may see stands here.

``$name`` and the like are filled in by ``mail.py``. Calm and plain: what is the case, what to do, what happens
otherwise. Only what is said of a picture stands elsewhere, in ``picture_words.py``.
"""

from __future__ import annotations

from typing import Final

from shared.messages.mail_form import MailTexts

_RUNNING_OUT: Final = "按近期用量，账号「$name」的可用额度预计在$end前后用完。"
_STOP: Final = "额度用完以后，按量付费的云服务可能会暂停；暂停数日后仍未充值，数据可能被释放，释放后充值也无法找回。"

CHINESE: Final = MailTexts(
    headlines={
        "notice": "可用额度预计用到$hour前后",
        "warning": "可用额度预计$hour前后用完，请安排充值",
        "critical": "可用额度预计$hour前后用完，请尽快充值",
        "overdue": "可用额度已用完，服务可能随时暂停",
        "suspended": "服务可能已暂停，请尽快充值恢复",
        "recovered": "可用额度已恢复，无需处理",
        "receipt": "已收到充值$paid，无需处理",
        "receipt_low": "已收到充值$paid，额度仍然偏低",
        "receipt_short": "已收到充值$paid，还差$over",
        "release": "$products的数据将于$release_hour释放，请立即充值",
        "release_earliest": "$products的数据最早于$release_hour释放，请立即充值",
        "released": "$products的数据保留期已过，请立即来电",
        "released_earliest": "$products的数据可能已被释放，请立即来电",
        "unreadable": "账号余额连续$runs次无法读取",
        "drill": "预警演练，无需处理",
    },
    headline_no_end="额度或用量已到约定的提醒线",
    subject="$headline（$name）",
    greeting="$contact，您好：",
    openings={
        "notice": _RUNNING_OUT + "目前无需紧急处理，请留意并预先安排充值。",
        "warning": _RUNNING_OUT + "请在此之前安排充值，以免影响云服务。",
        "critical": _RUNNING_OUT + "剩余时间不多，请尽快充值，以免云服务暂停。",
        "overdue": "账号「$name」的可用额度已用完，目前超出$over。云服务可能随时暂停，请尽快充值。",
        "suspended": "账号「$name」的可用额度用完已有一段时间，目前超出$over，云服务可能已经暂停。"
        "在数据释放之前充值，大多数服务会自动恢复。",
        "recovered": "账号「$name」的可用额度已恢复为$balance，此前的提醒已解除，您无需再做处理。",
        "receipt": "账号「$name」的充值$paid已到账，可用额度现为$balance。谢谢，您无需再做处理。",
        "receipt_low": "账号「$name」的充值$paid已到账，可用额度现为$balance，但仍在提醒线以内。",
        "receipt_short": "账号「$name」的充值$paid已到账，但可用额度仍超出$over。"
        "全部补足以后，停下的服务才会恢复，数据才保得住。",
        "release": "账号「$name」的可用额度已用完，目前超出$over。如不补足，$products的数据将于$release释放"
        "（还有$release_left），释放后充值也无法找回。",
        "release_earliest": "账号「$name」的可用额度已用完，目前超出$over。如不补足，$products的数据最早于$release释放"
        "（还有$release_left），释放后充值也无法找回。服务停下的确切时间不详，所以只能说最早。",
        "released": "账号「$name」的可用额度已用完，目前超出$over。按规则，$products的数据保留期已于$release结束，"
        "数据应已释放。其余产品的数据可能还来得及保住。",
        "released_earliest": "账号「$name」的可用额度已用完，目前超出$over。从$release起，$products的数据随时可能释放，"
        "也可能已经释放。尽快补足，还可能保住。",
        "unreadable": "账号「$name」的余额已连续$runs次无法读取。"
        "在恢复读取之前，该账号的额度状况不明，请不要当作正常，也不会有新的提醒发给客户。",
        "drill": "这是一次预警演练，由$name于$read（北京时间）发起。收到即表示邮件渠道正常，无需处理。",
    },
    no_end="账号「$name」的可用额度或用量已到约定的提醒线。按近期用量，额度暂时不会用完，请留意。",
    reach="按近期用量，预计可以用到$end前后。",
    steps_title="请这样做",
    top_up="充值$top_up。",
    top_up_lasts="充值$top_up，充后按近期用量共够用$days天左右。",
    top_up_any="登录费用中心充值，金额请按近期日均消费估算。",
    top_up_debt="充值$top_up：先补足超出的$over，余下的按近期用量共够用$days天左右。只补一部分，停下的服务不会恢复。",
    check_use="登录控制台的“费用与成本”，看看是哪些产品用得多；不需要的资源请停用。",
    call="请立即致电$agency：$hotline，一起核实哪些数据还在。",
    paid_already="如果您刚刚充值，无需再做处理；下次读取到新的额度后，提醒会自动解除。",
    forward="如果付款由其他同事负责，请把这封邮件转给他。",
    forward_use="如果云资源由其他同事管理，请把这封邮件转给他。",
    button="前往充值",
    fact_account="账号",
    fact_balance="可用额度",
    fact_spend="近期日均消费",
    fact_spend_value="约$spend",
    fact_end="预计用完",
    fact_end_value="$end前后（读取后$left）",
    fact_range="可能范围",
    fact_since="低于零始于",
    fact_top_up="建议充值",
    fact_cause="原因",
    fact_runs="连续失败",
    fact_runs_value="$runs次",
    from_to="最早$early，最晚$late",
    from_on="最早$early，也可能晚得多",
    consequences={
        "notice": _STOP,
        "warning": _STOP,
        "critical": _STOP,
        "overdue": "服务暂停后，数据通常只保留数日；释放之后即使充值也无法找回。",
        "suspended": "暂停后的数据通常只保留数日；释放之后即使充值也无法找回。",
        "released": "已释放的数据，充值也无法找回；还没有释放的，全部补足以后可以保住。",
    },
    stakes="额度用完以后，按量付费的云服务会暂停：$stakes释放后充值也无法找回。",
    notes=(
        "额度读取于$read（北京时间），此后的消费和充值尚未计入。",
        "代金券未计入；预计时间按近期用量推算，用量变化时会提前或推后。",
    ),
    closing="有疑问请致电$agency：$hotline",
    staff_closing="本邮件只发给$agency的员工。",
    own_consequence="这是$agency自己的账号，预警服务靠它付费。一旦欠费：短信没有延停，立即发不出去；表格存储立即停用，"
    "检查和发送随之停止。此后所有客户的预警都会无声中断，也不会再有通知说明这一点。",
    own_remedy=(
        "在访问控制（RAM）中检查函数的角色：是否还有查询余额、账单和交易明细的权限。",
        "在此之前，请每天在控制台人工查看自己账号的余额：它一欠费，所有预警都会无声中断。",
    ),
    reference="编号：$reference",
    badges={
        "recovered": "已恢复",
        "receipt": "充值到账",
        "release": "数据将释放",
        "released": "保留期已过",
        "unreadable": "监测中断",
        "drill": "演练",
    },
    causes={
        "access_revoked": "访问授权失效（客户的角色已删除、不再信任我们，或缺少权限）",
        "throttled": "云端要求降低读取频率",
        "unreachable": "云端接口没有响应或返回故障",
        "unexpected_answer": "云端返回了无法识别的内容",
        "": "未知",
    },
    remedies={
        "access_revoked": (
            "请客户在访问控制（RAM）中检查授权给我们的角色：角色是否还在、信任的账号和 ExternalId 是否正确。",
            "确认该角色有查询余额、账单和交易明细的权限。",
            "客户改好以后无需其他操作，下一次读取会自动恢复。",
        ),
        "throttled": (
            "通常会自行恢复，先等下一次读取。",
            "如果持续出现，请检查是否有其他程序用同一身份频繁查询账单。",
        ),
        "unreachable": (
            "查看阿里云健康状态页，确认是否有正在发生的故障。",
            "如果所有账号都读取失败，请检查函数的网络出口。",
        ),
        "unexpected_answer": (
            "请把编号交给维护人员：日志里有返回的内容，程序可能需要适配。",
            "在此之前，请在控制台人工查看该账号的余额。",
        ),
        "": ("请维护人员查看日志。", "在此之前，请在控制台人工查看该账号的余额。"),
    },
)
