"""What can be wrong with the watcher itself: a closed set, and what each one means for the warnings."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from shared.frozen import frozen

if TYPE_CHECKING:
    from datetime import datetime


class Flaw(StrEnum):
    """Something that keeps warnings from people, or soon may."""

    NOT_TOLD = "not_told"
    """An account is at a level, and no message of it arrived or is on its way."""
    NOBODY_TO_TELL = "nobody_to_tell"
    """None of an account's contacts can be reached on the channels of its level."""
    NOT_SEEN = "not_seen"
    """An account was not looked at for more than two runs, or never."""
    STAFF_NOT_TOLD = "staff_not_told"
    """An account cannot be read for longer than its policy waits, and staff have no message of it."""
    MESSAGE_STUCK = "message_stuck"
    """The next step of a message is long overdue."""
    ROW_MALFORMED = "row_malformed"
    """A stored row cannot be read back."""
    POLICY_MISSING = "policy_missing"
    """An account names a policy that is not in agency.yaml."""
    SIGN_NOT_APPROVED = "sign_not_approved"
    SIGN_LAPSED = "sign_lapsed"
    """A carrier dropped the signature: nothing was sent with it for six months."""
    SIGN_NOT_REGISTERED = "sign_not_registered"
    """A carrier refused the signature, or was never asked to register it."""
    SIGN_PENDING = "sign_pending"
    """A carrier has not decided yet."""
    TEMPLATE_NOT_APPROVED = "template_not_approved"
    TEMPLATE_DIFFERS = "template_differs"
    """What was approved is not the text that messages are made for."""
    MAIL_NOT_IN_ORDER = "mail_not_in_order"
    """The mail account is frozen, overdue, restricted or gone."""
    MAIL_QUOTA = "mail_quota"
    """No mail may be sent today."""
    CHANNEL_SILENT = "channel_silent"
    """The provider could not be asked how a channel is."""
    CONFIG_INVALID = "config_invalid"
    """No stored version can be used, and the file has problems: nothing runs."""
    CONFIG_VERSION_BAD = "config_version_bad"
    """A stored version cannot be used; the one before it is."""
    CONFIG_DIFFERS = "config_differs"
    """The file says something else than the stored version, which is in force."""
    STORE_SILENT = "store_silent"
    TABLE_MISSING = "table_missing"
    """A table cannot be read."""
    NO_CHECK = "no_check"
    """The hourly check does not run."""
    NO_STAFF = "no_staff"
    OWN_UNWATCHED = "own_unwatched"
    NO_HEARTBEAT = "no_heartbeat"
    CONTACT_UNREACHABLE = "contact_unreachable"
    """A contact has neither phone nor mail."""
    NO_ROLE = "no_role"
    """A customer's account without a role: what would be read is the agency's own balance."""
    OWN_IN_ROSTER = "own_in_roster"
    CURRENCY_DIFFERS = "currency_differs"
    TOO_MANY_ACCOUNTS = "too_many_accounts"
    """More than one run has the time to assume roles for; the others are left to its retries."""
    FUNCTION_MISSING = "function_missing"
    FUNCTION_TROUBLED = "function_troubled"
    """The platform says that a function cannot run, or that its last deployment failed."""
    FUNCTION_DIFFERS = "function_differs"
    """A function is deployed with other settings than s.yaml's."""
    DEPLOYED_APART = "deployed_apart"
    """The functions were not deployed together."""
    TIMER_MISSING = "timer_missing"
    TIMER_OFF = "timer_off"
    TIMER_DIFFERS = "timer_differs"
    """A timer fires at other times than s.yaml says."""
    TIMER_EXTRA = "timer_extra"
    """A function has a timer that s.yaml does not know."""
    COMPUTE_SILENT = "compute_silent"
    """It could not be asked what is deployed."""
    UNREADABLE = "unreadable"
    """An account cannot be read, and whoever has to know was told."""


MINOR = frozenset(
    {
        Flaw.SIGN_PENDING,
        Flaw.OWN_UNWATCHED,
        Flaw.NO_HEARTBEAT,
        Flaw.CONFIG_DIFFERS,
        Flaw.CONTACT_UNREACHABLE,
        Flaw.DEPLOYED_APART,
        Flaw.FUNCTION_DIFFERS,
        Flaw.OWN_IN_ROSTER,
        Flaw.TIMER_DIFFERS,
        Flaw.TIMER_EXTRA,
        Flaw.TOO_MANY_ACCOUNTS,
        Flaw.UNREADABLE,
    }
)
"""Worth mending, while every warning still finds its way: the heartbeat goes on."""


@frozen
class Finding:
    """One thing that is wrong."""

    flaw: Flaw
    subject: str
    """What it is wrong with: an account id, a template's code, a table."""
    detail: str = ""
    """A level, a provider's word, a cause; never a person's address."""
    since: datetime | None = None
    """Since when, where that is known."""

    @property
    def serious(self) -> bool:
        """Whether warnings are kept from people: then the heartbeat stops."""
        return self.flaw not in MINOR
