"""The watcher watched: the own account, the channels, the auditor and its heartbeat, doctor and drill."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from localcloud.serverless import deploy, read_functions
from shared.app.auditor import audit
from shared.app.cli import main
from shared.app.doctor import CHECK_TIMEOUT
from shared.app.in_force import config_in_force
from shared.app.wiring import open_health, open_heartbeat
from shared.model import Contact, DeliveryStatus, Level
from shared.state.tables import TABLES
from tests.agency import AUDIT, CHECK, DELIVER, ROOT, Agency, write_config
from tests.listener import Listener, listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.model import Account
    from tests.cloud import RunningCloud

LINES = {"quantile": 0.5, "notice": None, "warning": {"enter_below": 7, "leave_at": 9}, "critical": None}
STAFF = ("oncall@example.com", "13800138000")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as one:
        yield one


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path, listener: Listener) -> Agency:
    """An agency whose own account, the one that its key belongs to, is watched, and whose sign of life is heard."""
    top = {"own_account": {"account_id": cloud.account_id, "policy": "own"}, "heartbeat_url": listener.url}
    return Agency(cloud, write_config(tmp_path, top, runway=LINES, risk=None, quiet=None))


def open_own(agency: Agency, balance: float) -> Account:
    """The agency's own account has so much left."""
    agency.cloud.control.open_accounts({"id": agency.cloud.account_id, "balance": str(balance)})
    own = agency.own
    agency.accounts.append(own)
    return own


def test_staff_hear_of_the_own_account_weeks_ahead(agency: Agency) -> None:
    own = open_own(agency, 2400)
    agency.days(0.25, own, daily=100)
    agency.deliver()
    assert Level.HEALTHY < agency.level(own) < Level.OVERDUE
    assert {(channel, address) for channel, address, _ in agency.received()} == {("mail", STAFF[0]), ("sms", STAFF[1])}
    mail = agency.cloud.control.mail()[-1]
    assert "所有客户的预警都会无声中断" in mail["text"]
    assert "只发给云桥科技的员工" in mail["text"]


def test_the_own_account_is_read_and_remembered_before_any_other(agency: Agency) -> None:
    open_own(agency, 10)
    agency.watch(1, 10)
    agency.check()
    log = [operation for _, service, operation in agency.cloud.control.log() if service in {"bss", "sts", "tablestore"}]
    reads = [n for n, operation in enumerate(log) if operation == "QueryAccountBalance"]
    assert log.index("AssumeRole") > reads[0]
    assert "BatchWriteRow" in log[reads[0] : log.index("AssumeRole")]


def test_an_own_account_that_cannot_be_read_stops_nobody(agency: Agency) -> None:
    account = agency.watch(1, -10)
    agency.cloud.control.open_accounts({"id": agency.cloud.account_id, "balance": "5", "billing_denied": True})
    agency.check()
    assert agency.level(account) is Level.OVERDUE
    assert agency.state(agency.own).alert.failure == "access_revoked"


def test_a_row_of_the_roster_for_the_own_account_is_passed_over(agency: Agency) -> None:
    own = open_own(agency, -5)
    agency.stores.accounts.save_accounts([own])
    assert [run["outcome"] for run in agency.check()] == ["Succeeded"]
    agency.deliver()
    assert agency.received() == [("mail", STAFF[0], "suspended"), ("sms", STAFF[1], "suspended")]


# ---------------------------------------------------------------- the auditor


def found(agency: Agency) -> list[tuple[str, str]]:
    """What the auditor finds now, on our side: flaw and subject."""
    in_force = config_in_force(agency.settings, agency.stores)
    config, here = in_force.config, agency.settings
    report = audit(agency.stores, in_force, open_health(here, config), open_heartbeat(here, config), agency.now)
    return [(finding.flaw.value, finding.subject) for finding in report.findings]


def test_the_sign_of_life_is_given_while_everybody_is_told(agency: Agency, listener: Listener) -> None:
    open_own(agency, 100_000)
    agency.watch(1, -5)
    agency.check()
    agency.deliver()
    assert [run["outcome"] for run in agency.fire(AUDIT)] == ["Succeeded"]
    assert listener.visits == ["/alive"]


def test_the_second_environment_never_gives_the_firsts_sign_of_life(agency: Agency, listener: Listener) -> None:
    open_own(agency, 100_000)
    agency.check()
    (_, _, theirs) = read_functions(ROOT / "s.test.yaml", {})
    told_off = {"ARREARS_HEARTBEAT": theirs["environmentVariables"]["ARREARS_HEARTBEAT"]}
    settings = agency.environment | {"PYTHONPATH": str(ROOT)} | told_off
    deploy(agency.cloud.control, ROOT / "s.yaml", {}, code=ROOT / "functions", settings=settings)
    assert [run["outcome"] for run in agency.fire(AUDIT)] == ["Succeeded"]
    assert listener.visits == []
    assert agency.reports(AUDIT)[-1]["heartbeat"] == "not configured"


def test_a_warning_that_is_on_its_way_is_covered(agency: Agency, listener: Listener) -> None:
    open_own(agency, 100_000)
    agency.watch(1, -5)
    agency.check()
    agency.wait(minutes=20)
    assert [run["outcome"] for run in agency.fire(AUDIT)] == ["Succeeded"]
    assert listener.visits == ["/alive"]


def test_delivery_that_does_not_run_silences_the_sign_of_life(agency: Agency, listener: Listener) -> None:
    open_own(agency, 100_000)
    account = agency.watch(1, -5)
    agency.check()
    agency.wait(hours=1)
    assert [run["outcome"] for run in agency.fire(AUDIT)] == ["Failed"]
    assert listener.visits == []
    assert ("not_told", account.account_id) in found(agency)
    assert {flaw for flaw, _ in found(agency)} == {"not_told", "message_stuck"}


def test_a_check_that_does_not_run_silences_the_sign_of_life(agency: Agency, listener: Listener) -> None:
    own = open_own(agency, 100_000)
    agency.check()
    agency.wait(hours=3)
    assert [run["outcome"] for run in agency.fire(AUDIT)] == ["Failed"]
    assert found(agency) == [("not_seen", own.account_id)]
    assert listener.visits == []


def test_a_warning_that_reached_nobody_is_found(agency: Agency) -> None:
    open_own(agency, 100_000)
    account = agency.watch(1, -5)
    agency.cloud.control.sms_fate("*", error="MOBILE_NOT_ON_SERVICE")
    agency.cloud.control.mail_fate("*", status=4, message="550 no such user")
    agency.check()
    agency.deliver(rounds=8)
    assert {message.status for message in agency.messages(account)} == {DeliveryStatus.UNDELIVERED}
    assert found(agency) == [("not_told", account.account_id)]


def test_a_task_for_staff_covers_a_customer_who_cannot_be_reached(agency: Agency) -> None:
    open_own(agency, 100_000)
    agency.watch(1, -5, contacts=(Contact("王丽", "13800000001"),))
    agency.cloud.control.sms_fate("13800000001", error="MOBILE_NOT_ON_SERVICE")
    agency.check()
    agency.deliver(rounds=8)
    assert found(agency) == []


def test_an_account_that_nobody_at_all_can_be_told_of_is_found(agency: Agency) -> None:
    drop(agency, "staff")
    open_own(agency, 100_000)
    account = agency.watch(1, -5, contacts=(Contact("王丽"),))
    agency.check()
    assert found(agency) == [("nobody_to_tell", account.account_id)]


def test_staff_who_were_not_told_of_an_unreadable_account_are_missed(agency: Agency) -> None:
    open_own(agency, 100_000)
    account = agency.watch(1, 1000, revoked=True)
    for _ in range(2):
        agency.check()
        agency.wait(hours=1)
    assert found(agency) == []
    agency.check()
    assert found(agency) == []
    agency.deliver(rounds=2)
    (state,) = (s for s in agency.stores.states.load_states().values if s.account_id == account.account_id)
    assert state.alert.failed_runs == 3
    text = agency.config_file.read_text(encoding="utf-8")
    agency.config_file.write_text(text.replace("unreadable_after: 3", "unreadable_after: 1"), encoding="utf-8")
    other = agency.watch(2, 1000, revoked=True)
    agency.stores.states.save_states([replace(state, account_id=other.account_id, version=0)])
    assert found(agency) == [("staff_not_told", other.account_id)]


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({"signatures": {"云桥科技": {"status": 2}}}, "sign_not_approved"),
        ({"signatures": {"云桥科技": {"registered": {"unicom": 2}}}}, "sign_lapsed"),
        ({"signatures": {"云桥科技": {"registered": {"telecom": -2}}}}, "sign_not_registered"),
        ({"templates": {"SMS_100000003": {"status": 2}}}, "template_not_approved"),
    ],
)
def test_sms_that_would_not_get_through_silence_the_sign_of_life(
    agency: Agency, listener: Listener, change: dict[str, Any], flaw: str
) -> None:
    open_own(agency, 100_000)
    agency.check()
    agency.cloud.control.review_sms(**change)
    assert [one for one, _ in found(agency)] == [flaw]
    assert listener.visits == []


def test_a_template_that_holds_another_text_than_ours_silences_it(agency: Agency, listener: Listener) -> None:
    open_own(agency, 100_000)
    agency.check()
    agency.cloud.control.approve_sms(templates={"SMS_100000003": "账号${name}还剩${amount}，请拨400-999-9999"})
    assert found(agency) == [("template_differs", "SMS_100000003")]
    assert listener.visits == []


@pytest.mark.parametrize(
    ("change", "flaw"), [({"user_status": 2}, "mail_not_in_order"), ({"daily_quota": 0}, "mail_quota")]
)
def test_mail_that_would_not_get_through_silences_the_sign_of_life(
    agency: Agency, listener: Listener, change: dict[str, Any], flaw: str
) -> None:
    open_own(agency, 100_000)
    agency.check()
    agency.cloud.control.mail_standing(**change)
    assert [one for one, _ in found(agency)] == [flaw]
    assert listener.visits == []


def test_a_registration_that_is_still_pending_does_not_silence_it(agency: Agency, listener: Listener) -> None:
    open_own(agency, 100_000)
    agency.check()
    agency.cloud.control.review_sms(signatures={"云桥科技": {"registered": {"unicom": -1}}})
    assert [one for one, _ in found(agency)] == ["sign_pending"]
    assert listener.visits == ["/alive"]


def test_a_provider_that_cannot_be_asked_is_not_taken_for_well(agency: Agency, listener: Listener) -> None:
    open_own(agency, 100_000)
    agency.check()
    agency.cloud.control.add_fault("dm", "error", times=-1, operation="DescAccountSummary")
    assert [one for one, _ in found(agency)] == ["channel_silent"]
    assert listener.visits == []


def test_a_store_that_fails_gives_no_sign_of_life(agency: Agency, listener: Listener) -> None:
    agency.check()
    agency.cloud.control.add_fault("tablestore", "error", times=-1, operation="GetRange")
    assert [run["outcome"] for run in agency.fire(AUDIT)] == ["Failed"]
    assert listener.visits == []


def test_a_sign_of_life_that_is_not_heard_fails_the_run(agency: Agency, listener: Listener) -> None:
    open_own(agency, 100_000)
    agency.check()
    listener.status = 500
    assert [run["outcome"] for run in agency.fire(AUDIT)] == ["Failed"]
    assert listener.visits == ["/alive"]


def test_days_of_ordinary_operation_are_found_in_order_every_hour(agency: Agency) -> None:
    open_own(agency, 100_000)
    account = agency.watch(1, 3000)
    for hour in range(72):
        agency.wait(hours=1)
        agency.spend(account, 30 if hour % 40 < 30 else 5)
        if hour == 50:
            agency.top_up(account, 2500)
        agency.fire(CHECK)
        agency.fire(DELIVER)
        agency.wait(minutes=20)
        assert found(agency) == []
        agency.wait(minutes=-20)


# ---------------------------------------------------------------- doctor and drill


def arrears(agency: Agency, *arguments: str) -> tuple[int, str]:
    """A command of the staff's, now: its exit code, and what it said."""
    at = ("--at", agency.now.strftime("%Y-%m-%dT%H:%M:%S%z"))
    done = CliRunner().invoke(main, [*arguments, *at], env=agency.environment | agency.keys)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output


def test_the_doctor_finds_a_sound_agency_well(agency: Agency) -> None:
    open_own(agency, 100_000)
    agency.watch(1, 5000)
    agency.check()
    code, text = arrears(agency, "doctor")
    assert (code, text.splitlines()) == (
        0,
        [
            "账号 2 个；上次检查：2026年3月2日 08:07；到期待处理的消息 0 条",
            "生效的配置：部署包里的 agency.yaml，与这里的文件可能不同（还没有应用过：arrears config apply）",
            "自己的账号：正常，可用额度 100,000元",
            "一切正常",
        ],
    )


def test_the_doctor_says_what_is_wrong_and_what_to_do(agency: Agency) -> None:
    open_own(agency, 100_000)
    account = agency.watch(1, -5)
    agency.check()
    agency.wait(hours=1)
    code, text = arrears(agency, "--lang", "en", "doctor")
    assert code == 4
    (line,) = (line for line in text.splitlines() if "no message of it arrived" in line)
    assert line.startswith(f"✗ account {account.account_id} is at overdue (since 2 Mar 2026 08:07)")
    assert line.endswith("call the customer now")


def test_the_doctor_tells_programs_the_same(agency: Agency) -> None:
    open_own(agency, 100_000)
    account = agency.watch(1, -5)
    agency.check()
    agency.wait(hours=1)
    code, text = arrears(agency, "doctor", "--json")
    findings = json.loads(text)["findings"]
    assert code == 4
    assert {finding["flaw"] for finding in findings} == {"not_told", "message_stuck"}
    assert account.account_id in {finding["subject"] for finding in findings}


def test_the_doctor_names_gaps_in_roster_and_settings(agency: Agency) -> None:
    account = agency.watch(1, 1000, contacts=(Contact("王丽"),))
    other = agency.watch(2, 1000, currency="USD")
    agency.stores.accounts.save_accounts([replace(account, role_arn=None)])
    drop(agency, "own_account", "heartbeat_url", "staff")
    agency.check()
    _, text = arrears(agency, "doctor", "--json")
    findings = {(finding["flaw"], finding["subject"]) for finding in json.loads(text)["findings"]}
    assert findings >= {
        ("own_unwatched", "agency.yaml"),
        ("no_heartbeat", "agency.yaml"),
        ("no_staff", "agency.yaml"),
        ("contact_unreachable", account.account_id),
        ("no_role", account.account_id),
        ("currency_differs", other.account_id),
    }


def test_the_doctor_says_how_many_accounts_one_check_has_the_time_for(agency: Agency) -> None:
    """Nine tenths of a quota of 0.004 a second, for 540 s: one role."""
    open_own(agency, 100_000)
    for number in range(1, 4):
        agency.watch(number, 5000)
    agency.check()
    at = ("--at", agency.now.strftime("%Y-%m-%dT%H:%M:%S%z"))
    given = agency.environment | agency.keys | {"ARREARS_ASSUME_ROLES_PER_SECOND": "0.004"}
    done = CliRunner().invoke(main, ["--lang", "en", "doctor", *at], env=given)
    (line,) = (line for line in done.output.splitlines() if "too many accounts" in line)
    assert line.startswith("! too many accounts to assume roles for: 3; one check has time for 1, its retries read")
    assert "ARREARS_ASSUME_ROLES_PER_SECOND" in line
    assert done.exit_code == 0, "its retries read the others"


def test_the_time_of_a_check_is_the_one_that_s_yaml_gives_it() -> None:
    check = next(read_functions(ROOT / "s.yaml", {}))
    assert check["functionName"] == CHECK[0]
    assert check["timeout"] == CHECK_TIMEOUT.total_seconds()


def test_the_doctor_misses_tables_that_are_not_there(agency: Agency) -> None:
    agency.cloud.control.reset(functions=False)
    agency.cloud.control.set_clock(agency.now)
    code, text = arrears(agency, "doctor", "--json")
    missing = {f["subject"] for f in json.loads(text)["findings"] if f["flaw"] == "table_missing"}
    assert (code, missing) == (4, {table.name for table in TABLES})


def test_the_doctor_looks_at_the_channels_though_the_store_is_gone(agency: Agency) -> None:
    agency.cloud.control.add_fault("tablestore", "error", times=-1)
    agency.cloud.control.mail_standing(user_status=2)
    code, text = arrears(agency, "doctor", "--json")
    assert code == 4
    assert {f["flaw"] for f in json.loads(text)["findings"]} == {"store_silent", "mail_not_in_order"}


def test_the_doctor_says_once_that_the_check_does_not_run(agency: Agency) -> None:
    open_own(agency, 100_000)
    agency.watch(1, 1000)
    agency.check()
    agency.wait(hours=4)
    _, text = arrears(agency, "doctor", "--json")
    assert [f["flaw"] for f in json.loads(text)["findings"]] == ["no_check"]


def test_the_doctor_names_every_problem_of_a_configuration_that_does_not_hold(agency: Agency) -> None:
    text = agency.config_file.read_text(encoding="utf-8")
    agency.config_file.write_text(text.replace("max_repeats: 5", "max_repeats: 500"), encoding="utf-8")
    code, text = arrears(agency, "doctor")
    assert code == 4
    assert "max_repeats" in text


def test_a_drill_arrives_and_says_that_it_is_one(agency: Agency) -> None:
    code, text = arrears(agency, "drill", "--by", "李雷")
    assert code == 0
    assert STAFF[1] not in text
    agency.deliver(rounds=2)
    (sms,) = agency.cloud.control.sms()
    (mail,) = agency.cloud.control.mail()
    assert sms["phone"] == STAFF[1]
    assert sms["content"] == (
        "【云桥科技】这是一次预警演练，由李雷于2026年3月2日 08:07发起。收到即表示短信渠道正常，无需处理。"
    )
    assert mail["subject"].startswith("预警演练，无需处理（李雷）")
    statuses = {message.status for message in agency.stores.outbox.load_messages("drill").values}
    assert statuses == {DeliveryStatus.DELIVERED}


def test_a_drill_that_is_started_twice_in_a_minute_is_one(agency: Agency) -> None:
    arrears(agency, "drill", "--by", "李雷")
    arrears(agency, "drill", "--by", "李雷")
    agency.deliver()
    assert len(agency.cloud.control.sms()) == 1


def test_a_drill_for_somebody_who_is_no_staff_is_refused(agency: Agency) -> None:
    code, text = arrears(agency, "drill", "--contact", "韩梅梅")
    assert code == 2
    assert "值班" in text


def drop(agency: Agency, *keys: str) -> None:
    config = yaml.safe_load(agency.config_file.read_text(encoding="utf-8"))
    for key in keys:
        del config[key]
    agency.config_file.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
