"""A dictionary learned by several processes, each with its own rows: what one process with all rows learns.

A step draws its batch from all rows, by a seed of its own; each process takes those that it has, and gradients are summed. What depends
on the whole batch is asked of everybody: the smallest activation that stays (each sends its own largest), which features fired, the
spread of the remainder. Whitening and scale come of summed moments. See core.methods.relate.learn_dictionary for the loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError
from core.foundations.seeds import torch_rng
from core.methods.relate.learn_dictionary import DictionaryLearner, DictionarySettings, Whitening
from core.models.dictionary import Dictionary, DictionaryConfig
from core.train.spread import Crowd

TIE = 1e-9
"""Activations that differ by less, of their size, are one: a row that was drawn twice stays twice, however the batch is split."""


@dataclass(frozen=True)
class Rows:
    """A process's rows among those of all.

    Attributes:
        rows: `[m d]`.
        numbers: their places among all `[m]`; every place is one process's.
        total: how many there are in all.
    """

    rows: Tensor
    numbers: Tensor
    total: int


class SpreadLearner(DictionaryLearner):
    """One process's part of a run.

    Args:
        mine: its rows.
        settings: of the dictionary.
        crowd: all processes.
    """

    def __init__(self, mine: Rows, settings: DictionarySettings, crowd: Crowd) -> None:
        if mine.total < 2:
            raise SettingError(f"A dictionary is learned of at least 2 rows, got {mine.total}. Give a larger folder.")
        rows = mine.rows
        torch.manual_seed(settings.seed)
        self.settings, self.crowd, self.total = settings, crowd, mine.total
        mean, cov = self._moments(rows)
        self.whitening = _whitening(mean, cov, settings.whiten)
        white = (rows - mean) @ self.whitening.forth
        self.dictionary = Dictionary(DictionaryConfig(rows.shape[1], settings.size)).to(rows)
        scale = (crowd.total(white.square().sum()) / (mine.total * rows.shape[1])).sqrt()
        self.dictionary.scale.copy_(scale)
        self.latents = white / scale
        self.variance = self._moments(self.latents)[1].diagonal().mean() * mine.total / (mine.total - 1)
        self.silent = torch.zeros(settings.size).to(rows)
        self.optimiser = torch.optim.Adam(self.dictionary.parameters(), settings.rate)
        self.where = torch.full((mine.total,), -1, dtype=torch.long)
        self.where[mine.numbers] = torch.arange(len(rows))
        self.done = 0

    def _moments(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Mean `[d]` and covariance `[d d]` of all processes' rows."""
        mean = self.crowd.total(rows.sum(0)) / self.total
        return mean, self.crowd.total((rows - mean).T @ (rows - mean)) / self.total

    def _codes(self, activations: Tensor) -> Tensor:
        if self.settings.kind == "l1":
            return activations
        count = round(self.settings.k * self.settings.batch)
        own = activations.detach().flatten()
        largest = own.topk(min(count + 1, own.numel())).values if own.numel() else own
        everybody = self.crowd.gathered(F.pad(largest, (0, count + 1 - len(largest)), value=0.0)).flatten()
        positive = everybody[everybody > 0].sort(descending=True).values
        cut = positive[min(count, len(positive)) - 1] if len(positive) else positive.new_zeros(())
        old = self.dictionary.threshold
        old.copy_(torch.where(old == 0, cut, 0.99 * old + 0.01 * cut))
        return activations if len(positive) <= count else activations * (activations >= cut * (1 - TIE))

    def _loss(self, x: Tensor) -> Tensor:
        """This process's part: all parts add up to the loss of the batch."""
        d, settings, share = self.dictionary, self.settings, 1 / self.settings.batch
        activations = d.activations(x)
        codes = self._codes(activations)
        loss = x.new_zeros(())
        for size in settings.prefixes:
            rebuilt = codes[:, :size] @ d.decoder[:size] + d.centre
            loss = loss + (rebuilt - x).square().sum() * share / x.shape[1] / self.variance / len(settings.prefixes)
        if settings.kind == "l1":
            return loss + settings.l1 * codes.sum() * share / x.shape[1] ** 0.5
        fired = self.crowd.total((codes > 0).sum(0).to(x)) > 0
        self.silent = torch.where(fired, torch.zeros_like(self.silent), self.silent + settings.batch)
        dead = self.silent > settings.dead_after
        return loss + settings.auxiliary * self._explained(activations, (x - rebuilt).detach(), dead) if dead.any() else loss

    def _explained(self, activations: Tensor, remainder: Tensor, dead: Tensor) -> Tensor:
        """How far the dead features are from the remainder, this process's part."""
        k, count = min(self.dictionary.config.width // 2, int(dead.sum())), self.settings.batch * remainder.shape[1]
        mean = self.crowd.total(remainder.sum()) / count
        spread = self.crowd.total((remainder - mean).square().sum()) / (count - 1)
        top = (activations * dead).topk(k, dim=1)
        codes = torch.zeros_like(activations).scatter(1, top.indices, top.values)
        return (codes @ self.dictionary.decoder - remainder).square().sum() / count / spread.clamp_min(1e-8)

    def _step(self, step: int) -> float:
        settings, parameters = self.settings, list(self.dictionary.parameters())
        warm = min(1.0, (step + 1) / (0.02 * settings.steps + 1))
        decay = min(1.0, (settings.steps - step) / (0.3 * settings.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = settings.rate * warm * decay
        chosen = torch.randint(self.total, (settings.batch,), generator=torch_rng("spread dictionary", settings.seed, step))
        mine = self.where[chosen]
        loss = self._loss(self.latents[mine[mine >= 0].to(self.latents.device)])
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        grads = [torch.zeros_like(one) if one.grad is None else one.grad for one in parameters]
        summed = self.crowd.total(torch.cat([grad.flatten() for grad in grads])).split([one.numel() for one in parameters])
        for parameter, grad in zip(parameters, summed, strict=True):
            parameter.grad = grad.view_as(parameter).clone()
        decoder = self.dictionary.decoder
        if decoder.grad is not None:
            decoder.grad -= (decoder.grad * decoder.detach()).sum(1, keepdim=True) * decoder.detach()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimiser.step()
        self._unit_rows()
        self.done = step + 1
        return float(self.crowd.total(loss.detach()))

    def tensors(self) -> dict[str, Tensor]:
        """How far it is, the same on all processes: for going on after a stop."""
        found = {f"dictionary.{name}": tensor for name, tensor in self.dictionary.state_dict().items()}
        for place, state in self.optimiser.state_dict()["state"].items():
            found |= {f"adam.{place}.{name}": torch.as_tensor(value) for name, value in state.items()}
        return {**found, "silent": self.silent, "done": torch.tensor(self.done)}

    def resume(self, tensors: dict[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""
        own = {name.removeprefix("dictionary."): one for name, one in tensors.items() if name.startswith("dictionary.")}
        self.dictionary.load_state_dict(own)
        state: dict[int, dict[str, Tensor]] = {}
        for name, one in tensors.items():
            if name.startswith("adam."):
                _, place, part = name.split(".")
                state.setdefault(int(place), {})[part] = one
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})
        self.silent, self.done = tensors["silent"].to(self.silent), int(tensors["done"])


def _whitening(mean: Tensor, cov: Tensor, share: float) -> Whitening:
    """As `Whitening.of`, from moments."""
    values, axes = torch.linalg.eigh(cov)
    lengths = values.clamp_min(1e-3 * values.max()).pow(share / 2)
    return Whitening(mean, axes @ torch.diag(1 / lengths) @ axes.T, axes @ torch.diag(lengths) @ axes.T)
