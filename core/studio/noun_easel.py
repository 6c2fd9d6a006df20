"""What images of single Nouns are grown on, and how: chosen on 48 heads, see core.bench.nouns.visualise."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from core.foundations.errors import SettingError
from core.foundations.files import load_weights
from core.foundations.images import to_rgb
from core.methods.write.visualise import Network, Visualising
from core.methods.write.visualise_canvas import Canvas, Fourier, Latent, Palette, colour_axes
from core.methods.write.visualise_goals import Goal, units
from core.methods.write.visualise_views import Views
from core.models.key_layers import key_layers
from core.models.registry import load
from core.studio.classes import ClassSight
from core.studio.exciting import Easel
from core.worlds.nouns.art import SIDE, load_art
from core.worlds.nouns.usual import usual

SIZE = (SIDE, SIDE)
CANVASES = ("spectrum", "palette", "latent")
RATES = {"spectrum": 0.1, "palette": 0.15, "latent": 0.1}
STEPS = 96
EXCITING, ROW = "nouns_exciting", 16
"""What is kept of the heads' keys and images, and how many images stand in a row of its sheet."""
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


def sheet_of(images: Tensor, quality: int) -> bytes:
    """Images RGB `[n 3 32 32]` in [0, 1] on one sheet, ROW in a row, as JPEG.

    Colours keep all their pixels: an image that was grown says much by colours that change from one pixel to the next, and where
    these are halved, as WebP does at any quality, one in ten is no longer taken for what it was. Each image fills whole blocks of
    eight pixels, so that none depends on its neighbours.
    """
    rgb = to_rgb(images)
    sheet = Image.new("RGB", (ROW * SIDE, -(-len(rgb) // ROW) * SIDE))
    for place, one in enumerate(rgb):
        sheet.paste(Image.fromarray(one), _corner(place))
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=quality, subsampling=0, optimize=True, progressive=True)
    return file.getvalue()


def cut_from(sheet: bytes, places: Sequence[int]) -> list[Image.Image]:
    """Some images of a sheet by their places, RGB, as they are shown."""
    image = Image.open(io.BytesIO(sheet)).convert("RGB")
    corners = [_corner(place) for place in places]
    return [image.crop((left, top, left + SIDE, top + SIDE)) for left, top in corners]


def _corner(place: int) -> tuple[int, int]:
    """Left and top of an image on its sheet."""
    return SIDE * (place % ROW), SIDE * (place // ROW)


def noun_easel(sight: ClassSight) -> Easel:
    """What images of heads are grown on, for the transformer that names them; a residual network looks at them too.

    Raises:
        WeightsError: where a file is missing or changed.
    """
    clip, tower = sight.clip, sight.clip.tower
    device = next(tower.parameters()).device
    tensors, _ = load_weights(EXCITING)
    keys, other = key_layers(tower), load("nouns_residual", device)
    shown = cut_from(tensors["sheet"].numpy().tobytes(), range(len(tensors["neurons"])))

    def goal(place: int) -> Goal:
        neurons, weights = tensors["neurons"][place].tolist(), tensors["weights"][place].tolist()
        return units([keys[-1]] * len(neurons), neurons, weights, "class")

    return Easel(
        network=Network(tower, lambda images: tower(clip.normalise(images)), clip.anatomy.extra),
        names=sight.names,
        keys=keys,
        behind=key_layers(tower, behind=True),
        goal=goal,
        canvas=noun_canvas("spectrum"),
        settings=noun_growing("spectrum"),
        grounds=noun_grounds(),
        other=other,
        work=sight.work,
        ready=lambda place: shown[place].copy(),
    )
