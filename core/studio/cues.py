"""Which heads carry a cue: told from their texts alone."""

from __future__ import annotations

from core.studio.lenses import Lenses


def cue_heads(lenses: Lenses, about: str = "grounds", least: float = 0.2) -> list[tuple[int, int]]:
    """Heads whose texts speak of something: by role, or because such texts carry enough of their variance.

    Args:
        about: one of the lenses' tags.
        least: share of the explained variance.
    """
    tag = dict(zip(lenses.pool, lenses.tags, strict=True))
    chosen = []
    for head in lenses.heads:
        whole = sum(word.weight for word in head.texts) or 1.0
        share = sum(word.weight for word in head.texts if tag[word.text] == about) / whole
        if about in head.role or share >= least:
            chosen.append((head.layer, head.head))
    return chosen
