"""The verbs of how a transformer decides, over tiny random ones: with a head of its own, and with names in a joint space."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from core.foundations.errors import LayerError, RequestError, StudioError
from core.foundations.named_neurons import NamedNeuron
from core.foundations.records import Picture
from core.models.clip import Clip
from core.studio import Studio
from core.studio.classes import ClassSight
from tests.models import tiny_towers as towers

NAMES = tuple(f"thing {at}" for at in range(10))
NAMED = (NamedNeuron(1, 3, "red head", "head", 0.9, (4, 5)),)


def canvas(image: Image.Image, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A picture squashed to a size."""
    return np.asarray(image.resize(size[::-1])), (0, 0, *size)


def sight(named: bool = True) -> ClassSight:
    """A tiny classifier; with names in a joint space where not `named`."""
    tower = towers.timm_tower() if named else towers.photo_tower()
    clip = Clip(tower, lambda texts: torch.zeros(1), 0.5, 0.25, towers.SIDE, 5.0).eval()
    vectors = None if named else F.normalize(torch.randn(10, 16, generator=torch.Generator().manual_seed(0)), dim=1)
    return ClassSight(clip, NAMES, canvas, vectors, NAMED)


def picture(seed: int = 0, side: int = 24) -> Picture:
    """Noise."""
    return Picture(Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)))


@pytest.mark.parametrize("named", [True, False])
def test_the_last_vote_is_the_choice(named: bool) -> None:
    """Of the tower itself, or of the cosines with the names; shares are of one vote, maps lie on the picture."""
    own, one = sight(named), picture(side=32)
    seen = own.classes(one)
    images = own.looks.of(one).shown.squashed
    logits = own.clip.tower(own.clip.normalise(images))
    wanted = logits if named else 5.0 * F.normalize(logits, dim=-1) @ own.vectors.T
    shares = wanted.softmax(-1)[0]
    assert seen.answer == seen.name == NAMES[int(shares.argmax())]
    assert seen.rising[0].shares[-1] == pytest.approx(float(shares.max()), abs=1e-4) and seen.rising[0].ranks[-1] == 0
    assert seen.tokens.shape == seen.sure.shape == (4, 3, 3) and seen.importance.shape == (32, 32) and len(seen.right_tokens) == 4
    assert {seen.names[place] for place in np.unique(seen.tokens)} <= set(NAMES)
    wanted_name = next(name for name in NAMES if name != seen.answer)
    other = own.classes(one, wanted_name.upper())
    assert other.name == wanted_name and other.answer == seen.answer and not np.array_equal(other.importance, seen.importance)


@pytest.mark.parametrize("named", [True, False])
def test_keys_of_a_class(named: bool) -> None:
    """Best first, each with a map and a mask of its strongest fifth; one in every block, and what they mean together."""
    own = sight(named)
    found = own.class_keys(picture(), "thing 2")
    assert [one.block for one in found.blocks] == [0, 1, 2] and len(found.running) == 3 and found.blocks[found.home].strength == 1
    assert [one.strength for one in found.best] == sorted((one.strength for one in found.best), reverse=True) and found.best[0].rank == 0
    for one in found.best:
        assert one.heat.shape == (24, 24) and 0 <= one.heat.min() and one.heat.max() <= 1 and 0 < one.mask.mean() <= 0.25
        assert len(one.speaks) == 3 and one.id == f"key:{one.block}:{one.neuron}"
    assert all(0 < one.shared <= one.of and one.name != "thing 2" for one in found.relatives)


@pytest.mark.parametrize("named", [True, False])
def test_where_a_neuron_is_active_in_any_picture(named: bool) -> None:
    """As the class's own keys say it of the same picture; another picture has another map; what does not exist is told."""
    own = sight(named)
    key = own.class_keys(picture(), "thing 2").best[0]
    active = own.key_active(picture(), key.block, key.neuron)
    assert np.allclose(active.heat, key.heat, atol=1e-5) and (active.mask == key.mask).mean() > 0.95
    assert not np.allclose(own.key_active(picture(5), key.block, key.neuron).heat, key.heat, atol=0.05)
    for block, neuron in ((-1, 0), (3, 0), (0, -1), (0, 10**6)):
        with pytest.raises(LayerError, match=f"no neuron {neuron} of block {block}"):
            own.key_active(picture(), block, neuron)


def test_a_named_neuron_brings_its_name() -> None:
    """And its pictures, wherever it is a key; others have none."""
    own = sight()
    every = [one for name in NAMES for one in own.class_keys(picture(), name, 12).best]
    assert {(one.name, one.best) for one in every if (one.block, one.neuron) == (1, 3)} <= {("red head", (4, 5))}
    assert all(one.name == "" for one in every if (one.block, one.neuron) != (1, 3))


def test_a_second_class_costs_no_forward() -> None:
    """The tower runs once for a picture, whatever is asked of it."""
    own, one, runs = sight(), picture(3), []
    handle = own.clip.visual.register_forward_hook(lambda *_: runs.append(1))
    own.classes(one)
    own.class_keys(one, "thing 1")
    own.classes(one, "thing 5")
    own.class_keys(one, "thing 5")
    handle.remove()
    assert runs == [1]


def test_what_is_not_known_is_told() -> None:
    """A class that is none, and a world without any."""
    with pytest.raises(RequestError, match="knows no class 'thing 44'; it knows 10. The nearest are thing 4"):
        sight().class_keys(picture(), "thing 44")
    with pytest.raises(StudioError, match="No model tells classes apart in the world dsprites"):
        Studio("dsprites").class_names()


def test_a_shark_is_one(trained: ClassSight) -> None:
    """The trained model names a head that it is shown, and its keys have names of heads."""
    shown = Studio().library.world.draw(Studio().library.world.compose(3, {"head": "shark"}))
    seen = trained.classes(Picture(Image.fromarray(shown)))
    assert seen.answer == "shark" and seen.rising[0].shares[0] < 0.1 and len(trained.names) == 254 == len(set(trained.names))


@pytest.fixture(scope="module")
def trained() -> ClassSight:
    """The Nouns' own."""
    return Studio().class_sight
