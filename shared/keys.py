"""An access key, as the cloud's services ask for it."""

from __future__ import annotations

from dataclasses import field

from shared.frozen import frozen


@frozen
class Credentials:
    """An access key, with its token if it is a temporary one; only the id is ever shown."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
