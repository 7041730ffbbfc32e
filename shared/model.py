"""The nouns of arrears-alert, as frozen values.

Amounts are ``Decimal`` in the account's currency, times are aware UTC, days are Asia/Shanghai days.
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

_AHEAD_OF_UTC = timedelta(hours=8)
SHANGHAI = timezone(_AHEAD_OF_UTC, "Asia/Shanghai")
"""China has had no daylight saving time since 1991."""


def shanghai_day(at: datetime) -> date:
    """The Asia/Shanghai day of a moment: the day that bills and messages speak of."""
    if at.tzinfo is UTC:  # as nearly always: a third of the time that the conversion takes
        return (at + _AHEAD_OF_UTC).date()
    return at.astimezone(SHANGHAI).date()


def start_of_day(day: date) -> datetime:
    """The moment an Asia/Shanghai day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - _AHEAD_OF_UTC


# ---------------------------------------------------------------- accounts and people


class Language(StrEnum):
    """The languages that messages are written in."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


class ChannelName(StrEnum):
    """The ways a message can go."""

    SMS = "sms"
    MAIL = "mail"


@frozen
class Contact:
    """A person who is told about an account; the name is unique within the account."""

    name: str
    phone: str | None = None
    """Mainland mobile number, 11 digits; None if this person gets no SMS."""
    mail: str | None = None
    language: Language = Language.CHINESE
    timezone: str | None = None
    """Where this person's nights are, an IANA name; None: as the policy says."""
    quiet: tuple[time, time] | None = None
    """When this person's night begins and ends; None: as the policy says; the same time twice: there is none."""

    def address(self, channel: ChannelName) -> str | None:
        """Where this person is reached on ``channel``, if at all."""
        return self.phone if channel is ChannelName.SMS else self.mail


@frozen
class Account:
    """One customer account that the agency looks after."""

    account_id: str
    """The Alibaba Cloud UID, digits."""
    name: str
    contacts: tuple[Contact, ...]
    currency: str = "CNY"
    policy: str = "default"
    """The name of a policy in agency.yaml."""
    role_arn: str | None = None
    """The role in the customer's account that lets us read it; None for the agency's own account."""
    external_id: str | None = None
    paused: bool = False
    """A paused account is neither read nor spoken of."""
    own: bool = False
    """The agency's own account, which pays for SMS, functions and tables: its people are the staff. Never stored."""


# ---------------------------------------------------------------- what the provider says


@frozen
class Balance:
    """One reading of QueryAccountBalance."""

    at: datetime
    currency: str
    available_amount: Decimal
    """What can still be spent, unsettled usage deducted; negative in arrears. Vouchers are not in it."""
    credit_amount: Decimal = Decimal(0)
    """The credit line that is part of the available amount."""
    quota: Decimal = Decimal(0)
    """QuotaLimit: the quota that an agency of the ecosystem grants this account; 0 for none."""


class TransactionKind(StrEnum):
    """TransactionType of QueryAccountTransactions, in lower case."""

    PAYMENT = "payment"
    WITHDRAW = "withdraw"
    REFUND = "refund"
    CONSUMPTION = "consumption"
    TRANSFER = "transfer"
    ADJUST = "adjust"


class Transaction(NamedTuple):
    """A movement of money in an account."""

    transaction_id: str
    at: datetime
    kind: TransactionKind
    amount: Decimal
    """Positive into the account, negative out of it."""


class ProductCost(NamedTuple):
    """What one product cost on one day, by the daily bill (which comes 24 hours late)."""

    day: date
    product_code: str
    product_name: str
    billed_cost: Decimal
    prepaid: bool
    """A subscription: bought once, not burnt."""


# ---------------------------------------------------------------- spend


class Reading(NamedTuple):
    """The available amount at a moment: what the spend series is made of."""

    at: datetime
    available_amount: Decimal
    credit_amount: Decimal = Decimal(0)
    """The credit line that is part of the available amount: when it is raised or cut, nothing was paid or spent."""
    quota: Decimal = Decimal(0)


class Certainty(StrEnum):
    """How a figure of the spend series is known."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    MISSING = "missing"


class DaySpend(NamedTuple):
    """What an account spent on one day."""

    day: date
    amount: Decimal
    """What was burnt: zero where nothing is known, purchases not in it."""
    certainty: Certainty
    one_off: Decimal = Decimal(0)
    """What prepaid purchases took from the balance on that day, as far as its bill and the balance's fall agree."""


@frozen
class SpendHistory:
    """What is kept of an account's past, ready in one row: enough to tell its spend by day."""

    readings: tuple[Reading, ...] = ()
    """The last days' readings, oldest first; older ones are folded into ``days``."""
    days: tuple[DaySpend, ...] = ()
    """Closed days, oldest first."""
    movements: tuple[Transaction, ...] = ()
    """Top-ups, refunds and transfers of the time that ``readings`` cover, and the last top-up before."""
    products: tuple[ProductCost, ...] = ()
    """The daily bills of the last days."""
    movements_until: datetime | None = None
    """Up to when transactions were asked for."""
    bills_until: date | None = None
    """The last day whose bill was asked for."""
    currency: str | None = None
    """Of every amount here; None if nothing was read yet, or it was read before currencies were remembered."""
    former_currency: str | None = None
    """The currency before the last change; amounts in it are forgotten."""


@frozen
class SpendSeries:
    """One account's spend by day, gaps included, in one currency."""

    currency: str
    days: tuple[DaySpend, ...]
    """Consecutive closed days up to the one before ``today``, oldest first."""
    today: date
    spent_today: Decimal
    """Measured since the start of ``today``."""
    since: datetime | None = None
    """From when on spend is known at all; None if there is no reading."""
    one_off_today: Decimal = Decimal(0)
    """Prepaid purchases of ``today``; not in ``spent_today``."""
    usually_spent: float | None = None
    """The share of the last whole days' spend that was burnt by this time of the day, 0 to 1; None: not known."""

    @property
    def any_day_known(self) -> bool:
        """Whether it is known of any closed day what was spent."""
        return any(day.certainty is not Certainty.MISSING for day in self.days)

    @property
    def spent_this_month(self) -> Decimal:
        """What left the balance since the first of the month, purchases too, as far as it is known."""
        before_this_month = max(len(self.days) - self.today.day + 1, 0)
        spent = [d.amount + d.one_off for d in self.days[before_this_month:]]
        return self.spent_today + self.one_off_today + sum(spent, Decimal(0))


@frozen
class Runway:
    """When a balance ends, as a distribution: how long it lasts at each of ``projection.QUANTILES`` of spend."""

    as_of: datetime
    """The moment of the reading it starts from."""
    days_left: tuple[float, ...]
    """Days until the balance is spent if spend follows the quantile 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95:
    falling; 0 where it is spent already; ``inf`` where it is not in sight (beyond ``runway.FAR`` days)."""
    daily_spend: tuple[float, ...]
    """Mean spend a day over the next 14 days at the same quantiles."""
    days_known: int
    """Days of history that it rests on."""
    plain: bool = False
    """Whether it rests on plain lines, because the projection failed its backtest for this account."""


# ---------------------------------------------------------------- levels


class Level(IntEnum):
    """The ladder: how serious an account's situation is. The last two are facts, not projections."""

    HEALTHY = 0
    NOTICE = 1
    WARNING = 2
    CRITICAL = 3
    OVERDUE = 4
    SUSPENDED = 5

    label: str
    """As it is written in rows, settings and JSON."""

    def __init__(self, _number: int) -> None:
        self.label = self._name_.lower()

    @classmethod
    def of(cls, label: str) -> Level:
        """The level of that label; ``ValueError`` if there is none."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ValueError(f"no level is called {label!r}") from None


@frozen
class AlertState:
    """Where an account stands on the ladder, and what people were told of it."""

    level: Level = Level.HEALTHY
    since: datetime | None = None
    """When it came to this level."""
    told_level: Level = Level.HEALTHY
    """The level that people know of; it falls with the level, so that a second fall is told again."""
    worst_told: Level = Level.HEALTHY
    """The worst level that people were told of since it was last healthy."""
    told_at: datetime | None = None
    """When they were last told."""
    repeats: int = 0
    """How often the present level was told again."""
    overdue_since: datetime | None = None
    """When the available amount was first seen below zero."""
    seen_at: datetime | None = None
    """The run that last looked at the account, whether it could be read or not."""
    acknowledged_at: datetime | None = None
    """When somebody said that they know of the present level."""
    acknowledged_by: str = ""
    paying_until: datetime | None = None
    """Until when money is said to be under way; None if nobody said so, or it came."""
    paying_by: str = ""
    escalated_at: datetime | None = None
    """When staff were told that nobody reacts to the present level."""
    failed_runs: int = 0
    """Runs in a row in which the account could not be read."""
    failure: str = ""
    """The cause of the last failure, one word; empty while the account can be read."""
    short: Level | None = None
    """The level by the lines that speak of money running short, not of its use alone; None: the level itself."""
    told_short: Level | None = None
    """What people know of that; None: what they know of the level."""
    entering: tuple[tuple[Level, datetime], ...] = ()
    """Levels whose lines are crossed, and since when: what ``hold_for`` counts from."""
    suspended_since: datetime | None = None
    """When the grace was first seen to be used up."""
    warned_at: datetime | None = None
    """When people were first told of a warning or worse that nobody has paid for yet."""
    topped_up_at: datetime | None = None
    """When a payment was last seen."""
    road_told: datetime | None = None
    """Up to when people were told of the milestones of the road below zero."""
    reason: str = ""
    """Why people were told something, or nothing, in the last run: one of ``decisions.Reason``."""
    because: tuple[tuple[str, str], ...] = ()
    """The figures that the reason rests on, by name."""


class DayForecast(NamedTuple):
    """What was projected on the first reading of a day, kept until it can be scored."""

    day: date
    """The first day ahead."""
    made_at: datetime
    three_days: tuple[float, float, float]
    """The spend of the three days from ``day`` on, at the quantiles 0.10, 0.50 and 0.90."""
    week: tuple[float, float, float]
    """The spend of the seven days from ``day`` on, at the same quantiles."""
    ends_at: datetime | None
    """When the balance would likely end; None where not in sight."""


@frozen
class HorizonScore:
    """How the projections over one horizon came out; the older a day, the less it counts (`scorecard.FADING`)."""

    days: int = 0
    """Days scored so far."""
    weight: float = 0.0
    """What they count by now: the divisor of all that follows."""
    below: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Days whose spend was not above the quantile 0.10, 0.50, 0.90."""
    loss: float = 0.0
    """Pinball loss of the projection, of the seasonal naive and of the plain lines, in the account's currency."""
    naive_loss: float = 0.0
    plain_loss: float = 0.0


@frozen
class Scorecard:
    """How good the projection was for one account."""

    currency: str = ""
    """Of all amounts; a new currency starts a new scorecard."""
    pending: tuple[DayForecast, ...] = ()
    """Not yet scored, oldest first."""
    three_days: HorizonScore = HorizonScore()
    week: HorizonScore = HorizonScore()
    ended: int = 0
    """How often the balance ran out with a forecast of its end at hand."""
    end_error_hours: float = 0.0
    """The sum over these of how far the end was from the forecast made about three days before."""


class PaidAfter(NamedTuple):
    """One time that an account was topped up after its people were warned."""

    warned_at: datetime
    paid_at: datetime


class AsRead(NamedTuple):
    """A part of a stored row."""

    value: object
    """As it was understood."""
    written: Any
    """As it stands in the row, in plain values of JSON."""


@frozen
class Standing:
    """Where an account stands, without the past that it rests on, which takes fifty times the memory."""

    account_id: str
    alert: AlertState
    read_at: datetime | None = None
    """Of the last reading."""


@frozen
class AccountState:
    """What is remembered of an account between two runs: one stored row."""

    account_id: str
    version: int = 0
    """Of the stored row that was read; 0 if there is none yet."""
    alert: AlertState = AlertState()
    history: SpendHistory = SpendHistory()
    scorecard: Scorecard = Scorecard()
    paid_after: tuple[PaidAfter, ...] = ()
    """How long paying took after a warning, the last times, oldest first."""
    as_read: Mapping[str, AsRead] = field(default_factory=dict, compare=False, repr=False)
    """Parts of the row that was read: those that are the same at the end of a run are written as they were read."""

    @property
    def standing(self) -> Standing:
        """Where the account stands."""
        last = self.history.readings[-1:]
        return Standing(self.account_id, self.alert, last[0].at if last else None)


class Topic(StrEnum):
    """What a notification is about."""

    LEVEL = "level"
    """The account entered, or still is at, a level of the ladder."""
    RECOVERED = "recovered"
    """A warning that was delivered no longer holds."""
    RECEIPT = "receipt"
    """Somebody paid: what came in, and how long it lasts now."""
    RELEASE = "release"
    """Below zero: data will be released soon."""
    RELEASED = "released"
    """Below zero: the time after which data is released has passed."""
    UNREADABLE = "unreadable"
    """To staff: the account could not be read for some time."""
    TASK = "task"
    """To staff: something to do, see ``TaskKind``."""
    DRILL = "drill"
    """To staff: somebody tries whether messages arrive."""
    BUNDLE = "bundle"
    """Several accounts of one person's, in one message."""


STANDING = frozenset({Topic.LEVEL, Topic.RECEIPT, Topic.RELEASE, Topic.RELEASED})
"""Topics that say where an account stands while it is at a level."""


class TaskKind(StrEnum):
    """What staff are asked to look into."""

    UNACKNOWLEDGED = "unacknowledged"
    """People were told, and nobody paid or said a word within the time that the policy waits."""
    NOBODY_REACHED = "nobody_reached"
    """No message of a warning arrived, and there is nobody else to tell."""
    CONTACT_BAD = "contact_bad"
    """The provider will not take this number or address."""
    MESSAGE_REFUSED = "message_refused"
    """The provider will not take the message as it is worded."""
    CHANNEL_DOWN = "channel_down"
    """Nothing goes out on a channel until somebody mends it."""
    CODE_UNLISTED = "code_unlisted"
    """The provider answered with a code that the tables do not know."""
    OVERDUE = "overdue"
    """An account is below zero."""
    SUSPENDED = "suspended"
    """An account's grace is used up: its services have stopped."""
    RELEASE = "release"
    """An account's data will be released soon."""
    RELEASED = "released"
    """The time after which an account's data is released has passed."""
    AGENCY_SHORT = "agency_short"
    """The agency's own account is short: messages that would blame customers are held."""
    SILENCE_ENDED = "silence_ended"
    """A silence is over, and the account that it was about is still low: its people are told now."""
    BUDGET_REACHED = "budget_reached"
    """The day's share of messages or money is used up; what is not urgent waits."""
    CONFIG_BAD = "config_bad"
    """A stored version of agency.yaml cannot be used; the one before it is."""


@frozen
class StaffTask:
    """Something for staff to do. The same kind and key is one task, however often it comes up."""

    kind: TaskKind
    key: str
    """What makes it the same: an address's hash, a code and a day, an account and a stored version."""
    account_id: str
    level: Level
    about: str
    """What it is about, in a few words: a masked address, a channel, an account's name."""
    code: str = ""
    """The provider's, if there is one."""

    @property
    def filed_under(self) -> str:
        """The account that its messages are kept with: the same for every occasion on which the task comes up."""
        return self.account_id if self.kind in _OF_ONE_ACCOUNT else AGENCY


_OF_ONE_ACCOUNT = frozenset(
    {
        TaskKind.UNACKNOWLEDGED,
        TaskKind.NOBODY_REACHED,
        TaskKind.MESSAGE_REFUSED,
        TaskKind.OVERDUE,
        TaskKind.SUSPENDED,
        TaskKind.RELEASE,
        TaskKind.RELEASED,
        TaskKind.SILENCE_ENDED,
    }
)
AGENCY = "agency"
"""In the place of an account's id: what concerns the agency, whichever account it was met with."""
BUNDLES = "bundles"
"""In the place of an account's id: messages that speak of several accounts."""


@frozen
class ProductChange:
    """What one product burnt on the day of the last bill, beside the days before."""

    code: str
    name: str
    cost: Decimal
    before: Decimal | None
    """The mean of the billed days before, to the cent; None if there are none."""


# ---------------------------------------------------------------- delivery


class DeliveryStatus(StrEnum):
    """The life of a message; see ``delivery.py`` for the machine."""

    PENDING = "pending"
    SENDING = "sending"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SENT = "sent"
    REFUSED = "refused"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNCONFIRMED = "unconfirmed"
    """Perhaps it arrived: no receipt came in the time that receipts come in, or it was handed over often enough."""
    RESERVED = "reserved"
    """Goes out only if the message that it stands in for does not arrive."""
    SPARED = "spared"
    """It was not needed: the message that it stood in for arrived."""
    REPLACED = "replaced"
    """It did not get out in time: the message that stands in for it went instead."""
    BUNDLED = "bundled"
    """It goes out within a message that speaks of several accounts, and shares its fate."""


@frozen
class SmsContent:
    """What SendSms needs besides the number."""

    sign_name: str
    template_code: str
    parameters: tuple[tuple[str, str], ...]
    text: str
    """The whole text as the phone shows it, signature included."""


@frozen
class MailContent:
    """What SingleSendMail needs besides the address."""

    subject: str
    html: str
    text: str


@frozen
class Summary:
    """What a bundle says of one account, in the contact's language: rendered when the message is."""

    language: Language
    name: str
    """The account's, on one line."""
    as_of: datetime
    """When the balance was read."""
    end: str = ""
    """Of an SMS: when the balance ends, as the text says it."""
    ends_at: datetime | None = None
    """The likely end, or the early one; None where not in sight, or past."""
    figures: tuple[tuple[str, str], ...] = ()
    """Of a mail: label and value."""
    digest: bool = False
    """Whether a mail waits for the digest."""


@frozen
class Message:
    """One rendered message to one person on one channel, and how far it got.

    Delivery looks nothing else up and cannot change what it means.
    """

    message_id: str
    """From the account's stored version that was read, never from the clock; also OutId and the mail's reference."""
    account_id: str
    contact: str
    channel: ChannelName
    address: str
    topic: Topic
    level: Level
    content: SmsContent | MailContent
    queued_at: datetime
    due: datetime
    """When the next step may be taken."""
    status: DeliveryStatus = DeliveryStatus.PENDING
    version: int = 0
    """Of the stored row; each write asks for the one it read."""
    attempts: int = 0
    """How often it was handed to the provider, or may have been."""
    first_sent_at: datetime | None = None
    """When it was first handed to the provider: where a search for it begins."""
    provider_id: str | None = None
    reason: str = ""
    """Why it is in this status, with the provider's code."""
    history: tuple[tuple[datetime, DeliveryStatus, str], ...] = field(default=())
    """Every transition: when, into what, why."""
    stands_in_for: str | None = None
    """The message that this one goes out for if that one does not arrive."""
    fallback: str | None = None
    """The message that stands in for this one."""
    patience: timedelta = timedelta(0)
    """Of a message that stands in for another: how long that one has to arrive."""
    summary: Summary | None = None
    """What a bundle would say in its place; None: it goes out by itself."""
    bundled_in: str | None = None
    """The bundle that it goes out within, or last went out within."""
    members: tuple[tuple[str, str], ...] = ()
    """Of a bundle: account and id of each message in it, the most urgent first."""


@frozen
class Sending:
    """A message that was handed to a provider: what counts towards the limits of a day."""

    at: datetime
    channel: ChannelName
    line: str
    """Signature, template and number, or the address, as a short hash: what a provider limits together."""
    price: Decimal
    """In CNY."""


@frozen
class Usage:
    """What was handed over in the last 24 hours: one stored row."""

    version: int = 0
    sendings: tuple[Sending, ...] = ()


@frozen
class BadAddress:
    """A number or address that a provider will not take."""

    key: str
    """Its hash, see ``masking.address_key``: the address itself is not kept here."""
    channel: ChannelName
    since: datetime
    code: str


@frozen
class Receipt:
    """What the provider says of a message that it knows."""

    status: DeliveryStatus
    """SENT (accepted, on its way), DELIVERED or UNDELIVERED."""
    provider_id: str | None
    code: str = ""
