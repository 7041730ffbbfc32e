"""What arrears do to each product on the China site (aliyun.com): data, each row with its source and how good that is.

The international site (alibabacloud.com) has other rules and is nowhere mixed in. What is not known stands as None; a
product that is not in the table is unknown, never like its neighbour. The general rule behind ``grace`` (延期免停权益)
is help.aliyun.com/document_detail/190777.html.

``codes`` are the ``ProductCode`` of bills. BssOpenApi has no public list of them: most are those that public programs
read off bills, the rest the code of the product's own API. One that is wrong finds no rule, and no wrong one.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from shared.frozen import frozen


class Effect(StrEnum):
    """What a stop looks like."""

    STOPPED = "stopped"
    """The instance stops and cannot be used."""
    UNUSABLE = "unusable"
    """It cannot be read or written."""
    THROTTLED = "throttled"
    """The bandwidth is cut to 1 Kbps."""
    REFUSED = "refused"
    """Calls are refused."""
    UNKNOWN = "unknown"


class CountsFrom(StrEnum):
    """What the time until the release is counted from."""

    STOP = "stop"
    ARREARS = "arrears"


class SourceKind(StrEnum):
    """How good a source is."""

    OFFICIAL = "official"
    """A page of the vendor's."""
    MIRROR = "mirror"
    """The vendor's wording, seen on somebody else's copy only."""
    SECOND_HAND = "second_hand"
    """Somebody else's words."""
    UNKNOWN = "unknown"
    """Nothing was found, or the product is not in the table."""


@frozen
class ProductRule:
    """What arrears do to one product."""

    key: str
    """Its name here; of a product that is not in the table, its code."""
    codes: tuple[str, ...]
    chinese: str
    english: str
    grace: bool | None = None
    """Whether it goes on within the account's grace (延停); if not, it stops as soon as the account is in arrears."""
    effect: Effect = Effect.UNKNOWN
    release_after: timedelta | None = None
    """After this time its data or configuration is deleted for good, or moved to a recycle bin."""
    counts_from: CountsFrom = CountsFrom.STOP
    billed_while_stopped: bool | None = None
    source: str = ""
    """Address."""
    source_date: str = ""
    """Date or year of the source, as far as it is dated."""
    source_kind: SourceKind = SourceKind.UNKNOWN
    site: str = "china"

    @property
    def known(self) -> bool:
        """Whether anything is known of it."""
        return self.source_kind is not SourceKind.UNKNOWN


def _days(count: int) -> timedelta:
    return timedelta(days=count)


RULES: Final[tuple[ProductRule, ...]] = (
    ProductRule(
        key="ecs",  # that billing pauses is from the page of ``disk``
        codes=("ecs",),
        chinese="云服务器ECS",
        english="ECS",
        grace=True,
        effect=Effect.STOPPED,
        release_after=_days(15),
        counts_from=CountsFrom.ARREARS,
        billed_while_stopped=False,
        source="https://help.aliyun.com/document_detail/95987.htm",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="disk",  # pay-as-you-go; also the ones on subscription instances, which themselves go on
        codes=("yundisk",),
        chinese="云盘",
        english="disks",
        grace=True,
        effect=Effect.UNUSABLE,
        release_after=_days(15),
        counts_from=CountsFrom.ARREARS,
        billed_while_stopped=False,
        source="https://help.aliyun.com/zh/ecs/product-overview/overdue-payments",
        source_kind=SourceKind.MIRROR,
    ),
    ProductRule(
        key="rds",
        codes=("rds",),
        chinese="云数据库RDS",
        english="RDS",
        grace=True,
        effect=Effect.STOPPED,
        release_after=_days(7),
        billed_while_stopped=False,
        source="https://help.aliyun.com/document_detail/57177.html",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="polardb_x",
        codes=("polardbx",),
        chinese="云数据库PolarDB-X",
        english="PolarDB-X",
        grace=True,
        effect=Effect.STOPPED,
        release_after=_days(15),
        billed_while_stopped=False,
        source="https://help.aliyun.com/zh/polardb/polardb-for-xscale/overdue-payment",
        source_kind=SourceKind.MIRROR,
    ),
    ProductRule(
        key="redis",  # the page still has the fixed 24 hours of before the grace; then a recycle bin for 8 days
        codes=("redisa", "kvstore"),
        chinese="云数据库Redis",
        english="Redis",
        grace=True,
        effect=Effect.STOPPED,
        release_after=_days(7),
        counts_from=CountsFrom.ARREARS,
        billed_while_stopped=False,
        source="https://help.aliyun.com/document_detail/26354.htm",
        source_date="2021",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="eip",
        codes=("eip",),
        chinese="弹性公网IP",
        english="EIP",
        grace=True,
        effect=Effect.THROTTLED,
        release_after=_days(7),
        source="https://help.aliyun.com/document_detail/27770.html",
        source_date="2023-11-07",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="clb",
        codes=("slb",),
        chinese="负载均衡CLB",
        english="CLB",
        grace=True,
        effect=Effect.STOPPED,
        source="https://help.aliyun.com/document_detail/74811.html",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="oss",
        codes=("oss",),
        chinese="对象存储OSS",
        english="OSS",
        grace=True,
        effect=Effect.UNUSABLE,
        release_after=_days(15),
        billed_while_stopped=True,
        source="https://tongchenyun.com/19964.html",
        source_kind=SourceKind.SECOND_HAND,
    ),
    ProductRule(
        key="cdn",  # of the time until its configuration is deleted there is only a text of 2017
        codes=("cdn",),
        chinese="内容分发CDN",
        english="CDN",
        grace=True,
        effect=Effect.STOPPED,
        source="https://help.aliyun.com/document_detail/190777.html",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="tablestore",  # "in arrears" on its page is what is beyond the grace already
        codes=("ots",),
        chinese="表格存储",
        english="Tablestore",
        grace=True,
        effect=Effect.STOPPED,
        release_after=_days(15),
        source="https://help.aliyun.com/zh/tablestore/payment-overdue",
        source_date="2025-02-26",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="sls",
        codes=("sls",),
        chinese="日志服务SLS",
        english="SLS",
        grace=True,
        effect=Effect.STOPPED,
        release_after=_days(7),
        billed_while_stopped=True,
        source="https://help.vstecscloud.cn/archives/qian-fei-shuo-ming-222",
        source_date="2025-04-22",
        source_kind=SourceKind.MIRROR,
    ),
    ProductRule(
        key="nas",  # general purpose; on billing while stopped its page contradicts itself
        codes=("nas",),
        chinese="文件存储NAS",
        english="NAS",
        grace=True,
        effect=Effect.STOPPED,
        release_after=_days(15),
        source="https://help.aliyun.com/en/nas/product-overview/overdue-payments",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="sms",  # what is left of a package cannot be used either
        codes=("dysms",),
        chinese="短信服务",
        english="SMS",
        grace=False,
        effect=Effect.REFUSED,
        source="https://help.aliyun.com/zh/sms/product-overview/overdue-payments",
        source_kind=SourceKind.MIRROR,
    ),
    ProductRule(
        key="private_numbers",
        codes=("dypls",),
        chinese="号码隐私保护",
        english="private numbers",
        grace=True,
        effect=Effect.STOPPED,
        source="https://help.aliyun.com/document_detail/423939.html",
        source_kind=SourceKind.OFFICIAL,
    ),
    ProductRule(
        key="api_gateway",  # six months, counted short; its page says nothing of a grace
        codes=("apigateway",),
        chinese="API网关",
        english="API Gateway",
        effect=Effect.REFUSED,
        release_after=_days(180),
        counts_from=CountsFrom.ARREARS,
        source="https://help.aliyun.com/en/api-gateway/traditional-api-gateway/support/billing-issues",
        source_kind=SourceKind.OFFICIAL,
    ),
    # No text of the China site was found for these.
    ProductRule("mongodb", ("dds",), "云数据库MongoDB", "MongoDB"),
    ProductRule("polardb", ("polardb",), "云数据库PolarDB", "PolarDB"),
    ProductRule("nat_gateway", ("nat_gw",), "NAT网关", "NAT Gateway"),
    ProductRule("snapshot", ("snapshot",), "快照", "snapshots"),
)
