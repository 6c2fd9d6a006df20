"""Neurons' indirect effects: what becomes of an embedding when one neuron says only what it says on the average.

    phi'_n(I) = M(I) - M(I with p_n at its mean),      the direction is their first principal component

papers/inner_workings_thesis.md, section 3.3 and Table 3.1: the baseline of the second-order effects. Only what comes after the
neuron's layer is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.trace import Trace
from core.methods.read.segment_view import apply_norm
from core.models.clip import Clip
from core.studio.lenses import Lenses

AT_ONCE = 64


class Kept(NamedTuple):
    """Of one layer: pictures' activations `[n t u]`, the stream behind its block `[n t d]`, mean activations `[u]`, embeddings `[n k]`."""

    acts: Tensor
    behind: Tensor
    mean: Tensor
    whole: Tensor


@torch.no_grad()
def indirect_directions(clip: Clip, lenses: Lenses, shown: int, every: int, drawn: Callable[[Sequence[int]], Tensor]) -> Tensor:
    """Each neuron's indirect effect as one direction `[u k]`, layer after layer; 0 for one that was not looked at.

    Args:
        clip: of any family that is read out of its class token, or of that and its patches, after the last norm.
        lenses: of it; the pictures are those in which a neuron's second-order effect is largest.
        shown: pictures of each neuron, at most.
        every: only every which neuron is looked at.
        drawn: pictures by their numbers, `[n 3 h w]` in [0, 1].
    """
    cards = [card for card in lenses.neurons[::every] if card.best]
    seeds = sorted({seed for card in cards for seed in card.best[:shown]})
    place, images = {seed: row for row, seed in enumerate(seeds)}, drawn(seeds)
    found = []
    for layer, directions in sorted(lenses.directions.items()):
        own, table = [card for card in cards if card.layer == layer], torch.zeros_like(directions)
        kept = _kept(clip, layer, images)
        rows = [(card.neuron, place[seed]) for card in own for seed in card.best[:shown]]
        change = torch.cat([_changes(clip, layer, kept, rows[at : at + AT_ONCE]) for at in range(0, len(rows), AT_ONCE)])
        for card, part in zip(own, change.split([len(card.best[:shown]) for card in own]), strict=True):
            axis = torch.linalg.svd(part, full_matrices=False).Vh[0]
            table[card.neuron] = axis if float((part @ axis).sum()) >= 0 else -axis
        found.append(table)
    return torch.cat(found)


def _kept(clip: Clip, layer: int, images: Tensor) -> Kept:
    block, acts, behind, whole = clip.anatomy.blocks[layer], [], [], []
    for start in range(0, len(images), AT_ONCE):
        with Trace(clip.tower, [block.activation_name, block.name]) as trace:
            whole.append(F.normalize(clip.tower(clip.normalise(images[start : start + AT_ONCE])), dim=-1))
        acts.append(trace.outputs[block.activation_name])
        behind.append(trace.outputs[block.name])
    joined = torch.cat(acts)
    return Kept(joined, torch.cat(behind), joined.mean((0, 1)), torch.cat(whole))


def _changes(clip: Clip, layer: int, kept: Kept, rows: list[tuple[int, int]]) -> Tensor:
    """What is lost of the unit embedding with one neuron at its mean, for pairs of a neuron and a picture: `[r k]`."""
    neurons, pictures = (torch.tensor(column) for column in zip(*rows, strict=True))
    beyond = kept.acts[pictures, :, neurons] - kept.mean[neurons, None]
    without = kept.behind[pictures] - beyond[..., None] * clip.anatomy.blocks[layer].fc2_weight[:, neurons].T[:, None]
    return kept.whole[pictures] - _finished(clip, layer, without)


def _finished(clip: Clip, layer: int, stream: Tensor) -> Tensor:
    """From the stream behind a layer's block `[n t d]` to the unit embedding `[n k]`."""
    anatomy = clip.anatomy
    for block in anatomy.blocks[layer + 1 :]:
        stream = clip.tower.get_submodule(block.name)(stream)
    row = (anatomy.shares(stream)[..., None] * apply_norm(anatomy.norm_post, stream)).sum(1)
    return F.normalize(row @ anatomy.projection + anatomy.projection_bias, dim=-1)
