"""An error of the gateway or of a service behind it."""

from __future__ import annotations


class ApiError(Exception):
    """Answered as JSON with ``Code`` and ``Message``; ``status`` 200 for services that report errors that way."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
