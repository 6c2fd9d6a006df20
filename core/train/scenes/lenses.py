"""Make the lenses of the scenes' CLIP.

Three disjoint lots of scenes: one for means and TextSpan, one for neurons, and the studio's own first scenes as examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from torch import Tensor

from core.foundations.files import load_card
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.models.clip import Clip
from core.models.registry import load_clip
from core.studio.lens_making import LensPictures, make
from core.studio.lenses import Lenses
from core.train.lenses import say, ship
from core.worlds.scenes.compose import Scenes, draw_scenes, join, sample
from core.worlds.scenes.world import vocabulary

BATCH = 100


@dataclass(frozen=True)
class LensMaking:
    """How much is looked at."""

    scenes: int = 3000
    """Scenes for means and TextSpan; and as many of the studio's own, 0, 1 ..., for neurons."""
    examples: int = 600
    """The studio's scenes among which a head's pictures are found."""
    layers: tuple[int, ...] = (3, 4)
    """Layers whose neurons are named: those with attention after them that is not far away."""


def batches(scenes: Scenes) -> Iterator[Tensor]:
    """Pictures `[n 3 h w]` in [0, 1]."""
    for start in range(0, len(scenes), BATCH):
        yield to_tensor(draw_scenes(scenes.take(slice(start, start + BATCH)))[0])


def studio_scenes(count: int) -> Scenes:
    """The scenes that studio.scene(0), studio.scene(1) ... show."""
    return join([sample(numpy_rng("scene", seed), 1) for seed in range(count)])


def make_lenses(clip: Clip, making: LensMaking) -> Lenses:
    """All lenses of a CLIP over the world's words and scenes."""
    means, neurons = sample(numpy_rng("lenses"), making.scenes), studio_scenes(making.scenes)
    examples = studio_scenes(making.examples)
    looked = LensPictures(lambda: batches(means), lambda: batches(examples), lambda: batches(neurons))
    return make(clip, vocabulary(), looked, making.layers, say)


def main() -> None:
    """Make the lenses of the scenes' CLIP and write them to assets/."""
    making = LensMaking()
    lenses = make_lenses(load_clip("scenes_clip"), making)
    card = {
        "world": "scenes",
        "made_from": {"scenes_clip": load_card("scenes_clip")["sha256"]},
        "data": "core.worlds.scenes, the training side",
        "making": asdict(making),
    }
    ship("scenes_lenses", lenses, card)


if __name__ == "__main__":
    main()
