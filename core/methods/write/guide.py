"""Guidance by units that models share: how alike what the generator's units say is to what they are meant to say.

    L_act(z) = 1 / |P| sum_{(j,k) in P} s( (G^j(z) - m_j) / sd_j, (D^k - m_k) / sd_k )                                     (4.6)
    cosine      s(a, b) = <a, b> / (|a| |b|)                    over the places of one picture
    product     s(a, b) = <a, b> / places
    nearness    s(a, b) = 1 - |a - b|^2 / (2 places)

Paper: papers/inner_workings_thesis.md, section 4.4 (Dravid et al., ICCV 2023). Means and deviations are the data set's, not the
picture's: a unit that is silent all over a picture is silent, not undefined.

What differs from the authors' code, and why (reference.md, section 3):
* `product` is the equation as it is printed; it has no upper bound, so louder is always better. `cosine` is bounded, but blind to how
  loud a unit is, and a deviation divides out of it. `nearness` is `product` with each map's own squares in the place of the one that they
  are over the data set: it is 1 only where both maps are the same, with no slope there, and farther off it is as steep as it should be.
* Targets are normalised exactly as what is compared with them; theirs normalises one of the two.
* Theirs loops over pairs, and resizes both maps of each. Here the channels of a layer are gathered once and resized once for each size
  that they are compared at, all pairs of two sizes are one batched product, and targets are made ready before the first step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.concepts import Member
from core.foundations.errors import SettingError, ShapeError
from core.foundations.maps import Size, larger, resized
from core.foundations.trace import Trace, as_maps

Pair = tuple[Member, Member]
"""The generator's unit, and the one that it is compared with: another model's, or itself where its own maps were edited."""
Maps = Mapping[str, Tensor]
"""Layer to `[n u h w]`."""
Form = Literal["cosine", "product", "nearness"]
SMALL = 1e-6
"""Of a normalised map's squares: less than this is nothing."""


@dataclass(frozen=True)
class Likeness:
    """How maps are compared.

    Attributes:
        form: see the top of this file.
        most: height and width in places beyond which maps are brought down to it before they are compared; from 1.
        finer: whether a layer of the generator counts by the height of its maps, however many pairs lie in it, since coarse maps
            cannot say that something moved by less than a place; else all pairs count alike, as in the paper.
    """

    form: Form = "cosine"
    most: int = 32
    finer: bool = False

    def __post_init__(self) -> None:
        """SettingError where a setting is out of bounds."""
        if self.form not in ("cosine", "product", "nearness") or self.most < 1:
            raise SettingError(f"Expected form cosine, product or nearness, and most of 1 or more, got {self}.")

    def of(self, one: Tensor, other: Tensor, share: Tensor | None = None) -> Tensor:
        """Likeness of normalised maps.

        Args:
            one: `[n u p]`, over places.
            other: the same, or `[u p]`.
            share: how much each place counts `[p]`; all the same where None.

        Returns:
            `[n u]`.
        """
        places = other.shape[-1] if share is None else share.sum().clamp(min=SMALL)
        if self.form == "nearness":
            off = (one - other).square()
            return 1 - (off if share is None else off * share).sum(-1) / (2 * places)
        counted = one if share is None else one * share
        product = (counted * other).sum(-1)
        if self.form == "product":
            return product / places
        mine = (counted * one).sum(-1)
        theirs = (other.square() if share is None else other.square() * share).sum(-1)
        return (product + SMALL) / ((mine + SMALL) * (theirs + SMALL)).sqrt()


class Group(NamedTuple):
    """Pairs whose generator's units lie in one layer, and that are compared at one size.

    Attributes:
        layer: of the generator.
        size: height and width in places.
        rows: which of the layer's gathered channels each pair has `[a]`.
        targets: what they are compared with, normalised `[a p]`.
        share: how much each place counts `[p]`, or None.
        pairs: where the pairs stand in the order in which they were given `[a]`.
    """

    layer: str
    size: Size
    rows: Tensor
    targets: Tensor
    share: Tensor | None
    pairs: Tensor


class Gathered(NamedTuple):
    """The channels of one layer that any pair needs `[a]`, and their means and deviations `[a 1 1]`."""

    channels: Tensor
    mean: Tensor
    std: Tensor


class Guidance:
    """Pairs of units, and what the generator's are meant to say; made ready once, then asked at every step.

    Args:
        pairs: the generator's unit first.
        targets: for each model the maps of its layers on the picture that is meant, `[1 u h w]`; the generator's own where it is
            compared with itself.
        sizes: for each of the generator's layers the size of its maps.
        likeness: how maps are compared.
        share: how much each place counts, in [0, 1], `[h w]` of any size; all the same where None.

    Raises:
        SettingError: where there is no pair.
        ShapeError: where a target, or a size, is missing.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        targets: Mapping[str, Maps],
        sizes: Mapping[str, Size],
        likeness: Likeness | None = None,
        share: Tensor | None = None,
    ) -> None:
        if not pairs:
            raise SettingError("No pair of units was given, so nothing guides. Choose a concept that the models share.")
        self.pairs, self.likeness = tuple(pairs), likeness or Likeness()
        _check(self.pairs, targets, sizes)
        self.gathered = {layer: _gather(layer, self.pairs, targets) for layer in dict.fromkeys(hub.unit.layer for hub, _ in pairs)}
        self.groups = self._grouped(targets, sizes, share)
        counts, all_sides = Counter(hub.unit.layer for hub, _ in self.pairs), sum(sizes[layer][0] for layer in self.gathered)
        shares = {layer: sizes[layer][0] / (all_sides * count) for layer, count in counts.items()}
        weights = [shares[hub.unit.layer] if self.likeness.finer else 1 / len(self.pairs) for hub, _ in self.pairs]
        self.weights = torch.tensor(weights).to(self.groups[0].targets)

    def _grouped(self, targets: Mapping[str, Maps], sizes: Mapping[str, Size], share: Tensor | None) -> list[Group]:
        found: dict[tuple[str, Size], list[int]] = {}
        for place, (hub, other) in enumerate(self.pairs):
            shape = targets[other.unit.model][other.unit.layer].shape
            high, wide = larger(sizes[hub.unit.layer], (shape[2], shape[3]))
            size = min(high, self.likeness.most), min(wide, self.likeness.most)
            found.setdefault((hub.unit.layer, size), []).append(place)
        groups = []
        for (layer, size), places in found.items():
            row = {int(channel): row for row, channel in enumerate(self.gathered[layer].channels)}
            rows = torch.tensor([row[self.pairs[place][0].unit.channel] for place in places])
            wanted = torch.cat([_normalised(self.pairs[place][1], targets, size) for place in places])
            counts = None if share is None else resized(share[None, None], size).flatten().to(wanted)
            groups.append(Group(layer, size, rows.to(wanted.device), wanted, counts, torch.tensor(places).to(wanted.device)))
        return groups

    def each(self, maps: Maps) -> Tensor:
        """How alike every pair is, in the order in which they were given.

        Args:
            maps: the generator's, layer to `[n u h w]`; differentiable.

        Returns:
            `[n a]`, at most 1 but for the form `product`. ShapeError where a layer is missing.
        """
        found, normal = [], {}
        for group in self.groups:
            if group.layer not in maps:
                raise ShapeError(f"Expected maps of the layers {', '.join(self.gathered)}, got {', '.join(maps)}.")
            if group.layer not in normal:
                taken = self.gathered[group.layer]
                normal[group.layer] = (maps[group.layer][:, taken.channels] - taken.mean) / taken.std
            now = resized(normal[group.layer], group.size).flatten(2)
            found.append(self.likeness.of(now[:, group.rows], group.targets, group.share))
        order = torch.cat([group.pairs for group in self.groups]).argsort()
        return torch.cat(found, 1)[:, order]

    def similarity(self, maps: Maps) -> Tensor:
        """L_act of every row, `[n]`: the mean over pairs, or over layers. Arguments as in `each`."""
        return self.each(maps) @ self.weights

    def loss(self, maps: Maps) -> Tensor:
        """-L_act of every row, `[n]`."""
        return -self.similarity(maps)


class Watching:
    """Guidance by whatever a network does while it is watched, for descents that paint by themselves.

    Args:
        network: of which the generator's layers are, by their names.
        guidance: what they are meant to say.
        weight: beta.

    Example:
        with watching: picture = painter.paint(styles, None)
        loss = distance(picture) + watching.loss()
    """

    def __init__(self, network: nn.Module, guidance: Guidance, weight: float = 1.0) -> None:
        self.network, self.guidance, self.weight = network, guidance, weight
        self._trace: Trace | None = None

    def __enter__(self) -> Watching:
        """Begin to watch."""
        self._trace = Trace(self.network, list(self.guidance.gathered))
        self._trace.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        """Watch no more."""
        assert self._trace is not None
        self._trace.__exit__(kind, error, where)

    def loss(self) -> Tensor:
        """-beta L_act of what was seen last; LayerError where nothing was."""
        assert self._trace is not None, "it is asked after it has watched"
        maps = {layer: as_maps(self._trace[layer])[0] for layer in self.guidance.gathered}
        return self.weight * self.guidance.loss(maps).mean()


def plain_loss(pairs: Sequence[Pair], targets: Mapping[str, Maps], maps: Maps, likeness: Likeness | None = None) -> Tensor:
    """-L_act as the equation says it, pair by pair: slow, and the reference for `Guidance.loss`.

    Args:
        pairs: the generator's unit first.
        targets: as in `Guidance`.
        maps: the generator's, layer to `[n u h w]`.
        likeness: how maps are compared.

    Returns:
        `[n]`.
    """
    found, chosen = [], likeness or Likeness()
    for hub, other in pairs:
        mine = maps[hub.unit.layer][:, hub.unit.channel, None]
        theirs = targets[other.unit.model][other.unit.layer][:, other.unit.channel, None]
        high, wide = larger((mine.shape[2], mine.shape[3]), (theirs.shape[2], theirs.shape[3]))
        size = min(high, chosen.most), min(wide, chosen.most)
        a = resized((mine - hub.mean) / max(hub.std, SMALL), size).flatten(2)
        b = resized((theirs - other.mean) / max(other.std, SMALL), size).flatten(2)
        found.append(chosen.of(a, b)[:, 0])
    return -torch.stack(found).mean(0)


def same_size(maps: Tensor, size: Size) -> Tensor:
    """Shares of places `[n 1 h w]` in [0, 1] at another size: the mean over what a place stands for, or spread out."""
    if maps.shape[2:] == size:
        return maps
    return F.interpolate(maps, size, mode="area")


def _check(pairs: Sequence[Pair], targets: Mapping[str, Maps], sizes: Mapping[str, Size]) -> None:
    for hub, other in pairs:
        if hub.unit.layer not in sizes:
            raise ShapeError(f"The size of the generator's layer {hub.unit.layer!r} is not known. Known: {', '.join(sizes)}.")
        maps = targets.get(other.unit.model, {}).get(other.unit.layer)
        if maps is None or maps.ndim != 4 or len(maps) != 1 or maps.shape[1] <= other.unit.channel:
            raise ShapeError(f"Expected a target [1 u h w] for {other.unit}, got {None if maps is None else tuple(maps.shape)}.")


def _gather(layer: str, pairs: Sequence[Pair], targets: Mapping[str, Maps]) -> Gathered:
    own = {hub.unit.channel: hub for hub, _ in pairs if hub.unit.layer == layer}
    anywhere = next(iter(next(iter(targets.values())).values()))

    def column(values: list[float]) -> Tensor:
        return torch.tensor(values, dtype=anywhere.dtype, device=anywhere.device)[:, None, None]

    channels = torch.tensor(list(own), device=anywhere.device)
    return Gathered(channels, column([one.mean for one in own.values()]), column([max(one.std, SMALL) for one in own.values()]))


def _normalised(member: Member, targets: Mapping[str, Maps], size: Size) -> Tensor:
    """A target `[1 p]`."""
    unit = member.unit
    raw = targets[unit.model][unit.layer][:, unit.channel, None].detach()
    return resized((raw - member.mean) / max(member.std, SMALL), size).flatten(1)
