"""What images of single Nouns are grown on, and how: chosen on sixteen heads, see core.bench.nouns.visualise."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from core.foundations.errors import SettingError
from core.methods.write.visualise import Visualising
from core.methods.write.visualise_canvas import Canvas, Fourier, Latent, Palette, colour_axes
from core.methods.write.visualise_views import Views
from core.worlds.nouns.art import SIDE, load_art
from core.worlds.nouns.usual import usual

SIZE = (SIDE, SIDE)
CANVASES = ("spectrum", "palette", "latent")
RATES = {"spectrum": 0.1, "palette": 0.15, "latent": 0.1}
STEPS = 48
VIEWS = Views(moved=0.1, mirrored=0.5)
"""As far as the Nouns of training were moved."""


def noun_canvas(kind: str, generator: Any = None) -> Canvas:
    """A canvas for Nouns; all but the latent begin where usual Nouns are, none of which has a known part.

    Args:
        kind: one of CANVASES.
        generator: of Nouns, for latents.

    Raises:
        SettingError: where there is no such canvas, or a generator is missing.
    """
    known = usual()
    if kind == "spectrum":
        few, mean = (torch.tensor(one, dtype=torch.float32).movedim(-1, -3) for one in (known.few, known.mean))
        return Fourier(SIZE, colour_axes(few), usual=mean)
    if kind == "palette":
        colours, shares = (torch.tensor(one, dtype=torch.float32) for one in (known.colours, known.shares))
        return Palette(colours, SIZE, usual=shares)
    if kind == "latent" and generator is not None:
        return Latent(generator.decode, generator.latent_shape)
    raise SettingError(f"A canvas is one of {', '.join(CANVASES)}, the last with a generator; got {str(kind)[:40]!r}.")


def noun_growing(kind: str, steps: int = STEPS, shown: int = 8) -> Visualising:
    """How images are grown on a canvas of Nouns."""
    return Visualising(steps, RATES.get(kind, RATES["spectrum"]), VIEWS, shown)


def noun_grounds() -> Tensor:
    """The colours of the Nouns' own grounds RGB `[k 3]` in [0, 1]."""
    art = load_art()
    return torch.tensor(art.palette[art.layers["background"][:, 0, 0]] / 255.0, dtype=torch.float32)
