"""How good the projection was, over all accounts: a table for people, plain values for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from shared.app.screen import screen_table
from shared.frozen import frozen
from shared.model import HorizonScore, Language, Scorecard
from shared.scorecard import ENOUGH, against_naive, coverage, end_error, has_failed, use_plain_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from shared.app.wiring import Stores
    from shared.model import Account

_HEADINGS = {
    Language.CHINESE: (
        "账号",
        "客户",
        "已评分天数",
        "3 天：低于 10/50/90 线 %",
        "7 天：低于 10/50/90 线 %",
        "误差比（3 天/7 天，<1 优于上周照搬）",
        "用完时刻误差（小时，次数）",
        "结论",
    ),
    Language.ENGLISH: (
        "Account",
        "Customer",
        "Days scored",
        "3 days: % below 10/50/90",
        "7 days: % below 10/50/90",
        "Loss (3/7 days, <1 beats last week again)",
        "End missed by (hours, times)",
        "Verdict",
    ),
}
_MEANING = {
    Language.CHINESE: "预测准时，实际消费低于 10/50/90 线的日子约占 10%、50%、90%；正好在线上的按该线的比例计。"
    "没有消费、也没预计有消费的日子不评分。",
    Language.ENGLISH: "Where the projection holds, spend is below the lines on about 10, 50 and 90% of days; "
    "just at a line it counts as that line's share. Days without spend, expected or real, are not scored.",
}
_VERDICTS = {
    "too_early": (f"不足 {ENOUGH} 天", f"under {ENOUGH} days"),
    "good": ("可信", "holds"),
    "failed": ("不准，但仍优于简单估算", "off, yet better than plain lines"),
    "plain": ("不准，改用简单估算", "off, plain lines in use"),
}


@frozen
class ScoreLine:
    """One account's scorecard."""

    account: Account
    card: Scorecard

    @property
    def verdict(self) -> str:
        """``too_early``, ``good``, ``failed`` or ``plain``."""
        if min(self.card.three_days.days, self.card.week.days) < ENOUGH:
            return "too_early"
        if use_plain_lines(self.card):
            return "plain"
        return "failed" if has_failed(self.card) else "good"


def score_lines(stores: Stores) -> list[ScoreLine]:
    """Every account's scorecard, by account."""
    cards = {state.account_id: state.scorecard for state in stores.states.load_states().values}
    accounts = sorted(stores.accounts.load_accounts().values, key=lambda account: account.account_id)
    return [ScoreLine(account, cards.get(account.account_id, Scorecard())) for account in accounts]


def score_table(lines: Sequence[ScoreLine], language: Language) -> Table:
    """The scorecards as a table, with a last line over all accounts."""
    place = 0 if language is Language.CHINESE else 1
    table = screen_table(_HEADINGS[language], striped=True)
    table.caption = _MEANING[language]
    for line in lines:
        card, verdict = line.card, _VERDICTS[line.verdict][place]
        table.add_row(line.account.account_id, Text(line.account.name), *_cells(card), verdict)
    table.add_section()
    table.add_row("全部" if place == 0 else "all", "", *_cells(_together(lines)), "")
    return table


def score_json(lines: Sequence[ScoreLine]) -> dict[str, object]:
    """The scorecards as plain values: shares from 0 to 1, losses as ratios, hours; null where nothing is known."""
    accounts = [
        {"account_id": line.account.account_id, "name": line.account.name, "verdict": line.verdict}
        | _card_json(line.card)
        for line in lines
    ]
    return {"accounts": accounts, "all": _card_json(_together(lines))}


def _together(lines: Iterable[ScoreLine]) -> Scorecard:
    """One card over all accounts; each account's losses in units of its own naive loss, so that currencies may add."""
    cards = [line.card for line in lines]
    return Scorecard(
        three_days=_sum([card.three_days for card in cards]),
        week=_sum([card.week for card in cards]),
        ended=sum(card.ended for card in cards),
        end_error_hours=sum(card.end_error_hours for card in cards),
    )


def _sum(scores: Iterable[HorizonScore]) -> HorizonScore:
    scores = [score for score in scores if score.weight]
    units = [score.weight / score.naive_loss if score.naive_loss else 0.0 for score in scores]
    low, middle, high = (sum(score.below[n] for score in scores) for n in range(3))
    return HorizonScore(
        days=sum(score.days for score in scores),
        weight=sum(score.weight for score in scores),
        below=(low, middle, high),
        loss=sum(score.loss * unit for score, unit in zip(scores, units, strict=True)),
        naive_loss=sum(score.naive_loss * unit for score, unit in zip(scores, units, strict=True)),
        plain_loss=sum(score.plain_loss * unit for score, unit in zip(scores, units, strict=True)),
    )


def _cells(card: Scorecard) -> tuple[str, ...]:
    error = end_error(card)
    return (
        str(card.week.days),
        _shares(card.three_days),
        _shares(card.week),
        f"{_ratio(card.three_days)} / {_ratio(card.week)}",
        "—" if error is None else f"{error:.0f} ({card.ended})",
    )


def _shares(score: HorizonScore) -> str:
    return " / ".join(f"{100 * share:.0f}" for share in coverage(score)) if score.weight else "—"


def _ratio(score: HorizonScore) -> str:
    ratio = against_naive(score)
    return "—" if ratio is None else f"{ratio:.2f}"


def _card_json(card: Scorecard) -> dict[str, object]:
    error = end_error(card)
    return {
        "days_scored": card.week.days,
        "three_days": _score_json(card.three_days),
        "week": _score_json(card.week),
        "ended": card.ended,
        "end_error_hours": None if error is None else round(error, 1),
    }


def _score_json(score: HorizonScore) -> dict[str, object] | None:
    if not score.weight:
        return None
    ratio = against_naive(score)
    return {
        "below": [round(share, 3) for share in coverage(score)],
        "loss_to_naive": None if ratio is None else round(ratio, 3),
    }
