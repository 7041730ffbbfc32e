"""What stops when, and what is released when, for the products that an account spends on.

Nothing here is a promise: the dates follow from the rules in ``consequences_data`` and from the grace (延停) that the
customer's console names. Where a rule or the grace is not known there is no date, or the earliest one possible, marked
as such. What was bought ahead (subscriptions) runs to its end and is left out; pay-as-you-go disks on subscription
instances have a line of their own in the bill, and are in.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from shared.consequences_data import RULES, CountsFrom, ProductRule
from shared.frozen import frozen, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.model import ProductCost

_BY_CODE: Final = {code: rule for rule in RULES for code in rule.codes}


@frozen
class Grace:
    """How long an account's services go on in arrears (延停), as its console says: set by the vendor, anew each month.

    Both None if nobody has looked it up; 0 if the customer has switched it off.
    """

    hours: int | None = None
    """From the moment of arrears on."""
    amount: Decimal | None = None
    """Services stop once the debt is above it. It is no cap: one daily bill can take the debt far beyond it at once."""

    @property
    def known(self) -> bool:
        """Whether anything is known of it."""
        return self.hours is not None or self.amount is not None


class State(StrEnum):
    """Where a product stands, as far as rules and dates tell."""

    RUNNING = "running"
    STOPPED = "stopped"
    RELEASED = "released"
    UNSURE = "unsure"
    """It may have stopped or not: the grace or the rule is not known."""


@frozen
class ProductRoad:
    """What lies ahead of one product."""

    rule: ProductRule
    state: State
    stops_at: datetime | None
    """None if that cannot be known: any time now, or once the debt is above the grace's amount."""
    release_at: datetime | None
    """None if that is not known, or nothing counts towards it yet."""
    earliest: bool = False
    """Whether ``release_at`` is the earliest moment possible, because the stop is not known."""


@frozen
class Road:
    """What lies ahead of an account in arrears, product by product, dearest first."""

    as_of: datetime
    overdue_since: datetime
    grace: Grace
    products: tuple[ProductRoad, ...]

    @property
    def grace_ends(self) -> datetime | None:
        """When the grace in hours is over; None if there is none that is known."""
        return None if self.grace.hours is None else self.overdue_since + timedelta(hours=self.grace.hours)

    @property
    def next_release(self) -> ProductRoad | None:
        """The product that is released next; None if no date is known or everything with one is gone."""
        ahead = [one for one in self.products if one.release_at is not None and one.release_at > self.as_of]
        return min(ahead, key=lambda one: one.release_at or self.as_of, default=None)

    @property
    def shortest_retention(self) -> timedelta | None:
        """The shortest time that any of these products keeps its data; None if none is known."""
        return _shortest(one.rule for one in self.products)


class MilestoneKind(StrEnum):
    """What happens at a milestone."""

    STOP = "stop"
    RELEASE_NEAR = "release_near"
    RELEASED = "released"


@frozen
class Milestone:
    """A moment on the road that people should hear of. Of what happens at one moment, the gravest gives its name."""

    at: datetime
    kind: MilestoneKind
    products: tuple[ProductRule, ...]
    """What it happens to."""
    days_left: int
    """RELEASE_NEAR: days until the release; else 0."""
    earliest: bool = False
    """Whether the release that it speaks of may also be later."""
    also: tuple[ProductRule, ...] = ()
    """Products to which something less grave happens at the same moment."""


@frozen
class Stakes:
    """What arrears would mean for an account that is still above zero."""

    at_once: tuple[ProductRule, ...]
    """What stops at once, without a grace."""
    shortest_retention: timedelta | None
    """The shortest time that data is kept; None if none is known."""
    released_first: tuple[ProductRule, ...]
    """What keeps its data only so long."""
    unknown: tuple[ProductRule, ...]
    """Products of which nothing is known."""


def rule_of(cost: ProductCost) -> ProductRule:
    """The rule of a billed product; of one that is not in the table, a rule that says that nothing is known."""
    known = _BY_CODE.get(cost.product_code.lower())
    return known or ProductRule(cost.product_code, (cost.product_code,), cost.product_name, cost.product_name)


def products_at_stake(costs: Iterable[ProductCost]) -> tuple[ProductRule, ...]:
    """The rules of the products that were billed pay-as-you-go, dearest first.

    A product whose bills come to nothing is in if its rule is known, since a package may have paid for it and it stops
    all the same; one of which nothing is known only if it cost something.
    """
    rules: dict[str, ProductRule] = {}
    sums: dict[str, Decimal] = {}
    for cost in sorted((c for c in costs if not c.prepaid), key=_place_in_time):
        rule = rule_of(cost)
        rules[rule.key] = rule
        sums[rule.key] = sums.get(rule.key, Decimal(0)) + cost.billed_cost
    dearest = sorted(rules, key=lambda key: (-sums[key], key))
    return tuple(rules[key] for key in dearest if rules[key].known or sums[key] > 0)


def above_grace(before: datetime | None, debt: Decimal, grace: Grace, now: datetime) -> datetime | None:
    """Since when the debt was seen above the grace's amount; to be remembered until the account is out of arrears.

    Once services have stopped, only paying all of the debt starts them again: a smaller debt does not.
    """
    if before is None and grace.amount is not None and debt > grace.amount:
        return now
    return before


def road(
    rules: Sequence[ProductRule],
    overdue_since: datetime,
    debt: Decimal,
    grace: Grace,
    now: datetime,
    suspended_since: datetime | None = None,
) -> Road:
    """What lies ahead of these products, at ``now``, of an account in arrears since ``overdue_since``.

    Args:
        rules: From ``products_at_stake``.
        overdue_since: When the available amount was first seen below zero.
        debt: How far below zero it is, positive.
        grace: As the customer's console names it.
        now: For the state of each product.
        suspended_since: When the grace was seen to be used up, see ``above_grace``; ``now`` if it is only seen now.
    """
    ahead = Road(now, overdue_since, grace, ())
    spent = above_grace(suspended_since, debt, grace, now)
    stop = min((at for at in (spent, ahead.grace_ends) if at is not None), default=None)
    return replace(ahead, products=tuple(_product(rule, ahead, stop) for rule in rules))


def milestones(ahead: Road, days_before: Sequence[int]) -> tuple[Milestone, ...]:
    """The moments that people should hear of, past ones too, in the order of time; one for each moment.

    ``days_before``: how many days before a release it is spoken of. Not before the stop: there is no retention yet.
    """
    moments: dict[datetime, list[tuple[MilestoneKind, int, ProductRoad]]] = {}
    for one in ahead.products:
        for at, kind, days_left in _moments(one, ahead.overdue_since, days_before):
            moments.setdefault(at, []).append((kind, days_left, one))
    return tuple(_merged(at, moments[at]) for at in sorted(moments))


def reached(ahead: Road, days_before: Sequence[int]) -> Milestone | None:
    """The last release, or announcement of one, that has been reached; a stop is told by the account's level."""
    past = [
        one for one in milestones(ahead, days_before) if one.at <= ahead.as_of and one.kind is not MilestoneKind.STOP
    ]
    return past[-1] if past else None


def before_zero(rules: Sequence[ProductRule]) -> Stakes:
    """What a warning above zero can say of these products."""
    shortest = _shortest(rules)
    return Stakes(
        at_once=tuple(rule for rule in rules if rule.grace is False),
        shortest_retention=shortest,
        released_first=tuple(rule for rule in rules if shortest is not None and rule.release_after == shortest),
        unknown=tuple(rule for rule in rules if not rule.known),
    )


def _place_in_time(cost: ProductCost) -> tuple[date, str, str]:
    """The latest day's name is the one that is shown."""
    return (cost.day, cost.product_code, cost.product_name)


def _shortest(rules: Iterable[ProductRule]) -> timedelta | None:
    return min((rule.release_after for rule in rules if rule.release_after is not None), default=None)


def _product(rule: ProductRule, ahead: Road, account_stop: datetime | None) -> ProductRoad:
    stop = {True: account_stop, False: ahead.overdue_since, None: None}[rule.grace]
    within = stop is None and rule.grace is True and ahead.grace.known
    release, earliest = _release(rule, ahead, stop, within=within)
    state = _state(stop, None if earliest else release, ahead.as_of, within=within)
    return ProductRoad(rule, state, stop, release, earliest)


def _release(rule: ProductRule, ahead: Road, stop: datetime | None, *, within: bool) -> tuple[datetime | None, bool]:
    """When it is released, and whether that is the earliest moment possible.

    ``within``: the debt is within the grace's amount. What runs is not released, and may stop at any later hour.
    """
    if rule.release_after is None:
        return None, False
    from_arrears = ahead.overdue_since + rule.release_after
    counts_already = rule.counts_from is CountsFrom.ARREARS
    if stop is not None:
        return (max(stop, from_arrears) if counts_already else stop + rule.release_after), False
    if within and not (counts_already and from_arrears > ahead.as_of):
        return None, False
    return from_arrears, True


def _state(stop: datetime | None, released_at: datetime | None, now: datetime, *, within: bool) -> State:
    if released_at is not None and now >= released_at:
        return State.RELEASED
    if stop is None:
        return State.RUNNING if within else State.UNSURE
    return State.STOPPED if now >= stop else State.RUNNING


def _moments(
    one: ProductRoad, overdue_since: datetime, days_before: Sequence[int]
) -> list[tuple[datetime, MilestoneKind, int]]:
    found = [] if one.stops_at is None else [(one.stops_at, MilestoneKind.STOP, 0)]
    if one.release_at is not None:
        near = ((one.release_at - timedelta(days=days), days) for days in set(days_before) if days > 0)
        found += [(at, MilestoneKind.RELEASE_NEAR, days) for at, days in near if at > (one.stops_at or overdue_since)]
        found.append((one.release_at, MilestoneKind.RELEASED, 0))
    return found


_GRAVEST_FIRST: Final = (MilestoneKind.RELEASED, MilestoneKind.RELEASE_NEAR, MilestoneKind.STOP)


def _merged(at: datetime, happening: Sequence[tuple[MilestoneKind, int, ProductRoad]]) -> Milestone:
    """The gravest of what happens at one moment: a release before the nearest coming one before a stop."""
    kind, days_left, _ = min(happening, key=lambda it: (_GRAVEST_FIRST.index(it[0]), it[1]))
    named = [one for one_kind, days, one in happening if (one_kind, days) == (kind, days_left)]
    others = [one.rule for _, _, one in happening if one not in named]
    earliest = kind is not MilestoneKind.STOP and any(one.earliest for one in named)
    return Milestone(at, kind, tuple(one.rule for one in named), days_left, earliest, tuple(others))
