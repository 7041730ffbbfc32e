"""Staff silence accounts and end silences: what is stored, and what is filed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.audit import silence_entry
from shared.errors import WrongUsage
from shared.model import AGENCY
from shared.silences import end_now

if TYPE_CHECKING:
    from datetime import datetime

    from shared.app.wiring import Stores
    from shared.config import Config
    from shared.model import Account
    from shared.silences import Selector, Silence


class NoSuchSilence(WrongUsage):
    """Nothing is stored under this id, or somebody else ended it just now."""


def covered(stores: Stores, config: Config, selector: Selector) -> tuple[Account, ...]:
    """The accounts that a selector means right now, the agency's own among them; paused ones are silent anyway."""
    own = config.watched_own()
    others = (a for a in stores.accounts.load_accounts().values if own is None or a.account_id != own.account_id)
    return tuple(a for a in ((own,) if own else ()) + tuple(others) if not a.paused and selector.covers(a))


def silence(stores: Stores, one: Silence, accounts: tuple[Account, ...]) -> None:
    """File the silence under each of its accounts, then store it: what holds is on file."""
    _file(stores, one, accounts)
    stores.silences.save_silence(one)


def end_silence(stores: Stores, config: Config, silence_id: str, who: str, now: datetime) -> Silence:
    """End a silence before its time; the next check tells what it kept back.

    Raises:
        NoSuchSilence: There is none of that id, or somebody ended it just now.
        InvalidSilence: It is over already.
    """
    known = {one.silence_id: one for one in stores.silences.load_silences().values}
    found = known.get(silence_id.upper())
    if found is None:
        raise NoSuchSilence(
            f"没有静默 {silence_id}，arrears silence list 列出现有的 / no such silence; arrears silence list shows them"
        )
    ended = end_now(found, who, now)
    if not stores.silences.end_silence(ended):
        raise NoSuchSilence(f"静默 {silence_id} 刚刚被别人结束 / silence {silence_id} was ended by somebody just now")
    _file(stores, ended, covered(stores, config, ended.selector))
    return ended


def _file(stores: Stores, one: Silence, accounts: tuple[Account, ...]) -> None:
    """Under each account that it means; under the agency if it means none yet."""
    ids = [account.account_id for account in accounts] or [AGENCY]
    stores.audit.append([silence_entry(account_id, one) for account_id in ids])
