"""Reads an ``s.yaml`` as Serverless Devs renders it, and deploys its functions to the local cloud.

Source: Serverless-Devs/Serverless-Devs, docs/zh/yaml.md (variables) and extend.md; devsapp/fc3, src/schema.json
(properties).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from localcloud.client import Control

_VARIABLE = re.compile(r"\$\{(?P<name>[^{}]+)\}")
_ENV = re.compile(r"env\('(?P<name>[^']+)'(?:,\s*'(?P<default>[^']*)')?\)")


def read_functions(path: Path, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The ``props`` of each fc3 function, with ``${env(...)}`` and ``${vars...}`` filled in.

    Raises:
        ValueError: The file uses a variable that is not set, or of a kind that is not read here.
    """
    document = read_document(path)
    names = {name: _render(value, {}, environment) for name, value in document.get("vars", {}).items()}
    for resource in document["resources"].values():
        props: dict[str, Any] = _render(resource["props"], names, environment)
        yield props


def read_document(path: Path) -> dict[str, Any]:
    """The file as it is, laid over the one that it extends: mappings are joined, everything else is replaced."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    base = document.pop("extend", None)
    return document if base is None else _laid_over(read_document(path.parent / base), document)


def deploy(
    control: Control,
    path: Path,
    environment: Mapping[str, str],
    code: Path | None = None,
    settings: Mapping[str, str] | None = None,
    **changes: object,
) -> None:
    """Put every function of an ``s.yaml``, and its timers.

    Args:
        control: The local cloud.
        path: The ``s.yaml``.
        environment: What ``${env(...)}`` is read from.
        code: Where the code is, in place of ``code``; by default as the file says, relative to it.
        settings: Environment variables that the functions get in place of, or besides, those of the file.
        changes: Settings of the local cloud's own, for example ``python`` or ``timeout``.
    """
    for props in read_functions(path, environment):
        function = {
            "name": props["functionName"],
            "code": str(code or path.parent / props["code"]),
            "handler": props["handler"],
            "runtime": props["runtime"],
            "timeout": props["timeout"],
            "memory": props["memorySize"],
            "environment": {**props.get("environmentVariables", {}), **(settings or {})},
            "role": props.get("role", "aliyunfcdefaultrole"),
            "cpu": props.get("cpu", 0.35),
            "log_config": props.get("logConfig", {}),
            "internet_access": props.get("internetAccess", True),
            "async_config": props.get("asyncInvokeConfig", {}),
            "max_retries": props.get("asyncInvokeConfig", {}).get("maxAsyncRetryAttempts", 3),
            "async_task": props.get("asyncInvokeConfig", {}).get("asyncTask", False),
            **changes,
        }
        control.request("POST", "/fc/functions/put", function)
        for trigger in props.get("triggers", []):
            if trigger["triggerType"] == "timer":
                config = trigger["triggerConfig"]
                timer = {
                    "function": props["functionName"],
                    "name": trigger["triggerName"],
                    "cron": config["cronExpression"],
                    "payload": config.get("payload", ""),
                    "enable": config["enable"],
                }
                control.request("POST", "/fc/timers/put", timer)


def _laid_over(base: Any, document: Any) -> Any:  # noqa: ANN401 - YAML
    if isinstance(base, dict) and isinstance(document, dict):
        return base | {key: _laid_over(base.get(key), value) for key, value in document.items()}
    return document


def _render(value: Any, names: Mapping[str, Any], environment: Mapping[str, str]) -> Any:  # noqa: ANN401 - YAML
    if isinstance(value, dict):
        return {key: _render(inner, names, environment) for key, inner in value.items()}
    if isinstance(value, list):
        return [_render(inner, names, environment) for inner in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _variable(found["name"].strip(), names, environment), value)
    return value


def _variable(expression: str, names: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    if found := _ENV.fullmatch(expression):
        value = environment.get(found["name"]) or found["default"]
    elif expression.startswith("vars."):
        value = names.get(expression.removeprefix("vars."))
    else:
        raise ValueError(f"${{{expression}}} is not read here; ${{env('NAME')}} and ${{vars.name}} are")
    if value is None:
        raise ValueError(f"${{{expression}}} is not set")
    return str(value)
