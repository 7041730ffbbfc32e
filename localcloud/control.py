"""The control side: what the outside world does in the real cloud - time, money, approvals, accidents.

JSON over HTTP under ``/_control/``; ``GET /_control/`` lists everything there is. Amounts are decimal strings or
numbers, times are ISO 8601 with an offset. Unknown keys are refused.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import TypeAdapter, ValidationError

from localcloud import direct_mail, dysms
from localcloud.bodies import (
    AccountBody,
    AdvanceBody,
    ClearBody,
    ClockBody,
    FaultBody,
    MailBody,
    MailFateBody,
    RequestsBody,
    ResetBody,
    RoleBody,
    SinceBody,
    SmsBody,
    SmsFateBody,
    SmsReviewsBody,
    SpendBody,
    StandingBody,
    TransactionBody,
    WaitBody,
)
from localcloud.books import Account, Books, Movement, Spend
from localcloud.faults import Faults, Rule
from localcloud.service import Received, Reply
from localcloud.sms_reviews import Review
from localcloud.sts import Role, Sts

if TYPE_CHECKING:
    from localcloud.clock import Clock

PREFIX = "/_control"
FUNCTIONS = "POST /fc/"
Json = dict[str, Any]
Handler = Callable[[Any], Json | Awaitable[Json]]


@runtime_checkable
class FunctionControl(Protocol):
    """The control side of the functions."""

    async def control(self, path: str, body: Json) -> Json:
        """Answer a request under /_control/fc/; ``path`` is what follows that. ``reset`` forgets everything."""


class Reset(Protocol):
    """Forgets everything; the functions are spared if told so."""

    def __call__(self, *, functions: bool) -> Awaitable[None]:
        """Do it."""


@dataclass(slots=True)
class World:
    """What the control side moves."""

    clock: Clock
    books: Books
    sts: Sts
    sms: dysms.Dysms
    mail: direct_mail.DirectMail
    faults: Faults
    agency_account: str
    functions: FunctionControl | None
    reset: Reset
    stats: Callable[[], Json]
    on_opened: Callable[[], None] = lambda: None
    """Called before the reply: an account that was opened is never forgotten."""


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked for."""

    body: TypeAdapter[Any]
    handler: Handler
    summary: str


class Control:
    """Answers requests under /_control/."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes = self._table()

    async def answer(self, received: Received) -> Reply:
        """Reply to one request."""
        name = f"{received.method} {received.path.removeprefix(PREFIX)}"
        try:
            body = json.loads(received.body) if received.body else {}
            if name.startswith(FUNCTIONS) and self._world.functions is not None:
                return _reply(200, await self._world.functions.control(name[len(FUNCTIONS) :], body))
            route = self._routes.get(name)
            if route is None:
                return _reply(404, {"error": f"there is no {name}; GET {PREFIX}/ lists what there is"})
            result = route.handler(route.body.validate_python(body))
            return _reply(200, await result if isinstance(result, Awaitable) else result)
        except (ValidationError, ValueError) as error:
            return _reply(400, {"error": str(error)})
        except LookupError as error:
            return _reply(404, {"error": f"not found: {error.args[0]}"})

    def _table(self) -> dict[str, Route]:
        world = self._world
        money = Money(world)
        people = Messages(world)
        accidents = Accidents(world)
        return {
            "GET /": _route(Json, self._list, "what there is"),
            "GET /clock": _route(Json, money.clock, "the current time"),
            "POST /clock": _route(ClockBody, money.set_clock, "jump to a time, frozen unless told otherwise"),
            "POST /clock/advance": _route(AdvanceBody, money.advance, "move forward, with what is spent meanwhile"),
            "GET /accounts": _route(Json, money.accounts, "all accounts with their balances"),
            "POST /accounts": _route(list[AccountBody], money.open, "open accounts, or replace them"),
            "POST /roles": _route(list[RoleBody], money.change_roles, "take back, or give again, the trust of roles"),
            "POST /spend": _route(list[SpendBody], money.spend, "charges"),
            "POST /transactions": _route(list[TransactionBody], money.move, "top-ups, refunds, transfers"),
            "GET /sms": _route(SinceBody, people.sms, "messages sent, with their statuses"),
            "POST /sms": _route(SmsBody, people.approve_sms, "approve signatures and templates"),
            "POST /sms/reviews": _route(SmsReviewsBody, people.review_sms, "how signatures and templates stand"),
            "POST /sms/fates": _route(list[SmsFateBody], people.sms_fates, "what becomes of messages to a number"),
            "GET /mail": _route(SinceBody, people.mail, "mails sent, with their statuses"),
            "POST /mail": _route(MailBody, people.approve_mail, "confirm sender addresses and tags"),
            "POST /mail/standing": _route(StandingBody, people.mail_standing, "status and quota of the mail account"),
            "POST /mail/fates": _route(list[MailFateBody], people.mail_fates, "what becomes of mails to an address"),
            "GET /faults": _route(Json, accidents.list, "the rules in force, and how far they are"),
            "POST /faults": _route(list[FaultBody], accidents.add, "add rules"),
            "POST /faults/wait": _route(WaitBody, accidents.wait, "wait until a rule has struck"),
            "DELETE /faults": _route(ClearBody, accidents.clear, "drop all rules, or some"),
            "GET /requests": _route(Json, accidents.counts, "calls by service and operation"),
            "POST /requests": _route(RequestsBody, accidents.log, "the log of calls after a number"),
            "POST /reset": _route(ResetBody, accidents.reset, "forget everything, return to real time"),
        }

    def _list(self, body: Json) -> Json:
        del body
        return {name.replace(" ", f" {PREFIX}"): route.summary for name, route in self._routes.items()} | {
            f"POST {PREFIX}/fc/...": "the functions' own control side"
        }


@dataclass(frozen=True, slots=True)
class Money:
    """Time and money."""

    world: World

    def clock(self, body: Json) -> Json:
        """The current time."""
        del body
        return {"now": self.world.clock.now().isoformat(), "virtual": self.world.clock.virtual}

    def set_clock(self, body: ClockBody) -> Json:
        """Jump."""
        self.world.clock.set(body.at, frozen=body.frozen)
        return self.clock({})

    def advance(self, body: AdvanceBody) -> Json:
        """Move forward, then book."""
        self.world.clock.advance(timedelta(seconds=body.seconds))
        self.spend(body.spend)
        self.move(body.transactions)
        return self.clock({})

    def accounts(self, body: Json) -> Json:
        """All accounts."""
        del body
        return {"accounts": [_account(account) for account in self.world.books.all()]}

    def open(self, body: list[AccountBody]) -> Json:
        """Open accounts and their roles."""
        for item in body:
            self.world.books.open(
                Account(item.id, item.name, item.currency, item.balance, item.credit, item.quota, item.billing_denied)
            )
            if item.role_arn is not None:
                principal = item.trusted_principal or f"acs:ram::{self.world.agency_account}:root"
                role = Role(item.role_arn, principal, item.external_id, item.revoked, item.max_session_seconds)
                self.world.sts.add_role(role)
        self.world.on_opened()
        return {"opened": len(body)}

    def change_roles(self, body: list[RoleBody]) -> Json:
        """Take back, or give again, the trust of roles; of none if one is unknown."""
        roles = {role.arn: role for role in self.world.sts.roles}
        changed = [replace(roles[item.arn], revoked=item.revoked) for item in body]
        for role in changed:
            self.world.sts.add_role(role)
        return {"changed": len(changed)}

    def spend(self, body: list[SpendBody]) -> Json:
        """Book charges; none of them if one names an unknown account."""
        now = self.world.clock.now()
        self.world.books.require(item.account for item in body)
        count = 0
        for item in body:
            amounts = item.hourly if item.amount is None else [item.amount]
            for hour, amount in enumerate(amounts):
                at = (item.at or now) + timedelta(hours=hour)
                self.world.books.enter(item.account, Spend(at, amount, item.product, item.subscription_type))
            count += len(amounts)
        return {"booked": count}

    def move(self, body: list[TransactionBody]) -> Json:
        """Book movements; none of them if one names an unknown account."""
        now = self.world.clock.now()
        self.world.books.require(item.account for item in body)
        for item in body:
            movement = Movement(item.at or now, item.amount, item.type, item.flow, item.channel, item.remarks)
            self.world.books.enter(item.account, movement)
        return {"booked": len(body)}


@dataclass(frozen=True, slots=True)
class Messages:
    """Short messages and mails."""

    world: World

    def sms(self, body: SinceBody) -> Json:
        """Short messages, oldest first."""
        now = self.world.clock.now()
        return {"sent": [sms.shown(now) for sms in self.world.sms.sent[body.since :]]}

    def mail(self, body: SinceBody) -> Json:
        """Mails, oldest first."""
        now = self.world.clock.now()
        return {"sent": [mail.shown(now) for mail in self.world.mail.sent[body.since :]]}

    def approve_sms(self, body: SmsBody) -> Json:
        """Approve signatures and templates."""
        self.world.sms.signatures.update(body.signatures)
        self.world.sms.templates.update(body.templates)
        return {"signatures": sorted(self.world.sms.signatures), "templates": self.world.sms.templates}

    def approve_mail(self, body: MailBody) -> Json:
        """Confirm sender addresses and tags."""
        self.world.mail.senders.update(body.senders)
        self.world.mail.tags.update(body.tags)
        return {"senders": sorted(self.world.mail.senders), "tags": sorted(self.world.mail.tags)}

    def review_sms(self, body: SmsReviewsBody) -> Json:
        """Say how signatures and templates stand from now on."""
        for name, item in body.signatures.items():
            self.world.sms.signature_reviews[name] = Review(**item.model_dump())
        for code, item in body.templates.items():
            self.world.sms.template_reviews[code] = Review(**item.model_dump())
        return {"reviews": len(self.world.sms.signature_reviews) + len(self.world.sms.template_reviews)}

    def mail_standing(self, body: StandingBody) -> Json:
        """Say how the sending account stands from now on."""
        self.world.mail.standing = direct_mail.Standing(**body.model_dump())
        return body.model_dump()

    def sms_fates(self, body: list[SmsFateBody]) -> Json:
        """Decide what becomes of messages that are sent from now on."""
        for item in body:
            visible, receipt = timedelta(seconds=item.visible_after), timedelta(seconds=item.receipt_after)
            self.world.sms.fates[item.phone] = dysms.Fate(item.refused, item.error, visible, receipt)
        return {"fates": len(self.world.sms.fates)}

    def mail_fates(self, body: list[MailFateBody]) -> Json:
        """Decide what becomes of mails that are sent from now on."""
        for item in body:
            receipt = timedelta(seconds=item.receipt_after)
            fate = direct_mail.Fate(item.listed_invalid, item.status, item.message, receipt)
            self.world.mail.fates[item.address.lower()] = fate
        return {"fates": len(self.world.mail.fates)}


@dataclass(frozen=True, slots=True)
class Accidents:
    """Faults, and the record of calls."""

    world: World

    def list(self, body: Json) -> Json:
        """The rules in force."""
        del body
        rules = self.world.faults.rules.items()
        return {"faults": [{"id": n} | asdict(rule) | {"accounts": sorted(rule.accounts)} for n, rule in rules]}

    def add(self, body: Sequence[FaultBody]) -> Json:
        """Add rules; their numbers, in the order given."""
        return {"ids": [self.world.faults.add(Rule(**item.model_dump())) for item in body]}

    async def wait(self, body: WaitBody) -> Json:
        """Wait for a rule."""
        return {"hits": await self.world.faults.wait(body.id, body.hits, body.seconds)}

    def clear(self, body: ClearBody) -> Json:
        """Drop rules."""
        if body.ids is None:
            self.world.faults.clear()
        for number in body.ids or ():
            self.world.faults.drop(number)
        return self.list({})

    def counts(self, body: Json) -> Json:
        """How often each operation was called."""
        del body
        counts: dict[str, dict[str, int]] = {}
        for (service, operation), number in sorted(self.world.faults.counts.items()):
            counts.setdefault(service, {})[operation] = number
        return {"requests": self.world.faults.requests, "counts": counts, "services": self.world.stats()}

    def log(self, body: RequestsBody) -> Json:
        """Calls after ``since``: number, service, operation."""
        return {"log": [call for call in self.world.faults.log if call[0] > body.since]}

    async def reset(self, body: ResetBody) -> Json:
        """Forget everything."""
        await self.world.reset(functions=body.functions)
        return {}


def _account(account: Account) -> Json:
    return {
        "id": account.account_id,
        "name": account.name,
        "currency": account.currency,
        "available": account.available,
        "cash": account.cash,
        "credit": account.credit,
        "uncleared": account.uncleared,
    }


def _route(body: Any, handler: Handler, summary: str) -> Route:  # noqa: ANN401 - a type form has no other name
    return Route(TypeAdapter(body), handler, summary)


def _reply(status: int, body: Json) -> Reply:
    text = json.dumps(body, ensure_ascii=False, default=str)
    return Reply(status, text.encode(), {"Content-Type": "application/json;charset=utf-8"})
