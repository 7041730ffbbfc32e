"""What may stand in a rendered ``s.yaml``: the file around the functions; for their properties see ``fc3.py``.

Source: Serverless-Devs/Serverless-Devs, docs/zh/yaml.md.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from deployment.fc3 import Function, Name, Strict


class Command(Strict):
    """A program to run before or after a command of Serverless Devs."""

    run: str
    path: str = "./"


class Resource(Strict):
    """One function, and what is to be done around its deployment."""

    component: Literal["fc3"]
    actions: dict[Annotated[str, StringConstraints(pattern=r"^(pre|success|fail|complete)-[a-z]+$")], list[Command]] = (
        Field(default={})
    )
    props: Function


class Document(Strict):
    """The whole file."""

    edition: Literal["3.0.0"]
    name: Name
    access: str
    vars: dict[str, str] = Field(default={})
    resources: dict[Name, Resource] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_each_once(self) -> Document:
        """A second function of the same name would replace the first."""
        names = [resource.props.functionName for resource in self.resources.values()]
        if len(names) != len(set(names)):
            raise ValueError("two functions have the same functionName")
        return self


def problems(rendered: dict[str, Any], file: str = "s.yaml") -> list[str]:
    """What is wrong, a line each with its place; empty if the file may be deployed."""
    unresolved = [f"{file}: {place}: {text} was not filled in" for place, text in _texts(rendered) if "${" in text]
    try:
        Document.model_validate(rendered)
    except ValidationError as error:
        return unresolved + [f"{file}: {'.'.join(map(str, at['loc']))}: {at['msg']}" for at in error.errors()]
    return unresolved


def _texts(value: object, place: str = "") -> list[tuple[str, str]]:
    """Every text below ``resources`` with its place; ``access`` is filled in only when something is deployed."""
    if isinstance(value, dict):
        inner = [(f"{place}.{key}" if place else str(key), each) for key, each in value.items() if key != "access"]
        return [found for where, each in inner for found in _texts(each, where)]
    if isinstance(value, list):
        return [found for number, each in enumerate(value) for found in _texts(each, f"{place}.{number}")]
    return [(place, value)] if isinstance(value, str) else []
