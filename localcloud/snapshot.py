"""What outlives a restart besides Tablestore's rows: clock, books, roles, temporary keys, messages - as one JSON file.

The file is written anew before a message is accepted, else at most once a second while requests come in, and at the
end; a killed process loses no more than that, and no message. Faults and counts are not kept.
"""

# The annotations are read at run time, so their names are imported for real.
import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from localcloud import direct_mail, dysms
from localcloud.books import Account
from localcloud.control import World
from localcloud.identities import Identity
from localcloud.sms_reviews import Review
from localcloud.sts import Role

SHORTEST_INTERVAL = 1.0
SHARE = 10
"""Large snapshots are taken less often, so that they cost no more than a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Session:
    """A temporary key; see ``Identity``."""

    access_key_id: str
    access_key_secret: str
    account_id: str
    arn: str
    security_token: str | None
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is kept."""

    clock: tuple[float, float | None]
    accounts: list[Account]
    roles: list[Role]
    sessions: list[Session]
    signatures: set[str]
    templates: dict[str, str]
    sms_fates: dict[str, dysms.Fate]
    sms: list[dysms.Sms]
    senders: set[str]
    tags: set[str]
    mail_fates: dict[str, direct_mail.Fate]
    mail: list[direct_mail.Mail]
    signature_reviews: dict[str, Review] = field(default_factory=dict)
    template_reviews: dict[str, Review] = field(default_factory=dict)
    mail_standing: direct_mail.Standing = field(default_factory=direct_mail.Standing)


FORMAT = TypeAdapter(Snapshot)


def take(world: World) -> bytes:
    """The world as JSON."""
    return FORMAT.dump_json(
        Snapshot(
            clock=world.clock.setting,
            accounts=world.books.all(),
            roles=world.sts.roles,
            sessions=[Session(**asdict(session)) for session in world.sts.sessions],
            signatures=world.sms.signatures,
            templates=world.sms.templates,
            sms_fates=world.sms.fates,
            sms=world.sms.sent,
            senders=world.mail.senders,
            tags=world.mail.tags,
            mail_fates=world.mail.fates,
            mail=world.mail.sent,
            signature_reviews=world.sms.signature_reviews,
            template_reviews=world.sms.template_reviews,
            mail_standing=world.mail.standing,
        )
    )


def restore(world: World, data: bytes) -> None:
    """Put a world that is still empty where another one was.

    Raises:
        ValueError: ``data`` is no snapshot.
    """
    snapshot = FORMAT.validate_json(data)
    world.clock.setting = snapshot.clock
    for account in snapshot.accounts:
        world.books.open(account)
    for role in snapshot.roles:
        world.sts.add_role(role)
    for session in snapshot.sessions:
        world.sts.begin(Identity(**asdict(session)))
    world.sms.signatures.update(snapshot.signatures)
    world.sms.templates.update(snapshot.templates)
    world.sms.fates.update(snapshot.sms_fates)
    world.sms.keep(snapshot.sms)
    world.mail.senders.update(snapshot.senders)
    world.mail.tags.update(snapshot.tags)
    world.mail.fates.update(snapshot.mail_fates)
    world.mail.sent.extend(snapshot.mail)
    world.sms.signature_reviews.update(snapshot.signature_reviews)
    world.sms.template_reviews.update(snapshot.template_reviews)
    world.mail.standing = snapshot.mail_standing


class Keeper:
    """Keeps a world in a file."""

    def __init__(self, world: World, file: Path, served: Callable[[], int]) -> None:
        """``served`` counts requests: nothing changes without one."""
        self._world = world
        self._file = file
        self._served = served
        self._saved_at = -1

    def load(self) -> None:
        """Restore what the file holds, if there is one.

        Raises:
            ValueError: It holds something else.
        """
        if self._file.exists():
            restore(self._world, self._file.read_bytes())

    def save(self) -> None:
        """Write the file if there were requests since; it is replaced as a whole."""
        if self._saved_at != self._served():
            self.save_now()

    def save_now(self) -> None:
        """Write the file, as it stands in the middle of a request."""
        self._saved_at = self._served()
        draft = self._file.with_name(f"{self._file.name}.draft")
        draft.write_bytes(take(self._world))
        draft.replace(self._file)

    async def run(self) -> None:
        """Save again and again until cancelled."""
        while True:
            begin = time.monotonic()
            self.save()
            await asyncio.sleep(max(SHORTEST_INTERVAL, SHARE * (time.monotonic() - begin)))
