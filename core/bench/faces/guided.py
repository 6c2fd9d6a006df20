"""Portraits brought into the generator of faces with guidance by shared units and without, at equal time of the processor.

Both ways begin at the encoder's guess, with the same settings (core.methods.write.invert); the guided one makes as many steps fewer as
its steps and the looks of the models that guide cost. Who it is is judged by networks of core.bench.faces.judges, which do not guide.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image
from torch import Tensor

from core.bench.faces.judges.judges import Judges
from core.bench.faces.portraits import portraits
from core.foundations.images import to_rgb, to_tensor
from core.foundations.inverted import Inverted
from core.foundations.records import Picture
from core.methods.write.guide import Likeness
from core.methods.write.invert import Inversion
from core.studio import Studio
from core.studio.beginning import taken
from core.studio.face_inversion import PLACES, brought_closer
from core.studio.shared import ALL, NONE
from core.studio.shelf import Given

TRIED = 3
"""Steps that tell what one costs."""


class Taken(NamedTuple):
    """What a way made of a portrait, its steps, and seconds of the processor."""

    last: Inverted
    steps: int
    seconds: float


def as_many(settings: Inversion, share: float) -> Inversion:
    """Settings with a share of the steps, those on the delta in proportion."""
    steps, detail = max(1, round(settings.steps * share)), round(settings.detail * share)
    return replace(settings, steps=steps, detail=detail, close=min(settings.close, steps + detail))


def _run(steps: Iterator[Inverted]) -> tuple[Inverted, float]:
    began, last = time.process_time(), next(steps)
    for step in steps:
        last = step
    return last, time.process_time() - began


def both(studio: Studio, portrait: Tensor, settings: Inversion, guide: str) -> dict[str, Taken]:
    """A portrait RGB `[1 3 h w]` in [0, 1] without guidance and with it."""
    library = studio.library
    picture = _picture(studio, portrait)
    assert picture.latent is not None
    plain, seconds = _run(brought_closer(library.generator, picture, settings))  # type: ignore[arg-type]
    began = time.process_time()
    guidance = library.shared.guidance(guide, portrait, picture.latent, Likeness("nearness"))
    looked = time.process_time() - began
    short = replace(settings, steps=TRIED, detail=0, close=0, shown=100)
    costs = [_run(brought_closer(library.generator, picture, short, None, one))[1] for one in (None, guidance)]  # type: ignore[arg-type]
    share = (1 - looked / seconds) * costs[0] / costs[1]
    fewer = as_many(settings, max(0.1, share))
    guided, spent = _run(brought_closer(library.generator, picture, fewer, None, guidance))  # type: ignore[arg-type]
    return {
        NONE: Taken(plain, settings.steps + settings.detail, seconds),
        guide: Taken(guided, fewer.steps + fewer.detail, looked + spent),
    }


def _picture(studio: Studio, portrait: Tensor) -> Picture:
    """As the studio takes it in, which is aligned already."""
    rgb = to_rgb(portrait)[0]
    return taken(studio.library, Given(rgb), lambda latent: Image.fromarray(studio.library.painted(latent[None])[0]))


def identities(judges: Judges, pictures: Sequence[Picture]) -> np.ndarray:
    """Who is seen in pictures `[n d]`."""
    rgb = np.stack([np.asarray(one.image) for one in pictures])
    images = to_tensor(rgb)
    return judges.who(images, judges.landmarks(images))


def measure(studio: Studio, judges: Judges, count: int, settings: Inversion) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Figures, and a row for each way."""
    given = portraits(count)
    found = [both(studio, one, settings, ALL) for one in given.split(1)]
    wanted, rows = judges.who(given, judges.landmarks(given)), {}
    for way in (NONE, ALL):
        ends = [one[way] for one in found]
        far = np.linalg.norm(identities(judges, [one.last.picture for one in ends]) - wanted, axis=1)
        rows[f"faces, {way}"] = {
            "psnr": float(np.mean([one.last.psnr for one in ends])),
            "ssim": float(np.mean([one.last.ssim or 0.0 for one in ends])),
            "lpips": float(np.mean([one.last.lpips or 0.0 for one in ends])),
            "identity far": float(far.mean()),
            "steps": float(np.mean([one.steps for one in ends])),
            "seconds": float(np.mean([one.seconds for one in ends])),
        }
    none, all_models = rows[f"faces, {NONE}"], rows[f"faces, {ALL}"]
    figures = {"faces_psnr_gain": all_models["psnr"] - none["psnr"], "faces_lpips_gain": none["lpips"] - all_models["lpips"]}
    return figures, rows


def settings_of(quick: bool) -> Inversion:
    """The method's own, or a few steps."""
    return Inversion(size=PLACES, steps=3, detail=2, close=2) if quick else Inversion(size=PLACES)
