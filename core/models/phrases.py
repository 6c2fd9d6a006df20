"""A sentence to its noun phrases, as the embedded CLIP's text tower reads it.

"a shark with red glasses, on the left" is read as "shark | red glasses | left". A phrase is short enough for a
sentence encoder to know what it means; how phrases belong together is what the tower learns.
"""

from __future__ import annotations

import re

MOST = 28
"""Phrases of one text that count."""

_JOINTS = re.compile(r"[,;.:!?()]+|\b(?:and|with|without|wearing|on|in|at|of|next to|before|behind|from|to|that|has|have|is|are)\b")
_ARTICLES = re.compile(r"^(?:(?:a|an|the|some|one's|its|his|her|their)\s+)+")


def split_phrases(text: str) -> tuple[str, ...]:
    """The noun phrases of a text, without articles and joints, in order; the text itself where nothing is left.

    Args:
        text: anything; lower case is taken.
    """
    pieces = (_ARTICLES.sub("", " ".join(piece.split())) for piece in _JOINTS.split(text.lower()))
    found = tuple(piece for piece in pieces if piece)
    return (found or (text.lower().strip() or "nothing",))[:MOST]
