"""Which keys a class moves: the neurons that rise or fall silent on its pictures, beside those whose values merely point to it.

    z_ci = (mean_c a_i - mean a_i) / sd a_i                       a_i: the key of neuron i before its activation
    k_c  = the k neurons of largest z_ci, up or down
    w_c  = ((1 - s) W + s diag(sd^2))^-1 (mean_c a - mean a)      W: covariance within classes; all of the neurons of k_c alone

A value vector that points to a class says what its neuron would do if it were active; whether pictures of the class ever make it so is
another question, which papers/vit_mlp_neurons.md, section 3.1, leaves open by choosing keys by their values alone. Here both can be
compared: sum_i w_ci a_i is the linear discriminant of the class (Fisher, 1936) on the keys that it moves farthest, drawn a little
towards keys that are independent of each other, since a few pictures of each class tell a covariance badly. Keys that always move
together so count once; with s = 1 each would count for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.foundations.errors import ShapeError

LEAST = 1e-6
SHRUNK = 0.1
"""s: how far the covariance is drawn towards its diagonal."""


@dataclass(frozen=True)
class Excited:
    """The keys of each class, those first that it moves farthest.

    Attributes:
        neurons: `[c k]`.
        rise: how far each is above its mean on pictures of the class, in deviations `[c k]`; below 0 where it is silenced.
        weights: what each counts in a sum of keys `[c k]`.
    """

    neurons: Tensor
    rise: Tensor
    weights: Tensor


def excited_keys(keys: Tensor, classes: Tensor, count: int, kinds: int | None = None, shrunk: float = SHRUNK) -> Excited:
    """The keys that each class moves.

    Args:
        keys: of many pictures, before the activation `[n u]`.
        classes: the class of each picture `[n]`, from 0; every class has a picture at least.
        count: k, u at most.
        kinds: how many classes c; as many as are found where None.
        shrunk: s, above 0 and up to 1.

    Raises:
        ShapeError: where keys and classes do not fit each other, or a class has no picture.
    """
    if keys.ndim != 2 or classes.shape != keys.shape[:1] or not 1 <= count <= keys.shape[1]:
        raise ShapeError(f"Expected keys [n u], classes [n] and 1 to u keys; got {tuple(keys.shape)}, {tuple(classes.shape)} and {count}.")
    c = int(classes.max()) + 1 if kinds is None else kinds
    shown = torch.bincount(classes, minlength=c)
    if int(shown.min()) == 0:
        raise ShapeError(f"Class {int(shown.argmin())} has no picture. Show one of each at least.")
    sums = keys.new_zeros(c, keys.shape[1]).index_add_(0, classes, keys)
    spread = keys.std(0).clamp(min=LEAST)
    means = sums / shown[:, None]
    off = means - keys.mean(0)
    rise = off / spread
    chosen = rise.abs().topk(count, 1).indices
    apart = (keys - means[classes]).double()
    mixed = (1 - shrunk) * apart.T @ apart / max(1, len(keys) - c) + shrunk * torch.diag(spread.double() ** 2)
    weights = torch.linalg.solve(mixed[chosen[:, :, None], chosen[:, None]], off.gather(1, chosen).double())
    return Excited(chosen, rise.gather(1, chosen), weights.to(keys))
