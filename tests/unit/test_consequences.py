"""What stops when, and what is released when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.consequences import (
    Grace,
    Milestone,
    MilestoneKind,
    ProductRoad,
    Road,
    State,
    above_grace,
    before_zero,
    milestones,
    products_at_stake,
    road,
    rule_of,
)
from shared.consequences_data import RULES, CountsFrom, Effect, ProductRule, SourceKind
from shared.model import ProductCost
from tests.builders import DAY, HOUR, NOON

BY_KEY = {rule.key: rule for rule in RULES}
OVERDUE = NOON
UNLISTED = rule_of(ProductCost(date(2026, 3, 3), "csk", "容器服务", Decimal(5), prepaid=False))
SWITCHED_OFF = Grace(hours=0)

graces = st.builds(
    Grace,
    hours=st.none() | st.integers(0, 500),
    amount=st.none() | st.integers(0, 2000).map(Decimal),
)
some_rules = st.lists(st.sampled_from([*RULES, UNLISTED]), unique=True, max_size=len(RULES))
debts = st.integers(1, 5000).map(Decimal)
spans = st.integers(0, 24 * 40).map(lambda n: n * HOUR)


def cost(code: str, amount: str | float = 1, day: int = 3, *, name: str = "", prepaid: bool = False) -> ProductCost:
    return ProductCost(date(2026, 3, day), code, name or code, Decimal(str(amount)), prepaid)


def rules(*keys: str) -> tuple[ProductRule, ...]:
    return tuple(BY_KEY[key] for key in keys)


def ahead(
    *keys: str, grace: Grace = SWITCHED_OFF, debt: float = 10, after: timedelta = HOUR, spent: datetime | None = None
) -> Road:
    return road(rules(*keys), OVERDUE, Decimal(str(debt)), grace, OVERDUE + after, spent)


def only(found: Road) -> ProductRoad:
    (one,) = found.products
    return one


@pytest.mark.parametrize(
    ("code", "grace", "effect", "days", "counts_from", "billed", "kind"),
    [
        ("ecs", True, Effect.STOPPED, 15, CountsFrom.ARREARS, False, SourceKind.OFFICIAL),
        ("yundisk", True, Effect.UNUSABLE, 15, CountsFrom.ARREARS, False, SourceKind.MIRROR),
        ("rds", True, Effect.STOPPED, 7, CountsFrom.STOP, False, SourceKind.OFFICIAL),
        ("polardbx", True, Effect.STOPPED, 15, CountsFrom.STOP, False, SourceKind.MIRROR),
        ("redisa", True, Effect.STOPPED, 7, CountsFrom.ARREARS, False, SourceKind.OFFICIAL),
        ("eip", True, Effect.THROTTLED, 7, CountsFrom.STOP, None, SourceKind.OFFICIAL),
        ("slb", True, Effect.STOPPED, None, CountsFrom.STOP, None, SourceKind.OFFICIAL),
        ("oss", True, Effect.UNUSABLE, 15, CountsFrom.STOP, True, SourceKind.SECOND_HAND),
        ("cdn", True, Effect.STOPPED, None, CountsFrom.STOP, None, SourceKind.OFFICIAL),
        ("ots", True, Effect.STOPPED, 15, CountsFrom.STOP, None, SourceKind.OFFICIAL),
        ("sls", True, Effect.STOPPED, 7, CountsFrom.STOP, True, SourceKind.MIRROR),
        ("nas", True, Effect.STOPPED, 15, CountsFrom.STOP, None, SourceKind.OFFICIAL),
        ("dysms", False, Effect.REFUSED, None, CountsFrom.STOP, None, SourceKind.MIRROR),
        ("dypls", True, Effect.STOPPED, None, CountsFrom.STOP, None, SourceKind.OFFICIAL),
        ("apigateway", None, Effect.REFUSED, 180, CountsFrom.ARREARS, None, SourceKind.OFFICIAL),
        ("dds", None, Effect.UNKNOWN, None, CountsFrom.STOP, None, SourceKind.UNKNOWN),
        ("polardb", None, Effect.UNKNOWN, None, CountsFrom.STOP, None, SourceKind.UNKNOWN),
        ("nat_gw", None, Effect.UNKNOWN, None, CountsFrom.STOP, None, SourceKind.UNKNOWN),
        ("snapshot", None, Effect.UNKNOWN, None, CountsFrom.STOP, None, SourceKind.UNKNOWN),
    ],
)
def test_the_rules_of_the_china_site(
    code: str,
    grace: bool | None,  # noqa: FBT001
    effect: Effect,
    days: int | None,
    counts_from: CountsFrom,
    billed: bool | None,  # noqa: FBT001
    kind: SourceKind,
) -> None:
    rule = rule_of(cost(code))
    assert (rule.grace, rule.effect, rule.counts_from) == (grace, effect, counts_from)
    assert rule.release_after == (None if days is None else timedelta(days=days))
    assert (rule.billed_while_stopped, rule.source_kind) == (billed, kind)


def test_every_rule_has_a_source_or_says_nothing() -> None:
    for rule in RULES:
        assert rule.site == "china"
        assert "alibabacloud.com" not in rule.source
        assert rule.source.startswith("https://") is rule.known
        if not rule.known:
            assert rule == ProductRule(rule.key, rule.codes, rule.chinese, rule.english)


def test_codes_and_keys_belong_to_one_rule() -> None:
    codes = [code for rule in RULES for code in rule.codes]
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() for code in codes)
    assert len(BY_KEY) == len(RULES)


def test_a_product_that_is_not_in_the_table_is_unknown_and_keeps_its_name() -> None:
    assert (UNLISTED.key, UNLISTED.chinese, UNLISTED.known) == ("csk", "容器服务", False)
    assert (UNLISTED.grace, UNLISTED.release_after, UNLISTED.source) == (None, None, "")


def test_products_come_dearest_first_and_two_codes_of_one_product_count_as_one() -> None:
    costs = [cost("ecs", 10), cost("redisa", 6), cost("kvstore", 5), cost("CDN", 3), cost("csk", 2), cost("ecs", 3, 2)]
    assert [rule.key for rule in products_at_stake(costs)] == ["ecs", "redis", "cdn", "csk"]


def test_what_was_bought_ahead_is_not_at_stake_but_its_pay_as_you_go_disk_is() -> None:
    costs = [cost("ecs", 900, prepaid=True), cost("yundisk", 2)]
    assert [rule.key for rule in products_at_stake(costs)] == ["disk"]
    assert products_at_stake([]) == ()


def test_equal_products_come_by_name() -> None:
    assert [rule.key for rule in products_at_stake([cost("rds", 1, 2), cost("ecs", 1, 3)])] == ["ecs", "rds"]


def test_a_known_product_that_a_package_paid_for_is_at_stake_and_an_unknown_one_for_nothing_is_not() -> None:
    assert [rule.key for rule in products_at_stake([cost("dysms", 0), cost("csk", 0)])] == ["sms"]


@given(st.lists(st.builds(cost, st.sampled_from(["ecs", "rds", "csk", "kvstore", "redisa"]), st.integers(-3, 3))))
def test_the_order_of_costs_does_not_matter(costs: list[ProductCost]) -> None:
    assert products_at_stake(reversed(costs)) == products_at_stake(costs)


def test_without_a_grace_it_stops_at_once_whatever_the_account_has() -> None:
    sms = only(ahead("sms", grace=Grace(hours=72, amount=Decimal(1000))))
    assert (sms.state, sms.stops_at, sms.release_at) == (State.STOPPED, OVERDUE, None)


@pytest.mark.parametrize(
    ("grace", "debt", "spent", "stops_at", "state"),
    [
        (Grace(hours=24), 10, None, OVERDUE + 24 * HOUR, State.RUNNING),
        (Grace(hours=24), 9999, None, OVERDUE + 24 * HOUR, State.RUNNING),
        (SWITCHED_OFF, 10, None, OVERDUE, State.STOPPED),
        (Grace(), 10, None, None, State.UNSURE),
        (Grace(amount=Decimal(100)), 100, None, None, State.RUNNING),
        (Grace(amount=Decimal(100)), 4000, None, OVERDUE + HOUR, State.STOPPED),  # one daily bill can do it
        (Grace(amount=Decimal(100)), 50, OVERDUE, OVERDUE, State.STOPPED),  # paying a part does not start it again
        (Grace(hours=24, amount=Decimal(100)), 10, None, OVERDUE + 24 * HOUR, State.RUNNING),
        (Grace(hours=24, amount=Decimal(100)), 101, None, OVERDUE + HOUR, State.STOPPED),
        (Grace(), 10, OVERDUE, OVERDUE, State.STOPPED),
    ],
)
def test_with_a_grace_it_stops_when_hours_or_amount_are_used_up(
    grace: Grace, debt: float, spent: datetime | None, stops_at: datetime | None, state: State
) -> None:
    rds = only(ahead("rds", grace=grace, debt=debt, spent=spent))
    assert (rds.stops_at, rds.state) == (stops_at, state)


@pytest.mark.parametrize(
    ("key", "grace", "release_at", "earliest"),
    [
        ("rds", Grace(hours=24), OVERDUE + 8 * DAY, False),
        ("rds", Grace(), OVERDUE + 7 * DAY, True),
        ("rds", Grace(amount=Decimal(100)), None, False),  # it runs: nothing counts yet
        ("ecs", Grace(hours=24), OVERDUE + 15 * DAY, False),  # counted from the arrears
        ("ecs", Grace(hours=24 * 20), OVERDUE + 20 * DAY, False),  # but never released before it stopped
        ("ecs", Grace(), OVERDUE + 15 * DAY, True),
        ("ecs", Grace(amount=Decimal(100)), OVERDUE + 15 * DAY, True),
        ("clb", SWITCHED_OFF, None, False),
        ("api_gateway", SWITCHED_OFF, OVERDUE + 180 * DAY, True),  # nobody says whether it has a grace
    ],
)
def test_a_release_counts_from_the_stop_or_from_the_arrears(
    key: str,
    grace: Grace,
    release_at: datetime | None,
    earliest: bool,  # noqa: FBT001
) -> None:
    one = only(ahead(key, grace=grace))
    assert (one.release_at, one.earliest) == (release_at, earliest)


def test_states_follow_the_dates() -> None:
    states = [only(ahead("rds", grace=Grace(hours=24), after=n * DAY)).state for n in (0, 1, 7, 8)]
    assert states == [State.RUNNING, State.STOPPED, State.STOPPED, State.RELEASED]


def test_an_earliest_date_that_is_over_proves_nothing() -> None:
    unsure = only(ahead("rds", grace=Grace(), after=30 * DAY))
    assert (unsure.state, unsure.release_at) == (State.UNSURE, OVERDUE + 7 * DAY)


def test_what_runs_within_the_grace_has_not_been_released() -> None:
    within = only(ahead("ecs", grace=Grace(amount=Decimal(100)), after=20 * DAY))
    assert (within.state, within.release_at) == (State.RUNNING, None)


def test_the_next_release_is_the_first_one_that_lies_ahead() -> None:
    keys = ("ecs", "rds", "eip", "sms")
    first = ahead(*keys).next_release
    assert first is not None
    assert first.rule.key == "rds"
    later = ahead(*keys, after=8 * DAY).next_release
    assert later is not None
    assert later.rule.key == "ecs"
    assert ahead(*keys, after=16 * DAY).next_release is None
    assert ahead(*keys).shortest_retention == 7 * DAY
    assert ahead("sms").shortest_retention is None


def test_milestones_count_down_to_each_release() -> None:
    found = milestones(ahead("ecs", "rds", "disk", "sms", grace=Grace(hours=24)), (3, 1))
    assert found == (
        Milestone(OVERDUE, MilestoneKind.STOP, rules("sms"), 0),
        Milestone(OVERDUE + DAY, MilestoneKind.STOP, rules("ecs", "rds", "disk"), 0),
        Milestone(OVERDUE + 5 * DAY, MilestoneKind.RELEASE_NEAR, rules("rds"), 3),
        Milestone(OVERDUE + 7 * DAY, MilestoneKind.RELEASE_NEAR, rules("rds"), 1),
        Milestone(OVERDUE + 8 * DAY, MilestoneKind.RELEASED, rules("rds"), 0),
        Milestone(OVERDUE + 12 * DAY, MilestoneKind.RELEASE_NEAR, rules("ecs", "disk"), 3),
        Milestone(OVERDUE + 14 * DAY, MilestoneKind.RELEASE_NEAR, rules("ecs", "disk"), 1),
        Milestone(OVERDUE + 15 * DAY, MilestoneKind.RELEASED, rules("ecs", "disk"), 0),
    )


def test_what_happens_at_one_moment_is_one_milestone_named_after_the_gravest() -> None:
    found = milestones(ahead("ecs", "rds"), (8,))
    assert found[1] == Milestone(OVERDUE + 7 * DAY, MilestoneKind.RELEASED, rules("rds"), 0, also=rules("ecs"))


def test_a_countdown_from_an_earliest_date_says_so_and_has_no_stop() -> None:
    found = milestones(ahead("rds", grace=Grace()), (3, 1))
    assert [(one.kind, one.earliest) for one in found] == [
        (MilestoneKind.RELEASE_NEAR, True),
        (MilestoneKind.RELEASE_NEAR, True),
        (MilestoneKind.RELEASED, True),
    ]


def test_no_countdown_begins_before_the_stop() -> None:
    found = milestones(ahead("rds", grace=Grace(hours=24)), (7, 10, 6))
    assert [(one.kind, one.days_left) for one in found] == [
        (MilestoneKind.STOP, 0),
        (MilestoneKind.RELEASE_NEAR, 6),
        (MilestoneKind.RELEASED, 0),
    ]


def test_above_zero_it_is_known_what_stops_at_once_and_what_is_lost_first() -> None:
    stakes = before_zero((*rules("oss", "rds", "sms", "eip"), UNLISTED))
    assert stakes.at_once == rules("sms")
    assert (stakes.shortest_retention, stakes.released_first) == (7 * DAY, rules("rds", "eip"))
    assert stakes.unknown == (UNLISTED,)
    assert before_zero(rules("sms")).released_first == ()


def test_the_grace_is_used_up_from_the_first_time_the_debt_was_above_it() -> None:
    grace = Grace(amount=Decimal(100))
    assert above_grace(None, Decimal(100), grace, NOON) is None
    assert above_grace(None, Decimal("100.01"), grace, NOON) == NOON
    assert above_grace(OVERDUE, Decimal(20), grace, NOON + DAY) == OVERDUE
    assert above_grace(None, Decimal(9999), Grace(hours=24), NOON) is None


@given(some_rules, graces, debts, spans)
def test_unknown_products_never_get_dates(
    keys: list[ProductRule], grace: Grace, debt: Decimal, after: timedelta
) -> None:
    for one in road(keys, OVERDUE, debt, grace, OVERDUE + after).products:
        if not one.rule.known:
            assert (one.stops_at, one.release_at, one.state) == (None, None, State.UNSURE)


@given(some_rules, graces, debts, spans, st.none() | spans)
def test_nothing_is_released_before_it_stops(
    keys: list[ProductRule], grace: Grace, debt: Decimal, after: timedelta, spent: timedelta | None
) -> None:
    since = None if spent is None else OVERDUE + min(spent, after)
    found = road(keys, OVERDUE, debt, grace, OVERDUE + after, since)
    for one in found.products:
        assert one.stops_at is None or one.stops_at >= OVERDUE
        if one.release_at is not None:
            assert one.release_at >= (one.stops_at or OVERDUE)
            assert one.earliest is (one.stops_at is None)


@given(some_rules, graces, debts, debts, spans)
def test_more_debt_never_gives_more_time(
    keys: list[ProductRule], grace: Grace, debt: Decimal, more: Decimal, after: timedelta
) -> None:
    def dates(owed: Decimal) -> list[tuple[datetime, datetime]]:
        never = OVERDUE + 999 * DAY
        found = road(keys, OVERDUE, owed, grace, OVERDUE + after).products
        return [(one.stops_at or never, one.release_at or never) for one in found]

    for (stop, release), (worse_stop, worse_release) in zip(dates(debt), dates(debt + more), strict=True):
        assert worse_stop <= stop
        assert worse_release <= release


@given(some_rules, graces, debts, spans, st.lists(st.integers(0, 16), max_size=4))
def test_milestones_are_in_order_and_one_for_each_moment(
    keys: list[ProductRule], grace: Grace, debt: Decimal, after: timedelta, days_before: list[int]
) -> None:
    found = road(keys, OVERDUE, debt, grace, OVERDUE + after)
    told = milestones(found, days_before)
    assert all(a.at < b.at for a, b in pairwise(told))
    assert all(one.products and not set(one.products) & set(one.also) for one in told)
    dated = {one.rule for one in found.products if one.stops_at or one.release_at}
    assert {rule for one in told for rule in (*one.products, *one.also)} == dated
