"""Few accounts: this invocation looks at them itself, at no further cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.dispatch import Handover

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.buckets import BucketRun


class InlineDispatch:
    """The port ``Dispatch`` for this very invocation: a bucket that is handed over has been looked at on return."""

    def __init__(self, look: Callable[[BucketRun], None]) -> None:
        """``look`` looks at one bucket; what it raises ends the run."""
        self._look = look
        self._taken: set[str] = set()

    def hand_over(self, run: BucketRun) -> Handover:
        """Look at the bucket, now."""
        if run.task_id in self._taken:
            return Handover.BEFORE
        self._taken.add(run.task_id)
        self._look(run)
        return Handover.TAKEN
