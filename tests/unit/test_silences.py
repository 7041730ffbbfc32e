"""What a silence means: which accounts, for how long, what is kept back, and what follows its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import Policy
from shared.decisions import Around, Decision, Reason, decide
from shared.model import AlertState, Level, Topic
from shared.policy import advance, fail
from shared.silences import (
    LONGEST,
    InvalidSilence,
    Selector,
    Silence,
    end_now,
    just_ended,
    matching,
    new_silence,
    parse_end,
    parse_length,
    parse_selector,
)
from tests.builders import DAY, HOUR, NOON, account, evaluation, figures

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.model import Account

SECOND = timedelta(seconds=1)
UID, OTHER = "1000000000000001", "1000000000000002"
POLICY = Policy()


def silence(
    begins: datetime = NOON,
    ends: datetime = NOON + DAY,
    up_to: Level = Level.CRITICAL,
    selector: Selector | None = None,
    author: str = "李雷",
) -> Silence:
    return new_silence(selector or Selector(), author, "机房搬迁", begins, ends, up_to)


def named(name: str, account_id: str = UID, policy: str = "default") -> Account:
    return replace(account(account_id, policy=policy), name=name)


# ---------------------------------------------------------------- which accounts


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("all", Selector()),
        (f"account={UID}", Selector((UID,))),
        (f"account={OTHER}, account={UID}", Selector((UID, OTHER))),
        ("policy=vip", Selector(policy="vip")),
        ("name=常州*", Selector(name="常州*")),
        ("policy=vip,name=常州*", Selector(policy="vip", name="常州*")),
        ("策略＝vip，名称＝常州＊", Selector(policy="vip", name="常州*")),
        (f" 账号 = {UID} ", Selector((UID,))),
        ("name=a=b", Selector(name="a=b")),
    ],
)
def test_a_selector_is_read_as_staff_write_it(text: str, selector: Selector) -> None:
    assert parse_selector(text) == selector


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("", "写 account="),
        ("常州*", "写 account="),
        ("policy=vip,", "写 account="),
        ("region=hangzhou", "写 account="),
        ("name=甲,乙", "名称里有逗号就写 ?"),
        ("policy=", "写 account="),
        ("account=常州", "只写数字"),
        ("account=1.0E+15", "只写数字"),
        ("policy=vip,policy=default", "每个静默写一个"),
        ("all,policy=vip", "写 account="),
    ],
)
def test_a_selector_that_is_wrong_is_refused_with_its_mend(text: str, mend: str) -> None:
    with pytest.raises(InvalidSilence) as caught:
        parse_selector(text)
    assert mend in str(caught.value)
    assert " / " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "one", "covered"),
    [
        ("all", named("甲"), True),
        (f"account={UID}", named("甲"), True),
        (f"account={UID},account={OTHER}", named("甲", OTHER), True),
        (f"account={UID}", named("甲", OTHER), False),
        ("policy=vip", named("甲", policy="vip"), True),
        ("policy=vip", named("甲"), False),
        ("name=常州*", named("常州示例科技"), True),
        ("name=常州", named("常州示例科技"), False),
        ("name=常州*", named("无锡常州路店"), False),
        ("name=acme?co", named("ACME Co"), True),
        ("name=[a]*", named("[A] 甲"), True),
        ("name=[a]*", named("a 甲"), False),
        ("policy=vip,name=常州*", named("常州甲"), False),
        (f"policy=default,account={UID}", named("甲"), True),
    ],
)
def test_a_selector_means_the_accounts_that_fit_all_of_it(text: str, one: Account, covered: bool) -> None:  # noqa: FBT001 - a column of the table
    assert parse_selector(text).covers(one) is covered


def test_the_agencys_own_account_is_meant_by_its_id_only() -> None:
    own = replace(account(policy="own"), own=True)
    assert not parse_selector("all").covers(own)
    assert not parse_selector("policy=own").covers(own)
    assert parse_selector(f"account={UID},policy=own").covers(own)


@given(
    st.lists(st.from_regex(r"[0-9]{5,20}", fullmatch=True), max_size=3),
    st.none() | st.sampled_from(["vip", "own"]),
    st.none() | st.text(st.characters(exclude_characters=",，＝＊？", exclude_categories=["C", "Z"]), min_size=1),
)
def test_what_a_selector_is_written_as_reads_back(ids: list[str], policy: str | None, name: str | None) -> None:
    selector = Selector(tuple(sorted(set(ids))), policy, name)
    assert parse_selector(str(selector)) == selector


# ---------------------------------------------------------------- one silence


def test_a_silence_holds_from_its_beginning_until_before_its_end() -> None:
    one = silence()
    moments = (NOON - SECOND, NOON, NOON + DAY - SECOND, NOON + DAY)
    assert [one.active(at) for at in moments] == [False, True, True, False]


def test_the_same_word_at_the_same_moment_is_one_silence_and_any_other_is_not() -> None:
    one = silence()
    assert silence(ends=NOON + 2 * DAY).silence_id == one.silence_id
    others = [silence(NOON + SECOND), silence(author="韩梅"), silence(selector=Selector(policy="vip"))]
    assert len({one.silence_id, *(other.silence_id for other in others)}) == 4
    assert len(one.silence_id) == 8


@pytest.mark.parametrize(
    ("make", "mend"),
    [
        (lambda: silence(ends=NOON + LONGEST + SECOND), "在名单里暂停"),
        (lambda: silence(ends=NOON), "写将来的时间"),
        (lambda: silence(ends=NOON - DAY), "写将来的时间"),
        (lambda: silence(author=" "), "--by"),
        (lambda: new_silence(Selector(), "李雷", "\n", NOON, NOON + DAY), "--reason"),
        (lambda: silence(up_to=Level.HEALTHY), "写 notice 或更高"),
    ],
)
def test_a_silence_that_should_not_be_is_refused_with_its_mend(make: Callable[[], Silence], mend: str) -> None:
    with pytest.raises(InvalidSilence, match=mend):
        make()


def test_the_longest_silence_is_just_allowed() -> None:
    assert silence(ends=NOON + LONGEST).until == NOON + LONGEST


def test_a_silence_that_somebody_ends_is_over_at_that_moment() -> None:
    ended = end_now(silence(), " 韩梅 ", NOON + HOUR)
    assert (ended.until, ended.ended_by, ended.ends_at) == (NOON + HOUR, "韩梅", NOON + DAY)
    assert not ended.active(NOON + HOUR)
    for over, now in ((ended, NOON + 2 * HOUR), (silence(), NOON + DAY)):
        with pytest.raises(InvalidSilence, match="已经结束"):
            end_now(over, "李雷", now)
    with pytest.raises(InvalidSilence, match="--by"):
        end_now(silence(), "", NOON + HOUR)


@pytest.mark.parametrize(
    ("text", "length"), [("2d", 2 * DAY), ("12h", 12 * HOUR), (" 3天 ", 3 * DAY), ("1小时", HOUR), ("2D", 2 * DAY)]
)
def test_a_length_is_read(text: str, length: timedelta) -> None:
    assert parse_length(text) == length


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-03-04", datetime(2026, 3, 4, 16, tzinfo=UTC)),
        ("2026-03-04T18:00", datetime(2026, 3, 4, 10, tzinfo=UTC)),
        ("2026-03-04 18:00", datetime(2026, 3, 4, 10, tzinfo=UTC)),
    ],
)
def test_a_day_is_in_it_as_a_whole_and_an_hour_is_shanghais(text: str, end: datetime) -> None:
    assert parse_end(text) == end


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-02-30", "2026-03-04T25:00", "9999-12-31", "2026/3/4"])
def test_an_end_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidSilence, match="写 2026-03-04"):
        parse_end(text)


@pytest.mark.parametrize("text", ["", "2", "2w", "-2d", "2d12h", "1.5d"])
def test_a_length_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidSilence, match="写 2d 或 12h"):
        parse_length(text)


# ---------------------------------------------------------------- matching


def test_of_several_silences_the_one_that_ends_last_counts_in_whatever_order() -> None:
    short, long = silence(), silence(ends=NOON + 2 * DAY, author="韩梅")
    for silences in ([short, long], [long, short]):
        assert matching(silences, account(), Level.WARNING, NOON) == long


@pytest.mark.parametrize("up_to", list(Level)[1:])
@pytest.mark.parametrize("level", Level)
def test_a_silence_mutes_up_to_its_level(up_to: Level, level: Level) -> None:
    one = silence(up_to=up_to)
    assert matching([one], account(), level, NOON) == (one if level <= up_to else None)


def test_a_silence_ended_once_between_two_looks() -> None:
    one, end = silence(), NOON + DAY
    looks = [end - HOUR, end, end + HOUR, end + 2 * HOUR]
    told = [just_ended([one], account(), Level.WARNING, at - HOUR, at) for at in looks]
    assert told == [(), (one,), (), ()]
    between = [just_ended([one], account(), Level.WARNING, at - HOUR, at) for at in (end - SECOND, end + HOUR - SECOND)]
    assert between == [(), (one,)]


@pytest.mark.parametrize(
    ("silences", "level"),
    [
        ([silence()], Level.HEALTHY),
        ([silence()], Level.OVERDUE),
        ([silence(selector=Selector(policy="vip"))], Level.WARNING),
        ([silence(), silence(ends=NOON + 2 * DAY, author="韩梅")], Level.WARNING),
    ],
)
def test_the_end_of_a_silence_that_keeps_nothing_back_is_not_told(silences: list[Silence], level: Level) -> None:
    assert just_ended(silences, account(), level, NOON, NOON + DAY) == ()


# ---------------------------------------------------------------- what a silence keeps back

WARNED = AlertState(level=Level.WARNING, since=NOON, told_level=Level.WARNING, worst_told=Level.WARNING, told_at=NOON)


def step(before: AlertState, level: Level, after: timedelta = HOUR, *, muted: bool = True) -> Decision:
    now = NOON + after
    seen = figures(-1 if level >= Level.OVERDUE else 1, now)
    one = silence(NOON - DAY, NOON + LONGEST - DAY, Level.SUSPENDED) if muted else None
    return decide(before, advance(before, evaluation(level), seen), POLICY, seen, Around(silence=one))


@pytest.mark.parametrize(
    ("before", "level", "after"),
    [
        (AlertState(), Level.WARNING, HOUR),
        (WARNED, Level.CRITICAL, HOUR),
        (WARNED, Level.WARNING, 72 * HOUR),
        (WARNED, Level.HEALTHY, HOUR),
        (replace(WARNED, level=Level.CRITICAL, told_level=Level.CRITICAL), Level.CRITICAL, 6 * HOUR),
    ],
)
def test_what_would_be_told_is_kept_back_and_people_go_on_not_knowing(
    before: AlertState, level: Level, after: timedelta
) -> None:
    told, kept = step(before, level, after, muted=False), step(before, level, after)
    assert told.topic is not None
    assert (kept.reason, kept.topic, kept.alert.level) == (Reason.SILENCED, None, level)
    assert kept.alert.told_level == min(before.told_level, level)
    assert kept.alert.worst_told == before.worst_told
    assert (kept.alert.told_at, kept.alert.escalated_at) == (before.told_at, None)


def test_after_a_silence_the_level_is_told_as_a_worse_one() -> None:
    kept = step(AlertState(), Level.WARNING).alert
    assert step(kept, Level.WARNING, 2 * HOUR, muted=False).reason is Reason.WORSENED
    assert step(kept, Level.HEALTHY, 2 * HOUR, muted=False).reason is Reason.HEALTHY


def test_an_all_clear_that_was_kept_back_is_given_after_the_silence() -> None:
    kept = step(WARNED, Level.HEALTHY).alert
    again = step(kept, Level.HEALTHY, 2 * HOUR)
    assert again.reason is Reason.SILENCED
    assert step(again.alert, Level.HEALTHY, 3 * HOUR, muted=False).topic is Topic.RECOVERED


def test_a_second_fall_within_a_silence_is_told_after_it() -> None:
    kept = step(step(WARNED, Level.HEALTHY).alert, Level.WARNING, 2 * HOUR).alert
    assert step(kept, Level.WARNING, 3 * HOUR, muted=False).reason is Reason.WORSENED


def test_an_unreadable_account_is_told_to_staff_through_any_silence() -> None:
    before = replace(WARNED, failed_runs=POLICY.unreadable_after - 1)
    after = fail(before, "throttled", NOON + HOUR)
    assert decide(before, after, POLICY, None, Around(silence=silence())).topic is Topic.UNREADABLE


PATHS = st.lists(st.tuples(st.sampled_from(list(Level)), st.booleans()), min_size=1, max_size=60)


@given(PATHS)
def test_nothing_is_told_in_a_silence_and_the_level_is_known_at_the_first_look_without(
    path: list[tuple[Level, bool]],
) -> None:
    state = AlertState()
    for n, (level, muted) in enumerate(path):
        decision = step(state, level, n * HOUR, muted=muted)
        assert decision.alert.level is level
        if muted:
            assert decision.topic is None
            assert decision.alert.told_level <= min(level, state.told_level)
        else:
            assert decision.alert.told_level == level
            assert level <= state.told_level or decision.topic is Topic.LEVEL
        state = decision.alert


# ---------------------------------------------------------------- money under way


@pytest.mark.parametrize(
    ("topped_up", "now", "awaits"),
    [(False, NOON + HOUR - SECOND, True), (False, NOON + HOUR, False), (True, NOON, False)],
)
def test_money_is_awaited_until_a_top_up_is_seen_or_the_time_is_over(
    topped_up: bool,  # noqa: FBT001 - a column of the table
    now: datetime,
    awaits: bool,  # noqa: FBT001 - as above
) -> None:
    promised = replace(WARNED, paying_until=NOON + HOUR, paying_by="王丽")
    seen = figures(1, now, topped_up=5 if topped_up else 0)
    decision = decide(promised, advance(promised, evaluation(Level.WARNING), seen), POLICY, seen)
    assert (decision.alert.paying_until is not None) is awaits


def test_a_promise_outlives_a_change_of_level_and_a_failed_reading() -> None:
    promised = replace(WARNED, paying_until=NOON + DAY, paying_by="王丽")
    assert advance(promised, evaluation(Level.CRITICAL), figures(1, NOON + HOUR)).paying_until == NOON + DAY
    assert fail(promised, "throttled", NOON + HOUR).paying_until == NOON + DAY
