"""What usual Nouns have at each place adds up, and is what random Nouns show."""

from __future__ import annotations

import numpy as np

from core.worlds.nouns.art import load_art
from core.worlds.nouns.compose import draw, sample, to_rgb
from core.worlds.nouns.usual import usual


def test_shares_mean_and_colours_fit_each_other() -> None:
    """Shares sum to one, colours are the palette's, each once; what the shares say is near the mean; other Nouns have the same mean."""
    found = usual(64)
    assert found.shares.shape == (32, 32, 64) and np.allclose(found.shares.sum(-1), 1)
    assert len(np.unique(found.colours, axis=0)) == 64
    palette = {tuple(colour) for colour in load_art().palette[1:].tolist()}
    assert all(tuple(np.rint(colour * 255).astype(int).tolist()) in palette for colour in found.colours)
    assert np.abs(found.shares @ found.colours - found.mean).max() < 0.05
    others = to_rgb(draw(sample(np.random.default_rng(5), 1000))).mean(0) / 255
    assert np.abs(others - found.mean).max() < 0.05
