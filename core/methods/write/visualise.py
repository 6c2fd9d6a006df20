"""Images that excite a neuron, a set of neurons or a class: feature visualisation for vision transformers, many images in one batch.

    x* = argmax_x  E_v  goal( f( v(x) ) ),       x = canvas(free numbers),     v: views of it, another at each step

Paper: papers/vit_mlp_neurons.md, sections 3.4 and 4.4 (Adam; the key of a class's best value vector before its activation function, as
behind it a neuron that is silent at the start has next to no slope), after Olah et al. 2017, "Feature visualization".

What differs from the authors' code, and why (reference.md, section 5): hooks are removed whatever happens, and errors of the network's
are errors; units are the last axis of a transformer's tokens, not the tokens; the images of a batch have goals, seeds and views of
their own, so an image does not depend on the batch that it is grown in; the descent is the one that all of core.methods.write shares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from core.foundations.errors import SettingError, ShapeError
from core.foundations.trace import Trace
from core.methods.write.descend import Descent, descend
from core.methods.write.visualise_canvas import Canvas
from core.methods.write.visualise_goals import OUTPUT, Goal, Scorer
from core.methods.write.visualise_views import STILL, Plan, Views, looked_at, plan


@dataclass(frozen=True)
class Network:
    """A network that images are grown for.

    Attributes:
        module: whose layers are read.
        run: RGB `[n 3 h w]` in [0, 1] to what the network gives `[n k]`, differentiable.
        extra: tokens before the patches: class, distillation and register tokens.
    """

    module: nn.Module
    run: Callable[[Tensor], Any]
    extra: int = 0

    def readings(self, images: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """What some layers say of images RGB `[n 3 h w]`, and the output, as `Scorer.score` takes them; LayerError where one is missing."""
        with Trace(self.module, list(layers)) as trace:
            said = self.run(images)
        return {layer: trace[layer] for layer in layers} | {OUTPUT: said}


@dataclass(frozen=True)
class Visualising:
    """Settings.

    Attributes:
        steps: of Adam.
        rate: of Adam, in the canvas's own numbers.
        views: how the images are looked at meanwhile.
        shown: steps between previews.
        cool_down: share of the steps, at the end, over which the rate falls.
    """

    steps: int = 128
    rate: float = 0.05
    views: Views = field(default_factory=Views)
    shown: int = 16
    cool_down: float = 0.25

    def descent(self) -> Descent:
        """The same for the descent, which never stops early: the loss is another at each step."""
        return Descent(self.steps, self.rate, 0.05, self.cool_down, (0.9, 0.99), self.shown, least=0, latest=True)


class Grown(NamedTuple):
    """Images after some steps.

    Attributes:
        step: steps so far.
        steps: in all.
        images: as they would be kept now, RGB `[n 3 h w]` in [0, 1].
        scores: of these, looked at as they are `[n]`; in the units' own measure.
        said: what the network gives for them `[n k]`.
        done: whether these are the last.
    """

    step: int
    steps: int
    images: Tensor
    scores: Tensor
    said: Tensor
    done: bool


class _Loss:
    """What is gone down: less the goals' sum, of the next views. Asked once a step."""

    def __init__(self, network: Network, canvas: Canvas, scorer: Scorer, views: Plan) -> None:
        self.network, self.canvas, self.scorer, self.views, self.step = network, canvas, scorer, views, 0

    def __call__(self, free: Tensor) -> Tensor:
        """Free numbers `[1 n ...]` to `[1]`: images share nothing, so their sum's slope is each one's own."""
        steps = len(self.views.affine)
        images = self.canvas.paint(free[0], min(self.step, steps - 1) / steps)
        at = min(self.step, steps - 1)
        seen = looked_at(images, self.views.affine[at], self.views.grounds[at])
        self.step += 1
        return -self.scorer.score(self.network.readings(seen, self.scorer.layers)).sum()[None]


def grow(
    network: Network,
    canvas: Canvas,
    goals: Sequence[Goal],
    seeds: Sequence[int],
    settings: Visualising | None = None,
    grounds: Tensor | None = None,
) -> Iterator[Grown]:
    """Grow an image for each goal, all at once. To cancel, ask for no more: what came last is kept.

    Args:
        network: what is excited; its weights should not want slopes.
        canvas: what images are made of.
        goals: one an image.
        seeds: one an image: the same goal and seed give the same image, whatever else is in the batch.
        settings: how.
        grounds: colours RGB `[k 3]` in [0, 1] of what comes in where an image is moved; any where None.

    Yields:
        The start, then every few steps how they are.

    Raises:
        LayerError: where a goal names a layer or unit that does not exist.
        ShapeError: where there is no goal, or seeds do not fit them.
    """
    chosen = settings or Visualising()
    if not goals or len(goals) != len(seeds):
        raise ShapeError(f"Expected goals, each with a seed; got {len(goals)} goals and {len(seeds)} seeds.")
    if chosen.steps < 1:
        raise SettingError(f"Growing takes a step at least, got {chosen.steps}.")
    scorer, device = Scorer(goals, network.extra), next((p.device for p in network.module.parameters()), torch.device("cpu"))
    with torch.inference_mode(False):
        start = canvas.start(seeds).to(device)
        size = canvas.paint(start[:1], 1.0).shape[2:]
        views = plan(chosen.views, seeds, chosen.steps, (size[0], size[1]), grounds)
        for down in descend(start[None], _Loss(network, canvas, scorer, views), chosen.descent()):
            yield _grown(network, canvas, scorer, down.latent[0], down.step, chosen.steps, down.done)


@torch.no_grad()
def _grown(network: Network, canvas: Canvas, scorer: Scorer, free: Tensor, step: int, steps: int, done: bool) -> Grown:
    images = canvas.paint(free, 1.0)
    readings = network.readings(images, scorer.layers)
    return Grown(step, steps, images, scorer.score(readings), readings[OUTPUT], done)


__all__ = ["STILL", "Grown", "Network", "Visualising", "grow"]
