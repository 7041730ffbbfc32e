"""``arrears cost`` in words: a table, what was assumed, and what is not in it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from rich.table import Table

from shared.cost import ASSUMED, MEASURED, Cost, Line
from shared.model import Language
from shared.prices import PRICES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LINES: Final[Mapping[Line, tuple[str, str]]] = {
    Line.FUNCTIONS: ("函数计算（三个函数）", "Function Compute (three functions)"),
    Line.READS: ("表格存储，读", "Tablestore, reads"),
    Line.WRITES: ("表格存储，写", "Tablestore, writes"),
    Line.SMS: ("短信", "SMS"),
    Line.MAIL: ("邮件", "mail"),
}
ASSUMPTIONS: Final = (
    (
        "函数：每个函数、每个有调用的小时至少 0.01 元；该下限若按账号计，则为三分之一",
        "functions: CNY 0.01 at least for each function and hour in which it runs; a third, if for each account",
    ),
    (
        f"函数：{ASSUMED.vcpu} vCPU、{ASSUMED.memory_gb} GB；检查和自查每次都按冷启动计",
        f"functions: {ASSUMED.vcpu} vCPU, {ASSUMED.memory_gb} GB; every check and audit is taken for a cold start",
    ),
    (
        f"网络：每次请求 {ASSUMED.latency_seconds * 1000:.0f} 毫秒",
        f"network: {ASSUMED.latency_seconds * 1000:.0f} ms a request",
    ),
    (
        f"消息：每月 {ASSUMED.incidents:.0%} 的账号进入预警",
        f"messages: {ASSUMED.incidents:.0%} of the accounts come to a warning in a month",
    ),
    (
        f"消息：每次每个渠道 {ASSUMED.messages} 条（两个人、两级），一条短信按 {ASSUMED.sms_pieces} 条计费",
        f"messages: {ASSUMED.messages} each time and channel (2 people, 2 levels); an SMS counts {ASSUMED.sms_pieces}",
    ),
    (
        f"存储：每个账号的状态 {MEASURED.state_bytes} 字节（90 天历史）",
        f"store: {MEASURED.state_bytes} bytes of state for an account (90 days of history)",
    ),
    (
        "实测：CPU 在本地云上测得，无 TLS（2026-11-25，两核）",
        "measured: CPU, on the local cloud without TLS (2026-11-25, two cores)",
    ),
    (
        "未计入：日志服务、表格存储的存储费、公网流量、任何免费额度和折扣",
        "not included: the log service, Tablestore's storage, internet traffic, free quotas and discounts",
    ),
)
NO_DATE: Final = {Language.CHINESE: "无日期", Language.ENGLISH: "undated"}
_FEN = Decimal("0.01")


def cost_table(costs: Sequence[Cost], language: Language) -> Table:
    """CNY a month, one column for each number of accounts."""
    chinese = language is Language.CHINESE
    table = Table(title="每月费用，元" if chinese else "CNY a month")
    table.add_column("")
    for cost in costs:
        table.add_column(f"{cost.accounts:,} 个账号" if chinese else f"{cost.accounts:,} accounts", justify="right")
    for line in Line:
        table.add_row(LINES[line][not chinese], *(_money(cost.lines[line]) for cost in costs))
    table.add_section()
    table.add_row("合计" if chinese else "total", *(_money(cost.total) for cost in costs), style="bold")
    table.add_row(
        "每个账号" if chinese else "for each account", *(_money(cost.total / cost.accounts) for cost in costs)
    )
    table.add_section()
    table.add_row("一次检查，秒" if chinese else "a check, seconds", *(f"{cost.check_seconds:,.1f}" for cost in costs))
    table.add_row(
        "400 天后存储，GB" if chinese else "stored after 400 days, GB", *(f"{c.stored_gb:,.1f}" for c in costs)
    )
    return table


def cost_notes(language: Language) -> Iterator[str]:
    """Every assumption, and every price with its source and day."""
    chinese = language is Language.CHINESE
    yield "假设：" if chinese else "Assumed:"
    for words in ASSUMPTIONS:
        yield f"  {words[not chinese]}"
    yield "单价（请以官网为准）：" if chinese else "Prices (to be checked live):"
    for item, price in PRICES.items():
        doubt = "" if price.official else ("，非官方页面" if chinese else ", not from an official page")
        yield f"  {item}  {price.cny}  {price.as_of or NO_DATE[language]}{doubt}  {price.source}"


def cost_json(costs: Sequence[Cost]) -> list[dict[str, object]]:
    """As plain values; money as text."""
    return [
        {
            "accounts": cost.accounts,
            "cny": {line.value: _money(cost.lines[line]) for line in Line} | {"total": _money(cost.total)},
            "compute_units": float(cost.compute_units),
            "check_seconds": round(cost.check_seconds, 1),
            "stored_gb": round(cost.stored_gb, 2),
        }
        for cost in costs
    ]


def _money(amount: Decimal) -> str:
    return str(amount.quantize(_FEN, ROUND_HALF_UP))
