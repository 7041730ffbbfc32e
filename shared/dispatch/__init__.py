"""The port to other invocations of the same function, which look at the buckets that this one has no time for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from shared.errors import ArrearsError

if TYPE_CHECKING:
    from shared.buckets import BucketRun


class Handover(StrEnum):
    """What became of a bucket that was handed over."""

    TAKEN = "taken"
    """It is looked at, now or as soon as there is an instance for it."""
    BEFORE = "before"
    """It was taken before, by another firing of the same timer or by a try whose answer was lost."""


class NotHandedOver(ArrearsError):
    """A bucket was not taken, as far as is known. That it may have been is harmless: its id is taken once."""


class HandOverLater(NotHandedOver):
    """Try again: the other side is busy, or did not answer, so that it may have taken the bucket."""


class HandOverRefused(NotHandedOver):
    """No use in trying again: someone has to mend a permission, a name or a setting."""


class Dispatch(Protocol):
    """Has a bucket looked at by an invocation; the same part of the same run is looked at once."""

    def hand_over(self, run: BucketRun) -> Handover:
        """Hand over one bucket of a run.

        Raises:
            NotHandedOver: In one of its two kinds.
        """
