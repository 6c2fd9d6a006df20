"""What every token says about the classes at every depth (papers/vit_class_embedding.md; Vilas et al., arXiv:2310.18969).

    class logits of a token   E LN(z) + b,   z a stream, or what attention or MLP adds to it             section 3
    rank                      number of classes whose logit is larger; 0 is best
    identifiability           1 - rank / C, from 1 / C to 1; its rate is the share of tokens of rank 0   section 4
    class change              share of tokens whose label's logit is higher after a block or branch     section 4.2
    importance                a_row,j relu(- d CE(E LN(attended_row) + b, label) / d a_row,j), over heads and blocks
                              the paper's has neither the factor a nor the relu                          section 5

Everything comes out of one forward, which leaves the stream between the blocks and what each MLP adds; what attention adds
is the rest. Differs from the authors' program: ranks are counted, not sorted; the cross entropy has one softmax, theirs has
two; the gradient is taken in closed form at the row that is read out, where theirs goes back through the network once for
every token and block; weights are never touched, theirs are normalised in place; all pictures of a batch go together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError
from core.foundations.trace import Trace
from core.methods.read.segment_view import apply_norm, heads_of, mixed, mlp
from core.models.anatomy import Anatomy, row_attention
from core.models.classifier import Classifier

Cut = Literal["none", "self", "class"]
"""Attention as it is; every token attends to itself alone; no token attends to the class and register tokens."""


@dataclass(frozen=True)
class Depths:
    """What one forward leaves, l blocks deep.

    Attributes:
        streams: before the first block and after each, l + 1 times `[n t d]`.
        added: what each MLP adds, l times `[n t d]`.
    """

    streams: tuple[Tensor, ...]
    added: tuple[Tensor, ...]

    @property
    def layers(self) -> int:
        """How many blocks."""
        return len(self.added)

    def middle(self, layer: int) -> Tensor:
        """The stream between attention and MLP, `[n t d]`."""
        return self.streams[layer + 1] - self.added[layer]

    def attended(self, layer: int) -> Tensor:
        """What attention adds, `[n t d]`."""
        return self.middle(layer) - self.streams[layer]


@torch.no_grad()
def depths_of(classifier: Classifier, images: Tensor) -> Depths:
    """One stock forward.

    Args:
        classifier: any.
        images: normalised as its tower wants them, `[n 3 h w]`.

    Raises:
        ShapeError: where they are not of the tower's size.
    """
    anatomy = classifier.anatomy
    if images.ndim != 4 or tuple(images.shape[2:]) != anatomy.image_size:
        raise ShapeError(f"This tower takes images [n 3 {anatomy.image_size[0]} {anatomy.image_size[1]}], got {list(images.shape)}.")
    streams = [anatomy.start_name, *(block.name for block in anatomy.blocks)]
    mlps = [block.mlp_name for block in anatomy.blocks]
    with Trace(classifier.tower, [*streams, *mlps]) as trace:
        classifier.tower(images)
    return Depths(tuple(trace[name] for name in streams), tuple(trace[name] for name in mlps))


@torch.no_grad()
def cut_depths(classifier: Classifier, start: Tensor, cut: Cut) -> Depths:
    """The same forward with attention cut, block after block from the stream before the first one.

    Args:
        classifier: any.
        start: `[n t d]`.
        cut: "self" leaves each token its own value alone; "class" takes the class and register tokens out of what is attended
            to, and as in the paper's program the weights of the rest are not made larger for it.

    Raises:
        SettingError: where there is no such cut.
    """
    if cut not in ("none", "self", "class"):
        raise SettingError(f"Attention can be cut to “self” or from the “class” token, not {str(cut)[:40]!r}.")
    anatomy, streams, added = classifier.anatomy, [start], []
    for layer, block in enumerate(anatomy.blocks):
        heads = heads_of(anatomy, layer, apply_norm(block.norm1, streams[-1]))
        if cut == "self":
            together = heads.value.transpose(1, 2).flatten(2)
        else:
            attention = heads.attention()
            if cut == "class":
                attention[..., : anatomy.extra] = 0
            together = mixed(attention, heads.value)
        middle = streams[-1] + F.linear(together, block.out_weight, block.out_bias)
        added.append(mlp(block, middle))
        streams.append(middle + added[-1])
    return Depths(tuple(streams), tuple(added))


def ranks(logits: Tensor, labels: Tensor) -> Tensor:
    """How many classes have a larger logit than the label.

    Args:
        logits: `[n t c]`.
        labels: `[n]`.

    Returns:
        `[n t]` whole numbers, 0 where the label is first.
    """
    own = logits.gather(-1, labels[:, None, None].expand(-1, logits.shape[1], 1))
    return (logits > own).sum(-1)


def identifiability(rank: Tensor, classes: int) -> Tensor:
    """Ranks to identifiability in [1 / C, 1], of the same shape."""
    return 1 - rank / classes


@dataclass(frozen=True)
class Progress:
    """How the label stands at each depth; all but `rank` and `own` run from 0, before the first block, to l.

    Attributes:
        rank: of the label at every token, after each depth, `[l+1 n t]`.
        own: the label's logit, `[l+1 n t]`.
        rank_attended: the same rank in what each attention adds, `[l n t]`.
        rank_added: in what each MLP adds, `[l n t]`.
        own_middle: the label's logit between attention and MLP, `[l n t]`.
        classes: C.
    """

    rank: Tensor
    own: Tensor
    rank_attended: Tensor
    rank_added: Tensor
    own_middle: Tensor
    classes: int

    @property
    def identifiability(self) -> Tensor:
        """`[l+1 n t]` in [1 / C, 1]."""
        return identifiability(self.rank, self.classes)

    @property
    def rate(self) -> Tensor:
        """Share of all tokens that say the label, at each depth `[l+1]`."""
        return (self.rank == 0).float().mean((1, 2))

    def rises(self) -> dict[str, Tensor]:
        """Share of tokens whose label's logit is higher after each block, attention or MLP than before it, `[l]` each."""
        steps = {"block": self.own.diff(dim=0), "attention": self.own_middle - self.own[:-1], "mlp": self.own[1:] - self.own_middle}
        return {name: (step > 0).float().mean((1, 2)) for name, step in steps.items()}


@torch.no_grad()
def progress(classifier: Classifier, depths: Depths, labels: Tensor) -> Progress:
    """How the label of each picture stands at every token and depth.

    Args:
        classifier: the one that the depths are of.
        depths: of n pictures.
        labels: `[n]`.
    """

    def read(x: Tensor) -> tuple[Tensor, Tensor]:
        logits = classifier.logits(x)
        return ranks(logits, labels), logits.gather(-1, labels[:, None, None].expand(-1, logits.shape[1], 1))[..., 0]

    layers = range(depths.layers)
    whole = [read(stream) for stream in depths.streams]
    attended = [read(depths.attended(layer))[0] for layer in layers]
    added = [read(part)[0] for part in depths.added]
    middle = [read(depths.middle(layer))[1] for layer in layers]
    rank, own = (torch.stack(several) for several in zip(*whole, strict=True))
    return Progress(rank, own, torch.stack(attended), torch.stack(added), torch.stack(middle), classifier.classes)


def votes(classifier: Classifier, depths: Depths) -> Tensor:
    """What the tower would say if it ended after each depth: log-odds `[l+1 n c]`, the last row its answer."""
    return torch.stack([classifier.answer(stream) for stream in depths.streams])


def contrast(values: Tensor, share: Tensor, least: float = 0.5) -> tuple[Tensor, Tensor]:
    """Mean of some value at the patches of the object, and at those of the context.

    Args:
        values: of the patches, such as identifiability `[n p]`.
        share: how much of each patch the object covers `[n p]`, in [0, 1].
        least: from which share on a patch is the object's; the context's have none of it.

    Returns:
        Two numbers; nan where there is no such patch.
    """
    inside, outside = share >= least, share == 0
    return values[inside].float().mean(), values[outside].float().mean()


@dataclass(frozen=True)
class ImportanceSettings:
    """How the gradient of the class token's attention becomes a map."""

    weighted: bool = True
    """Whether each token counts for what is really attended to it, or, as in the paper, for what more attention would do."""
    positive: bool = True
    """Whether only what speaks for the label is added up, or, as in the paper, what speaks against it too."""


PAPER = ImportanceSettings(weighted=False, positive=False)
"""As in the paper."""


@dataclass(frozen=True)
class Rows:
    """What the rows that are read out attend to, block by block; it depends on the pictures alone.

    There is one row r, but two of a distilled tower: its class token and its distillation token.

    Attributes:
        values: of all tokens, l times `[n h t e]`.
        attention: of each row, l times `[r n h t]`.
        attended: what attention adds to each row, l times `[r n d]`.
    """

    values: tuple[Tensor, ...]
    attention: tuple[Tensor, ...]
    attended: tuple[Tensor, ...]


@torch.no_grad()
def rows_of(classifier: Classifier, depths: Depths) -> Rows:
    """What the row attends to, from what one forward left."""
    anatomy, readers = classifier.anatomy, _readers(classifier)
    shares = [reader.shares(depths.streams[0]) for reader in readers]
    values, attention, attended = [], [], []
    for layer, block in enumerate(anatomy.blocks):
        normed = apply_norm(block.norm1, depths.streams[layer])
        value = F.linear(normed, block.value_weight, block.value_bias).unflatten(-1, (anatomy.heads, anatomy.head_width))
        values.append(value.transpose(1, 2))
        attention.append(torch.stack([row_attention(reader, layer, normed, share) for reader, share in zip(readers, shares, strict=True)]))
        added = depths.attended(layer)
        attended.append(torch.stack([(share[..., None] * added).sum(1) for share in shares]))
    return Rows(tuple(values), tuple(attention), tuple(attended))


def _readers(classifier: Classifier) -> list[Anatomy]:
    """The tower once for each token that a head reads."""
    if classifier.second is None:
        return [classifier.anatomy]
    return [replace(classifier.anatomy, read_out=slice(place, place + 1)) for place in (0, 1)]


@torch.no_grad()
def importance(
    classifier: Classifier, depths: Depths, labels: Tensor, settings: ImportanceSettings | None = None, rows: Rows | None = None
) -> Tensor:
    """How much the tokens that the row attends to make the label more probable in what attention adds; of two rows, in both together.

    Args:
        classifier: any.
        depths: of n pictures.
        labels: `[n]`.
        settings: ours, or PAPER.
        rows: what `rows_of` gave, where another label was asked after before.

    Returns:
        `[n t]`, summed over heads and blocks; larger where a token speaks for the label.
    """
    own, known = settings or ImportanceSettings(), rows or rows_of(classifier, depths)
    anatomy, total = classifier.anatomy, torch.zeros(depths.streams[0].shape[:2]).to(depths.streams[0])
    for block, value, attention, attended in zip(anatomy.blocks, known.values, known.attention, known.attended, strict=True):
        slope = label_slope(classifier, attended, labels)
        # attended = W_O sum_j a_j v_j, so the slope in a_j of a head is (W_O^T slope) v_j.
        pulled = (slope @ block.out_weight).unflatten(-1, (anatomy.heads, anatomy.head_width))
        found = -torch.einsum("rnhe,nhte->rnht", pulled, value)
        found = found * attention if own.weighted else found
        total += (found.relu() if own.positive else found).sum((0, 2))
    return total


def label_slope(classifier: Classifier, rows: Tensor, labels: Tensor) -> Tensor:
    """The gradient of the label's cross entropy, one softmax, in the rows before the last norm: `[r n d]` to `[r n d]`.

    Two rows of a distilled tower are read as it answers: each by its own head, and then the mean.
    """
    with torch.enable_grad():
        free = rows.detach().requires_grad_()
        logits = classifier.logits(free.transpose(0, 1)).mean(1)
        return torch.autograd.grad(F.cross_entropy(logits, labels, reduction="sum"), free)[0]


@torch.no_grad()
def perturbation(
    classifier: Classifier,
    start: Tensor,
    order: Tensor,
    labels: Tensor,
    counts: Sequence[int] | None = None,
    batch: int = 64,
    every: int = 1,
) -> Tensor:
    """How often the answer is right with only the first patches of an order kept, after their places were added (section 5).

    Args:
        classifier: any.
        start: the stream before the first block, `[n t d]`.
        order: patches, first to be kept first, `[n p]`.
        labels: `[n]`.
        counts: how many patches are kept, one number after another; 1 to p - 1 where None.
        batch: pictures at once.
        every: 1 asks every picture at every count; else each is asked at every so-many-th alone, the next picture one later. The
            area under the curve, a mean over pictures and counts alike, is then estimated without bias from so many times fewer
            passes.

    Returns:
        Share of right answers for each count. Class and register tokens always stay.

    Raises:
        SettingError: where `every` is below 1 or above the number of pictures, so that some count would be asked of none.
    """
    if not 1 <= every <= len(start):
        raise SettingError(f"Each of {len(start)} pictures can be asked at every 1st to {len(start)}th count, got {every}.")
    extra, found = classifier.anatomy.extra, []
    for turn, count in enumerate(counts or range(1, order.shape[1])):
        right = []
        for rows in torch.arange(turn % every, len(start), every).split(batch):
            places = order[rows, :count, None].expand(-1, -1, start.shape[-1]) + extra
            kept = torch.cat([start[rows, :extra], start[rows].gather(1, places)], 1)
            right.append(classifier.resume(kept).argmax(-1) == labels[rows])
        found.append(torch.cat(right).float().mean())
    return torch.stack(found)


def area(curve: Tensor) -> float:
    """The area under a curve of equal steps `[s]`, its width counted as 1: the mean of its trapezoids."""
    return float((curve[1:] + curve[:-1]).mean() / 2) if len(curve) > 1 else float(curve.mean())


def order_of(values: Tensor, last: bool = False) -> Tensor:
    """Patches by a value `[n p]`, the largest first, or the smallest where `last`: `[n p]`."""
    return values.argsort(dim=1, descending=not last, stable=True)
