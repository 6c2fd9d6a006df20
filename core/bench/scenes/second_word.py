"""What a further word costs on a picture that was already asked: the tower is not run again, only the word is new."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from core.foundations.records import Picture
from core.models.text import text_encoder
from core.studio.sight import Sight

WORDS = ("dog", "shark", "red thing", "flower", "boat", "black glasses", "pizza", "tree", "something to eat", "house")
"""Asked after the first one; each is embedded anew."""


def second_word_ms(sight: Sight, picture: Picture, words: Sequence[str] = WORDS) -> float:
    """The median time of a further word, from its text to its mask, in ms, after one word was asked."""
    sight.segment(picture, "cat")
    text_encoder().forget()
    spent = []
    for word in words:
        began = time.perf_counter()
        sight.segment(picture, word)
        spent.append(1000 * (time.perf_counter() - began))
    return statistics.median(spent)


def second_word_scene_ms(sight: Sight) -> float:
    """The same on a scene."""
    return second_word_ms(sight, sight.world.picture(6))
