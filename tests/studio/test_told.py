"""What was told of parts, read from its files."""

from __future__ import annotations

import pytest

from core.foundations.errors import WeightsError
from core.foundations.files import load_weights
from core.studio.told import vectors_of


def test_vectors_of_another_encoder_are_refused() -> None:
    """They would mean nothing."""
    tensors, card = load_weights("nouns_texts")
    with pytest.raises(WeightsError, match="not made by this encoder"):
        vectors_of(["cat"], tensors, {**card, "encoder": "other"})
