"""The picture that an edit of concepts asks for: parts moved whole, and what they leave filled with what is nearest.

    T(x) = I(c + (x - c - t) / zoom)  where that lies in the region R,      else F(I, R)(x)
    L_look(z) = mean over places of -log p(T(x) | z)

The map T is that of core.methods.write.rearrange on colours instead of activations: nearest place instead of bilinear, so that a part
keeps its edges. Beside the maps of some concepts (papers/inner_workings_thesis.md, section 4.4) it says what they leave open: a few units
that are moved do not tell what the other units should say in the same places, and a generator left to itself paints noise there.
In the paper a generator of photographs, whose latents lie close to each other, hides that; one that paints with a palette shows it as loose
pixels. Ours: the paper has no such term.

A person points at things, not at places: a region that concepts give is brought to the picture's own parts, connected places of one
colour, each wholly in it or wholly out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import ShapeError
from core.methods.write.descend import Descent, descend
from core.methods.write.rearrange import Move, centre_of

LOOSE = 2
"""Most places of a part that is a loose pixel rather than a thing."""


@dataclass(frozen=True)
class Meant:
    """What an edit is meant to look like.

    Attributes:
        wanted: colours' numbers `[h w]`.
        before: those that the picture has now `[h w]`.
        starts: latents `[n ...]` from which it may begin, besides its own.
        logits: of what a pass of the generator gives, over the colours `[n k h w]`; differentiable.
    """

    wanted: Tensor
    before: Tensor
    starts: Tensor
    logits: Callable[..., Tensor]

    def loss(self, seen: Any, wanted: Tensor | None = None, weight: Tensor | None = None) -> Tensor:
        """L_look of what a pass gives, `[n]`; of another picture, and with a weight for each place, where they are given."""
        logits = self.logits(seen)
        goal = self.wanted if wanted is None else wanted
        off = F.cross_entropy(logits, goal.expand(len(logits), -1, -1), reduction="none")
        return (off if weight is None else off * weight).mean((1, 2))


@dataclass(frozen=True)
class Calming:
    """How loose pixels are brought to rest.

    Attributes:
        rounds: at most.
        steps: of each.
        rate: of Adam.
        weight: how much more a loose pixel counts than another place.
    """

    rounds: int = 4
    steps: int = 5
    rate: float = 0.05
    weight: float = 4.0


def parts_of(picture: Tensor) -> Tensor:
    """The connected parts of one colour, by the four neighbours.

    Args:
        picture: colours' numbers `[h w]`.

    Returns:
        A number for each part, from 0, `[h w]`. ShapeError where the picture has other axes.
    """
    if picture.ndim != 2:
        raise ShapeError(f"Expected colours' numbers [h w], got {tuple(picture.shape)}.")
    high, wide = picture.shape
    labels = torch.arange(high * wide, device=picture.device).view(high, wide)
    down, right = picture[1:] == picture[:-1], picture[:, 1:] == picture[:, :-1]
    while True:
        before = labels.clone()
        # The least number of both, wherever two neighbours are of one colour; then the number's own number, which halves the way.
        for same, one, other in ((down, labels[1:], labels[:-1]), (right, labels[:, 1:], labels[:, :-1])):
            one.copy_(torch.where(same, torch.minimum(one, other), one))
            other.copy_(torch.where(same, torch.minimum(one, other), other))
        labels = labels.flatten()[labels]
        if torch.equal(labels, before):
            return labels.unique(return_inverse=True)[1]


def whole(picture: Tensor, places: Tensor) -> Tensor:
    """Places `[h w]` bool brought to a picture's own parts: each with at least half of it inside is in, the others are out.

    Args:
        picture: colours' numbers `[h w]`.
        places: those that were pointed at.

    Returns:
        `[h w]` bool; the places themselves where no part has half of it inside.
    """
    labels = parts_of(picture).flatten()
    size, inside = labels.bincount(), labels.bincount(places.flatten().to(torch.float64))
    found = (inside >= size / 2)[labels].view_as(places)
    return found if bool(found.any()) else places


def loose(picture: Tensor) -> Tensor:
    """Where a picture `[h w]` of colours' numbers has pixels that belong to nothing, `[h w]` bool: parts of LOOSE places at most."""
    labels = parts_of(picture)
    return (labels.flatten().bincount() <= LOOSE)[labels]


def nearest_filled(picture: Tensor, hole: Tensor) -> Tensor:
    """A picture `[h w]` whose hole `[h w]` bool has in each place the colour of the nearest place outside; itself where there is none."""
    if not bool(hole.any()) or bool(hole.all()):
        return picture
    known, lost = (where.nonzero() for where in (~hole, hole))
    nearest = torch.cdist(lost.double(), known.double()).argmin(1)
    found = picture.clone()
    found[hole] = picture[known[nearest, 0], known[nearest, 1]]
    return found


def repainted(picture: Tensor, move: Move, region: Tensor | None = None) -> Tensor | None:
    """What a picture would be after an edit.

    Args:
        picture: colours' numbers `[h w]`.
        move: the edit.
        region: what is edited `[h w]` bool; everything where None.

    Returns:
        `[h w]`; None where colours do not tell: of something stronger, or of everything gone.
    """
    if move.strengthen != 1 or (move.remove and region is None):
        return None
    around = picture if move.copy or region is None else nearest_filled(picture, region)
    if move.remove or not move.moves:
        return around if move.remove else picture
    high, wide = picture.shape
    across, down = (0.5, 0.5) if region is None else centre_of(region[None, None].float())
    y, x = (torch.arange(side, device=picture.device) + 0.5 for side in (high, wide))
    from_y = (down * high + (y - (down + move.shift[1]) * high) / move.zoom).floor().long()
    from_x = (across * wide + (x - (across + move.shift[0]) * wide) / move.zoom).floor().long()
    there = ((from_y >= 0) & (from_y < high))[:, None] & ((from_x >= 0) & (from_x < wide))
    rows, columns = from_y.clamp(0, high - 1)[:, None], from_x.clamp(0, wide - 1)
    if region is None:
        return picture[rows, columns]
    return torch.where(region[rows, columns] & there, picture[rows, columns], around)


def calmed(latent: Tensor, paint: Callable[[Tensor], Any], meant: Meant, settings: Calming | None = None) -> Iterator[Tensor]:
    """Bring loose pixels to rest: those that are as they neither were nor are meant to be become what is meant, all else stays.

    Args:
        latent: of an edit, `[1 ...]`.
        paint: the generator, as `meant` reads it.
        meant: what the edit is meant to look like.
        settings: how.

    Yields:
        A latent `[1 ...]` after each round that left fewer loose pixels; nothing where there were none.
    """
    chosen = settings or Calming()
    now, lone = _lone(latent, paint, meant)
    fewest = lone.sum()
    how = Descent(chosen.steps, chosen.rate, warm_up=0.0, cool_down=0.0, momentum=(0.8, 0.95), shown=chosen.steps, least=0)
    for _ in range(chosen.rounds):
        if not bool(lone.any()):
            return
        goal, weight = torch.where(lone, meant.wanted, now), 1 + chosen.weight * lone
        *_, last = descend(latent, lambda z, goal=goal, weight=weight: meant.loss(paint(z), goal, weight), how)  # type: ignore[misc]
        latent = last.latent
        now, lone = _lone(latent, paint, meant)
        if lone.sum() < fewest:
            fewest = lone.sum()
            yield latent


@torch.no_grad()
def _lone(latent: Tensor, paint: Callable[[Tensor], Any], meant: Meant) -> tuple[Tensor, Tensor]:
    """A latent's picture `[h w]`, and where it has loose pixels `[h w]` bool that nobody meant."""
    now = meant.logits(paint(latent)).argmax(1)[0]
    return now, loose(now) & (now != meant.wanted) & (now != meant.before)
