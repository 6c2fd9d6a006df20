"""Blind spots by hand: the thing that should break a class most is found, unless it may not be named, and tried on pictures."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from core.foundations import blind_spots
from core.foundations.attacked import BlindSpot, Shot
from core.foundations.blind_spots import load_spots, worst, written
from core.foundations.errors import StudioError, WeightsError
from core.studio.blindspots import PICTURES, likeliest, spots

CLASSES, POOL = ("cat", "dog", "car"), ("cat", "dog", "car", "sea", "moon")
TEXTS = torch.eye(3)
EFFECTS = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [-0.5, 0.3, 0.0], [0.0, 0.0, 0.2]])


class Planted:
    """An attacker whose pictures embed as what is on them; only "sea" and "moon" may be named."""

    effects: Any = EFFECTS
    texts = TEXTS

    def __init__(self, banned: tuple[str, ...] = ()) -> None:
        self.stage, self.banned = SimpleNamespace(classes=CLASSES, pool=POOL), banned

    def allowed(self, true: str, wrong: str) -> torch.Tensor:
        return torch.tensor([word not in CLASSES and word not in self.banned for word in POOL])

    def made(self, asked: Any, prompt: Any, place: int, purpose: str) -> Any:
        return asked.true, prompt.words

    def embedded(self, pictures: list[Any]) -> torch.Tensor:
        rows = [
            0.6 * TEXTS[CLASSES.index(true)] + sum((EFFECTS[POOL.index(word)] for word in words), torch.zeros(3))
            for true, words in pictures
        ]
        return torch.stack(rows)

    def judged(self, true: str, wrong: str, pictures: list[Any], prompts: list[str]) -> tuple[Shot, ...]:
        at = [CLASSES.index(true), CLASSES.index(wrong)]
        both = (10 * self.embedded(pictures)[:, at]).softmax(1).tolist()
        return tuple(Shot(picture, "", row[0], row[1]) for picture, row in zip(pictures, both, strict=True))

    def shots(self, asked: Any, prompts: Any, places: Any, purpose: str) -> tuple[Shot, ...]:
        return self.judged(asked.true, asked.wrong, [self.made(asked, prompts[0], place, purpose) for place in places], [])


def test_the_thing_that_breaks_a_class_most_is_found() -> None:
    """The sea turns a cat into a dog; where it may not be named, the moon is what is left; pairs broken anyway are none."""
    attacker: Any = Planted()
    assert likeliest(attacker, "cat", 0.6 * TEXTS[0]) == ("dog", "sea")
    other: Any = Planted(banned=("sea",))
    assert likeliest(other, "cat", 0.6 * TEXTS[0]) == ("car", "moon")
    assert likeliest(attacker, "cat", TEXTS[1] + TEXTS[2]) is None
    blank: Any = Planted()
    blank.effects = None
    with pytest.raises(StudioError, match="what adding each thing does"):
        likeliest(blank, "cat", TEXTS[0])


def test_what_is_told_was_seen() -> None:
    """With the sea a cat is a dog in every picture and without in none; pictures that the judge refuses fool nobody."""
    attacker: Any = Planted()
    (spot,) = spots(attacker, ["cat"])
    assert spot == BlindSpot("cat", "dog", "sea", 0.0, 1.0)
    seen = []

    def judge(picture: Any, true: str, wrong: str) -> bool:
        seen.append((picture, true, wrong))
        return len(seen) <= PICTURES // 4

    assert next(spots(attacker, ["cat"], judge)).fooled == 0.25 and len(seen) == PICTURES
    assert all(one[1:] == ("cat", "dog") for one in seen)


def test_the_worst_come_first_and_are_kept(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the thing adds, each thing twice; they come back from their file, and a damaged one is told."""
    found = [BlindSpot(f"c{at}", "x", "sea" if at < 3 else "moon", 0.1 * at, 0.9) for at in range(4)]
    assert [spot.true for spot in worst(found, 9)] == ["c0", "c1", "c3"] and len(worst(found, 1)) == 1
    file = tmp_path / "spots.json"
    file.write_text(written(found))
    monkeypatch.setattr(blind_spots, "asset", lambda name: file)
    assert load_spots() == tuple(found)
    file.write_text("[[1]]")
    with pytest.raises(WeightsError, match="scene_blind_spots"):
        load_spots()


def test_those_that_are_shipped() -> None:
    """One of every class at the most, shares of eight pictures each."""
    found = load_spots()
    assert len({spot.true for spot in found}) == len(found) > 200
    assert np.isin([[spot.before, spot.fooled] for spot in found], np.arange(PICTURES + 1) / PICTURES).all()
