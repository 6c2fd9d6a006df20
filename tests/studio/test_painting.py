"""Painting by prompt with the weights that are shipped: followed, varied, editable, and refused where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest

from core.foundations.errors import SettingError
from core.foundations.painted import AskedPart, Painted
from core.studio import Studio
from core.studio.painting import judged

PROMPT = "a Noun with a shark head and red glasses"


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio("nouns")


@pytest.fixture(scope="module")
def painted(studio) -> Painted:
    return studio.paint(PROMPT, count=4, seed=3)


def test_what_is_asked_for_is_there_and_the_rest_is_open(studio, painted) -> None:
    assert [one.seed for one in painted] == [3, 4, 5, 6] and painted.refusal is None
    for one in painted:
        seen = {r.slot: r.part for r in studio.read(one.picture)}
        assert (seen["head"], seen["glasses"]) == ("shark", "square-red") and not one.missing
        assert one.sentence == "Everything that you asked for is there."
    assert len({one.picture.image.tobytes() for one in painted}) == 4


def test_a_seed_gives_the_same_picture_in_any_company(studio, painted) -> None:
    alone = studio.paint(PROMPT, seed=5).pictures[0]
    other, refused, same = studio.paint_all(["a cat", "someone", PROMPT], [1, 2, 5])
    assert alone.image.tobytes() == painted.pictures[2].image.tobytes() == same.pictures[0].image.tobytes()
    assert len(other) == 1 and refused.refusal


def test_it_can_be_edited_and_opened_again(studio, painted) -> None:
    picture = painted.pictures[0]
    again, edits = studio.replay(studio.recipe(picture, ()))
    assert again.image.tobytes() == picture.image.tobytes() and edits == ()
    result = studio.request(picture, "make the head a cat")
    assert result.refusal is None and {r.slot: r.part for r in studio.read(result.picture)}["head"] == "cat"


def test_what_is_not_known_is_refused_or_left_out(studio) -> None:
    refused = studio.paint("a giraffe")
    assert not refused.paintings and refused.refusal and "giraffe" in refused.refusal
    half = studio.paint("a giraffe with red glasses")
    assert len(half) == 1 and "giraffe" in half.paintings[0].sentence and half.paintings[0].asked[0].slot == "glasses"


def test_what_is_missing_is_told(studio, painted) -> None:
    reading = studio.read(painted.pictures[0])
    asked = (AskedPart("head", "cat", "cat head"), AskedPart("glasses", "square-red", "red glasses"))
    told = judged(studio.library, asked, reading)
    assert [one.there for one in told] == [False, True] and told[0].seen == "shark head"


def test_pictures_are_bounded(studio) -> None:
    for wrong in ({"count": 0}, {"count": 101}, {"steps": 0}, {"guidance": 99.0}):
        with pytest.raises(SettingError):
            studio.paint(PROMPT, **wrong)


def test_one_step_follows_too(studio) -> None:
    one = studio.paint(PROMPT, steps=1).paintings[0]
    assert not one.missing and np.asarray(one.picture.image).shape == (32, 32, 3)
