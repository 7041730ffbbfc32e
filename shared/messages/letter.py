"""A mail before it has a form: what it says, in the order a reader needs it."""

from __future__ import annotations

from shared.frozen import frozen


@frozen
class Panel:
    """What stands around one part of a picture."""

    share: float
    """Of the picture's width, from the end of the panel before to the end of this one; all shares make 1."""
    title: str
    top: str
    """What its upper edge stands for."""
    first: str
    """The day at its left edge."""
    last: str
    """The day at its right edge."""


@frozen
class Picture:
    """A picture and its words."""

    png: bytes
    width: int
    """In CSS pixels, as the height."""
    height: int
    alt: str
    """What is to be seen, in words: for readers without pictures."""
    panels: tuple[Panel, ...]
    """From left to right."""
    legend: str
    """What colours and marks mean."""


@frozen
class AccountRow:
    """One of several accounts that a letter speaks of."""

    key: str
    """The template key, which sets the colour of the badge."""
    badge: str
    name: str
    figures: tuple[tuple[str, str], ...]
    """Label and value."""


@frozen
class Letter:
    """The content of one mail, plain text throughout; ``mail_text`` and ``mail_html`` give it a form."""

    language: str
    """As HTML names it."""
    key: str
    """The template key, which sets the colour."""
    badge: str
    """One word that says how serious it is."""
    headline: str
    greeting: str
    opening: str
    """What is the case, in one or two sentences."""
    steps_title: str
    steps: tuple[str, ...]
    """What to do, first things first; empty where there is nothing to do."""
    button: tuple[str, str] | None
    """Label and address of the one link."""
    facts: tuple[tuple[str, str], ...]
    """Label and value."""
    consequence: str
    """What happens otherwise; empty where nothing does."""
    notes: tuple[str, ...]
    """How old the figures are and what they leave out."""
    closing: str
    """Whom to call."""
    reference: str
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Lists with a title, between the facts and what happens otherwise."""
    picture: Picture | None = None
    accounts: tuple[AccountRow, ...] = ()
    """The most serious first; empty where the letter speaks of one account."""


def plain_text(letter: Letter) -> str:
    """The letter for readers without HTML, in paragraphs with a blank line between them."""
    steps = [f"{number}. {step}" for number, step in enumerate(letter.steps, 1)]
    paragraphs = [
        letter.headline,
        letter.greeting,
        letter.opening,
        "\n".join([letter.steps_title, *steps]) if steps else "",
        "\n".join(letter.button or ()),
        letter.picture.alt if letter.picture else "",
        "\n".join(f"{label}: {value}" for label, value in letter.facts),
        "\n\n".join(_account(row) for row in letter.accounts),
        *("\n".join([title, *(f"- {item}" for item in items)]) for title, items in letter.sections),
        letter.consequence,
        "\n".join(letter.notes),
        letter.closing,
        letter.reference,
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _account(row: AccountRow) -> str:
    return "\n".join([f"[{row.badge}] {row.name}", *(f"  {label}: {value}" for label, value in row.figures)])
