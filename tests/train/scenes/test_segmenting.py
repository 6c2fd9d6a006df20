"""Candidates for segmenting scenes: every one is a setting that runs and is scored, on scenes that no benchmark uses."""

from __future__ import annotations

import pytest
import torch
from open_clip.transformer import VisionTransformer

from core.bench.scenes.truth import ask
from core.methods.read.ablate import TermMeans
from core.methods.read.segment import METHODS, STUDIO
from core.models.clip import Clip
from core.studio.lenses import Lenses
from core.train.scenes import segmenting as module
from core.train.scenes.segmenting import CANDIDATES, RIVALS
from tests.models.tiny_towers import stir


def test_every_candidate_is_scored(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a tiny random tower; what is shipped stands first, and the rivals last."""
    rng, words = torch.Generator().manual_seed(0), {}

    def texts(several: list[str]) -> torch.Tensor:
        return torch.stack([words.setdefault(text, torch.randn(16, generator=rng)) for text in several])

    tower = stir(VisionTransformer(image_size=64, patch_size=16, width=32, layers=3, heads=4, mlp_ratio=2.0, output_dim=16))
    lenses = Lenses((), (), texts(["one", "two"]), TermMeans(), (), (), {}, {}, {}, {})
    monkeypatch.setattr(module, "SCENES", 4)
    monkeypatch.setattr(module, "load_clip", lambda name: Clip(tower, texts, 0.5, 0.5, 64, torch.tensor(10.0), name))
    monkeypatch.setattr(module, "load_lenses", lambda name: lenses)
    monkeypatch.setattr("sys.argv", ["scene_segmenting"])
    module.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line[:16].strip() for line in lines] == [*CANDIDATES, *RIVALS]
    for line in lines:
        figures = [float(word) for word in line.split() if word[0].isdigit()]
        assert len(figures) == 4 and all(0 <= figure <= 1 for figure in figures), line


def test_candidates_differ_and_the_shipped_one_is_there() -> None:
    """No two alike; rivals are methods of their own."""
    assert CANDIDATES["shipped"] is STUDIO and len(set(CANDIDATES.values())) == len(CANDIDATES)
    assert set(RIVALS) <= set(METHODS) - {"studio"}


def test_its_scenes_are_not_those_of_the_benchmark() -> None:
    """Another side of the split, and other questions."""
    assert ask("develop segment", 5, False).texts != ask("bench segment", 5, True).texts
