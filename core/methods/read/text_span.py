"""TextSpan: the few texts whose directions explain most of what an attention head varies in.

    V(T) = 1/n sum_i |Proj_T (c_i - mean c)|^2                        (papers/inner_workings_thesis.md, equation 2.7)
    greedy (its section 2.4, algorithm 1): pick j* = argmax_j r_j^T S r_j / r_j^T r_j, then with q = r_j* / |r_j*|
    S <- (1 - q q^T) S (1 - q q^T) and r_j <- (1 - q q^T) r_j for every text j

S is a head's covariance, r_j a text projected on the space that the head varies in. Everything that the algorithm asks
of the images stands in their mean and covariance, so images are seen once and forgotten.

Differs from the authors' code (compute_complete_text_set.py):
- They keep every image's outputs and multiply them with every text at every pick. Here a pick reads the texts once,
  with two vectors: neither S nor the texts are deflated, their quadratic forms are brought up to date instead.
- They never bring r_j back to length 1, so a text that has half left of it counts a quarter. The default here is the
  true gain in explained variance; `scoring="paper"` is theirs.
- They keep 80 singular directions of the outputs uncentred, of which 13 are rounding noise in a head of width 64 and
  among which three real ones are missing in a head of width 80. Here the spectrum of the covariance says how many there are.
- Their reconstruction on a processor writes every row over every other. Here each row is its own.
- What a head can write lies in as many dimensions as the head is wide (`HeadSpace`), and moments are kept there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.models.anatomy import Anatomy, Seen

CHUNK = 8
"""Heads that are worked on at once; more would not be faster, since their texts must fit the processor's cache."""

LEAVES = 1e-6
"""Share of the energy that may fall outside a head's space by rounding."""

SPENT = 1e-8
"""A text of which less than this share (of its squared length) is left is spanned by the picks already."""

TIE = 1e-6
"""Scores this near to each other are the same up to rounding; of these the text with most of its length left is picked.
Where a single direction is left, all texts tie."""


@dataclass(frozen=True)
class TextSpanSettings:
    """How texts are picked."""

    picks: int = 60
    """Texts per head, 1 to 512; fewer where the head's rank is lower."""
    scoring: Literal["unit", "paper"] = "unit"
    """`unit` scores by the variance that a text adds, `paper` by that times what is left of its squared length."""
    rank: int | None = None
    """Directions of the spectrum that texts are projected on; None is all above the noise, or the paper's 80."""
    noise: float = 1e-9
    """Eigenvalues below this share of the mean squared length are rounding noise."""

    def __post_init__(self) -> None:
        """SettingError where a number is outside its bounds."""
        if not 1 <= self.picks <= 512:
            raise SettingError(f"TextSpan picks between 1 and 512 texts per head, got {self.picks}.")
        if self.scoring not in ("unit", "paper"):
            raise SettingError(f"The scoring is 'unit' or 'paper', got {self.scoring!r}.")
        if self.rank is not None and self.rank < 1:
            raise SettingError(f"A rank is at least 1, or None for the spectrum's own, got {self.rank}.")
        if not 0 <= self.noise < 1:
            raise SettingError(f"noise is a share of the variance, from 0 to below 1, got {self.noise}.")


@dataclass(frozen=True)
class HeadSpace:
    """Where the outputs of heads lie: orthonormal bases, and the way from a head's own values to coordinates.

    Attributes:
        basis: rows of length 1, at right angles `[a r k]` float64, for a chosen heads.
        lift: own values times this are coordinates along the basis `[a d r]` float64.
    """

    basis: Tensor
    lift: Tensor

    @classmethod
    def of(cls, maps: Tensor) -> HeadSpace:
        """From the matrices that take own values to the joint space, c = z M (thesis equation 2.5: LN and P after W_O).

        Args:
            maps: `[a d k]`; append rows for whatever else the outputs hold, such as a bias that an image's norm scales.

        Raises:
            ShapeError: where there are not three axes.
        """
        if maps.ndim != 3:
            raise ShapeError(f"A head space needs maps [a d k], one matrix per head, got {tuple(maps.shape)}.")
        q, r = torch.linalg.qr(maps.detach().to("cpu", torch.float64).transpose(1, 2))
        return cls(q.transpose(1, 2).contiguous(), r.transpose(1, 2).contiguous())


def _rows_of(anatomy: Anatomy, head: tuple[int, int]) -> slice:
    """Where a head's values stand among its layer's; LayerError where it does not exist."""
    if not (0 <= head[0] < anatomy.layers and 0 <= head[1] < anatomy.heads):
        raise LayerError(f"There is no layer and head {head}; this tower has {anatomy.layers} layers of {anatomy.heads} heads, from 0.")
    return slice(head[1] * anatomy.head_width, (head[1] + 1) * anatomy.head_width)


def head_maps(anatomy: Anatomy, heads: Sequence[tuple[int, int]]) -> Tensor:
    """From heads' own values to their terms in the joint space, each centred by its own mean: `[a d k]`, for `HeadSpace.of`.

    Args:
        heads: layer and head, both from 0; LayerError where one does not exist.
    """
    norm = anatomy.norm_post
    rows = torch.stack([anatomy.blocks[head[0]].out_weight[:, _rows_of(anatomy, head)].T for head in heads])
    return norm.centre(rows) * norm.weight @ anatomy.projection


def own_values(seen: Seen, anatomy: Anatomy, heads: Sequence[tuple[int, int]], unit: bool = False) -> Tensor:
    """Heads' own values, before W_O: what the class token reads, over the last norm's sigma, `[n a d]`.

    Times `head_maps` they are the heads' terms of core/methods/read/decompose.py, which then need not be built.

    Args:
        heads: layer and head, both from 0; LayerError where one does not exist.
        unit: divide by the embedding's length too, so that all terms add up to a unit vector.
    """
    found = []
    for layer, head in heads:
        rows, block = _rows_of(anatomy, (layer, head)), anatomy.blocks[layer]
        read = (seen.attention[layer][:, head, None] @ seen.normed[layer])[:, 0]
        found.append(torch.nn.functional.linear(read, block.value_weight[rows], block.value_bias[rows]))
    scale = 1 / seen.sigma_post / (seen.embedding.norm(dim=-1) if unit else 1)
    return torch.stack(found, 1) * scale[:, None, None]


@dataclass
class HeadMoments:
    """Mean and covariance of many heads' outputs, seen once and then forgotten; merged after Chan et al. (1983).

    Attributes:
        heads: a, how many.
        width: k, of the joint space.
        space: where the outputs lie, or None to keep moments in the joint space (k / d squared times the memory).
        count: images seen.
        mean: in the space's coordinates `[a r]` float64.
        scatter: sum of the outer products of the centred coordinates `[a r r]` float64.
    """

    heads: int
    width: int
    space: HeadSpace | None = None
    count: int = 0
    mean: Tensor = field(init=False)
    scatter: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing; ShapeError where the space is another's."""
        inner = self.width
        if self.space is not None:
            a, inner, k = self.space.basis.shape
            if (a, k) != (self.heads, self.width):
                raise ShapeError(f"The space is of {a} heads in {k} dimensions, the moments of {self.heads} heads in {self.width}.")
        self.mean = torch.zeros(self.heads, inner, dtype=torch.float64)
        self.scatter = torch.zeros(self.heads, inner, inner, dtype=torch.float64)

    def add(self, values: Tensor) -> HeadMoments:
        """Take in outputs in the joint space `[n a k]`; ShapeError where they do not lie in the space."""
        if values.ndim != 3 or values.shape[1:] != (self.heads, self.width):
            raise ShapeError(f"Expected outputs [n a k] of {self.heads} heads in {self.width} dimensions, got {tuple(values.shape)}.")
        values = values.detach().transpose(0, 1)
        if self.space is None:
            return self._take(values)
        inside = values @ self.space.basis.to(values).transpose(1, 2)
        first, within = (part[:, :32].double().square().sum().item() for part in (values, inside))
        lost = first - within
        if lost > max(LEAVES, torch.finfo(values.dtype).eps) * first:
            raise ShapeError(
                f"{lost / first:.2g} of the outputs' energy lies outside the heads' space. "
                "Are a bias or a mean missing among its maps? Without a space, moments are kept in the joint space."
            )
        return self._take(inside)

    def add_own(self, values: Tensor) -> HeadMoments:
        """Take in the heads' own values `[n a d]`, before the maps that `HeadSpace.of` was given; the cheaper way."""
        if self.space is None:
            raise ShapeError("Own values mean something only where the moments were given a HeadSpace.")
        if values.ndim != 3 or values.shape[1:] != self.space.lift.shape[:2]:
            raise ShapeError(f"Expected own values [n a d] for maps {tuple(self.space.lift.shape[:2])}, got {tuple(values.shape)}.")
        return self._take(values.detach().transpose(0, 1) @ self.space.lift.to(values))

    def _take(self, inside: Tensor) -> HeadMoments:
        """Coordinates `[a n r]`."""
        count = inside.shape[1]
        if count:
            inside = inside.to("cpu", torch.float64)
            mean = inside.mean(1)
            self._shift(mean, count)
            centred = inside - mean[:, None]
            self.scatter.baddbmm_(centred.transpose(1, 2), centred)
        return self

    def _shift(self, mean: Tensor, count: int) -> None:
        """Move the mean for `count` more images around another mean `[a r]`; what lies between the means is scatter."""
        total = self.count + count
        step = mean - self.mean
        self.scatter.baddbmm_(step[:, :, None], step[:, None] * (self.count * count / total))
        self.mean += step * (count / total)
        self.count = total

    def merge(self, other: HeadMoments) -> HeadMoments:
        """Take in what another accumulator saw; ShapeError where it kept other heads or another space."""
        mine, theirs = (None if m.space is None else m.space.basis for m in (self, other))
        same = mine is theirs or (mine is not None and theirs is not None and torch.equal(mine, theirs))
        if self.mean.shape != other.mean.shape or not same:
            raise ShapeError("Only moments of the same heads in the same space can be merged.")
        if other.count:
            self._shift(other.mean, other.count)
            self.scatter += other.scatter
        return self

    @property
    def covariance(self) -> Tensor:
        """In the space's coordinates `[a r r]`, divided by the count."""
        return self.scatter / max(1, self.count)

    @property
    def megabytes(self) -> float:
        """What the accumulator holds, its space included, in MB."""
        held = [self.mean, self.scatter, *([self.space.basis, self.space.lift] if self.space else [])]
        return sum(t.numel() * t.element_size() for t in held) / 1e6

    def joint_mean(self) -> Tensor:
        """The mean output in the joint space `[a k]`."""
        return self.mean if self.space is None else torch.einsum("ar,ark->ak", self.mean, self.space.basis)


@dataclass(frozen=True)
class Span:
    """What TextSpan found, for a heads and p picks; a head whose rank is below p ends early.

    Attributes:
        picks: positions of the texts in the pool, in the order picked `[a p]` int64; -1 behind the end.
        explained: share of the variance that the first picks explain `[a p]`, in [0, 1]; flat behind the end.
        bound: the same for as many principal directions, which no picks can beat `[a p]`.
        rank: directions that the head varies in above the noise `[a]` int64.
        variance: summed over directions `[a]`.
        directions: what each pick adds: length 1, at right angles `[a p k]`; 0 behind the end.
        mean: the mean output `[a k]`.
    """

    picks: Tensor
    explained: Tensor
    bound: Tensor
    rank: Tensor
    variance: Tensor
    directions: Tensor
    mean: Tensor

    @property
    def gains(self) -> Tensor:
        """Share of the variance that each pick adds `[a p]`, in [0, 1]."""
        return self.explained.diff(dim=1, prepend=torch.zeros_like(self.explained[:, :1]))

    def project(self, values: Tensor, picks: int | None = None) -> Tensor:
        """Outputs as the picked texts write them: the mean, plus what lies in their span (thesis figure 2.3).

        Args:
            values: `[n a k]`.
            picks: use the first so many; all where None.

        Returns:
            `[n a k]`, each image from its own row.

        Raises:
            ShapeError: where there are other heads or another width.
        """
        if values.ndim != 3 or values.shape[1:] != self.mean.shape:
            raise ShapeError(f"Expected outputs [n a k] with [a k] = {tuple(self.mean.shape)}, got {tuple(values.shape)}.")
        mean, axes = self.mean.to(values), self.directions[:, :picks].to(values)
        return mean + torch.einsum("nap,apk->nak", torch.einsum("nak,apk->nap", values - mean, axes), axes)


def text_span(moments: HeadMoments, texts: Tensor, settings: TextSpanSettings | None = None) -> Span:
    """Pick the texts that explain most of what each head varies in (thesis section 2.4, algorithm 1).

    Args:
        moments: of a heads over at least two images.
        texts: directions of the pool `[m k]`; their lengths matter to the paper's scoring alone, which wants 1.
        settings: how.

    Raises:
        ShapeError: where the texts are not `[m k]` of the heads' width, or not finite, or fewer than two images were seen.
    """
    settings = settings or TextSpanSettings()
    if texts.ndim != 2 or texts.shape[1] != moments.width or not len(texts) or not torch.isfinite(texts).all():
        raise ShapeError(f"Expected finite texts [m k] with k = {moments.width}, got {tuple(texts.shape)}.")
    if moments.count < 2:
        raise ShapeError(f"A covariance needs at least two images; {moments.count} were added.")
    pool = texts.detach().to("cpu", torch.float64).T.contiguous()
    parts = [_some_heads(moments, slice(i, i + CHUNK), pool, settings) for i in range(0, moments.heads, CHUNK)]
    fields = [torch.cat(column) for column in zip(*parts, strict=True)]
    fields.append(moments.joint_mean())
    return Span(*fields)


def _kept(energy: Tensor, values: Tensor, settings: TextSpanSettings) -> Tensor:
    """Which directions of a falling spectrum `[a r]` texts are projected on `[a r]` bool; `energy [a]` is the mean squared length."""
    paper = settings.scoring == "paper"
    first = torch.arange(values.shape[1]) < (settings.rank or (80 if paper else values.shape[1]))
    # The paper keeps so many whether they are noise or not.
    return first.expand_as(values) if paper else first & (values > settings.noise * energy[:, None])


def _spectrum(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues `[a r]`, largest first, and their directions as columns `[a r r]`."""
    values, axes = torch.linalg.eigh(matrix)
    return values.flip(1), axes.flip(2)


def _some_heads(moments: HeadMoments, chunk: slice, pool: Tensor, settings: TextSpanSettings) -> tuple[Tensor, ...]:
    """The fields of `Span` but the mean, for some of the heads; the pool stands as `[k m]`."""
    mean, covariance = moments.mean[chunk], moments.scatter[chunk] / moments.count
    variance = covariance.diagonal(dim1=1, dim2=2).sum(1)
    principal, axes = _spectrum(covariance)
    values = principal
    if settings.scoring == "paper":  # of the outputs as they are, with their mean
        values, axes = _spectrum(covariance + mean[:, :, None] * mean[:, None])
    kept = _kept(variance + mean.square().sum(1), values, settings)
    rank = kept.sum(1)
    axes = (axes * kept[:, None])[:, :, : max(1, int(rank.max()))].contiguous()
    readout, spread = axes.transpose(1, 2), axes.transpose(1, 2) @ covariance @ axes
    if moments.space is not None:
        readout = readout @ moments.space.basis[chunk]
    picks, units = _greedy((readout.flatten(0, 1) @ pool).unflatten(0, readout.shape[:2]), spread, settings)
    whole = variance.clamp_min(torch.finfo(torch.float64).tiny)[:, None]
    explained = torch.einsum("apr,ars,aps->ap", units, spread, units).clamp_min(0).cumsum(1) / whole
    bound = (principal.clamp_min(0).cumsum(1) / whole)[:, torch.arange(settings.picks).clamp_max(principal.shape[1] - 1)]
    return picks, explained.clamp_max(1), bound.clamp_max(1), rank, variance, units @ readout


def _greedy(texts: Tensor, spread: Tensor, settings: TextSpanSettings) -> tuple[Tensor, Tensor]:
    """The greedy choice, for several heads at once.

    With r the residual of a text x and q the new direction, s = q x and r' = r - s q, so that
        r'^T S r' = r^T S r - 2 s x^T (1 - Q^T Q) S q + s^2 q^T S q,    r'^T r' = r^T r - s^2
    and each pick reads the texts once, with the two vectors q and (1 - Q^T Q) S q.

    Args:
        texts: in the coordinates of the heads' axes `[a r m]`.
        spread: the covariance in the same `[a r r]`.

    Returns:
        Picks `[a p]` int64 with -1 behind the end, and directions in the same coordinates `[a p r]`, 0 behind the end.
    """
    heads, width, _ = texts.shape
    picks = torch.full((heads, settings.picks), -1)
    units = texts.new_zeros(heads, settings.picks, width)
    lengths, gains = texts.square().sum(1), (texts * (spread @ texts)).sum(1)
    least = (SPENT * lengths).clamp_min(torch.finfo(texts.dtype).tiny)
    rows = torch.arange(heads)
    for step in range(min(settings.picks, width)):
        scores = gains / lengths.clamp_min(least) if settings.scoring == "unit" else gains
        scores = scores.masked_fill(lengths <= least, -torch.inf)
        top = scores.max(1, keepdim=True).values
        live = top[:, 0].isfinite()
        if not live.any():
            break
        best = lengths.masked_fill(scores < top - TIE * top.abs(), -1).argmax(1)
        unit, pull = _new_direction(texts[rows, :, best], units[:, :step], spread)
        unit = unit * live[:, None]
        picks[live, step] = best[live]
        units[:, step] = unit
        along, across = (torch.stack([unit, pull * live[:, None]], 1) @ texts).unbind(1)
        value = torch.einsum("ar,ars,as->a", unit, spread, unit)[:, None]
        gains += along * (along * value - 2 * across)
        lengths -= along.square()
        lengths[rows, best] = 0
    return picks, units


def _new_direction(text: Tensor, units: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
    """What a text `[a r]` adds to the directions so far `[a p r]`, at length 1; and the spread along it, less what is picked."""
    for _ in range(2):  # once more, since one pass leaves rounding behind where little of the text is left
        text = text - torch.einsum("apr,ap->ar", units, torch.einsum("apr,ar->ap", units, text))
    unit = torch.nn.functional.normalize(text, dim=1)
    pull = torch.einsum("ars,as->ar", spread, unit)
    return unit, pull - torch.einsum("apr,ap->ar", units, torch.einsum("apr,ar->ap", units, pull))
