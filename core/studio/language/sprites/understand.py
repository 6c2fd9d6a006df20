"""A person's sentence about a sprite to what should change."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.studio.language.lexicon import Lexicon
from core.studio.language.resolve import Resolved
from core.studio.language.sprites.parse import parse_sprite
from core.studio.language.sprites.resolve import resolve_sprite


def understand_sprite(sentence: str, lexicon: Callable[[], Lexicon], reading: Mapping[str, str]) -> Resolved:
    """Parse and resolve in one step.

    Args:
        sentence: what a person typed.
        lexicon: gives the shapes, by all their names; asked only where no rule knows a phrase, since it is slow to make.
        reading: the value now seen in each slot; a heart in the middle where nothing was read.

    Raises:
        RequestError: not text, empty, or too long.
    """
    return resolve_sprite(parse_sprite(sentence), lexicon, reading)
