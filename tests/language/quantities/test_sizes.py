"""How large."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Changed = Callable[..., dict[str, int]]


@pytest.mark.parametrize(
    ("sentence", "before", "after"),
    [
        ("pump it up", 3, 5),
        ("blow it up", 1, 3),
        ("puff it up a bit", 3, 4),
        ("embiggen it", 2, 4),
        ("turn up the size", 1, 3),
        ("dial the size back a little", 3, 2),
        ("shrink it a touch", 3, 2),
        ("shrink it by one", 3, 2),
        ("drop a size", 3, 2),
        ("lower the size a bit", 3, 2),
        ("go up two sizes", 1, 3),
        ("make it bigger twice", 0, 4),
        ("as small as it gets", 3, 0),
        ("as tiny as it can be", 3, 0),
        ("make it a speck", 3, 0),
        ("fill the frame", 2, 5),
        ("as big as can be", 2, 5),
        ("double its size", 0, 5),
        ("one and a half times as big", 0, 3),
        ("half as big again", 0, 3),
        ("cut it by half", 5, 0),
        ("bigger, but not too big", 1, 2),
        ("make it bigger but not huge", 1, 2),
        ("I don't want it so big", 3, 1),
        ("not too small", 1, 3),
        ("that is way too big", 5, 2),
        ("make the left one bigger", 1, 3),
    ],
)
def test_sizes(changed: Changed, sentence: str, before: int, after: int) -> None:
    """Size s is 0.5 + 0.1 s of the largest; a step is two sizes, a bit one, a lot three."""
    assert changed(sentence, (2, before, 3, 10, 20)) == {"scale": after}


def test_sizes_among_other_things(changed: Changed) -> None:
    """Beside a place or a turn."""
    assert changed("a touch smaller, and straighten it up") == {"scale": 2, "rotation": 0}
    assert changed("as small as it gets, in the top right corner") == {"scale": 0, "x": 31, "y": 0}
