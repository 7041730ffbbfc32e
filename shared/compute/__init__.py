"""Port: what is deployed in Function Compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from shared.deployed import FunctionSetting


class Compute(Protocol):
    """The functions of an account in one region."""

    def load_functions(self, prefix: str) -> tuple[FunctionSetting, ...]:
        """The functions whose names begin with ``prefix``, each with its timers.

        Raises:
            CallFailed: The platform could not be asked, or refused; see ``shared.openapi``.
        """
