"""Inversion and edits by guidance: one loss of a latent, and the descent on it.

    inversion   argmin_z  L_rec(G(z), I) + alpha |z|^2 - beta L_act(z, I)                                                  (4.7)
    edit        argmin_z  -L_act(z, T) + kappa |M(z) - M(z_0)|^2 outside of what is edited + alpha |z - z_0|^2            (4.5)
                or, where a world can say what the picture is meant to look like, + gamma L_look(z) in the place of kappa's (.repaint)

Paper: papers/inner_workings_thesis.md, section 4.4 (Dravid et al., ICCV 2023), alpha 0.1 and beta 1. L_rec is a distance of colours,
a perceptual one, or both; T are the concepts' own maps, rearranged (core.methods.write.rearrange); squares are means.

What differs: an edit is held to where it began, in the latent as in the paper, and besides by all maps outside of what is edited, each
in units of its own deviation, since a regulariser of the latent alone lets the rest of a picture drift. An edit starts from the best of
a few starts that cost nothing: the latent itself, and the latent rearranged as the maps are, where it has places as they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.concepts import Concept, Member
from core.foundations.errors import SettingError, ShapeError
from core.methods.write.descend import Descent, Down, Loss, descend
from core.methods.write.guide import Guidance, Likeness, Maps, Pair, same_size
from core.methods.write.invert import Look
from core.methods.write.rearrange import Move, landing, rearranged
from core.methods.write.repaint import Meant


class Painting(Protocol):
    """What one pass of a generator gives, as `core.models.units.Seen`."""

    @property
    def output(self) -> Any:
        """RGB `[n 3 h w]`, about [0, 1]; not needed for edits."""
        ...

    @property
    def maps(self) -> dict[str, Tensor]:
        """Layer to `[n u h w]`."""
        ...


Paint = Callable[[Tensor], Painting]
"""Latents `[n ...]` to pictures and maps, differentiable."""


@dataclass(frozen=True)
class Weights:
    """What counts in the loss of an inversion.

    Attributes:
        colours: of the mean squared difference of colours.
        looks: of the perceptual distance, where there is one.
        beta: of the guidance, where there is one.
        alpha: of the latent's mean square, in units of what is usual.
        usual: standard deviation of usual latents.
    """

    colours: float = 10.0
    looks: float = 1.0
    beta: float = 1.0
    alpha: float = 0.1
    usual: float = 1.0

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        if min(self.colours, self.looks, self.beta, self.alpha) < 0 or self.usual <= 0:
            raise SettingError(f"Weights are 0 or more and what is usual is above 0, got {self}.")


@dataclass(frozen=True)
class Rebuilding:
    """The loss of an inversion.

    Args:
        picture: RGB `[1 3 h w]` in [0, 1], of the generator's size.
        paint: the generator.
        guidance: None for none.
        look: perceptual; None leaves it out.
        weights: of all of them.
    """

    picture: Tensor
    paint: Paint
    guidance: Guidance | None = None
    look: Look | None = None
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        if self.picture.ndim != 4 or self.picture.shape[:2] != (1, 3):
            raise ShapeError(f"Expected one picture [1 3 h w], got {tuple(self.picture.shape)}.")
        object.__setattr__(self, "seen", self.look.look(self.picture) if self.look else [])

    def __call__(self, latents: Tensor) -> Tensor:
        """Latents `[n ...]` to `[n]`."""
        painted, weights = self.paint(latents), self.weights
        loss = weights.alpha * (latents / weights.usual).square().flatten(1).mean(1)
        if weights.colours:
            loss = loss + weights.colours * (painted.output - self.picture).square().flatten(1).mean(1)
        if self.look and weights.looks:
            loss = loss + weights.looks * self.look.between(self.look.look(painted.output), getattr(self, "seen"))  # noqa: B009
        return loss if self.guidance is None else loss + weights.beta * self.guidance.loss(painted.maps)


def led(start: Tensor, loss: Rebuilding, settings: Descent, share: float) -> Iterator[Down]:
    """Go down an inversion whose first steps are guided, and whose last ones meet the picture alone.

    What other models see says where things are, and not exactly what they look like: a guide that never lets go holds a picture back.

    Args:
        start: latents `[n ...]`.
        loss: with its guidance.
        settings: of both parts together.
        share: of the steps that are guided; with 1, or without guidance, there is no second part.

    Yields:
        As `core.methods.write.descend.descend`; the loss of the second part is that without guidance.
    """
    guided = round(share * settings.steps)
    if loss.guidance is None or guided >= settings.steps:
        yield from descend(start, loss, settings)
        return
    first = replace(settings, steps=guided)
    last = None
    for down in descend(start, loss, first):
        last = down
        if not down.done:
            yield down._replace(steps=settings.steps)
    assert last is not None, "a descent shows at least its start"
    done, row = last.step, last.row
    for down in descend(last.latent, replace(loss, guidance=None), replace(settings, steps=settings.steps - done)):
        yield down._replace(step=done + down.step, steps=settings.steps, row=row)


@dataclass(frozen=True)
class Editing:
    """Settings of an edit.

    Attributes:
        likeness: how maps are compared; `nearness` also knows how loud they are, and goes down best (core.bench.nouns.rosetta_edit).
        keep: weight of what is outside the edited places, where no world can say what the picture is meant to look like.
        hold: weight of how far the latent goes, in units of what is usual.
        looks: weight of that, where it can.
        usual: standard deviation of usual latents.
        active: deviations above the mean from which a unit is active at a place; tells where chosen concepts are without a region.
        descent: steps and rate.
    """

    likeness: Likeness = field(default_factory=lambda: Likeness("nearness", finer=True))
    keep: float = 0.08
    hold: float = 0.01
    looks: float = 0.3
    usual: float = 1.0
    active: float = 1.0
    descent: Descent = field(
        default_factory=lambda: Descent(steps=40, rate=0.2, warm_up=0.05, cool_down=0.5, momentum=(0.9, 0.99), patience=10, least=0.02)
    )

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        if min(self.keep, self.hold, self.looks) < 0 or self.usual <= 0:
            raise SettingError(f"Weights are 0 or more and what is usual is above 0, got {self}.")


class Plan(NamedTuple):
    """An edit, ready to go down.

    Attributes:
        loss: of latents `[n ...]`.
        start: the best of the starts `[1 ...]`.
        guidance: the edited concepts' maps, as they are meant to become.
        edited: places that may change, `[1 1 h w]` in [0, 1].
        region: what is moved, `[1 1 h w]` in [0, 1]; None for everything.
    """

    loss: Loss
    start: Tensor
    guidance: Guidance
    edited: Tensor
    region: Tensor | None


def hub_members(concepts: Sequence[Concept]) -> tuple[Member, ...]:
    """The generator's units of some concepts, each once."""
    return tuple({member.unit: member for one in concepts for member in one.members if member.unit == member.hub}.values())


def guided_by(concepts: Sequence[Concept], model: str | None = None) -> tuple[Pair, ...]:
    """The pairs of some concepts with one model, or with all of them where None."""
    return tuple(pair for one in concepts for pair in one.pairs if model is None or pair[1].unit.model == model)


def active_places(maps: Maps, members: Sequence[Member], size: tuple[int, int], above: float) -> Tensor:
    """Where any of some units is so many deviations above its mean, `[1 1 h w]` of 0 and 1; the most active fiftieth where nowhere."""
    seen = []
    for member in members:
        raw = maps[member.unit.layer][:1, member.unit.channel, None].detach()
        seen.append(F.interpolate((raw - member.mean) / max(member.std, 1e-6), size, mode="bilinear", align_corners=False))
    loudest = torch.cat(seen, 1).amax(1, keepdim=True)
    found = loudest > above
    return (found if bool(found.any()) else loudest >= loudest.flatten().quantile(0.98)).to(loudest)


@torch.no_grad()
def plan_edit(
    latent: Tensor,
    paint: Paint,
    members: Sequence[Member],
    move: Move,
    size: tuple[int, int],
    region: Tensor | None = None,
    chosen: bool = False,
    settings: Editing | None = None,
    meant: Meant | None = None,
) -> Plan:
    """What an edit goes down, and from where.

    Args:
        latent: `[1 ...]` of the picture.
        paint: the generator.
        members: the concepts' units, of the generator.
        move: what is done to them.
        size: height and width of a picture.
        region: where, `[1 1 h w]` in [0, 1]; where None, everywhere, or where the units are active if they were `chosen`.
        chosen: whether the units are a few that were picked out, so that all that they are not is kept.
        settings: weights and steps.
        meant: what the picture is meant to look like; None where nobody knows.

    Raises:
        SettingError: where there is no unit.
    """
    settings = settings or Editing()
    if not members:
        raise SettingError("None of the generator's units belongs to these concepts. Choose others.")
    before, model = paint(latent), members[0].unit.model
    if region is None and chosen:
        region = active_places(before.maps, members, size, settings.active)
    targets = _targets(before.maps, members, move, region)
    edited = torch.ones(1, 1, *size).to(latent) if region is None else torch.maximum(region, landing(region, move)).clamp(0, 1)
    sizes = {layer: (maps.shape[2], maps.shape[3]) for layer, maps in before.maps.items()}
    share = None if region is None or move.nothing else edited[0, 0]
    guidance = Guidance([(one, one) for one in members], {model: targets}, sizes, settings.likeness, share)
    keeping = Keeping.of(before.maps, 1 - edited)

    def loss(latents: Tensor) -> Tensor:
        now = paint(latents)
        far = ((latents - latent) / settings.usual).square().flatten(1).mean(1)
        stays = settings.keep * keeping(now.maps) if meant is None else settings.looks * meant.loss(now)
        return guidance.loss(now.maps) + stays + settings.hold * far

    starts = torch.cat([latent, *_moved_latents(latent, move, region), *(() if meant is None else (meant.starts,))])
    return Plan(loss, starts[loss(starts).argmin()][None], guidance, edited, region)


def _targets(maps: Maps, members: Sequence[Member], move: Move, region: Tensor | None) -> dict[str, Tensor]:
    """The maps of the layers, those of the members rearranged."""
    found = {}
    for layer in dict.fromkeys(one.unit.layer for one in members):
        own = {one.unit.channel: one for one in members if one.unit.layer == layer}
        channels, mean = list(own), maps[layer].new_tensor([one.mean for one in own.values()])
        found[layer] = maps[layer].detach().clone()
        found[layer][:, channels] = rearranged(found[layer][:, channels], move, mean, region=region)
    return found


def _moved_latents(latent: Tensor, move: Move, region: Tensor | None) -> list[Tensor]:
    """The latent rearranged as maps are, where it has places."""
    if latent.ndim != 4 or min(latent.shape[2:]) < 4 or not move.moves:
        return []
    return [rearranged(latent, Move(move.shift, move.zoom, copy=move.copy), latent.new_zeros(latent.shape[1]), region=region)]


@dataclass(frozen=True)
class Keeping:
    """How far maps are from what they were, where they are to stay.

    Attributes:
        before: layer to `[1 u h w]`, each unit in units of its deviation over the places.
        scale: layer to one over that deviation `[1 u 1 1]`.
        share: layer to how much each place counts `[1 1 h w]`.
    """

    before: Mapping[str, Tensor]
    scale: Mapping[str, Tensor]
    share: Mapping[str, Tensor]

    @classmethod
    def of(cls, maps: Maps, kept: Tensor) -> Keeping:
        """Maps `[1 u h w]` by layer, and what is to be kept `[1 1 h w]` in [0, 1]."""
        scale = {name: 1 / one.std((2, 3), keepdim=True).clamp(min=1e-3) for name, one in maps.items()}
        share = {name: same_size(kept, (one.shape[2], one.shape[3])) for name, one in maps.items()}
        return cls({name: one.detach() for name, one in maps.items()}, scale, share)

    def __call__(self, maps: Maps) -> Tensor:
        """`[n]`: the mean over layers, units and places."""
        parts = []
        for name, before in self.before.items():
            off = ((maps[name] - before) * self.scale[name]).square() * self.share[name]
            parts.append(off.flatten(1).mean(1))
        return torch.stack(parts).mean(0)
