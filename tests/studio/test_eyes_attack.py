"""A public model that was fetched by name is fooled: what things do to it is measured on the spot, from words to pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from core.bench.hub.families import tiny_open_clip
from core.bench.hub.stand_in import Repo, StandIn
from core.foundations.errors import WeightsError
from core.models.clip import Clip
from core.models.named_eyes import named_eyes
from core.studio.eyes import OtherEyes
from core.studio.eyes_attack import eyes_attacker
from core.studio.photo_stage import PhotoStage
from core.studio.photos import Photos
from core.worlds.photos.cuts import Stamp
from tests.methods.read.slow_segment import planted_clip
from tests.models.near_hub import point_to
from tests.studio.test_eyes import CPU, Few, Letters, words

COLOURS = {"fox": (255, 0, 0), "owl": (0, 255, 0), "bus": (0, 0, 255), "apple": (0, 255, 255), "drum": (255, 0, 255), "key": (220, 220, 0)}
CUTS = tuple(Stamp(name, np.tile(np.uint8([*colour, 255]), (12, 12, 1)), name, name) for name, colour in COLOURS.items())


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Photos]:
    """A hub with one tiny random CLIP; the small model of the studio was never fetched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    (tmp_path / "clip").mkdir()
    tiny_open_clip(tmp_path / "clip")
    with StandIn({"tiny/clip": Repo(tmp_path / "clip")}) as stand_in:
        point_to(stand_in.endpoint, tmp_path / "cache", monkeypatch)
        found = Photos(CPU, Letters())  # type: ignore[arg-type]
        found.other_eyes = OtherEyes(CPU, Letters(), Few(), words)  # type: ignore[misc, arg-type]
        found.world.cut_outs = CUTS  # type: ignore[misc]
        yield found


def test_by_name_from_words_to_pictures(photos: Photos) -> None:
    """Words with neurons behind them, pictures as large as it takes them, a map; a photograph of one's own; the same is made once."""
    with pytest.raises(WeightsError):
        photos.attacks_on([])
    attacks = photos.attacks_on([], "tiny/clip")
    assert photos.attacks_on([], named_eyes("tiny/clip")) is attacks
    found = attacks.attack_words("fox", "owl")
    assert found and {word.text for word in found} <= set(COLOURS) - {"fox", "owl"} and any(word.neurons for word in found)
    known = {f"neuron:{card.layer}:{card.neuron}" for card in photos.other_eyes.sight(named_eyes("tiny/clip")).lenses.neurons}
    assert all(id in known for word in found for id, _ in word.neurons)
    done, side = attacks.attack("fox", "owl", 3), attacks.attacker.clip.image_size[0]
    assert len(done.shots) == 3 == len(done.controls) and {shot.picture.image.size for shot in done.shots} == {(side, side)}
    heat = attacks.attack_map(done.pictures[0], "fox", "owl")
    assert heat.shape == (side, side) and np.isfinite(heat).all()
    own = photos.attacks_on([photos.take_in(Image.new("RGB", (60, 60), (1, 2, 3)))], "tiny/clip").attack("fox", "owl", 1, ["bus"])
    assert (1, 2, 3) in {tuple(pixel) for pixel in np.asarray(own.pictures[0].image).reshape(-1, 3).tolist()}


def test_what_things_do_is_measured() -> None:
    """On a model that sees the mean colour and is told wrong names of two things: what their pictures do counts more than the names."""
    clip: Clip = planted_clip()  # type: ignore[assignment]
    stage = PhotoStage(CUTS, [np.full((40, 40, 3), 90, np.uint8)], 32, torch.eye(len(CUTS)))
    said = {name: torch.tensor(colour).float() for name, colour in COLOURS.items()} | {"bus": torch.tensor([0.0, 255, 0])}
    clip.embed_texts = lambda texts: F.normalize(torch.stack([said[text] for text in texts]), dim=1)  # type: ignore[method-assign]
    sight = type("", (), {"clip": clip, "lenses": replace(words(), directions={}, neurons=())})()
    attacker = eyes_attacker(sight, stage)
    assert attacker.effects is not None and attacker.ids == ()
    true = F.normalize(torch.tensor(COLOURS["bus"]).float(), dim=0) - attacker.texts.mean(0)
    bus = attacker.effects[stage.pool.index("bus")]
    named = attacker.texts[stage.pool.index("bus")] - attacker.texts.mean(0)
    assert F.cosine_similarity(bus, true, dim=0) > F.cosine_similarity(bus, named, dim=0)
    assert len(list(attacker.words(attacker.mined("fox", "owl")))) and not attacker.words(attacker.mined("fox", "owl"))[0].neurons
