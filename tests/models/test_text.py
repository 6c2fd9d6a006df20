"""The sentence encoder: offline, unit norm, near what means the same, and it checks what it loads."""

import numpy as np
import pytest

from core.foundations.errors import WeightsError
from core.models import text
from core.models.text import WIDTH, known_words, text_encoder


def test_vectors_are_unit_and_near_in_meaning():
    vectors = text_encoder().embed(["feline", "cat", "taco", "cat"])
    assert vectors.shape == (4, WIDTH) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[1], vectors[3])
    assert vectors[0] @ vectors[1] > 0.6 > 0.45 > vectors[1] @ vectors[2]


def test_what_was_embedded_is_remembered_up_to_a_bound(monkeypatch):
    encoder = text.TextEncoder()
    asked = []

    def encode(texts):
        asked.extend(texts)
        return np.tile(np.eye(1, WIDTH, dtype=np.float32), (len(texts), 1))

    monkeypatch.setattr(encoder, "_encode", encode)
    monkeypatch.setattr(text, "REMEMBERED", 2)
    encoder.embed(["a", "b", "a"])
    encoder.embed(["a", "c"])
    encoder.embed(["b", "a"])
    assert asked == ["a", "b", "c", "b"]
    assert encoder.embed([]).shape == (0, WIDTH)


def test_changed_weights_are_refused(monkeypatch):
    monkeypatch.setattr(text, "SHA256", "0" * 64)
    with pytest.raises(WeightsError, match="not the official MiniLM"):
        text.model_folder()


def test_known_words_are_words():
    words = known_words()
    assert {"donkey", "monkey", "glasses"} <= words and "haed" not in words
