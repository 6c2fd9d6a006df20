"""The studio's verbs for whole photographs, over tiny models: another face, a face put back, a photograph saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import StudioError
from core.foundations.images import open_image
from core.foundations.records import Curve, Edit, Handle, Picture
from core.models.face_seen import PARTS, FaceSeen
from core.studio import Studio
from core.studio import face_photographs as module
from core.studio.recipes import MADE, recipe_in
from core.studio.shelf import Given
from core.worlds.faces.alignment import Frame
from core.worlds.faces.photograph import Photograph
from tests.models.test_working_faces import tiny_faces_at_work

FRAMES = (Frame(60, 50, 20, 0), Frame(20, 20, 10, 0))
SEED = 4


class Reader:
    """Sees a head everywhere but at the left, where cloth is."""

    def read(self, eyes: Any, pictures: torch.Tensor) -> FaceSeen:
        """See."""
        parts = torch.zeros(len(pictures), len(PARTS), 8, 8)
        parts[:, PARTS.index("hair")] = 1
        parts[:, :, :, :2] = 0
        parts[:, PARTS.index("cloth"), :, :2] = 1
        return FaceSeen(*(torch.zeros(len(pictures), 2) for _ in range(4)), parts, torch.zeros(len(pictures), 2))


class Actors:
    """Whatever is turned makes another face."""

    def act(self, handle: Handle, latent: torch.Tensor, strength: float) -> torch.Tensor:
        """Turn."""
        return latent + 2 * strength * torch.sin(torch.arange(latent[0].numel()).view(1, *latent.shape[1:]))


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Studio:
    """The world of faces with a tiny generator that takes any picture in as its own face of one seed."""
    found = Studio("faces", torch.device("cpu"))
    library: Any = found.library
    library.__dict__["generator"] = tiny_faces_at_work()
    library.__dict__["face_reader"] = Reader()
    library.__dict__["actors"] = Actors()
    curve = Curve((0.0, 1.0), (0.0, 0.9), (1.0, 0.9))
    library.__dict__["handles"] = {"old": Handle("old", "direction", "age", "old", "old", ("old",), 0.9, 1.0, 0.2, curve)}
    monkeypatch.setattr(library.world, "side", library.generator.image_size[0])
    monkeypatch.setattr(library, "encode", lambda rgb: library.start({}, SEED).latent)
    monkeypatch.setattr(library, "taken_in", lambda image: library.face_of(Photograph(image, FRAMES)))
    return found


def photograph() -> Image.Image:
    """Of something."""
    return Image.fromarray(np.random.default_rng(2).integers(0, 255, (90, 120, 3), np.uint8))


def opened(studio: Studio) -> Picture:
    """A picture that was cut out of the photograph."""
    return studio.open(photograph())


OLD = (Edit("old"),)


def test_a_photograph_stays_with_the_face_that_was_cut_out_of_it(studio: Studio) -> None:
    """The largest; another on demand, with its own original; what was cut out of nothing has none."""
    picture = opened(studio)
    assert picture.photograph.frames == FRAMES and picture.photograph.at == 0
    other = studio.face(picture, 1)
    assert other.photograph.at == 1 and other.photograph.image is picture.photograph.image
    assert other.original is not None and picture.original is not None
    assert np.array_equal(np.asarray(other.original), np.asarray(picture.photograph.face(1).cut(studio.library.world.side)))
    assert not np.array_equal(np.asarray(other.original), np.asarray(picture.original))
    with pytest.raises(StudioError, match="no face 3"):
        studio.face(picture, 2)
    for ask in (lambda: studio.face(studio.sample(1), 0), lambda: studio.put_back(studio.sample(1), OLD)):
        with pytest.raises(StudioError, match="not cut out of a photograph"):
            ask()


def test_a_face_is_put_back_where_it_was(studio: Studio) -> None:
    """Within its square and its head alone; what is not edited is the photograph to the bit; the page's copy is small."""
    picture = opened(studio)
    same = studio.put_back(picture, ())
    assert np.array_equal(np.asarray(same), np.asarray(photograph()))
    moved = (np.asarray(studio.put_back(picture, OLD)) != np.asarray(photograph())).any(-1)
    rows, columns = (moved.any(axis).nonzero()[0] for axis in (1, 0))
    assert 30 <= rows[0] and rows[-1] < 70 and 40 < columns[0] and columns[-1] < 80 and moved[40:60, 60:75].mean() > 0.5
    assert not moved[:, :44].any()  # the cloth at the left of the square
    assert studio.put_back(picture, OLD, 60).size == (60, 45)


def test_a_large_square_is_put_back_at_the_generators_own_size(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after alike; at the working size where the square is no larger than that, and for a look."""
    picture = opened(studio)
    sizes: list[tuple[int, int]] = []
    monkeypatch.setattr(module, "pasted", lambda photo, one, other, frame, head: (sizes.append((one.width, other.width)), photo)[1])
    large, working = studio.library.generator.real.image_size[0], studio.library.world.side
    for side, longest in ((3 * working, None), (working, None), (3 * working, 90)):
        frames = (Frame(60, 50, side / 2, 0),)
        studio.put_back(replace(picture, photograph=replace(picture.photograph, frames=frames)), OLD, longest)
    assert sizes == [(large, large), (working, working), (working, working)] and large > working


def test_a_photograph_is_saved_whole_and_says_that_it_was_edited(studio: Studio, tmp_path: Path) -> None:
    """All of its pixels, what it says of itself, and no recipe, since it is no longer what a recipe paints."""
    picture = opened(studio)
    studio.save(picture, OLD, tmp_path / "whole.png", whole=True)
    with Image.open(tmp_path / "whole.png") as saved:
        assert saved.size == (120, 90) and {key: saved.info[key] for key in MADE} == MADE
    assert recipe_in(open_image(tmp_path / "whole.png")) is None


def test_worlds_without_photographs_say_so() -> None:
    """Their pictures are taken in without one."""
    nouns = Studio("nouns", torch.device("cpu"))
    given = nouns.library.taken_in(Image.new("RGB", (40, 40)))
    assert isinstance(given, Given) and given.photograph is None and given.rgb.shape == (32, 32, 3)
    for ask in (lambda: nouns.face(nouns.sample(1), 0), lambda: nouns.put_back(nouns.sample(1), ())):
        with pytest.raises(StudioError, match="world faces"):
            ask()
