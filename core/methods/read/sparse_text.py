"""Directions as sparse sums of texts: orthogonal matching pursuit, for many directions at once.

    r ~ sum_j gamma_j t_j with at most s texts                         (papers/inner_workings_thesis.md, section 3.4)
    each step: j* = argmax_j |t_j^T e|, then gamma = least squares on the texts so far, e = r - sum_j gamma_j t_j
    (Pati, Rezaiifar and Krishnaprasad 1993)

Differs from the authors' code (compute_sparse_decomposition.py):
- Its pool is normalised along the wrong axis: per number over all texts, so atoms are no text's direction any more and
  long ones win. Here every text has length 1, and that is checked.
- It calls scikit-learn, one direction at a time, with the Gram matrix of the pool: 3.4 GB for 30,000 texts. Here the
  residuals of all directions meet the pool in one product, and only what is chosen is factored, a row at each step: D = L Q
  for the chosen texts D, Q at right angles, so that L L^T = D D^T is the incremental Cholesky of their own small Gram.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.models.precision import at_least_single

CHUNK = 256
"""Directions that are worked on at once; their products with 30,000 texts take 31 MB."""

ROUNDING = 100
"""What is left counts as nothing below this many times the precision of its numbers."""


@dataclass(frozen=True)
class SparseTextSettings:
    """How directions are taken apart."""

    size: int = 64
    """Texts per direction, 1 to 128; the paper tries 4 to 128."""

    def __post_init__(self) -> None:
        """SettingError where a number is outside its bounds."""
        if not 1 <= self.size <= 128:
            raise SettingError(f"A direction is taken apart into 1 to 128 texts, got {self.size}.")


@dataclass(frozen=True)
class TextPool:
    """Texts to choose from.

    Attributes:
        atoms: directions of length 1 `[m k]`.
        mean: what was taken from every text before `[k]`; 0 where they were not centred.
    """

    atoms: Tensor
    mean: Tensor

    def __post_init__(self) -> None:
        """ShapeError where a row is not of length 1, for then long texts would win for no reason."""
        lengths = torch.linalg.vector_norm(self.atoms, dim=1) if self.atoms.ndim == 2 else self.atoms.new_zeros(1)
        if not len(lengths) or not torch.allclose(lengths, torch.ones_like(lengths), atol=1e-4):
            raise ShapeError(
                f"A pool needs texts [m k] each of length 1, got {tuple(self.atoms.shape)} with lengths from "
                f"{lengths.min().item() if len(lengths) else 0:.3g}. TextPool.of makes them so; "
                "a text that equals the mean has no direction."
            )

    @classmethod
    def of(cls, texts: Tensor, centre: bool = True) -> TextPool:
        """Centre texts `[m k]` by their mean, or not, and bring each to length 1.

        Raises:
            ShapeError: where there are not two axes, or a text has no direction.
        """
        if texts.ndim != 2:
            raise ShapeError(f"Expected texts [m k], got {tuple(texts.shape)}.")
        texts = at_least_single(texts.detach())
        mean = texts.mean(0) if centre else torch.zeros_like(texts[0])
        return cls(torch.nn.functional.normalize(texts - mean, dim=1), mean)


@dataclass(frozen=True)
class SparseTexts:
    """What directions are made of, b directions of s texts; one that is rebuilt exactly ends early.

    Attributes:
        indices: texts in the order chosen `[b s]` int64; -1 behind the end.
        coefficients: signed, of texts of length 1 `[b s]`; 0 behind the end.
        residuals: lengths of what is left after each step `[b s]`; flat behind the end.
    """

    indices: Tensor
    coefficients: Tensor
    residuals: Tensor

    def rebuild(self, pool: TextPool) -> Tensor:
        """The sums of texts `[b k]`."""
        return torch.einsum("bs,bsk->bk", self.coefficients, pool.atoms[self.indices.clamp_min(0)].to(self.coefficients))


def sparse_text(targets: Tensor, pool: TextPool, settings: SparseTextSettings | None = None) -> SparseTexts:
    """Take directions apart into a few texts each (thesis section 3.4).

    Args:
        targets: `[b k]`, of any length; coefficients scale with them.
        pool: to choose from.
        settings: how many.

    Raises:
        ShapeError: where the targets do not fit the pool or are not finite.
        SettingError: where more texts are asked for than there are.
    """
    settings = settings or SparseTextSettings()
    if targets.ndim != 2 or targets.shape[1] != pool.atoms.shape[1] or not torch.isfinite(targets).all():
        raise ShapeError(f"Expected finite targets [b k] with k = {pool.atoms.shape[1]}, got {tuple(targets.shape)}.")
    if settings.size > len(pool.atoms):
        raise SettingError(f"The pool has {len(pool.atoms)} texts; {settings.size} were asked for.")
    targets = at_least_single(targets.detach())
    atoms = pool.atoms.to(targets)
    parts = [_pursue(part, atoms, settings.size) for part in targets.split(CHUNK)]
    return SparseTexts(*(torch.cat(column) for column in zip(*parts, strict=True)))


def _pursue(targets: Tensor, atoms: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """The fields of `SparseTexts` for some of the targets `[b k]`."""
    count, width = targets.shape
    least = ROUNDING * torch.finfo(targets.dtype).eps
    indices = torch.full((count, size), -1, device=targets.device)
    axes, along = targets.new_zeros(count, size, width), targets.new_zeros(count, size)
    factor = torch.eye(size, dtype=targets.dtype, device=targets.device).repeat(count, 1, 1)
    left, enough = targets.clone(), least * torch.linalg.vector_norm(targets, dim=1)
    live, residuals = torch.ones(count, dtype=torch.bool, device=targets.device), []
    for step in range(size):
        best = _nearest(left, atoms, indices[:, :step])
        axis, overlap, length = _against(atoms[best], axes[:, :step])
        live &= (torch.linalg.vector_norm(left, dim=1) > enough) & (length.square() > least)
        axis, overlap = axis * live[:, None], overlap * live[:, None]
        part = (left * axis).sum(1)
        left = left - part[:, None] * axis
        indices[:, step] = torch.where(live, best, -1)
        axes[:, step], along[:, step], factor[:, step, :step] = axis, part, overlap
        factor[:, step, step] = torch.where(live, length, 1)
        residuals.append(torch.linalg.vector_norm(left, dim=1))
    coefficients = torch.linalg.solve_triangular(factor.transpose(1, 2), along[:, :, None], upper=True)[:, :, 0]
    return indices, coefficients, torch.stack(residuals, 1)


def _nearest(left: Tensor, atoms: Tensor, chosen: Tensor) -> Tensor:
    """The text that what is left `[b k]` leans on most, either way, among those not chosen `[b s]` yet: `[b]`."""
    scores = (left @ atoms.T).abs_()
    return scores.scatter_(1, chosen.clamp_min(0), -1).argmax(1)


def _against(atoms: Tensor, axes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What chosen texts `[b k]` add to the axes so far `[b s k]`.

    Returns:
        The new axis `[b k]`, the texts' coordinates along the old ones `[b s]`, and along the new one `[b]`.
    """
    overlap = atoms.new_zeros(axes.shape[:2])
    for _ in range(2):  # once more, since one pass leaves rounding behind where texts are alike
        part = torch.einsum("bsk,bk->bs", axes, atoms)
        atoms = atoms - torch.einsum("bsk,bs->bk", axes, part)
        overlap = overlap + part
    length = torch.linalg.vector_norm(atoms, dim=1)
    return atoms / length.clamp_min(torch.finfo(atoms.dtype).tiny)[:, None], overlap, length
