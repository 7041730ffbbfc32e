"""A cloud on 127.0.0.1 that speaks the wire protocols of the Alibaba Cloud services this project talks to.

It is a program of its own: it imports nothing of the project, so that a misreading of a protocol cannot cancel
itself out between the client and the service.
"""

import logging

logging.getLogger("tablestore").setLevel(logging.ERROR)
"""On most Pythons the SDK, imported for its protobufs alone, says that its codec is the slower one."""
