"""Frozen classes against the standard library's dataclasses, which they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as replace_of_the_standard_library

import pytest

from shared.frozen import frozen, replace
from shared.keys import Credentials


@dataclass(frozen=True, slots=True)
class Standard:
    """A dataclass."""

    name: str
    secret: str = field(default="s", repr=False)
    seen: tuple[int, ...] = field(default=(), compare=False)
    parts: dict[str, int] | None = None


@frozen
class Ours:
    """The same."""

    name: str
    secret: str = field(default="s", repr=False)
    seen: tuple[int, ...] = field(default=(), compare=False)
    parts: dict[str, int] | None = None


def test_it_shows_itself_as_a_dataclass_does() -> None:
    assert repr(Ours("a", seen=(1,))) == repr(Standard("a", seen=(1,))).replace("Standard", "Ours")


def test_it_never_shows_a_secret() -> None:
    assert "s3cr3t" not in repr(Credentials("key", "s3cr3t", "s3cr3t-too"))


def test_it_compares_and_hashes_by_the_fields_that_count() -> None:
    one, same, other = Ours("a", seen=(1,)), Ours("a", seen=(2,)), Ours("a", "other")
    assert (one == same, one == other) == (True, False)
    assert len({one, same, other}) == 2
    other_kind: object = Standard("a", seen=(1,))
    assert one != other_kind


def test_what_cannot_be_hashed_says_so_as_a_dataclass_does() -> None:
    for kind in (Ours, Standard):
        with pytest.raises(TypeError, match="dict"):
            hash(kind("a", parts={}))


def test_a_changed_copy_is_another_and_leaves_the_first() -> None:
    one = Ours("a")
    for changed in (replace, replace_of_the_standard_library):
        found = changed(one, name="b", seen=(1,))
        assert (found.name, found.secret, found.seen, found.parts) == ("b", "s", (1,), None)
    assert (one.name, one.seen) == ("a", ())


def test_a_changed_copy_has_no_field_that_there_is_not() -> None:
    with pytest.raises((KeyError, TypeError), match="nothing"):
        replace(Ours("a"), nothing=1)  # type: ignore[call-arg]


def test_other_dataclasses_are_copied_as_well() -> None:
    assert replace(Standard("a"), name="b") == Standard("b")


def test_it_has_room_for_its_fields_only() -> None:
    assert not hasattr(Ours("a"), "__dict__")


def test_a_method_of_its_own_is_kept() -> None:
    @frozen
    class ById:
        number: int

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "mine"

    assert (hash(ById(1)), repr(ById(1)), ById(1) == ById(1)) == (7, "mine", True)
