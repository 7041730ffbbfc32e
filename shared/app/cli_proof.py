"""``arrears proof``: one incident as a file that can be shown to the customer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.app.proof import gather
from shared.app.proof_json import proof_json
from shared.app.proof_page import proof_page
from shared.model import start_of_day

if TYPE_CHECKING:
    from shared.app.wiring import Stores
    from shared.model import Account

_DAY_LONG = timedelta(days=1) - timedelta(seconds=1)


def export_proof(
    account: Account,
    stores: Stores,
    now: datetime,
    config_version: str,
    since: datetime | None,
    until: datetime | None,
    *,
    as_json: bool,
    reveal: bool,
) -> tuple[str, str]:
    """The file's text, and the digest of its content.

    ``since`` and ``until`` are Shanghai days, both included.
    """
    first = None if since is None else start_of_day(since.date())
    last = None if until is None else start_of_day(until.date()) + _DAY_LONG
    proof = gather(account, stores, now, config_version, first, last)
    if as_json:
        return proof_json(proof, reveal=reveal)
    return proof_page(proof, reveal=reveal)
