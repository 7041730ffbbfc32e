"""Whether this machine's key may read customers at all: they let in the functions' role, and usually nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.app.wiring import open_billing, open_stores
from shared.errors import AccessRevoked, ArrearsError, Unreadable

if TYPE_CHECKING:
    from datetime import datetime

    from shared.app.wiring import Settings

MOST_TRIED = 3
"""One customer may have withdrawn the role; of so many, one lets us in."""
_REFUSED = (
    "客户的角色只信任云上函数的角色，不信任这把密钥；在本机检查会把所有账号都记成“授权已撤销”，所以没有运行。"
    '要马上查一次，请在云上触发：s check_balances invoke -e \'{{"triggerTime": "{now}"}}\' '
    "/ customers trust the functions' role, and not this key: a check with it would note every account as revoked, so "
    "that none was run. To check at once, start the function itself, as the command above does"
)


class KeyNotTrusted(ArrearsError):
    """None of the customers that were tried lets this key in. Nothing was written."""


def demand_trust(settings: Settings, now: datetime) -> None:
    """Try to read a few customers, and go on where one lets us in, or where there are none.

    Raises:
        KeyNotTrusted: Every one that was tried refuses the key.
        StoreUnavailable: The store failed.
    """
    accounts, billing = open_stores(settings).accounts, open_billing(settings)
    for_us = [one for one in accounts.load_some(accounts.load_watched()[:MOST_TRIED]).values if one.role_arn]
    for account in for_us:
        try:
            billing.fetch_balance(account, now)
        except AccessRevoked:
            continue
        except Unreadable:
            return
        return
    if for_us:
        raise KeyNotTrusted(_REFUSED.format(now=f"{now:%Y-%m-%dT%H:%M:%SZ}"))
