"""An account's stored hours, judged again by a configuration: what its people would have been told.

The policy that judges is the one that judges every hour in earnest; here its decisions are written down instead of
sent. Hours in which nothing can change are passed over, see ``steady``.

What people said (acknowledgements, payments announced) and what staff silenced holds here as it did then; an
acknowledgement means whatever level this configuration has the account at. What cannot be replayed: that the agency's
own account was short; that messages went out within one, or were put off and dropped; and stand-ins: the first message
of each is taken to arrive. What lies ahead below zero is told of the products that are billed today.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from shared.audit import Word
from shared.decisions import decide
from shared.frozen import frozen, replace
from shared.judgement import judge
from shared.messages.sms import textable
from shared.model import AlertState, ChannelName, Level, PaidAfter, Topic
from shared.notifications import channels_for, due_at, plan, task_channels
from shared.policy import fail
from shared.steady import steady

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from shared.audit import WordEntry
    from shared.config import Config, Policy
    from shared.consequences_data import ProductRule
    from shared.decisions import Decision, Reason
    from shared.model import Account
    from shared.silences import Silence
    from shared.snapshot import Figures, Snapshot
    from shared.steady import Steady


@frozen
class Past:
    """One account as it is stored."""

    account: Account
    snapshots: Sequence[Snapshot]
    """Hour by hour, oldest first. Those that an older program stored have no figures: they are left out."""
    record: tuple[PaidAfter, ...] = ()
    """How long paying took, oldest first; at each hour only what was paid by then counts."""
    products: tuple[ProductRule, ...] = ()
    """What is billed, as of today: what stops and is released below zero."""
    words: tuple[WordEntry, ...] = ()
    """Who knew of it, and who said that money was under way, oldest first."""
    silences: tuple[Silence, ...] = ()
    """All that were ever set; those that do not mean this account mute nothing here."""


@frozen
class Telling:
    """One time that people would have been told something."""

    at: datetime
    """The hour in which it was decided."""
    heard_at: datetime
    """When the messages could go out: later where quiet hours hold them."""
    topic: Topic
    level: Level
    reason: Reason
    sms: int = 0
    """Each counts as one piece, as nearly all of them are billed; those to staff are counted too."""
    mails: int = 0


@frozen
class Replayed:
    """What one configuration would have told of one account."""

    account_id: str
    tellings: tuple[Telling, ...]
    """Oldest first."""
    hours: int
    """Hours that were judged."""
    unread: int
    """Hours in which the account could not be read: judged as that."""
    left_out: int
    """Hours that an older program stored, without what a policy looks at."""
    asked: int
    """Hours in which the policy was asked, because something could have changed."""


def replay(past: Past, config: Config, *, every_hour: bool = False) -> Replayed:
    """Judge an account's hours by ``config``, as if nobody had been told anything before the first of them.

    Args:
        past: The account and its hours.
        config: The configuration.
        every_hour: Ask the policy in every hour; what comes out is the same, and takes long.

    Raises:
        InvalidInput: The account names a policy that the configuration lacks.
    """
    account = _watched(past.account, config)
    if account is None:
        return Replayed(past.account.account_id, (), 0, 0, 0, 0)
    return _Replay(account, past, config, every_hour=every_hour).run()


def _watched(account: Account, config: Config) -> Account | None:
    """The agency's own account has the people and the policy that each configuration gives it, or is not watched."""
    if not account.own:
        return account
    own = config.watched_own()
    return own if own is not None and own.account_id == account.account_id else None


class _Replay:
    """One account on its way through its hours."""

    def __init__(self, account: Account, past: Past, config: Config, *, every_hour: bool) -> None:
        self._account, self._past, self._config = account, past, config
        self._policy = config.policy_for(account.account_id, account.policy)
        self._paid = [one.paid_at for one in past.record]
        self._silences = tuple(one for one in past.silences if one.selector.covers(account))
        self._said = 0
        self._every_hour = every_hour
        self._alert = AlertState()
        self._tellings: list[Telling] = []
        self._channels: dict[tuple[Topic, Level], list[ChannelName]] = {}

    def run(self) -> Replayed:
        """Pass through all hours."""
        hours = unread = left_out = asked = 0
        sure: Steady | None = None
        for snapshot in self._past.snapshots:
            figures = snapshot.figures
            if figures is not None:
                hours += 1
                if sure is not None and sure.holds(figures):
                    continue
                asked += 1
                sure = self._look(figures)
            elif snapshot.failure:
                unread, sure = unread + 1, None
                self._miss(snapshot)
            else:
                left_out += 1
        tellings = tuple(self._tellings)
        return Replayed(self._account.account_id, tellings, hours, unread, left_out, asked)

    def _listen(self, now: datetime) -> None:
        """Take in what was said up to this hour; of an account that is well there was nothing to say."""
        words = self._past.words
        while self._said < len(words) and words[self._said].at <= now:
            if self._alert.level > Level.HEALTHY:
                self._alert = _heard(self._alert, words[self._said])
            self._said += 1

    def _look(self, figures: Figures) -> Steady | None:
        """One hour that was read; what the next ones may be passed over by."""
        self._listen(figures.at)
        known = bisect_right(self._paid, figures.at)
        if figures.paid_after != (record := self._past.record[:known]):
            figures = replace(figures, paid_after=record)
        before = self._alert
        found = judge(self._account, before, figures, self._policy, lambda: self._past.products, self._silences)
        decision = found.decision
        self._remember(decision, figures.at)
        if self._every_hour or decision.topic is not None or not _same(before, decision.alert):
            return None
        sure = steady(decision.alert, self._policy, found.evaluation, figures, found.road)
        if sure is None:
            return None
        until = min((sure.until, *self._paid[known : known + 1], *self._turns(figures.at)))
        return replace(sure, until=until)

    def _turns(self, now: datetime) -> Iterator[datetime]:
        """When something is said next, and when silences begin and end."""
        yield from (word.at for word in self._past.words[self._said : self._said + 1])
        yield from (at for one in self._silences for at in (one.begins_at, one.until) if at > now)

    def _miss(self, snapshot: Snapshot) -> None:
        self._listen(snapshot.at)
        after = fail(self._alert, snapshot.failure, snapshot.at)
        self._remember(decide(self._alert, after, self._policy, None), snapshot.at)

    def _remember(self, decision: Decision, at: datetime) -> None:
        self._alert = decision.alert
        if decision.topic is not None:
            self._tellings.append(self._telling(decision, at))

    def _telling(self, decision: Decision, at: datetime) -> Telling:
        topic, level = decision.topic, decision.alert.level
        assert topic is not None, "nothing was told"
        told = topic, level
        if told not in self._channels:
            self._channels[told] = list(_to_people(topic, level, self._account, self._policy, self._config))
        channels = [*self._channels[told], *_to_staff(decision, self._account, self._config)]
        due = at if topic is Topic.TASK else due_at(level, topic, self._policy.quiet, at)
        sms = channels.count(ChannelName.SMS)
        return Telling(at, due, topic, level, decision.reason, sms, len(channels) - sms)


def _heard(alert: AlertState, word: WordEntry) -> AlertState:
    if word.word is Word.KNOWN:
        return replace(alert, acknowledged_at=word.at, acknowledged_by=word.who)
    if word.word is Word.PAYING:
        return replace(alert, paying_until=word.until, paying_by=word.who)
    return alert


def _same(before: AlertState, after: AlertState) -> bool:
    """Whether an hour left the state as it was, but for its own mark."""
    return replace(after, seen_at=before.seen_at, reason=before.reason, because=before.because) == before


# ---------------------------------------------------------------- messages


def _to_people(topic: Topic, level: Level, account: Account, policy: Policy, config: Config) -> Iterator[ChannelName]:
    """The channel of each message that goes out at once."""
    if topic is Topic.TASK:
        return
    staff = topic is Topic.UNREADABLE
    everyone = config.staff_contacts if staff else account.contacts
    people = [textable(contact, topic, config.messages) for contact in everyone]
    at_once = None if staff else policy.reach.at_once.at(level)
    for track in plan(people, channels_for(topic, level, policy), at_once, frozenset()):
        yield track[0].channel


def _to_staff(decision: Decision, account: Account, config: Config) -> Iterator[ChannelName]:
    """A task goes to all staff, on the channels of its kind; of their own account they hear as its people."""
    if decision.task is None or (account.own and decision.topic is not Topic.TASK):
        return
    for contact in config.staff_contacts:
        yield from (channel for channel in task_channels(decision.task, contact) if contact.address(channel))
