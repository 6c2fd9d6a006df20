"""Whether what fools the photographs' CLIP also fools a model of another kind: a ResNet-50 that learned ImageNet's classes.

A class counts as the most probable of ImageNet's classes that it holds, by their numbers there; of the benchmark's names only those
are in the table that ImageNet knows. Beside the share of pictures that fool the CLIP stands that of those that do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.attacked import Shot
from core.foundations.images import to_tensor
from core.models.imagenet_networks import BGR_MEAN, RESNET, SIDE, load_resnet50

KNOWN: Mapping[str, Sequence[int]] = {
    "horse": (339,),
    "car": (407, 436, 468, 511, 609, 627, 656, 661, 717, 751, 817),
    "crowned crane": (134,),
    "frog": (30, 31, 32),
    "sailboat": (484, 780, 871, 914),
    "airplane": (404, 895),
    "dog": range(151, 269),
    "tiger": (292,),
    "lion": (291,),
    "guitar": (402, 546),
    "violin": (889,),
    "banana": (954,),
    "lemon": (951,),
    "owl": (24,),
    "penguin": (145,),
    "mug": (504,),
    "teapot": (849,),
    "elephant": (101, 385, 386),
    "whale": (147, 148),
    "strawberry": (949,),
    "hammer": (587,),
}
"""What ImageNet calls these: "horse" is its sorrel, "car" all its kinds of cars. It knows no deer, no rose and no scissors."""
MOST = 40
"""Pictures of a pair of each sort."""


class SecondEyes:
    """The ResNet-50 before photographs.

    Args:
        network: blue, green, red less the mean `[n 3 224 224]` to logits `[n 1000]`; the one that was fetched where None.
    """

    def __init__(self, network: Any = None) -> None:
        self.network = network or load_resnet50()

    @staticmethod
    def ready() -> bool:
        """Whether it was fetched."""
        return RESNET.ready()

    @torch.inference_mode()
    def fooled(self, shots: Sequence[Shot], true: str, wrong: str) -> Tensor:
        """Of each picture whether more is said for the wrong class than for the true one `[n]` bool."""
        images = to_tensor(np.stack([np.asarray(shot.picture.image.convert("RGB")) for shot in shots]))
        small = F.interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        logits = torch.cat([self.network(some) for some in (small.flip(1) * 255 - torch.tensor(BGR_MEAN)[:, None, None]).split(8)])
        both = [logits[:, list(KNOWN[name])].amax(1) for name in (true, wrong)]
        return both[1] > both[0]


def transferred(second: SecondEyes, ours: Mapping[tuple[str, str], Sequence[Shot]]) -> tuple[dict[str, float], dict[str, float]]:
    """The figure, and its row: of pictures that fool the CLIP the share that fools the second model, and of those that do not."""
    hit: dict[bool, list[float]] = {True: [], False: []}
    both = [pair for pair in ours if set(pair) <= set(KNOWN)]
    for pair in both:
        for fooled in (True, False):
            shots = [shot for shot in ours[pair] if shot.fooled == fooled][:MOST]
            hit[fooled] += second.fooled(shots, *pair).float().tolist() if shots else []
    found = {fooled: float(np.mean(values)) if values else 0.0 for fooled, values in hit.items()}
    return {"photo_transfer": found[True]}, {"fooled": found[True], "fooled before": found[False], "pairs": len(both)}
