"""What images that excite the eyes for photographs are grown on: a spectrum with the colours of the sample photographs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.images import to_tensor
from core.methods.write.visualise import Network, Visualising
from core.methods.write.visualise_canvas import Fourier, colour_axes
from core.methods.write.visualise_goals import output
from core.methods.write.visualise_views import Views
from core.models.key_layers import key_layers
from core.studio.classes import ClassSight
from core.studio.exciting import Easel

SIDE = 112
"""Height and width in pixels: half of what is looked at otherwise, so that a step takes a quarter of the time."""
GROWING = Visualising(64, 0.05, Views(moved=0.08, whole=False, mirrored=0.5, turned=8.0, scaled=0.1), shown=4)
SMALL = 64


def photo_easel(sight: ClassSight, photographs: Sequence[Image.Image], side: int = SIDE) -> Easel:
    """What images of the names that a small CLIP knows are grown on; a name is wanted by its answer, the cosine with its vector.

    Args:
        sight: whose tower takes pictures of `side` pixels too.
        photographs: whose colours the images have.
        side: height and width in pixels, a multiple of the tower's patch.
    """
    clip, tower, vectors = sight.clip, sight.clip.tower, sight.vectors
    few = np.stack([np.asarray(one.convert("RGB").resize((SMALL, SMALL), Image.Resampling.BOX)) for one in photographs])

    def run(images: Tensor) -> Tensor:
        said = tower((images.to(clip.mean) - clip.mean) / clip.std)
        return said if vectors is None else clip.logit_scale * F.normalize(said, dim=-1) @ vectors.to(said).T

    return Easel(
        network=Network(tower, run, clip.anatomy.extra),
        names=sight.names,
        keys=key_layers(tower),
        behind=key_layers(tower, behind=True),
        goal=output,
        canvas=Fourier((side, side), colour_axes(to_tensor(few))),
        settings=GROWING,
        grounds=torch.full((1, 3), 0.5),
        work=sight.work * (side / clip.image_size[0]) ** 2,
    )
