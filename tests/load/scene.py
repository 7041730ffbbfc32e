"""Who is in the roster, and what is wrong with whom: decided by an account's number, so that every run has the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shared.buckets import hash_of, share_out
from shared.model import Account, Contact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.agency import Agency

OWN = "1000000000000009"
AT_ONCE = 1000
"""Accounts that are opened by one request."""
RICH, LOW = 100_000, 1500


class Lot(StrEnum):
    """What happens to an account in this hour."""

    WELL = "well"
    LOW = "low"
    """Read, and below its line of warning: its people are told."""
    HANGING = "unreachable"
    """No answer to the question for its balance; the values are the causes that reports name."""
    THROTTLED = "throttled"
    REVOKED = "access_revoked"


READABLE = {Lot.WELL, Lot.LOW}


def lot_of(number: int) -> Lot:
    """Two in a hundred hang, two are throttled, one has revoked its role, and one is low."""
    match number % 100:
        case 11 | 61:
            return Lot.HANGING
        case 22 | 72:
            return Lot.THROTTLED
        case 33:
            return Lot.REVOKED
        case 44:
            return Lot.LOW
        case _:
            return Lot.WELL


@dataclass(frozen=True, slots=True)
class Scene:
    """The accounts of a roster, each with its lot."""

    accounts: tuple[Account, ...]
    lots: dict[str, Lot]
    """By account id."""

    @classmethod
    def of(cls, count: int) -> Scene:
        """A roster of so many."""
        accounts = tuple(_account(number) for number in range(count))
        return cls(accounts, {account.account_id: lot_of(number) for number, account in enumerate(accounts)})

    def ids(self, *lots: Lot) -> list[str]:
        """The accounts with one of these lots."""
        return [account_id for account_id, lot in self.lots.items() if lot in lots]

    @property
    def counts(self) -> Counter[Lot]:
        """How many have each lot."""
        return Counter(self.lots.values())

    def victim(self, per_invocation: int) -> str:
        """A healthy account in the middle of the first bucket: whoever comes to it is killed, its work half done."""
        upper = share_out(len(self.accounts), per_invocation)[0].upper
        first = sorted((hash_of(one), one) for one in self.ids(Lot.WELL) if hash_of(one) < upper)
        return first[len(first) // 2][1]

    def open(self, agency: Agency) -> None:
        """Enter them in the roster, and open them in the cloud."""
        agency.cloud.control.open_accounts({"id": OWN, "balance": "100000"})
        agency.cloud.control.open_accounts({"id": agency.cloud.account_id, "balance": "100000"})
        for start in range(0, len(self.accounts), AT_ONCE):
            some = self.accounts[start : start + AT_ONCE]
            agency.cloud.control.open_accounts(*self._books(some))
            agency.stores.accounts.save_accounts(some)
        agency.accounts.extend(self.accounts)

    def _books(self, accounts: tuple[Account, ...]) -> Iterator[dict[str, Any]]:
        for account in accounts:
            lot = self.lots[account.account_id]
            yield {
                "id": account.account_id,
                "balance": str(LOW if lot is Lot.LOW else RICH),
                "role_arn": account.role_arn,
                "external_id": account.external_id,
                "revoked": lot is Lot.REVOKED,
            }


def _account(number: int) -> Account:
    uid = f"{2_000_000_000_000_000 + number}"
    people = (Contact("王丽", f"138{number:08}", f"wang{number}@example.com"),)
    role = f"acs:ram::{uid}:role/balance-reader"
    return Account(uid, f"示例客户{number}", people, role_arn=role, external_id=f"agency-{number}")
