"""The layer that tells what a description stands for: its probabilities by hand, and the trained one on plain cases."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.foundations.errors import ShapeError
from core.models.face_phrases import FacePhrases, load_face_phrases
from core.models.text import TextEncoder

PLACES = [("hat", "hat"), ("age", "old")]


def two(texts: list[str]) -> np.ndarray:
    """The same vector for every text."""
    return np.array([[1.0, 0.0]] * len(texts), np.float32)


def test_probabilities_by_hand() -> None:
    """Logits 0, log 2 and log 5 are an eighth, a quarter and five eighths, the likeliest first."""
    weights = torch.tensor([[0.0, 9.0], [np.log(2.0), 9.0], [0.0, 9.0]])
    told = FacePhrases(PLACES, weights, torch.tensor([0.0, 0.0, np.log(5.0)]), two)("a lid")
    assert [one[:2] for one in told] == [("", ""), ("age", "old"), ("hat", "hat")]
    assert [one.sure for one in told] == pytest.approx([5 / 8, 2 / 8, 1 / 8])


def test_rows_must_fit() -> None:
    with pytest.raises(ShapeError, match="Expected 3 rows"):
        FacePhrases(PLACES, torch.zeros(2, 2), torch.zeros(2), two)


def test_the_trained_layer_knows_an_occasion_from_a_parrot() -> None:
    """A smile, and none."""
    tell = load_face_phrases(TextEncoder().embed)
    happy, parrot = tell("as if she had just inherited a fortune")[0], tell("a parrot on his shoulder")[0]
    assert happy[:2] == ("expression", "smiling") and parrot[:2] == ("", "")
    assert sum(one.sure for one in tell("a tall hat")) == pytest.approx(1, abs=1e-5)
