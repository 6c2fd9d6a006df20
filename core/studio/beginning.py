"""What pictures begin with: a start of the world's own, a person's picture, or what a recipe says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from core.foundations.records import Picture
from core.studio import recipes
from core.studio.shelf import Given, Shelf, Start

Paint = Callable[[Tensor], Image.Image]
"""From a latent `[c h w]` to its picture."""


def begun(start: Start, paint: Paint) -> Picture:
    """A picture of the world's own."""
    return Picture(paint(start.latent), start.latent, start.truth, 1.0, start.origin)


def taken(library: Shelf, given: Given, paint: Paint) -> Picture:
    """A person's picture as the generator gives it back, by the latent that a recipe will keep."""
    packed = recipes.pack_latent(library.encode(given.rgb).clamp(-recipes.LARGEST, recipes.LARGEST))
    latent = library.unpacked(packed)
    seen = paint(latent)
    fit = library.fit(np.asarray(seen), given.rgb)
    origin = {"latent": packed, "fit": round(fit, 4)}
    return Picture(seen, latent, None, fit, origin, Image.fromarray(given.rgb), photograph=given.photograph)


def again(library: Shelf, origin: dict[str, Any], paint: Paint) -> Picture:
    """The picture of an origin; RecipeError where it is none of this world."""
    if "latent" not in origin:
        return begun(library.restart(origin), paint)
    latent, fit = library.unpacked(origin["latent"]), recipes.unpack_fit(origin.get("fit"))
    return Picture(paint(latent), latent, None, fit, {key: origin[key] for key in ("latent", "fit") if key in origin})
