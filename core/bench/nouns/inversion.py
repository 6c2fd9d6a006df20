"""Pictures brought into the Nouns' generator with guidance and without, at equal time of the processor.

From latents by chance, as in the paper, and from the encoder's guess, which gives a Noun back exactly (benchmark `generator`) and a picture
that is none more or less. Without guidance a number of steps is made; with it as many as fit into the same time, looks of the models that
guide included. What steps and looks cost is measured first, by turns, on a few pictures, and every picture then gets the same number of
steps, so that a busy machine cannot decide. Gains are means over pictures of the difference to no guidance on the same picture from the
same latent, with intervals of the bootstrap, 95 %.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from torch import Tensor

from core.bench.intervals import Interval, interval
from core.bench.record import Measured
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.foundations.ssim import ssim
from core.methods.write.descend import Descent, descend
from core.methods.write.guide import Likeness
from core.methods.write.guided import Rebuilding, Weights, led
from core.studio.inverting import ALPHA
from core.studio.noun_shared import NounShared
from core.studio.shared import ALL, NONE
from core.worlds.nouns.compose import draw, to_indices, to_rgb
from core.worlds.nouns.splits import draw_split

SEED = "bench inversion, held out"
"""Not the pictures on which weights and shares were chosen, which had "bench inversion"."""
RANDOM, GUESS = "random", "guess"
"""Where an inversion begins: a latent by chance, or the encoder's."""
TRIED, PACED = 3, 5
"""Steps that tell what one costs, and pictures on which it is measured; the median counts."""
GAINS = {"psnr": 1, "ssim": 1, "lpips": -1, "exact": 1}
"""Scores, and whether more of one is better."""


@dataclass(frozen=True)
class Setting:
    """What all ways share.

    Attributes:
        pictures: in the distribution, and out of it.
        steps: where it begins, and how many steps are made from there without guidance: of Nouns, and of pictures that are none.
        ways: guides.
        beta: weight of the guidance.
        likeness: how maps are compared.
        led: share of the steps that are guided.
    """

    pictures: tuple[int, int]
    steps: Mapping[str, tuple[int, int]]
    ways: tuple[str, ...] = (NONE, ALL)
    beta: float = NounShared.beta
    likeness: Likeness = Likeness("nearness")
    led: float = NounShared.led


class Cost(NamedTuple):
    """Seconds of the processor that a way costs: the looks of the models that guide, once, and a step with them."""

    look: float
    step: float


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


class Bringing:
    """One picture on its way in, by one guide.

    Args:
        shared: the models.
        target: RGB `[1 3 h w]` in [0, 1].
        way: the guide.
        setting: of all ways.
        start: where it begins.
        number: of the picture, and of its chance.
    """

    def __init__(self, shared: NounShared, target: Tensor, way: str, setting: Setting, start: str, number: int) -> None:
        self.shared, self.target, self.setting = shared, target, setting
        self.start = shared.random(1, number) if start == RANDOM else shared.generator.encode(target)  # type: ignore[operator]
        began = time.process_time()
        guidance = shared.guidance(way, target, self.start[0], setting.likeness)
        self.looked = time.process_time() - began
        weights = Weights(beta=setting.beta, alpha=ALPHA, usual=shared.usual)
        self.loss = Rebuilding(target, shared.units.see, guidance, shared.look, weights)

    def steps_of(self, steps: int) -> Descent:
        """The studio's own, from one start, to the end."""
        return replace(self.shared.bringing, steps=steps, shown=max(1, steps), halve=0, least=0)

    def cost(self) -> Cost:
        """Measured on a few steps."""
        began = time.process_time()
        list(descend(self.start, self.loss, self.steps_of(TRIED)))
        return Cost(self.looked, (time.process_time() - began) / (TRIED + 0.4))  # the last pass of a descent goes forward alone

    def scores(self, steps: int) -> Scores:
        """After so many steps."""
        began = time.process_time()
        *_, last = led(self.start, self.loss, self.steps_of(steps), self.setting.led)
        spent = time.process_time() - began + self.looked
        seen = self.shared.units.see(last.latent).output.detach()
        psnr = float(
            -10 * (seen - self.target).square().mean().clamp(min=1e-5).log10()
        )  # at most 50 dB, so that an exact one does not decide
        exact = float((seen - self.target).abs().amax(1).lt(1e-3).float().mean())
        look = self.shared.look
        lpips = None if look is None else float(look.between(look.look(seen), look.look(self.target)))
        return Scores(psnr, float(ssim(seen, self.target)), exact, lpips, steps, spent)


def paces(shared: NounShared, targets: Sequence[Tensor], setting: Setting) -> dict[str, Cost]:
    """What each way costs: medians over pictures RGB `[1 3 h w]` in [0, 1], on each of which all ways take their turn."""
    for way in setting.ways:  # so that nothing is loaded in what counts
        Bringing(shared, targets[0], way, setting, RANDOM, 0).cost()
    found = [[Bringing(shared, one, way, setting, RANDOM, n).cost() for way in setting.ways] for n, one in enumerate(targets[:PACED])]
    return {way: Cost(*np.median(np.array([row[place] for row in found]), 0).tolist()) for place, way in enumerate(setting.ways)}


def fitting(steps: int, way: Cost, none: Cost, guided: float) -> int:
    """Steps, of which a share is guided, in the time that so many take without guidance; one at least."""
    return max(1, int((steps * none.step - way.look) / (guided * way.step + (1 - guided) * none.step)))


def fitted(steps: int, costs: Mapping[str, Cost], guided: float) -> dict[str, int]:
    """Steps of every way."""
    return {way: steps if way == NONE else fitting(steps, cost, costs[NONE], guided) for way, cost in costs.items()}


def gains(found: Mapping[str, Sequence[Scores]], way: str) -> dict[str, Interval]:
    """How much better than no guidance, by each score: mean and interval."""
    pairs = list(zip(found[way], found[NONE], strict=True))
    known = [name for name in GAINS if getattr(pairs[0][0], name) is not None]
    return {name: interval([GAINS[name] * (getattr(a, name) - getattr(b, name)) for a, b in pairs], SEED) for name in known}


def table_of(found: Mapping[str, Sequence[Scores]], kind: str) -> dict[str, dict[str, float]]:
    """Rows: each way's means, and the gain of every guide by each score with its interval."""
    rows: dict[str, dict[str, float]] = {}
    for way, scores in found.items():
        names = [name for name in (*GAINS, "steps", "seconds") if getattr(scores[0], name) is not None]
        rows[f"{kind}, {way}"] = {name: float(np.mean([getattr(one, name) for one in scores])) for name in names}
        if way != NONE:
            for name, values in gains(found, way).items():
                rows[f"{kind}, {way}, {name}"] = values.row("gain")
    return rows


def measure(shared: NounShared, setting: Setting) -> Measured:
    """Nouns and pictures that are none, from wherever it begins, by every way."""
    lots = [[to_tensor(one[None]) for one in lot] for lot in pictures(*setting.pictures)]
    costs = paces(shared, [*lots[0], *lots[1]], setting)
    figures: dict[str, float] = {}
    rows: dict[str, dict[str, float]] = {}
    for start, each in setting.steps.items():
        for kind, targets, steps in zip(("Nouns", "others"), lots, each, strict=True):
            if targets:
                found = {
                    way: [Bringing(shared, one, way, setting, start, n).scores(fit) for n, one in enumerate(targets)]
                    for way, fit in fitted(steps, costs, setting.led).items()
                }
                rows |= table_of(found, f"{kind} from {start}")
                figures |= _named(found, kind, start)
    told = {"pictures": setting.pictures, "steps": dict(setting.steps), "seed": SEED}
    return Measured("inversion", figures, rows, told | {f"{way} step ms": round(1000 * cost.step, 1) for way, cost in costs.items()})


def _named(found: Mapping[str, Sequence[Scores]], kind: str, start: str) -> dict[str, float]:
    """What outside checks read: of latents by chance the issue's names, of the encoder's guess the same with `guess`."""
    if ALL not in found:
        return {}
    means, told = {name: gain.mean for name, gain in gains(found, ALL).items()}, "" if start == RANDOM else "guess_"
    if kind == "others":
        return {f"ood_{told}gain": means["psnr"]}
    return {f"nouns_{told}{name}_gain": means[name] for name in ("psnr", "ssim", "lpips") if name in means}
