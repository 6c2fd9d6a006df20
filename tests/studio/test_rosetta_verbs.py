"""The verbs of what models share, on Nouns of a tiny random generator and with concepts that are its own units and a twin's."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from core.foundations.errors import SettingError, StudioError
from core.foundations.inverted import Moved
from core.methods.write.rearrange import Move
from core.methods.write.repaint import parts_of
from core.studio import Studio
from tests.studio.tiny_shared import EYE, tiny_studio


@pytest.fixture(scope="module")
def studio() -> Studio:
    return tiny_studio()


def square(y: int, x: int, size: int) -> np.ndarray:
    mask = np.zeros((32, 32), bool)
    mask[y : y + size, x : x + size] = True
    return mask


def test_concepts_are_seen_in_every_model(studio: Studio) -> None:
    picture, concept = studio.sample(3), studio.concepts()[1]
    maps = studio.concept_maps(picture, concept.id)
    assert list(maps) == ["nouns_generator", EYE]
    assert all(one.shape == (32, 32) and 0 <= one.min() and one.max() <= 1 for one in maps.values())
    strongest = studio.strongest(picture, 3)
    assert len(strongest) == 3 and strongest[0][1] >= strongest[1][1] >= strongest[2][1]
    with pytest.raises(StudioError, match="no concept"):
        studio.concept_maps(picture, "rosetta:99")


def test_a_wall_is_seen_at_once(studio: Studio) -> None:
    """Every concept as by itself, at the cost of one look of each model."""
    picture, concepts = studio.sample(3), studio.concepts()
    looks: list[str] = []
    seen = studio.shared.seen
    studio.shared.seen = lambda model, image: looks.append(model) or seen(model, image)  # type: ignore[method-assign,func-returns-value]
    rows = studio.concept_walls(picture, concepts)
    assert sorted(looks) == sorted({model for one in concepts for model in one.best if model != studio.shared.hub})
    del studio.shared.seen  # type: ignore[method-assign]
    for one, row in zip(concepts, rows, strict=True):
        alone = studio.concept_maps(picture, one)
        assert list(row) == list(alone) and all(np.array_equal(row[model], alone[model]) for model in row)
    with pytest.raises(StudioError, match="No concept"):
        studio.concept_walls(picture, ())


def test_a_concept_is_painted_alone(studio: Studio) -> None:
    """From each start a picture whose own unit is louder than where it began; it can be made again from its recipe."""
    concept = studio.concepts()[0]
    found = studio.concept_pictures(concept.id, 2, seed=5)
    unit, own = concept.hub.unit, concept.hub

    def loud(latent: torch.Tensor) -> float:
        return float(((studio.shared.maps(latent)[unit.layer][0, unit.channel] - own.mean) / own.std).clamp(max=3).mean())

    for start, picture in zip(studio.shared.random(2, 5), found, strict=True):
        assert picture.latent is not None and loud(picture.latent) > loud(start) and picture.image.size == (32, 32)
        again, edits = studio.replay(studio.recipe(picture, ()))
        assert edits == () and np.array_equal(np.asarray(again.image), np.asarray(picture.image))
    for count in (0, 17):
        with pytest.raises(SettingError, match="16"):
            studio.concept_pictures(concept, count)
    with pytest.raises(StudioError, match="no concept"):
        studio.concept_pictures("rosetta:99")


def test_nothing_asked_changes_nothing(studio: Studio) -> None:
    picture = studio.sample(3)
    last = studio.move(picture).last
    assert last.done and last.report is not None and last.report.pixels == 0 and last.picture is picture
    for id, before in last.before.items():
        np.testing.assert_allclose(before, last.wanted[id], atol=1e-5)
        np.testing.assert_allclose(before, last.after[id])


@pytest.mark.parametrize(
    "asked",
    [
        {"shift": (4, 0), "region": square(8, 8, 8)},
        {"zoom": 1.5},
        {"remove": True, "concepts": ["rosetta:0", "rosetta:2"]},
        {"strengthen": 2.0, "concepts": ["rosetta:0"]},
    ],
)
def test_a_move_is_shown_on_the_way_and_told_at_the_end(studio: Studio, asked: dict) -> None:
    steps = list(studio.move(studio.sample(3), **asked))
    assert steps[0].step == 0 and not steps[0].done and steps[0].report is None
    assert steps[-1].done and steps[-1].loss < steps[0].loss and steps[-1].report is not None
    assert set(steps[-1].before) == set(steps[-1].wanted) == set(steps[-1].after)
    again = studio.replay(studio.recipe(steps[-1].picture, ()))[0]
    assert np.array_equal(np.asarray(again.image), np.asarray(steps[-1].picture.image))


def test_who_stops_keeps_what_there_is(studio: Studio) -> None:
    some: list[Moved] = list(islice(iter(studio.move(studio.sample(3), shift=(4, 0))), 2))
    assert [one.done for one in some] == [False, False] and some[1].picture.latent is not None


def test_what_is_picked_out_is_a_thing(studio: Studio) -> None:
    """Places become whole parts of the picture; what the picture is meant to look like keeps all else, and is what an edit goes down to."""
    picture, shared = studio.sample(3), studio.shared
    assert picture.latent is not None
    places = torch.from_numpy(square(4, 6, 14))[None, None].float()
    region = shared.around(picture.latent, places)
    colours = shared.generator.indices(picture.latent[None])[0]
    labels = parts_of(colours)
    assert all(len(region[0, 0][labels == part].unique()) == 1 for part in labels.unique())
    meant = shared.meant(picture.latent, Move((0.125, 0.0)), region)
    assert meant is not None and torch.equal(meant.before, colours)
    there = torch.roll(region[0, 0], 4, 1) + region[0, 0] > 0
    assert torch.equal(meant.wanted[~there], colours[~there]) and shared.meant(picture.latent, Move(remove=True), None) is None
    last = studio.move(picture, shift=(4, 0), region=square(4, 6, 14)).last
    wanted = shared.meant(picture.latent, Move((0.125, 0.0)), places)
    assert wanted is not None and last.latent is not None
    ends = [float(wanted.loss(shared.quick.see(one[None]))) for one in (picture.latent, last.latent)]
    assert ends[1] < ends[0]


@pytest.mark.parametrize("guide", ["none", EYE, "rosetta"])
@pytest.mark.parametrize("start", ["encoder", "random"])
def test_a_picture_is_brought_in(studio: Studio, guide: str, start: str) -> None:
    steps = list(studio.invert(studio.sample(4), guide=guide, start=start, restarts=3, steps=12))
    assert steps[-1].done and steps[-1].lpips is None and (steps[-1].similarity is None) == (guide == "none")
    assert set(steps[-1].scores) >= {"psnr", "ssim", "exact"}
    found = studio.invert(studio.sample(4), guide=guide, start=start, restarts=3, steps=12)
    assert torch.equal(found.latent, steps[-1].latent) and found.scores == steps[-1].scores and found.picture.latent is found.latent


def test_what_the_models_see_alone_brings_a_picture_in(studio: Studio) -> None:
    steps = list(studio.invert(studio.sample(4), guide="rosetta", start="random", restarts=2, steps=20, alone=True))
    assert steps[-1].similarity > steps[0].similarity
    with pytest.raises(SettingError, match="alone"):
        studio.invert(studio.sample(4), alone=True)


def test_what_cannot_be_is_told(studio: Studio) -> None:
    picture = studio.sample(3)
    with pytest.raises(StudioError, match="Nothing guides"):
        next(studio.invert(picture, guide="nobody"))
    with pytest.raises(SettingError, match="random"):
        studio.invert(picture, start="elsewhere")
    with pytest.raises(SettingError, match="zoom"):
        studio.move(picture, zoom=9.0)
    with pytest.raises(StudioError, match="No concept"):
        studio.move(picture, concepts=[])
    with pytest.raises(StudioError, match="size"):
        studio.move(picture, region=np.ones((8, 8), bool))
    with pytest.raises(StudioError, match="Nouns and faces"):
        Studio("dsprites").concepts()
