"""Candidates for segmenting photographs: every one of them is a setting that runs and is scored."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from core.models.clip import Clip
from core.train.photos import segmenting as module
from core.train.photos.segmenting import CANDIDATES, emoji_on_grounds, scores_of
from core.worlds.photos.named import Named
from tests.models.tiny_towers import SIDE, photo_tower


def cut_out(colour: tuple[int, int, int], name: str) -> Named:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (*colour, 255)).save(out, "PNG")
    return Named(name, (), "fluent", out.getvalue())


def held_out(count: int) -> list[str]:
    """Names that the split holds out."""
    names = (f"thing {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(400))
    return [name for name in names if Named(name, (), "fluent", b"").held_out][:count]


def test_every_candidate_has_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a tiny random tower, over pictures with one to three things of known masks."""
    names = held_out(4)
    things = [cut_out((60 * i, 255 - 60 * i, 128), name) for i, name in enumerate(names)]
    monkeypatch.setattr(module, "everything", lambda: [*things, Named("seen", (), "noto", b"")])
    monkeypatch.setattr(module, "grounds", lambda: (np.full((40, 40, 3), 200, np.uint8),))
    pictures = emoji_on_grounds(5, SIDE)
    assert pictures.names == tuple(sorted(names)) or set(pictures.names) == set(names)
    assert len(pictures.images) == 5 and pictures.masks.any((1, 2)).all()
    rng = torch.Generator().manual_seed(0)
    vectors = {name: torch.randn(16, generator=rng) for name in names}
    clip = Clip(photo_tower(), lambda texts: torch.stack([vectors[text] for text in texts]), 0.5, 0.5, SIDE, 10.0, "tiny")
    for name, settings in CANDIDATES.items():
        found = scores_of(clip, pictures, settings).figures
        assert all(0 <= value <= 1 for value in (found.miou, found.pixel_acc, found.map)), name
