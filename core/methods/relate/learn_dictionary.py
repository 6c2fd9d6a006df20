"""Learn a sparse dictionary of latents.

    minimise |x - x'|^2 / var(x)  [+ l1 |a|]  [+ aux |r - r'|^2 / var(r)]

`l1`: papers/swiggle.md, after Bricken et al. 2023 (ReLU, penalty on the activations).
`batch_topk`: arXiv:2412.06410, the k n largest activations of a batch of n stay; the smallest of them, averaged
over time, becomes the threshold of the finished dictionary.
`matryoshka`: arXiv:2503.17547, the same, and the first features alone must reconstruct too.
Features that have not fired for a while learn to explain the remainder (aux-k, arXiv:2406.04093).

Latents are whitened in part first, x = W (z - mean) with W = C^(-whiten/2): otherwise the heads, which hold two
thirds of the variance, take most features, and small parts get none. What was learned is folded back, so that
the finished dictionary reads and writes plain latents.

Differs from the papers: the whitening; dead after 20,000 samples, not 10 million, since a run here is shorter than that;
no resampling; the centre starts at the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError
from core.foundations.seeds import torch_rng
from core.models.dictionary import Dictionary, DictionaryConfig


@dataclass(frozen=True)
class DictionarySettings:
    """Everything that decides a dictionary, besides its data."""

    size: int = 512
    """Features."""
    kind: Literal["l1", "batch_topk", "matryoshka"] = "batch_topk"
    k: float = 7.6
    """Features that stay active per picture, on average."""
    l1: float = 0.03
    """Weight of the penalty, for the kind `l1`."""
    steps: int = 600
    batch: int = 1024
    rate: float = 3e-3
    seed: int = 0
    auxiliary: float = 1 / 32
    """Weight of what the dead features explain of the remainder."""
    whiten: float = 0.6
    """How far the latents are whitened before learning: 0 not at all, 1 wholly."""
    dead_after: int = 20_000
    """Samples without firing after which a feature counts as dead."""

    def __post_init__(self) -> None:
        """Bounds."""
        if not 0 <= self.whiten <= 1:
            raise SettingError(f"whiten must lie between 0 and 1, got {self.whiten}.")
        if not 0 < self.k < self.size:
            raise SettingError(f"k must lie between 0 and the number of features ({self.size}), got {self.k}.")

    @property
    def prefixes(self) -> tuple[int, ...]:
        """How many first features must reconstruct by themselves."""
        return (self.size // 4, self.size // 2, self.size) if self.kind == "matryoshka" else (self.size,)


def keep_largest(activations: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Keep the `count` largest of all activations `[n k]`; also the smallest that stayed."""
    positive = activations.detach()[activations.detach() > 0]
    if len(positive) <= count:
        return activations, positive.min() if len(positive) else activations.new_zeros(())
    cut = positive.kthvalue(len(positive) - count + 1).values
    return activations * (activations >= cut), cut


def _auxiliary_loss(dictionary: Dictionary, activations: Tensor, remainder: Tensor, dead: Tensor) -> Tensor:
    k = min(dictionary.config.width // 2, int(dead.sum()))
    top = (activations * dead).topk(k, dim=1)
    codes = torch.zeros_like(activations).scatter(1, top.indices, top.values)
    return F.mse_loss(codes @ dictionary.decoder, remainder) / remainder.var().clamp_min(1e-8)


@dataclass(frozen=True)
class Whitening:
    """x = (z - mean) forth, z = x back + mean."""

    mean: Tensor
    forth: Tensor
    back: Tensor

    @classmethod
    def of(cls, flat: Tensor, share: float) -> Whitening:
        """Latents `[n d]`, and how far to whiten them."""
        mean = flat.mean(0)
        values, axes = torch.linalg.eigh(torch.cov((flat - mean).T, correction=0))
        lengths = values.clamp_min(1e-3 * values.max()).pow(share / 2)
        return cls(mean, axes @ torch.diag(1 / lengths) @ axes.T, axes @ torch.diag(lengths) @ axes.T)


class DictionaryLearner:
    """One run: a dictionary, its optimiser, and who has fired lately."""

    def __init__(self, latents: Tensor, settings: DictionarySettings) -> None:
        flat = latents.flatten(1).float()
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.whitening = Whitening.of(flat, settings.whiten)
        self.dictionary = Dictionary(DictionaryConfig(flat.shape[1], settings.size)).to(flat.device)
        white = (flat - self.whitening.mean) @ self.whitening.forth
        scale = white.square().mean().sqrt()
        self.dictionary.scale.copy_(scale)
        self.latents = white / scale
        self.variance = self.latents.var(0).mean()
        self.silent = torch.zeros(settings.size, device=flat.device)
        self.optimiser = torch.optim.Adam(self.dictionary.parameters(), settings.rate)
        self.rng = torch_rng("dictionary", settings.seed)

    def _codes(self, activations: Tensor) -> Tensor:
        if self.settings.kind == "l1":
            return activations
        codes, cut = keep_largest(activations, round(self.settings.k * len(activations)))
        old = self.dictionary.threshold
        old.copy_(torch.where(old == 0, cut.detach(), 0.99 * old + 0.01 * cut.detach()))
        return codes

    def _loss(self, x: Tensor) -> Tensor:
        d, settings = self.dictionary, self.settings
        activations = d.activations(x)
        codes = self._codes(activations)
        loss = torch.zeros((), device=x.device)
        for size in settings.prefixes:
            rebuilt = codes[:, :size] @ d.decoder[:size] + d.centre
            loss = loss + F.mse_loss(rebuilt, x) / self.variance / len(settings.prefixes)
        if settings.kind == "l1":
            return loss + settings.l1 * codes.sum(1).mean() / x.shape[1] ** 0.5
        self.silent = torch.where((codes > 0).any(0), 0.0, self.silent + len(x))
        dead = self.silent > settings.dead_after
        if dead.any():
            loss = loss + settings.auxiliary * _auxiliary_loss(d, activations, (x - rebuilt).detach(), dead)
        return loss

    def _unit_rows(self) -> None:
        """Directions keep norm 1, and their gradient no part along themselves."""
        with torch.no_grad():
            self.dictionary.decoder.data = F.normalize(self.dictionary.decoder, dim=1)

    def _step(self, step: int) -> float:
        settings = self.settings
        warm = min(1.0, (step + 1) / (0.02 * settings.steps + 1))
        decay = min(1.0, (settings.steps - step) / (0.3 * settings.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = settings.rate * warm * decay
        chosen = torch.randint(len(self.latents), (settings.batch,), generator=self.rng)
        loss = self._loss(self.latents[chosen.to(self.latents.device)])
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        decoder = self.dictionary.decoder
        if decoder.grad is not None:
            decoder.grad -= (decoder.grad * decoder.detach()).sum(1, keepdim=True) * decoder.detach()
        torch.nn.utils.clip_grad_norm_(self.dictionary.parameters(), 1.0)
        self.optimiser.step()
        self._unit_rows()
        return loss.item()

    @torch.no_grad()
    def folded(self) -> Dictionary:
        """The dictionary for plain latents: the whitening goes into its matrices, and its rows have norm 1 again."""
        learned, white = self.dictionary, self.whitening
        rows = learned.decoder @ white.back
        norms = rows.norm(dim=1).clamp_min(1e-9)
        plain = Dictionary(learned.config).to(rows.device)
        plain.scale.copy_(learned.scale)
        plain.decoder.copy_(rows / norms[:, None])
        plain.encoder.copy_(norms[:, None] * (learned.encoder @ white.forth.T))
        plain.centre.copy_(learned.centre @ white.back + white.mean / learned.scale)
        plain.encoder_bias.copy_(norms * learned.encoder_bias)
        plain.threshold.copy_(norms * learned.threshold)
        return plain.eval().requires_grad_(False)

    def run(self) -> Iterator[float]:
        """Learn, giving the loss of every step."""
        for step in range(self.settings.steps):
            yield self._step(step)


def learn_dictionary(latents: Tensor, settings: DictionarySettings) -> Dictionary:
    """Learn a dictionary.

    Args:
        latents: `[n c h w]` or `[n d]`.

    Returns:
        The dictionary, on the latents' device, with its threshold set.
    """
    learner = DictionaryLearner(latents, settings)
    for _ in learner.run():
        pass
    return learner.folded()
