"""Portraits and painted faces brought into the generator with guidance by shared units and without, at equal time of the processor.

Both ways begin at the encoder's guess, with the same settings (core.methods.write.invert); the guided one makes as many steps fewer as
its steps and the looks of the models that guide cost. Who it is is judged by networks of core.bench.faces.judges, which do not guide.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from core.bench.faces.judges.judges import Judges
from core.bench.faces.portraits import JUDGED, portraits
from core.bench.intervals import interval
from core.bench.record import Measured
from core.foundations.images import to_rgb, to_tensor
from core.foundations.inverted import Inverted
from core.foundations.records import Picture
from core.methods.write.guide import Guidance, Likeness
from core.methods.write.invert import Inversion
from core.models.working_faces import WorkingFaces
from core.studio import Studio
from core.studio.beginning import taken
from core.studio.face_inversion import PLACES, brought_closer
from core.studio.face_shared import FaceShared
from core.studio.shared import ALL, NONE
from core.studio.shelf import Given

TRIED = 3
"""Steps that tell what one costs."""
FACES = 100
"""That a full run brings in: every portrait that is for judging, and faces that the generator painted."""
PAINTED = 930_000
"""Seed of the first of these; training painted none of them."""
BETTER = {"psnr": 1, "ssim": 1, "lpips": -1, "identity far": -1}
"""Scores, and whether more of one is better."""


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


class Costs(NamedTuple):
    """Seconds of the processor: looks of the models that guide, once, and a few steps without them and with them."""

    look: float
    plain: float
    guided: float


def costs_of(studio: Studio, portrait: Tensor, settings: Inversion, guide: str) -> Costs:
    """Measured on a portrait RGB `[1 3 h w]` in [0, 1], by turns; what has to be loaded is loaded before."""
    short, faces = replace(settings, steps=TRIED, detail=0, close=0, shown=100), studio.library.generator
    picture = _picture(studio, portrait)
    for _ in range(2):
        guidance, look = _guided(studio, portrait, picture, guide)
        plain, guided = (_run(brought_closer(faces, picture, short, None, one))[1] for one in (None, guidance))  # type: ignore[arg-type]
    return Costs(look, plain, guided)


def both(studio: Studio, portrait: Tensor, settings: Inversion, guide: str, costs: Costs) -> dict[str, Taken]:
    """A portrait RGB `[1 3 h w]` in [0, 1] without guidance, and with it in as many steps as fit into the same time."""
    faces, picture = studio.library.generator, _picture(studio, portrait)
    plain, seconds = _run(brought_closer(faces, picture, settings))  # type: ignore[arg-type]
    share = (1 - costs.look / seconds) * costs.plain / costs.guided
    fewer = as_many(settings, max(0.1, share))
    guidance, looked = _guided(studio, portrait, picture, guide)
    guided, spent = _run(brought_closer(faces, picture, fewer, None, guidance))  # type: ignore[arg-type]
    return {
        NONE: Taken(plain, settings.steps + settings.detail, seconds),
        guide: Taken(guided, fewer.steps + fewer.detail, looked + spent),
    }


def _guided(studio: Studio, portrait: Tensor, picture: Picture, guide: str) -> tuple[Guidance | None, float]:
    assert picture.latent is not None
    began = time.process_time()
    guidance = studio.library.shared.guidance(guide, portrait, picture.latent, Likeness("nearness"))
    return guidance, time.process_time() - began


def _picture(studio: Studio, portrait: Tensor) -> Picture:
    """As the studio takes it in, which is aligned already."""
    rgb = to_rgb(portrait)[0]
    return taken(studio.library, Given(rgb), lambda latent: Image.fromarray(studio.library.painted(latent[None])[0]))


def faces_of(studio: Studio, count: int) -> Tensor:
    """Portraits, and after them painted faces, RGB `[n 3 256 256]` in [0, 1]."""
    found = portraits(min(count, len(JUDGED)))
    more = [_painted(studio, PAINTED + number) for number in range(count - len(found))]
    return torch.cat([found, *more])


@torch.no_grad()
def _painted(studio: Studio, seed: int) -> Tensor:
    """A face by chance as the real generator paints it, brought to the working size."""
    faces, shared = cast(WorkingFaces, studio.library.generator), cast(FaceShared, studio.library.shared)
    return F.interpolate(faces.large(shared.random(1, seed)).clamp(0, 1), faces.image_size, mode="area")


def identities(judges: Judges, pictures: Sequence[Picture]) -> np.ndarray:
    """Who is seen in pictures `[n d]`."""
    rgb = np.stack([np.asarray(one.image) for one in pictures])
    images = to_tensor(rgb)
    return judges.who(images, judges.landmarks(images))


def measure(studio: Studio, judges: Judges, count: int, settings: Inversion) -> Measured:
    """Figures, and rows: each way's means, and its gain by each score with the bootstrap's interval, 95 %."""
    given = faces_of(studio, count)
    costs = costs_of(studio, given[:1], settings, ALL)
    found = [both(studio, one, settings, ALL, costs) for one in given.split(1)]
    wanted = judges.who(given, judges.landmarks(given))
    scores, rows = {}, {}
    for way in (NONE, ALL):
        ends = [one[way] for one in found]
        far = np.linalg.norm(identities(judges, [one.last.picture for one in ends]) - wanted, axis=1)
        scores[way] = {
            "psnr": np.array([one.last.psnr for one in ends]),
            "ssim": np.array([one.last.ssim or 0.0 for one in ends]),
            "lpips": np.array([one.last.lpips or 0.0 for one in ends]),
            "identity far": far,
        }
        means = {name: float(values.mean()) for name, values in scores[way].items()}
        spent = {name: float(np.mean([getattr(one, name) for one in ends])) for name in ("steps", "seconds")}
        rows[f"faces, {way}"] = means | spent
    gains = {name: interval(BETTER[name] * (scores[ALL][name] - scores[NONE][name]), "bench inversion, faces") for name in BETTER}
    rows |= {f"faces, {ALL}, {name}": gain.row("gain") for name, gain in gains.items()}
    figures = {"faces_psnr_gain": gains["psnr"].mean, "faces_lpips_gain": gains["lpips"].mean}
    return Measured("inversion", figures, rows, {"faces": count, "faces steps": settings.steps + settings.detail})


def settings_of(quick: bool) -> Inversion:
    """A quarter of the method's own steps, so that there is time for a hundred faces; or a few."""
    return Inversion(size=PLACES, steps=3, detail=2, close=2) if quick else Inversion(size=PLACES, steps=10, detail=4, close=4)
