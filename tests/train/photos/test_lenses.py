"""The words that the photographs' heads and neurons are described with, and the pictures that are looked at."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from core.train.photos import lenses as module
from core.train.photos import views as photo_views
from core.train.photos.lenses import MORE, MOST, TAGS, composed, shipped, vocabulary
from core.worlds.photos.named import Named
from core.worlds.photos.world import PhotoWorld


def of(short: str, kind: str, colour: tuple[int, int, int] = (200, 30, 30)) -> Named:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (*colour, 255)).save(out, "PNG")
    return Named(f"{short} name", (), "noto", out.getvalue(), kind, short)


def test_words_stand_under_what_they_are_about() -> None:
    """As people say them, in the pictures' order, each once; long ones, and what is of no kind, are left out."""
    pictures = [
        of("dog", "animal-mammal"),
        of("dog", "animal-mammal"),
        of("red fox", "animal-mammal"),
        of("a very long name", "animal-mammal"),
        of("toad", "animal-amphibian"),
        of("dragon", "animal-reptile"),
        of("dog", "animal-bird"),
        of("", ""),
        of("clip", ""),
        of("party", "emotion"),
    ]
    found = vocabulary(pictures)
    assert list(found) == [*TAGS, *MORE]
    assert found["mammals"] == ("dog", "red fox") and found["reptiles"] == ("toad", "dragon") and found["birds"] == ()
    assert (
        "red" in found["colours"]
        and "fur" in found["stuff"]
        and not {"clip", "party"} & {word for words in found.values() for word in words}
    )


def test_no_kind_has_too_many_words() -> None:
    """The first ones."""
    found = vocabulary([of(f"beast{'x' * i}", "animal-mammal") for i in range(MOST + 5)])
    assert len(found["mammals"]) == MOST and found["mammals"][0] == "beast"


def test_every_word_stands_once() -> None:
    """A text under two heads would count twice, and a head could not be about either."""
    pictures = [of("fire", "sky & weather"), of("wood", "place-building"), of("leaves", "plant-other"), of("sunny", "sky & weather")]
    pool = [word for words in vocabulary(pictures).values() for word in words]
    assert len(set(pool)) == len(pool) and {"fire", "wood", "leaves", "sunny"} <= set(pool)


def test_kinds_are_under_one_word_each() -> None:
    """So that no emoji is about two things."""
    kinds = [kind for kinds in TAGS.values() for kind in kinds]
    assert len(set(kinds)) == len(kinds) and not set(TAGS) & set(MORE)
    more = [word for words in MORE.values() for word in words.split(";")]
    assert len(set(more)) == len(more) and all(word == word.strip() != "" for word in more)


def test_composed_pictures_are_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each depends on the purpose and its number alone, not on the batch or on how many there are."""
    monkeypatch.setattr(photo_views, "ground", lambda rng, side: np.zeros((side, side, 3), np.uint8))
    pictures = [of(f"{i}", "animal-mammal", (50 * i, 250, 9)) for i in range(5)]
    monkeypatch.setattr(module, "BATCH", 3)
    many = list(composed(pictures, "lens test", 7, 28))
    assert [len(batch) for batch in many] == [3, 3, 1] and many[0].shape == (3, 3, 28, 28)
    monkeypatch.setattr(module, "BATCH", 4)
    few = torch.cat(list(composed(pictures, "lens test", 5, 28)))
    assert torch.equal(torch.cat(many)[:5], few) and 0 <= few.min() < few.max() <= 1
    assert not torch.equal(few, torch.cat(list(composed(pictures, "other", 5, 28))))


def test_the_worlds_pictures_come_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a card can say their numbers: all of them, as the CLIP takes them."""
    world = PhotoWorld()
    monkeypatch.setattr(module, "BATCH", 50)
    found = torch.cat(list(shipped(world, 14)))
    assert found.shape == (world.neighbours, 3, 14, 14)
    for number in (0, len(world.samples), world.neighbours - 1):
        canvas = torch.from_numpy(world.canvas(world.picture(number).image, (14, 14))[0].copy()).permute(2, 0, 1) / 255
        assert torch.equal(found[number], canvas)
