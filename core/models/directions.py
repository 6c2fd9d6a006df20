"""A latent as a sum of one vector per slot: what a linear reading of the latent says is there.

    z ~ b + sum over slots s of v[s, part in s]

Fitted in relate/learn_directions.py from pictures that were read back; the class-mean directions of
papers/vit_latent_editing.md, for all parts of all slots at once.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PartDirections(nn.Module):
    """One vector for every part of every slot.

    Args:
        counts: parts in each slot, by the slot's name, back to front.
        width: numbers in a flattened latent.
    """

    base: Tensor

    def __init__(self, counts: dict[str, int], width: int) -> None:
        super().__init__()
        self.counts = dict(counts)
        self.register_buffer("base", torch.zeros(width))
        for slot, count in counts.items():
            self.register_buffer(f"slot_{slot}", torch.zeros(count, width))

    def vectors(self, slot: str) -> Tensor:
        """The vectors of one slot's parts `[p d]`."""
        found: Tensor = getattr(self, f"slot_{slot}")
        return found

    def explain(self, latent: Tensor, sweeps: int = 3) -> dict[str, Tensor]:
        """Which part of each slot fits the latent best, by coordinate descent on the squared error.

        Args:
            latent: `[n c h w]` or `[n d]`.
            sweeps: how often each slot is chosen anew, given the others.

        Returns:
            For each slot the parts' positions `[n]`.
        """
        remainder = latent.flatten(1) - self.base
        means = {slot: self.vectors(slot).mean(0) for slot in self.counts}
        chosen = {slot: mean.expand_as(remainder) for slot, mean in means.items()}
        remainder = remainder - torch.stack(list(chosen.values())).sum(0)
        found: dict[str, Tensor] = {}
        for _ in range(sweeps):
            for slot in self.counts:
                vectors = self.vectors(slot)
                target = remainder + chosen[slot]
                found[slot] = (2 * target @ vectors.T - vectors.square().sum(1)).argmax(1)
                chosen[slot] = vectors[found[slot]]
                remainder = target - chosen[slot]
        return found
