"""Portraits brought into the generator of faces (core.methods.write.invert), beside the plain way at equal cost.

Who it is is judged by the recognition network of core.bench.faces.judges, which no loss knows. The plain way is that of the first
trial: from the mean style, Adam on w+ itself, colours and LPIPS, the working picture at every step. It gets as much processor time
as the method took on the same portrait, all threads together, so that a busy machine moves both alike.

    python -m core.bench faces_taken --quick
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.bench.faces.judges.judges import Judges, fetch_judges
from core.bench.faces.judges.recognition import SAME_PERSON
from core.bench.faces.portraits import portraits
from core.bench.record import Measured
from core.foundations.errors import WeightsError
from core.methods.write.invert import Cloud, Distances, Fit, Inversion, Target, invert
from core.models import face_generator, lpips
from core.models.face_easel import Easel
from core.models.face_generator import load_face_generator
from core.models.face_small import SmallTail
from core.models.face_tail import load_face_tail
from core.models.lpips import load_lpips
from core.studio.face_inversion import usual

OWN, STYLES, PLAIN, START = "styles and delta", "styles alone", "plain way", "start"
CENTRED = 24
"""Portraits, at least, whose mean identity is the centre."""
PLAIN_RATE = 0.02
"""Of Adam on w+."""


class Brought(NamedTuple):
    """What a way made of a portrait.

    Attributes:
        picture: RGB `[1 3 h w]` in [0, 1].
        fit: by the working picture.
        length: root mean square of its styles' coordinates in the cloud; a usual style has 1.
        steps: that it made.
        processor_s: seconds of all threads.
        wall_s: seconds.
    """

    picture: Tensor
    fit: Fit
    length: float
    steps: int
    processor_s: float
    wall_s: float


@dataclass(frozen=True)
class Bench:
    """What all ways share.

    Attributes:
        quick: makes steps.
        real: is judged.
        cloud: where usual styles lie.
        distances: beside colours.
        start: portrait `[1 3 h w]` to w+ `[1 slots d]`.
        settings: of the method.
        begins: what `start` gives, in words.
    """

    quick: Easel
    real: Easel
    cloud: Cloud
    distances: Distances
    start: Callable[[Tensor], Tensor]
    settings: Inversion
    begins: str = "mean style"

    def length(self, styles: Tensor) -> float:
        """Root mean square of the coordinates in the cloud of w+ `[1 slots d]`."""
        return float(torch.linalg.solve(self.cloud.axes, (styles - self.cloud.mean).mT).square().mean().sqrt())

    def own(self, portrait: Tensor) -> dict[str, Brought]:
        """The method: where it starts, what the styles alone bring, and the end."""
        began, wall, found = time.process_time(), time.perf_counter(), {}
        for taken in invert(portrait, self.start(portrait), self.cloud, self.quick, self.real, self.distances, self.settings):
            name = START if taken.step == 0 else STYLES if taken.step <= self.settings.steps else OWN
            spent = time.process_time() - began, time.perf_counter() - wall
            found[name] = Brought(taken.picture, taken.fit, self.length(taken.styles), taken.step, *spent)
        return found

    def plain(self, portrait: Tensor, processor_s: float) -> Brought:
        """From the mean style, Adam on w+, the working picture at every step, for so many seconds of the processor; the rate falls."""
        began, wall, steps = time.process_time(), time.perf_counter(), 0
        target = Target(portrait, self.distances, self.settings)
        styles = self.cloud.mean.expand(1, self.real.generator.slots, -1).clone().requires_grad_()
        optimiser = torch.optim.Adam([styles], PLAIN_RATE)
        while (spent := time.process_time() - began) < processor_s:
            optimiser.param_groups[0]["lr"] = PLAIN_RATE * min(1.0, 3 * (1 - spent / processor_s))
            optimiser.zero_grad()
            target.loss(self.real.paint(styles, None)).backward()
            optimiser.step()
            steps += 1
        with torch.no_grad():
            picture = self.real.paint(styles, None).clamp(0, 1)
        spent = time.process_time() - began
        return Brought(picture, target.fit(picture), self.length(styles.detach()), steps, spent, time.perf_counter() - wall)


def real_bench(settings: Inversion, start: Callable[[Tensor], Tensor] | None = None) -> Bench:
    """The real networks, from the mean style where there is no `start`. WeightsError where they were not fetched."""
    generator = load_face_generator()
    cloud = usual(generator)
    quick, real = Easel(generator, SmallTail.folded(generator)), Easel(generator, load_face_tail())
    begin = start or (lambda portrait: cloud.mean.expand(1, generator.slots, -1))
    return Bench(quick, real, cloud, Distances(load_lpips()), begin, settings, "mean style" if start is None else "guess")


def all_brought(bench: Bench, given: Tensor) -> dict[str, list[Brought]]:
    """Portraits `[n 3 h w]` by every way."""
    found: dict[str, list[Brought]] = {}
    for number, portrait in enumerate(given.split(1)):
        ways = bench.own(portrait)
        ways[PLAIN] = bench.plain(portrait, max(one.processor_s for one in ways.values()))
        for name, one in ways.items():
            found.setdefault(name, []).append(one)
        told = ", ".join(f"{name} {one.fit.psnr:.1f} dB {one.fit.look or 0:.3f}" for name, one in ways.items())
        print(f"portrait {number + 1} of {len(given)}: {told}", flush=True)
    return found


def rows(
    found: dict[str, list[Brought]], given: Tensor, who: Callable[[Tensor], np.ndarray], centre: np.ndarray
) -> dict[str, dict[str, float]]:
    """The table: of each way the means over portraits, and who is seen in what it made.

    Args:
        found: by way.
        given: the portraits `[n 3 h w]`.
        who: pictures to `[n d]`; nearer than SAME_PERSON is one person.
        centre: `[d]`, what identities are told from: the mean of many, so that strangers have about 0.
    """
    wanted, table = who(given), {}
    for name, brought in found.items():
        seen = who(torch.cat([one.picture for one in brought]))
        same = F.cosine_similarity(torch.from_numpy(seen - centre), torch.from_numpy(wanted - centre))
        means = {
            "psnr": [one.fit.psnr for one in brought],
            "lpips": [one.fit.look or 0.0 for one in brought],
            "identity": same.tolist(),
            "same person": (np.linalg.norm(seen - wanted, axis=1) < SAME_PERSON).astype(float).tolist(),
            "length": [one.length for one in brought],
            "steps": [float(one.steps) for one in brought],
            "processor s": [one.processor_s for one in brought],
            "wall s": [one.wall_s for one in brought],
        }
        table[name] = {key: float(np.mean(values)) for key, values in means.items()}
    return table


def figures(table: dict[str, dict[str, float]]) -> dict[str, float]:
    """What the README tells, of the method's end."""
    own = table[OWN] if OWN in table else table[STYLES]
    names = {
        "invert_s": "wall s",
        "invert_psnr": "psnr",
        "invert_lpips": "lpips",
        "invert_identity": "identity",
        "same_person": "same person",
    }
    return {name: own[key] for name, key in names.items()}


def measure(bench: Bench, judges: Judges, count: int) -> Measured:
    """Portraits that nothing learned from, by every way."""
    given = portraits(count)

    def who(pictures: Tensor) -> np.ndarray:
        return judges.who(pictures, judges.landmarks(pictures))

    table = rows(all_brought(bench, given), given, who, who(portraits(max(count, CENTRED))).mean(0))
    return Measured(
        "faces_taken", figures(table), table, {"portraits": count, "steps": bench.settings.steps, "detail": bench.settings.detail}
    )


def run(quick: bool) -> Measured:
    """Twelve portraits, or one in few steps; where what is needed cannot be had, nothing, with the reason."""
    try:
        for weights in (face_generator.WEIGHTS, lpips.WEIGHTS):
            weights.fetch()
        fetch_judges()
        settings = Inversion()
        return measure(real_bench(replace(settings, steps=6, detail=4, close=4) if quick else settings), Judges(), 1 if quick else 12)
    except WeightsError as error:
        return Measured("faces_taken", {}, {}, {"not measured": str(error)})
