"""Accounts shared out over invocations: a bucket is a range of hashes, and each invocation looks after one.

The number of buckets is a power of two. So the bounds are the same for a roster that grows or shrinks by a few
accounts, and a timer that fires twice names the same buckets both times, whatever was imported in between.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING

from shared.frozen import frozen

if TYPE_CHECKING:
    from datetime import datetime

HASHES = 0x10000
"""Hashes are four hex digits."""
END = "g"
"""Sorts after every hash."""
MOST_BUCKETS = 1024
"""More would take longer to hand over than to look at."""


@frozen
class Bucket:
    """A share of the accounts: those whose hash lies in ``[lower, upper)``."""

    lower: str
    upper: str


EVERYONE = Bucket("0000", END)
"""All accounts."""


@lru_cache(maxsize=1 << 12)  # an account's is asked for some times while it is looked at
def hash_of(account_id: str) -> str:
    """Four hex digits that spread accounts evenly over partitions and buckets."""
    return hashlib.sha256(account_id.encode()).hexdigest()[:4]


def bucket_of(account_id: str) -> Bucket:
    """The smallest share that holds this account; a few others may share its hash."""
    own = hash_of(account_id)
    return Bucket(own, own + "\0")


def share_out(accounts: int, per_invocation: int) -> tuple[Bucket, ...]:
    """Everyone in as few buckets, all of one width, as hold about ``per_invocation`` of ``accounts`` at the most.

    About, since hashes are spread evenly but not exactly: of 1500, three buckets in a hundred hold over 1570.
    """
    count = 1
    while count * per_invocation < accounts and count < MOST_BUCKETS:
        count *= 2
    if count == 1:
        return (EVERYONE,)
    width = HASHES // count
    bounds = [f"{number * width:04x}" for number in range(count)]
    return tuple(Bucket(lower, upper) for lower, upper in zip(bounds, [*bounds[1:], END], strict=True))


def side_by_side(bucket: Bucket) -> int:
    """How many buckets of this width, one of ``share_out``'s, hold everyone: so many invocations run at once.

    What is counted for the agency as a whole, as AssumeRole is, each may use up to this part of. Nobody has to count
    the others: a bucket that ends early leaves its part unused, and no two of them can use the same.
    """
    upper = HASHES if bucket.upper == END else int(bucket.upper, 16)
    return -(-HASHES // (upper - int(bucket.lower, 16)))


@frozen
class BucketRun:
    """One bucket's part in a run: what another invocation is asked to do, and all that it is told."""

    at: datetime
    """The time that the timer was set for: it names the run, however late the bucket comes to its turn."""
    bucket: Bucket

    @property
    def task_id(self) -> str:
        """Names this part of this run, and no other: Function Compute takes each id once.

        A letter first, then letters, digits, ``-`` and ``_``, 128 at the most (InvokeFunction, x-fc-async-task-id).
        """
        return f"check-{self.at:%Y%m%dT%H%M%SZ}-{self.bucket.lower}-{self.bucket.upper}"

    def as_event(self) -> bytes:
        """The event of the other invocation, as JSON; ``app/event.py`` reads it back."""
        bounds = [self.bucket.lower, self.bucket.upper]
        return json.dumps({"triggerTime": self.at.isoformat(), "bucket": bounds}).encode()
