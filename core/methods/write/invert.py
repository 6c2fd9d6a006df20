"""Bring a picture in: the latent of a generator, and a small addition for this one picture, that paint it.

    w_s = mean + A (u + v_s),   A A^T the covariance of w,   m' = m + delta, |delta| <= bound * sd(m)
    minimise  a |G - x|^2 + b LPIPS(G, x) + c (1 - cos(id(G), id(x))) + d (|u + v|^2 + |delta / bound|^2),   means

Papers: Abdal et al., "Image2StyleGAN", 2019, arXiv:1904.03189, section 4 (a style for each slot, pixels and a perceptual distance);
Zhu et al., "Improved StyleGAN embedding: where are the good latents?", 2020, arXiv:2012.09036, section 3 (whitened coordinates, and
their length as a regulariser); Kang et al., "GAN inversion for out-of-range images with geometric transformations", 2021,
arXiv:2108.08998, section 3.2 (coarse maps beside the styles).

What differs from the authors' code: a step is dear here, so fewer than a hundred have to do. They are taken in whitened coordinates,
with one part common to all slots, so that Adam's step is one standard deviation's share along every axis of the cloud; the maps get
an addition that starts at nothing and cannot pass its bound, not free maps of their own, so that an edit of w+ still does what it
did; a quick painter of smaller pictures makes most of the steps, the real one the last, and what is shown and judged. Nothing here
knows a model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError


class Painter(Protocol):
    """A generator of pictures whose latent has slots."""

    def paint(self, styles: Tensor, delta: Tensor | None) -> Tensor:
        """w+ `[1 slots d]` and something added to the maps of its size to RGB `[1 3 h w]`, about [0, 1], differentiable in both."""
        ...

    def maps(self, styles: Tensor, size: int) -> Tensor:
        """The maps of a size `[1 u size size]` that a delta is added to."""
        ...


class Look(Protocol):
    """A perceptual distance that can keep what it saw of a picture, as `core.models.lpips` is one."""

    def look(self, images: Tensor) -> list[Tensor]:
        """What is seen of RGB `[n 3 h w]`."""
        ...

    def between(self, one: list[Tensor], other: list[Tensor]) -> Tensor:
        """The distance `[n]` of what was seen of two lots of pictures."""
        ...


class Guide(Protocol):
    """What else is wanted of how a picture is painted, as `core.methods.write.guide.Watching`: it watches, and tells its loss."""

    def __enter__(self) -> Any: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None: ...

    def loss(self) -> Tensor:
        """Of the painting that was watched last."""
        ...


@dataclass(frozen=True)
class Distances:
    """How unlike two pictures are, beside their colours.

    Attributes:
        look: perceptual, as LPIPS; None leaves it out.
        identity: RGB `[1 3 h w]` to a vector `[1 d]` of length 1, differentiable; None leaves it out.
    """

    look: Look | None = None
    identity: Callable[[Tensor], Tensor] | None = None


class Cloud(NamedTuple):
    """Where usual styles lie.

    Attributes:
        mean: `[d]`.
        axes: `[d d]`, principal axes as columns, each as long as one standard deviation.
    """

    mean: Tensor
    axes: Tensor


def cloud_of(styles: Tensor) -> Cloud:
    """The cloud of many styles `[n d]`; ShapeError for fewer than two."""
    if styles.ndim != 2 or len(styles) < 2:
        raise ShapeError(f"Expected styles [n d], two or more, got {tuple(styles.shape)}.")
    mean = styles.mean(0)
    off = (styles - mean).double()
    values, vectors = torch.linalg.eigh(off.T @ off / len(off))
    spread = values.clamp(min=1e-8 * float(values.max())).sqrt()
    return Cloud(mean, (vectors * spread).flip(1).to(styles))


@dataclass(frozen=True)
class Inversion:
    """Settings."""

    steps: int = 40
    """On the styles alone, before the delta."""
    detail: int = 16
    """After them, on styles and delta together; 0 for no delta."""
    close: int = 16
    """How many of all steps, the last ones, the real painter makes: what the quick one gets wrong must not be learned."""
    rate: float = 0.1
    """Of Adam on the styles, in standard deviations of the cloud: about what one step changes each coordinate by."""
    slow: float = 0.3
    """Share of that rate while there is a delta."""
    size: int = 16
    """Of the maps that the delta is added to, in pixels: with 16 an edit disturbs them less than with 32, and they are a quarter."""
    bound: float = 0.5
    """Most that the delta is, in standard deviations of each map over its places."""
    delta_rate: float = 0.05
    """Of Adam on the delta, as a share of the bound."""
    colours: float = 10.0
    """Weight of the mean squared difference of colours."""
    looks: float = 1.0
    """Weight of the perceptual distance."""
    identity: float = 0.3
    """Weight of 1 less the cosine of the identities."""
    pull: float = 0.01
    """Weight of the mean square of the styles' coordinates in the cloud."""
    hold: float = 0.01
    """Weight of the delta's mean square, in bounds."""
    shown: int = 8
    """Steps between pictures that are shown, and judged with the painter that is believed."""

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        least = {"steps": 0, "detail": 0, "close": 0, "size": 1, "shown": 1}
        fine = {name: getattr(self, name) >= low for name, low in least.items()}
        fine |= {name: getattr(self, name) >= 0 for name in ("rate", "slow", "delta_rate", "looks", "identity", "pull", "hold")}
        fine |= {name: getattr(self, name) > 0 for name in ("colours", "bound")} | {"steps + detail": self.steps + self.detail > 0}
        for name, good in fine.items():
            if not good:
                raise SettingError(f"The setting {name} is too small: {self}. See Inversion for what it may be.")


class Fit(NamedTuple):
    """How well a picture is met.

    Attributes:
        loss: what is minimised, but for the regularisers.
        psnr: in dB, of colours in [0, 1].
        look: the perceptual distance; None without one.
        identity: the cosine of the identities; None without one.
    """

    loss: float
    psnr: float
    look: float | None
    identity: float | None


class Taken(NamedTuple):
    """What there is after some steps. A person who stops here keeps it.

    Attributes:
        step: steps so far.
        steps: steps in all.
        styles: the best w+ so far `[1 slots d]`.
        delta: what belongs to it `[1 u size size]`, or None.
        picture: what they paint, RGB `[1 3 h w]` in [0, 1].
        fit: how well it meets the picture.
    """

    step: int
    steps: int
    styles: Tensor
    delta: Tensor | None
    picture: Tensor
    fit: Fit


class Seen(NamedTuple):
    """A picture at one size `[1 3 h w]`, and what the distances see of it."""

    picture: Tensor
    look: list[Tensor]
    who: Tensor | None


class Target:
    """A picture that is brought in, at every size that it is compared at; looked at once.

    Args:
        picture: RGB `[1 3 h w]` in [0, 1].
        distances: to it.
        settings: weights of the loss.
    """

    def __init__(self, picture: Tensor, distances: Distances, settings: Inversion) -> None:
        if picture.ndim != 4 or picture.shape[:2] != (1, 3):
            raise ShapeError(f"Expected one picture [1 3 h w], got {tuple(picture.shape)}.")
        self.picture, self.distances, self.settings = picture, distances, settings
        self._seen: dict[int, Seen] = {}

    @torch.no_grad()
    def at(self, shape: torch.Size) -> Seen:
        """As small as RGB of a shape `[1 3 h w]`; ShapeError where it is not a whole number of times as large."""
        times = max(1, self.picture.shape[-1] // shape[-1])
        if times not in self._seen:
            small = F.avg_pool2d(self.picture, times)
            look, identity = self.distances.look, self.distances.identity
            self._seen[times] = Seen(small, look.look(small) if look else [], identity(small) if identity else None)
        if self._seen[times].picture.shape != shape:
            raise ShapeError(
                f"The painter gives {tuple(shape)}, the picture is {tuple(self.picture.shape)}. Bring it to the painter's size."
            )
        return self._seen[times]

    def parts(self, picture: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Mean squared difference of colours, perceptual distance, and cosine of identities, of RGB `[1 3 h w]` at its own size."""
        seen, look, identity = self.at(picture.shape), self.distances.look, self.distances.identity
        unlike = look.between(look.look(picture), seen.look).mean() if look else None
        same = F.cosine_similarity(identity(picture), seen.who).mean() if identity and seen.who is not None else None
        return (picture - seen.picture).square().mean(), unlike, same

    def loss(self, picture: Tensor) -> Tensor:
        """What a step goes down, of RGB `[1 3 h w]`."""
        return self._weighed(*self.parts(picture))

    def _weighed(self, squared: Tensor, unlike: Tensor | None, same: Tensor | None) -> Tensor:
        loss = self.settings.colours * squared
        loss = loss if unlike is None else loss + self.settings.looks * unlike
        return loss if same is None else loss + self.settings.identity * (1 - same)

    @torch.no_grad()
    def fit(self, picture: Tensor) -> Fit:
        """How well RGB `[1 3 h w]` in [0, 1] meets it."""
        squared, unlike, same = self.parts(picture)
        psnr, loss = float(-10 * torch.log10(squared.clamp(min=1e-10))), float(self._weighed(squared, unlike, same))
        return Fit(loss, psnr, None if unlike is None else float(unlike), None if same is None else float(same))


class Unknowns:
    """What is looked for: styles in the cloud's coordinates, and later a delta in its bound.

    Args:
        start: w+ `[1 slots d]`.
        cloud: where usual styles lie.
    """

    def __init__(self, start: Tensor, cloud: Cloud) -> None:
        self.cloud, self.start = cloud, start.detach().clone()
        self.place = torch.linalg.solve(cloud.axes, (self.start - cloud.mean).mT).mT
        self.common = torch.zeros_like(self.start[:, :1]).requires_grad_()
        self.own = torch.zeros_like(self.start).requires_grad_()
        self.free: Tensor | None = None
        self.most: Tensor | None = None

    @property
    def styles(self) -> Tensor:
        """w+ `[1 slots d]`."""
        return self.start + (self.common + self.own) @ self.cloud.axes.T

    def length(self) -> Tensor:
        """Mean square of the styles' coordinates in the cloud."""
        return (self.place + self.common + self.own).square().mean()

    def add_delta(self, maps: Tensor, bound: float) -> None:
        """From now on there is a delta, of nothing to begin with; it stays within so many deviations of each of the maps `[1 u h w]`."""
        self.most = bound * maps.detach().std((2, 3), keepdim=True)
        self.free = torch.zeros_like(maps).requires_grad_()

    @property
    def delta(self) -> Tensor | None:
        """What is added to the maps `[1 u h w]`, if anything."""
        return None if self.free is None or self.most is None else self.most * torch.tanh(self.free)


def invert(
    picture: Tensor,
    start: Tensor,
    cloud: Cloud,
    quick: Painter,
    real: Painter,
    distances: Distances | None = None,
    settings: Inversion | None = None,
    guide: Guide | None = None,
) -> Iterator[Taken]:
    """Look for the latent of a picture, and show now and then the best that was found. To cancel, ask for no more.

    Args:
        picture: RGB `[1 3 h w]` in [0, 1], of the real painter's size, aligned as its own are.
        start: w+ `[1 slots d]` to begin at.
        cloud: where usual styles lie.
        quick: makes most of the steps; it may be a little wrong, and paint smaller pictures.
        real: paints what is shown, judged and kept, and makes the last steps; the same as `quick` will do.
        distances: beside colours.
        settings: steps, weights and bounds.
        guide: what else is wanted at every step; it does not judge.

    Yields:
        The start, then every few steps what was best so far, with the delta where it is better for it. The last of them is the result.

    Raises:
        ShapeError: where picture, start, cloud and painters do not fit each other.
    """
    settings = settings or Inversion()
    target = Target(picture, distances or Distances(), settings)
    if start.ndim != 3 or len(start) != 1 or start.shape[2:] != cloud.mean.shape:
        raise ShapeError(f"Expected a start [1 slots {len(cloud.mean)}], got {tuple(start.shape)}.")
    unknown, steps = Unknowns(start, cloud), settings.steps + settings.detail
    best = _shown(0, steps, unknown, real, target)
    yield best
    for step in _descent(unknown, (quick, real), target, settings, guide):
        if step % settings.shown == 0 or step in (settings.steps, steps):
            now = _shown(step, steps, unknown, real, target)
            best = now if now.fit.loss < best.fit.loss else best._replace(step=step)
            yield best


def _descent(
    unknown: Unknowns, painters: tuple[Painter, Painter], target: Target, settings: Inversion, guide: Guide | None
) -> Iterator[int]:
    """Change the unknowns step by step, by the quick painter, then by the real one; says how many were made."""
    groups = [{"params": [unknown.common, unknown.own]}]
    optimiser = torch.optim.Adam(groups, betas=(0.9, 0.99))
    steps = settings.steps + settings.detail
    for step in range(steps):
        painter = painters[step >= steps - settings.close]
        if step == settings.steps:
            with torch.no_grad():
                unknown.add_delta(painter.maps(unknown.styles, settings.size), settings.bound)
            optimiser.add_param_group({"params": [unknown.free]})
        for group, rate in zip(optimiser.param_groups, _rates(step, settings), strict=False):
            group["lr"] = rate
        delta = unknown.delta
        with guide or nullcontext():
            picture = painter.paint(unknown.styles, delta)
        loss = target.loss(picture) + settings.pull * unknown.length()
        loss = loss if guide is None else loss + guide.loss()
        if unknown.free is not None:
            loss = loss + settings.hold * torch.tanh(unknown.free).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        yield step + 1


def _rates(step: int, settings: Inversion) -> tuple[float, float]:
    """Adam's rates for the styles and the delta: up over the first steps, down to nothing by a cosine over the last of each part."""
    before = step < settings.steps
    done, of = (step, settings.steps) if before else (step - settings.steps, settings.detail)
    share = min(1.0, (done + 1) / max(1.0, 0.1 * of)) * 0.5 * (1 - math.cos(math.pi * min(1.0, (of - done) / (0.4 * of))))
    return (settings.rate * share, 0.0) if before else (settings.rate * settings.slow * share, settings.delta_rate * share)


@torch.no_grad()
def _shown(step: int, steps: int, unknown: Unknowns, real: Painter, target: Target) -> Taken:
    styles, delta = unknown.styles.clone(), unknown.delta
    picture = real.paint(styles, delta).clamp(0, 1)
    return Taken(step, steps, styles, delta, picture, target.fit(picture))
