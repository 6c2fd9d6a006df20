"""An embedding for every patch, from the last layers looked at otherwise: no gradient, no training.

A CLIP's patches do not speak the texts' language, because only the class token was ever compared with a text. These
methods exchange the last layers' attention, so that a patch gathers values from patches like itself instead of from
wherever the class token's business lies, and then read every token out as the class token is read out:

    patches       z_i as it is, where a tower's patches were trained to speak (PhotoTower)
    maskclip      W_O v_i alone, no attention                                     Zhou et al., arXiv:2112.01071
    clearclip     W_O softmax(q q^T) v alone, no residual and no MLP              Lan et al., arXiv:2407.12442
    naclip        W_O softmax(k k^T + nearness) v alone                           Hajimiri et al., arXiv:2404.08181
    sclip         z + W_O (softmax(q q^T) + softmax(k k^T)) v, then the MLP       Wang et al., arXiv:2312.01597
    clipsurgery   z_d + sum over the last layers of W_O softmax(v v^T) v          Li et al., arXiv:2304.05653, Eq. 8

The map is the cosine with the text (CLIP surgery's removal of what all texts share is the contrast "mean" of
segment.py). Differs from the authors' programs: one function for any tower; pictures at the tower's own size; no
background words, name lists or refinement of their own; MaskCLIP as it is used today, without the residual of the first
version.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from core.methods.read.segment_view import Heads, View, heads_of, mixed, mlp, project
from core.models.anatomy import Anatomy

NEAR = 5.0
"""NACLIP's spread of nearness, in patches."""


def alike(x: Tensor, bonus: Tensor | None = None) -> Tensor:
    """Attention of tokens to tokens like them, for `[n h t e]`: `[n h t t]`, each row a distribution."""
    logits = x @ x.mT * x.shape[-1] ** -0.5
    return (logits if bonus is None else logits + bonus).softmax(-1)


def nearness(anatomy: Anatomy, like: Tensor) -> Tensor:
    """A Gaussian of the distance between patches, 0 for class and register tokens: `[t t]`, in [0, 1]."""
    rows, columns = (torch.arange(side, device=like.device, dtype=like.dtype) for side in anatomy.grid)
    places = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1).flatten(0, 1)
    near = (-(torch.cdist(places, places) ** 2) / (2 * NEAR**2)).exp()
    return F.pad(near, (anatomy.extra, 0, anatomy.extra, 0))


def last_heads(view: View) -> Heads:
    """Queries, keys and values of the last layer."""
    return heads_of(view.anatomy, view.anatomy.layers - 1, view.seen.normed[-1])


def out(anatomy: Anatomy, layer: int, together: Tensor) -> Tensor:
    """A layer's heads side by side `[n t a]` to what its attention adds to the stream `[n t d]`."""
    return F.linear(together, anatomy.blocks[layer].out_weight, anatomy.blocks[layer].out_bias)


def patches(view: View, layers: int = 1) -> Tensor:
    """Each token as it stands, read out: `[n t k]`; for towers whose patches were trained to speak."""
    return project(view.anatomy, view.seen.last)


def maskclip(view: View, layers: int = 1) -> Tensor:
    """Each token's own value, read out: `[n t k]`."""
    return project(view.anatomy, out(view.anatomy, -1, last_heads(view).value.transpose(1, 2).flatten(2)))


def clearclip(view: View, layers: int = 1) -> Tensor:
    """Values of tokens with queries alike, read out: `[n t k]`."""
    heads = last_heads(view)
    return project(view.anatomy, out(view.anatomy, -1, mixed(alike(heads.query), heads.value)))


def naclip(view: View, layers: int = 1) -> Tensor:
    """Values of near tokens with keys alike, read out: `[n t k]`."""
    heads = last_heads(view)
    return project(view.anatomy, out(view.anatomy, -1, mixed(alike(heads.key, nearness(view.anatomy, heads.key)), heads.value)))


def sclip(view: View, layers: int = 1) -> Tensor:
    """The last block with another attention and all else in place, read out: `[n t k]`."""
    heads = last_heads(view)
    together = mixed(alike(heads.query) + alike(heads.key), heads.value)
    mid = view.streams[-2] + out(view.anatomy, -1, together)
    return project(view.anatomy, mid + mlp(view.anatomy.blocks[-1], mid))


def clipsurgery(view: View, layers: int = 6) -> Tensor:
    """A second stream beside the first, without MLPs, read out.

    Args:
        view: the pictures.
        layers: how many of the last ones feed it; all where there are fewer.

    Returns:
        `[n t k]`.
    """
    anatomy = view.anatomy
    first = max(0, anatomy.layers - layers)
    stream = view.streams[first]
    for layer in range(first, anatomy.layers):
        value = heads_of(anatomy, layer, view.seen.normed[layer]).value
        stream = stream + out(anatomy, layer, mixed(alike(value), value))
    return project(anatomy, stream)


FEATURES = {"patches": patches, "maskclip": maskclip, "clearclip": clearclip, "naclip": naclip, "sclip": sclip, "clipsurgery": clipsurgery}
"""By name, each from a view and a number of layers to an embedding for every token `[n t k]`."""


def cosines(view: View, tokens: Tensor, texts: Tensor) -> Tensor:
    """How much each patch looks like each text.

    Args:
        view: the pictures.
        tokens: `[n t k]`.
        texts: `[n m k]`; cosines where they are unit vectors.

    Returns:
        `[n m gh gw]`.
    """
    return view.patches(texts @ F.normalize(tokens, dim=-1).mT)
