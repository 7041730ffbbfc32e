"""``arrears cost`` in words: a table, what was assumed, and what is not in it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from rich.table import Table

from shared.cost import ASSUMED, Cost, Line
from shared.measured import COLD_START, SWEEP
from shared.model import Language
from shared.prices import FREE, PRICES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shared.measured import Measured

LINES: Final[Mapping[Line, tuple[str, str]]] = {
    Line.FUNCTIONS: ("函数计算（三个函数）", "Function Compute (three functions)"),
    Line.READS: ("表格存储，读", "Tablestore, reads"),
    Line.WRITES: ("表格存储，写", "Tablestore, writes"),
    Line.STORED: ("表格存储，存储", "Tablestore, what is stored"),
    Line.LOGS: ("日志服务", "log service"),
    Line.SMS: ("短信", "SMS"),
    Line.MAIL: ("邮件", "mail"),
}
ASSUMPTIONS: Final = (
    (
        "函数：每个函数、每个有调用的小时至少 0.01 元；该下限若按账号计，则为三分之一",
        "functions: CNY 0.01 at least for each function and hour in which it runs; a third, if for each account",
    ),
    (
        f"函数：{ASSUMED.vcpu} vCPU、{ASSUMED.memory_gb} GB；每次都按冷启动计，等待也计费",
        f"functions: {ASSUMED.vcpu} vCPU, {ASSUMED.memory_gb} GB; each run is a cold start; waiting is paid for",
    ),
    (
        f"检查：一次调用最多 {ASSUMED.per_invocation} 个账号；AssumeRole 合计每秒 {ASSUMED.roles_per_second:.0f} 次",
        f"check: {ASSUMED.per_invocation} accounts a run; AssumeRole {ASSUMED.roles_per_second:.0f} a second in all",
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
        "存储：按 400 天后的量计，那时最多",
        "store: as much as there is after 400 days, when it is most",
    ),
    (
        f"日志：压缩到 {ASSUMED.compression:.0%}，全文索引，保留 30 天，一个分区",
        f"logs: compressed to {ASSUMED.compression:.0%}, indexed in full, kept for 30 days, one shard",
    ),
    (
        "未计入：公网流量、消息队列、云监控、任何免费额度和折扣",
        "not included: internet traffic, the message queue, CloudMonitor, free quotas and discounts",
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
    table.add_row("并行调用，次" if chinese else "invocations side by side", *(f"{cost.buckets:,}" for cost in costs))
    table.add_row("一次检查，秒" if chinese else "a check, seconds", *(f"{cost.check_seconds:,.1f}" for cost in costs))
    table.add_row(
        "400 天后存储，GB" if chinese else "stored after 400 days, GB", *(f"{c.stored_gb:,.1f}" for c in costs)
    )
    return table


def cost_notes(language: Language, measured: Measured) -> Iterator[str]:
    """What was measured, every assumption, and every price with its source and day."""
    chinese = language is Language.CHINESE
    yield from _measured_notes(measured, chinese=chinese)
    yield "假设：" if chinese else "Assumed:"
    for words in ASSUMPTIONS:
        yield f"  {words[not chinese]}"
    yield "免费额度（未扣除）：" if chinese else "Free, and not taken off:"
    for words in FREE:
        yield f"  {words[not chinese]}"
    yield "单价（请以官网为准）：" if chinese else "Prices (to be checked live):"
    for item, price in PRICES.items():
        doubt = "" if price.official else ("，非官方页面" if chinese else ", not from an official page")
        yield f"  {item}  {price.cny}  {price.as_of or NO_DATE[language]}{doubt}  {price.source}"


def _measured_notes(measured: Measured, *, chinese: bool) -> Iterator[str]:
    where = "，".join(filter(None, (measured.on, measured.machine)))
    yield f"实测（本地云，{where}）：" if chinese else f"Measured (local cloud; {where.replace('，', '; ')}):"
    check, requests = measured.check_seconds * 1000, measured.bss_requests + measured.sts_requests
    memory, rows = measured.peak_memory_mb, measured.tablestore_requests
    yield (
        f"  每个账号每小时 {check:.2f} 毫秒 CPU、{requests:.2f} 次 OpenAPI 请求、{rows:.3f} 次表格存储请求，"
        f"内存至多 {memory:.0f} MB（{SWEEP}）"
        if chinese
        else f"  an account and hour: {check:.2f} ms of CPU, {requests:.2f} OpenAPI requests, {rows:.3f} of the store; "
        f"{memory:.0f} MB of memory at most ({SWEEP})"
    )
    cold, deliver = measured.cold_check_seconds * 1000, measured.cold_deliver_seconds * 1000
    yield (
        f"  冷启动：检查 {cold:.0f} 毫秒、无事可发 {deliver:.0f} 毫秒 CPU（{COLD_START}）"
        if chinese
        else f"  cold starts: {cold:.0f} ms of CPU for a check, {deliver:.0f} ms with nothing due ({COLD_START})"
    )
    kept = measured.snapshot_bytes
    yield (
        f"  每个账号：状态 {measured.state_bytes} 字节（90 天历史），每小时快照 {kept} 字节"
        if chinese
        else f"  an account: {measured.state_bytes} bytes of state (90 days of history), {kept} bytes a snapshot"
    )


def cost_json(costs: Sequence[Cost]) -> list[dict[str, object]]:
    """As plain values; money as text."""
    return [
        {
            "accounts": cost.accounts,
            "cny": {line.value: _money(cost.lines[line]) for line in Line} | {"total": _money(cost.total)},
            "compute_units": float(cost.compute_units),
            "buckets": cost.buckets,
            "check_seconds": round(cost.check_seconds, 1),
            "stored_gb": round(cost.stored_gb, 2),
        }
        for cost in costs
    ]


def _money(amount: Decimal) -> str:
    return str(amount.quantize(_FEN, ROUND_HALF_UP))
