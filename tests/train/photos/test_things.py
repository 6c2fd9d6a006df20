"""What adding things to photographs does, measured on a tower that sees the mean colour: found by their names, and told of by others."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.files import load_tensors
from core.train.photos import things as module
from core.train.photos.things import Lots, PhotoThingMaking, composed, looked, named_rows, tables, things_of
from core.worlds.photos.cuts import Stamp
from core.worlds.photos.named import Named
from tests.methods.read.slow_segment import planted_clip

COLOURS = {"apple": (255, 0, 0), "frog": (0, 255, 0), "whale": (0, 0, 255)}


def of(name: str, colour: tuple[int, int, int], kind: str = "animal-mammal", source: str = "noto") -> Named:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (*colour, 255)).save(out, "PNG")
    return Named(name, (), source, out.getvalue(), kind, name.removesuffix(" face"))


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Named]]:
    """Three things on grey."""
    monkeypatch.setattr(module, "ground", lambda rng, side: np.full((side, side, 3), 128, np.uint8))
    return things_of([of(name, colour) for name, colour in COLOURS.items()])


def test_names_are_those_that_the_encoder_knows() -> None:
    """Under both names of an emoji; of clip-art single words alone; no faces, and no words that mean nothing to it."""
    pictures = [of("fox face", (9, 9, 9)), of("apple", (9, 9, 9), "", "clipart"), of("red apple", (9, 9, 9), "", "clipart")]
    found = things_of([*pictures, of("smile", (9, 9, 9), "face-smiling"), of("xqzzt", (9, 9, 9)), of("apple", (1, 2, 3))])
    assert {name: len(several) for name, several in found.items()} == {"apple": 2, "fox": 1, "fox face": 1}


def test_what_is_kept() -> None:
    """All but people and signs, an emoji of the gallery whatever it is of, and what people call that one."""
    found = {"cook": [of("cook", (1, 1, 1), "person-role")], "owl": [of("owl", (1, 1, 1))], "fox face": [of("fox face", (1, 1, 1))]}
    found |= {"old man": [of("old man", (1, 1, 1), "person")]}
    cut = lambda kind, label: Stamp(kind, np.zeros((1, 1, 4), np.uint8), label, kind)  # noqa: E731
    rows = named_rows(found, [cut("old man", "grandfather"), cut("fox face", "fox"), cut("yeti", "snowman")])
    assert rows == {"owl": 1, "fox face": 2, "old man": 3, "grandfather": 3, "fox": 2}


def test_a_thing_brings_its_colour(named: dict[str, list[Named]], tmp_path: Path) -> None:
    """What each does is found; lots are kept, and looked at once."""
    clip: Any = planted_clip()
    making = PhotoThingMaking((Lots(2, 0, 2), Lots(1, 7, 2)), 60, rank=3, ridge=1.0)
    found = tables(clip, named, making, tmp_path)
    effects = found["effect.things"] @ found["effect.space"]
    assert effects.argmax(1).tolist() == [list(COLOURS).index(name) for name in named] and sorted(named) == list(named)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"lot_{at}.safetensors" for at in (0, 1, 7, 8)]
    there, _ = looked(clip, {}, 0, 2, making, tmp_path)
    assert torch.equal(there, load_tensors(tmp_path / "lot_0.safetensors")["there"].float()) and there.sum(1).max() == 2


def test_a_picture_depends_on_its_numbers_alone(named: dict[str, list[Named]]) -> None:
    """And shows the things that it is said to."""
    rgb, places = composed(named, 3, 5, 2, 32)
    assert np.array_equal(rgb, composed(named, 3, 5, 2, 32)[0]) and not np.array_equal(rgb, composed(named, 3, 6, 2, 32)[0])
    shown = {name for name, colour in COLOURS.items() if (np.abs(rgb.astype(int) - colour).max(-1) < 9).any()}
    assert shown == {list(named)[at] for at in places}
