"""A photograph with its faces: the largest first, another on demand, a small one without a large memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.foundations.errors import PictureError, StudioError
from core.worlds.faces import photograph as module
from core.worlds.faces.alignment import Frame
from core.worlds.faces.finding import FoundFace
from core.worlds.faces.photograph import MOST_PIXELS, Photograph, photograph_of

FRAMES = (Frame(200, 100, 60, 0), Frame(60, 120, 30, 10))


def found(monkeypatch: pytest.MonkeyPatch, frames: tuple[Frame, ...]) -> None:
    """Whatever is looked at has faces in these squares."""
    faces = [FoundFace((0.0, 0.0, 1.0, 1.0), np.zeros((5, 2)), 0.9, frame) for frame in frames]
    monkeypatch.setattr(module, "found_faces", lambda image, finder, square: faces)


def test_the_largest_face_is_taken_first_and_another_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are the same photograph; a face that is not there is refused."""
    found(monkeypatch, FRAMES)
    finder: Any = None
    whole = photograph_of(Image.radial_gradient("L").convert("RGB"), finder)
    assert (whole.frames, whole.at, whole.frame) == (FRAMES, 0, FRAMES[0])
    other = whole.face(1)
    assert other.frame == FRAMES[1] and other.image is whole.image and other.cut(32).size == (32, 32)
    for at in (-1, 2):
        with pytest.raises(StudioError, match="Choose one from 1 to 2"):
            whole.face(at)


def test_a_photograph_without_a_face_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    found(monkeypatch, ())
    finder: Any = None
    with pytest.raises(PictureError, match=r"No face was found.*tab Segment"):
        photograph_of(Image.new("RGB", (300, 200)), finder)


def test_no_photograph_takes_more_memory_than_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A larger one is shrunk, its squares with it; a smaller one is kept as it is."""
    monkeypatch.setattr(module, "MOST_PIXELS", 30_000)
    found(monkeypatch, FRAMES)
    finder: Any = None
    kept = photograph_of(Image.new("RGB", (400, 300)), finder)
    assert kept.image.size == (200, 150) and kept.frames[0] == Frame(100, 50, 30, 0)
    image = Image.new("RGB", (200, 150))
    assert photograph_of(image, finder).image is image and MOST_PIXELS == 6_000_000


def test_a_copy_for_the_page_is_small() -> None:
    """By its longer side, and never larger than the photograph."""
    whole = Photograph(Image.new("RGB", (400, 200)), FRAMES, 1)
    assert whole.small(100).image.size == (100, 50) and whole.small(100).frame == FRAMES[1].moved(0.25) and whole.small(900) is whole
