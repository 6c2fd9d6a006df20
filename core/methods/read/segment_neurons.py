"""Maps from the activations of the neurons that a text concerns (papers/inner_workings_thesis.md, section 3.4).

    heat_i = mean over the N neurons with the largest |<r_n, t>| of p_i^n                as in the paper
    heat_i = sum over the same of <r_n, t> (p_i^n - mean) / spread                       signed and standardised

p_i^n is what neuron n says at token i, after the activation function; r_n its direction in the joint space (section
3.2), which is given, or else the readout that its output has through the later layers' attention if every head looked
everywhere alike: fc2_n carried through LN1, W_V, W_O, LN_post and P of each later layer, and averaged over these.

Differs from the authors' program: one forward instead of two, one product instead of a copy of all activations for each
neuron; and the signed form, because a neuron that speaks against a text is no evidence for it, and because a mean of
raw activations belongs to the neurons of the largest scale.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.methods.read.segment_view import View
from core.models.anatomy import Anatomy, Norm


def usual_layers(anatomy: Anatomy) -> tuple[int, ...]:
    """The thesis' layers 8 to 10 of 12: the three before the last; LayerError where there are none."""
    if anatomy.layers < 2:
        raise LayerError("A tower of one layer has no neurons that a later layer could read. Use another method.")
    return tuple(range(max(0, anatomy.layers - 4), anatomy.layers - 1))


def own_readout(anatomy: Anatomy, layer: int, texts: Tensor) -> Tensor:
    """What a layer's neurons say of texts through the attention of the later layers, the same wherever that looks.

    Args:
        layer: first is 0; a later one has to exist.
        texts: `[... k]`.

    Returns:
        `[... u]`.

    Raises:
        LayerError: where there is no later layer.
    """
    if not 0 <= layer < anatomy.layers - 1:
        raise LayerError(f"The layer {layer} has no later layer that reads it; give one of 0 to {anatomy.layers - 2}.")

    def back(norm: Norm, x: Tensor) -> Tensor:
        return norm.centre(x * norm.weight)

    pulled = back(anatomy.norm_post, texts @ anatomy.projection.T)
    later = anatomy.blocks[layer + 1 :]
    heard = [back(block.norm1, pulled @ block.out_weight @ block.value_weight) for block in later]
    return torch.stack(heard).mean(0) @ anatomy.blocks[layer].fc2_weight


def agreement(anatomy: Anatomy, layers: tuple[int, ...], texts: Tensor, directions: Mapping[int, Tensor] | None) -> Tensor:
    """How far each neuron's direction goes with each text.

    Args:
        layers: whose neurons, side by side.
        texts: `[n m k]`.
        directions: layer to `[u k]`; the neurons' own readouts where None or empty.

    Returns:
        `[n m u]`, u over all layers.

    Raises:
        LayerError: where directions of a layer are not given.
        ShapeError: where they do not fit the tower.
    """
    if not directions:
        return torch.cat([own_readout(anatomy, layer, texts) for layer in layers], -1)
    for layer in layers:
        if layer not in directions:
            raise LayerError(f"No directions are given for layer {layer}; there are some for {sorted(directions)}. Choose among these.")
        wanted = (anatomy.blocks[layer].fc1_weight.shape[0], anatomy.joint)
        if tuple(directions[layer].shape) != wanted:
            raise ShapeError(f"The directions of layer {layer} should be [u k] = {list(wanted)}, got {list(directions[layer].shape)}.")
    return torch.cat([texts @ directions[layer].to(texts).T for layer in layers], -1)


def chosen(scores: Tensor, count: int) -> Tensor:
    """Scores `[n m u]` of the `count` neurons with the largest size, 0 for the others; all where there are fewer."""
    if count < 1:
        raise SettingError(f"At least one neuron is needed, got {count}.")
    best = scores.abs().topk(min(count, scores.shape[-1]), -1).indices
    return torch.zeros_like(scores).scatter(-1, best, scores.gather(-1, best))


def neurons(
    view: View,
    texts: Tensor,
    layers: tuple[int, ...] | None = None,
    count: int = 200,
    signed: bool = False,
    directions: Mapping[int, Tensor] | None = None,
    scales: Mapping[int, Tensor] | None = None,
) -> Tensor:
    """Maps of the neurons that texts concern.

    Args:
        view: the pictures.
        texts: `[n m k]`.
        layers: whose neurons; the three before the last where None.
        count: how many neurons, of all layers together.
        signed: weigh standardised activations by the agreement, instead of averaging them as they are.
        directions: layer to `[u k]`; the neurons' own readouts where None.
        scales: layer to mean and spread of each neuron over many pictures `[2 u]`, for the signed form; those of the
            picture's own patches where None.

    Returns:
        `[n m gh gw]`.
    """
    anatomy = view.anatomy
    layers = usual_layers(anatomy) if layers is None else layers
    weights = chosen(agreement(anatomy, layers, texts, directions), count)
    active = view.activations(layers)
    said = torch.cat([active[layer][:, anatomy.extra :] for layer in layers], -1)
    if not signed:
        weights = weights.abs() > 0
        maps = weights.to(said) @ said.mT / weights.sum(-1, keepdim=True).clamp(min=1)
    else:
        mean, spread = said.mean(1, keepdim=True), said.std(1, keepdim=True, correction=0)
        if scales is not None:
            mean, spread = torch.cat([scales[layer].to(said) for layer in layers], -1)[:, None, None]
        maps = weights @ ((said - mean) / spread.clamp(min=1e-6)).mT
    return maps.unflatten(-1, anatomy.grid)
