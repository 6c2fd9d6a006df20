"""A sentence bounds itself to a part of a face: by many ways of saying so, and by none that says something else."""

from __future__ import annotations

import pytest

from core.language.facts.face_places import _words, bounded
from core.worlds.faces.regions import PLACES


def test_every_part_that_can_be_chosen_can_be_said() -> None:
    """By its own name and others."""
    assert (
        set(PLACES) <= set(_words().values())
        and _words()["brows"] == "eyebrows"
        and bounded("red, only the left eye").parts == ("left eye",)
    )


@pytest.mark.parametrize(
    ("sentence", "parts", "rest"),
    [
        ("blond hair, but only the hair", "hair", "blond hair"),
        ("Blond hair (only the hair).", "hair", "Blond hair."),
        ("lipstick on the lips only", "lips", "lipstick on the lips"),
        ("make only the hair blond", "hair", "make the hair blond"),
        ("only the glasses should go", "glasses", "the glasses should go"),
        ("red lips, nothing but the lips", "lips", "red lips"),
        ("older, but keep everything except the skin as it is", "skin", "older"),
        ("make the hair blond and don't change anything but the hair", "hair", "make the hair blond"),
        ("make them smile, only the mouth and the eyes", "mouth eyes", "make them smile"),
        ("change the hair only: blond", "hair", "change the hair: blond"),
        ("take off the hat and only the hat", "hat", "take off the hat"),
        ("darken the background only", "background", "darken the background"),
        ("make her older but only on her skin", "skin", "make her older"),
        ("a hat, and nothing outside the head", "head", "a hat"),
        ("put on a hat, only on his whole head", "head", "put on a hat"),
        ("please make the hair grey, just her hair please", "hair", "please make the hair grey"),
    ],
)
def test_what_bounds_is_taken_out(sentence: str, parts: str, rest: str) -> None:
    """And what is left comes first as one would read it."""
    said = bounded(sentence)
    assert said.parts == tuple(parts.split()) and said.sentences[0] == rest and len(said.sentences) == 2


@pytest.mark.parametrize(
    "sentence",
    [
        "only make her smile",
        "just glasses",
        "only change the age: older",
        "everything else stays, only blonde hair",
        "a hat but the hair stays",
        "make her smile but keep the eyes",
        "not only the hair, everything",
        "no beard in the face",
        "nothing but the truth",
        "make him happy but not his eyes",
        "turn the head to the left",
        "",
    ],
)
def test_what_bounds_nothing_is_left_as_it_is(sentence: str) -> None:
    """To the letter."""
    assert bounded(sentence).parts == () and bounded(sentence).sentences == (sentence,)


def test_a_bound_alone_leaves_nothing() -> None:
    """Which whoever asks has to say."""
    assert bounded("only the hair").parts == ("hair",) and "" in bounded("only the hair").sentences
