"""Whatever happens, in whatever order: once things settle, who must know does, and nobody hears a thing twice.

``STATEFUL_EXAMPLES`` and ``STATEFUL_STEPS`` make it look further, at other stories each time (``make stateful``).
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from shared.model import Contact, shanghai_day, start_of_day
from tests.agency import CHECK, DELIVER, Agency, write_config
from tests.flows.promises import Watch, broken_promises

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cloud import RunningCloud

WANG = Contact("王丽", "13800000001", "wang@example.com")
LI = Contact("李强", "13800000002", "li@example.com")
ZHAO = Contact("赵敏", "13800000003")
CHEN = Contact("陈静", None, "chen@example.com")
PEOPLE = (WANG, LI, ZHAO, CHEN)
PHONES = tuple(one.phone for one in PEOPLE if one.phone)
MAILS = tuple(one.mail for one in PEOPLE if one.mail)
QUIET = {"start": "22:00", "end": "08:00", "timezone": "Asia/Shanghai", "let_through": "critical"}
DIGEST = {"up_to": "warning", "at": "09:00"}

OPERATIONS = (
    ("dysms", "SendSms"),
    ("dysms", "QuerySendDetails"),
    ("dm", "SingleSendMail"),
    ("dm", "SenderStatisticsDetailByParam"),
    ("bss", "*"),
    ("sts", "*"),
)
KINDS = ("error", "error_after", "reset_before", "reset_after", "truncated", "html")
STORE_KINDS = ("reset_before", "reset_after", "bad_checksum", "duplicate", "truncated", "kill", "kill_after")
CODES = (
    "isv.BUSINESS_LIMIT_CONTROL",
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.PARAM_LENGTH_LIMIT",
    "isv.AMOUNT_NOT_ENOUGH",
    "isp.SYSTEM_ERROR",
    "isv.NEVER_HEARD_OF",
)
CARRIER_CODES = ("MOBILE_NOT_ON_SERVICE", "MOBILE_SEND_LIMIT")


class Trouble(NamedTuple):
    """A fault rule of the local cloud."""

    service: str
    kind: str
    rule: dict[str, Any]


def troubles() -> st.SearchStrategy[Trouble]:
    """A service that breaks off before or after it did what was asked; a code of the SMS provider's; a bad store."""
    often = st.sampled_from((1, 2, 5, -1))
    services = st.builds(
        lambda what, kind, times: Trouble(what[0], kind, {"operation": what[1], "times": times}),
        st.sampled_from(OPERATIONS),
        st.sampled_from(KINDS),
        often,
    )
    codes = st.builds(
        lambda code, times: Trouble("dysms", "business", {"operation": "SendSms", "code": code, "times": times}),
        st.sampled_from(CODES),
        often,
    )
    store = st.builds(
        lambda kind, nth: Trouble("tablestore", kind, {"nth": nth}), st.sampled_from(STORE_KINDS), st.integers(1, 30)
    )
    return st.one_of(services, services, codes, store)


accounts = st.integers(0, 2)
people = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True)
spending = st.tuples(*[st.sampled_from((0, 150, 600, 1500))] * 3)


class Customers(RuleBasedStateMachine):
    """Three customers, their money and their people; an agency with its timers; and a cloud that has bad days."""

    agency: Agency
    directory: Path

    def __init__(self) -> None:
        super().__init__()
        self.agency.start_over()
        self.watch = Watch(self.agency)
        self._write(2000, 400, quiet=False)

    @initialize(
        contacts=st.tuples(people, people, people), balances=st.tuples(*[st.sampled_from((300, 1900, 2600))] * 3)
    )
    def begin(self, contacts: tuple[list[Contact], ...], balances: tuple[int, ...]) -> None:
        """The first look."""
        for number, (who, balance) in enumerate(zip(contacts, balances, strict=True), 1):
            self.agency.watch(number, balance, contacts=tuple(who))
        self._run()

    # ------------------------------------------------------------ money and time

    @rule(hours=st.integers(1, 3), spent=spending, trouble=st.lists(troubles(), max_size=2))
    def hours_pass(self, hours: int, spent: tuple[int, ...], trouble: list[Trouble]) -> None:
        """Both timers fire each hour, on a good day or a bad one."""
        for one in trouble:
            self.agency.cloud.control.add_fault(one.service, one.kind, **one.rule)
        for _ in range(hours):
            self.agency.wait(minutes=55)
            for account, amount in zip(self.agency.accounts, spent, strict=True):
                if amount:
                    self.agency.spend(account, amount)
            self._run()

    @rule(spent=spending)
    def night_passes(self, spent: tuple[int, ...]) -> None:
        """Something is spent before midnight; the timers fire then, after it, and at eight."""
        evening = start_of_day(shanghai_day(self.agency.now)) + timedelta(hours=23)
        self.agency.wait(seconds=max((evening - self.agency.now).total_seconds(), 0))
        for account, amount in zip(self.agency.accounts, spent, strict=True):
            if amount:
                self.agency.spend(account, amount)
        self._run()
        self.agency.wait(hours=4)
        self._run()
        self.agency.wait(hours=5)
        self.agency.fire(DELIVER)

    @rule(who=accounts, amount=st.sampled_from((100, 1500, 6000)))
    def top_up(self, who: int, amount: int) -> None:
        """A customer pays."""
        self.watch.top_up(self.agency.accounts[who], amount)

    @rule(minutes=st.sampled_from((4, 35, 1500)))
    def clock_steps(self, minutes: int) -> None:
        """Time passes in which nothing ran."""
        self.agency.wait(minutes=minutes)

    # ------------------------------------------------------------ what staff do

    @rule(warning=st.sampled_from((800, 2000, 3000)), critical=st.sampled_from((100, 400)), quiet=st.booleans())
    def edit_thresholds(self, warning: int, critical: int, *, quiet: bool) -> None:
        """Other lines from now on."""
        self._write(warning, critical, quiet=quiet)

    @rule(who=accounts, contacts=people)
    def edit_contacts(self, who: int, contacts: list[Contact]) -> None:
        """The list is imported again."""
        account = replace(self.agency.accounts[who], contacts=tuple(contacts))
        self.agency.accounts[who] = account
        self.agency.stores.accounts.save_accounts([account])

    # ------------------------------------------------------------ bad days

    @rule(phone=st.sampled_from(PHONES), error=st.sampled_from((None, *CARRIER_CODES)), hours=st.integers(0, 5))
    def phones_are_off(self, phone: str, error: str | None, hours: int) -> None:
        """What becomes of SMS from now on, and how late their receipts are."""
        self.agency.cloud.control.sms_fate(phone, error=error, receipt_after=60 + 3600 * hours)

    @rule(mail=st.sampled_from(MAILS), status=st.sampled_from((0, 2, 4)), hours=st.integers(0, 5))
    def mailboxes_are_full(self, mail: str, status: int, hours: int) -> None:
        """What becomes of mails from now on, and how late their receipts are."""
        self.agency.cloud.control.mail_fate(mail, status=status, receipt_after=60 + 3600 * hours)

    @rule()
    def bad_days_end(self) -> None:
        """All services are well again."""
        self.agency.cloud.control.clear_faults()

    # ------------------------------------------------------------ timers

    @rule(timer=st.sampled_from((CHECK, DELIVER)), times=st.integers(1, 3), overlap=st.booleans())
    def timer_fires(self, timer: tuple[str, str], times: int, *, overlap: bool) -> None:
        """A timer fires once, or is delivered again, at the same moment or after."""
        self.agency.fire(timer, times=times, overlap=overlap)
        self.watch.look()

    # ------------------------------------------------------------ the end

    def teardown(self) -> None:
        """Things settle; then every promise must have been kept."""
        if not self.agency.accounts:
            return
        control = self.agency.cloud.control
        control.clear_faults()
        for phone in PHONES:
            control.sms_fate(phone)
        for mail in MAILS:
            control.mail_fate(mail)
        self.watch.settle()
        broken = broken_promises(self.watch)
        assert not broken, "\n".join(broken)

    def _run(self) -> None:
        self.agency.check()
        self.watch.look()
        self.agency.wait(minutes=5)
        self.agency.fire(DELIVER)

    def _write(self, warning: int, critical: int, *, quiet: bool) -> None:
        lines = {
            "warning": {"enter_below": warning, "leave_at": warning + 500},
            "critical": {"enter_below": critical, "leave_at": critical + 200},
        }
        reach = {"at_once": {"warning": 1, "critical": 1}}
        changes: dict[str, Any] = {"available_amount": lines, "runway": None, "risk": None, "reach": reach}
        if quiet:
            changes |= {"quiet": QUIET, "digest": DIGEST}
        write_config(self.directory, bundle={"sms_from": 2, "mail_from": 2}, **{"quiet": None} | changes)


def test_whatever_happens_promises_are_kept(cloud: RunningCloud, tmp_path: Path) -> None:
    agency_ = Agency(cloud, write_config(tmp_path))

    class Here(Customers):
        agency, directory = agency_, tmp_path

    further = "STATEFUL_EXAMPLES" in os.environ
    profile = settings(
        max_examples=int(os.environ.get("STATEFUL_EXAMPLES", "6")),
        stateful_step_count=int(os.environ.get("STATEFUL_STEPS", "25")),
        deadline=None,
        derandomize=not further,
        database=None,
        phases=(Phase.generate, Phase.shrink) if further else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=profile)
