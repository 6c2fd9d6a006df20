"""Which heads carry a cue: told from their texts alone."""

from __future__ import annotations

from core.studio.lenses import Lenses

SILENCED = 20
"""Of the scenes' 48 heads, half of which are about the ground. Chosen on scenes of training; the thesis, section 2.4, took ten of
hundreds."""


def cue_heads(lenses: Lenses, about: str = "grounds", count: int = SILENCED) -> list[tuple[int, int]]:
    """The heads of whose variance texts about something explain the largest share.

    Args:
        about: one of the lenses' tags.
        count: how many, of those that speak of it at all.
    """
    tag = dict(zip(lenses.pool, lenses.tags, strict=True))
    shares = {(head.layer, head.head): sum(word.weight for word in head.texts if tag[word.text] == about) for head in lenses.heads}
    return sorted((head for head, share in shares.items() if share > 0), key=lambda head: -shares[head])[:count]
