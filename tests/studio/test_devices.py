"""A CLIP on another device than the CPU, played by torch's `meta`: it has shapes and a device, and no numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from core.foundations.records import Picture
from core.methods.read.ablate import TermMeans
from core.models import photo_clip as clips
from core.models.clip import Clip
from core.models.photo_clip import join
from core.studio import photos as module
from core.studio.lens_making import LensPictures, make
from core.studio.lenses import PER_LAYER, Lenses
from core.studio.photos import Photos
from core.studio.sight import Sight
from core.worlds.photos.world import PhotoWorld
from tests.models.tiny_towers import SIDE, open_clip_tower, timm_tower
from tests.studio.test_photos import JOINT, WORDS, Tiny

EMPTY: tuple = (TermMeans(), (), (), {}, {}, {}, {})
META = torch.device("meta")
MAY_MIX = {Tensor.to, Tensor.copy_}
"""What takes tensors of two devices by right."""


class OneDevice(TorchFunctionMode):
    """Refuses every operation on tensors of two devices, as a GPU would, and answers 0 where a number is asked for."""

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        devices = {str(leaf.device) for leaf in given if leaf.ndim or leaf.is_meta}
        if len(devices) > 1 and func not in MAY_MIX:
            raise RuntimeError(f"Expected all tensors on the same device, got {sorted(devices)} in {func.__name__}.")
        if devices == {"meta"} and func in ANSWERS:
            return ANSWERS[func](args[0])
        return func(*args, **(kwargs or {}))


ANSWERS: dict[Any, Callable[[Tensor], Any]] = {
    Tensor.__int__: lambda x: 0,
    Tensor.__index__: lambda x: 0,
    Tensor.__float__: lambda x: 0.0,
    Tensor.__bool__: lambda x: False,
    Tensor.item: lambda x: 0,
    Tensor.tolist: lambda x: np.zeros(x.shape, int).tolist(),
    Tensor.cpu: lambda x: torch.zeros(x.shape, dtype=x.dtype),
    Tensor.nonzero: lambda x: torch.zeros(1, x.ndim, dtype=torch.long, device=META),
}


@contextmanager
def tiny_words() -> Iterator[None]:
    """Every text a random vector of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clips, "text_encoder", Tiny)
        yield


def photo_clip() -> Clip:
    """Whose patches speak by themselves."""
    tensors = {"weight": torch.randn(JOINT, 32) / 6, "bias": torch.zeros(JOINT), "text_mean": torch.zeros(JOINT)}
    with tiny_words():
        return join(timm_tower(num_classes=0, init_values=0.5), tensors, {"architecture": {"blend": 0.5, "logit_scale": 10.0}}, SIDE)


def plain_clip() -> Clip:
    """Whose class token speaks for all."""
    return Clip(open_clip_tower(), lambda texts: torch.from_numpy(Tiny().embed(texts)), 0.5, 0.5, SIDE, 10.0, "plain")


@pytest.fixture(scope="module", params=[plain_clip, photo_clip])
def pair(request: pytest.FixtureRequest) -> tuple[Clip, Lenses]:
    """A CLIP on the other device, and its lenses over random pictures, which were made on the CPU."""
    torch.manual_seed(0)
    clip, looked = request.param(), torch.rand(30, 3, SIDE, SIDE).split(15)
    lenses = make(clip, WORDS, LensPictures(lambda: looked, lambda: looked, lambda: looked, 20), (0, 1))
    return clip.to(META), lenses


def tensors_of(lenses: Lenses) -> list[Tensor]:
    return [lenses.texts, *lenses.means.sums.values(), *(t for part in PER_LAYER for t in getattr(lenses, part).values())]


class Few(PhotoWorld):
    """Photographs of which the first few are neighbours."""

    neighbours = 3


def verbs(sight: Sight, picture: Picture) -> dict[str, Callable[[], Any]]:
    """Everything that a person can ask."""
    return {
        "segment": lambda: sight.segment(picture, "cat"),
        "tokens": lambda: sight.segment(picture, "cat", "tokens"),
        "neurons": lambda: sight.segment(picture, "cat", "neurons_signed"),
        "here": lambda: sight.here(picture, 5, 5),
        "shares": lambda: sight.shares(picture, ["cat", "dog"], ((0, 1),)),
        "head_view": lambda: sight.head_view(picture, 2, 1),
        "alike": lambda: sight.alike(picture, ((2, 0),), 2),
        "neuron_view": lambda: sight.neuron_view(picture, 1, 3),
        "concepts": lambda: sight.concepts(picture),
        "neuron_concepts": lambda: sight.neuron_concepts(picture, 3),
        "who": lambda: sight.who("cat"),
    }


def test_every_verb_keeps_to_the_clips_device(pair: tuple[Clip, Lenses]) -> None:
    """Whatever the lenses were loaded on."""
    sight = Sight(*pair, Tiny(), Few())
    assert all(tensor.device == META for tensor in (*tensors_of(sight.lenses), *sight._codes))
    for verb in verbs(sight, PhotoWorld().sample("cat")).values():
        with OneDevice():
            verb()


def test_the_check_sees_lenses_that_were_left_behind(pair: tuple[Clip, Lenses]) -> None:
    """Planted: the lenses stay on the CPU, as they once did."""
    sight = Sight(*pair, Tiny(), Few())
    sight.lenses = pair[1]
    for name in ("head_view", "concepts", "neuron_concepts"):
        with OneDevice(), pytest.raises(RuntimeError, match="same device"):
            verbs(sight, PhotoWorld().sample("cat"))[name]()


def test_lenses_move_only_where_they_must(pair: tuple[Clip, Lenses]) -> None:
    """There they are themselves; elsewhere they are copies with the same words, and the first stay where they were."""
    lenses = pair[1]
    assert lenses.to(torch.device("cpu")) is lenses and Sight(plain_clip(), lenses, Tiny(), Few()).lenses is lenses
    moved = lenses.to(META)
    assert {t.device for t in tensors_of(moved)} == {META} and {t.device.type for t in tensors_of(lenses)} == {"cpu"}
    assert moved.means.count == lenses.means.count and moved.heads is lenses.heads and moved.pool is lenses.pool


def test_another_clip_brings_its_device_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its means are taken there, over all neighbours."""
    monkeypatch.setattr(module, "load_lenses", lambda name: Lenses(("cat", "dog"), ("a", "a"), torch.zeros(2, 1), *EMPTY))
    photos, clip = Photos(torch.device("cpu"), Tiny()), plain_clip().to(META)
    photos.world = Few()
    with OneDevice():
        sight = photos.through(clip)
        assert sight.lenses.means.count == 3 and {t.device for t in tensors_of(sight.lenses)} == {META}
        verbs(sight, PhotoWorld().sample("cat"))["head_view"]()


def test_a_picture_goes_where_the_clip_is(pair: tuple[Clip, Lenses]) -> None:
    """As every tensor that a verb makes."""
    sight = Sight(*pair, Tiny(), Few())
    assert sight.looks.of(Picture(Image.new("RGB", (30, 20)))).view.images.device == META
