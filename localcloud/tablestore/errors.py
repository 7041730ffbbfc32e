"""The errors that Tablestore answers with: HTTP status, code and sentence.

Source: help.aliyun.com "Tablestore error codes" and the texts that the vendor's own suites expect.
"""

from __future__ import annotations


class TablestoreError(Exception):
    """A refusal; ``status`` is HTTP's, ``code`` and ``message`` are the service's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str) -> TablestoreError:
    """A request that breaks a rule; it fails as a whole and again if repeated."""
    return TablestoreError(400, "OTSParameterInvalid", message)


def auth_failed(message: str) -> TablestoreError:
    """A caller that is not who it says it is, or calls somebody else's instance."""
    return TablestoreError(403, "OTSAuthFailed", message)


def invalid_primary_key(message: str) -> TablestoreError:
    """A primary key that does not fit the table's schema; inside a batch it fails its row only."""
    return TablestoreError(400, "OTSInvalidPK", message)


def table_missing() -> TablestoreError:
    """A write, or a table operation, on a table that is not there."""
    return TablestoreError(404, "OTSObjectNotExist", "Requested table does not exist.")


def table_missing_for_reading() -> TablestoreError:
    """A read of a table that is not there: worded differently, and 400, in the real service."""
    return invalid("Request table not exist")


def table_exists() -> TablestoreError:
    """A second CreateTable."""
    return TablestoreError(409, "OTSObjectAlreadyExist", "Requested table already exists.")


def too_many_tables() -> TablestoreError:
    """More tables than an instance may hold."""
    return TablestoreError(403, "OTSQuotaExhausted", "Number of tables exceeded the quota.")


def condition_failed() -> TablestoreError:
    """The row is not as the writer expected it."""
    return TablestoreError(403, "OTSConditionCheckFail", "Condition check failed.")


def row_conflict() -> TablestoreError:
    """Somebody's open transaction holds the partition key."""
    return TablestoreError(409, "OTSRowOperationConflict", "Data is being modified by the other request.")


def session_missing() -> TablestoreError:
    """A transaction that was never started, has ended, or was open for too long."""
    return TablestoreError(400, "OTSSessionNotExist", "Session not exist or may be timeout.")


def outside_transaction(own: object, asked: object) -> TablestoreError:
    """A transaction that reaches beyond its own partition key."""
    message = f"Data out of scope of transaction. Transaction PartKey:{own}. Data PartKey:{asked}"
    return TablestoreError(400, "OTSDataOutOfRange", message)


def transaction_too_large(limit: int) -> TablestoreError:
    """A transaction that wrote more than it may."""
    message = f"The total data size of transaction exceeds the limit, limit size: {limit}."
    return TablestoreError(400, "OTSOutOfTransactionDataSizeLimit", message)


def unsupported(operation: str) -> TablestoreError:
    """An operation that is not there."""
    return TablestoreError(400, "OTSUnsupportOperation", f"Unsupported operation: '{operation}'.")


def body_too_large() -> TablestoreError:
    """A request body above 5 MB."""
    return TablestoreError(413, "OTSRequestBodyTooLarge", "The size of POST data is too large.")


def method_not_allowed() -> TablestoreError:
    """Anything but POST."""
    return TablestoreError(405, "OTSMethodNotAllowed", "Only POST method for requests is supported.")


def internal_error() -> TablestoreError:
    """The server's own fault."""
    return TablestoreError(500, "OTSInternalServerError", "Internal server error.")
