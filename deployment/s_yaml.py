"""What may stand in a rendered ``s.yaml``: the file around the functions; for their properties see ``fc3.py``.

Source: Serverless-Devs/Serverless-Devs, docs/zh/yaml.md.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from deployment.fc3 import Function, Name
from deployment.strict import Strict, matching, mistakes, texts

When = Annotated[
    str, matching(r"(pre|success|fail|complete)-[a-z]+", "pre-deploy, success-deploy, fail-deploy or the like")
]


class Command(Strict):
    """A program to run before or after a command of Serverless Devs."""

    run: str
    path: str = "./"


class Resource(Strict):
    """One function, and what is to be done around its deployment."""

    component: Literal["fc3"]
    actions: dict[When, list[Command]] = Field(default={})
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
            raise ValueError("two functions have the same functionName: give each its own")
        return self


def problems(rendered: dict[str, Any], file: str = "s.yaml") -> list[str]:
    """What is wrong, a line each with its place and mend; empty if the file may be deployed.

    What was not filled in is told alone: whatever else is wrong there follows from it.
    """
    # How to get in is filled in only when something is deployed.
    left = [(place, text) for place, text in texts(rendered) if "${" in text and place != "access"]
    unresolved = [f"{file}: {place}: {text} was not filled in: set it, or give it a default" for place, text in left]
    return unresolved or mistakes(Document, rendered, file)
