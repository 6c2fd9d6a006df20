"""Whether one person is told from another: planted people, and photographs in which no face is found."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from core.bench.faces import same
from core.foundations.errors import PictureError
from core.studio.face_steering import FURTHER, OTHERWISE, STRANGER, UNLIKE, identity, looks_apart, stranger
from core.worlds.faces.attributes import ATTRIBUTES

TURN, FEMALE = ATTRIBUTES.index("turn"), ATTRIBUTES.index("female")


def moved(turn: float) -> torch.Tensor:
    """Steps by which two faces differ, one of them turned, and of another sex as it is read."""
    steps = torch.zeros(len(ATTRIBUTES))
    steps[TURN], steps[FEMALE] = turn, 9.0
    return steps


def test_a_face_that_looks_different_may_be_further_from_itself() -> None:
    """No further for less than so many steps, and never beyond an end; a sex is no way in which one person looks different."""
    assert looks_apart(moved(2.5)) == 2.5 and stranger(moved(0.0)) == stranger(moved(UNLIKE)) == STRANGER
    assert stranger(moved(UNLIKE + 0.5)) == pytest.approx(STRANGER + FURTHER / 2) and stranger(moved(9.0)) == OTHERWISE


def test_pairs_are_counted_by_how_different_they_look() -> None:
    """Two people, of whom the first was once turned away and so lies further from herself than from what one limit allows."""
    vectors = F.normalize(torch.tensor([[1.0, 0.0], [0.35, 1.0], [-1.0, 0.0], [-1.0, 0.1]]))
    measures = torch.stack([moved(0), moved(3), moved(0), moved(0)])
    found = same.judged(same.People(torch.tensor([1, 1, 2, 2]), vectors, measures))
    assert found.figures == {"same_accepted": 1.0, "strangers_refused": 1.0}
    assert found.baselines["one limit for all"] == {"same accepted": 0.5, "strangers refused": 1.0}
    assert found.baselines["2.5 to 9 steps apart"]["pairs"] == 1


def test_a_photograph_without_a_face_is_left_out() -> None:
    """The others are read as they are cut out."""

    def taken_in(photograph: Image.Image) -> Any:
        if photograph.width == 1:
            raise PictureError("No face.")
        return SimpleNamespace(rgb=np.asarray(photograph))

    def read(rgb: np.ndarray) -> list[Any]:
        return [(identity(torch.eye(2)[0], torch.full((len(ATTRIBUTES),), float(rgb.mean()))),)]

    given = [(1, Image.new("RGB", (2, 2))), (1, Image.new("RGB", (1, 1))), (2, Image.new("RGB", (2, 2)))]
    people = same.read(SimpleNamespace(taken_in=taken_in, read=read), given)  # type: ignore[arg-type]
    assert people.who.tolist() == [1, 2] and people.vectors.shape == (2, 2)
