"""What another configuration would have told: tables for people, plain values for programs. Times in Asia/Shanghai."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from shared.app.policy_words import reason_text
from shared.app.screen import screen_table
from shared.comparison import Turn, most_changed
from shared.falls import FALSE_DAYS
from shared.masking import mask_text
from shared.messages.words import level_name, minute
from shared.model import SHANGHAI, ChannelName, Language, Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from rich.table import Table

    from shared.app.whatif import WhatIf
    from shared.comparison import Pair, Shift, Totals
    from shared.falls import Verdict
    from shared.replay import Telling

SHOWN = 20
"""Accounts that are listed; --json has all of them."""
_SIDES = {Language.CHINESE: ("", "生效的配置", "这份配置"), Language.ENGLISH: ("", "In force", "This file")}
_CHANGE_HEADINGS = {
    Language.CHINESE: ("账号", "客户", "变化最大的一次", "生效的配置", "这份配置", "通知次数"),
    Language.ENGLISH: ("Account", "Customer", "Greatest change", "In force", "This file", "Tellings"),
}
_TELLING_HEADINGS = {
    Language.CHINESE: ("时刻", "内容", "原因", "短信", "邮件"),
    Language.ENGLISH: ("When", "About", "Why", "SMS", "Mails"),
}
_TURNS = {
    Turn.ADDED: ("新增", "added"),
    Turn.DROPPED: ("不再通知", "dropped"),
    Turn.EARLIER: ("提前", "earlier by"),
    Turn.LATER: ("推迟", "later by"),
}
_TOPICS = {
    Topic.RECOVERED: ("恢复", "recovered"),
    Topic.RECEIPT: ("收到充值", "receipt"),
    Topic.RELEASE: ("数据即将释放", "release near"),
    Topic.RELEASED: ("已到数据释放时间", "released"),
    Topic.UNREADABLE: ("读不到（给员工）", "unreadable (staff)"),
    Topic.TASK: ("待办（给员工）", "task (staff)"),
}


# ---------------------------------------------------------------- for people


def difference_lines(found: WhatIf, language: Language) -> Iterator[str]:
    """What the file changes, phones and addresses masked."""
    if not found.changes:
        yield _either(language, "与生效的配置没有差别。", "It says what the configuration in force says.")
    for change in found.changes:
        yield mask_text(str(change))


def totals_table(found: WhatIf, language: Language) -> Table:
    """Both configurations side by side."""
    table = screen_table(_SIDES[language])
    for column in table.columns[1:]:
        column.justify = "right"
    topics = sorted({topic for totals in (found.before, found.after) for topic, _ in totals.by_topic})
    before, after = _cells(found.before, topics, language), _cells(found.after, topics, language)
    for label, cell in before.items():
        table.add_row(label, cell, after[label])
    return table


def _cells(totals: Totals, topics: Iterable[Topic], language: Language) -> dict[str, str]:
    def say(chinese: str, english: str) -> str:
        return _either(language, chinese, english)

    told, otherwise = dict(totals.by_level), dict(totals.by_topic)
    levels = {level_name(one, language): str(told.get(one, 0)) for one in Level if one > Level.HEALTHY}
    others = {_topic_name(one, language): str(otherwise.get(one, 0)) for one in topics}
    return {
        say("被通知的账号", "accounts told"): str(totals.accounts_told),
        **{say("通知：", "told: ") + name: count for name, count in (levels | others).items()},
        say("短信（条）", "SMS"): str(totals.sms),
        say("邮件（封）", "mails"): str(totals.mails),
        say("花费（元）", "cost, CNY"): f"{totals.cost:.2f}",
        say("余额用完（次）", "balances that ran out"): str(totals.ran_out),
        say("其中事先没有预警", "of them without a warning"): str(totals.unwarned),
        say("提前天数：中位", "days ahead: median"): _days(totals.median_lead),
        say("提前天数：最短", "days ahead: worst"): _days(totals.worst_lead),
        say("预警（次）", "warnings"): str(totals.alarms),
        say("其中误报", "of them false"): str(totals.false_alarms),
        say("其中还不能下结论", "of them not decided yet"): str(totals.undecided),
    }


def changes_table(found: WhatIf, language: Language) -> Table:
    """The accounts whose people would hear most differently."""
    table = screen_table(_CHANGE_HEADINGS[language], striped=True)
    changed = most_changed(found.pairs)
    for pair in changed[:SHOWN]:
        words = _shift_words(pair.shifts[0], language) if pair.shifts else ("—",) * 3
        table.add_row(pair.account.account_id, escape(pair.account.name), *words, f"+{pair.more} −{pair.fewer}")
    if (left := len(changed) - SHOWN) > 0:
        table.caption = _either(language, f"另有 {left} 个账号有变化，见 --json", f"{left} more change, see --json")
    return table


def _shift_words(shift: Shift, language: Language) -> tuple[str, str, str]:
    turn = _TURNS[shift.turn][0 if language is Language.CHINESE else 1]
    hours = "" if shift.by is None else f" {shift.by.total_seconds() / 3600:.0f} h"
    what = f"{level_name(shift.level, language)}: {turn}{hours}"
    return what, _minute(shift.before, language), _minute(shift.after, language)


def tellings_table(pair: Pair, language: Language, *, after: bool) -> Table:
    """All that one account's people would have been told by one of the configurations."""
    side = pair.after if after else pair.before
    title = f"{pair.account.account_id} {escape(pair.account.name)}: {_SIDES[language][2 if after else 1]}"
    table = screen_table(_TELLING_HEADINGS[language], title=title)
    for one in side.replayed.tellings:
        words = minute(one.heard_at, language), _about(one, language), reason_text(one.reason, language)
        table.add_row(*words, str(one.sms), str(one.mails))
    return table


def notes(found: WhatIf, language: Language) -> Iterator[str]:
    """What the figures rest on, and what they leave out."""
    hours, unread, left_out = found.hours
    since, until = minute(found.since, language), minute(found.until, language)
    yield _either(
        language,
        f"{since} 至 {until}：{len(found.pairs)} 个账号，{hours} 个账号小时；读不到 {unread} 小时。",
        f"{since} to {until}: {len(found.pairs)} accounts, {hours} account-hours; unreadable in {unread} hours.",
    )
    if left_out:
        yield _either(
            language,
            f"有 {left_out} 小时由旧版程序存下，没有判断依据，未计入。",
            f"{left_out} hours were stored by an older program, without what a policy looks at: they are left out.",
        )
    if found.malformed:
        yield _either(
            language,
            f"有 {len(found.malformed)} 行记录读不出来，未计入：{found.malformed[0]}",
            f"{len(found.malformed)} stored rows cannot be read and are left out: {found.malformed[0]}",
        )
    yield _either(
        language,
        f"误报：预警后超过 {FALSE_DAYS} 天余额没有用完，也没有充值。提前天数：从客户能读到预警，到余额首次低于零。",
        f"False: for more than {FALSE_DAYS} days after the warning the balance neither ran out nor was topped up. "
        "Days ahead: from when the warning could be read until the balance was first seen below zero.",
    )
    sms, mails = found.sent[ChannelName.SMS], found.sent[ChannelName.MAIL]
    yield _either(
        language,
        f"同一时段里真实发出：短信 {sms} 条、邮件 {mails} 封。与“生效的配置”那一列不同，是因为当时可能是别的配置，"
        "也因为以下算法。",
        f"Really sent in that time: {sms} SMS, {mails} mails. They differ from the column In force where another "
        "configuration was in force, and by what is taken for granted here.",
    )
    yield _either(
        language,
        "算法：当时的知悉、付款在途和静默照算；从没有通知过开始；第一条消息就送达，不用备用的；不合并成一条或汇总；"
        "没有因上限或过时而不发的；静默结束的待办不计；贵公司自己的账号充足；每条短信按一条计费，长的实际按两条；"
        "数据释放按今天的账单看产品。",
        "Taken for granted: acknowledgements, announced payments and silences hold as they did; nobody was told "
        "anything before the first hour; the first message arrives, and no stand-in goes; nothing is bundled, put into "
        "a digest, held back by a limit or dropped as out of date; tasks on silences that ended are not counted; the "
        "own account is funded; an SMS is billed as one piece, though a long one takes two; data release goes by the "
        "products billed today.",
    )


def _about(telling: Telling, language: Language) -> str:
    if telling.topic is Topic.LEVEL:
        return level_name(telling.level, language)
    return _topic_name(telling.topic, language)


def _topic_name(topic: Topic, language: Language) -> str:
    return _TOPICS[topic][0 if language is Language.CHINESE else 1]


def _days(days: float | None) -> str:
    return "—" if days is None else f"{days:.1f}"


def _minute(at: datetime | None, language: Language) -> str:
    return "—" if at is None else minute(at, language)


def _either(language: Language, chinese: str, english: str) -> str:
    return chinese if language is Language.CHINESE else english


# ---------------------------------------------------------------- for programs


def whatif_json(found: WhatIf) -> dict[str, object]:
    """As plain values: times in ISO 8601, amounts as strings, days as numbers or null."""
    hours, unread, left_out = found.hours
    return {
        "since": _iso(found.since),
        "until": _iso(found.until),
        "hours": {"judged": hours, "unreadable": unread, "left_out": left_out},
        "malformed": [str(row) for row in found.malformed],
        "changes": [
            {"path": one.path, "before": mask_text(one.before), "after": mask_text(one.after)} for one in found.changes
        ],
        "really_sent": {channel.value: found.sent[channel] for channel in ChannelName},
        "before": _totals_json(found.before),
        "after": _totals_json(found.after),
        "most_changed": [pair.account.account_id for pair in most_changed(found.pairs)],
        "accounts": [_pair_json(pair) for pair in found.pairs],
    }


def _totals_json(totals: Totals) -> dict[str, object]:
    return {
        "accounts_told": totals.accounts_told,
        "told": {level.label: count for level, count in totals.by_level}
        | {topic.value: count for topic, count in totals.by_topic},
        "sms": totals.sms,
        "mails": totals.mails,
        "cost": str(totals.cost),
        "ran_out": totals.ran_out,
        "unwarned": totals.unwarned,
        "median_lead_days": _rounded(totals.median_lead),
        "worst_lead_days": _rounded(totals.worst_lead),
        "alarms": totals.alarms,
        "false_alarms": totals.false_alarms,
        "undecided": totals.undecided,
    }


def _pair_json(pair: Pair) -> dict[str, object]:
    return {
        "account_id": pair.account.account_id,
        "name": pair.account.name,
        "more": pair.more,
        "fewer": pair.fewer,
        "shifts": [
            {"level": one.level.label, "turn": one.turn, "before": _iso(one.before), "after": _iso(one.after)}
            for one in pair.shifts
        ],
        "before": [_telling_json(one) for one in pair.before.replayed.tellings],
        "after": [_telling_json(one) for one in pair.after.replayed.tellings],
        "falls": [
            _fall_json(before, after)
            for before, after in zip(pair.before.verdicts, pair.after.verdicts, strict=True)
            if before.fall.ran_out_at is not None
        ],
    }


def _telling_json(telling: Telling) -> dict[str, object]:
    return {
        "at": _iso(telling.at),
        "heard_at": _iso(telling.heard_at),
        "topic": telling.topic,
        "level": telling.level.label,
        "reason": telling.reason,
        "sms": telling.sms,
        "mails": telling.mails,
    }


def _fall_json(before: Verdict, after: Verdict) -> dict[str, object]:
    leads = {"before": _rounded(before.lead_days), "after": _rounded(after.lead_days)}
    return {"ran_out_at": _iso(before.fall.ran_out_at), "lead_days": leads}


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 2)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(SHANGHAI).isoformat()
