"""Whom our connections trust, to Tablestore and to OpenAPI alike.

To read the 140 authorities that certifi knows takes as long as to look at several accounts, and both SDKs read them
anew: Tablestore's for every connection, OpenAPI's for every session. Here they are read once in a process.
"""

from __future__ import annotations

import os
import ssl
import threading
from functools import lru_cache

from shared.vendor import sparing

with sparing():
    import certifi

_one_at_a_time = threading.Lock()


def verifying() -> ssl.SSLContext:
    """The one context of this process, for connections that speak HTTP/1.1."""
    with _one_at_a_time:
        return read_authorities()


@lru_cache(maxsize=1)
def read_authorities() -> ssl.SSLContext:
    """Those of ``SSL_CERT_FILE``, which is OpenSSL's own variable, or else certifi's."""
    context = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context
