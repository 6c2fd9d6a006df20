"""The judge of found faces: a portrait lies where it says, and what is off by a known amount is told so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.bench.faces import finding as module
from core.bench.faces.finding import WAYS, Laid, laid, measured, off
from core.foundations.seeds import numpy_rng
from core.worlds.faces.alignment import Frame, aligned
from core.worlds.faces.finding import FoundFace
from tests.worlds.faces.test_alignment import smooth


@pytest.mark.parametrize("way", WAYS)
def test_a_portrait_lies_where_it_says(way: str) -> None:
    """Cut out by its square, it comes back."""
    portrait = smooth(256, 256)
    photograph, frame = laid(portrait, WAYS[way], numpy_rng("laid", way))
    assert WAYS[way].sides[0] <= frame.side / 1000 <= WAYS[way].sides[1] and max(photograph.size) == 1000
    inside = ((frame.corners > 0) & (frame.corners < photograph.size)).all()
    back = np.asarray(aligned(photograph, frame, 64), int)
    wanted = np.asarray(portrait.resize((64, 64), Image.Resampling.BOX), int)
    assert np.abs(back - wanted)[20:44, 20:44].mean() < 3
    assert not inside or np.abs(back - wanted)[4:60, 4:60].mean() < 4


def test_off_by_hand() -> None:
    """Moved by a tenth of a side; a tenth larger, each corner goes out by half of a tenth's diagonal."""
    right = Frame(50, 50, 20, 0)
    assert off(Frame(54, 50, 20, 0), right) == pytest.approx(10)
    assert off(Frame(50, 50, 22, 0), right) == pytest.approx(10 / np.sqrt(2))


def test_what_is_there_is_counted_apart_from_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """One found and one face too many, then none at all."""
    frame, image = Frame(50, 50, 20, 0), Image.new("RGB", (100, 100))

    def face(x: float) -> FoundFace:
        return FoundFace((0, 0, 1, 1), np.zeros((5, 2)), 0.9, frame._replace(x=x))

    answers = [[face(90), face(52)], []]
    monkeypatch.setattr(module, "found_faces", lambda *_: answers.pop(0))
    nothing: Any = None
    row = measured([Laid(image, frame)] * 2, nothing, nothing)
    assert row["found"] == 0.5 and row["others"] == 0.5 and row["corners"] == pytest.approx(5)
