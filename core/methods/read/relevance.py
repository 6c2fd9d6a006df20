"""Maps from attention and from gradients: what the thesis compares itself with (papers/inner_workings_thesis.md, Table 2.4).

    attention     mean over heads of the last layer's attention a of the row that is read out
    rollout       row of prod_l (A_l / 2 + I / 2), A_l the mean over heads       Abnar and Zuidema, arXiv:2005.00928
    gradcam       relu(mean_h a_h mean_i da_h,i)                                 Selvaraju et al., arXiv:1610.02391
    lrp           relevance of the tokens that enter the first block             Binder et al., arXiv:1604.00825
    partial_lrp   mean_h relu(R_h), the last layer's row of attention            Voita et al., arXiv:1905.09418
    chefer        row of prod_l (I + mean_h relu(dA_l * R_l)), R_l LRP's         Chefer et al., arXiv:2012.09838, Eq. 13, 14
    generic       the same with A_l in the place of R_l                          Chefer et al., arXiv:2103.15679, Eq. 5, 6

dA is the gradient of the text's score in the attention, R its relevance (relevance_rules.py). As in Chefer et al.'s
program, the products leave out the first layer and are not normalised row by row, and grad-CAM is taken on the last
attention. Differs from it: any tower and any text stand where a ViT of its own with 1,000 classes stood; the gradient
comes from the stock forward, so no hook stays; and one picture's map does not depend on its neighbours in the batch.
LRP ends at the tokens rather than at the pixels, because what stands before the first block differs from tower to tower.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.methods.read.relevance_rules import layerwise_relevance
from core.methods.read.segment_view import View, attention_gradient
from core.models.anatomy import Anatomy

FIRST = 1
"""The first layer that a product over layers takes in, where there are as many."""


def attention_map(view: View, texts: Tensor) -> Tensor:
    """Raw attention of the last layer, whatever the text: `[n m gh gw]` for texts `[n m k]`."""
    return _for_all(view.patches(view.seen.attention[-1].mean(1)), texts)


def rollout(view: View, texts: Tensor) -> Tensor:
    """Attention rollout, whatever the text: `[n m gh gw]` for texts `[n m k]`."""
    row = view.first_row()
    for layer in _from_the_top(view.anatomy):
        row = (row + (row[:, None] @ view.attention(layer).mean(1))[:, 0]) / 2
    return _for_all(view.patches(row), texts)


def gradcam(view: View, texts: Tensor) -> Tensor:
    """Grad-CAM on the last layer's attention: `[n m gh gw]`, not negative, for texts `[n m k]`."""
    last, extra = view.anatomy.layers - 1, view.anatomy.extra
    attention = view.seen.attention[-1]
    maps = []
    for gradients in view.stream_gradients(texts, last):
        gradient = _row(view, attention_gradient(view.anatomy, last, view.streams[last], gradients[last]))
        maps.append(view.patches((attention * gradient[..., extra:].mean(-1, keepdim=True)).mean(1).relu()))
    return torch.stack(maps, 1)


def generic(view: View, texts: Tensor) -> Tensor:
    """Attention times gradient, rolled out: `[n m gh gw]` for texts `[n m k]`."""
    maps = []
    for gradients in view.stream_gradients(texts, _first(view.anatomy)):
        row = view.first_row()
        for layer in _from_the_top(view.anatomy):
            gradient = attention_gradient(view.anatomy, layer, view.streams[layer], gradients[layer])
            row = row + (row[:, None] @ (view.attention(layer) * gradient).relu().mean(1))[:, 0]
        maps.append(view.patches(row))
    return torch.stack(maps, 1)


def chefer(view: View, texts: Tensor) -> Tensor:
    """Relevance times gradient, rolled out: `[n m gh gw]` for texts `[n m k]`."""
    maps = []
    for text, gradients in enumerate(view.stream_gradients(texts, _first(view.anatomy))):
        row = view.first_row()
        for layer, relevance in zip(_from_the_top(view.anatomy), layerwise_relevance(view, texts[:, text]), strict=False):
            gradient = attention_gradient(view.anatomy, layer, view.streams[layer], gradients[layer])
            row = row + (row[:, None] @ (gradient * relevance.attention).relu().mean(1))[:, 0]
        maps.append(view.patches(row))
    return torch.stack(maps, 1)


def partial_lrp(view: View, texts: Tensor) -> Tensor:
    """Relevance of the last layer's attention: `[n m gh gw]`, not negative, for texts `[n m k]`."""
    tops = [next(layerwise_relevance(view, text)).attention for text in texts.unbind(1)]
    return torch.stack([view.patches(_row(view, top.relu()).mean(1)) for top in tops], 1)


def lrp(view: View, texts: Tensor) -> Tensor:
    """Relevance of the tokens that enter the first block: `[n m gh gw]` for texts `[n m k]`."""
    ends = [list(layerwise_relevance(view, text))[-1].before for text in texts.unbind(1)]
    return torch.stack([view.patches(end.sum(-1)) for end in ends], 1)


def _first(anatomy: Anatomy) -> int:
    """The first layer that a product takes in."""
    return min(FIRST, anatomy.layers - 1)


def _from_the_top(anatomy: Anatomy) -> list[int]:
    """The layers that a product takes in, last first: a row times the product is a row times each in turn."""
    return list(reversed(range(_first(anatomy), anatomy.layers)))


def _row(view: View, attention: Tensor) -> Tensor:
    """The row that is read out of `[n h t t]`: `[n h t]`."""
    return torch.einsum("nq,nhqt->nht", view.first_row(), attention)


def _for_all(maps: Tensor, texts: Tensor) -> Tensor:
    """The same map `[n gh gw]` for each text."""
    return maps[:, None].expand(-1, texts.shape[1], -1, -1)
