"""What Function Compute's refusals of an invocation mean, in both of its APIs.

Sources: error codes, help.aliyun.com/document_detail/154973.html; duplicates,
alibabacloud.com/help/en/fc/task-deduplication.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from shared.dispatch import HandOverLater, HandOverRefused

if TYPE_CHECKING:
    from shared.dispatch import NotHandedOver


def is_taken(status: int, code: str) -> bool:
    """Whether the task id was taken before. The code differs between the two APIs, and is documented in neither."""
    return status == HTTPStatus.CONFLICT or code.endswith("AlreadyExists")


def failure_of(status: int, what: str) -> NotHandedOver:
    """Throttled, or a failure of the service's own: later. Anything else has to be mended by someone."""
    passing = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return HandOverLater(what) if passing else HandOverRefused(what)
