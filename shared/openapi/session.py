"""The one HTTP session that all clients of the SDK send with: accounts, products and threads share its connections.

The SDK keeps a table of sessions, one for each host, and takes from it whatever it finds there. Left alone it fills the
table itself, with sessions that read 140 authorities anew for every connection: about 30 ms of CPU each time, which for
a sweep in many threads is most of what there is to do.
"""

from __future__ import annotations

import os
import ssl
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import certifi
from darabonba.core import DEFAULT_POOL_MAXSIZE, DaraCore
from requests import Session
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from alibabacloud_tea_openapi.utils_models import Config

CONNECTIONS = 64
"""Kept open to one host; more can be in use, but are closed after it."""
HOSTS = 8

_one_at_a_time = threading.Lock()


def share_session(config: Config) -> None:
    """Let a client of this configuration send with the one session, whatever key it signs with."""
    # As DaraCore.do_action names them; its requests always say port 80.
    name = f"{config.protocol.lower()}://{config.endpoint}:80:pool={DEFAULT_POOL_MAXSIZE}"
    table = DaraCore._sessions  # noqa: SLF001 -- the SDK has no other way to be given a session
    if name not in table:
        with _one_at_a_time:
            table[name] = the_session()


@lru_cache(maxsize=1)
def the_session() -> Session:
    """The session of this process; cookies, of which OpenAPI has none, would be shared as well."""
    session = Session()
    session.mount("https://", _Verifying(pool_connections=HOSTS, pool_maxsize=CONNECTIONS))
    session.mount("http://", HTTPAdapter(pool_connections=HOSTS, pool_maxsize=CONNECTIONS))
    return session


class _Verifying(HTTPAdapter):
    """Connections that are verified against authorities that were read once."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 -- passed on as they come
        # OpenSSL's own variable comes first, as it does in the SDK's sessions.
        authorities = os.environ.get("SSL_CERT_FILE") or certifi.where()
        context = ssl.create_default_context(cafile=authorities)
        super().init_poolmanager(*args, **options, ssl_context=context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401, ARG002 -- as above
        """The context verifies: the base class would have the authorities read again for this connection."""
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None
