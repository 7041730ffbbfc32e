"""A cloud on 127.0.0.1 that speaks the wire protocols of the Alibaba Cloud services this project talks to.

It is a program of its own: it imports nothing of the project, so that a misreading of a protocol cannot cancel
itself out between the client and the service.
"""

import logging

# On being imported the Tablestore SDK says that it has no native codec for this Python: nobody can change that.
logging.getLogger("tablestore").setLevel(logging.ERROR)
