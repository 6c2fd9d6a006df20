"""The second-order lens: what a neuron says through the attention of the layers after it.

    phi_n(I) = sum_a c_a^n(I) M_a w^n,      a = (l', h), every head of every later layer,
    c_a^n(I) = sum_i p_i^n a_i^{l',h} / (sigma_i^{l'} sigma_post),
    M_a      = P^T gamma_post C W_O^h W_V^h gamma_{l'} C,      C x = x - mean(x),

with p the activation after the nonlinearity at every token i, w^n the neuron's column of the MLP's second matrix, and
attention and both layer norms' sigma frozen (papers/inner_workings_thesis.md, section 3.3, equations 3.3 and B.5). The
direction r_n is the first principal component of the largest effects (same section, "approximately rank 1").

Only c depends on the picture and only M_a w^n on the weights, so no [t u d] is ever built; the authors' program builds one
for every picture, layer and head. phi spans at most |a| dimensions: norms, principal components and what is said toward
a text need c and small matrices of the weights, not phi.

Differs from the authors' code:
- Each layer norm takes away the effect's own mean (C above, which is linear). They subtract a share of the token's mean.
- Biases (of norms, values, outputs) are no neuron's doing and belong to none: phi is linear in p, and w^n = 0 gives 0.
  They hand every neuron an equal share, which moves all phi alike.
- Effects are kept as c; they keep phi itself, 32 GB a layer. LayerScale is in the weights (core/models/blocks.py).

Axes beyond the glossary: a later layer-head pairs, layer by layer; e width of one head; s kept pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.models.anatomy import Anatomy, Seen

BUDGET = 2**22
"""Numbers in the largest intermediate: neurons are taken in chunks that keep below it."""

Replacement = Literal["all", "small", "large", "direction"]


@dataclass(frozen=True)
class DirectionSettings:
    """Which pictures decide a neuron's direction."""

    share: float = 0.02
    """The share of pictures with the largest effects, in (0, 1]; 100 of 5,000 in the paper."""
    least: int = 10
    """But at least so many."""
    most: int = 100
    """And at most so many: each costs |a| numbers a neuron."""
    sign: Literal["count", "energy"] = "count"
    """Which side of r_n is positive: that of more kept effects, as in the authors' code, or that of more of their squares. By
    count, a neuron that fires on fewer than half of the kept pictures may be turned round by the small effects of the rest."""

    def __post_init__(self) -> None:
        """SettingError where the share is not in (0, 1] or the bounds are not 1 <= least <= most."""
        if not (0 < self.share <= 1 and 1 <= self.least <= self.most):
            raise SettingError(f"The share must lie in (0, 1] and 1 <= least <= most; given {self}.")

    def kept(self, count: int) -> int:
        """How many of `count` pictures are kept."""
        return min(max(round(self.share * count), self.least), self.most)


@dataclass(frozen=True)
class Flow:
    """The ways from one layer's neurons through all later attention to the embedding; fixed by the weights.

    Attributes:
        layer: of the neurons, first is 0.
        pairs: the a pairs of a later layer and a head.
        values: what each head's values take from each neuron `[a e u]`; 4 a e u bytes (19 MB for layer 9 of ViT-B-32).
        readout: from each head's values to the joint space `[a e k]`.
    """

    layer: int
    pairs: tuple[tuple[int, int], ...]
    values: Tensor
    readout: Tensor

    @property
    def units(self) -> int:
        """How many neurons."""
        return self.values.shape[2]

    def matrices(self, units: Tensor | slice) -> Tensor:
        """M_a w^n of some neurons: `[u a k]`."""
        return (self.values[:, :, units].transpose(1, 2) @ self.readout).transpose(0, 1)

    def chunks(self, count: int | None = None) -> Iterator[slice]:
        """Slices of so many neurons, all where None, that keep `matrices` below the budget."""
        size = max(1, BUDGET // (len(self.pairs) * self.readout.shape[2]))
        yield from (slice(start, start + size) for start in range(0, self.units if count is None else count, size))

    @cached_property
    def gram(self) -> Tensor:
        """Inner products of each neuron's M_a w^n: `[u a a]`. All that norms and principal components need."""
        found = self.values.new_empty(self.units, len(self.pairs), len(self.pairs))
        for units in self.chunks():
            matrices = self.matrices(units)
            torch.bmm(matrices, matrices.transpose(1, 2), out=found[units])
        return found

    def readers(self, texts: Tensor) -> Tensor:
        """What each neuron says toward texts `[m k]` through each pair, per unit of coefficient: `[u a m]`, 4 u a m bytes.

        Raises:
            ShapeError: the texts have another width than the embedding.
        """
        if texts.ndim != 2 or texts.shape[1] != self.readout.shape[2]:
            raise ShapeError(f"Expected texts [m {self.readout.shape[2]}], got {tuple(texts.shape)}.")
        return (self.values.transpose(1, 2) @ (self.readout @ texts.T)).transpose(0, 1).contiguous()


@dataclass(frozen=True)
class Directions:
    """Each neuron of a layer as one direction.

    Attributes:
        layer: first is 0.
        count: pictures that it was learned from.
        direction: r_n `[u k]`, of unit norm, most of the kept effects on its positive side; 0 for a silent neuron.
        mean: the mean effect b_n `[u k]`.
        share: of the kept effects' sum of squares that lies along r_n `[u]`, in [0, 1].
        threshold: norm of the smallest kept centred effect `[u]`; a neuron with more is active.
        top_energy: share of all pictures' squared norms that the kept ones hold `[u]`; kept/count if all were alike.
        above_uniform: share of pictures whose effect exceeds the root mean square one `[u]`; small if few matter.
        pictures: positions of the kept pictures, largest effect first `[u s]`.
        norms: of their centred effects `[u s]`.
        centre: mean coefficients `[a u]`.
        reader: from centred coefficients to their projection on r_n `[a u]`.
    """

    layer: int
    count: int
    direction: Tensor
    mean: Tensor
    share: Tensor
    threshold: Tensor
    top_energy: Tensor
    above_uniform: Tensor
    pictures: Tensor
    norms: Tensor
    centre: Tensor
    reader: Tensor


def coefficients(seen: Seen, anatomy: Anatomy, layer: int, unit: bool = False) -> Tensor:
    """What the pictures decide: c of the equation above, `[n a u]`.

    Args:
        layer: of the neurons, first is 0; not the last, after which there is no attention.
        unit: divide by the embedding's norm, so that effects are parts of the unit embedding.

    Raises:
        LayerError: the layer does not exist, is the last, or its activations were not kept.
    """
    _check(anatomy, layer)
    if layer not in seen.activations:
        raise LayerError(f"The activations of layer {layer} were not kept. Call see(..., activations=[{layer}]).")
    later = range(layer + 1, anatomy.layers)
    paths = torch.cat([seen.attention[at] / seen.sigma1[at][:, None] for at in later], 1)
    scale = seen.sigma_post * seen.embedding.norm(dim=1) if unit else seen.sigma_post
    return (paths / scale[:, None, None]) @ seen.activations[layer]


def flow(anatomy: Anatomy, layer: int) -> Flow:
    """What the weights decide: M_a w^n of the equation above, kept as its two factors.

    Raises:
        LayerError: the layer does not exist, or is the last.
    """
    _check(anatomy, layer)
    heads, post, columns = (anatomy.heads, anatomy.head_width), anatomy.norm_post, anatomy.blocks[layer].fc2_weight
    values, readout = [], []
    for block in anatomy.blocks[layer + 1 :]:
        values.append((block.norm1.centre(block.value_weight * block.norm1.weight) @ columns).unflatten(0, heads))
        readout.append(((post.centre(block.out_weight.T) * post.weight) @ anatomy.projection).unflatten(0, heads))
    pairs = tuple((at, head) for at in range(layer + 1, anatomy.layers) for head in range(anatomy.heads))
    return Flow(layer, pairs, torch.cat(values), torch.cat(readout))


def effects(c: Tensor, ways: Flow, units: Tensor | None = None) -> Tensor:
    """The effects phi themselves `[n u k]`, from coefficients `[n a u]`; large, so for chosen neurons or few pictures."""
    chosen = torch.arange(ways.units, device=c.device) if units is None else units
    found = c.new_empty(len(c), len(chosen), ways.readout.shape[2])
    for part in ways.chunks(len(chosen)):
        here = chosen[part]
        found[:, part] = (c[:, :, here].permute(2, 0, 1) @ ways.matrices(here)).transpose(0, 1)
    return found


def squares(c: Tensor, ways: Flow) -> Tensor:
    """Squared norms of the effects, from coefficients `[n a u]`: `[n u]`, at least 0."""
    rows = c.permute(2, 0, 1)
    return ((rows @ ways.gram) * rows).sum(2).clamp(min=0).T


def norms(c: Tensor, ways: Flow) -> Tensor:
    """Norms of the effects, from coefficients `[n a u]`: `[n u]`, at least 0; phi is not built."""
    return squares(c, ways).sqrt()


def toward(c: Tensor, readers: Tensor) -> Tensor:
    """What every neuron adds to each text's inner product `[n u m]`, from coefficients `[n a u]` and `Flow.readers` `[u a m]`."""
    return (c.permute(2, 0, 1) @ readers).transpose(0, 1)


def total(c: Tensor, ways: Flow) -> Tensor:
    """The sum of all neurons' effects, from coefficients `[n a u]`: `[n k]`; scale c to weigh them."""
    values = torch.einsum("nau,aeu->nae", c, ways.values)
    return values.flatten(1) @ ways.readout.flatten(0, 1)


@dataclass
class EffectMoments:
    """First pass: mean and spread of every neuron's effects, as core/foundations/statistics.py sums them.

    Attributes:
        count: pictures seen.
        mean: of the coefficients `[a u]`, float64.
        energy: sum of the squared norms of the centred effects `[u]`, float64.
    """

    ways: Flow
    count: int = 0
    mean: Tensor = field(init=False)
    energy: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing."""
        self.mean = self.ways.values.new_zeros(len(self.ways.pairs), self.ways.units, dtype=torch.float64)
        self.energy = torch.zeros_like(self.mean[0])

    def add(self, c: Tensor) -> EffectMoments:
        """Take in coefficients `[n a u]`."""
        other = EffectMoments(self.ways)
        if len(c):
            other.count, mean = len(c), c.mean(0)
            other.mean, other.energy = mean.double(), squares(c - mean, self.ways).double().sum(0)
        return self.merge(other)

    def merge(self, other: EffectMoments) -> EffectMoments:
        """Take in what another accumulator saw."""
        total = self.count + other.count
        if other.count:
            shift = other.mean - self.mean
            between = squares(shift[None].to(self.ways.values), self.ways)[0].double()
            self.energy += other.energy + between * (self.count * other.count / total)
            self.mean += shift * (other.count / total)
            self.count = total
        return self


@dataclass
class StrongestEffects:
    """Second pass: for every neuron the pictures with the largest centred effects, kept as coefficients.

    Attributes:
        moments: of the first pass, over the same pictures.
        seen: pictures seen in this pass.
        kept: centred coefficients `[u s a]`, 0 where there were too few pictures.
        norms: of their effects, largest first `[u s]`; -1 where there were too few.
        pictures: their positions `[u s]`; -1 where there were too few.
        above: pictures above the root mean square norm `[u]`.
    """

    moments: EffectMoments
    settings: DirectionSettings = DirectionSettings()
    seen: int = 0
    kept: Tensor = field(init=False)
    norms: Tensor = field(init=False)
    pictures: Tensor = field(init=False)
    above: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing."""
        ways = self.moments.ways
        shape = (ways.units, self.settings.kept(self.moments.count))
        self.kept = ways.values.new_zeros(*shape, len(ways.pairs))
        self.norms = ways.values.new_full(shape, -1.0)
        self.pictures = torch.full(shape, -1, device=ways.values.device)
        self.above = torch.zeros(ways.units, dtype=torch.int64, device=ways.values.device)

    def add(self, c: Tensor, pictures: Tensor | None = None) -> StrongestEffects:
        """Take in coefficients `[n a u]`, and the pictures' positions `[n]` where they do not simply count on."""
        moments = self.moments
        centred = c - moments.mean.to(c)
        found = squares(centred, moments.ways)
        self.above += (found > (moments.energy / max(1, moments.count)).to(c)).sum(0)
        positions = torch.arange(self.seen, self.seen + len(c), device=c.device) if pictures is None else pictures.to(c.device)
        self.seen += len(c)
        return self._take(centred.permute(2, 0, 1), found.sqrt().T, positions.expand(found.shape[1], -1))

    def merge(self, other: StrongestEffects) -> StrongestEffects:
        """Take in what another accumulator saw, whose pictures have other positions."""
        self.seen += other.seen
        self.above += other.above
        return self._take(other.kept, other.norms, other.pictures)

    def _take(self, centred: Tensor, found: Tensor, pictures: Tensor) -> StrongestEffects:
        """Keep the largest of what is kept and of new `[u s a]`, `[u s]`, `[u s]`."""
        self.norms, order = torch.cat([self.norms, found], 1).topk(self.norms.shape[1], 1)
        self.pictures = torch.cat([self.pictures, pictures], 1).gather(1, order)
        self.kept = torch.cat([self.kept, centred], 1).gather(1, order[..., None].expand(-1, -1, centred.shape[2]))
        return self

    def directions(self) -> Directions:
        """Each neuron's first principal component, and how sparse it is."""
        moments, ways, power = self.moments, self.moments.ways, {"count": 0, "energy": 2}[self.settings.sign]
        weights = torch.empty_like(self.kept[:, 0])
        reader, share = torch.empty_like(weights), torch.empty_like(weights[:, 0])
        for units in ways.chunks():
            found = _first_component(self.kept[units].double(), ways.gram[units].double(), power)
            weights[units], reader[units], share[units] = found
        kept_energy = self.norms.clamp(min=0).double().square().sum(1)
        return Directions(
            layer=ways.layer,
            count=moments.count,
            direction=torch.nn.functional.normalize(effects(weights.T[None], ways)[0], dim=1),
            mean=effects(moments.mean.to(self.kept)[None], ways)[0],
            share=share,
            threshold=torch.where(self.norms < 0, torch.inf, self.norms).amin(1),
            top_energy=(kept_energy / moments.energy.clamp(min=1e-30)).to(share).clamp(max=1),
            above_uniform=self.above / max(1, self.seen),
            pictures=self.pictures,
            norms=self.norms,
            centre=moments.mean.to(self.kept),
            reader=reader.T.contiguous(),
        )


def first_direction(ways: Flow, batches: Callable[[], Iterable[Tensor]], settings: DirectionSettings | None = None) -> Directions:
    """Both passes; `batches` is asked twice for the same coefficients `[n a u]`, batch by batch, and none is kept."""
    moments = EffectMoments(ways)
    for c in batches():
        moments.add(c)
    strongest = StrongestEffects(moments, settings or DirectionSettings())
    for c in batches():
        strongest.add(c)
    return strongest.directions()


def project(c: Tensor, found: Directions) -> Tensor:
    """The coefficient x_n of each centred effect on its neuron's direction: c `[n a u]` to `[n u]`."""
    return ((c - found.centre) * found.reader).sum(1)


def replaced(embedding: Tensor, c: Tensor, ways: Flow, found: Directions, what: Replacement) -> Tensor:
    """The embedding `[n k]` with a layer's effects put out of action (figure 3.3 of the thesis).

    Args:
        embedding: `[n k]`, on the same scale as c.
        c: coefficients `[n a u]`.
        what: which effects become their mean: "all", only those of "small" or of "large" norm (below the threshold, or
            not); or "direction", where each becomes its mean plus its projection on r_n.
    """
    centred = c - found.centre
    if what == "direction":
        return embedding - total(centred, ways) + project(c, found) @ found.direction
    active = norms(centred, ways) >= found.threshold
    chosen = {"all": torch.ones_like(active), "small": ~active, "large": active}[what]
    return embedding - total(centred * chosen[:, None], ways)


def _first_component(kept: Tensor, gram: Tensor, power: int) -> tuple[Tensor, Tensor, Tensor]:
    """The first right singular vector r of X = kept M, from kept `[u s a]` and gram = M M^T `[u a a]`.

    Without centring again: the effects are centred on the mean of all pictures, as in the authors' program. The sign is
    that of the larger sum of projections to this power.

    Returns:
        Weights q with r = M^T q `[u a]`, reader M r `[u a]`, share of the sum of squares `[u]`.
    """
    if kept.shape[1] < kept.shape[2]:
        left = torch.linalg.eigh(kept @ gram @ kept.transpose(1, 2)).eigenvectors[:, :, -1:]
        weights = kept.transpose(1, 2) @ left
    else:
        values, vectors = torch.linalg.eigh(gram)
        root = (vectors * values.clamp(min=0).sqrt()[:, None]) @ vectors.transpose(1, 2)
        scatter = kept.transpose(1, 2) @ kept
        weights = scatter @ root @ torch.linalg.eigh(root @ scatter @ root).eigenvectors[:, :, -1:]
    reader = gram @ weights
    length = (weights * reader).sum((1, 2)).clamp(min=0).sqrt()[:, None, None]
    weights, reader = (torch.where(length > 0, x / length.clamp(min=1e-300), 0.0) for x in (weights, reader))
    along = (kept @ reader)[..., 0]
    sides = (along.sign() * along.abs() ** power).sum(1)
    sign = torch.where(torch.where(sides == 0, along.sum(1), sides) < 0, -1.0, 1.0)[:, None]
    whole = ((kept @ gram) * kept).sum((1, 2))
    share = torch.where(whole > 0, along.square().sum(1) / whole.clamp(min=1e-300), 0.0)
    return weights[..., 0] * sign, reader[..., 0] * sign, share.clamp(0, 1)


def _check(anatomy: Anatomy, layer: int) -> None:
    """LayerError where no attention comes after the layer."""
    if not 0 <= layer < anatomy.layers - 1:
        raise LayerError(f"Neurons of layer {layer} have no attention after them; give one of 0 to {anatomy.layers - 2}.")
