"""Bringing a picture into a generator by its concepts: the method of core.methods.write.guided, joined to a world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.images import to_tensor
from core.foundations.inverted import Inverted
from core.foundations.records import Picture
from core.foundations.ssim import ssim
from core.methods.write.descend import Down
from core.methods.write.guide import Guidance
from core.methods.write.guided import Rebuilding, Weights, led
from core.studio import recipes
from core.studio.shared import Inverting, Shared, latent_of, paced
from core.studio.shelf import Shelf

ALPHA = 0.001
"""Weight of the latent's mean square; with the paper's 0.1 a picture that is met exactly is left again."""


def inverted(library: Shelf, picture: Picture, how: Inverting, weights: Weights | None = None) -> Iterator[Inverted]:
    """The steps that bring a picture closer; see `core.studio.rosetta.RosettaVerbs.invert`."""
    shared: Shared = library.shared
    guessed = latent_of(picture).to(library.device)
    target = to_tensor(np.asarray(picture.original or picture.image)[None]).to(library.device)
    with torch.inference_mode(False):
        guidance = shared.guidance(how.guide, target, guessed)
        free, start = shared.begins(how, guessed)
        weighed = weights or Weights(beta=shared.beta, alpha=ALPHA, usual=shared.usual)
        loss = Rebuilding(target, free.paint, guidance, shared.look, weighed)
        if how.alone:
            loss = Rebuilding(target, free.see, guidance, None, replace(weighed, colours=0.0))
        descent = shared.bringing if how.steps is None else replace(shared.bringing, steps=how.steps)
        for down in paced(led(start, loss, descent, 1.0 if how.alone else shared.led), shared.work * len(start)):
            yield taken_at(library, picture, target, down, free.latent(down.latent), guidance)


def taken_at(library: Shelf, picture: Picture, target: Tensor, down: Down, latent: Tensor, guidance: Guidance | None) -> Inverted:
    """What a step came to, measured on the picture that a recipe will give.

    Args:
        target: RGB `[1 3 h w]` in [0, 1].
        latent: `[c h w]`.
    """
    kept = latent.clamp(-recipes.LARGEST, recipes.LARGEST).detach().half().float()
    rgb = library.painted(kept[None])
    given = np.asarray(picture.original or picture.image)
    fit = library.fit(rgb[0], given)
    origin = {"latent": recipes.pack_latent(kept), "fit": round(fit, 4)}
    now = replace(picture, image=Image.fromarray(rgb[0]), latent=kept, truth=None, fit=fit, origin=origin)
    return measured(library.shared, now, to_tensor(rgb).to(target), target, down, guidance, exact=fit)


@torch.no_grad()
def measured(
    shared: Shared, now: Picture, seen: Tensor, target: Tensor, down: Down, guidance: Guidance | None, exact: float | None
) -> Inverted:
    """A step with its scores, of two pictures RGB `[1 3 h w]` in [0, 1]."""
    psnr = float(-10 * (seen - target).square().mean().clamp(min=1e-10).log10())
    look = shared.look
    lpips = None if look is None else float(look.between(look.look(seen), look.look(target)))
    alike = None if guidance is None else float(guidance.similarity(shared.maps(latent_of(now))))
    return Inverted(now, down.step, down.steps, psnr, lpips, float(ssim(seen, target)), exact, alike, down.done)
