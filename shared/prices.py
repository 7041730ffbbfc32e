"""What the cloud charges in mainland China: data, each with where it was read and of which day. To be checked live.

CNY, pay as you go, the first tier, without promotions or free quotas.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


class Item(StrEnum):
    """What has a price."""

    COMPUTE_UNIT = "compute_unit"
    """One CU of Function Compute."""
    FUNCTION_HOUR = "function_hour"
    """What an hour in which a function ran costs at least."""
    READ_UNITS = "read_units"
    """10,000 read CUs of Tablestore, high performance."""
    WRITE_UNITS = "write_units"
    """10,000 write CUs of Tablestore, high performance."""
    STORED = "stored"
    """A GB in Tablestore for an hour, high performance."""
    LOG_TRAFFIC = "log_traffic"
    """A GB of logs on its way to the log service, compressed."""
    LOG_INDEX = "log_index"
    """A GB of logs that is indexed."""
    LOG_STORED = "log_stored"
    """A GB of logs, or of their index, kept for a day."""
    LOG_SHARD = "log_shard"
    """The one shard of a log store for a day."""
    SMS = "sms"
    """One SMS of at most 70 characters; a longer one counts as several."""
    MAILS = "mails"
    """1,000 mails."""


@frozen
class Price:
    """A price, and how far it may be trusted."""

    cny: Decimal
    source: str
    as_of: str
    """The day, or the year, that the source speaks of; empty if it does not say."""
    official: bool = True
    """False: from a secondary source, or assumed; the official page could not be read."""


_LOGS: Final = "https://help-w.com/aliyun/1571081770_zh.html (a copy of the official notice; later ones name less)"

PRICES: Final[Mapping[Item, Price]] = {
    Item.COMPUTE_UNIT: Price(
        Decimal("0.00011"), "help.aliyun.com: 函数计算 FC 3.0, 按量付费 (a copy)", "2025-12-13", official=False
    ),
    Item.FUNCTION_HOUR: Price(
        Decimal("0.01"), "help.aliyun.com: 函数计算 FC 3.0, 按量付费 (a copy)", "2025-12-13", official=False
    ),
    Item.READ_UNITS: Price(
        Decimal("0.01"), "https://help.aliyun.com/zh/tablestore/product-overview/billing-examples", "2026-01-08"
    ),
    Item.WRITE_UNITS: Price(
        Decimal("0.02"), "assumed: twice a read; the price page could not be read", "", official=False
    ),
    Item.STORED: Price(
        Decimal("0.00216"),
        "https://www.alibabacloud.com/help/en/tablestore/table-store-service/product-overview/"
        "billable-items-of-search-index (USD 0.0003, at 7.2)",
        "2026-09-06",
        official=False,
    ),
    Item.LOG_TRAFFIC: Price(Decimal("0.2"), _LOGS, "2017-01", official=False),
    Item.LOG_INDEX: Price(Decimal("0.5"), _LOGS, "2017-01", official=False),
    Item.LOG_STORED: Price(Decimal("0.016"), _LOGS, "2017-01", official=False),
    Item.LOG_SHARD: Price(Decimal("0.04"), _LOGS, "2017-01", official=False),
    Item.SMS: Price(Decimal("0.045"), "https://juejin.cn/post/7222575963564687416", "2023", official=False),
    Item.MAILS: Price(Decimal(2), "help.aliyun.com/zh/direct-mail/billing-methods (quoted)", "", official=False),
}

CU_PER_VCPU_SECOND: Final = Decimal(1)
CU_PER_GB_SECOND: Final = Decimal("0.15")
CU_PER_CALL: Final = Decimal(75) / 10_000
"""Source: alibabacloud.com/help/tc/functioncompute/fc-3-0/product-overview/pay-as-you-go-billing-method-1."""

FREE: Final = (
    (
        "函数计算：新用户三个月内每月 15 万 CU",
        "Function Compute: 150,000 CU a month for a new user's first three months",
    ),
    ("邮件：共 2000 封，每天至多 200 封", "mail: 2,000 in all, 200 a day at the most"),
    ("日志服务：每月有免费额度，数额未能查到", "log service: a free quota each month; how much could not be read"),
    ("短信、表格存储：未查到免费额度", "SMS, Tablestore: no free quota was found"),
)
"""What the providers give for nothing, Chinese and English; none of it is taken off.

Sources: 函数计算 FC 3.0, 按量付费 (a copy, 2025-12-13); help.aliyun.com/zh/direct-mail/billing-methods (quoted);
help.aliyun.com/document_detail/259690.html.
"""
