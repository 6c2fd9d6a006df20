"""Which heads carry a cue: told from their texts alone."""

from __future__ import annotations

from core.studio.lenses import Lenses


def cue_heads(lenses: Lenses, about: str = "grounds", count: int = 10) -> list[tuple[int, int]]:
    """The heads of whose variance texts about something explain the largest share, ten as in the thesis, section 2.4.

    Args:
        about: one of the lenses' tags.
        count: how many, of those that speak of it at all.
    """
    tag = dict(zip(lenses.pool, lenses.tags, strict=True))
    shares = {(head.layer, head.head): sum(word.weight for word in head.texts if tag[word.text] == about) for head in lenses.heads}
    return sorted((head for head, share in shares.items() if share > 0), key=lambda head: -shares[head])[:count]
