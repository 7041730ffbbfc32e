"""What a language has to say in mails: the form that its sentences are put into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen
class MailTexts:
    """One language's sentences; the mappings are by template key unless another key is named.

    A receipt has three: ``receipt``; ``receipt_low`` where a level remains; ``receipt_short`` where it is not enough.
    ``release`` and ``release_earliest`` are told apart, and ``released`` and ``released_earliest``.
    """

    headlines: Mapping[str, str]
    """Where the end of the balance is in sight, or does not matter."""
    headline_no_end: str
    """For notice, warning and critical with no end in sight: another line was crossed."""
    subject: str
    greeting: str
    openings: Mapping[str, str]
    no_end: str
    """The opening for notice, warning and critical with no end in sight."""
    reach: str
    """Recovered: until when the balance lasts."""
    steps_title: str
    top_up: str
    top_up_lasts: str
    top_up_any: str
    top_up_debt: str
    """Below zero: all of the debt has to be paid."""
    check_use: str
    """Where the use of services is beyond a line."""
    call: str
    """Where data may be gone."""
    paid_already: str
    forward: str
    forward_use: str
    """The same where it is about use."""
    button: str
    fact_account: str
    fact_balance: str
    fact_spend: str
    fact_spend_value: str
    fact_end: str
    fact_end_value: str
    fact_range: str
    fact_since: str
    fact_top_up: str
    fact_cause: str
    fact_runs: str
    fact_runs_value: str
    from_to: str
    from_on: str
    consequences: Mapping[str, str]
    stakes: str
    """In place of a warning's consequence where the products and their rules are known."""
    notes: tuple[str, ...]
    closing: str
    staff_closing: str
    own_consequence: str
    """In place of ``consequences`` where the account is the agency's own: what stops for all customers."""
    own_remedy: tuple[str, ...]
    """In place of the remedy for revoked access where the account is the agency's own."""
    reference: str
    badges: Mapping[str, str]
    """For the topics that are no levels."""
    causes: Mapping[str, str]
    """By cause of failure; "" for any other."""
    remedies: Mapping[str, tuple[str, ...]]
    """What staff do, by cause of failure; "" for any other."""
