"""Portraits taken in, judged: how near the picture comes, and whether it is the same person to a network that no loss ever saw.

Told of the first guess, and of what bringing it closer makes of it. Identity is told twice: the share of portraits in which dlib's
network sees the same person (distance below 0.6), and the mean cosine of its 128 numbers less their mean over all portraits that
were taken in, by which strangers are about 0 and a picture of itself is 1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.bench.faces.judges.judges import Judges
from core.bench.faces.judges.recognition import SAME_PERSON

Distance = Callable[[Tensor, Tensor], Tensor]
"""Of two lots of pictures RGB `[n 3 h w]`, `[n]`: LPIPS."""


class Met(NamedTuple):
    """What came of portraits.

    Attributes:
        pictures: RGB `[n 3 h w]` in [0, 1].
        seconds: for each.
    """

    pictures: Tensor
    seconds: tuple[float, ...]


@torch.inference_mode()
def row(given: Tensor, met: Met, judges: Judges, looks: Distance) -> dict[str, float]:
    """PSNR in dB, LPIPS, identity, same person and seconds, of portraits `[n 3 h w]` and what came of them."""
    errors = (given - met.pictures).square().mean((1, 2, 3)).clamp_min(1e-10)
    theirs, ours = (np.concatenate([judges(one[None]).identity for one in some]) for some in (given, met.pictures))
    centre = theirs.mean(0)
    a, b = theirs - centre, ours - centre
    cosines = (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)).clip(1e-9)
    lpips = torch.cat([looks(one[None], other[None]).reshape(1) for one, other in zip(given, met.pictures, strict=True)])
    return {
        "psnr": float(np.median(-10 * errors.log10())),
        "lpips": float(lpips.median()),
        "identity": float(cosines.mean()),
        "same person": float((np.linalg.norm(theirs - ours, axis=1) < SAME_PERSON).mean()),
        "seconds": float(np.median(met.seconds)),
    }


def closer(steps: Iterable[Any]) -> tuple[Any, float]:
    """The last of the steps that bring a portrait closer, and the seconds until it was there."""
    began, last = time.perf_counter(), None
    for step in steps:
        last = step
    return last, time.perf_counter() - began


def figures(table: dict[str, float]) -> dict[str, float]:
    """The row of what a person gets, under the names of the issue's figures."""
    named = {
        "psnr": "invert_psnr",
        "lpips": "invert_lpips",
        "identity": "invert_identity",
        "same person": "same_person",
        "seconds": "invert_s",
    }
    return {named[key]: value for key, value in table.items()}
