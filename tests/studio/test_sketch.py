"""What is painted while a strength is dragged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.foundations.region import Region
from core.studio import Studio
from tests.studio.test_studio import LEFT, RED, SHARK, START, pixels


def test_a_sketch_is_what_the_stack_paints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded or not; on fewer pixels each side of a region keeps its own picture; and nothing is read again."""
    studio = Studio("nouns")
    picture, half = studio.compose(START), Region.of(LEFT, "the left half")
    stacks = ((), (SHARK,), (SHARK, replace(RED, within=half)))
    played = [pixels(studio, picture, edits) for edits in stacks]
    paint = studio.library.sketch
    monkeypatch.setattr(studio.library, "read", lambda rgb: pytest.fail("read"))
    for edits, whole in zip(stacks, played, strict=True):
        assert all((np.asarray(studio.sketch(picture, edits, quick)) == whole).all() for quick in (False, True))
    monkeypatch.setattr(studio.library, "sketch", lambda latents: paint(latents)[:, 1::2, 1::2])
    for edits, whole in zip(stacks[1:], played[1:], strict=True):
        assert (np.asarray(studio.sketch(picture, edits)) == whole[1::2, 1::2]).all()
