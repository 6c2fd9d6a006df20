"""A portrait brought closer: the method of core.methods.write.invert, joined to the generator of faces and to LPIPS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from PIL import Image

from core.foundations.images import to_rgb, to_tensor
from core.foundations.inverted import Inverted
from core.foundations.records import Picture
from core.foundations.seeds import numpy_rng
from core.foundations.ssim import WINDOW, ssim
from core.methods.write.guide import Guidance, Watching
from core.methods.write.invert import Cloud, Distances, Inversion, Taken, cloud_of, invert
from core.models.face_easel import Easel
from core.models.lpips import Lpips, load_lpips
from core.models.mobile_stylegan import MobileStyleGAN
from core.models.working_faces import WorkingFaces, apart, latents_of
from core.studio import recipes

PLACES = 16
"""Pixels of the maps that a delta is added to: as good as 32 within half a decibel, and a quarter of the numbers to keep."""
LIGHT = 0.1
"""Weight of guidance beside colours and LPIPS. With 1 ten portraits lost 0.8 dB (core.bench.faces.guided); with 0.1 two others, that may
be learned from, lost 0.1 dB and had a little more of structure."""
DRAWN = 4096
"""Styles that tell where usual ones lie."""


def brought_closer(
    faces: WorkingFaces,
    picture: Picture,
    settings: Inversion | None = None,
    distance: Lpips | None = None,
    guidance: Guidance | None = None,
) -> Iterator[Inverted]:
    """The steps that bring a face closer to the original that it was taken in from.

    Args:
        faces: the generator.
        picture: with its first guess as latent.
        settings: how many steps; those of the method, with maps of `PLACES` px, where None.
        distance: LPIPS, loaded where None.
        guidance: by units that models share; None for none.

    Raises:
        WeightsError: where LPIPS was not fetched.
    """
    assert picture.original is not None and picture.latent is not None, "the library asks before"
    real, device = faces.real, picture.latent.device
    target = to_tensor(np.asarray(picture.original)[None]).to(device)
    start, _ = apart(picture.latent[None], real.slots)
    easels = Easel(real, faces.small), Easel(real, faces.tail)
    chosen = settings or Inversion(size=PLACES)
    guide = None if guidance is None else Watching(faces, guidance, LIGHT)
    for taken in invert(target, start.clone(), usual(real), *easels, Distances(distance or _lpips()), chosen, guide):
        alike = float(ssim(taken.picture, target)) if target.shape[-1] >= WINDOW else None
        yield _inverted(picture, taken, alike)


def _inverted(picture: Picture, taken: Taken, structure: float | None) -> Inverted:
    image = Image.fromarray(to_rgb(taken.picture)[0])
    fit = likeness(np.asarray(image), np.asarray(picture.original))
    latent = latents_of(taken.styles, taken.delta)[0].detach().half().float()  # as a recipe keeps it
    origin = {"latent": recipes.pack_latent(latent), "fit": round(fit, 4)}
    better = replace(picture, image=image, latent=latent, truth=None, fit=fit, origin=origin)
    return Inverted(better, taken.step, taken.steps, taken.fit.psnr, taken.fit.look or 0.0, structure, done=taken.step == taken.steps)


def usual(real: MobileStyleGAN) -> Cloud:
    """Where usual styles lie."""
    z = numpy_rng("faces", "cloud").standard_normal((DRAWN, real.width), dtype=np.float32)
    with torch.no_grad():
        return cloud_of(real.style(torch.from_numpy(z).to(real.start.device)))


def likeness(seen: np.ndarray, given: np.ndarray) -> float:
    """One less the mean difference of the colours of two pictures, RGB uint8 `[h w 3]`; 1 for the same."""
    return float(1 - np.abs(seen.astype(float) - given).mean() / 255)


@lru_cache(maxsize=1)
def _lpips() -> Lpips:
    return load_lpips()
