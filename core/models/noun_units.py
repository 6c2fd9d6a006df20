"""The units of all models that look at single Nouns, as pictures of 32 x 32: the generator's, its eyes', and the scenes' CLIP's.

The CLIP of the scenes knows a Noun in its own size somewhere in a picture of 64 x 64. So a Noun is stood in the middle of a
scene of its own ground's colour, and only the tokens on it are kept. A token covers 8 pixels; the Noun is looked at four times,
2 pixels up or down and left or right of the middle, so that the tokens of all four, set into each other, give a map of 8 x 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.clip import Clip
from core.models.dictionary import Dictionary
from core.models.noun_eyes import MEAN, STD, NounEye
from core.models.registry import load
from core.models.units import Seen, Units, generator_units, tower_units

GENERATOR = "nouns_generator"
MAPS = ("decoder.at8", "decoder.at16", "decoder.at32")
"""The generator's layers whose channels are units."""
EYES = ("nouns_residual", "nouns_transformer", "nouns_masked")
CLIP = "scenes_clip"


def eye_units(name: str, eye: NounEye) -> Units:
    """The units of one of the Nouns' eyes: a residual network's stages, what each MLP's activation function gives in a transformer."""
    layers = ("layer1", "layer2", "layer3", "layer4") if eye.config.kind == "residual" else ()
    return tower_units(name, eye.trunk, eye.image_size, ((MEAN,) * 3, (STD,) * 3), layers)


@dataclass(frozen=True)
class InScene(Units):
    """A scenes' tower that looks at single Nouns; see the top of this file.

    Attributes:
        side: of a Noun, in pixels.
        patch: pixels of a token along each axis.
    """

    side: int = 32
    patch: int = 8

    def see(self, given: Tensor) -> Seen:
        """Four passes, differentiable in the pictures: RGB `[n 3 side side]` in [0, 1]; the output is the first's."""
        quarter = self.patch // 4
        moves = [(down, right) for down in (-quarter, quarter) for right in (-quarter, quarter)]
        several = [super(InScene, self).see(self.stood(given, down, right)) for down, right in moves]
        first = self.side // 2 // self.patch
        middle = slice(first, first + self.side // self.patch)
        maps = {}
        for layer in self.layers:
            parts = torch.stack([one.maps[layer][:, :, middle, middle] for one in several], 2)
            maps[layer] = F.pixel_shuffle(parts.flatten(1, 2), 2)
        return Seen(several[0].output, maps)

    def stood(self, images: Tensor, down: int, right: int) -> Tensor:
        """Nouns `[n 3 side side]` in scenes twice as large, which look so many pixels farther down and right than the middle."""
        half, ground = self.side // 2, images[:, :, :1, :1]
        scene = ground.repeat(1, 1, 2 * self.side, 2 * self.side)
        top, left = half - down, half - right
        scene[:, :, top : top + self.side, left : left + self.side] = images
        return scene


def clip_units(name: str, clip: Clip, side: int = 32) -> InScene:
    """The units of a scenes' CLIP on single Nouns of so many pixels: every second block's, the last among them.

    As in any transformer they are what the MLP's activation function gives; all blocks would be four fifths of all units.
    """
    anatomy = clip.anatomy

    def run(scenes: Tensor) -> Any:
        return clip.visual(clip.normalise(scenes))

    layers = tuple(block.activation_name for block in anatomy.blocks[1::2])
    patch = anatomy.image_size[0] // anatomy.grid[0]
    return InScene(name, clip.visual, layers, run, anatomy.extra, side=side, patch=patch)


def noun_units(names: Sequence[str] = (*EYES, CLIP)) -> tuple[Units, list[Units]]:
    """The generator's units, and those of the models that look, from assets/.

    Args:
        names: of which; all of them where nothing is said.

    Raises:
        WeightsError: where one of their files is missing or changed.
    """
    hub = generator_units(GENERATOR, load(GENERATOR), MAPS)
    return hub, [clip_units(name, load(name)) if name == CLIP else eye_units(name, load(name)) for name in names]


@dataclass(frozen=True)
class FeatureUnits(Units):
    """Sparse features of a generator's latent as units beside its channels.

    A feature is one number a picture; its map is that number times how strongly the feature writes at each place of the latent.
    """

    def see(self, given: Tensor) -> Seen:
        """Latents `[n c h w]` to pictures, and maps `[n k h w]` under the only layer's name; differentiable in the latents."""
        generator: Any = self.network
        dictionary = generator["dictionary"]
        written = dictionary.directions().unflatten(1, given.shape[1:]).norm(dim=1)
        codes = dictionary.encode(given)
        return Seen(self.run(given), {self.layers[0]: codes[:, :, None, None] * written})


def feature_units(name: str, generator: Any, dictionary: Dictionary) -> FeatureUnits:
    """The features of a dictionary that was learned on a generator's latents."""
    network = nn.ModuleDict({"generator": generator, "dictionary": dictionary})
    return FeatureUnits(name, network, ("dictionary",), generator.decode)
