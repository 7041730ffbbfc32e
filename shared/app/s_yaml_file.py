"""The functions that an s.yaml asks for, as Serverless Devs would render it.

Source: Serverless-Devs/Serverless-Devs, docs/zh/yaml.md (variables) and extend.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from shared.app.wiring import read_text
from shared.deployed import FunctionSetting, TimerSetting
from shared.errors import InvalidInput, Problem
from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_VARIABLE = re.compile(r"\$\{\s*(?P<name>[^{}]+?)\s*\}")
_ENV = re.compile(r"env\('(?P<name>[^']+)'(?:,\s*'(?P<default>[^']*)')?\)")


@frozen
class Wanted:
    """What is to be deployed, and where."""

    region: str
    functions: tuple[FunctionSetting, ...]

    @property
    def prefix(self) -> str:
        """What all names begin with."""
        names = [one.name for one in self.functions]
        shortest = min(names, key=len, default="")
        ends = (n for n in range(len(shortest), -1, -1) if all(name.startswith(shortest[:n]) for name in names))
        return shortest[: next(ends, 0)]


def read_wanted(file: Path, environment: Mapping[str, str]) -> Wanted:
    """What ``file`` asks for, its variables filled in from itself and ``environment``.

    Raises:
        InvalidInput: It cannot be read, or is not such a file.
    """
    document = _document(file)
    try:
        names = {name: _filled(value, {}, environment) for name, value in (document.get("vars") or {}).items()}
        rendered = {
            name: _filled(each["props"], names, environment) for name, each in (document["resources"] or {}).items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise _not_one(file, "缺 resources 或 props", "resources or props is missing") from error
    except ValueError as error:
        raise _not_one(file, f"{error} 没有值", f"{error} has no value") from error
    if not rendered:
        raise _not_one(file, "resources 是空的", "resources is empty")
    functions = [_function_of(file, name, props) for name, props in rendered.items()]
    return Wanted(functions[0][0], tuple(function for _, function in functions))


def _document(file: Path, *before: Path) -> dict[str, Any]:
    """The file, laid over what it extends."""
    if file.resolve() in before:
        raise _not_one(file, "extend 绕回了自己", "extend leads back to the file itself")
    text = read_text(file, "用 -t 指明 s.yaml / name the s.yaml after -t")
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _not_one(file, f"不是 YAML：{error}", f"not YAML: {error}") from error
    if not isinstance(document, dict):
        raise _not_one(file, "里面没有键", "it holds no keys")
    base = document.pop("extend", None)
    return document if base is None else _over(_document(file.parent / str(base), *before, file.resolve()), document)


def _not_one(file: Path, chinese: str, english: str) -> InvalidInput:
    what = f"不是能部署的 s.yaml：{chinese} / not an s.yaml that can be deployed: {english}"
    return InvalidInput([Problem(file.name, None, what, "运行 make check-preview / run make check-preview")])


def _function_of(file: Path, name: str, props: Mapping[str, Any]) -> tuple[str, FunctionSetting]:
    """Its region, and the rest."""
    try:
        return props["region"], _function(props)
    except KeyError as error:
        key = f"resources.{name}.props: {error.args[0]}"
        raise _not_one(file, f"缺 {key}", f"{key} is missing") from error
    except (TypeError, AttributeError, ValueError) as error:
        place = f"resources.{name}.props"
        raise _not_one(file, f"{place} 有一处不对：{error}", f"something in {place} is wrong: {error}") from error


def _over(base: Any, document: Any) -> Any:  # noqa: ANN401 -- YAML
    """Mappings are joined, everything else is replaced."""
    if isinstance(base, dict) and isinstance(document, dict):
        return base | {key: _over(base.get(key), value) for key, value in document.items()}
    return document


def _filled(value: Any, names: Mapping[str, Any], environment: Mapping[str, str]) -> Any:  # noqa: ANN401 -- YAML
    def fill(text: str) -> str:
        return _VARIABLE.sub(lambda found: _variable(found["name"], names, environment), text)

    return change_texts(value, fill)


def change_texts(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 -- YAML
    """A part of a document with every text in it changed; keys stay as they are."""
    if isinstance(value, dict):
        return {key: change_texts(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [change_texts(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def _variable(expression: str, names: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    if found := _ENV.fullmatch(expression):
        value = environment.get(found["name"]) or found["default"]
    else:
        value = names.get(expression.removeprefix("vars."))
    if value is None:
        raise ValueError(f"${{{expression}}}")
    return str(value)


def _function(props: Mapping[str, Any]) -> FunctionSetting:
    later = props.get("asyncInvokeConfig") or {}
    failure = (later.get("destinationConfig") or {}).get("onFailure") or {}
    return FunctionSetting(
        name=props["functionName"],
        runtime=props["runtime"],
        handler=props["handler"],
        cpu=float(props["cpu"]),
        memory=int(props["memorySize"]),
        timeout=int(props["timeout"]),
        role=str(props["role"]).rpartition("/")[2],
        environment=props.get("environmentVariables") or {},
        retries=later.get("maxAsyncRetryAttempts"),
        failures_to=failure.get("destination", ""),
        async_task=bool(later.get("asyncTask")),
        event_age=later.get("maxAsyncEventAgeInSeconds"),
        logs_to=_logs_to(props.get("logConfig")),
        internet=props.get("internetAccess", True),
        timers=tuple(_timer(each) for each in props.get("triggers", ()) if each["triggerType"] == "timer"),
    )


def _logs_to(config: Any) -> str | None:  # noqa: ANN401 -- YAML
    """None where the component chooses: ``auto``."""
    return f"{config['project']}/{config['logstore']}" if isinstance(config, dict) else None


def _timer(trigger: Mapping[str, Any]) -> TimerSetting:
    config, version = trigger["triggerConfig"], trigger.get("qualifier", "LATEST")
    return TimerSetting(trigger["triggerName"], config["cronExpression"], config["enable"], version)
