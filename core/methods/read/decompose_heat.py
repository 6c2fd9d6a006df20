"""Terms and heat maps at once, so that every weight of the attention is fetched once.

    c_lht = alpha_t (W_V^lh LN1(z_t) + b_V^lh),   a head adds W_O^lh sum_t c_lht,   a token adds sum_lh W_O^lh c_lht

Equations 2.4 to 2.6 of papers/inner_workings_thesis.md, as in decompose.py. With one image, fetching the weights is
most of the work, and both sums need the same values and the same W_O: the heads' own sums go through it as further
rows below the tokens', each with zeros for the other heads.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.methods.read.decompose import (
    DecomposeSettings,
    Terms,
    decompose,
    heat,
    is_cheapest_through_rows,
    per_image,
    pull_back,
    terms_from,
    weighted_values,
)
from core.models.anatomy import Anatomy, Seen


def decompose_with_heat(seen: Seen, anatomy: Anatomy, texts: Tensor, settings: DecomposeSettings | None = None) -> tuple[Terms, Tensor]:
    """What `decompose` and `heat` give, for all heads; one after the other where another order of contraction is cheaper.

    Args:
        seen: of n images.
        anatomy: of the tower that saw them.
        texts: `[m k]`, of any length.

    Returns:
        The terms, and the maps `[n m t]`.

    Raises:
        ShapeError: where the texts are of another width than the embedding.
    """
    settings = settings or DecomposeSettings()
    images, tokens = seen.normed[0].shape[:2]
    if settings.mode == "reference" or not is_cheapest_through_rows(anatomy, images, tokens, len(texts)):
        return decompose(seen, anatomy, settings), heat(seen, anatomy, texts, unit=settings.unit)
    pulled, heads, every = pull_back(anatomy, texts), range(anatomy.heads), torch.arange(anatomy.heads)
    by_token, by_head = torch.zeros_like(seen.normed[0]), []
    for layer, block in enumerate(anatomy.blocks):
        values = weighted_values(seen, anatomy, layer, heads)
        apart = values.new_zeros(images, anatomy.heads, anatomy.heads, anatomy.head_width)
        apart[:, every, every] = values.sum(1)
        rows = torch.nn.functional.linear(torch.cat([values.flatten(2), apart.flatten(2)], 1), block.out_weight)
        by_token += rows[:, :tokens]
        by_head.append(rows[:, tokens:])
    maps = pulled @ by_token.transpose(1, 2) * per_image(seen, settings.unit)
    return terms_from(torch.stack(by_head, 1), seen, anatomy, settings), maps
