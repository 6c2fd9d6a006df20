"""The newer methods on another device than the CPU, played by torch's `meta`: classes, growing, a layer's features, presence, Rosetta."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from core.methods.relate.rosetta import Rosetta, RosettaSettings
from core.methods.write.attack import Codes, mine
from core.methods.write.visualise import grow
from core.models.clip import Clip
from core.models.dictionary import Dictionary, DictionaryConfig
from core.models.public_dictionary import PublicDictionary, layer_of
from core.studio.classes import ClassSight
from core.studio.layer_features import tower_features
from core.studio.photo_easel import photo_easel
from core.studio.presence_making import by_chance
from core.studio.public_features import PublicFeatures
from core.worlds.photos.world import PhotoWorld
from tests.models.tiny_towers import SIDE
from tests.studio import test_devices as other
from tests.studio.test_devices import META, Few, OneDevice, photo_clip, plain_clip
from tests.studio.test_photos import Tiny

FEATURES, HOOK = 20, "blocks.1.hook_resid_post"


@pytest.fixture(autouse=True)
def one_where_a_number_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not 0, by which some of these divide; and a module may be moved, which torch asks of old and new tensors."""
    monkeypatch.setitem(other.ANSWERS, Tensor.__float__, lambda x: 1.0)
    monkeypatch.setitem(other.ANSWERS, Tensor.unique, lambda x: (torch.zeros(1, dtype=torch.long, device=META),) * 2)
    monkeypatch.setattr(other, "MAY_MIX", other.MAY_MIX | {torch._has_compatible_shallow_copy_type, Tensor.__setitem__})


@pytest.fixture(params=[plain_clip, photo_clip])
def clip(request: pytest.FixtureRequest) -> Clip:
    torch.manual_seed(0)
    return request.param().to(META)


class Home(OneDevice):
    """Lets a tensor go to the CPU, as a GPU does, which `meta` alone cannot: it has no numbers to bring."""

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        if func is Tensor.to and args[0].is_meta and isinstance(args[1], Tensor) and not args[1].is_meta:
            return torch.zeros(args[0].shape, dtype=args[1].dtype)
        return super().__torch_function__(func, types, args, kwargs)


def images(count: int = 1) -> Tensor:
    return torch.rand(count, 3, SIDE, SIDE).to(META)


def class_verbs(clip: Clip) -> Iterator[Callable[[], Any]]:
    """What the tab Classes asks, whose classes were embedded on the CPU."""
    sight, picture = ClassSight(clip, [f"class {at}" for at in range(5)], PhotoWorld().canvas, torch.randn(5, clip.anatomy.joint)), _cat()
    yield lambda: sight.classes(picture)
    yield lambda: sight.class_keys(picture, "class 1")
    yield lambda: sight.key_active(picture, 0, 3)
    easel = photo_easel(sight, [picture.image], SIDE)
    yield lambda: easel.shown(_last(grow(easel.network, easel.canvas, [easel.goal(1)], [0], replace(easel.settings, steps=2))))


def layer_verbs(clip: Clip) -> Iterator[Callable[[], Any]]:
    """What is asked of a layer's features, whose dictionary came from a file."""
    dictionary, features = Dictionary(DictionaryConfig(clip.anatomy.width, FEATURES)), tower_features(clip, layer_of(HOOK, clip.anatomy))
    yield lambda: features.collect([images()], 10)
    yield lambda: features.turn(images(), dictionary, {0: 1.0}, torch.ones(4, 4))
    yield lambda: features.see(images(), dictionary)
    seen = {"active": torch.rand(3, FEATURES), "gallery": torch.rand(3, clip.anatomy.joint), "fits": torch.zeros(0, 0)}
    public = PublicFeatures(clip, PublicDictionary(dictionary, "", HOOK), Few(), seen, None, Tiny().embed)
    yield lambda: public.map(_cat(), 0)
    yield lambda: public.turn(_cat(), 0, 1.0)
    yield lambda: public.active_in(_cat())


def test_classes_and_growing_keep_to_the_clips_device(clip: Clip) -> None:
    for verb in class_verbs(clip):
        with OneDevice():
            verb()


def test_features_of_a_layer_keep_to_it(clip: Clip) -> None:
    for verb in layer_verbs(clip):
        with OneDevice():
            verb()


def test_presence_is_learned_where_the_clip_is(clip: Clip) -> None:
    words = torch.randn(6, clip.anatomy.joint).to(META)
    with OneDevice():
        rule = by_chance(clip, lambda: [images(4)], words, torch.ones(6).to(META))
    assert rule.weights.device == rule.whole.mean.device == META


def test_words_that_mislead_are_mined_where_the_codes_are() -> None:
    parts = torch.randn(30, 8).to(META), torch.zeros(30, 4, dtype=torch.long).to(META), torch.rand(30, 4).to(META)
    with OneDevice():
        mine(Codes(*parts, 12), torch.randn(8).to(META), torch.ones(12, dtype=torch.bool).to(META))


def test_rosetta_takes_maps_of_another_device_in() -> None:
    """Its sums are kept on the CPU, whatever looked."""
    rosetta = Rosetta("a", RosettaSettings(block=4))
    with Home():
        rosetta.add({"a": {"x": torch.rand(4, 3, 8, 8).to(META)}, "b": {"y": torch.rand(4, 5, 4, 4).to(META)}}).finish()
    assert {tensor.device.type for tensor in rosetta.tensors().values()} == {"cpu"}


def test_the_check_sees_what_was_left_behind(clip: Clip) -> None:
    """Planted: words that stayed on the CPU."""
    with OneDevice(), pytest.raises(RuntimeError, match="same device"):
        by_chance(clip, lambda: [images(4)], torch.randn(6, clip.anatomy.joint), torch.ones(6))


def _cat() -> Any:
    return PhotoWorld().sample("cat")


def _last(steps: Iterator[Any]) -> Any:
    """The last of some steps."""
    *_, last = steps
    return last
