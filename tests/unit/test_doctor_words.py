"""Every flaw has its words, in both languages, with something to do."""

from __future__ import annotations

import re

import pytest

from shared.app.doctor_words import WORDS, words
from shared.findings import MINOR, Finding, Flaw
from shared.model import Language
from tests.builders import NOON


@pytest.mark.parametrize("flaw", Flaw)
@pytest.mark.parametrize("since", [None, NOON])
def test_every_flaw_is_put_into_words(flaw: Flaw, since: object) -> None:
    finding = Finding(flaw, "1234567890123456", "detail", NOON if since else None)
    for language in Language:
        what, to_do = words(finding, language)
        assert what
        assert to_do
        assert "$" not in what + to_do
        assert bool(re.search("[\u4e00-\u9fff]", what + to_do)) is (language is Language.CHINESE)


def test_the_words_are_those_of_the_flaws() -> None:
    assert set(WORDS) == set(Flaw)


def test_what_keeps_warnings_from_people_is_serious() -> None:
    assert {flaw for flaw in Flaw if not Finding(flaw, "x").serious} == MINOR
