"""A vision transformer that tells classes apart, as the lenses on its decisions meet it: any of timm with a head.

The head is one linear map E behind the last norm, read at the class token or at the mean of tokens. So every token at every
depth can be read as the answer would be: E LN(z) + b. A distilled transformer has a second token with a head of its own, and
answers with the mean of both; its patches are read by that mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.errors import ModelError, ShapeError
from core.foundations.trace import Trace
from core.models.anatomy import Anatomy, anatomy_of
from core.models.clip import Clip
from core.models.precision import refuse_half
from core.models.towers import timm_anatomy


@dataclass(frozen=True)
class Classifier:
    """A tower with its classes.

    Attributes:
        tower: its stock forward starts the stream; its blocks go on from any stream.
        anatomy: its weights by their roles; the projection `[d c]` holds the classes, c of them.
        second: None, or weight `[d c]` and bias `[c]` of the head of a distilled tower's second token.
    """

    tower: nn.Module
    anatomy: Anatomy
    second: tuple[Tensor, Tensor] | None = None

    @property
    def classes(self) -> int:
        """How many."""
        return self.anatomy.projection.shape[1]

    @property
    def vectors(self) -> Tensor:
        """The classes as directions `[d c]`, as patches are read; of a distilled tower the mean of both heads."""
        own = self.anatomy.projection
        return own if self.second is None else (own + self.second[0]) / 2

    def normed(self, x: Tensor) -> Tensor:
        """The last norm of `[... d]`."""
        norm = self.anatomy.norm_post
        return x if norm.identity else F.layer_norm(x, norm.weight.shape, norm.weight, norm.bias, norm.eps)

    def logits(self, x: Tensor) -> Tensor:
        """Streams, or what branches add to them, `[n t d]`, all tokens in their places, to classes `[n t c]`."""
        anatomy, z = self.anatomy, self.normed(x)
        if self.second is None:
            return z @ anatomy.projection + anatomy.projection_bias
        weight, bias = self.second
        mixed = z @ self.vectors + (anatomy.projection_bias + bias) / 2
        own = [z[:, :1] @ anatomy.projection + anatomy.projection_bias, z[:, 1:2] @ weight + bias]
        return torch.cat([*own, mixed[:, 2:]], 1)

    def answer(self, x: Tensor) -> Tensor:
        """What the tower says when its last stream is `[n t d]`: `[n c]`; patches may be missing."""
        anatomy = self.anatomy
        if self.second is not None:
            return self.logits(x)[:, :2].mean(1)
        if anatomy.blend is None:
            z = self.normed(anatomy.row(x))
        else:
            z = self.normed(x)
            z = anatomy.blend * z[:, 0] + (1 - anatomy.blend) * z[:, anatomy.extra :].mean(1)
        return z @ anatomy.projection + anatomy.projection_bias

    def resume(self, x: Tensor) -> Tensor:
        """From the stream before the first block `[n t d]`, of any number of tokens, to what the tower says `[n c]`."""
        modules = dict(self.tower.named_modules())
        for block in self.anatomy.blocks:
            x = modules[block.name](x)
        return self.answer(x)

    def start(self, images: Tensor) -> Tensor:
        """Normalised images `[n 3 h w]` to the stream before the first block `[n t d]`; no block is run."""
        found: list[Tensor] = []

        class _Enough(Exception):
            """The stream is there, and the blocks need not run."""

        def keep(x: Tensor) -> Tensor:
            found.append(x)
            raise _Enough

        try:
            with torch.no_grad(), Trace(self.tower, [], {self.anatomy.start_name: keep}):
                self.tower(images)
        except _Enough:
            pass
        return found[0]


def classifier_of(tower: nn.Module, image_size: tuple[int, int] | None = None) -> Classifier:
    """A tower with the classes that its own head knows.

    Args:
        tower: a timm VisionTransformer or VisionTransformerDistilled, or another that `anatomy_of` reads, whose projection
            is then taken for the classes.
        image_size: height and width of its images; the size that it was built for where None.

    Raises:
        ModelError: where it cannot be taken apart, is in half precision, or has no head.
    """
    from timm.models.deit import VisionTransformerDistilled

    headless = ModelError(f"{type(tower).__name__} knows no classes: it has no head. Give it one, or see with_classes.")
    if isinstance(tower, VisionTransformerDistilled):
        refuse_half(tower)
        known: Any = tower
        if not isinstance(known.head_dist, nn.Linear):
            raise headless
        anatomy = timm_anatomy(tower, "", nn.Sequential(), image_size, VisionTransformerDistilled)
        return Classifier(tower, anatomy, (known.head_dist.weight.detach().T, known.head_dist.bias.detach()))
    anatomy = anatomy_of(tower, image_size)
    if isinstance(getattr(tower, "head", None), nn.Identity):
        raise headless
    return Classifier(tower, anatomy)


def with_classes(tower: nn.Module, anatomy: Anatomy, vectors: Tensor, scale: float = 1.0) -> Classifier:
    """A tower whose embedding is compared with one vector for each class: both maps together are one linear head.

    Args:
        tower: the one that `anatomy` was read from.
        anatomy: its weights by their roles, with the map to the joint space.
        vectors: of the classes, such as names that were embedded `[c k]`.
        scale: what logits are multiplied by.

    Raises:
        ShapeError: where they live in another space.
    """
    if vectors.ndim != 2 or vectors.shape[1] != anatomy.joint:
        raise ShapeError(f"Classes of this tower are vectors [c {anatomy.joint}], got {list(vectors.shape)}.")
    ways = scale * vectors.T.to(anatomy.projection)
    return Classifier(tower, replace(anatomy, projection=anatomy.projection @ ways, projection_bias=anatomy.projection_bias @ ways))


class HeadedClip(Clip):
    """A vision transformer with a head, as what looks through a CLIP meets it: it knows its own classes, and no texts.

    Args:
        tower: any that `classifier_of` takes.
        mean: of the pictures that it was trained on, per colour or for all three, in [0, 1].
        std: their spread.
        image_size: height and width in pixels; one number for a square.
        name: for reports.
    """

    def __init__(
        self,
        tower: nn.Module,
        mean: float | Sequence[float],
        std: float | Sequence[float],
        image_size: int | tuple[int, int],
        name: str = "",
    ) -> None:
        super().__init__(tower, _no_texts, mean, std, image_size, 1.0, name)

    @property
    def anatomy(self) -> Anatomy:
        """The tower's weights by their roles, its classes for the projection; ModelError as `classifier_of`."""
        return classifier_of(self.tower, self.size).anatomy


def _no_texts(texts: list[str]) -> Tensor:
    raise ModelError(f"This model knows classes and no texts, so it cannot embed {texts[:1]}.")
