"""More and less of a part of a face: what sentences ask for, and what they do not."""

from __future__ import annotations

import pytest

from core.language.facts import table
from core.language.facts.face_shapes import Shaped, shaped
from core.worlds.faces.shapes import SHAPES


@pytest.mark.parametrize(
    ("sentence", "shape", "amount"),
    [
        ("thicker eyebrows", "brow thickness", 1.0),
        ("Please make his eyebrows a bit thicker!", "brow thickness", 0.5),
        ("thinner brows", "brow thickness", -1.0),
        ("bigger eyes", "eye size", 1.0),
        ("could you make the nose much narrower", "nose width", -1.5),
        ("a smaller nose", "nose size", -1.0),
        ("fuller lips", "lip thickness", 1.0),
        ("give her bigger ears", "ear size", 1.0),
        ("her brows should be less thick", "brow thickness", -1.0),
        ("smoother skin", "skin texture", -1.0),
    ],
)
def test_a_part_and_a_way_are_heard(sentence: str, shape: str, amount: float) -> None:
    assert shaped(sentence, SHAPES) == Shaped(shape, amount)


@pytest.mark.parametrize(
    "sentence",
    [
        "not thicker eyebrows",
        "no thicker eyebrows",
        "thicker eyebrows and a smile",
        "thicker",
        "eyebrows",
        "thicker eyebrows and lips",
        "anything but a smaller nose",
        "a nose as small as a button",
        "why is the nose wider",
        "",
    ],
)
def test_whatever_says_more_or_denies_it_is_not(sentence: str) -> None:
    assert shaped(sentence, SHAPES) is None


def test_only_what_is_known_is_heard() -> None:
    """A handle that was not shipped is not asked for; another shape by the same word is."""
    assert shaped("thicker eyebrows", ()) is None and shaped("bigger nose", {"nose width"}) is None
    assert shaped("wider nose", {"nose width"}) == Shaped("nose width", 1.0)


def test_every_shape_has_words_both_ways() -> None:
    """In the table, none of them on both sides."""
    ways = table("face_shapes")["ways"]
    assert set(ways) == set(SHAPES) and {shape.part for shape in SHAPES.values()} == set(table("face_shapes")["parts"])
    for more, less in ways.values():
        assert not set(more.split("; ")) & set(less.split("; "))
