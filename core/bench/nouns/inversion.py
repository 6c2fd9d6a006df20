"""Pictures brought into the Nouns' generator from random latents, with guidance and without, at equal time of the processor.

The encoder gives a Noun back exactly (benchmark `generator`), so from its guess nothing is left to gain; what guidance can do is seen
from latents by chance, as in the paper, and on pictures that are no Nouns. Every way gets as many processor seconds as the others, what the
models that look need included: how long a step takes is measured first, and the schedule made for as many as fit. Gains are means over
pictures of the difference to no guidance on the same picture from the same latents, with intervals of the bootstrap, 95 %.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from core.bench.record import Measured
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.foundations.ssim import ssim
from core.methods.write.descend import descend
from core.methods.write.guide import Likeness
from core.methods.write.guided import Rebuilding, Weights, led
from core.studio.inverting import ALPHA
from core.studio.noun_shared import NounShared
from core.studio.shared import ALL, NONE
from core.worlds.nouns.compose import draw, to_indices, to_rgb
from core.worlds.nouns.splits import draw_split

SEED = "bench inversion, held out"
"""Not the pictures on which weights and shares were chosen, which had "bench inversion"."""
TRIED = 3
"""Steps that tell what one costs."""
DRAWN = 2000
"""Draws of the bootstrap."""


@dataclass(frozen=True)
class Setting:
    """What all ways share.

    Attributes:
        pictures: in the distribution, and out of it.
        seconds: of the processor, for each picture and way.
        starts: random latents.
        ways: guides.
        beta: weight of the guidance.
        likeness: how maps are compared.
        led: share of the steps that are guided.
    """

    pictures: tuple[int, int]
    seconds: float
    starts: int
    ways: tuple[str, ...]
    beta: float = NounShared.beta
    likeness: Likeness = Likeness("nearness")
    led: float = NounShared.led


class Unlike:
    """Pictures out of the distribution, made of held-out Nouns and snapped to the palette."""

    @staticmethod
    def halved(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The right or left half covered by one colour."""
        out, left = rgb.copy(), bool(rng.integers(2))
        out[:, slice(0, 16) if left else slice(16, 32)] = rng.integers(0, 256, 3)
        return out

    @staticmethod
    def recoloured(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Red, green and blue in another order."""
        return rgb[..., [(1, 2, 0), (2, 0, 1), (1, 0, 2)][rng.integers(3)]]

    @staticmethod
    def moved(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Moved aside and mirrored."""
        return np.roll(rgb[:, ::-1], int(rng.integers(3, 7)), 1)

    @staticmethod
    def sketched(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Outlines in black on white."""
        edges = (
            np.abs(np.diff(rgb.astype(int), axis=0, prepend=rgb[:1])) + np.abs(np.diff(rgb.astype(int), axis=1, prepend=rgb[:, :1]))
        ).sum(-1)
        return np.where(edges[..., None] > 60, 0, 255).astype(np.uint8).repeat(3, -1)


KINDS: tuple[Callable[[np.ndarray, np.random.Generator], np.ndarray], ...] = (
    Unlike.halved,
    Unlike.recoloured,
    Unlike.moved,
    Unlike.sketched,
)


def pictures(inside: int, outside: int) -> tuple[np.ndarray, np.ndarray]:
    """Held-out Nouns, and pictures that are none, RGB uint8 `[n 32 32 3]` each."""
    nouns = to_rgb(draw(draw_split(numpy_rng(SEED), inside + outside, True)))
    others = [KINDS[i % len(KINDS)](one, numpy_rng(SEED, "unlike", i)) for i, one in enumerate(nouns[inside:])]
    return nouns[:inside], to_rgb(to_indices(np.stack(others))) if others else nouns[inside:]


@dataclass(frozen=True)
class Scores:
    """Of one picture by one way; LPIPS where it was fetched."""

    psnr: float
    ssim: float
    exact: float
    lpips: float | None
    steps: int
    seconds: float


def brought(shared: NounShared, target: Tensor, way: str, setting: Setting, seed: int) -> Scores:
    """One picture RGB `[1 3 h w]` in [0, 1] from random latents by one way, in so much time of the processor."""
    began = time.process_time()
    start = shared.random(setting.starts, seed)
    guidance = shared.guidance(way, target, start[0], setting.likeness)
    loss = Rebuilding(target, shared.units.see, guidance, shared.look, Weights(beta=setting.beta, alpha=ALPHA, usual=shared.usual))
    ready = time.process_time()
    list(descend(start, loss, replace(shared.bringing, steps=TRIED, halve=0, least=0)))
    step = (time.process_time() - ready) / (TRIED + 0.4)  # the last pass of a descent goes forward alone
    # From one halving to the next the rows left cost their share.
    looked = ready - began
    steps = _fitting(setting.seconds - looked, step, setting.starts, shared.bringing.halve)
    began = time.process_time()
    *_, last = led(start, loss, replace(shared.bringing, steps=steps, shown=steps, least=0), setting.led)
    return scored(shared, last.latent, target, steps, time.process_time() - began + looked)


def _fitting(seconds: float, step: float, rows: int, halve: int) -> int:
    """How many steps fit into a time, where the worse half of the rows is given up on the way."""
    steps, spent, left = 0, 0.0, rows
    while spent < seconds and steps < 2000:
        spent += step * left / rows
        steps += 1
        if halve and steps % halve == 0 and left > 1:
            left = (left + 1) // 2
    return max(5, steps)


@torch.no_grad()
def scored(shared: NounShared, latent: Tensor, target: Tensor, steps: int, seconds: float) -> Scores:
    """How near a latent's picture comes."""
    seen = shared.units.see(latent).output
    psnr = float(-10 * (seen - target).square().mean().clamp(min=1e-5).log10())  # at most 50 dB, so that an exact one does not decide
    exact = float((seen - target).abs().amax(1).lt(1e-3).float().mean())
    look = shared.look
    lpips = None if look is None else float(look.between(look.look(seen), look.look(target)))
    return Scores(psnr, float(ssim(seen, target)), exact, lpips, steps, seconds)


def interval(differences: Sequence[float]) -> tuple[float, float, float]:
    """Mean of differences, and its 95 % interval by the bootstrap."""
    values, rng = np.array(differences), numpy_rng(SEED, "bootstrap")
    means = values[rng.integers(len(values), size=(DRAWN, len(values)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def table_of(found: dict[str, list[Scores]], kind: str) -> dict[str, dict[str, float]]:
    """Rows: each way's means, and the gain of every guide with its interval."""
    rows = {}
    for way, scores in found.items():
        row = {name: float(np.mean([getattr(one, name) for one in scores])) for name in ("psnr", "ssim", "exact", "steps", "seconds")}
        if scores[0].lpips is not None:
            row["lpips"] = float(np.mean([one.lpips or 0.0 for one in scores]))
        if way != NONE:
            pairs = list(zip(scores, found[NONE], strict=True))
            for name in ("psnr", "ssim"):
                mean, low, high = interval([getattr(a, name) - getattr(b, name) for a, b in pairs])
                row |= {f"{name} gain": mean, f"{name} low": low, f"{name} high": high}
        rows[f"{kind}, {way}"] = row
    return rows


def gain(found: dict[str, list[Scores]], name: str) -> float:
    """Of all models over none."""
    return float(np.mean([getattr(a, name) - getattr(b, name) for a, b in zip(found[ALL], found[NONE], strict=True)]))


def measure(shared: NounShared, setting: Setting) -> Measured:
    """Nouns and pictures that are none, by every way."""
    found = {}
    for kind, rgb in zip(("Nouns", "others"), pictures(*setting.pictures), strict=True):
        found[kind] = {
            way: [brought(shared, to_tensor(one[None]), way, setting, number) for number, one in enumerate(rgb)] for way in setting.ways
        }
    nouns, others = found["Nouns"], found["others"]
    figures = {"nouns_psnr_gain": gain(nouns, "psnr"), "nouns_ssim_gain": gain(nouns, "ssim"), "ood_gain": gain(others, "psnr")}
    if shared.look is not None:
        figures["nouns_lpips_gain"] = -gain(nouns, "lpips")
    settings = {"pictures": setting.pictures, "processor s": setting.seconds, "starts": setting.starts, "seed": SEED}
    return Measured("inversion", figures, table_of(nouns, "Nouns") | table_of(others, "others"), settings)
