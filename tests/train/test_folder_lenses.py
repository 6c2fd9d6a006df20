"""The lenses of a model over a folder: two processes make those of one, and the studio uses them."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.bench.hub.families import tiny_open_clip
from core.foundations.picture_folder import PictureFolder
from core.models.clip import Clip
from core.models.named_eyes import load_eyes, named_eyes
from core.studio.lens_making import SpanSums
from core.studio.lenses import kept_lenses
from core.train import folder_lenses, loop
from core.train.folder_lenses import make_lenses, sums_over
from core.train.spread import Kept, Share
from tests.studio.test_eyes import Few, Letters, words

BLOCK = 4


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, and a folder of 23 pictures and one that is none."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "clip").mkdir()
    tiny_open_clip(folder / "clip")
    (folder / "pictures").mkdir()
    for number in range(23):
        rgb = np.random.default_rng(number).integers(0, 256, (30, 40, 3), np.uint8)
        Image.fromarray(rgb).save(folder / "pictures" / f"{number:02}.png")
    (folder / "pictures" / "11 broken.png").write_bytes(b"none")
    return folder


@pytest.fixture(scope="module")
def clip(place: Path) -> Clip:
    return load_eyes(named_eyes(str(place / "clip")), Letters().embed)


def sums(clip: Clip, place: Path, share: Share, kept: Path) -> SpanSums:
    """One process's, without the others."""
    folder = PictureFolder.open(place / "pictures", BLOCK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_lenses, "added_up", lambda table, of, share: of(table.tensors()))
        found = sums_over(clip, words(), folder, share, Kept(kept, 2), Few().canvas)
    assert found is not None
    return found


def test_two_shares_are_the_whole(clip: Clip, place: Path, tmp_path: Path) -> None:
    """Means, moments, and both sides of what tells roles, to 1e-6 of the largest."""
    whole = sums(clip, place, Share(), tmp_path).tensors()
    merged = sums(clip, place, Share(0, 2), tmp_path).merge(sums(clip, place, Share(1, 2), tmp_path)).tensors()
    assert int(whole["count"]) == 23 and merged.keys() == whole.keys()
    for name, tensor in whole.items():
        assert (merged[name] - tensor).abs().max() <= 1e-6 * tensor.abs().max(), name


def test_another_model_is_refused(clip: Clip, place: Path, tmp_path: Path) -> None:
    found = sums(clip, place, Share(), tmp_path)
    with pytest.raises(Exception, match="Only sums of one model"):
        found.like({**found.tensors(), "space": found.tensors()["space"] + 0.1})


def test_the_command_makes_lenses_that_are_used(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the studio looks for them; with the folder's count, and the shipped pictures on cards."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(loop, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(folder_lenses, "load_lenses", lambda name: words())
    monkeypatch.setattr(folder_lenses, "text_encoder", Letters)
    monkeypatch.setattr(folder_lenses, "PhotoWorld", Few)
    monkeypatch.setattr(sys, "argv", ["folder_lenses", "--images", str(place / "pictures"), "--model", str(place / "clip")])
    folder_lenses.main()
    (made,) = (tmp_path / "rosetta-studio").rglob("lenses/*.safetensors")
    kept = kept_lenses(made)
    lenses = kept[0] if kept else None
    assert lenses is not None and lenses.means.count == 23 and len(lenses.heads) == 8
    assert {picture for head in lenses.heads for picture in head.best} <= set(range(20))


def test_only_the_first_process_has_lenses(clip: Clip, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    monkeypatch.setattr(folder_lenses, "added_up", lambda table, of, share: None)
    monkeypatch.setattr(folder_lenses, "directions_over", lambda *given: None)
    monkeypatch.setattr(folder_lenses, "joined", nullcontext)
    folder = PictureFolder.open(place / "pictures", BLOCK)
    assert make_lenses(clip, words(), folder, Few(), Share(1, 2)) is None  # type: ignore[arg-type]
