"""What the control side accepts, key by key: JSON objects, with amounts as decimal strings or numbers."""

# The annotations are read at run time, so their names are imported for real.
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from localcloud import direct_mail
from localcloud.faults import Kind


class Body(BaseModel):
    """A request's body: its keys and nothing else."""

    model_config = ConfigDict(extra="forbid")


class AccountBody(Body):
    """An account with the role through which it can be read."""

    id: str
    name: str = ""
    balance: Decimal = Decimal(0)
    """Cash; may be negative."""
    credit: Decimal = Decimal(0)
    quota: Decimal = Decimal(0)
    currency: str = "CNY"
    role_arn: str | None = None
    trusted_principal: str | None = None
    """Who may assume the role; by default everyone of the agency's account."""
    external_id: str | None = None
    revoked: bool = False
    billing_denied: bool = False
    max_session_seconds: int = 3600


class RoleBody(Body):
    """Whether a role's trust is taken back; keys that were given out before live on until they expire."""

    arn: str
    revoked: bool


class SpendBody(Body):
    """One charge (amount), or one for each hour from ``at`` on (hourly)."""

    account: str
    amount: Decimal | None = None
    hourly: list[Decimal] = []
    product: str = "ecs"
    subscription_type: str = "PayAsYouGo"
    at: AwareDatetime | None = None


class TransactionBody(Body):
    """Money that comes or goes: a top-up by default."""

    account: str
    amount: Decimal
    type: str = "Payment"
    flow: str = "Income"
    channel: str = "Alipay"
    remarks: str = ""
    at: AwareDatetime | None = None


class ClockBody(Body):
    """A time to jump to."""

    at: AwareDatetime
    frozen: bool = True


class AdvanceBody(Body):
    """Seconds to move forward; then what was spent and moved, dated at the new time unless it says otherwise."""

    seconds: float = 0
    spend: list[SpendBody] = []
    transactions: list[TransactionBody] = []


class SinceBody(Body):
    """Which messages to list: all but the first ``since``."""

    since: int = 0


class SmsBody(Body):
    """Approved signatures and templates (text by code)."""

    signatures: list[str] = []
    templates: dict[str, str] = {}


class MailBody(Body):
    """Confirmed sender addresses and tags."""

    senders: list[str] = []
    tags: list[str] = []


class ReviewBody(Body):
    """See ``sms_reviews.Review``."""

    status: Literal[0, 1, 2, 10] = 1
    reason: str = ""
    registered: dict[Literal["mobile", "unicom", "telecom"], Literal[-2, -1, 0, 1, 2, 3]] = {}


class SmsReviewsBody(Body):
    """What the reviewers say, by signature and by template code."""

    signatures: dict[str, ReviewBody] = {}
    templates: dict[str, ReviewBody] = {}


class StandingBody(Body):
    """See ``direct_mail.Standing``."""

    user_status: Literal[0, 1, 2, 4, 8] = 0
    daily_quota: int | None = None
    quota_level: int = 1


class SmsFateBody(Body):
    """See ``dysms.Fate``; phone ``*`` for all; delays in seconds."""

    phone: str
    refused: str | None = None
    error: str | None = None
    visible_after: float = 30
    receipt_after: float = 60


class MailFateBody(Body):
    """See ``direct_mail.Fate``; address ``*`` for all; the delay in seconds."""

    address: str
    listed_invalid: bool = False
    status: int = direct_mail.DELIVERED
    message: str = "250 Send Mail OK"
    receipt_after: float = 60


class FaultBody(Body):
    """See ``faults.Rule``."""

    service: str
    operation: str = "*"
    kind: Kind
    nth: int = 1
    times: int = 1
    code: str = "ServiceUnavailable"
    status: int = 503
    message: str = "The request has failed due to a temporary failure of the server."
    retry_after_ms: int | None = None
    accounts: frozenset[str] = frozenset()


class ClearBody(Body):
    """Which rules are dropped; all, unless some are named."""

    ids: list[int] | None = None


class WaitBody(Body):
    """The rule to wait for, until it has struck ``hits`` calls."""

    id: int
    hits: int = 1
    seconds: float = 10


class ResetBody(Body):
    """What is forgotten besides everything else: without its functions, a cloud keeps their warm instances."""

    functions: bool = True


class RequestsBody(Body):
    """Which part of the log to show."""

    since: int = 0
