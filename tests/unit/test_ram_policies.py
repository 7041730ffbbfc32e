"""The policies of the roles: every operation that the code calls, and nothing else."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import yaml

from localcloud.serverless import read_functions

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deployment"
RAM_NAMES = {
    "alibabacloud_bssopenapi20171214": "bssapi",
    "alibabacloud_dm20151123": "dm",
    "alibabacloud_dysmsapi20170525": "dysms",
    "alibabacloud_fc20230330": "fc",
    "alibabacloud_sts20150401": "sts",
}
"""What RAM calls a product, by its SDK."""
OLD_BALANCE = "bss:DescribeAcccount"
OF_STAFF = {"fc:GetAsyncInvokeConfig", "fc:ListFunctions", "fc:ListTriggers", "ots:CreateTable"}
"""What the staff's commands call besides what functions do, too."""
HEALTH = {"dm:DescAccountSummary", "dysms:GetSmsSign", "dysms:QuerySmsTemplate"}
"""What the doctor asks the channels."""
OF_THE_PLATFORM = {"log:PostLogStoreLogs", "mns:PublishMessage"}
"""What Function Compute does with the role: write logs, and hand on what failed for good."""


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return document


def actions(policy: dict[str, Any]) -> list[str]:
    """Every action of a policy, in its order."""
    listed = [statement["Action"] for statement in policy["Statement"]]
    return [action for each in listed for action in ([each] if isinstance(each, str) else each)]


def called() -> set[str]:
    """Every operation that the code under ``shared/`` calls, as RAM names it."""
    return {action for path in (ROOT / "shared").rglob("*.py") for action in _called_in(path)}


def _called_in(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    modules = {node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    products = [RAM_NAMES[module] for module in sorted(modules) if module in RAM_NAMES]
    operations = {
        node.attr.removesuffix("_with_options").title().replace("_", "")
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr.endswith("_with_options")
    }
    if not operations:
        return _tablestore_operations(nodes)
    assert len(products) == 1, f"{path}: calls of one product a file"
    return {f"{products[0]}:{operation}" for operation in operations}


def _tablestore_operations(nodes: list[ast.AST]) -> set[str]:
    """The gateway names each operation where it calls it."""
    return {
        f"ots:{node.args[0].value}"
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_call"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_the_functions_role_may_do_what_the_code_calls_and_nothing_else() -> None:
    granted = actions(load("ram-policy.json"))
    assert set(granted) - OF_THE_PLATFORM == called() - OF_STAFF | {OLD_BALANCE}
    assert len(granted) == len(set(granted))


def test_staff_may_do_what_their_commands_call_and_neither_send_nor_read_customers() -> None:
    rows = {action for action in called() if action.startswith("ots:")}
    granted = actions(load("staff-policy.json"))
    assert set(granted) == rows | OF_STAFF | HEALTH
    assert len(granted) == len(set(granted))
    asked = {
        action for channel in ("sms", "mail") for action in _called_in(ROOT / f"shared/channels/{channel}_health.py")
    }
    assert asked == HEALTH


def test_staff_and_functions_have_the_same_tables() -> None:
    tables = load("ram-policy.json")["Statement"][0]["Resource"]
    assert load("staff-policy.json")["Statement"][0]["Resource"] == [tables.partition("/table/")[0], tables]


def test_the_scan_sees_every_product() -> None:
    assert {action.partition(":")[0] for action in called()} == {*RAM_NAMES.values(), "ots"}


def test_no_action_and_no_row_operation_is_granted_on_everything() -> None:
    statements = load("ram-policy.json")["Statement"]
    assert not any("*" in action for action in actions(load("ram-policy.json")))
    wide = {action for each in statements if each["Resource"] == "*" for action in actions({"Statement": [each]})}
    assert {action.partition(":")[0] for action in wide} == {"bss", "bssapi", "dysms", "dm"}


def test_the_tables_that_are_granted_are_those_of_s_yamls_instance() -> None:
    document = yaml.safe_load((ROOT / "s.yaml").read_text(encoding="utf-8"))
    resource = load("ram-policy.json")["Statement"][0]["Resource"]
    assert f"'{resource.partition('instance/')[2].partition('/')[0]}')" in document["vars"]["instance"]


def test_the_logs_and_dead_letters_that_may_be_written_are_those_of_s_yaml() -> None:
    granted = {each["Action"]: each["Resource"] for each in load("ram-policy.json")["Statement"][-2:]}
    for props in read_functions(ROOT / "s.yaml", {}):
        logs, failure = props["logConfig"], props["asyncInvokeConfig"]["destinationConfig"]["onFailure"]
        assert granted["log:PostLogStoreLogs"] == f"acs:log:*:*:project/{logs['project']}/logstore/{logs['logstore']}"
        assert granted["mns:PublishMessage"].partition(":/")[2] == failure["destination"].partition(":/")[2]


def test_the_function_that_may_be_invoked_is_the_one_that_hands_buckets_over() -> None:
    (invoke,) = (each for each in load("ram-policy.json")["Statement"] if each["Action"] == "fc:InvokeFunction")
    (name,) = (
        props["functionName"]
        for props in read_functions(ROOT / "s.yaml", {})
        if props["handler"] == "check_balances.handler"
    )
    assert {resource.partition(":functions/")[2] for resource in invoke["Resource"]} == {name, f"{name}/*"}


def test_function_compute_alone_takes_on_the_functions_role() -> None:
    (statement,) = load("ram-trust.json")["Statement"]
    assert statement["Principal"] == {"Service": ["fc.aliyuncs.com"]}


def test_a_customer_lets_the_function_of_one_agency_read_and_only_with_the_external_id() -> None:
    role = load("customer-role.json")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    (principal,) = trust["Principal"]["RAM"]
    document = yaml.safe_load((ROOT / "s.yaml").read_text(encoding="utf-8"))
    assert f"'{principal.rpartition('/')[2]}')" in document["vars"]["role"]
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "EXTERNAL_ID"}}


def test_a_customers_role_reads_what_billing_reads_and_nothing_else() -> None:
    billing = {action for action in called() if action.startswith("bssapi:")}
    assert set(actions(load("customer-role.json")["PolicyDocument"])) == billing | {OLD_BALANCE}


def test_the_role_that_customers_create_is_the_one_that_the_function_may_take_on() -> None:
    (assume,) = (each for each in load("ram-policy.json")["Statement"] if each["Action"] == "sts:AssumeRole")
    assert assume["Resource"] == f"acs:ram::*:role/{load('customer-role.json')['RoleName']}"
