"""Gathers what is due for one person into one message: mark the members -> queue their bundle -> send it.

Each write leaves a state that a later run mends if this one dies after it, see bundles.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import bundles
from shared.app.compose import compose_bundle
from shared.notifications import bundle_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.app.courier import Courier
    from shared.model import Message


def gather(courier: Courier, group: Sequence[Message]) -> list[Message]:
    """Send a group of ``bundles.groups`` as one message; returns those that have to go by themselves after all."""
    settings = courier.config.messages
    if group[0].channel in courier.down:
        courier.report.waiting += len(group)
        return []
    members = [message for message in group if not courier.drop_outdated(message)]
    if not bundles.enough(members, settings.bundle):
        return members
    now, key = courier.clock(), bundle_id(members[0])
    if courier.over_budget(compose_bundle(members, key, settings, now, courier.lease_ends), members):
        return []
    marked = _mark(courier, members, key)
    if len(marked) > 1:
        bundle = compose_bundle(marked, key, settings, courier.clock(), courier.lease_ends)
        courier.outbox.enqueue([bundle])
        courier.hand_over(bundle)
        return []
    freed = (courier.save(bundles.let_go(member, courier.clock())) for member in marked)
    return [message for message in freed if message is not None]


def _mark(courier: Courier, members: Sequence[Message], key: str) -> list[Message]:
    """Those that are ours now. Whoever marks the first has the bundle: its id comes from that one's version."""
    marked: list[Message] = []
    for member in members:
        saved = courier.save(bundles.gathered(member, key, courier.lease_ends, courier.clock()))
        if saved is not None:
            marked.append(saved)
        elif not marked:
            return []
    return marked
